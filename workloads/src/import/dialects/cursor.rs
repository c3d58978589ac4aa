//! A place in a line of a log.

/// A place in a line of a log. Every method that takes something leaves the place alone when it is not there.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    rest: &'t str,
}

/// A number as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hex {
    pub(crate) value: u64,
    pub(crate) digits: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(rest: &'t str) -> Self {
        Self { rest }
    }

    pub(crate) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Whether nothing but blanks follows.
    pub(crate) fn is_over(&self) -> bool {
        self.rest.trim_start().is_empty()
    }

    /// Takes blanks, if there are any.
    pub(crate) fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `word`.
    pub(crate) fn word(&mut self, word: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    /// Takes blanks and then `word`.
    pub(crate) fn next(&mut self, word: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(word)?;
        Some(())
    }

    fn digits(&mut self, radix: u32) -> Option<Hex> {
        let digits = self.rest.find(|c: char| !c.is_digit(radix)).unwrap_or(self.rest.len());
        let value = u64::from_str_radix(&self.rest[..digits], radix).ok()?;
        self.rest = &self.rest[digits..];
        Some(Hex { value, digits })
    }

    pub(crate) fn decimal(&mut self) -> Option<u64> {
        self.digits(10).map(|number| number.value)
    }

    /// Takes hexadecimal digits without `0x`.
    pub(crate) fn bare_hex(&mut self) -> Option<u64> {
        self.digits(16).map(|number| number.value)
    }

    /// Takes `0x` and digits.
    pub(crate) fn hex(&mut self) -> Option<Hex> {
        let mut ahead = *self;
        ahead.word("0x")?;
        let number = ahead.digits(16)?;
        *self = ahead;
        Some(number)
    }

    /// Takes a node number; numbers that no node can have mean any node, which each version writes in its own way.
    #[expect(clippy::option_option, reason = "no number, and a number that names no node")]
    pub(crate) fn nid(&mut self) -> Option<Option<u32>> {
        let mut ahead = *self;
        let nid = if ahead.word("-").is_some() {
            ahead.decimal()?;
            None
        } else {
            // MAX_NUMNODES, which means "none", is 1 where the kernel knows no nodes; there 0 is written as such.
            u32::try_from(ahead.decimal()?).ok().filter(|&nid| nid < allocators::Nid::LIMIT)
        };
        *self = ahead;
        Some(nid)
    }

    /// Takes `[0x…-0x…]`: two numbers of which neither was cut short.
    pub(crate) fn range(&mut self) -> Option<(Hex, Hex)> {
        let mut ahead = *self;
        ahead.word("[")?;
        let start = ahead.hex()?;
        ahead.word("-")?;
        let end = ahead.hex()?;
        ahead.word("]")?;
        *self = ahead;
        same_width(start, end).then_some((start, end))
    }

    /// Takes this many bytes.
    pub(crate) fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Takes `[0x…-0x…]` of a format that fills up to 8 digits and prints more where a number has them (`%#010llx`).
    pub(crate) fn loose_range(&mut self) -> Option<(Hex, Hex)> {
        let mut ahead = *self;
        ahead.word("[")?;
        let start = ahead.hex()?;
        ahead.word("-")?;
        let end = ahead.hex()?;
        ahead.word("]")?;
        let least =
            |hex: Hex| hex.digits == 8 || hex.digits > 8 && hex.value >> (4 * (hex.digits.min(16) - 1)) != 0;
        let whole = same_width(start, end) || least(start) && least(end);
        if whole {
            *self = ahead;
        }
        whole.then_some((start, end))
    }

    /// Takes everything up to the next blank.
    pub(crate) fn token(&mut self) -> &'t str {
        self.blanks();
        let end = self.rest.find(' ').unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }
}

/// Whether two addresses were printed by the same format.
///
/// `%pa` gives 8 or 16 digits. `%#016llx` gives 14, or more where the number needs them.
fn same_width(a: Hex, b: Hex) -> bool {
    match (a.digits, b.digits) {
        (8, 8) | (14, 14) | (16, 16) => true,
        (14..=16, 14..=16) => [a, b].iter().all(|hex| hex.digits == 14 || hex.value >> 56 != 0),
        _ => false,
    }
}
