//! The 256 tokens that names are made of.

use memchr::memmem;

use super::bytes::Bytes;

/// The tokens of a table, and where they stand.
pub(super) struct Tokens<'b> {
    pub(super) big_endian: bool,
    /// Where the first one starts.
    pub(super) start: usize,
    pub(super) texts: Vec<&'b [u8]>,
    /// Where their index ends.
    pub(super) end: usize,
}

/// The tokens of the first table in `kernel`.
///
/// A character that occurs in names is its own token, so that the digits stand in a row, each ended by a zero. The index
/// that follows holds where each of the 256 starts; only a table of tokens agrees with it.
pub(super) fn find(kernel: &[u8]) -> Option<Tokens<'_>> {
    let digits: Vec<u8> = (b'0'..=b'9').flat_map(|digit| [digit, 0]).collect();
    memmem::find_iter(kernel, &digits).find_map(|zero| around(kernel, zero))
}

fn around(kernel: &[u8], zero: usize) -> Option<Tokens<'_>> {
    let mut start = zero;
    for _ in 0..b'0' {
        // Each begins after the zero that ends the one before.
        let text = kernel.get(..start.checked_sub(1)?)?;
        start = memchr::memrchr(0, text).map_or(0, |end| end + 1);
    }
    // What stands before the first one need not end in a zero, but all arrays are aligned.
    let starts = [start, start.next_multiple_of(4), start.next_multiple_of(4) + 4];
    starts.into_iter().find_map(|start| from(kernel, start))
}

/// The tokens that start at `start`, if their index agrees.
fn from(kernel: &[u8], start: usize) -> Option<Tokens<'_>> {
    let (mut at, mut texts, mut places) = (start, Vec::with_capacity(256), Vec::with_capacity(256));
    for _ in 0..=u8::MAX {
        let length = memchr::memchr(0, kernel.get(at..)?)?;
        places.push(at - start);
        texts.push(&kernel[at..at + length]);
        at += length + 1;
    }
    let agrees = |index: usize, big_endian: bool| {
        let bytes = Bytes::new(kernel, big_endian);
        places.iter().enumerate().all(|(n, place)| bytes.u16(index + 2 * n).map(usize::from) == Some(*place))
    };
    for index in [at, at.next_multiple_of(4), at.next_multiple_of(8)] {
        for big_endian in [false, true] {
            if agrees(index, big_endian) {
                return Some(Tokens { big_endian, start, texts, end: index + 2 * 256 });
            }
        }
    }
    None
}
