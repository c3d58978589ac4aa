//! The symbols of real kernels, where `cargo xtask capture` has fetched some.

use std::fs;
use std::path::Path;

use workloads::ksyms::{Kernel, kernel};

/// Expect what every kernel has, in the order in which it lies, at an address of a kernel's.
fn check(path: &Path, found: &Kernel) {
    let shown = path.display();
    let release = found.release.as_deref().unwrap_or_default();
    assert!(release.starts_with(|c: char| c.is_ascii_digit()), "{shown}: {release}");
    let address = |name: &str| {
        let symbol = found.symbols.iter().find(|symbol| symbol.name == name && symbol.is_code());
        symbol.unwrap_or_else(|| panic!("{shown}: no {name}")).address
    };
    let (start, stext) = (address("start_kernel"), address("_stext"));
    assert!(stext < start && start - stext < 1 << 28, "{shown}: {stext:x}, {start:x}");
    assert_ne!(address("memblock_free_all"), start);
    let second = found.symbols.iter().filter(|symbol| symbol.local_entry.is_some()).count();
    let power = shown.to_string().contains("ppc64el");
    assert_eq!(second > 10_000, power, "{shown}: {second} functions with two entries");
}

#[test]
fn the_kernels_that_were_fetched_have_symbols() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kernels");
    let folders = fs::read_dir(&store).into_iter().flatten().flatten();
    let mut seen = 0;
    for file in folders.flat_map(|folder| fs::read_dir(folder.path())).flatten().flatten() {
        let path = file.path();
        if !file.file_name().to_string_lossy().starts_with("vmlinu") {
            continue;
        }
        let found = kernel(&fs::read(&path).unwrap());
        check(&path, &found.unwrap_or_else(|why| panic!("{}: {why}", path.display())));
        seen += 1;
    }
    if seen == 0 {
        eprintln!("no kernels in {}; `cargo xtask capture` fetches them", store.display());
    }
}
