//! Finding the traces that a user names, and making those that are grown.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use workloads::corpus;
use workloads::grow::{PREFIX, Recipe};
use workloads::trace::Trace;

/// A trace with its name.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) trace: Trace,
}

impl Named {
    /// What a process is given that is to have the trace too: its text, or the recipe that it is made from.
    pub(crate) fn text(&self) -> String {
        if self.name.starts_with(PREFIX) { self.name.clone() } else { self.trace.to_string() }
    }
}

/// The help of every argument that names traces.
pub(crate) const HELP: &str = "Names of traces, globs such as 'x86_64-*', trace files, or recipes such as 'grow:isolated(10000)', which `cargo xtask \
     list` explains [default: the curated ones]";

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
    trace: Vec<String>,
    /// Take every trace of the corpus
    #[arg(long)]
    all: bool,
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
                if chosen.iter().all(|known| known.name != named.name) {
                    chosen.push(named);
                }
            }
        }
        Ok(chosen)
    }
}

fn find(wanted: &str) -> anyhow::Result<Vec<Named>> {
    if wanted.starts_with(PREFIX) {
        return Ok(vec![grown(&wanted.parse()?)?]);
    }
    let path = Path::new(wanted);
    if path.extension().is_some_and(|extension| extension == "trace") || wanted.contains('/') {
        return Ok(vec![from_file(path)?]);
    }
    let glob = glob::Pattern::new(wanted).with_context(|| format!("`{wanted}` is no glob"))?;
    let found: Vec<&str> = corpus::names().filter(|name| glob.matches(name)).collect();
    if found.is_empty() {
        bail!("no trace is called `{wanted}`; `cargo xtask list` names them all");
    }
    found.into_iter().map(built_in).collect()
}

fn built_in(name: &str) -> anyhow::Result<Named> {
    let trace = corpus::trace(name).ok_or_else(|| anyhow!("no trace is called `{name}`"))?;
    Ok(Named { name: name.into(), trace: trace.with_context(|| format!("the built-in trace {name}"))? })
}

/// The trace that `recipe` makes, called by its canonical spelling.
pub(crate) fn grown(recipe: &Recipe) -> anyhow::Result<Named> {
    let name = recipe.to_string();
    let trace = recipe.trace().with_context(|| format!("cannot make {name}"))?;
    Ok(Named { name, trace })
}

fn from_file(path: &Path) -> anyhow::Result<Named> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the trace {shown}"))?;
    let trace = text.parse().with_context(|| format!("{shown}"))?;
    let name = path.file_stem().map_or_else(|| shown.to_string(), |stem| stem.to_string_lossy().into_owned());
    Ok(Named { name, trace })
}
