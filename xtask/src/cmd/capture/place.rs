//! Where kernels are kept and traces go.

use std::path::PathBuf;

use workloads::capture::Store;

use super::Args;
use crate::machines::{root, store, target};

/// Where kernels are kept and traces go.
pub(super) struct Place {
    pub(super) store: Store,
    pub(super) traces: PathBuf,
    pub(super) logs: Option<PathBuf>,
}

impl Place {
    pub(super) fn of(args: &Args) -> anyhow::Result<Self> {
        let traces = match &args.output {
            Some(folder) => folder.clone(),
            None if args.corpus => root().join("workloads/traces"),
            None => target()?.join("captured"),
        };
        Ok(Self { store: store()?, traces, logs: args.keep_log.clone() })
    }
}
