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
        // Word by word: a hand-over of all nodes walks the set while it is measured.
        (0..).zip(self.0).flat_map(|(word, bits)| {
            let rest = |bits: &u64| Some(bits & (bits - 1)).filter(|&rest| rest != 0);
            let first = Some(bits).filter(|&bits| bits != 0);
            core::iter::successors(first, rest)
                .filter_map(move |bits| Nid::new(word * 64 + bits.trailing_zeros()))
        })
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

    #[test]
    fn nodes_come_in_ascending_order_once_each() {
        let numbers = [0, 1, 5, 62, 63, 64, 127, 640, 1022, Nid::LIMIT - 1];
        let mut set = NodeSet::EMPTY;
        for number in numbers.into_iter().rev() {
            set.insert(Nid::new(number).unwrap());
        }
        assert!(set.iter().map(Nid::get).eq(numbers));
        assert_eq!(NodeSet::EMPTY.iter().next(), None);
    }
}
