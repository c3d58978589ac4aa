//! The numbers of a device tree's source: literals and what is computed of them between parentheses.

use super::tokens::{Token, What};

/// No expression is deeper.
const DEPTH: usize = 32;

/// The number of a literal: `0x1000`, `4096`, `010`, with or without `ull`.
pub(super) fn literal(word: &str) -> Option<u64> {
    let word = word.trim_end_matches(['u', 'U', 'l', 'L']);
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok();
    }
    match word.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => u64::from_str_radix(digits, 8).ok(),
        _ => word.parse().ok(),
    }
}

/// What comes of the tokens between a pair of parentheses, or the word that stands for something defined elsewhere.
///
/// All that is written in one: of comparisons and conditions nobody makes addresses.
pub(super) fn value(tokens: &[Token]) -> Result<u64, String> {
    let mut expression = Expression { tokens, at: 0 };
    let value = expression.sum(0, DEPTH)?;
    match expression.peek() {
        None => Ok(value),
        Some(what) => Err(shown(what)),
    }
}

fn shown(what: &What) -> String {
    match what {
        What::Word(word) => word.clone(),
        What::Text(text) => format!("\"{text}\""),
        What::Char(_) => "a character".into(),
        What::Mark(mark) => (*mark).to_owned(),
    }
}

struct Expression<'t> {
    tokens: &'t [Token],
    at: usize,
}

/// Operators by how tightly they bind.
const LEVELS: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];

impl Expression<'_> {
    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    fn sum(&mut self, level: usize, depth: usize) -> Result<u64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unit(depth) };
        let mut left = self.sum(level + 1, depth)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.sum(level + 1, depth)?;
            left = match operator {
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "<<" => left.checked_shl(u32::try_from(right).unwrap_or(64)).unwrap_or(0),
                ">>" => left.checked_shr(u32::try_from(right).unwrap_or(64)).unwrap_or(0),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.checked_div(right).ok_or("a division by 0")?,
                _ => left.checked_rem(right).ok_or("a division by 0")?,
            };
        }
        Ok(left)
    }

    fn operator(&mut self, of: &[&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            What::Mark(mark) => of.iter().find(|operator| *operator == mark),
            // Plus and minus may be part of a name and are read as such.
            What::Word(word) => of.iter().find(|operator| **operator == word.as_str()),
            _ => None,
        };
        self.at += usize::from(found.is_some());
        found.copied()
    }

    fn unit(&mut self, depth: usize) -> Result<u64, String> {
        let Some(depth) = depth.checked_sub(1) else { return Err("too many parentheses".into()) };
        let what = self.peek().cloned().ok_or("nothing where a number should be")?;
        self.at += 1;
        match what {
            What::Mark("(") => {
                let value = self.sum(0, depth)?;
                self.at += 1;
                match self.tokens.get(self.at - 1).map(|token| &token.what) {
                    Some(What::Mark(")")) => Ok(value),
                    _ => Err("a parenthesis without its other half".into()),
                }
            }
            What::Mark("~") => Ok(!self.unit(depth)?),
            What::Char(value) => Ok(value),
            What::Word(word) if word == "-" => Ok(self.unit(depth)?.wrapping_neg()),
            What::Word(word) => literal(&word).ok_or(word),
            other => Err(shown(&other)),
        }
    }
}
