//! Numbers in the properties of a device tree: big-endian cells of four bytes.

use super::{Node, Property};

/// The cells of a property.
pub(super) fn cells(property: &Property) -> Vec<u32> {
    property
        .value
        .chunks_exact(4)
        .map(|cell| u32::from_be_bytes([cell[0], cell[1], cell[2], cell[3]]))
        .collect()
}

/// The first cell of a property of `node`.
pub(super) fn cell(node: &Node, name: &str) -> Option<u32> {
    cells(node.property(name)?).first().copied()
}

/// How many cells an address and a size have below a node; without a word, two and one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    address: usize,
    size: usize,
}

impl Shape {
    pub(super) fn of(node: &Node) -> Self {
        let count =
            |name, usual| cell(node, name).and_then(|count| usize::try_from(count).ok()).unwrap_or(usual);
        Self { address: count("#address-cells", 2), size: count("#size-cells", 1) }
    }

    /// The addresses and sizes of a property, or what is wrong with it.
    pub(super) fn pairs(self, property: &Property) -> Result<Vec<(u64, u64)>, String> {
        if let Some(word) = &property.unknown {
            return Err(format!(
                "`{}` holds `{word}`, which is defined in another file: give the compiled tree (.dtb), or the source after `cpp`",
                property.name
            ));
        }
        let cells = cells(property);
        let width = self.address + self.size;
        let sound = (1..=3).contains(&self.address) && (1..=2).contains(&self.size);
        if !sound {
            return Err(format!(
                "an address of {} cells and a size of {} are not memory's: see #address-cells and #size-cells",
                self.address, self.size
            ));
        }
        if !property.value.len().is_multiple_of(4) || !cells.len().is_multiple_of(width) {
            return Err(format!(
                "`{}` has {} bytes, which are not addresses of {} cells with sizes of {}: see #address-cells and #size-cells",
                property.name,
                property.value.len(),
                self.address,
                self.size
            ));
        }
        cells
            .chunks_exact(width)
            .map(|pair| {
                let (address, size) = pair.split_at(self.address);
                Ok((
                    number(address).ok_or("an address has more than 64 bits")?,
                    number(size).unwrap_or(u64::MAX),
                ))
            })
            .collect()
    }
}

fn number(cells: &[u32]) -> Option<u64> {
    cells
        .iter()
        .try_fold(0_u64, |number, cell| number.checked_mul(1 << 32).map(|number| number | u64::from(*cell)))
}
