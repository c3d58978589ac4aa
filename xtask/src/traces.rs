//! Finding the traces that a user names, and making those that are grown.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use benches::plan::{Boot, BootFacts, BootSource};
use workloads::corpus;
use workloads::fidelity::verify_as_recorded;
use workloads::grow::{PREFIX, Recipe};
use workloads::machine::on::{Names, on};
use workloads::machine::{self, MachineRecipe};
use workloads::replay::Stage;
use workloads::trace::{Proof, Trace};

use crate::{cmd, suggest};

/// A trace with its name.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) source: BootSource,
    pub(crate) trace: Trace,
}

impl Named {
    /// The boot that is measured on it.
    pub(crate) fn boot(self) -> Boot {
        let doubts = self.doubts();
        let mut boot = Boot::new(self.name, self.source, self.trace);
        boot.facts.doubts = doubts;
        boot
    }

    /// What makes it doubtful that the kernel did what the trace says. Nobody says that of a made one.
    fn doubts(&self) -> Vec<String> {
        if self.trace.recipe().is_some() {
            return Vec::new();
        }
        match verify_as_recorded(&self.trace, &mut Stage::default()) {
            Ok(found) if found.exact() => Vec::new(),
            Ok(found) => {
                let objection = self.trace.proof().and_then(Proof::objection);
                vec![objection.unwrap_or_else(|| format!("verify: {}", found.verdict().words()))]
            }
            // It cannot be replayed, which each of its cells will say.
            Err(_) => Vec::new(),
        }
    }
}

/// The boot that results were begun with.
pub(crate) fn again(facts: &BootFacts) -> anyhow::Result<Boot> {
    let named = match &facts.source {
        BootSource::Corpus(name) => built_in(name)?,
        BootSource::File(path) => from_file(path)?,
        BootSource::Made(recipe) => made(recipe)?,
    };
    let boot = Boot::new(facts.name.clone(), facts.source.clone(), named.trace);
    let boot = Boot { facts: BootFacts { doubts: facts.doubts.clone(), ..boot.facts }, ..boot };
    if boot.facts.digest != facts.digest {
        bail!("the trace of {} has changed since; measure anew and merge", facts.name);
    }
    Ok(boot)
}

/// The help of every argument that names traces.
pub(crate) const HELP: &str = "Names of traces, globs such as 'x86_64-*', trace files, or recipes such as 'grow:isolated(10000)', which `cargo xtask \
     list` explains, and 'machine:FILE(BOOT)', which `replay-on` does [default: the curated ones]";

/// Which traces a command takes.
#[derive(clap::Args, Clone)]
pub(crate) struct Selection {
    #[arg(value_name = "TRACE", help = HELP)]
    pub(crate) traces: Vec<String>,
    /// Take every trace of the corpus.
    #[arg(long, conflicts_with = "traces")]
    pub(crate) all: bool,
}

/// The same by options, where a command's arguments name something else.
#[derive(clap::Args, Clone)]
pub(crate) struct TraceOptions {
    /// A trace, a glob of them or a trace file; may be repeated [default: the curated ones]
    #[arg(long, value_name = "TRACE", conflicts_with = "all")]
    pub(crate) trace: Vec<String>,
    /// Take every trace of the corpus
    #[arg(long)]
    pub(crate) all: bool,
}

impl TraceOptions {
    pub(crate) fn selection(&self) -> Selection {
        Selection { traces: self.trace.clone(), all: self.all }
    }
}

impl Selection {
    /// The traces that were chosen, in the order given; within a glob, by name.
    pub(crate) fn load(&self) -> anyhow::Result<Vec<Named>> {
        if self.all {
            return corpus::names().map(built_in).collect();
        }
        if self.traces.is_empty() {
            return corpus::curated().map(built_in).collect();
        }
        let mut chosen: Vec<Named> = Vec::new();
        for wanted in &self.traces {
            for named in find(wanted)? {
                if !chosen.iter().any(|known| known.is(&named)) {
                    chosen.push(named);
                }
            }
        }
        tell_apart(&mut chosen);
        Ok(chosen)
    }
}

impl Named {
    /// Whether it is the same trace from the same place.
    fn is(&self, other: &Self) -> bool {
        let place = |file: &PathBuf| fs::canonicalize(file).unwrap_or_else(|_| file.clone());
        let same = match (&self.source, &other.source) {
            (BootSource::File(one), BootSource::File(another)) => place(one) == place(another),
            (one, another) => one == another,
        };
        same && self.name == other.name
    }
}

/// Different boots of one name are called by the paths of their files.
fn tell_apart(chosen: &mut [Named]) {
    let names: Vec<String> = chosen.iter().map(|named| named.name.clone()).collect();
    for named in chosen {
        let alike = names.iter().filter(|name| **name == named.name).count();
        if let (true, BootSource::File(file)) = (alike > 1, &named.source) {
            named.name = file.display().to_string();
        }
    }
}

/// The trace that a recipe of either kind makes.
pub(crate) fn made(recipe: &str) -> anyhow::Result<Named> {
    if recipe.starts_with(machine::PREFIX) {
        return on_machine(&MachineRecipe::parse(recipe).map_err(|why| anyhow!(why))?);
    }
    grown(&recipe.parse().with_context(|| format!("cannot make {recipe}"))?)
}

/// The trace of a boot's requests on a machine that is known by its memory map.
pub(crate) fn on_machine(recipe: &MachineRecipe) -> anyhow::Result<Named> {
    let hardware = cmd::machine::read(&[PathBuf::from(&recipe.file)])?;
    let mut boots = find(&recipe.boot)?;
    let boot = match boots.len() {
        1 => boots.remove(0),
        count => bail!(
            "{count} traces are called `{}`: name the one boot whose requests are to be made",
            recipe.boot
        ),
    };
    let name = recipe.to_string();
    let trace = on(&hardware, &boot.trace, Names { recipe: &name, boot: &boot.name })?;
    Ok(Named { source: BootSource::Made(name.clone()), name, trace })
}

fn find(wanted: &str) -> anyhow::Result<Vec<Named>> {
    if wanted.starts_with(PREFIX) || wanted.starts_with(machine::PREFIX) {
        return Ok(vec![made(wanted)?]);
    }
    let path = Path::new(wanted);
    if path.extension().is_some_and(|extension| extension == "trace") || wanted.contains('/') {
        return Ok(vec![from_file(path)?]);
    }
    let glob = glob::Pattern::new(wanted).with_context(|| format!("`{wanted}` is not a glob"))?;
    let found: Vec<&str> = corpus::names().filter(|name| glob.matches(name)).collect();
    if !found.is_empty() {
        return found.into_iter().map(built_in).collect();
    }
    if path.is_file() {
        return Ok(vec![from_file(path)?]);
    }
    bail!(
        "no trace is called `{wanted}`, nor is there such a file{}; `cargo xtask list` names all traces",
        suggest::meant(wanted, corpus::names())
    )
}

fn built_in(name: &str) -> anyhow::Result<Named> {
    let trace = corpus::trace(name).ok_or_else(|| anyhow!("no trace is called `{name}`"))?;
    let trace = trace.with_context(|| format!("the built-in trace {name}"))?;
    Ok(Named { name: name.into(), source: BootSource::Corpus(name.into()), trace })
}

/// The trace that `recipe` makes, called by its canonical spelling.
pub(crate) fn grown(recipe: &Recipe) -> anyhow::Result<Named> {
    let name = recipe.to_string();
    let trace = recipe.trace().with_context(|| format!("cannot make {name}"))?;
    Ok(Named { source: BootSource::Made(name.clone()), name, trace })
}

fn from_file(path: &Path) -> anyhow::Result<Named> {
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| format!("cannot read the trace {shown}"))?;
    if !bytes.starts_with(b"bootalloc-trace") {
        bail!("{}", not_a_trace(path, &bytes));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|&byte| byte == b'\n').count();
        anyhow!("{shown}: line {line} is not UTF-8 text: the trace is damaged")
    })?;
    let trace = text.parse().with_context(|| format!("{shown}"))?;
    let name = path.file_stem().map_or_else(|| shown.to_string(), |stem| stem.to_string_lossy().into_owned());
    Ok(Named { name, source: BootSource::File(path.into()), trace })
}

/// What to do with a file that is something else.
fn not_a_trace(path: &Path, bytes: &[u8]) -> String {
    let word = || reports::harmless::shell(&[path.display().to_string()]);
    let shown = path.display();
    match bytes {
        [] => format!("{shown} is empty"),
        _ if bytes.starts_with(b"{\"record\"") => format!(
            "{shown} is not a trace but a file of results; `cargo xtask report --from {}` reads it",
            word()
        ),
        _ => format!(
            "{shown} is not a trace; if it is a kernel's log, import it first: `cargo xtask import {}`",
            word()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(traces: &[String]) -> anyhow::Result<Vec<String>> {
        let selection = Selection { traces: traces.to_vec(), all: false };
        Ok(selection.load()?.into_iter().map(|named| named.name).collect())
    }

    /// Expect two files of one name both to be kept, under the names of their paths, and one file that is named twice once.
    #[test]
    fn boots_of_one_name_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let text = |name: &str| corpus::trace(name).unwrap().unwrap().to_string();
        let paths = ["a/x.trace", "b/x.trace", "b/y.trace"].map(|path| folder.path().join(path));
        for (path, name) in
            paths.iter().zip(["x86_64-6.1-256m", "x86_64-linux-6.1-1node-2g", "x86_64-6.1-256m"])
        {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text(name)).unwrap();
        }
        let [ax, bx, by] = paths.map(|path| path.display().to_string());
        let twice = folder.path().join("b/../a/x.trace").display().to_string();
        let names = selected(&[ax.clone(), bx.clone(), by, twice, "x86_64-6.1-256m".into()]).unwrap();
        assert_eq!(names, [ax, bx, "y".into(), "x86_64-6.1-256m".into()]);
    }

    #[test]
    fn what_is_no_trace_is_told_what_to_do_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            format!("{:#}", selected(&[path.display().to_string()]).unwrap_err())
        };
        assert!(
            of("some.log", b"[    0.000000] Linux version 6.1")
                .contains("import it first: `cargo xtask import")
        );
        assert!(of("it's.log", b"\xff\xfe").contains("it'\\''s.log'`"));
        assert!(of("some.jsonl", b"{\"record\":\"header\"").contains("report --from"));
        assert!(of("empty.trace", b"").contains("is empty"));
        assert!(of("cut.trace", b"bootalloc-trace 1\nmachine \xff\n").contains("line 2 is not UTF-8"));
        let crlf = corpus::text("x86_64-6.1-256m").unwrap().replace('\n', "\r\n");
        let error = of("crlf.trace", crlf.as_bytes());
        assert!(
            error.contains("line 1") && error.contains("carriage return") && error.contains("tr -d"),
            "{error}"
        );
    }

    #[test]
    fn a_mistyped_name_is_answered_with_what_may_be_meant() {
        let error = selected(&["x86_64-6.1-255m".into()]).unwrap_err().to_string();
        assert!(error.contains("did you mean `x86_64-6.1-256m`?"), "{error}");
        let error = selected(&["quite-something-else".into()]).unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
    }
}
