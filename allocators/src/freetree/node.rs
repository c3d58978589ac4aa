//! The nodes of the tree, as they lie in the memory that was handed in.

use crate::memblock::Region;
use crate::{PhysAddr, Record};

/// A reserved region, and the gap below it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) region: Region,
    /// No less than the longest region of memory in the gap below, in bytes from a multiple of [`UNIT`] on. A change of node
    /// or flags may make one region of two, so it has to [widen](super::tree::Tree::widen) what it touches.
    pub(super) room: u64,
}

// SAFETY: `repr(C)` of a record and a u64, 32 bytes without padding, any bits are valid.
unsafe impl Record for Entry {}

/// Room is counted from a multiple of so many bytes: most blocks begin at one, so that gaps which only others can use are
/// stepped over.
pub(super) const UNIT: u64 = 64;

/// What lies between two addresses, as room.
#[inline]
pub(super) fn room(from: PhysAddr, to: PhysAddr) -> u64 {
    to.0.saturating_sub(from.0.saturating_add(UNIT - 1) & !(UNIT - 1))
}

/// No node.
pub(super) const NONE: u64 = u64::MAX;

/// Entries that follow each other, in a list of all leaves.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Leaf<const N: usize> {
    pub(super) len: u64,
    pub(super) prev: u64,
    pub(super) next: u64,
    pub(super) entries: [Entry; N],
}

// SAFETY: `repr(C)` of u64s and of records that consist of u64s, without padding, any bits are valid.
unsafe impl<const N: usize> Record for Leaf<N> {}

/// What an inner node says of one below it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Child {
    /// No more than where the first region below begins, and more than where any before it does.
    pub(super) key: PhysAddr,
    /// No less than the room of any entry below.
    pub(super) room: u64,
    pub(super) node: u64,
}

/// Nodes that follow each other. On the lowest level they are leaves.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Inner<const N: usize> {
    pub(super) len: u64,
    pub(super) children: [Child; N],
}

// SAFETY: `repr(C)` of u64s alone, without padding, any bits are valid.
unsafe impl<const N: usize> Record for Inner<N> {}

impl<const N: usize> Leaf<N> {
    #[inline]
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries[..len(self.len)]
    }

    /// The room of the roomiest entry.
    pub(super) fn room(&self) -> u64 {
        self.entries().iter().map(|entry| entry.room).max().unwrap_or(0)
    }
}

impl<const N: usize> Inner<N> {
    #[inline]
    pub(super) fn children(&self) -> &[Child] {
        &self.children[..len(self.len)]
    }

    /// The room of the roomiest child.
    pub(super) fn room(&self) -> u64 {
        self.children().iter().map(|child| child.room).max().unwrap_or(0)
    }
}

/// A number of entries, or the number of a node, of which memory holds fewer than a word can say.
#[inline]
pub(super) fn len(number: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "nodes lie in memory, so they can be counted")]
    let number = number as usize;
    number
}
