//! The code of every version that can be had, against what is known of it.
//!
//! Sources are Debian's, where they are installed, and the tags of a kernel repository that `BOOTALLOC_LINUX` names, such as
//! `v5.10`. Nothing of them is part of this project.

mod common;

use std::collections::HashMap;
use std::path::PathBuf;

use allocators::Setting;
use linux::{Code, Recipe, Target, Tree};
use plugin::Plugin;
use workloads::corpus;
use workloads::fidelity::verify;
use workloads::replay::Stage;
use workloads::trace::Op;

/// The variable that names a repository.
const REPOSITORY: &str = "BOOTALLOC_LINUX";

/// Boots of the corpus that a version answers otherwise, and how many answers differ.
type Known = &'static [(&'static str, usize)];

/// It grants what a later kernel refused: nobody insists on a node yet.
const GRANTS: Known = &[("x86_64-6.1-movable-node-8g", 1)];

/// It keeps its own allocations apart from other reservations, so that its list doubles sooner.
const MARKS: Known = &[("x86_64-6.12-numafake64-16g", 41)];

const VERSIONS: &[(&str, Known)] = &[
    ("4.19", GRANTS),
    ("5.4", GRANTS),
    ("5.10", &[]),
    ("5.15", &[]),
    ("6.1", &[]),
    ("6.6", &[]),
    ("6.12", &[]),
    ("6.16", MARKS),
    ("6.18", MARKS),
    ("7.2", MARKS),
    ("7.3", MARKS),
];

/// The tree of a version, or `None` with a word about it.
fn tree(version: &str) -> Option<Tree> {
    let tagged = std::env::var_os(REPOSITORY)
        .and_then(|repository| Tree::open(&PathBuf::from(repository), Some(&format!("v{version}"))).ok());
    if tagged.is_none() && !common::is_debians(version) {
        eprintln!(
            "not tested: {version}, which is neither a tag v{version} of the repository that {REPOSITORY} names nor Debian's \
             linux-source-{version}"
        );
        return None;
    }
    tagged.or_else(|| Some(Tree::open(&common::debian(version)?, None).unwrap()))
}

/// Expect each version to build without stubs for every machine of the corpus, and to repeat every boot but those that are known.
#[test]
fn each_version_differs_where_that_is_known() {
    let Some(compiler) = common::compiler() else { return };
    for (version, known) in VERSIONS {
        let Some(tree) = tree(version) else { continue };
        let mut libraries: HashMap<Target, &'static Plugin> = HashMap::new();
        let mut differing = Vec::new();
        let knows_scratch = tree.need("mm/memblock.c").unwrap().contains("kho_scratch_only");
        for name in corpus::names() {
            let trace = corpus::trace(name).unwrap().unwrap();
            let is_scratch = |op: &Op| matches!(op, Op::Set(Setting::KhoScratchOnly(true)));
            // No version before 6.16 can be asked for scratch memory alone.
            if !knows_scratch && trace.records.iter().any(|record| is_scratch(&record.op)) {
                continue;
            }
            let header = &trace.header;
            let target = Target::of(&header.arch, &header.kernel, header.page_size.shift());
            let library = libraries.entry(target).or_insert_with(|| {
                let recipe = Recipe::of(&tree, Code::Memblock, target, &compiler, &[]).unwrap();
                let built =
                    recipe.build(&common::cache()).unwrap_or_else(|error| panic!("{version}: {error}"));
                assert_eq!(built.stubs, [], "{version}");
                Box::leak(Box::new(Plugin::open_copy(&built.library, "kernel").unwrap()))
            });
            let found = verify(*library, &trace, &mut Stage::default()).unwrap();
            if !found.mismatches.is_empty() {
                differing.push((name, found.mismatches.len()));
            }
        }
        assert_eq!(differing, *known, "{version}");
        eprintln!("tested: {version}, as {tree}");
    }
}
