//! The ACPI table that says which node a range of memory belongs to.
//!
//! QEMU builds one from `-numa`, where each node's memory is in one piece. A table of our own tells of interleaved nodes:
//! given by `-acpitable` it stands beside QEMU's other tables.
//!
//! Source: ACPI 6.4, section 5.2.16, System Resource Affinity Table.

use super::Machine;
use super::extras::SratRange;

/// The length of a table's head.
const HEAD: usize = 36;
/// Bits of an entry's flags.
const ENABLED: u32 = 1;
const HOT_PLUGGABLE: u32 = 2;

/// The table of `machine`, or `None` if QEMU's own says all.
#[must_use]
pub(super) fn table(machine: &Machine) -> Option<Vec<u8>> {
    let ranges = machine.srat_ranges();
    let nodes = ranges.iter().map(|range| range.node).max()? + 1;
    // CPUs are dealt out in turn, so that each node has one if there are enough.
    let cpus: Vec<u32> = (0..machine.cpus).map(|cpu| cpu % nodes).collect();
    Some(build(&cpus, &ranges))
}

/// The table for CPUs whose node is given, in the order of their APIC ids, and for `ranges`.
fn build(cpus: &[u32], ranges: &[SratRange]) -> Vec<u8> {
    let mut body = Vec::new();
    // A table revision, which must be 1, and eight reserved bytes.
    body.extend(1_u32.to_le_bytes());
    body.extend([0; 8]);
    for (apic, node) in (0_u32..).zip(cpus) {
        let [low, high @ ..] = node.to_le_bytes();
        // Type 0, processor local APIC affinity, 16 bytes. The id has eight bits.
        body.extend([0, 16, low, apic.to_le_bytes()[0]]);
        body.extend(ENABLED.to_le_bytes());
        body.push(0);
        body.extend(high);
        body.extend([0; 4]);
    }
    for range in ranges {
        // Type 1, memory affinity, 40 bytes.
        body.extend([1, 40]);
        body.extend(range.node.to_le_bytes());
        body.extend([0; 2]);
        body.extend(range.start.0.to_le_bytes());
        body.extend(range.length.0.to_le_bytes());
        body.extend([0; 4]);
        let flags = ENABLED | if range.hotplug { HOT_PLUGGABLE } else { 0 };
        body.extend(flags.to_le_bytes());
        body.extend([0; 8]);
    }
    let length = u32::try_from(HEAD + body.len()).unwrap_or(u32::MAX);
    let mut table = Vec::from(*b"SRAT");
    table.extend(length.to_le_bytes());
    // Revision 3, and the checksum that is filled in below.
    table.extend([3, 0]);
    table.extend(*b"BOOTALCAPTURE ");
    table.extend(1_u32.to_le_bytes());
    table.extend(*b"BOOT");
    table.extend(1_u32.to_le_bytes());
    table.extend(body);
    table[9] = table.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg();
    table
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    #[test]
    fn the_table_adds_up_to_zero_and_says_its_length() {
        let range = SratRange { node: 1, start: Size(4 << 30), length: Size(2 << 30), hotplug: true };
        let table = build(&[0, 1], &[range]);
        assert_eq!(table.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0);
        assert_eq!(table.len(), 120, "a head of 36 bytes, 12 more, two CPUs of 16 and a range of 40");
        assert_eq!(table[4..8], 120_u32.to_le_bytes());
        let memory = &table[HEAD + 12 + 32..];
        assert_eq!(memory[..6], [1, 40, 1, 0, 0, 0]);
        assert_eq!(memory[8..16], (4_u64 << 30).to_le_bytes());
        assert_eq!(memory[16..24], (2_u64 << 30).to_le_bytes());
        assert_eq!(memory[28..32], 3_u32.to_le_bytes());
    }
}
