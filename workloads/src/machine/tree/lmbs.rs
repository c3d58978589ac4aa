//! The memory of a POWER partition that can be taken away block by block: `ibm,dynamic-reconfiguration-memory`.
//!
//! Source: PAPR+, the properties `ibm,dynamic-memory`, `ibm,dynamic-memory-v2` and `ibm,associativity-lookup-arrays`.

use super::Node;
use super::cells::cells;
use super::memory::{Found, Kind, Wrong, reference_point};

/// The partition has the block.
const ASSIGNED: u32 = 8;
/// The block is not for the kernel.
const RESERVED: u32 = 0x80;
/// The block has no domain.
const NOWHERE: u32 = u32::MAX;
/// More blocks than any partition has.
const MOST: usize = 1 << 22;

/// Adds the blocks that the partition has, each stretch of neighbours as one.
pub(super) fn take(root: &Node, node: &Node, ranges: &mut Vec<Found>) -> Result<(), Wrong> {
    let path = format!("/{}", node.name);
    let wrong = |why: &str| Wrong { line: node.line, path: path.clone(), why: why.to_owned() };
    let size = node.property("ibm,lmb-size").map(cells).unwrap_or_default();
    let size = size.iter().fold(0_u64, |number, cell| (number << 32) | u64::from(*cell));
    if size == 0 {
        return Err(wrong("`ibm,lmb-size` is missing or 0"));
    }
    let lookup = node.property("ibm,associativity-lookup-arrays").map(cells).unwrap_or_default();
    let domain = |index: u32| {
        let length = usize::try_from(*lookup.get(1)?).ok()?;
        let point = reference_point(root)?.checked_sub(1)?;
        if index == NOWHERE || point >= length {
            return None;
        }
        lookup.get(2 + usize::try_from(index).ok()?.checked_mul(length)? + point).copied()
    };
    // Six cells an entry; the second form has how many blocks an entry stands for where the first has none.
    let (entries, many) = match (node.property("ibm,dynamic-memory-v2"), node.property("ibm,dynamic-memory"))
    {
        (Some(property), _) => (cells(property), true),
        (None, Some(property)) => (cells(property), false),
        (None, None) => return Ok(()),
    };
    let mut total = 0;
    for entry in entries.get(1..).unwrap_or_default().chunks_exact(6) {
        let (count, high, low, index, flags) = if many {
            (entry[0], entry[1], entry[2], entry[4], entry[5])
        } else {
            (1, entry[0], entry[1], entry[4], entry[5])
        };
        total += usize::try_from(count).unwrap_or(usize::MAX).min(MOST);
        if total > MOST {
            return Err(wrong("it has more blocks than any machine: the tree was damaged"));
        }
        if flags & ASSIGNED == 0 || flags & RESERVED != 0 {
            continue;
        }
        let start = (u64::from(high) << 32) | u64::from(low);
        let bytes = size.saturating_mul(u64::from(count));
        let nid = domain(index);
        let kind = Kind::Memory { nid, hotplug: true };
        match ranges.last_mut() {
            Some(last)
                if last.kind == kind
                    && last.path == path
                    && last.start.saturating_add(last.size) == start =>
            {
                last.size = last.size.saturating_add(bytes);
            }
            _ => ranges.push(Found { start, size: bytes, line: node.line, path: path.clone(), kind }),
        }
    }
    Ok(())
}
