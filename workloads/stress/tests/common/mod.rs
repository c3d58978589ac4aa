//! Kernel trees to hold our own code against.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use linux::{Code, Recipe, Target, Tree};
use plugin::Compiler;
use stress::Spec;

/// The files of a tree that are read, of `/usr/src/linux-source-VERSION.tar.xz`; `None` with a word about it where that is not
/// installed.
pub(crate) fn debian(version: &str) -> Option<PathBuf> {
    let archive = format!("/usr/src/linux-source-{version}.tar.xz");
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
        let files = ["Makefile", "mm/memblock.c", "include/linux/memblock.h"];
        let files = files.map(|file| format!("{top}/{file}"));
        let mut unpack = Command::new("tar");
        unpack.arg("-C").arg(part.path()).args(["-xJf", &archive]).args(files);
        assert!(unpack.status().unwrap().success());
        // Whole or not at all; another test may have been faster.
        let _ = fs::rename(part.path().join(&top), &tree);
    }
    Some(tree)
}

/// The code of a tree, built for pages of each size; `None` with a word about it where there is no compiler.
pub(crate) fn spec(tree: &Path, name: &str) -> Option<Spec> {
    let compiler = Compiler::find().map_err(|error| eprintln!("not tested: {error}")).ok()?;
    let tree = Tree::open(tree, None).unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let library = |page_shift| {
        let target = Target { page_shift, phys_bits: 64 };
        let recipe = Recipe::of(&tree, Code::Memblock, target, &compiler, &[]).unwrap();
        let built = recipe.build(&cache).unwrap();
        (page_shift, built.library)
    };
    Some(Spec::Libraries(name.into(), [12, 16].map(library).to_vec()))
}

/// `text` with an edit in the definition of `function`.
pub(crate) fn edited(text: &str, function: &str, from: &str, to: &str) -> String {
    let body = |at: usize| {
        // A definition's opening brace stands alone on a line before any semicolon.
        let rest = &text[at..];
        // Comments name functions with empty parentheses.
        if rest.starts_with(&format!("{function}()")) {
            return None;
        }
        let open = rest.find("\n{\n").filter(|&open| !rest[..open].contains(';'))?;
        let end = rest.find("\n}\n")?;
        Some(at + open..at + end)
    };
    let named = format!("{function}(");
    let body = text.match_indices(&named).find_map(|(at, _)| body(at)).expect("the function is there");
    let at =
        text[body.clone()].find(from).unwrap_or_else(|| panic!("{function} has no `{from}`")) + body.start;
    format!("{}{to}{}", &text[..at], &text[at + from.len()..])
}
