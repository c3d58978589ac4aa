//! One boot, from its machine to its trace.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::anyhow;
use workloads::capture::{CaptureError, Files, Kernel, boot, describe, provenance, qemu};

use super::choose::Chosen;
use super::place::Place;
use super::progress::Progress;
use crate::write;

/// The command line of QEMU as a shell reads it. Files that are not there yet have their names only.
pub(super) fn command_line(chosen: &Chosen, place: &Place) -> anyhow::Result<String> {
    let Chosen { name, machine } = chosen;
    let fetched = machine.package().and_then(|package| place.store.kernel(&package, machine.arch));
    let image = fetched.map(|kernel| kernel.image).or_else(|| machine.image.clone());
    let files = place.store.names(name, machine, image.unwrap_or_else(|| PathBuf::from("vmlinuz")));
    let line = qemu(machine, &files).map_err(|why| anyhow!("{name}: {why}"))?;
    Ok(workloads::capture::shell(&line))
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
    let kernel = match (&machine.image, machine.package()) {
        (None, Some(package)) => {
            place.store.fetch(&package, machine.arch, stop, &mut |what| progress.tell(what))?
        }
        (image, _) => Kernel::own(image.as_deref().unwrap_or(Path::new(""))),
    };
    let files = place.store.files(name, machine, &kernel)?;
    let captured = provenance(machine, &files, &kernel).map_err(|why| anyhow!(why))?;
    let machine_words = describe(machine).map_err(|why| anyhow!(why))?;
    let line = qemu(machine, &files).map_err(|why| anyhow!(why))?;
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]);
    let console = boot(command, limit, stop, &mut |seen| progress.seen(seen));
    if let Some(folder) = &place.logs {
        let bytes = match &console {
            Ok(console) | Err(CaptureError::Boot { console, .. }) => console.as_slice(),
            Err(_) => &[],
        };
        write::atomically(&folder.join(format!("{name}.log")), bytes)?;
    }
    let console = console?;
    let path = place.traces.join(format!("{name}.log"));
    write::atomically(&path, &console)?;
    let _: (&Files, &str, &str) = (&files, &captured, &machine_words);
    Ok(path.display().to_string())
}
