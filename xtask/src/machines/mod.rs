//! The machines that commands boot: which ones, their kernels, and how a boot gets on.

mod choose;
mod progress;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use workloads::capture::{CaptureError, Kernel, Machine, Store};

pub(crate) use choose::{Chosen, Selection};
pub(crate) use progress::Progress;

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds, and we what can be made again.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    // A relative one is relative to where cargo was called, and cargo calls us from there.
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    std::path::absolute(target).context("cannot tell the current folder")
}

/// The kernels that were fetched.
pub(crate) fn store() -> anyhow::Result<Store> {
    Ok(Store::new(target()?.join("kernels")))
}

/// Whether the kernel of `machine` has yet to be fetched into `store`.
pub(crate) fn is_to_fetch(store: &Store, machine: &Machine) -> bool {
    machine.package().is_some_and(|package| store.kernel(&package, machine.arch).is_none())
}

/// The kernel of `machine`, fetched if need be.
pub(crate) fn kernel(
    store: &Store,
    machine: &Machine,
    stop: &AtomicBool,
    progress: &Progress,
) -> Result<Kernel, CaptureError> {
    match (&machine.image, machine.package()) {
        (None, Some(package)) => store.fetch(&package, machine.arch, stop, &mut |what| progress.tell(what)),
        (image, _) => Ok(Kernel::own(image.as_deref().unwrap_or(Path::new("")))),
    }
}
