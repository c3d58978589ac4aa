//! Booting a machine under the plugin.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use crate::capture::{
    CaptureError, Failure, Files, Guarded, Kernel, LastWords, Machine, Watch, chunks, describe, escaped,
    provenance, qemu,
};

use super::error::CostError;
use super::model::Cost;
use super::raw;
use super::symbols::Symbols;

/// A machine that is to be counted.
pub struct Watched<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// Its files.
    pub files: &'a Files,
    /// Where its kernel comes from.
    pub kernel: &'a Kernel,
    /// The kernel's functions.
    pub symbols: &'a Symbols,
    /// The plugin: the library that `workloads/plugin` is built to.
    pub plugin: &'a Path,
    /// How long the boot may take.
    pub limit: Duration,
}

/// The function at whose return counting stops.
const UNTIL: &str = "memblock_free_all";
/// How often somebody looks whether to stop, and progress is told.
const TICK: Duration = Duration::from_millis(100);
/// How the line of a boot's origin names the plugin, whose files are temporary.
const PLUGIN_IN_WORDS: &str = "bootcost";

/// Boots the machine and counts its instructions until the boot allocator has handed over.
///
/// QEMU is gone when this returns.
///
/// # Errors
/// [`CostError`] says what to do about it.
pub fn boot(
    watched: &Watched<'_>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Duration),
) -> Result<Cost, CostError> {
    let Watched { machine, files, kernel, symbols, plugin, limit } = watched;
    if !symbols.table.lines().any(|line| line.ends_with(UNTIL)) {
        return Err(CostError::NoHandOver { release: symbols.release.clone() });
    }
    let folder = tempfile::tempdir().map_err(|error| file(Path::new("a temporary folder"), error))?;
    let (table, out) = (folder.path().join("symbols"), folder.path().join("counted"));
    fs::write(&table, &symbols.table).map_err(|error| file(&table, error))?;
    let path = |path: &Path| escaped(&path.display().to_string());
    let option = format!("file={},symbols={},out={},until={UNTIL}", path(plugin), path(&table), path(&out));
    let contradiction = |why| CostError::Capture(CaptureError::Machine(why));
    let line = qemu(machine, files, Watch::Instructions(&option)).map_err(contradiction)?;
    let said = run(&line, *limit, stop, progress)?;
    let text = fs::read_to_string(&out).map_err(|_| refused(&line[0], &said))?;
    let (mut cost, whole) = raw::read(&text)?;
    if !whole {
        return Err(CostError::Ended { words: words(&said) });
    }
    cost.machine = describe(machine).map_err(contradiction)?;
    cost.kernel.clone_from(&symbols.release);
    cost.captured =
        provenance(machine, files, kernel, Watch::Instructions(PLUGIN_IN_WORDS)).map_err(contradiction)?;
    Ok(cost)
}

/// Runs QEMU to its end. Returns what it said.
fn run(
    line: &[String],
    limit: Duration,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Duration),
) -> Result<Vec<u8>, CostError> {
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    let start = Instant::now();
    let cannot = |error| CaptureError::Start { program: line[0].clone(), error };
    let mut guest = Guarded::spawn(command).map_err(cannot)?;
    let Some((output, errors)) = guest.pipes() else { unreachable!("both are piped") };
    let (output, errors) = (chunks(output), chunks(errors));
    let mut said = Vec::new();
    loop {
        match errors.recv_timeout(TICK) {
            Ok(chunk) => said.extend(chunk),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        // Whatever comes there is not looked at, and must not fill the pipe.
        output.try_iter().for_each(drop);
        progress(start.elapsed());
        if stop.load(Ordering::Relaxed) {
            return Err(CostError::Stopped(Failure::Stopped));
        }
        if start.elapsed() >= limit {
            return Err(CostError::Stopped(Failure::TooLong { limit, silent: limit }));
        }
    }
    guest.end(Duration::from_secs(10)).map_err(cannot)?;
    Ok(said)
}

/// Why QEMU ended without a word of the plugin's.
pub(super) fn refused(qemu: &str, said: &[u8]) -> CostError {
    let text = String::from_utf8_lossy(said);
    let qemu = qemu.to_owned();
    let about = |what: &str| text.lines().find(|line| line.contains(what));
    let without = ["invalid option", "not enabled", "not supported", "disabled"];
    match about("plugin") {
        Some(line) if without.iter().any(|why| line.contains(why)) => CostError::NoPlugins { qemu },
        Some(line) if line.contains("API") || line.contains("version") || line.contains("lacks") => {
            CostError::Api { qemu, said: line.trim().to_owned() }
        }
        _ => CostError::Ended { words: words(said) },
    }
}

fn words(said: &[u8]) -> LastWords {
    let text = String::from_utf8_lossy(said);
    let mut last: Vec<String> = text.lines().rev().take(5).map(str::to_owned).collect();
    last.reverse();
    LastWords { console: Vec::new(), qemu: last }
}

fn file(path: &Path, error: std::io::Error) -> CostError {
    CostError::Capture(CaptureError::File { path: path.to_owned(), error })
}
