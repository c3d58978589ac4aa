//! Any bytes at all give an error, or a machine and a boot on it that can be read back.
//!
//! In `workloads`: `cargo +nightly fuzz run map fuzz/corpus/map maps -- -max_total_time=600`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| workloads::survive::map(bytes));
