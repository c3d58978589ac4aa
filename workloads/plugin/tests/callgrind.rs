//! The plugin against callgrind: equal to the instruction, function by function, on a program that both can run.
//!
//! Callgrind shares nothing with QEMU. Where it, QEMU's user mode or a C compiler is missing, this says so and passes.

use std::collections::BTreeMap;
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Runs a program, which must succeed; `None` if it is not there.
fn run(command: &mut Command) -> Option<Output> {
    let output = command.output().ok()?;
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {shown}");
    Some(output)
}

fn plugin() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--release", "--package", "bootcost-plugin", "--target-dir"])
        .arg(&folder);
    run(build.current_dir(env!("CARGO_MANIFEST_DIR"))).expect("cargo runs this test");
    folder.join("release").join(format!("{DLL_PREFIX}bootcost_plugin{DLL_SUFFIX}"))
}

/// Instructions of its own by function.
type Counts = BTreeMap<String, u64>;

/// As callgrind says it.
fn by_callgrind(program: &Path, folder: &Path) -> Option<Counts> {
    let out = folder.join("callgrind");
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--tool=callgrind",
        "--compress-strings=no",
        "--compress-pos=no",
        "--dump-line=no",
        "--show-below-main=yes",
    ]);
    run(valgrind.arg(format!("--callgrind-out-file={}", out.display())).arg(program))?;
    let text = fs::read_to_string(&out).unwrap();
    let (mut counts, mut function, mut inclusive) = (BTreeMap::new(), String::new(), false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            // Recursion has a function of its own for each depth: `recurse'2`.
            name.split('\'').next().unwrap_or(name).clone_into(&mut function);
        } else if line.starts_with("calls=") {
            inclusive = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit()) && !std::mem::take(&mut inclusive) {
            let (_, own) = line.split_once(' ').unwrap();
            *counts.entry(function.clone()).or_default() += own.trim().parse::<u64>().unwrap();
        }
    }
    Some(counts)
}

/// As the plugin says it.
fn by_plugin(program: &Path, folder: &Path) -> Option<Counts> {
    let listed = run(Command::new("nm").arg("-n").arg(program))?;
    let listed = String::from_utf8(listed.stdout).unwrap();
    let code = listed.lines().filter_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
        [address, "t" | "T", name] => Some(format!("{address} - - - {name}\n")),
        _ => None,
    });
    let table: String = code.collect();
    let (symbols, out) = (folder.join("symbols"), folder.join("counted"));
    fs::write(&symbols, table).unwrap();
    let option = format!(
        "file={},symbols={},out={},until=_start",
        plugin().display(),
        symbols.display(),
        out.display()
    );
    let mut qemu = Command::new(format!("qemu-{ARCH}"));
    run(qemu.arg("-plugin").arg(option).arg(program))?;
    let text = fs::read_to_string(&out).unwrap();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        if let ["function", _, _, own, _, _, name] = line.split(' ').collect::<Vec<_>>()[..] {
            counts.insert(name.to_owned(), own.parse().unwrap());
        }
    }
    Some(counts)
}

#[test]
fn the_plugin_counts_what_callgrind_counts() {
    if !matches!(ARCH, "x86_64" | "aarch64") {
        return eprintln!("the program is written for x86_64 and aarch64");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program");
    fs::create_dir_all(&folder).unwrap();
    let (source, program) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program.c"), folder.join("program"));
    let flags =
        ["-O2", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-ipa-icf", "-o"];
    if run(Command::new("cc").args(flags).arg(&program).arg(&source)).is_none() {
        return eprintln!("no C compiler (cc) here");
    }
    let Some(mut callgrind) = by_callgrind(&program, &folder) else { return eprintln!("no valgrind here") };
    let Some(mut plugin) = by_plugin(&program, &folder) else {
        return eprintln!("no qemu-{ARCH} (qemu-user) here");
    };
    for name in ["leaf", "loop", "tail", "recurse", "through", "spin", "finish", "_start"] {
        assert!(callgrind.get(name).is_some_and(|own| *own > 0), "callgrind saw no {name}: {callgrind:?}");
    }
    // Callgrind stops to count before the block that ends the program.
    callgrind.remove("leave");
    plugin.remove("leave");
    assert_eq!(plugin, callgrind);
}
