//! Plain text out of what a line went through: encodings, escapes, markup, JSON. Done once, before anything is read.

use super::{json, markup};

/// How many layers of containers a line is taken out of.
const LAYERS: usize = 4;

/// The lines of plain text that a raw line holds.
pub(super) fn lines(raw: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    // A carriage return in mid-line begins the line anew on a terminal; both halves were printed. Archives put zeros
    // before a file's first line.
    for part in raw.split(|byte| matches!(byte, b'\r' | 0 | 0x0b | 0x0c)) {
        if !part.is_empty() || raw.is_empty() {
            unpack(without_escapes(&text(part)), LAYERS, &mut lines);
        }
    }
    lines
}

fn unpack(line: String, layers: usize, lines: &mut Vec<String>) {
    if layers > 0 {
        let inner = json::values(&line).or_else(|| markup::lines(&line));
        if let Some(inner) = inner {
            for line in inner {
                for part in line.split(['\n', '\r']).filter(|part| !part.is_empty()) {
                    unpack(without_escapes(part), layers - 1, lines);
                }
            }
            return;
        }
    }
    lines.push(line);
}

/// Text of bytes: what is not UTF-8 is Latin-1's blank, or unknown.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| if byte == 0xa0 { ' ' } else { '\u{fffd}' }));
    }
    text
}

/// Drops the escapes of terminals, written as they are or as loggers write them, and other control characters; makes
/// all blanks one kind and all dashes another.
pub(super) fn without_escapes(text: &str) -> String {
    let plain =
        text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'#' | b'\\' | b'^' | b'$'));
    if plain {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(after) = escape(rest) {
            rest = after;
            continue;
        }
        if let Some(after) = tab(rest, clean.ends_with([']', '\t'])) {
            clean.push('\t');
            rest = after;
            continue;
        }
        rest = &rest[char.len_utf8()..];
        match char {
            // Zero-width marks.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => {}
            '\t' => clean.push(char),
            _ if char.is_control() => {}
            _ if char.is_whitespace() => clean.push(' '),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => clean.push('-'),
            '\u{201c}' | '\u{201d}' => clean.push('"'),
            // Full-width forms of ASCII.
            '\u{ff01}'..='\u{ff5e}' => {
                clean.push(char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char));
            }
            _ => clean.push(char),
        }
    }
    // How loggers write the end of a line.
    let end = clean.trim_end();
    let ends = ["#015", "^M$", "^M", "\\r\\n", "\\n", "\\r", "\\x0d", "\\015", "#012"];
    match ends.iter().find_map(|mark| end.strip_suffix(mark)) {
        Some(line) => line.to_owned(),
        None => clean,
    }
}

/// What follows a terminal's escape at the beginning of `text`.
fn escape(text: &str) -> Option<&str> {
    let marks = ["\u{1b}", "#033", "^[", "\\x1b", "\\x1B", "\\u001b", "\\u001B", "\\033", "\\e"];
    let after = marks.iter().find_map(|mark| text.strip_prefix(mark))?;
    if let Some(inside) = after.strip_prefix('[') {
        let end = inside.find(|char| ('@'..='~').contains(&char))?;
        // Anything long or odd in between is text that only looks like an escape.
        let is_escape =
            end <= 16 && inside[..end].bytes().all(|byte| matches!(byte, b'0'..=b'?' | b' '..=b'/'));
        return is_escape.then(|| &inside[end + 1..]);
    }
    text.starts_with('\u{1b}').then(|| {
        let mut chars = after.chars();
        chars.next();
        chars.as_str()
    })
}

/// What follows a tab that a logger has written out. Only between brackets: nowhere else does a record have one, and
/// `C:\temp` is a path.
fn tab(text: &str, behind_bracket: bool) -> Option<&str> {
    if !behind_bracket {
        return None;
    }
    let marks = ["#011", "\\x09", "\\t", "^I", "\\u0009", "\\011", "&#9;", "&#x9;", "&Tab;", "%09"];
    marks.iter().find_map(|mark| text.strip_prefix(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_line_went_through_leaves_the_same_text() {
        let plain = " memory[0x0]\t[0x00001000-0x00001fff], 0x1000 bytes";
        for raw in [
            " memory[0x0]#011[0x00001000-0x00001fff], 0x1000 bytes#015",
            " memory[0x0]\\x09[0x00001000-0x00001fff], 0x1000 bytes",
            " memory[0x0]^I[0x00001000-0x00001fff], 0x1000 bytes$",
            "\u{1b}[32m memory[0x0]\t[0x00001000-0x00001fff], 0x1000 bytes\u{1b}[0m",
            "#033[32m memory[0x0]\t[0x00001000-0x00001fff], 0x1000 bytes#033[0m",
            "\u{a0}memory[0x0]\t[0x00001000\u{2013}0x00001fff],\u{202f}0x1000\u{3000}bytes\u{200b}",
            "&nbsp;memory[0x0]\t[0x00001000-0x00001fff], 0x1000 bytes<br>",
            r#"{"PRIORITY":"6","MESSAGE":" memory[0x0]\t[0x00001000-0x00001fff], 0x1000 bytes"}"#,
            r#"         "msg": " memory[0x0]\u0009[0x00001000-0x00001fff], 0x1000 bytes""#,
        ] {
            let found = lines(raw.as_bytes());
            assert_eq!(found.len(), 1, "{raw}: {found:?}");
            assert_eq!(found[0].trim_end_matches('$'), plain, "{raw}");
        }
    }
}
