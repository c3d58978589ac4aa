//! `cargo xtask verify`: is a replay through memblock what the kernel did?

use std::io::{self, Write as _};
use std::process::ExitCode;

use allocators::memblock::Memblock;
use anyhow::Context as _;
use workloads::fidelity::{Fidelity, Share, verify};
use workloads::replay::Stage;

use crate::traces::Selection;

/// Replays traces through memblock and compares every address with the kernel's own.
///
/// For each trace: how many of the allocations were given the very address that the kernel gave, how many dumps of the
/// kernel show the same reserved set, and whether as many pages were released. Addresses that were used to infer a
/// setting prove nothing and are counted apart. The exit status is 1 when anything differs.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask verify --all\n  cargo xtask verify 'arm64-*'\n  cargo xtask verify my-machine.trace"
)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Show at most this many differences of each trace.
    #[arg(long, value_name = "N", default_value_t = 5)]
    differences: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let traces = args.selection.load()?;
    let mut out = io::stdout().lock();
    let mut stage = Stage::default();
    let mut total = Fidelity::default();
    let mut exact = 0;
    let width = traces.iter().map(|named| named.name.len()).max().unwrap_or_default();
    writeln!(out, "{:<width$}  {:>15}  {:>13}  {:>7}  released", "trace", "addresses", "inferred", "dumps")?;
    for named in &traces {
        let found =
            verify(&Memblock, &named.trace, &mut stage).with_context(|| format!("trace {}", named.name))?;
        let released = match found.released {
            None => "not logged".into(),
            Some((replay, kernel)) if replay == kernel => format!("{kernel} pages"),
            Some((replay, kernel)) => format!("{replay} of {kernel} pages"),
        };
        writeln!(
            out,
            "{:<width$}  {:>15}  {:>13}  {:>7}  {released}",
            named.name,
            of(found.proving),
            of(found.inferred),
            of(found.dumps),
        )?;
        for mismatch in found.mismatches.iter().take(args.differences) {
            writeln!(out, "    {}.trace: {mismatch}", named.name)?;
        }
        if let Some(more) = found.mismatches.len().checked_sub(args.differences).filter(|&more| more > 0) {
            writeln!(out, "    and {more} more differences")?;
        }
        exact += usize::from(found.exact());
        total.proving += found.proving;
    }
    writeln!(
        out,
        "\n{exact} of {} traces are exact; {} of {} logged addresses are the kernel's own ({:.2} %)",
        traces.len(),
        total.proving.equal,
        total.proving.all,
        100.0 * total.proving.equal as f64 / total.proving.all.max(1) as f64,
    )?;
    Ok(if exact == traces.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn of(share: Share) -> String {
    if share.all == 0 { "-".into() } else { format!("{} of {}", share.equal, share.all) }
}
