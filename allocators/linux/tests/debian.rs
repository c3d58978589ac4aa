//! The code of Debian's kernels: it answers as the recorded kernels did, and as our own memblock does.

mod common;

use std::collections::HashMap;
use std::path::Path;

use allocators::Setting;
use allocators::memblock::Memblock;
use linux::{Code, Recipe, Target, Tree};
use plugin::Plugin;
use workloads::corpus;
use workloads::fidelity::{Fidelity, verify};
use workloads::replay::Stage;
use workloads::trace::{Machine, Op, Trace};

/// A tree's libraries, one for each target.
struct Kernel {
    tree: Tree,
    libraries: HashMap<Target, &'static Plugin>,
}

impl Kernel {
    fn of(version: &str) -> Option<Self> {
        let tree = Tree::open(&common::debian(version)?, None).unwrap();
        common::compiler()?;
        Some(Self { tree, libraries: HashMap::new() })
    }

    fn library(&mut self, trace: &Trace) -> &'static Plugin {
        let header = &trace.header;
        let target = Target::of(&header.arch, &header.kernel, header.page_size.shift());
        let tree = &self.tree;
        self.libraries.entry(target).or_insert_with(|| {
            let cc = common::compiler().unwrap();
            let recipe = Recipe::of(tree, Code::Memblock, target, &cc, &[]).unwrap();
            let built = recipe.build(&common::cache()).unwrap();
            assert_eq!(built.stubs, []);
            Box::leak(Box::new(Plugin::open_copy(&built.library, "kernel").unwrap()))
        })
    }

    fn replay(&mut self, trace: &Trace) -> Fidelity {
        verify(self.library(trace), trace, &mut Stage::default()).unwrap()
    }
}

/// Expect every address, refusal, dump and number of released pages that a kernel logged from the code of its own version,
/// on every boot that our memblock repeats in whole.
#[test]
fn the_code_of_the_recorded_version_repeats_every_boot() {
    for version in ["6.1", "6.12"] {
        let Some(mut kernel) = Kernel::of(version) else { continue };
        let mut boots = 0;
        for name in corpus::names() {
            let trace = corpus::trace(name).unwrap().unwrap();
            if !trace.header.kernel.starts_with(&format!("{version}.")) {
                continue;
            }
            let found = kernel.replay(&trace);
            assert!(found.exact(), "{name}: {:?}", found.mismatches.first());
            boots += 1;
        }
        assert!(boots > 5, "{boots} boots of {version}");
    }
}

/// Expect the kernel's code and ours to agree in each figure on every boot, whatever recorded it, as long as it asks for
/// nothing that 6.12 cannot do.
#[test]
fn our_memblock_answers_as_the_kernel_does() {
    let Some(mut kernel) = Kernel::of("6.12") else { return };
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let is_scratch = |op: &Op| matches!(op, Op::Set(Setting::KhoScratchOnly(true)));
        if trace.records.iter().any(|record| is_scratch(&record.op)) {
            continue;
        }
        let ours = verify(&Memblock, &trace, &mut Stage::default()).unwrap();
        assert_eq!(kernel.replay(&trace), ours, "{name}");
    }
}

#[test]
fn a_folder_that_is_no_tree_is_refused_by_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let error = Tree::open(folder.path(), None).unwrap_err();
    assert!(error.to_string().contains("Makefile"), "{error}");
    let error = Tree::open(Path::new("/no/such/tree"), None).unwrap_err();
    assert!(error.to_string().contains("/no/such/tree"), "{error}");
}

/// Expect code with addresses of 32 bits to do on each boot below 4 GiB what it does with 64, whatever recorded it.
#[test]
fn narrow_addresses_answer_alike_below_4_gib() {
    let Some(mut kernel) = Kernel::of("6.1") else { return };
    let mut boots = 0;
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        // All that it ever has.
        let machine = Machine::of(&trace);
        let ends = machine.nodes.iter().map(|piece| piece.range.end().0);
        if ends.max() >= Some(1 << 32) {
            continue;
        }
        let wide = kernel.replay(&trace);
        let mut narrow = trace.clone();
        (narrow.header.arch, narrow.header.kernel) = ("arm".into(), "6.1.0-armmp".into());
        let target = Target::of(&narrow.header.arch, &narrow.header.kernel, narrow.header.page_size.shift());
        assert_eq!(target.phys_bits, 32);
        assert_eq!(kernel.replay(&narrow), wide, "{name}");
        boots += 1;
    }
    assert!(boots > 10, "{boots} boots");
}
