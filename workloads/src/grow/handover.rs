//! Memory that one kernel preserved for the next.
//!
//! With KHO (kexec handover) a kernel names folios that the next one must leave alone until their users claim them. How many
//! there are is up to the users: a virtual machine's memory in small folios is millions.
//!
//! The next kernel learns of them last of all: until then its boot allocator gives memory only from scratch areas, in which
//! the first one preserved nothing, one of them below 4 GiB, one for whoever names no node, and one for each node. So an
//! ordinary boot comes first, then the folios, then the hand-over to the page allocator, which walks all of them.
//!
//! For each folio 7.3 makes two calls: it reserves it, as anybody reserves anything, and notes that its page descriptors are
//! somebody else's. In between it lies apart from its neighbours, of which that is noted already; so each call inserts a
//! region, and merges it away again where folios touch. The second one wants two free slots, whatever it finds.
//!
//! Source: 7.3 `kho_populate`, `kho_memory_init`, `kho_mem_retrieve`, `kho_preserved_memory_reserve`; held against the log of
//! two kernels of which the first preserved folios for the second (the traces `x86_64-7.3-kho-first-2node-6g` and
//! `x86_64-7.3-kho-second-2node-6g`). 7.3 keeps a tree of folios whose keys put large ones first, so they come from the
//! largest order to the smallest, and ascending in each. 6.16 to 6.19 keep one of bitmaps for each order, the smallest first.
//! What is not in the recipe: since 7.3 a kernel takes each GiB without a folio for scratch memory as well.

use std::cmp::Reverse;
use std::ops::{Range, RangeInclusive};

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, Setting};
use rangemap::RangeSet;

use super::GrowError;
use super::draft::{Draft, GIB, PAGE, bytes, piece};
use super::filling::Filling;
use super::recipe::Preserved;
use super::shapes::NODES_OF_4G;
use crate::trace::Op;

/// ```text
///  scratch 1 GiB                                                  + 4 GiB a node, all of it scratch
/// |-------|x..xx...x.xxxx....x..x..xxxxxxxx..x.x … |------ free ------|        x: preserved
/// |- node 0 ------------|- node 1 -----| …        |
/// ```
/// Orders are drawn so that each is half as frequent as the one below it; gaps are up to four folios long.
pub(super) fn handover(
    n: u64,
    orders: &RangeInclusive<u8>,
    nodes: u64,
    preserved: Preserved,
) -> Result<Draft, GrowError> {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut folios: Vec<(u8, AddrRange)> = Vec::new();
    let mut at = GIB;
    for _ in 0..n {
        let order = draw.order(orders);
        let size = PAGE << order;
        at = at.next_multiple_of(size) + size * draw.below(5);
        folios.push((order, bytes(at, at + size)));
        at += size;
    }
    // Each node has room for a boot of its own at its end, so that what grows is only what was preserved.
    let room = 4 * GIB;
    let share = (at.div_ceil(nodes)).next_multiple_of(GIB).max(2 * GIB);
    let scratch = |piece| MemoryRange { flags: MemFlags::KHO_SCRATCH, ..piece };
    let low = scratch(piece(PAGE, GIB, 0));
    let pieces = (0..nodes).map(|nid| piece((nid * share).max(GIB), (nid + 1) * share, nid));
    let top = nodes * share;
    let above = (0..nodes).map(|nid| scratch(piece(top + nid * room, top + (nid + 1) * room, nid)));
    let about = format!("{n} folios preserved across a kexec, on {nodes} node(s)");
    let mut draft = Draft::new(about, [low].into_iter().chain(pieces).chain(above).collect());
    draft.push(Op::Set(Setting::MarkKernelReservations(true)));
    draft.push(Op::Set(Setting::KhoScratchOnly(true)));
    Filling::of(NODES_OF_4G)?.fill(&mut draft);
    for range in calls(folios, preserved) {
        draft.push(Op::Reserve(range));
        draft.push(Op::Change(MapChange::SetFlags(range, MemFlags::RSRV_NOINIT)));
    }
    Ok(draft)
}

/// The ranges that are reserved, in order.
fn calls(mut folios: Vec<(u8, AddrRange)>, preserved: Preserved) -> Vec<AddrRange> {
    /// What a bitmap of 512 bytes covers, a bit for each page.
    ///
    /// Source: `PRESERVE_BITS` in the kernel's `kernel/kexec_handover.c`, 6.16; a bitmap of 7.3 is a page, and covers 128 MiB.
    const TABLE: u64 = 512 * 8 * PAGE;
    // The tree's keys put large folios first.
    folios.sort_by_key(|(order, _)| Reverse(*order));
    let ranges = folios.into_iter().map(|(_, range)| range);
    let joined = |ranges: RangeSet<u64>| ranges.iter().map(|range| bytes(range.start, range.end)).collect();
    match preserved {
        Preserved::Each => ranges.collect(),
        Preserved::Merged => joined(ranges.map(|range| range.start().0..range.end().0).collect()),
        Preserved::Tables => {
            let table =
                |range: AddrRange| range.start().0 / TABLE * TABLE..range.end().0.next_multiple_of(TABLE);
            let covered: RangeSet<u64> = ranges.map(table).collect();
            // A call for each table, though tables that touch are one region in the end.
            let each = |stretch: &Range<u64>| {
                let first = stretch.start;
                let tables = (stretch.end - first) / TABLE;
                (0..tables).map(move |index| first + index * TABLE).map(|at| bytes(at, at + TABLE))
            };
            covered.iter().flat_map(each).collect()
        }
    }
}

/// Numbers that look drawn, the same ones each time.
struct Draw(u64);

impl Draw {
    /// xorshift64, Marsaglia 2003.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn order(&mut self, orders: &RangeInclusive<u8>) -> u8 {
        let heads = self.next().trailing_zeros();
        let above = u8::try_from(heads).unwrap_or(u8::MAX);
        orders.start().saturating_add(above).min(*orders.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grow::draft::MIB;

    /// ```text
    /// MiB    1024            1040            1056            1072
    ///        |x.xx...x.......|...............|..x............|
    /// ```
    /// Expect a call for each folio, for each run, or for each table that holds any.
    #[test]
    fn folios_are_reserved_in_three_ways() {
        let page = |index: u64| bytes(GIB + index * PAGE, GIB + (index + 1) * PAGE);
        let folios =
            || vec![(0, page(0)), (1, bytes(GIB + 2 * PAGE, GIB + 4 * PAGE)), (0, page(4)), (0, page(8194))];
        assert_eq!(
            calls(folios(), Preserved::Each),
            [bytes(GIB + 2 * PAGE, GIB + 4 * PAGE), page(0), page(4), page(8194)]
        );
        assert_eq!(
            calls(folios(), Preserved::Merged),
            [page(0), bytes(GIB + 2 * PAGE, GIB + 5 * PAGE), page(8194)]
        );
        let table = |index: u64| bytes(GIB + index * 16 * MIB, GIB + (index + 1) * 16 * MIB);
        assert_eq!(calls(folios(), Preserved::Tables), [table(0), table(2)]);
    }

    #[test]
    fn half_of_the_folios_are_of_the_least_order() {
        let mut draw = Draw(1);
        let mut of = [0; 10];
        for _ in 0..10_000 {
            of[usize::from(draw.order(&(2..=9)))] += 1;
        }
        assert!((4_700..5_300).contains(&of[2]), "{of:?}");
        assert!((2_300..2_700).contains(&of[3]), "{of:?}");
        assert_eq!((of[..2].iter().sum::<u32>(), of[2..].iter().sum::<u32>()), (0, 10_000));
    }

    /// Expect all that the boot asks for to lie in scratch memory, the folios to be reserved after it, each by two calls, and
    /// none of them to meet a block.
    #[test]
    fn the_boot_comes_first_and_takes_scratch_alone() {
        let trace = "grow:handover(n=50,nodes=2)".parse::<crate::grow::Recipe>().unwrap().trace().unwrap();
        let first = trace.records.iter().position(|record| matches!(record.op, Op::Reserve(_))).unwrap();
        let is_alloc = |record: &crate::trace::Record| matches!(record.op, Op::Alloc(..));
        assert!(trace.records[..first].iter().any(is_alloc) && !trace.records[first..].iter().any(is_alloc));
        let flags = MemFlags::RSRV_NOINIT;
        for pair in trace.records[first..].chunks(2) {
            let [Op::Reserve(range), Op::Change(MapChange::SetFlags(noted, set))] =
                [&pair[0].op, &pair[1].op]
            else {
                panic!("{pair:?}");
            };
            assert_eq!((noted, *set), (range, flags));
        }
        assert_eq!(trace.records.len() - first, 100);
    }
}
