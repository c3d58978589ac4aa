//! Quoted-printable text without the mail that it came in.

use super::page::Row;

/// Decodes the rows if they are quoted-printable: then every `=` is followed by two digits or by the end of its line.
pub(super) fn mend(rows: &mut Vec<Row>) {
    let (mut quoted, mut other) = (0_usize, 0_usize);
    for row in rows.iter() {
        for (at, _) in row.text.match_indices('=') {
            let after = &row.text.as_bytes()[at + 1..];
            let is_end = after.iter().all(u8::is_ascii_whitespace);
            // Addresses in a log that is not quoted come as `=0x`.
            let is_code = after.len() >= 2
                && after[0].is_ascii_hexdigit()
                && matches!(after[1], b'0'..=b'9' | b'A'..=b'F');
            *(if is_end || is_code { &mut quoted } else { &mut other }) += 1;
        }
    }
    if quoted < 4 || other * 8 > quoted {
        return;
    }
    let mut mended: Vec<Row> = Vec::with_capacity(rows.len());
    let mut open = false;
    for mut row in rows.drain(..) {
        let soft = row.text.trim_end().ends_with('=');
        if soft {
            row.text.truncate(row.text.trim_end().len() - 1);
        }
        match mended.last_mut() {
            Some(last) if open && row.number <= last.last + 1 => {
                last.text.push_str(&row.text);
                (last.last, last.width) = (row.number, last.width + row.width);
            }
            _ => mended.push(row),
        }
        open = soft;
    }
    for row in &mut mended {
        row.text = super::plain::without_escapes(&decoded(&row.text));
    }
    *rows = mended;
}

/// `text` with `=3D` and the like decoded.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'=').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
