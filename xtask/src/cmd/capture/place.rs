//! Where kernels are kept and traces go.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use workloads::capture::{Machine, Store};

use super::Args;

/// Where kernels are kept and traces go.
pub(super) struct Place {
    pub(super) store: Store,
    pub(super) traces: PathBuf,
    pub(super) logs: Option<PathBuf>,
}

impl Place {
    pub(super) fn of(args: &Args) -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
        // A relative one is relative to where cargo was called, and cargo calls us from there.
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let target = std::path::absolute(target).context("cannot tell the current folder")?;
        let traces = match &args.output {
            Some(folder) => folder.clone(),
            None if args.corpus => root.join("workloads/traces"),
            None => target.join("captured"),
        };
        Ok(Self { store: Store::new(target.join("kernels")), traces, logs: args.keep_log.clone() })
    }

    /// Whether the kernel of `machine` has yet to be fetched.
    pub(super) fn is_to_fetch(&self, machine: &Machine) -> bool {
        machine.package().is_some_and(|package| self.store.kernel(&package, machine.arch).is_none())
    }
}
