//! What can be made of the sizes of nodes alone, as `numactl -H` shows them.

use allocators::{AddrRange, MemFlags, Nid, PhysAddr};
use rangemap::RangeMap;

use super::found::{Entry, Use};
use super::model::{Memory, Said};

type Sizes = [(u32, u64, Option<Said>)];

const MIB: u64 = 1 << 20;

/// ```text
/// 0        size of node 0      + size of node 1
/// |------- node 0 ------------|---- node 1 ----|
/// ```
pub(super) fn side_by_side(sizes: &Sizes) -> Vec<Entry> {
    let mut at = 0_u64;
    let entry = |(nid, mib, said): &(u32, u64, Option<Said>)| {
        let end = at.saturating_add(mib.saturating_mul(MIB));
        let range = AddrRange::clamped(PhysAddr(at), PhysAddr(end));
        at = end;
        let what = Use::Memory { nid: Some(*nid), flags: MemFlags::NONE };
        (!range.is_empty()).then_some(Entry { range, what, said: said.clone()? })
    };
    sizes.iter().filter_map(entry).collect()
}

/// Cuts known memory into nodes by their sizes. A size is what a kernel manages, which is less than there is: all are
/// stretched alike until they fill the memory, and each border comes to lie at the next multiple of 128 MiB.
pub(super) fn borders(
    memory: &[Memory],
    sizes: &Sizes,
    notes: &mut Vec<String>,
) -> RangeMap<u64, (Nid, bool)> {
    notes.push(
        "nodes are by their sizes: memory is given to them in order of address, each border at the nearest multiple of 128 MiB"
            .into(),
    );
    let all: u64 = memory.iter().map(|piece| piece.range.size()).sum();
    let told: u64 = sizes.iter().map(|(_, mib, _)| *mib).fold(0, u64::saturating_add).max(1);
    let mut spans = RangeMap::new();
    let (mut sum, mut from) = (0_u64, 0_u64);
    let last = sizes.iter().rposition(|(_, mib, _)| *mib > 0);
    for (index, (nid, mib, _)) in sizes.iter().enumerate() {
        sum = sum.saturating_add(*mib);
        let bytes = u64::try_from(u128::from(all) * u128::from(sum) / u128::from(told)).unwrap_or(all);
        let end = if Some(index) == last { u64::MAX } else { address_of(memory, bytes) };
        if let (Some(nid), true) = (Nid::new(*nid), from < end) {
            spans.insert(from..end, (nid, false));
        }
        from = from.max(end);
    }
    spans
}

/// The address below which so many bytes of memory lie, at the nearest border.
fn address_of(memory: &[Memory], bytes: u64) -> u64 {
    let mut rest = bytes;
    for piece in memory {
        if rest < piece.range.size() {
            let border = 128 * MIB;
            return piece.range.start().0.saturating_add(rest).saturating_add(border / 2) / border * border;
        }
        rest -= piece.range.size();
    }
    memory.last().map_or(0, |piece| piece.range.end().0)
}
