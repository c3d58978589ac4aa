//! Machines of one shape each, of any size.

use allocators::AllocRequest;

use super::GrowError;
use super::draft::{Draft, GIB, MIB, PAGE, bytes, piece};
use super::filling::Filling;
use super::recipe::Bytes;
use crate::trace::Op;

/// The boots whose requests the shapes are filled with: of one small node, of nodes of 4 GiB, and of nodes of 60 GiB.
pub(super) const SMALL: &str = "x86_64-6.1-256m";
pub(super) const NODES_OF_4G: &str = "x86_64-linux-6.1-8node-32g";
pub(super) const NODES_OF_60G: &str = "x86_64-6.1-16node-960g";

/// ```text
///       16 MiB                                              + 1 GiB
///       x...x...x...x...x...x...x... … x...|---- free ------|        x: a reserved page
/// ```
pub(super) fn isolated(n: u64) -> Result<Draft, GrowError> {
    let stride = 4 * PAGE;
    let base = 16 * MIB;
    let top = (base + n * stride).next_multiple_of(MIB) + GIB;
    let mut draft = Draft::new(
        format!("{n} reserved pages, each with free ones on both sides, and a free GiB above"),
        vec![piece(PAGE, top, 0)],
    );
    draft.reserved((0..n).map(|index| base + index * stride).map(|at| bytes(at, at + PAGE)));
    Filling::of(SMALL)?.fill(&mut draft);
    Ok(draft)
}

/// ```text
///       0           16 MiB
///       ------------.x.x.x.x.x.x.x.x … .x        x: a reserved page
/// ```
/// Below the pages is room for the tables of a list that doubles, which finds none between them.
pub(super) fn checkerboard(n: u64) -> Draft {
    // A list of regions takes 24 bytes of each, and while it doubles half as many again.
    let base = (16 * MIB).max(n * 64).next_multiple_of(MIB);
    let top = base + n * 2 * PAGE;
    let about = format!("{n} free pages, each between reserved ones, and room for tables below them");
    let mut draft = Draft::new(about, vec![piece(PAGE, top, 0)]);
    draft.reserved((0..n).map(|index| base + index * 2 * PAGE + PAGE).map(|at| bytes(at, at + PAGE)));
    // More than the room below holds, so that every gap is passed in vain.
    draft.push(Op::Alloc(AllocRequest::new(base + 2 * PAGE, PAGE), None));
    draft.alloc(AllocRequest::new(PAGE, PAGE));
    draft
}

/// ```text
///       1 GiB   + 256 MiB
///       xx------        xx------        xx------        xx------       xx: a reserved MiB
///       |--- node 0 ---------------|    |--- node 1 ---------------|
/// ```
pub(super) fn ranges(m: u64, nodes: u64) -> Result<Draft, GrowError> {
    let start = |index: u64| GIB + index * 256 * MIB;
    let pieces = (0..m).map(|index| piece(start(index), start(index) + 128 * MIB, index * nodes / m));
    let about = format!("{m} ranges of 128 MiB on {nodes} node(s), with holes between them");
    let mut draft = Draft::new(about, pieces.collect());
    draft.reserved((0..m).map(|index| bytes(start(index), start(index) + MIB)));
    Filling::of(NODES_OF_4G)?.fill(&mut draft);
    Ok(draft)
}

/// Nodes that touch, with a kernel's image on each.
pub(super) fn nodes(n: u64) -> Result<Draft, GrowError> {
    let start = |nid: u64| nid * 64 * GIB;
    let pieces = (0..n).map(|nid| piece(start(nid).max(PAGE), start(nid + 1), nid)).collect();
    let mut draft = Draft::new(format!("{n} node(s) of 64 GiB"), pieces);
    draft.reserved((0..n).map(|nid| bytes(start(nid) + 16 * MIB, start(nid) + 48 * MIB)));
    Filling::of(NODES_OF_60G)?.fill(&mut draft);
    Ok(draft)
}

/// What grows is the memory: reservations and calls are as many at any size.
pub(super) fn memory(size: u64) -> Result<Draft, GrowError> {
    let about = format!("{}iB in one node, with 64 reservations", Bytes(size));
    let mut draft = Draft::new(about, vec![piece(PAGE, size, 0)]);
    draft.reserved((0..64).map(|index| size / 64 * index + MIB).map(|at| bytes(at, at + MIB)));
    Filling::of(SMALL)?.fill(&mut draft);
    Ok(draft)
}

/// A search passes over all of it, and fails.
pub(super) fn full(size: u64) -> Draft {
    let mut draft =
        Draft::new(format!("{}iB in one node, nothing free", Bytes(size)), vec![piece(PAGE, size, 0)]);
    draft.reserved([bytes(0, size)]);
    draft.push(Op::Alloc(AllocRequest::new(PAGE, PAGE), None));
    draft
}
