//! Whatever happened to a log on its way, its trace is that of the plain log, or the account says that it is not.
//!
//! `IMPORT_CASES=100000 cargo test -p workloads --test import changed` tries that many stacks of changes, and
//! `IMPORT_CHANGES='empty lines,line numbers,terminal'` only this one.

use proptest::prelude::*;
use workloads::import::{ImportError, Imported, Options, import};
use workloads::trace::{Record, StartMemory, StartReserved};

use crate::random::boot;
use crate::transform::{TEXT, Transform, WRAPPED};

fn cases() -> u32 {
    std::env::var("IMPORT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

/// The stack of changes that somebody asks for, in place of the one that was drawn.
fn asked() -> Option<(Vec<usize>, usize)> {
    let names = std::env::var("IMPORT_CHANGES").ok()?;
    let place = |list: &[(&str, Transform)], name: &str| list.iter().position(|(known, _)| *known == name);
    let changes = names.split(',').filter_map(|name| place(&TEXT, name)).collect();
    let wrapped = names.split(',').find_map(|name| place(&WRAPPED, name)).unwrap_or(0);
    Some((changes, wrapped))
}

/// What a replay needs of a boot.
fn essence(boot: &Imported) -> (&[StartMemory], &[StartReserved], &[Record], &str, &str) {
    let trace = &boot.trace;
    (&trace.memory, &trace.reserved, &trace.records, &trace.header.kernel, &trace.header.arch)
}

fn read(log: &[u8]) -> Result<Vec<Imported>, ImportError> {
    import(log, "a test", &Options::default())
}

/// Whether the first line of an account says that all was read.
fn says_complete(boot: &Imported) -> bool {
    boot.account.to_string().starts_with("complete: ")
}

#[test]
fn there_are_more_than_forty_changes() {
    let mut names: Vec<&str> = TEXT.iter().chain(&WRAPPED).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TEXT.len() + WRAPPED.len());
    assert!(names.len() > 40, "{}", names.len());
}

/// Expect an account to begin with an alarm when half of what the allocator printed cannot be read, and when what the kernel
/// said of itself or its listing is there and cannot be.
#[test]
fn an_alarm_stands_in_the_first_line() {
    let log = include_str!("../logs/x86_64-6.1.log");
    let spoilt = |spoil: fn(&str) -> String| log.lines().map(spoil).collect::<Vec<_>>().join("\n");
    let first = |log: &str| {
        let boots = read(log.as_bytes()).unwrap();
        boots[0].account.to_string().lines().next().unwrap_or_default().to_owned()
    };
    assert!(first(log).starts_with("complete: "), "{}", first(log));
    for (what, log) in [
        (
            "requests and ranges",
            spoilt(|line| line.replace("bytes align=0x", "bytes align=Ox").replace(": [0x", ": [Ox")),
        ),
        ("regions", spoilt(|line| line.replace(", 0x", ", Ox").replace("]\t[0x", "]\t[Ox"))),
        ("the kernel's name", spoilt(|line| line.replace("Linux version ", "junk Linux version "))),
    ] {
        assert!(first(&log).starts_with("ALARM: "), "{what}: {}", first(&log));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_changed_log_gives_the_same_trace_or_says_that_it_does_not(
        (dialect, trace) in boot(),
        changes in prop::collection::vec(0..TEXT.len(), 0..=3),
        wrapped in 0..WRAPPED.len(),
    ) {
        let (changes, wrapped) = asked().unwrap_or((changes, wrapped));
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
        let Ok(expected) = read(plain.as_bytes()) else { return Ok(()) };
        let found = match read(&changed) {
            Ok(found) => found,
            // It may not be read, but not be taken for a log of something else.
            Err(ImportError::Unreadable { .. }) => return Ok(()),
            Err(error) => {
                prop_assert!(false, "{names:?}\n{error}\n{}", String::from_utf8_lossy(&changed));
                return Ok(());
            }
        };
        let says = found.iter().any(|boot| !says_complete(boot));
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
