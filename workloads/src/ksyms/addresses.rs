//! The addresses of the names.

use super::bytes::Bytes;
use super::load::Load;
use super::names::Names;
use super::tokens::Tokens;

/// The address of each name, in the one known form in which they ascend.
pub(super) fn find(bytes: Bytes<'_>, tokens: &Tokens<'_>, names: &Names, load: &Load) -> Option<Vec<u64>> {
    let number = names.names.len();
    let mut found = Vec::new();
    for width in [8, 4] {
        let table = |offsets, base| Table { bytes, number, width, offsets, base };
        let reach = (4 * number).next_multiple_of(width);
        // Until 6.3 before the number of names.
        if let Some(offsets) = names.count.checked_sub(width + reach) {
            found.extend(table(offsets, offsets + reach).relative(load));
        }
        let new = tokens.end.next_multiple_of(width);
        found.extend(table(new, new + reach).relative(load));
        found.extend(table(new, 0).to_themselves(load));
    }
    found.into_iter().find(|addresses| ascend(addresses, &names.names))
}

/// Whether addresses are in order, as the kernel's binary search needs them, and in a kernel's half of memory.
fn ascend(addresses: &[u64], names: &[String]) -> bool {
    let code = addresses.iter().zip(names).filter(|(_, name)| name.starts_with(['t', 'T']));
    let code: Vec<u64> = code.map(|(address, _)| *address).collect();
    let (Some(first), Some(last)) = (code.first(), code.last()) else { return false };
    // Other names of one function share its address; what is filled with one value is not a table.
    let distinct = code.windows(2).filter(|pair| pair[0] != pair[1]).count();
    addresses.is_sorted() && last - first < 1 << 31 && *last > 1 << 12 && distinct > code.len() / 2
}

/// An array of offsets and what they are relative to.
struct Table<'b> {
    bytes: Bytes<'b>,
    number: usize,
    width: usize,
    offsets: usize,
    base: usize,
}

impl Table<'_> {
    /// Offsets to a base. Where per-CPU symbols are absolute, offsets to it are negative and count down from one before it.
    fn relative(&self, load: &Load) -> Vec<Vec<u64>> {
        let offsets = |n| self.bytes.i32(self.offsets + 4 * n);
        let Some(offsets) = (0..self.number).map(offsets).collect::<Option<Vec<i32>>>() else {
            return Vec::new();
        };
        let Some(written) = self.bytes.pointer(self.base, self.width) else { return Vec::new() };
        let base = match written {
            0 => load.relocated(self.bytes, self.base).or_else(|| load.address(0)).unwrap_or(0),
            base => base,
        };
        #[expect(
            clippy::cast_sign_loss,
            reason = "offsets without a sign, and those below zero turned round"
        )]
        let plain = |offset: &i32| base.wrapping_add(u64::from(*offset as u32));
        #[expect(clippy::cast_sign_loss, reason = "as above")]
        let per_cpu = |offset: &i32| match *offset {
            absolute @ 0.. => absolute as u64,
            below => base.wrapping_sub(1).wrapping_sub(i64::from(below) as u64),
        };
        vec![offsets.iter().map(plain).collect(), offsets.iter().map(per_cpu).collect()]
    }

    /// Offsets to the place of each itself.
    fn to_themselves(&self, load: &Load) -> Option<Vec<u64>> {
        let address = |n: usize| {
            let place = self.offsets + 4 * n;
            Some(load.address(place)?.wrapping_add_signed(i64::from(self.bytes.i32(place)?)))
        };
        (0..self.number).map(address).collect()
    }
}
