//! What is known beside results: their files, and the facts of strategies and traces.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use benches::plan::{Boot, BootFacts, BootSource, LibraryRef, Member, Source, StrategyRef};
use benches::results::{Cell, Completeness, Results, merge};
use glob::Pattern;
use reports::analysis::{Questions, StrategyFacts, TraceFacts};
use workloads::corpus;
use workloads::trace::Trace;

use crate::costs::cost;
use crate::suggest;

/// Results, and what is missing in them.
pub(crate) struct Known {
    pub(crate) results: Results,
    pub(crate) completeness: Completeness,
}

impl Known {
    pub(crate) fn of(results: Results) -> Self {
        Self { completeness: results.completeness(), results }
    }
}

/// The results in these files, taken together.
pub(crate) fn results(files: &[PathBuf]) -> anyhow::Result<Known> {
    let read = |path: &PathBuf| Results::read(path).with_context(|| path.display().to_string());
    let parts: Vec<Results> = files.iter().map(read).collect::<Result<_, _>>()?;
    let cut = parts.iter().map(|part| part.cut_bytes).sum();
    let mut known = Known::of(merge(parts)?.results);
    known.completeness.cut_bytes = cut;
    Ok(known)
}

/// Those of the results that are about these traces and strategies, names or globs; the baseline stays in any case.
pub(crate) fn narrowed(
    known: Known,
    traces: &[String],
    strategies: &[String],
    baseline: Option<&str>,
) -> anyhow::Result<Known> {
    let Known { mut results, mut completeness } = known;
    let names = |of: fn(&Cell) -> &str| results.cells.iter().map(of).collect::<BTreeSet<&str>>();
    let traces = wanted("trace", traces, &names(|cell| &cell.key.trace))?;
    let strategies = wanted("strategy", strategies, &names(|cell| &cell.key.strategy))?;
    let stays = |cell: &Cell| {
        let (trace, strategy) = (&cell.key.trace, &cell.key.strategy);
        let compared = strategies.contains(strategy) || strategy == baseline.unwrap_or("memblock");
        traces.contains(trace) && compared
    };
    results.cells.retain(stays);
    // What was not asked for is not missing.
    completeness.failed.retain(|key| {
        let compared = strategies.contains(&key.strategy) || key.strategy == baseline.unwrap_or("memblock");
        traces.contains(&key.trace) && compared
    });
    completeness.doubtful.retain(|(boot, _)| traces.contains(boot));
    Ok(Known { results, completeness })
}

/// The names that are meant; all of them where none is said.
fn wanted(what: &str, globs: &[String], names: &BTreeSet<&str>) -> anyhow::Result<BTreeSet<String>> {
    let mut wanted = BTreeSet::new();
    for text in globs {
        let glob = Pattern::new(text).with_context(|| format!("`{text}` is not a glob"))?;
        let before = wanted.len();
        let known = names.iter().filter(|name| glob.matches(name) || **name == text);
        wanted.extend(known.map(|name| (*name).to_owned()));
        if wanted.len() == before && !names.iter().any(|name| glob.matches(name)) {
            let all = names.iter().copied().collect::<Vec<_>>().join(", ");
            let meant = suggest::meant(text, names.iter().copied());
            bail!("the results hold nothing of a {what} `{text}`{meant}; they hold {all}");
        }
    }
    if globs.is_empty() {
        wanted.extend(names.iter().map(|name| (*name).to_owned()));
    }
    Ok(wanted)
}

/// The first kernel's own code among the members: what others are compared with wherever there is one.
fn kernel(results: &Results) -> Option<String> {
    let mut members = results.headers.iter().flat_map(|header| &header.plan.members);
    let is_kernel = |strategy: &StrategyRef| match strategy {
        StrategyRef::Library(library) => library.source.as_ref().is_some_and(|source| source.tree.is_some()),
        StrategyRef::BuiltIn(_) | StrategyRef::BehindAbi(_) => false,
    };
    members.find(|member| is_kernel(&member.strategy)).map(|member| member.label.clone())
}

/// What to ask of these results.
pub(crate) fn questions(known: &Known, baseline: Option<String>) -> anyhow::Result<Questions> {
    let results = &known.results;
    let measured = |name: &str| results.cells.iter().any(|cell| cell.key.strategy == name);
    let baseline = baseline.or_else(|| kernel(results));
    if let Some(name) = baseline.as_deref().filter(|name| !measured(name)) {
        let meant = suggest::meant(name, results.cells.iter().map(|cell| cell.key.strategy.as_str()));
        bail!("the results hold nothing of a strategy `{name}`{meant}");
    }
    let fact = |(name, summary): (&str, &str)| StrategyFacts { name: name.into(), summary: summary.into() };
    let built_in = allocators::registry::list().map(fact);
    let members = results.headers.iter().flat_map(|header| &header.plan.members);
    // What a member is made of says more than what is called like it here.
    let strategies = members.filter_map(member).chain(built_in).collect();
    let mut traces: Vec<TraceFacts> = Vec::new();
    // A boot is what its source says: a file may have the name of a trace of the corpus.
    for boot in results.headers.iter().flat_map(|header| &header.plan.boots) {
        if traces.iter().all(|known| known.name != boot.name) {
            traces.extend(facts(boot)?);
        }
    }
    let planned = |name: &str| {
        results.headers.iter().flat_map(|header| &header.plan.boots).any(|boot| boot.name == name)
    };
    // Results of an earlier version do not say where their boots come from.
    let unplanned = corpus::names().filter(|name| !planned(name));
    for name in unplanned.filter(|name| results.cells.iter().any(|cell| cell.key.trace == *name)) {
        traces.extend(of_corpus(name, name)?);
    }
    Ok(Questions {
        baseline,
        strategies,
        traces,
        completeness: Some(known.completeness.clone()),
        ..Questions::default()
    })
}

/// The facts of a boot; of one that is not of the corpus, if its trace can still be had and is the one that was measured.
fn facts(boot: &BootFacts) -> anyhow::Result<Option<TraceFacts>> {
    if let BootSource::Corpus(name) = &boot.source {
        return of_corpus(&boot.name, name);
    }
    let Some(trace) = again(&boot.source) else { return Ok(None) };
    let again = Boot::new(boot.name.clone(), boot.source.clone(), trace);
    if again.facts.digest != boot.digest {
        return Ok(None);
    }
    Ok(Some(TraceFacts::of(&boot.name, &again.trace).paid(&again.trace, cost(&boot.source)?.as_ref())))
}

/// The trace of a boot that is not of the corpus, if it can still be had.
fn again(source: &BootSource) -> Option<Trace> {
    match source {
        BootSource::Corpus(_) => None,
        BootSource::File(path) => std::fs::read_to_string(path).ok()?.parse().ok(),
        BootSource::Made(recipe) => Some(crate::traces::made(recipe).ok()?.trace),
    }
}

/// The facts of a trace of the corpus for a boot of this name; `None` if the corpus has it no more.
fn of_corpus(boot: &str, name: &str) -> anyhow::Result<Option<TraceFacts>> {
    let Some(trace) = corpus::trace(name) else { return Ok(None) };
    let trace = trace.with_context(|| format!("the built-in trace {name}"))?;
    let cost = cost(&BootSource::Corpus(name.to_owned()))?;
    Ok(Some(TraceFacts::of(boot, &trace).paid(&trace, cost.as_ref())))
}

/// Writes no letter against these objections unless somebody says why.
pub(crate) fn object(objections: &[String], despite: Option<&str>) -> anyhow::Result<()> {
    if objections.is_empty() || despite.is_some() {
        return Ok(());
    }
    bail!(
        "no letter is written: {}; measure what is missing on a quiet machine, or say why it is to be written nevertheless by \
         --despite=REASON, which stands in the letter",
        objections.join("; ")
    )
}

/// What is known of a member that is a library, or is called as one.
fn member(member: &Member) -> Option<StrategyFacts> {
    let summary = match &member.strategy {
        StrategyRef::BuiltIn(_) => return None,
        StrategyRef::BehindAbi(name) => {
            let known = allocators::registry::list().find(|(known, _)| known == name);
            let summary = known.map_or("", |(_, summary)| summary);
            format!("{name} of this project, in Rust, called as a library is: {summary}")
        }
        StrategyRef::Library(library) => library.describe(),
    };
    Some(StrategyFacts { name: member.label.clone(), summary })
}

/// A sentence for each library among the members: which file or tree it was made of, and how. What all of them were compiled with
/// is said once.
pub(crate) fn made_of(results: &Results) -> Vec<String> {
    let members = || results.headers.iter().flat_map(|header| &header.plan.members);
    let libraries = members().filter_map(|member| match &member.strategy {
        StrategyRef::Library(library) => Some((&member.label, library)),
        StrategyRef::BuiltIn(_) | StrategyRef::BehindAbi(_) => None,
    });
    let mut all: Vec<(&String, &LibraryRef)> = Vec::new();
    for (label, library) in libraries {
        if !all.iter().any(|(known, same)| *known == label && *same == &**library) {
            all.push((label, library));
        }
    }
    let sources: Vec<&Source> = all.iter().filter_map(|(_, library)| library.source.as_ref()).collect();
    let common = common(&sources);
    let mut said: Vec<String> = all.iter().map(|(label, library)| origin(label, library, &common)).collect();
    if let (Some(first), false) = (sources.first(), common.is_empty()) {
        said.push(format!("all of them were compiled by {} with {}", first.compiler, common.join(" ")));
    }
    said
}

/// The flags that all of several sources were compiled with, by one compiler.
fn common(sources: &[&Source]) -> Vec<String> {
    let [first, others @ ..] = sources else { return Vec::new() };
    if others.is_empty() || others.iter().any(|other| other.compiler != first.compiler) {
        return Vec::new();
    }
    let everywhere = |flag: &&String| others.iter().all(|other| other.flags.contains(flag));
    first.flags.iter().filter(everywhere).cloned().collect()
}

/// What a library was made of, and with which flags beyond `common`.
fn origin(label: &str, library: &LibraryRef, common: &[String]) -> String {
    let sentence = format!("{label} is {}", library.describe());
    let Some(source) = &library.source else { return sentence };
    let files: Vec<String> = source.files.iter().map(|file| file.display().to_string()).collect();
    let files = files.join(", ");
    let of = source.tree.as_ref().map_or_else(String::new, |tree| {
        let commit = tree.commit.as_ref().map_or_else(String::new, |commit| format!(", commit {commit}"));
        format!(" of {}{commit}", tree.folder.display())
    });
    let flags: Vec<&str> =
        source.flags.iter().filter(|flag| !common.contains(flag)).map(String::as_str).collect();
    let how = match (common.is_empty(), flags.is_empty()) {
        (true, _) => format!("; compiled by {} with {}", source.compiler, flags.join(" ")),
        (false, true) => String::new(),
        (false, false) => format!("; compiled with {} as well", flags.join(" ")),
    };
    format!("{sentence}: {files}{of}{how}")
}
