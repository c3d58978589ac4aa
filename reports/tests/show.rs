//! What `cargo xtask show` prints, for traces of the corpus. `UPDATE_EXPECT=1 cargo test` writes the files anew.

use allocators::memblock::Memblock;
use benches::exact::exact;
use expect_test::{ExpectFile, expect_file};
use reports::analysis::Paid;
use reports::show::{Settings, beyond, paid, show};
use reports::text::Terminal;
use workloads::corpus;
use workloads::replay::Stage;
use workloads::trace::Trace;

const PLAIN: Terminal = Terminal { width: 80, colour: false };

fn trace(name: &str) -> Trace {
    corpus::trace(name).unwrap().unwrap()
}

fn check(name: &str, golden: &ExpectFile) {
    let trace = trace(name);
    let found = exact(&Memblock, &trace, &mut Stage::default()).unwrap();
    let text = show(name, &trace, Ok(&found.layout), PLAIN);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    golden.assert_eq(&text);
}

#[test]
fn a_small_machine_of_one_node() {
    check("x86_64-linux-6.1-1node-2g", &expect_file!["golden/show-1node.txt"]);
}

#[test]
fn a_machine_of_eight_nodes() {
    check("x86_64-linux-6.1-8node-32g", &expect_file!["golden/show-8node.txt"]);
}

#[test]
fn a_machine_with_firmware_tables_in_its_memory() {
    check("x86_64-linux-6.12-efi-4g", &expect_file!["golden/show-efi.txt"]);
}

/// Expect a trace without records, and one that cannot be replayed, to be told of all the same.
#[test]
fn an_empty_trace_and_one_without_a_map_are_shown() {
    let mut trace = trace("x86_64-linux-6.1-1node-2g");
    trace.records.clear();
    trace.memory.clear();
    trace.said = None;
    let text = show("empty", &trace, Err("its memory contradicts itself"), PLAIN);
    assert!(text.contains("There is no map of its memory: its memory contradicts itself"), "{text}");
    assert!(text.contains("not in the log"), "{text}");
}

/// Expect what a boot cost beyond the allocator, and what it paid, of a machine whose log names its zones and of which a boot
/// was counted.
#[test]
fn what_a_boot_costs_beyond_the_allocator() {
    let name = "x86_64-6.12-numafake64-16g";
    let mut text = beyond(&trace(name), Settings::default(), PLAIN);
    text.push_str(&paid(&Paid::of(&corpus::cost(name).unwrap().unwrap(), &trace(name)), PLAIN));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    expect_file!["golden/show-beyond.txt"].assert_eq(&text);
}

/// Expect other settings to change what is deferred, and nothing that was recorded.
#[test]
fn other_settings_defer_otherwise() {
    let trace = trace("x86_64-6.1-256m");
    let defer = Some(workloads::beyond::Defer::No);
    let without = beyond(&trace, Settings { defer, ..Settings::default() }, PLAIN);
    assert!(without.contains("Nothing is deferred; sections have 128 MiB"), "{without}");
    let small = Settings { sections: Some(workloads::beyond::Sections::Of(1 << 24)), ..Settings::default() };
    assert!(beyond(&trace, small, PLAIN).contains("by sections of 16 MiB"));
}
