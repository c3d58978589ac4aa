//! Building the plugin.

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::machines::{root, target};

/// Builds the plugin, if it is not built yet, and says where it is.
///
/// It has no dependencies, and is built apart from all else, so that nothing else is built anew by it.
pub(super) fn build() -> anyhow::Result<PathBuf> {
    let folder = target()?.join("plugin");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--release", "--package", "bootcost-plugin", "--target-dir"]);
    command.arg(&folder).current_dir(root());
    let output = command.output().context("cannot start cargo to build QEMU's plugin")?;
    if !output.status.success() {
        bail!("QEMU's plugin does not build:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(folder.join("release").join(format!("{DLL_PREFIX}bootcost_plugin{DLL_SUFFIX}")))
}
