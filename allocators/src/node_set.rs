//! A set of nodes that needs no heap.

use crate::Nid;

const WORDS: usize = Nid::LIMIT as usize / 64;

/// Which of all possible nodes are meant: one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NodeSet([u64; WORDS]);

impl NodeSet {
    /// No node.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// Adds `nid`.
    pub const fn insert(&mut self, nid: Nid) {
        self.0[nid.get() as usize / 64] |= 1 << (nid.get() % 64);
    }

    /// Whether `nid` is in the set.
    #[must_use]
    #[inline]
    pub const fn contains(&self, nid: Nid) -> bool {
        self.0[nid.get() as usize / 64] >> (nid.get() % 64) & 1 != 0
    }

    /// The nodes of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Nid> + '_ {
        (0..Nid::LIMIT).filter_map(Nid::new).filter(|&nid| self.contains(nid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_node_has_a_bit() {
        let last = Nid::new(Nid::LIMIT - 1).unwrap();
        let mut set = NodeSet::EMPTY;
        assert!(!set.contains(last));
        set.insert(last);
        assert!(set.iter().eq([last]));
        assert_eq!(Nid::new(Nid::LIMIT), None);
    }
}
