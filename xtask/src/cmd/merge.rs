//! `cargo xtask merge`: one file of results from several.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use benches::results::{Merge, Results, merge};

use crate::write;

/// Joins the results of several runs, or of the shards of one, into one file.
///
/// Nothing is lost: runs keep their headers, and each cell keeps naming its run. What two files hold alike is kept once;
/// what one run has in two versions is refused. Boots of one name whose traces differ are told apart, and the command is kept,
/// so that whoever reads the file can make it again.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask merge shard-*.jsonl --out results.jsonl\n  \
    cargo xtask measure --shard 2/8 --out shard-2.jsonl   (makes one shard)")]
pub(crate) struct Args {
    /// Files of results
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let read = |path: &PathBuf| Results::read(path).with_context(|| path.display().to_string());
    let parts: Vec<Results> = args.files.iter().map(read).collect::<Result<_, _>>()?;
    let mut merged = merge(parts)?;
    merged.results.merges.push(Merge { command: super::measure::command() });
    write::atomically(&args.out, merged.results.to_text().as_bytes())?;
    println!(
        "{}: {} cells of {} runs",
        args.out.display(),
        merged.results.cells.len(),
        merged.results.headers.len()
    );
    if merged.duplicates > 0 {
        println!("{} groups were given more than once, alike, and are kept once", merged.duplicates);
    }
    if !merged.repeated.is_empty() {
        println!("{} cells were measured by more than one run; all are kept", merged.repeated.len());
    }
    Ok(ExitCode::SUCCESS)
}
