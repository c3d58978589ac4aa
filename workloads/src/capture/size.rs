//! Amounts of memory as people write them.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::Deserialize;

/// An amount of memory in bytes, written `640K`, `512M`, `4G`, `1T`, or `0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

const UNITS: [(char, u32); 4] = [('T', 40), ('G', 30), ('M', 20), ('K', 10)];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self(0));
        }
        let wrong = || format!("`{text}` is not an amount of memory; write 640K, 512M, 4G or 1T");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let &(_, shift) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count: u64 = digits.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        // Beyond 4 PiB no machine of QEMU's goes, and sums of a few of them cannot wrap.
        count
            .checked_shl(shift)
            .filter(|bytes| bytes >> shift == count && *bytes <= 1 << 52)
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// As QEMU reads it: in the largest unit that leaves no fraction.
impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let whole = |shift: &u32| self.0 != 0 && self.0.is_multiple_of(1 << shift);
        match UNITS.iter().find(|(_, shift)| whole(shift)) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Size {
    /// As a sentence has it: `4 GiB`.
    #[must_use]
    pub fn in_words(self) -> String {
        let text = self.to_string();
        match text.strip_suffix(|last: char| last.is_ascii_uppercase()) {
            Some(digits) => format!("{digits} {}iB", &text[digits.len()..]),
            None => format!("{text} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_in_the_largest_whole_unit() {
        for (text, bytes, shown) in [
            ("0", 0, "0"),
            ("640K", 640 << 10, "640K"),
            ("1536M", 1536 << 20, "1536M"),
            ("1024M", 1 << 30, "1G"),
            ("1T", 1 << 40, "1T"),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
            assert_eq!(Size(bytes).to_string(), shown);
        }
        assert_eq!(Size(3 << 29).in_words(), "1536 MiB");
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "4", "G", "4g", "-1G", "+1G", "4 G", "1.5G", "99999999999T", "4097T", "1µ"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
