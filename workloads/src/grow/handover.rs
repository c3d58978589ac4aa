//! Memory that one kernel preserved for the next.
//!
//! With KHO (kexec handover) a kernel names folios that the next one must leave alone until their users claim them. It finds
//! them as bitmaps, one tree of them for each order, and reserves each folio before its own boot goes on. How many there
//! are is up to the users: a virtual machine's memory in small folios is millions.

use std::ops::{Range, RangeInclusive};

use allocators::AddrRange;
use rangemap::RangeSet;

use super::GrowError;
use super::draft::{Draft, GIB, PAGE, bytes, piece};
use super::filling::Filling;
use super::recipe::Preserved;
use super::shapes::NODES_OF_4G;
use crate::trace::Op;

/// ```text
///       1 GiB                                                     + 4 GiB a node
///       x..xx...x.xxxx....x..x..xxxxxxxx..x.x … |------ free ------|        x: preserved
///       |- node 0 -----|- node 1 -----| …       |
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
    let share = (at.div_ceil(nodes)).next_multiple_of(GIB);
    let pieces = (0..nodes).map(|nid| {
        let start = if nid == 0 { PAGE } else { nid * share };
        piece(start, (nid + 1) * share, nid)
    });
    let top = nodes * share;
    let above = (0..nodes).map(|nid| piece(top + nid * room, top + (nid + 1) * room, nid));
    let about = format!("{n} folios preserved across a kexec, on {nodes} node(s)");
    let mut draft = Draft::new(about, pieces.chain(above).collect());
    for range in calls(folios, preserved) {
        draft.push(Op::Reserve(range));
    }
    Filling::of(NODES_OF_4G)?.fill(&mut draft);
    Ok(draft)
}

/// The ranges that are reserved, in order.
fn calls(mut folios: Vec<(u8, AddrRange)>, preserved: Preserved) -> Vec<AddrRange> {
    /// What a bitmap of 512 bytes covers, a bit for each page.
    ///
    /// Source: `PRESERVE_BITS` in the kernel's `kernel/kexec_handover.c`, 6.16.
    const TABLE: u64 = 512 * 8 * PAGE;
    // Order by order, since KHO keeps a tree of bitmaps for each.
    folios.sort_by_key(|(order, _)| *order);
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
            [page(0), page(4), page(8194), bytes(GIB + 2 * PAGE, GIB + 4 * PAGE)]
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
}
