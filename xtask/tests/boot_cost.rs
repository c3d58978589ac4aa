//! `cargo xtask boot-cost` where it cannot count: images without symbols, and scripts in place of QEMU.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What it says where QEMU is a script that says `said` and fails, and boots this image.
fn told(said: &str, image: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("qemu-system-x86_64");
    let version = "[ \"$1\" = --version ] && { echo QEMU emulator version 0.1; exit; }";
    fs::write(&program, format!("#!/bin/sh\n{version}\necho '{said}' >&2\nexit 1\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["boot-cost", "--arch", "x86_64", "--memory", "256M", "--linux-image"]).arg(image);
    command.arg("-o").arg(folder.path().join("out")).env("PATH", path).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(!output.status.success());
    assert!(!folder.path().join("out").exists(), "nothing is written");
    String::from_utf8(output.stderr).unwrap()
}

/// Expect one line that names the image and says what to do, of a program that was stripped, of a text, of nothing, and of what is
/// not there.
#[test]
fn an_image_without_symbols_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (text, empty) = (folder.path().join("text"), folder.path().join("empty"));
    fs::write(&text, "not a kernel\n".repeat(100)).unwrap();
    fs::write(&empty, "").unwrap();
    for image in [Path::new("/bin/true"), &text, &empty] {
        let told = told("it is not asked", image);
        assert!(told.contains(&format!("{}: no table of symbols", image.display())), "{told}");
        assert!(told.contains("CONFIG_KALLSYMS=y") && !told.contains("it is not asked"), "{told}");
    }
    let nowhere = told("it is not asked", &folder.path().join("nowhere"));
    assert!(
        nowhere.contains("cannot read the kernel's image") && nowhere.contains("No such file"),
        "{nowhere}"
    );
}

/// A kernel that was fetched before.
fn kernel() -> Option<PathBuf> {
    let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("target/kernels");
    let folders = fs::read_dir(kernels).ok()?.flatten().map(|entry| entry.path());
    let amd64 = folders.filter(|path| path.to_string_lossy().ends_with("-amd64"));
    let files = amd64.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    files.map(|file| file.path()).find(|path| path.to_string_lossy().contains("/vmlinuz"))
}

/// Expect a QEMU without plugins, and one of another API, to be told apart from one that fails for a reason of its own.
#[test]
fn a_qemu_that_does_not_take_the_plugin_is_told() {
    let Some(kernel) = kernel() else {
        eprintln!("skipped: no kernel of Debian's was fetched; `cargo xtask capture x86_64-6.1-256m` does");
        return;
    };
    for (said, expected) in [
        ("qemu-system-x86_64: -plugin: invalid option", "was built without plugins: take one that"),
        (
            "Could not load plugin: requires API version 1, but only 2 to 3 are supported",
            "which is for QEMU 7.2 to 10",
        ),
        ("Bus error", "| Bus error"),
    ] {
        let told = told(said, &kernel);
        assert!(told.contains(expected), "{said}: {told}");
    }
}

/// A folder with a trace of one's own and this text beside it as what its boot paid; what a command says of it.
fn beside(cost: &str, words: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let trace = workloads::corpus::text("x86_64-6.1-256m").unwrap();
    fs::write(folder.path().join("mine.trace"), trace).unwrap();
    fs::write(folder.path().join("mine.cost"), cost).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.args(words).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    let written = fs::read_dir(folder.path().join("target/report")).map_or(0, Iterator::count);
    assert_eq!(written, 0, "nothing is measured");
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (output.status.success(), text)
}

/// Expect a cost beside a log of one's own to be shown, one of another kernel or machine to be told as doubtful, and one that was cut
/// off or garbled to be refused with its line before anything is measured.
#[test]
fn a_cost_beside_a_trace_of_ones_own() {
    let text = |name: &str| workloads::corpus::cost(name).unwrap().unwrap().to_string();
    let own = text("x86_64-6.1-256m");
    let show = ["show", "mine.trace"];
    let (done, told) = beside(&own, &show);
    assert!(done && told.contains("What the kernel itself paid") && !told.contains("Doubtful"), "{told}");
    let (done, told) = beside(&own.replacen("kernel 6.1.0-50-amd64", "kernel 6.6.1", 1), &show);
    assert!(done && told.contains("Doubtful: the kernel that was counted is 6.6.1"), "{told}");
    let (done, told) = beside(&text("x86_64-6.1-16node-960g"), &show);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(done && told.contains("Doubtful") && told.contains("it was of another machine"), "{told}");
    let most = u64::MAX.to_string();
    let absurd =
        own.replacen("allocator=", &format!("allocator={most} zeroing={most} printing={most} thunks="), 2);
    let (done, told) = beside(&absurd, &show);
    assert!(done && told.contains("What the kernel itself paid"), "{told}");
    let cut: String = own.split_inclusive('\n').take(9).collect();
    for garbled in [cut, own.replacen("kind alloc", "kind allot", 1), String::new(), "\0".repeat(100)] {
        for words in [&show[..], &["report", "mine.trace"], &["verify", "mine.trace"]] {
            let (done, told) = beside(&garbled, words);
            assert!(!done && told.contains("mine.cost") && told.contains("line "), "{words:?}: {told}");
        }
    }
}
