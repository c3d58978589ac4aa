//! Logs that are made of lines which allocators print, in any order and with any numbers, and went through whatever happens to
//! logs: they give an error, or traces that can be read back.
//!
//! In `workloads`: `cargo +nightly fuzz run structured -- -max_total_time=1800 -max_len=4096`.
#![no_main]

mod grammar;
#[path = "../../../tests/import/transform.rs"]
mod transform;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|log: grammar::Log| workloads::survive::log(&log.bytes()));
