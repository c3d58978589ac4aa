//! Numbers in an image.

/// The bytes of a kernel, with the order of theirs.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) big_endian: bool,
}

impl<'b> Bytes<'b> {
    pub(super) fn new(bytes: &'b [u8], big_endian: bool) -> Self {
        Self { bytes, big_endian }
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        let mut array: [u8; N] = self.bytes.get(at..at.checked_add(N)?)?.try_into().ok()?;
        if self.big_endian {
            array.reverse();
        }
        Some(array)
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn i32(self, at: usize) -> Option<i32> {
        self.array(at).map(i32::from_le_bytes)
    }

    pub(super) fn u64(self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A pointer of `width` bytes, 4 or 8.
    pub(super) fn pointer(self, at: usize, width: usize) -> Option<u64> {
        if width == 4 { self.u32(at).map(u64::from) } else { self.u64(at) }
    }
}
