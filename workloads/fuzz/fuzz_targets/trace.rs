//! What is read as a trace is written back as it was.
//!
//! In `workloads`: `cargo +nightly fuzz run trace fuzz/corpus/trace fuzz/seeds/trace -- -max_total_time=600`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| workloads::survive::trace(text));
