//! Whatever happened to a log on its way, its trace is that of the plain log, or the account says that it is not.
//!
//! `IMPORT_CASES=100000 cargo test -p workloads --test import changed` tries that many stacks of changes.

use proptest::prelude::*;
use workloads::import::{Imported, Options, import};
use workloads::trace::{Record, StartMemory, StartReserved};

use crate::random::boot;
use crate::transform::{TEXT, WRAPPED};

fn cases() -> u32 {
    std::env::var("IMPORT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

/// What a replay needs of a boot.
fn essence(boot: &Imported) -> (&[StartMemory], &[StartReserved], &[Record], &str, &str) {
    let trace = &boot.trace;
    (&trace.memory, &trace.reserved, &trace.records, &trace.header.kernel, &trace.header.arch)
}

fn read(log: &[u8]) -> Option<Vec<Imported>> {
    import(log, "a test", &Options::default()).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_changed_log_gives_the_same_trace_or_says_that_it_does_not(
        (dialect, trace) in boot(),
        changes in prop::collection::vec(0..TEXT.len(), 0..=3),
        wrapped in 0..WRAPPED.len(),
    ) {
        let plain = dialect.log(&trace).join("\n") + "\n";
        let mut names = Vec::new();
        let mut log = plain.clone();
        for change in changes.into_iter().take(if wrapped == 0 { 3 } else { 2 }) {
            let (name, change) = TEXT[change];
            names.push(name);
            log = String::from_utf8(change(&log)).unwrap();
        }
        let (name, wrap) = WRAPPED[wrapped];
        names.push(name);
        let changed = wrap(&log);
        let expected = read(plain.as_bytes());
        let Some(found) = read(&changed) else { return Ok(()) };
        let says = found.iter().any(|boot| !boot.account.is_complete());
        let expected = expected.unwrap_or_default();
        let (found_essence, expected): (Vec<_>, Vec<_>) =
            (found.iter().map(essence).collect(), expected.iter().map(essence).collect());
        if std::env::var_os("IMPORT_STATS").is_some() {
            let same = found_essence == expected;
            eprintln!("STAT {} {names:?}", if same { "same" } else if says { "says" } else { "WRONG" });
            return Ok(());
        }
        prop_assert!(
            found_essence == expected || says,
            "{names:?}\n{}\n{}\n{}",
            found[0].account, found[0].trace, String::from_utf8_lossy(&changed)
        );
    }
}
