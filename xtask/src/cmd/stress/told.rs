//! What a run prints.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use reports::harmless;
use stress::{Found, Progress, Report};

pub(super) fn progress(progress: Progress, of: u64) {
    let mut error = io::stderr().lock();
    if error.is_terminal() {
        let _ = write!(error, "\r{} of {of} boots, {} calls ", progress.boots.min(of), progress.calls);
    }
}

pub(super) fn no_progress() {
    let mut error = io::stderr().lock();
    if error.is_terminal() {
        let _ = write!(error, "\r\x1b[K");
    }
}

/// What became of a trace.
pub(super) fn trace(found: Option<&Found>) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let Some(found) = found else {
        writeln!(out, "nothing went wrong")?;
        return Ok(ExitCode::SUCCESS);
    };
    writeln!(out, "it went wrong: {}", harmless::line(&found.failure.what))?;
    Ok(ExitCode::FAILURE)
}

/// What became of a run; a failure is written to `folder` too.
pub(super) fn report(
    report: &Report,
    seed: u64,
    boots: u64,
    folder: &Path,
    resume: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let calls = report.state.calls;
    let Some(found) = &report.found else {
        let played = report.state.boots();
        writeln!(out, "{played} boots of {calls} calls: nothing went wrong")?;
        if played < boots {
            match resume {
                Some(file) => {
                    writeln!(out, "stopped early; the same command goes on from {}", file.display())?;
                }
                None => writeln!(out, "stopped early; with --resume FILE it could go on from there")?,
            }
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let name = format!("stress_{seed}_{}", found.boot);
    writeln!(out, "boot {} of seed {seed} went wrong in its {} calls:", found.boot, found.calls)?;
    writeln!(out, "  {}", harmless::line(&found.failure.what))?;
    if found.trace.is_empty() {
        writeln!(out, "It does not when it is played alone: something is kept from boot to boot.")?;
        return Ok(ExitCode::FAILURE);
    }
    writeln!(out, "\n{}", harmless::lines(&found.trace))?;
    std::fs::create_dir_all(folder)?;
    let trace = folder.join(format!("{name}.trace"));
    crate::write::atomically(&trace, found.trace.as_bytes())?;
    writeln!(out, "{}: the same command with --trace plays it alone", trace.display())?;
    if let Some(test) = &found.c_test {
        let path = folder.join(format!("{name}.c"));
        crate::write::atomically(&path, test.as_bytes())?;
        writeln!(
            out,
            "{}: a test for tools/testing/memblock/tests, which expects what the base does",
            path.display()
        )?;
    }
    Ok(ExitCode::FAILURE)
}
