//! What is drawn is what the replay did.

use allocators::registry::{StrategyVisitor, visit_all};
use allocators::{Strategy, memblock::Memblock};
use proptest::prelude::*;
use workloads::replay::Stage;
use workloads::trace::Trace;

use super::{Content, Layout, Pieces};
use crate::exact::exact;

/// ```text
/// MiB  0   1                   8       12      16
///      |hole|--- node 0 -------|--hole--|-node 1-|
/// ```
fn trace(records: &str) -> Trace {
    let count = records.lines().count();
    format!(
        "bootalloc-trace 1\nmachine drawn\nkernel 6.1\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
         source a test\ncaptured by hand\nzone DMA 0x1000-0x1000000\nmemory 0x100000-0x800000 nid=0 flags=0x0\n\
         memory 0xc00000-0x1000000 nid=1 flags=0x0\nreserved 0x200000-0x201800\n{records}end records={count}\n"
    )
    .parse()
    .unwrap()
}

fn of<S: Strategy + 'static>(strategy: &'static S, trace: &Trace) -> Layout {
    exact(strategy, trace, &mut Stage::default()).unwrap().layout
}

const RECORDS: &str = "1 alloc size=2097152 align=0x200000 -> 0xe00000\n\
    2 alloc size=64 align=0x40 -> 0xdfffc0\n3 alloc size=8192 align=0x1000 -> 0xdfd000\n\
    4 free 0xdfd000-0xdfe000\n5 reserve 0x300000-0x301000\n";

/// ```text
/// pfn  0      0x100     0x200  0x202    0x300  0x301    0x800    0xc00          0xdfe    0xdff    0xe00     0x1000
///      | hole |  free   | fixed |  free  | fixed |  free  |  hole  |   free     | 8 KiB's | 64 B's | 2 MiB's |
/// ```
/// Expect memblock, which goes down from the top, to leave it so; the half of page 0x201 that is free counts as fixed.
#[test]
fn each_page_shows_who_owns_it() {
    let found = of(&Memblock, &trace(RECORDS));
    assert_eq!(found.pieces.to_string(), "h256f256r2f254r1f1279h1024f510p1b1m512");
    let names = |stretches: &[super::Stretch]| -> Vec<(String, u64, u64)> {
        stretches.iter().map(|one| (one.name.clone(), one.first, one.end)).collect()
    };
    assert_eq!(names(&found.nodes), [("0".into(), 0x100, 0x800), ("1".into(), 0xc00, 0x1000)]);
    assert_eq!(names(&found.zones), [("DMA".into(), 1, 0x1000)]);
}

/// Expect all strategies to agree on what is memory, and on how much is owned.
#[test]
fn strategies_differ_in_where_and_not_in_how_much() {
    struct Each(Trace, Vec<[u64; 3]>);
    impl StrategyVisitor for Each {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let pieces = of(strategy, &self.0).pieces;
            self.1
                .push([Content::Hole, Content::Fixed, Content::Alloc2m].map(|content| pieces.pages(content)));
        }
    }
    let mut each = Each(trace(RECORDS), Vec::new());
    visit_all(&mut each);
    assert!(!each.1.is_empty() && each.1.iter().all(|one| *one == [1280, 3, 512]), "{:?}", each.1);
}

/// Expect memory that is taken away to show so, and memory that comes back not to.
#[test]
fn what_is_removed_is_no_longer_free() {
    let found = of(
        &Memblock,
        &trace(
            "1 remove 0x700000-0x800000\n2 remove 0xf00000-0x1000000\n3 add 0xf00000-0x1000000 nid=1 flags=0x0\n",
        ),
    );
    assert_eq!(found.pieces.pages(Content::Untouchable), 0x100);
}

#[test]
fn damaged_text_is_refused() {
    for bad in ["h", "h1x2", "1", "h-1", "h1 f2", "hé", "h18446744073709551615f1", "h99999999999999999999"] {
        assert!(bad.parse::<Pieces>().is_err(), "{bad}");
    }
    assert_eq!("".parse(), Ok(Pieces::default()));
}

proptest! {
    #[test]
    fn pieces_read_back(runs in prop::collection::vec((0..10_usize, 0..1000_u64), 0..20)) {
        let mut pieces = Pieces::default();
        for (content, pages) in runs {
            pieces.push(Content::ALL[content], pages);
        }
        prop_assert_eq!(pieces.to_string().parse(), Ok(pieces));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = text.parse::<Pieces>();
    }
}
