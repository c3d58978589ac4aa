//! One boot, from its machine to its trace.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{anyhow, bail};
use reports::units::plural;
use workloads::capture::{CaptureError, Watch, boot, describe, provenance, qemu, shell};
use workloads::fidelity::verify_as_recorded;
use workloads::import::{Options, import};
use workloads::replay::Stage;
use workloads::trace::{Said, Trace};

use super::place::Place;
use crate::machines::{Chosen, Progress, kernel};
use crate::write;

/// The command line of QEMU as a shell reads it. Of files that are not there yet it has the place they will be at.
pub(super) fn command_line(chosen: &Chosen, place: &Place) -> anyhow::Result<String> {
    let Chosen { name, machine } = chosen;
    let fetched = machine.package().and_then(|package| place.store.kernel(&package, machine.arch));
    let image = fetched.map(|kernel| kernel.image).or_else(|| machine.image.clone());
    let files = place.store.names(name, machine, image.unwrap_or_else(|| PathBuf::from("vmlinuz")));
    let line = qemu(machine, &files, Watch::Console).map_err(|why| anyhow!("{name}: {why}"))?;
    Ok(shell(&line))
}

/// Boots the machine and writes its trace. Returns what to say of it.
pub(super) fn capture(
    chosen: &Chosen,
    place: &Place,
    limit: Duration,
    stop: &AtomicBool,
) -> anyhow::Result<String> {
    let Chosen { name, machine } = chosen;
    let progress = Progress::start(name);
    let kernel = kernel(&place.store, machine, stop, &progress)?;
    let files = place.store.files(name, machine, &kernel)?;
    let contradiction = |why: String| anyhow!(why);
    let options = Options {
        machine: Some(describe(machine).map_err(contradiction)?),
        captured: Some(provenance(machine, &files, &kernel, Watch::Console).map_err(contradiction)?),
    };
    let line = qemu(machine, &files, Watch::Console).map_err(contradiction)?;
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    let console = boot(command, limit, stop, &mut |seen| progress.seen(seen));
    let log = format!("{name}.log");
    if let Some(folder) = &place.logs {
        let bytes = match &console {
            Ok(console) | Err(CaptureError::Boot { console, .. }) => console.as_slice(),
            Err(_) => &[],
        };
        write::atomically(&folder.join(&log), bytes)?;
    }
    let trace = trace(&console?, &log, &options)?;
    let path = place.traces.join(format!("{name}.trace"));
    write::atomically(&path, trace.to_string().as_bytes())?;
    Ok(format!("{}: {}", path.display(), fidelity(&trace)))
}

/// The trace of the only boot on a console.
fn trace(console: &[u8], log: &str, options: &Options) -> anyhow::Result<Trace> {
    let mut boots = import(console, log, options)?;
    match (boots.pop(), boots.len()) {
        (Some(mut boot), 0) => {
            // An emulated machine's clock says nothing of a real one's, and is another one in each boot.
            boot.trace.said = boot.trace.said.map(|said| Said { at_us: None, ..said });
            Ok(boot.trace)
        }
        (_, more) => bail!("the console shows {} boots; --keep-log keeps it, to look at", more + 1),
    }
}

/// How well a replay agrees with the kernel.
fn fidelity(trace: &Trace) -> String {
    match verify_as_recorded(trace, &mut Stage::default()) {
        Ok(found) if found.exact() => {
            format!("all {} addresses are the kernel's own in a replay", found.proving.all)
        }
        Ok(found) => format!(
            "{} of {} addresses are the kernel's own in a replay, {} in all",
            found.proving.equal,
            found.proving.all,
            plural(found.mismatches.len(), "difference")
        ),
        Err(error) => format!("it cannot be replayed: {error}"),
    }
}
