//! Any bytes at all give an error or traces that can be read back.
//!
//! In `workloads`: `cargo +nightly fuzz run import fuzz/corpus/import tests/logs -- -max_total_time=600`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| workloads::survive::log(bytes));
