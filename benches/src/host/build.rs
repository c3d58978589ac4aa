//! The program that measures: its compiler and its revision.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::results::{Commit, Toolchain};

/// What built this program, as the build script wrote it down.
#[must_use]
pub fn toolchain() -> Toolchain {
    Toolchain {
        rustc: env!("BOOTALLOC_RUSTC").into(),
        target: env!("BOOTALLOC_TARGET").into(),
        profile: env!("BOOTALLOC_PROFILE").into(),
        opt_level: env!("BOOTALLOC_OPT_LEVEL").into(),
        flags: option_env!("BOOTALLOC_FLAGS").unwrap_or_default().to_owned(),
        debug_assertions: cfg!(debug_assertions),
    }
}

/// The revision of the sources, if they are where the program was built and git knows them.
// Asked at run time: cargo builds the program before each run, and a build script that watched git's files would
// build it anew after each commit.
#[must_use]
pub fn commit() -> Option<Commit> {
    let id = git(&["rev-parse", "HEAD"])?;
    let dirty = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(Commit { id, dirty: !dirty.is_empty() })
}

fn git(args: &[&str]) -> Option<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("git").arg("-C").arg(sources).args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
