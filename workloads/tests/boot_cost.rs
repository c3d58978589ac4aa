//! A real boot under the plugin, where QEMU is installed and `cargo xtask boot-cost x86_64-6.1-256m` has fetched its kernel.

#![cfg(target_os = "linux")]

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::{env, fs};

use workloads::capture::{Store, machines, missing};
use workloads::corpus;
use workloads::cost::{Cost, Kind, Part, Watched, boot, held, symbols};

const NAME: &str = "x86_64-6.1-256m";

fn plugin() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--release", "--package", "bootcost-plugin", "--target-dir"])
        .arg(&folder);
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    folder.join("release").join(format!("{DLL_PREFIX}bootcost_plugin{DLL_SUFFIX}"))
}

/// Expect the allocator's counts of two boots, and of the corpus if the kernel is that one, to be equal to the instruction, and
/// the calls to be the trace's records.
#[test]
fn a_boot_costs_the_same_each_time() {
    let machine = &machines(None).unwrap()[NAME];
    let store = Store::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kernels"));
    let kernel = machine.package().and_then(|package| store.kernel(&package, machine.arch));
    let Some(kernel) = kernel else { return eprintln!("its kernel is not in target/kernels") };
    if let Some(missing) = missing([(machine, false)]) {
        return eprintln!("{missing}");
    }
    let symbols = symbols(&fs::read(&kernel.image).unwrap()).unwrap();
    let files = store.files(NAME, machine, &kernel).unwrap();
    let plugin = plugin();
    let limit = Duration::from_mins(10);
    let watched =
        Watched { machine, files: &files, kernel: &kernel, symbols: &symbols, plugin: &plugin, limit };
    let count = || boot(&watched, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let (first, second) = (count(), count());
    same(&first, &second);
    let recorded = corpus::cost(NAME).unwrap().unwrap();
    if recorded.kernel == first.kernel {
        same(&first, &recorded);
        let held = held(&first, &corpus::trace(NAME).unwrap().unwrap());
        assert!(held.whole(), "{:?}", held.less);
    }
}

fn same(one: &Cost, other: &Cost) {
    for (kind, word) in Kind::WORDS {
        assert_eq!(one.calls_of(kind), other.calls_of(kind), "calls: {word}");
        for (part, of) in Part::WORDS {
            assert_eq!(one.spent(Some(kind), part), other.spent(Some(kind), part), "{word}: {of}");
        }
    }
}
