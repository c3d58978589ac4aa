//! Short texts that Linux keeps about a machine. Elsewhere they do not exist, and what they tell is unknown.

use std::fs;

/// The text of a file without blanks around it, or `None` if it cannot be read or is empty.
pub(super) fn text(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What follows `name` and a colon in a text of such lines.
pub(super) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}

/// A size such as `32K`, `1024K`, `32M` or `16 kB` in bytes.
pub(super) fn bytes(size: &str) -> Option<u64> {
    let digits = size.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u64 = digits.parse().ok()?;
    let shift = match size[digits.len()..].trim() {
        "" => 0,
        "K" | "kB" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes = ["32K", "1 kB", "2M", "7", "1G", "3X", "", "K", "18446744073709551615K"];
        let expected =
            [Some(32768), Some(1024), Some(2 << 20), Some(7), Some(1 << 30), None, None, None, None];
        assert_eq!(sizes.map(bytes), expected);
    }

    #[test]
    fn fields_are_found_whatever_the_blanks() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel\t\t: 17\n";
        assert_eq!(field(text, "model"), Some("17"));
        assert_eq!(field(text, "model name"), Some("AMD EPYC"));
        assert_eq!(field(text, "flags"), None);
    }
}
