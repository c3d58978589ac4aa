//! A whole log gives back the boot that it was written from.

use proptest::prelude::*;
use workloads::import::{Options, import};
use workloads::trace::{Evidence, Op, Record, Trace};

use crate::random::boot;
use crate::render::{Dialect, PREFIXES, file};

/// The records that a log in this dialect can hold.
fn expected(trace: &Trace, dialect: Dialect) -> Vec<Op> {
    let ops = trace.records.iter();
    ops.map(|record| match (&record.op, dialect) {
        // Where no request is printed, only the reservation is left.
        (Op::Alloc(request, Some(at)), Dialect::Exclusive) => {
            Op::Reserve(allocators::AddrRange::from_size(*at, request.size).unwrap())
        }
        (op, _) => op.clone(),
    })
    .collect()
}

fn logged(records: &[Record]) -> Vec<Op> {
    let logged = records.iter().filter(|record| !matches!(record.evidence, Evidence::Inferred(_)));
    logged.map(|record| record.op.clone()).collect()
}

/// The log as a mail program sends it that breaks lines at `width`.
fn wrapped(log: &str, width: usize) -> String {
    let mut mail = String::from("On some day somebody wrote:\n");
    for line in log.lines() {
        let mut at = 0;
        for word in line.split_inclusive(' ') {
            if at > 0 && at + word.trim_end().len() > width {
                mail.push('\n');
                at = 0;
            }
            if at == 0 {
                mail.push_str("> ");
            }
            mail.push_str(word);
            at += word.len();
        }
        mail.push('\n');
    }
    mail
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Expect every operation, in order, with its address and as evidence, from every dialect behind every prefix, whether
    /// or not a mail program has broken the lines.
    #[test]
    fn a_whole_log_gives_back_its_boot(
        (dialect, trace) in boot(),
        prefix in prop::sample::select(&PREFIXES[..]),
        width in prop::option::of(50..100usize),
    ) {
        let mut log = file(&dialect.log(&trace), prefix);
        if let Some(width) = width {
            log = wrapped(&log, width);
        }
        let imported = import(log.as_bytes(), "a test", &Options::default());
        if trace.records.is_empty() && imported.is_err() {
            return Ok(());
        }
        let imported = imported.unwrap().remove(0);
        prop_assert!(imported.account.not_understood.is_empty(), "{}", imported.account);
        prop_assert_eq!(imported.account.dumps, imported.account.dumps_matched);
        prop_assert_eq!(&imported.trace.memory, &trace.memory, "{}", log);
        prop_assert_eq!(imported.trace.reserved, trace.reserved.clone());
        let (found, expected) = (logged(&imported.trace.records), expected(&trace, dialect));
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            prop_assert_eq!(found, expected, "operation {}\n{}", index, log);
        }
        prop_assert_eq!(found.len(), expected.len(), "{}", log);
    }
}
