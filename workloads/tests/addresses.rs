//! On every boot of the corpus: strategies that are to give the same addresses give them, and all are legal.

use allocators::Strategy;
use allocators::freetree::Freetree;
use allocators::memblock::Memblock;
use allocators::memquick::Memquick;
use allocators::memround::Memround;
use allocators::wordscan::Wordscan;
use allocators::wordtree::Wordtree;
use workloads::check::{Checked, check};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage};
use workloads::trace::Trace;

fn checked<S: Strategy + 'static>(strategy: &'static S, trace: &Trace, stage: &mut Stage) -> Checked {
    let found = check(strategy, &Program::compile(trace, Reach::of(strategy)), stage).unwrap();
    assert!(found.violations.is_empty(), "{}: {:?}", strategy.name(), found.violations);
    found
}

/// Expect memquick to do on each boot what memblock does, down to the pages released and the bytes of its lists.
#[test]
fn memquick_gives_memblocks_addresses() {
    let mut stage = Stage::default();
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let [memblock, memquick] =
            [checked(&Memblock, &trace, &mut stage), checked(&Memquick, &trace, &mut stage)];
        assert_eq!(memquick, memblock, "{name}");
    }
}

/// Expect freetree to give memblock's addresses too, where the list doubles as well, and to release the same blocks.
#[test]
fn freetree_gives_memblocks_addresses() {
    let mut stage = Stage::default();
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let [memblock, freetree] =
            [checked(&Memblock, &trace, &mut stage), checked(&Freetree, &trace, &mut stage)];
        assert_eq!(Checked { metadata_bytes: memblock.metadata_bytes, ..freetree }, memblock, "{name}");
    }
}

/// Expect wordtree to give the addresses of wordscan, and as many pages in the end.
#[test]
fn wordtree_gives_wordscans_addresses() {
    let mut stage = Stage::default();
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let [wordscan, wordtree] =
            [checked(&Wordscan, &trace, &mut stage), checked(&Wordtree, &trace, &mut stage)];
        assert_eq!(wordtree.addresses, wordscan.addresses, "{name}");
        assert_eq!(wordtree.outcomes, wordscan.outcomes, "{name}");
        assert_eq!(wordtree.released.pages(), wordscan.released.pages(), "{name}");
    }
}

/// Expect what is lost to rounding to be at most this many pages of each boot, while no request fails that was granted.
#[test]
fn rounding_costs_few_pages() {
    const MOST: u64 = 2;
    let mut stage = Stage::default();
    let mut dearer = Vec::new();
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let [memblock, memround] =
            [checked(&Memblock, &trace, &mut stage), checked(&Memround, &trace, &mut stage)];
        assert_eq!(memround.outcomes.failed, memblock.outcomes.failed, "{name}");
        let lost = memblock.released.pages().0.saturating_sub(memround.released.pages().0);
        if lost > MOST {
            dearer.push((name, lost));
        }
    }
    assert_eq!(dearer, []);
}
