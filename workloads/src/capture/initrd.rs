//! An initial RAM disk of a given size.

use super::Size;

/// A `newc` archive with one file of `size` bytes that no packer makes smaller.
///
/// The kernel never looks at it before the hand-over: only its size matters, and that it is there.
#[must_use]
pub(super) fn archive(size: Size) -> Vec<u8> {
    let length = usize::try_from(size.0).unwrap_or_default();
    let mut archive = Vec::new();
    entry(&mut archive, "payload", size.0, 0o100_644);
    // xorshift64, seeded by a constant: the same bytes each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let end = archive.len() + length;
    while archive.len() < end {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        archive.extend(state.to_le_bytes());
    }
    archive.truncate(end);
    pad(&mut archive, 4);
    entry(&mut archive, "TRAILER!!!", 0, 0);
    pad(&mut archive, 512);
    archive
}

fn entry(archive: &mut Vec<u8>, name: &str, length: u64, mode: u32) {
    // Inode, mode, owner, group, links, time, length, four device numbers, length of the name, no checksum.
    let fields = [1, u64::from(mode), 0, 0, 1, 0, length, 0, 0, 0, 0, name.len() as u64 + 1, 0];
    archive.extend(b"070701");
    for field in fields {
        archive.extend(format!("{field:08X}").bytes());
    }
    archive.extend(name.bytes());
    archive.push(0);
    pad(archive, 4);
}

fn pad(archive: &mut Vec<u8>, to: usize) {
    archive.resize(archive.len().next_multiple_of(to), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_as_large_as_asked_and_ends_with_a_trailer() {
        let made = archive(Size(64 << 10));
        assert_eq!(made.len() % 512, 0);
        assert!(made.starts_with(b"070701"));
        assert_eq!(made, archive(Size(64 << 10)), "the same bytes each time");
        let trailer = made.windows(11).position(|window| window == b"TRAILER!!!\0");
        // The first head is 110 bytes and `payload\0`, rounded up to 120; the second one 110.
        assert_eq!(trailer, Some(120 + (64 << 10) + 110));
    }
}
