//! The nodes of the tree, as they lie in the memory that was handed in.

use crate::memblock::{Attrs, Region};
use crate::{PhysAddr, Record};

/// What is known of a gap: bounds that may be too large, never too small.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// No less than the longest region of memory in it, in bytes from a multiple of [`UNIT`] on. A change of node or flags may make
    /// one region of two, so it has to [widen](super::tree::Tree::widen) what it touches.
    pub(super) room: u64,
    /// Of each node that owns memory in it, a bit: that of its number, modulo 64. All for memory whose node is not known.
    pub(super) nids: u64,
}

/// A reserved region, and the gap below it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) region: Region,
    pub(super) gap: Gap,
}

// SAFETY: `repr(C)` of a record and two u64, 40 bytes without padding, any bits are valid.
unsafe impl Record for Entry {}

/// Room is counted from a multiple of so many bytes: most blocks begin at one, so that gaps which only others can use are
/// stepped over.
pub(super) const UNIT: u64 = 64;

/// What lies between two addresses, as room.
#[inline]
pub(super) fn room(from: PhysAddr, to: PhysAddr) -> u64 {
    to.0.saturating_sub(from.0.saturating_add(UNIT - 1) & !(UNIT - 1))
}

/// The bit of a node among those of a gap; all for none.
#[inline]
pub(super) const fn nid_bits(attrs: Attrs) -> u64 {
    match attrs.nid() {
        Some(nid) => 1 << (nid.get() % 64),
        None => !0,
    }
}

impl Gap {
    /// Between regions that touch.
    pub(super) const NONE: Self = Self { room: 0, nids: 0 };

    /// All that can be said of what lies between two addresses without looking.
    #[inline]
    pub(super) fn between(from: PhysAddr, to: PhysAddr) -> Self {
        Self { room: room(from, to), nids: !0 }
    }

    /// What is left of it from one address to another.
    #[inline]
    pub(super) fn cut_to(self, from: PhysAddr, to: PhysAddr) -> Self {
        Self { room: self.room.min(room(from, to)), ..self }
    }

    /// Whether something of so much room on one of these nodes may be in it.
    #[inline]
    pub(super) fn may_hold(self, wanted: Self) -> bool {
        self.room >= wanted.room && self.nids & wanted.nids != 0
    }

    /// Whether this says at least what `other` does.
    #[inline]
    fn covers(self, other: Self) -> bool {
        self.room >= other.room && self.nids & other.nids == other.nids
    }

    /// What two who looked at the same gap know of it.
    #[inline]
    pub(super) fn meet(self, other: Self) -> Self {
        Self { room: self.room.min(other.room), nids: self.nids & other.nids }
    }

    /// What holds of either of two gaps.
    #[inline]
    pub(super) fn join(self, other: Self) -> Self {
        Self { room: self.room.max(other.room), nids: self.nids | other.nids }
    }

    /// Takes `other` in, unless it says nothing new.
    #[inline]
    pub(super) fn raise(&mut self, other: Self) -> bool {
        let more = !self.covers(other);
        if more {
            *self = self.join(other);
        }
        more
    }
}

/// No node.
pub(super) const NONE: u64 = u64::MAX;

/// The classes of room by which a leaf sorts its entries: anything, more than small blocks leave, a page and more.
const CLASSES: [u64; 3] = [1, 256, 4096];

/// Entries that follow each other, in a list of all leaves.
///
/// Of each class, a mask says which entries have so much room. A search that steps over sixty gaps looks at one word.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Leaf<const N: usize> {
    pub(super) len: u64,
    pub(super) prev: u64,
    pub(super) next: u64,
    masks: [u64; CLASSES.len()],
    entries: [Entry; N],
}

// SAFETY: `repr(C)` of u64s and of records that consist of u64s, without padding, any bits are valid.
unsafe impl<const N: usize> Record for Leaf<N> {}

/// The bits below `at`, which is 64 at most.
#[inline]
const fn below(at: usize) -> u64 {
    if at < 64 { (1 << at) - 1 } else { !0 }
}

impl<const N: usize> Leaf<N> {
    const FITS: () = assert!(N <= 64, "a mask has a bit for each entry");

    #[inline]
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries[..len(self.len)]
    }

    #[inline]
    pub(super) fn region_mut(&mut self, at: usize) -> &mut Region {
        &mut self.entries[at].region
    }

    /// What is known of all gaps.
    pub(super) fn gap(&self) -> Gap {
        self.entries().iter().fold(Gap::NONE, |all, entry| all.join(entry.gap))
    }

    /// The entries from `from` up to `to` that may have so much room, as bits. That is asked of many, so it is no more than a guess:
    /// others than these have not.
    #[inline]
    pub(super) fn roomy(&self, from: usize, to: usize, room: u64) -> u64 {
        let class = CLASSES.iter().rposition(|&least| least <= room);
        class.map_or(!0, |class| self.masks[class]) & below(to) & !below(from)
    }

    /// Notes what is known of a gap.
    #[inline]
    pub(super) fn set_gap(&mut self, at: usize, gap: Gap) {
        self.entries[at].gap = gap;
        for (mask, least) in self.masks.iter_mut().zip(CLASSES) {
            *mask = *mask & !(1 << at) | u64::from(gap.room >= least) << at;
        }
    }

    /// Holds its masks to its entries.
    #[cfg(test)]
    pub(super) fn check(&self) {
        for (mask, least) in self.masks.iter().zip(CLASSES) {
            let roomy = |(at, entry): (usize, &Entry)| u64::from(entry.gap.room >= least) << at;
            assert_eq!(*mask, self.entries().iter().enumerate().map(roomy).sum::<u64>());
        }
    }

    /// Makes it a leaf of these entries.
    pub(super) fn fill(&mut self, entries: impl Iterator<Item = Entry>) {
        let () = Self::FITS;
        self.len = 0;
        self.masks = [0; CLASSES.len()];
        for entry in entries {
            let at = len(self.len);
            self.entries[at] = entry;
            self.len += 1;
            self.set_gap(at, entry.gap);
        }
    }

    /// Puts an entry before that at a place. There is room for it.
    #[inline]
    pub(super) fn put(&mut self, at: usize, entry: Entry) {
        let end = len(self.len);
        self.entries.copy_within(at..end, at + 1);
        self.entries[at] = entry;
        self.len += 1;
        for mask in &mut self.masks {
            *mask = *mask & below(at) | (*mask & !below(at)) << 1;
        }
        self.set_gap(at, entry.gap);
    }

    /// Takes an entry out.
    #[inline]
    pub(super) fn take_out(&mut self, at: usize) {
        let end = len(self.len);
        self.entries.copy_within(at + 1..end, at);
        self.len -= 1;
        for mask in &mut self.masks {
            *mask = *mask & below(at) | (*mask >> 1) & !below(at);
        }
    }

    /// Moves the entries from `keep` on to `upper`.
    pub(super) fn split_off(&mut self, keep: usize, upper: &mut Self) {
        upper.fill(self.entries[keep..len(self.len)].iter().copied());
        self.len = keep as u64;
        for mask in &mut self.masks {
            *mask &= below(keep);
        }
    }

    /// Takes the entries of `upper` in, which follow and for which there is room.
    pub(super) fn append(&mut self, upper: &Self) {
        for &entry in upper.entries() {
            self.put(len(self.len), entry);
        }
    }
}

/// What an inner node says of one below it.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Child {
    /// No more than where the first region below begins, and more than where any before it does. Of a node's first child it means
    /// nothing: whatever leads to the node leads on to that.
    pub(super) key: PhysAddr,
    /// What holds of each gap below.
    pub(super) gap: Gap,
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

impl<const N: usize> Inner<N> {
    #[inline]
    pub(super) fn children(&self) -> &[Child] {
        &self.children[..len(self.len)]
    }

    /// What is known of all gaps below.
    pub(super) fn gap(&self) -> Gap {
        self.children().iter().fold(Gap::NONE, |all, child| all.join(child.gap))
    }
}

/// A number of entries, or the number of a node, of which memory holds fewer than a word can say.
#[inline]
pub(super) fn len(number: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "nodes lie in memory, so they can be counted")]
    let number = number as usize;
    number
}
