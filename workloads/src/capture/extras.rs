//! The unusual parts of a machine: interleaved nodes, memory modules, holes.

use serde::Deserialize;

use super::{Machine, Size};

/// Nodes that take turns: stripes of memory, dealt out in the order of `nodes` over and over.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interleave {
    /// The length of a stripe.
    pub stripe: Size,
    /// Whose turn it is; a node that stands here twice has twice the memory.
    pub nodes: Vec<u32>,
}

/// A range of an ACPI table: `NODE START LENGTH`, and `hotplug` if it can be taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct SratRange {
    /// Whose memory it is.
    pub node: u32,
    /// Where it starts.
    pub start: Size,
    /// How long it is.
    pub length: Size,
    /// Whether it can be taken out while the machine runs.
    pub hotplug: bool,
}

/// A memory module.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimm {
    /// Its size.
    pub size: Size,
    /// Its node.
    pub node: u32,
}

/// Holes at equal distances, cut by `memmap=`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holes {
    /// How many.
    pub count: u32,
    /// How large each is.
    pub size: Size,
    /// Where the first one starts.
    pub first: Size,
    /// From one's start to the next one's.
    pub every: Size,
}

impl Interleave {
    pub(super) fn is_sound(&self) -> bool {
        self.stripe.0 >= 1 << 20 && !self.nodes.is_empty()
    }
}

impl TryFrom<String> for SratRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a range; write NODE START LENGTH, as in `0 4G 2G`, and hotplug");
        let words: Vec<&str> = text.split_whitespace().collect();
        let (node, start, length, hotplug) = match words[..] {
            [node, start, length] => (node, start, length, false),
            [node, start, length, "hotplug"] => (node, start, length, true),
            _ => return Err(wrong()),
        };
        let node = node.parse().map_err(|_| wrong())?;
        Ok(Self { node, start: start.parse()?, length: length.parse()?, hotplug })
    }
}

impl Holes {
    /// The parameters that cut them.
    pub(super) fn parameters(self) -> impl Iterator<Item = String> {
        let at = move |n: u32| self.first.0.saturating_add(self.every.0.saturating_mul(u64::from(n)));
        (0..self.count).map(move |n| format!("memmap={}${:#x}", self.size, at(n)))
    }
}

impl Machine {
    /// The ranges of the ACPI table that this machine is given, if it is given any.
    pub(super) fn srat_ranges(&self) -> Vec<SratRange> {
        let Some(Interleave { stripe, nodes }) = &self.interleave else {
            return self.srat.clone();
        };
        let mut turns = nodes.iter().cycle();
        let mut ranges = Vec::new();
        for (start, length) in self.spans() {
            let mut done = 0;
            while done < length {
                let Some(&node) = turns.next() else { break };
                let piece = stripe.0.min(length - done);
                ranges.push(SratRange {
                    node,
                    start: Size(start + done),
                    length: Size(piece),
                    hotplug: false,
                });
                done += piece;
            }
        }
        ranges
    }

    /// Where a PC has its memory: start and length. The rest of the first 4 GiB belongs to devices.
    ///
    /// Source: `pc_q35_init` and `pc_init1` of QEMU 7.2.
    fn spans(&self) -> Vec<(u64, u64)> {
        const GIB: u64 = 1 << 30;
        let (most, low) = if self.board().contains("i440fx") {
            (3 * GIB + GIB / 2, 3 * GIB)
        } else {
            (2 * GIB + 3 * GIB / 4, 2 * GIB)
        };
        let low = if self.memory.0 >= most { low } else { self.memory.0 };
        let spans = [(0, low), (4 * GIB, self.memory.0 - low)];
        spans.into_iter().filter(|(_, length)| *length > 0).collect()
    }
}
