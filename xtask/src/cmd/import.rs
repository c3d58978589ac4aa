//! `cargo xtask import`: from a kernel's log to a trace.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use reports::harmless::line;
use workloads::fidelity::verify_as_recorded;
use workloads::import::{Imported, Options, anonymize, import};
use workloads::replay::Stage;
use workloads::trace::Recorded;

use crate::naming::{self, Written};
use crate::progress::Progress;

/// Turns kernel logs into traces, and says how much of each boot was recovered.
///
/// A log is what a console or `dmesg` printed on a kernel that was booted with `memblock=debug` (2.6.27 to 4.19 with
/// bootmem: `bootmem_debug`). It may be packed by gzip, bzip2, xz, lzma, lz4 or zstd, be a tar or zip archive of several, a mail
/// with an attachment, JSON of `dmesg` or of the journal, HTML, UTF-16, quoted, wrapped or reversed, or hold several boots; each boot becomes a trace of its own.
/// The first line of each account says whether every line that looks like the allocator's was read.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask import boot.log\n  dmesg | cargo xtask import - -o traces\n  \
    cargo xtask import --anonymize --machine 'a laptop of 2021' dmesg.txt.xz"
)]
pub(crate) struct Args {
    /// Log files, or `-` for the standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// The folder to write the traces to.
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Leave out what tells whose machine it is: names of host and user, the command line's secrets, firmware's texts.
    #[arg(long)]
    anonymize: bool,
    /// What to call the machine, in place of what the log calls it.
    #[arg(long, value_name = "TEXT")]
    machine: Option<String>,
    /// How the log was recorded, for the trace's header.
    #[arg(long, value_name = "TEXT")]
    captured: Option<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut progress = Progress::new();
    for (index, log) in args.logs.iter().enumerate() {
        progress.begin(&log.display().to_string(), index, args.logs.len());
        // One log that cannot be read does not keep the others from being imported.
        if let Err(error) = one(log, args, &progress) {
            progress.say(&format!("error: {error:#}"));
            code = ExitCode::FAILURE;
        }
        progress.finished();
    }
    progress.end();
    code
}

fn one(log: &Path, args: &Args, progress: &Progress) -> anyhow::Result<()> {
    let (name, reader): (String, Box<dyn Read>) = if log == Path::new("-") {
        ("stdin".into(), Box::new(io::stdin().lock()))
    } else {
        if log.is_dir() {
            bail!("{} is a folder; give the logs in it: {}/*", log.display(), log.display());
        }
        let file = File::open(log).with_context(|| format!("cannot read the log {}", log.display()))?;
        (log.file_name().unwrap_or(log.as_os_str()).to_string_lossy().into_owned(), Box::new(file))
    };
    let options = Options { machine: args.machine.clone(), captured: args.captured.clone() };
    let shown = log.display();
    let boots = import(reader, &name, &options).map_err(|error| {
        // Told once: the importer knows no more of a file than its name.
        let told = error.to_string();
        anyhow!(
            "{}",
            if told.contains(&name) {
                told.replace(&name, &shown.to_string())
            } else {
                format!("{shown}: {told}")
            }
        )
    })?;
    let several = boots.len() > 1;
    for (index, mut boot) in boots.into_iter().enumerate() {
        if args.anonymize {
            anonymize(&mut boot.trace);
        }
        let stem = stem(&name);
        let name = if several { format!("{stem}-boot{}", index + 1) } else { stem.to_owned() };
        let written = naming::write(&args.output, &name, &boot.trace)?;
        progress.aside(|| tell(&written, &boot))?;
    }
    Ok(())
}

/// The name of a log without what says that it is one.
fn stem(name: &str) -> &str {
    let packed = [".gz", ".bz2", ".xz", ".lzma", ".lz4", ".zst", ".zip", ".tgz", ".tbz2", ".txz", ".tar"];
    let mut unpacked = name;
    while let Some(inner) = packed.iter().find_map(|end| unpacked.strip_suffix(end)) {
        unpacked = inner;
    }
    [".log", ".txt", ".dmesg"].iter().find_map(|end| unpacked.strip_suffix(end)).unwrap_or(unpacked)
}

fn tell(Written { path, taken }: &Written, boot: &Imported) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let header = &boot.trace.header;
    writeln!(out, "{}: {}, {}", path.display(), line(&header.machine), line(&header.kernel))?;
    if let Some(taken) = taken {
        writeln!(out, "  called so because another boot has the name {}", taken.display())?;
    }
    for said in boot.account.to_string().lines() {
        writeln!(out, "  {}", line(said))?;
    }
    let found = verify_as_recorded(&boot.trace, &mut Stage::default())
        .with_context(|| format!("the boot in {} cannot be replayed", path.display()))?;
    let allocator = boot.trace.header.allocator.map_or("memblock", Recorded::word);
    writeln!(
        out,
        "  fidelity: {}: {} exact, {} fitted, {} unexplained, of {} answers in a replay through {allocator}{}",
        found.verdict().words(),
        found.proving.equal,
        found.inferred.all,
        found.unexplained,
        found.answers(),
        match found.released {
            Some((replay, kernel)) =>
                format!(", which released {replay} pages where the kernel released {kernel}"),
            None => "; how much the kernel released is not in the log".into(),
        }
    )?;
    for mismatch in found.mismatches.iter().take(5) {
        writeln!(out, "    {}", line(&mismatch.to_string()))?;
    }
    if let Some(more) = found.mismatches.len().checked_sub(5).filter(|&more| more > 0) {
        writeln!(out, "    and {more} more differences; `cargo xtask verify {}` shows them", path.display())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_trace_is_called_as_its_log() {
        for (log, trace) in [
            ("boot.log", "boot"),
            ("x86_64-linux-6.1.log.xz", "x86_64-linux-6.1"),
            ("dmesg.txt.gz", "dmesg"),
            ("logs.tar.bz2", "logs"),
            ("console", "console"),
            ("stdin", "stdin"),
        ] {
            assert_eq!(stem(log), trace);
        }
    }
}
