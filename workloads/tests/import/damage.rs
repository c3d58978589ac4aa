//! A damaged log never makes the importer panic, and never passes a wrong address off as a right one.

use std::collections::HashSet;

use allocators::{AddrRange, AllocRequest, PhysAddr};
use proptest::collection::vec;
use proptest::prelude::*;
use workloads::import::{Options, import};
use workloads::trace::{Evidence, Op, Trace};

use crate::random::boot;
use crate::render::{PREFIXES, file};

/// What can happen to a line.
#[derive(Clone, Copy, Debug)]
enum Harm {
    None,
    Lost,
    /// The rest of it is lost, from this byte on.
    Cut(usize),
    /// It and the next one are lost: an answer and the request after it, perhaps.
    TwoLost,
    /// A mail program breaks it at this blank.
    Wrapped(usize),
    Twice,
    Noise(&'static str),
}

const NOISE: [&str; 6] = [
    "",
    "Some words that someone wrote about memblock_reserve: and what it does.",
    "[    0.000000] printk: console [ttyS0] enabled",
    "memblock: nothing of note",
    "\u{fffd}\u{1b}[31m\u{7}garbage\u{0}",
    "memblock_alloc_try_nid: 64 bytes align=0x40 nid=-1",
];

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        40 => Just(Harm::None),
        3 => Just(Harm::Lost),
        4 => Just(Harm::TwoLost),
        2 => any::<usize>().prop_map(Harm::Cut),
        2 => any::<usize>().prop_map(Harm::Wrapped),
        1 => Just(Harm::Twice),
        2 => prop::sample::select(&NOISE[..]).prop_map(Harm::Noise),
    ]
}

fn damage(log: &str, harms: &[Harm]) -> String {
    let mut damaged = String::new();
    let mut skip = false;
    for (line, harm) in log.lines().zip(harms.iter().cycle()) {
        if std::mem::take(&mut skip) {
            continue;
        }
        match *harm {
            Harm::TwoLost => {
                skip = true;
                continue;
            }
            Harm::None => damaged.push_str(line),
            Harm::Lost => continue,
            Harm::Cut(at) => damaged.push_str(&line[..at % (line.len() + 1)]),
            Harm::Wrapped(at) => {
                let blanks: Vec<usize> = line.match_indices(' ').map(|(at, _)| at).collect();
                let at = blanks.get(at % blanks.len().max(1)).copied().unwrap_or(line.len());
                damaged.push_str(&line[..at]);
                damaged.push('\n');
                damaged.push_str(line[at..].trim_start());
            }
            Harm::Twice => {
                damaged.push_str(line);
                damaged.push('\n');
                damaged.push_str(line);
            }
            Harm::Noise(noise) => {
                damaged.push_str(line);
                damaged.push('\n');
                damaged.push_str(noise);
            }
        }
        damaged.push('\n');
    }
    damaged
}

/// What the boot really did.
struct Truth {
    allocations: HashSet<(String, PhysAddr)>,
    reserved: HashSet<AddrRange>,
    freed: HashSet<AddrRange>,
}

/// The request but for its goal, which a guessed floor of the search may raise.
fn key(request: &AllocRequest) -> String {
    format!("{} {:#x} {:?} {:?}", request.size, request.align, request.limit, request.node)
}

impl Truth {
    fn of(trace: &Trace) -> Self {
        let mut truth = Self { allocations: HashSet::new(), reserved: HashSet::new(), freed: HashSet::new() };
        for record in &trace.records {
            match &record.op {
                Op::Alloc(request, Some(at)) => {
                    truth.allocations.insert((key(request), *at));
                    truth.reserved.extend(AddrRange::from_size(*at, request.size));
                }
                Op::Reserve(range) => {
                    truth.reserved.insert(*range);
                }
                Op::Free(range) => {
                    truth.freed.insert(*range);
                }
                _ => {}
            }
        }
        truth
    }
}

/// How many boots are damaged; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// Expect each address that is passed off as logged to be one that this very request, or this very call, had.
    #[test]
    fn a_damaged_log_gives_no_wrong_address(
        (dialect, trace) in boot(),
        prefix in prop::sample::select(&PREFIXES[..]),
        harms in vec(harm(), 1..120),
    ) {
        let log = damage(&file(&dialect.log(&trace), prefix), &harms);
        let truth = Truth::of(&trace);
        let Ok(boots) = import(log.as_bytes(), "a test", &Options::default()) else { return Ok(()) };
        for boot in boots {
            let text = boot.trace.to_string();
            prop_assert_eq!(&text.parse::<Trace>().unwrap(), &boot.trace, "the trace is not valid");
            for record in boot.trace.records.iter().filter(|record| record.evidence == Evidence::Logged) {
                match &record.op {
                    Op::Alloc(request, Some(at)) => prop_assert!(
                        truth.allocations.contains(&(key(request), *at)),
                        "{request:?} never had {at}\n{log}"
                    ),
                    Op::Reserve(range) => prop_assert!(truth.reserved.contains(range), "reserve {range}\n{log}"),
                    Op::Free(range) => prop_assert!(truth.freed.contains(range), "free {range}\n{log}"),
                    _ => {}
                }
            }
        }
    }

    /// Expect an error or a trace from any bytes at all.
    #[test]
    fn no_bytes_make_the_importer_panic(bytes in vec(any::<u8>(), 0..2000)) {
        let _ = import(&bytes[..], "a test", &Options::default());
    }
}

/// Expect memory where no machine has any to be left out, so that what is written can be read.
#[test]
fn memory_beyond_all_addresses_is_left_out() {
    for far in ["0x0200000000000000-0x0200000000000fff", "0x8000000000000000-0x8000000000000fff"] {
        let log = format!(
            "MEMBLOCK configuration:\n\
             memblock_add: [0x00001000-0x00ffffff] foo+0x1/0x2\n\
             memblock_add: [{far}] foo+0x1/0x2\n\
             memblock_reserve: [0x00001000-0x00001fff] foo+0x1/0x2\n"
        );
        let boots = import(log.as_bytes(), "far", &Options::default()).unwrap();
        let read = boots[0].trace.to_string().parse::<Trace>();
        assert!(read.is_ok(), "{far}: {read:?}");
    }
}
