//! The names, how many there are, and the markers that prove them.

use super::bytes::Bytes;
use super::tokens::Tokens;

/// The names of a table, each with the letter of its kind in front, and where they stand.
pub(super) struct Names {
    pub(super) names: Vec<String>,
    /// Where their number stands.
    pub(super) count: usize,
}

/// How many names share a marker.
const GROUP: usize = 256;
/// A name has at most 512 bytes and a length of two; nearly all have far fewer.
const LONGEST_GROUP: usize = GROUP * 514;
/// How far markers and what stands between them and the tokens may reach: 2 million symbols.
const FARTHEST: usize = 16 << 20;

/// The names that end before the tokens.
///
/// In ascending order: the number of names, the names, the markers (where every 256th name starts, from 0), in 6.2 and 6.3
/// the order of names, the tokens.
pub(super) fn find(bytes: Bytes<'_>, tokens: &Tokens<'_>) -> Option<Names> {
    let last = tokens.start & !3;
    let lowest = last.saturating_sub(FARTHEST);
    let mut markers = last;
    while markers >= lowest + 4 {
        markers -= 4;
        if let Some(reach) = reach(bytes, markers)
            && let Some(names) = before(bytes, tokens, markers, reach)
        {
            return Some(names);
        }
    }
    None
}

/// Where the last name's group starts, if there are markers at `at`: as far as they ascend by what names may take.
fn reach(bytes: Bytes<'_>, at: usize) -> Option<usize> {
    if bytes.u32(at)? != 0 {
        return None;
    }
    let (mut last, mut next) = (0, at + 4);
    while let Some(marker) = bytes.u32(next).map(|marker| marker as usize)
        && (last + 2 * GROUP..last + LONGEST_GROUP).contains(&marker)
    {
        last = marker;
        next += 4;
    }
    (last > 0).then_some(last)
}

/// The names that end before the markers at `markers`, of which the last group starts `reach` after the first name.
fn before(bytes: Bytes<'_>, tokens: &Tokens<'_>, markers: usize, reach: usize) -> Option<Names> {
    let highest = markers.checked_sub(reach)?;
    let lowest = highest.saturating_sub(LONGEST_GROUP);
    let mut count = highest & !3;
    while count >= lowest + 4 {
        count -= 4;
        let Some(number) = bytes.u32(count).map(|number| number as usize) else { continue };
        if number <= GROUP || number > 4 * FARTHEST / 8 {
            continue;
        }
        // The number is as wide as a pointer may be aligned.
        for start in [count + 4, count + 8] {
            if let Some(names) = decode(bytes, tokens, start, number, markers) {
                return Some(Names { names, count });
            }
        }
    }
    None
}

/// `number` names from `start` on, if the markers at `markers` agree with each group and follow the last one.
fn decode(
    bytes: Bytes<'_>,
    tokens: &Tokens<'_>,
    start: usize,
    number: usize,
    markers: usize,
) -> Option<Vec<String>> {
    let mut at = start;
    let mut spans = Vec::new();
    for n in 0..number {
        if n % GROUP == 0 && bytes.u32(markers + n / GROUP * 4)? as usize != at - start {
            return None;
        }
        let mut length = usize::from(*bytes.bytes.get(at)?);
        at += 1;
        // Since 6.1, names of more than 127 tokens have lengths of two bytes.
        if length & 0x80 != 0 {
            length = length & 0x7f | usize::from(*bytes.bytes.get(at)?) << 7;
            at += 1;
        }
        if length == 0 || at + length > markers {
            return None;
        }
        spans.push(at..at + length);
        at += length;
    }
    if markers - at >= 8 {
        return None;
    }
    let text = |span: std::ops::Range<usize>| {
        let pieces = bytes.bytes[span].iter().flat_map(|&token| tokens.texts[usize::from(token)]);
        String::from_utf8_lossy(&pieces.copied().collect::<Vec<u8>>()).into_owned()
    };
    Some(spans.into_iter().map(text).collect())
}
