//! Lists that a damaged file makes longer than they can be.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

/// One more than the largest order that pages of any size and addresses of 64 bits allow.
pub(crate) const ORDERS: usize = 64;

/// More zones of nodes than any machine has: 1,024 nodes with 8 zones each.
pub(crate) const ZONES: usize = 8192;

/// More stretches of nodes and zones than any machine interleaves.
pub(crate) const STRETCHES: usize = 1 << 16;

/// More points along a boot than are ever taken.
pub(crate) const POINTS: usize = 64;

/// A list of at most `MOST`. Reading stops at the first one too many: what draws a bar or a row for each would else be kept busy
/// by a file that nobody measured.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(AtMost::<T, MOST>(PhantomData))
}

struct AtMost<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for AtMost<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut read = Vec::new();
        while let Some(next) = list.next_element()? {
            if read.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            read.push(next);
        }
        Ok(read)
    }
}
