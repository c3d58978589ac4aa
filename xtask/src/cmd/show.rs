//! `cargo xtask show`: what a trace is.

use std::io::{self, Write as _};
use std::process::ExitCode;

use allocators::memblock::Memblock;
use benches::exact::exact;
use reports::analysis::Paid;
use reports::show::{Settings, beyond, paid, show};
use workloads::beyond::{Defer, Sections};
use workloads::capture::Size;
use workloads::replay::Stage;

use crate::costs::cost;
use crate::terminal;
use crate::traces::Selection;

/// Shows what a trace is: where it comes from, its memory, its operations, and what the kernel did.
///
/// The map shows memory at the end of the boot: nodes, zones, holes, and what is in use by then. Operations are counted by
/// size and by caller; what does not stand in the log as it is, is counted by what it was inferred from. Then comes what the
/// calls cost beyond the allocator, exactly: struct pages by when they are initialised, room in memblock's arrays, page tables;
/// and what the kernel itself paid, where its boot was counted.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask show x86_64-linux-6.1-8node-32g\n  cargo xtask show my-machine.trace\n  \
    cargo xtask show 'arm64-*' | less"
)]
pub(crate) struct Args {
    #[arg(
        value_name = "TRACE",
        required = true,
        help = "Names of traces, globs such as 'x86_64-*', or trace files"
    )]
    traces: Vec<String>,
    /// Whether struct pages wait for after the hand-over [default: as Debian's kernels of that architecture and
    /// version do]:
    /// `5.8` is how 5.8 to 5.10.5 did it, which defer in a node's last region alone
    #[arg(long, value_name = "yes|no|5.8", value_parser = deferred)]
    deferred: Option<Defer>,
    /// The size of a section, in which struct pages are kept, such as 128M [default: the architecture's].
    #[arg(long, value_name = "SIZE", value_parser = section)]
    section: Option<Sections>,
}

fn deferred(text: &str) -> Result<Defer, String> {
    match text {
        "yes" => Ok(Defer::Yes),
        "no" => Ok(Defer::No),
        "5.8" => Ok(Defer::ByRegion),
        _ => Err("it is yes, no or 5.8".into()),
    }
}

fn section(text: &str) -> Result<Sections, String> {
    let Size(bytes) = text.parse()?;
    if bytes.is_power_of_two() {
        Ok(Sections::Of(bytes))
    } else {
        Err("a section is a power of two of bytes".into())
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let selection = Selection { traces: args.traces.clone(), all: false };
    let mut out = io::stdout().lock();
    let terminal = terminal::of(&out);
    let mut stage = Stage::default();
    for (index, named) in selection.load()?.iter().enumerate() {
        let found = exact(&Memblock, &named.trace, &mut stage).map_err(|error| error.to_string());
        let layout = found.as_ref().map(|exact| &exact.layout).map_err(String::as_str);
        if index > 0 {
            writeln!(out, "\n")?;
        }
        out.write_all(show(&named.name, &named.trace, layout, terminal).as_bytes())?;
        let settings = Settings { sections: args.section, defer: args.deferred };
        writeln!(out)?;
        out.write_all(beyond(&named.trace, settings, terminal).as_bytes())?;
        if let Some(cost) = cost(&named.source)? {
            writeln!(out)?;
            out.write_all(paid(&Paid::of(&cost, &named.trace), terminal).as_bytes())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
