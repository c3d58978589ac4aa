//! Where the bytes of an image lie when its kernel runs.

use std::collections::HashMap;

use super::bytes::Bytes;

/// Where the flat image of s390x, the one kernel here whose numbers are big-endian, is linked to.
const S390X: u64 = 1 << 20;

/// Where the bytes of an image lie when its kernel runs.
pub(super) struct Load {
    /// Ascending by place: place in the image, length, address.
    segments: Vec<(usize, usize, u64)>,
    machine: Machine,
}

/// The machines that need something of their own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Machine {
    Ppc64,
    S390x,
    Other,
}

impl Load {
    pub(super) fn of(bytes: Bytes<'_>) -> Self {
        const EM_PPC64: u16 = 21;
        if let Some(segments) = bytes.bytes.starts_with(b"\x7fELF").then(|| elf_segments(bytes)).flatten() {
            let machine = if bytes.u16(18) == Some(EM_PPC64) { Machine::Ppc64 } else { Machine::Other };
            return Self { segments, machine };
        }
        let length = bytes.bytes.len();
        if bytes.big_endian {
            return Self { segments: vec![(0, length, S390X)], machine: Machine::S390x };
        }
        let base = most_pointed_at(bytes);
        Self { segments: base.map(|base| (0, length, base)).into_iter().collect(), machine: Machine::Other }
    }

    pub(super) fn is_s390x(&self) -> bool {
        self.machine == Machine::S390x
    }

    /// Where calls from within the kernel arrive at the function at `address`, if not there.
    ///
    /// Source: the 64-bit ELF V2 ABI of Power: a function with two entries begins with `addis r2,r12,…; addi r2,r2,…`, or
    /// with `lis r2,…; addi r2,r2,…` where the linker knew the table's address.
    pub(super) fn local_entry(&self, bytes: Bytes<'_>, address: u64) -> Option<u64> {
        if self.machine != Machine::Ppc64 {
            return None;
        }
        let place = self.place(address)?;
        let high = |place| bytes.u32(place).map(|instruction| instruction >> 16);
        let sets_up = matches!(high(place)?, 0x3c4c | 0x3c40) && high(place + 4)? == 0x3842;
        sets_up.then_some(address + 8)
    }

    fn place(&self, address: u64) -> Option<usize> {
        let offset = |start: u64| usize::try_from(address.wrapping_sub(start)).ok();
        self.segments
            .iter()
            .find_map(|(place, length, start)| Some(place + offset(*start).filter(|at| at < length)?))
    }

    pub(super) fn address(&self, place: usize) -> Option<u64> {
        let inside = |(start, length, _): &&(usize, usize, u64)| (*start..start + length).contains(&place);
        let (start, _, address) = self.segments.iter().find(inside)?;
        Some(address + (place - start) as u64)
    }

    /// What a relocation (ELF's RELA: place, type, value) puts at `place`.
    pub(super) fn relocated(&self, bytes: Bytes<'_>, place: usize) -> Option<u64> {
        let address = self.address(place)?;
        let inside = |value: u64| {
            self.segments.iter().any(|(_, length, start)| value.wrapping_sub(*start) < *length as u64)
        };
        let value = |at| {
            // Types are small numbers, and the value is an address of the image: that tells entries from what looks alike.
            let (kind, value) = (bytes.u64(at + 8)?, bytes.u64(at + 16)?);
            (kind < 1 << 12 && inside(value)).then_some(value)
        };
        let places = (0..bytes.bytes.len().saturating_sub(24)).step_by(8);
        places.filter(|at| bytes.u64(*at) == Some(address)).find_map(value)
    }
}

/// The loaded segments that an ELF file's program headers tell.
fn elf_segments(bytes: Bytes<'_>) -> Option<Vec<(usize, usize, u64)>> {
    const LOAD: u32 = 1;
    let wide = bytes.bytes.get(4) == Some(&2);
    let (width, table, size, count) = if wide { (8, 32, 54, 56) } else { (4, 28, 42, 44) };
    let (table, size) = (usize::try_from(bytes.pointer(table, width)?).ok()?, bytes.u16(size)?);
    let mut segments = Vec::new();
    for n in 0..bytes.u16(count)? {
        let header = table.checked_add(usize::from(n) * usize::from(size))?;
        if bytes.u32(header)? == LOAD {
            // 64-bit headers have flags before the offset.
            let (offset, address, length) = if wide { (8, 16, 32) } else { (4, 8, 16) };
            let field = |at| bytes.pointer(header + at, width);
            let (offset, length) =
                (usize::try_from(field(offset)?).ok()?, usize::try_from(field(length)?).ok()?);
            segments.push((offset, length, field(address)?));
        }
    }
    Some(segments)
}

/// Where a flat image of a 64-bit kernel is linked to: the 128 MiB that most of its pointers point into.
///
/// arm64 links itself to a multiple of that, and carries pointers either in place or in its relocations.
fn most_pointed_at(bytes: Bytes<'_>) -> Option<u64> {
    const SHIFT: u32 = 27;
    let mut votes: HashMap<u64, usize> = HashMap::new();
    for at in (0..bytes.bytes.len().saturating_sub(8)).step_by(8) {
        let word = bytes.u64(at)? >> SHIFT;
        // In the kernel's part of memory, and not a small negative number.
        if word >> (56 - SHIFT) == 0xff && word != u64::MAX >> SHIFT {
            *votes.entry(word).or_default() += 1;
        }
    }
    let (word, _) = votes.into_iter().max_by_key(|(word, votes)| (*votes, u64::MAX - word))?;
    Some(word << SHIFT)
}
