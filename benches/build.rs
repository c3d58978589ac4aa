//! Writes down what builds the program, for the header of its results.

use std::env;
use std::process::Command;

fn main() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo::rustc-env=BOOTALLOC_RUSTC={}", version.unwrap_or_default());
    for name in ["TARGET", "PROFILE", "OPT_LEVEL"] {
        println!("cargo::rustc-env=BOOTALLOC_{name}={}", env::var(name).unwrap_or_default());
    }
    // Cargo separates flags by a character that no flag holds.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\x1f', " ");
    println!("cargo::rustc-env=BOOTALLOC_FLAGS={flags}");
    println!("cargo::rerun-if-changed=build.rs");
}
