//! Debian's kernel sources, where they are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plugin::Compiler;

/// Where Debian's package puts a version.
fn archive(version: &str) -> String {
    format!("/usr/src/linux-source-{version}.tar.xz")
}

/// Whether Debian's package of a version is installed.
#[allow(dead_code, reason = "not every test asks")]
pub(crate) fn is_debians(version: &str) -> bool {
    Path::new(&archive(version)).is_file()
}

/// The files of a tree that are read, of `/usr/src/linux-source-VERSION.tar.xz`: unpacked once, `None` with a word about it
/// where that is not installed.
pub(crate) fn debian(version: &str) -> Option<PathBuf> {
    let archive = archive(version);
    if !Path::new(&archive).is_file() {
        eprintln!(
            "not tested: {archive} is not installed (on Debian: apt-get install linux-source-{version})"
        );
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let top = format!("linux-source-{version}");
    let tree = folder.join(&top);
    if !tree.join("Makefile").is_file() {
        let part = tempfile::tempdir_in(folder).unwrap();
        let files =
            ["Makefile", "mm/memblock.c", "include/linux/memblock.h"].map(|file| format!("{top}/{file}"));
        let status =
            Command::new("tar").arg("-C").arg(part.path()).args(["-xJf", &archive]).args(files).status();
        assert!(status.unwrap().success());
        // Whole or not at all; another test may have been faster.
        let _ = fs::rename(part.path().join(&top), &tree);
    }
    Some(tree)
}

/// The compiler, or `None` with a word about it.
pub(crate) fn compiler() -> Option<Compiler> {
    Compiler::find().map_err(|error| eprintln!("not tested: {error}")).ok()
}

/// Where libraries are kept.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins")
}
