//! Machines that are drawn, in the words of each kind of map: what is read is what was drawn.

use proptest::prelude::*;
use workloads::machine::Hardware;

use super::render::{FORMS, Piece};

/// Up to twelve pieces of whole pages with holes between them, on nodes of any numbers, also interleaved.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (0_u64..1 << 20, 1_u64..1 << 20, prop_oneof![Just(0_u32), Just(1), Just(8), 0_u32..1024]);
    prop::collection::vec(piece, 1..12).prop_map(|drawn| {
        let mut at = 0;
        let piece = |(hole, size, nid): (u64, u64, u32)| {
            let start = at + (hole << 12);
            at = start + (size << 12);
            (start, at, nid)
        };
        drawn.into_iter().map(piece).collect()
    })
}

/// What a map tells: neighbours of one node are one.
fn told(pieces: &[Piece], nodes: bool) -> Vec<(u64, u64, Option<u32>)> {
    let mut merged: Vec<(u64, u64, Option<u32>)> = Vec::new();
    for &(start, end, nid) in pieces {
        let nid = nodes.then_some(nid);
        match merged.last_mut() {
            Some(last) if last.1 == start && last.2 == nid => last.1 = end,
            _ => merged.push((start, end, nid)),
        }
    }
    merged
}

proptest! {
    #[test]
    fn every_kind_of_map_tells_the_machine_that_was_drawn(pieces in pieces()) {
        for (kind, render, nodes) in FORMS {
            let text = render(&pieces);
            let found = super::machine(&text).map_err(|error| TestCaseError::fail(format!("{kind}: {error}")))?;
            prop_assert_eq!(super::memory(&found), told(&pieces, nodes), "{}", kind);
            let written = found.to_string();
            prop_assert_eq!(written.parse::<Hardware>().map(|read| read.to_string()), Ok(written));
        }
    }

    /// Expect any damage to one byte of a machine's text to be refused or to be written back as it was read.
    #[test]
    fn a_damaged_machine_is_refused_or_read_as_it_stands(pieces in pieces(), at: prop::sample::Index, byte: u8) {
        let mut text = super::machine((FORMS[4].1)(&pieces)).unwrap().to_string().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(text) = String::from_utf8(text)
            && let Ok(read) = text.parse::<Hardware>()
        {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), tree: bool) {
        if tree {
            bytes.splice(0..0, [0xd0, 0x0d, 0xfe, 0xed]);
        }
        workloads::survive::map(&bytes);
    }

    #[test]
    fn no_damage_to_a_map_makes_it_panic(pieces in pieces(), form in 0..FORMS.len(), places: Vec<(prop::sample::Index, u8)>) {
        let mut bytes = (FORMS[form].1)(&pieces);
        for (at, byte) in places {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        workloads::survive::map(&bytes);
    }
}
