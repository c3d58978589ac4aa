//! From words to a recipe.

use std::ops::RangeInclusive;
use std::str::FromStr;

use allocators::Nid;

use super::GrowError;
use super::error::closest;
use super::recipe::{Bytes, FORMS, Form, PREFIX, Preserved, Recipe};

/// How many regions, ranges or folios may be asked for: a trace of ten million takes a GiB.
const COUNT: RangeInclusive<u64> = 1..=10_000_000;
/// How many nodes.
const NODES: RangeInclusive<u64> = 1..=Nid::LIMIT as u64;
/// How much memory: what fits below 2^52, where x86 ends, with room for the names of blocks.
const SIZE: RangeInclusive<u64> = 1 << 30..=1 << 50;
/// The orders of a folio: to 1 GiB.
const ORDERS: RangeInclusive<u64> = 0..=18;

impl FromStr for Recipe {
    type Err = GrowError;

    /// Reads `grow:NAME(…)`; the prefix may be missing. Arguments come in order, or by name as `k=64`.
    fn from_str(text: &str) -> Result<Self, GrowError> {
        let words = text.strip_prefix(PREFIX).unwrap_or(text);
        let (name, rest) = words.split_once('(').unwrap_or((words, ""));
        let form = FORMS.iter().find(|form| form.name == name).ok_or_else(|| GrowError::Name {
            name: name.into(),
            close: closest(name, FORMS.iter().map(|form| form.name)),
        })?;
        let mut args = Args::new(text, form, rest)?;
        let recipe = match name {
            "tile" => Self::Tile { trace: args.word("trace")?, k: args.number("k", &NODES, None)? },
            "isolated" => Self::Isolated { n: args.number("n", &COUNT, None)? },
            "checkerboard" => Self::Checkerboard { n: args.number("n", &COUNT, None)? },
            "ranges" => {
                let m = args.number("m", &COUNT, None)?;
                Self::Ranges { m, nodes: args.number("nodes", &(1..=m.min(*NODES.end())), Some(1))? }
            }
            "nodes" => Self::Nodes { n: args.number("n", &NODES, None)? },
            "memory" => Self::Memory { bytes: args.size("size")? },
            "full" => Self::Full { bytes: args.size("size")? },
            "handover" => Self::Handover {
                n: args.number("n", &COUNT, None)?,
                orders: args.orders("orders", 0..=9)?,
                nodes: args.number("nodes", &NODES, Some(4))?,
                preserved: args.preserved("as")?,
            },
            _ => Self::Layout { name: args.word("name")?, k: args.number("k", &NODES, Some(1))? },
        };
        args.finish()?;
        Ok(recipe)
    }
}

/// The arguments that are still to be read.
struct Args<'t> {
    text: &'t str,
    form: &'static Form,
    rest: Vec<&'t str>,
}

impl<'t> Args<'t> {
    fn new(text: &'t str, form: &'static Form, rest: &'t str) -> Result<Self, GrowError> {
        let args = Self { text, form, rest: Vec::new() };
        let Some(inside) = rest.strip_suffix(')') else {
            return Err(args.wrong("it has no arguments in brackets"));
        };
        let rest = inside.split(',').map(str::trim).filter(|arg| !arg.is_empty()).collect();
        Ok(Self { rest, ..args })
    }

    fn wrong(&self, why: impl Into<String>) -> GrowError {
        let form = format!("{PREFIX}{}, such as {}", self.form.shape, self.form.example);
        GrowError::Form { text: self.text.into(), why: why.into(), form }
    }

    /// The argument of this name, or the next one that has none.
    fn take(&mut self, name: &str) -> Option<&'t str> {
        let by_name = |arg: &&str| arg.split_once('=').is_some_and(|(key, _)| key.trim() == name);
        let at = self.rest.iter().position(by_name);
        let at = at.or_else(|| self.rest.iter().position(|arg| !arg.contains('=')))?;
        let arg = self.rest.remove(at);
        Some(arg.split_once('=').map_or(arg, |(_, value)| value.trim()))
    }

    fn word(&mut self, name: &str) -> Result<String, GrowError> {
        self.take(name).map(Into::into).ok_or_else(|| self.wrong(format!("`{name}` is missing")))
    }

    fn number(
        &mut self,
        name: &'static str,
        bounds: &RangeInclusive<u64>,
        usual: Option<u64>,
    ) -> Result<u64, GrowError> {
        let Some(word) = self.take(name) else {
            return usual.ok_or_else(|| self.wrong(format!("`{name}` is missing")));
        };
        let wrong = || self.wrong(format!("`{word}` is not a number for `{name}`"));
        bounded(name, digits(word).ok_or_else(wrong)?, bounds, |number| number.to_string())
    }

    fn size(&mut self, name: &'static str) -> Result<u64, GrowError> {
        let word = self.take(name).ok_or_else(|| self.wrong(format!("`{name}` is missing")))?;
        let wrong = || self.wrong(format!("`{word}` is not a size such as 960G or 64T"));
        let units = [("T", 40), ("G", 30), ("M", 20), ("K", 10)];
        let bare = word.strip_suffix("iB").unwrap_or(word);
        let (number, shift) = units
            .iter()
            .find_map(|(unit, shift)| Some((bare.strip_suffix(unit)?, *shift)))
            .unwrap_or((bare, 0));
        let number = digits(number).ok_or_else(wrong)?;
        let bytes = number.saturating_mul(1 << shift);
        let bytes = bounded(name, bytes, &SIZE, |bytes| Bytes(bytes).to_string())?;
        if bytes.is_multiple_of(1 << 20) {
            Ok(bytes)
        } else {
            Err(self.wrong("the size is not a whole number of MiB"))
        }
    }

    fn orders(
        &mut self,
        name: &'static str,
        usual: RangeInclusive<u8>,
    ) -> Result<RangeInclusive<u8>, GrowError> {
        let Some(word) = self.take(name) else { return Ok(usual) };
        let (least, most) = word.split_once('-').unwrap_or((word, word));
        let wrong = || self.wrong(format!("`{word}` is not a range of orders such as 0-9"));
        let order = |text| bounded(name, digits(text).ok_or_else(wrong)?, &ORDERS, |order| order.to_string());
        let (least, most) = (order(least)?, order(most)?);
        if least > most {
            return Err(self.wrong(format!("the orders {least}-{most} are backwards")));
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 18")]
        Ok(least as u8..=most as u8)
    }

    fn preserved(&mut self, name: &str) -> Result<Preserved, GrowError> {
        let Some(word) = self.take(name) else { return Ok(Preserved::Each) };
        let found = Preserved::WORDS.iter().find(|(_, known)| *known == word);
        found
            .map(|(how, _)| *how)
            .ok_or_else(|| self.wrong(format!("`{word}` is not a way to reserve folios")))
    }

    fn finish(self) -> Result<(), GrowError> {
        match self.rest.first() {
            None => Ok(()),
            Some(arg) => Err(self.wrong(format!("it has no use for `{arg}`"))),
        }
    }
}

/// A number in digits, which `_` may set apart.
fn digits(word: &str) -> Option<u64> {
    let plain: String = word.chars().filter(|&c| c != '_').collect();
    let all = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    // What does not fit is out of any bounds, which is a better answer than that it is not a number.
    all.then(|| plain.parse().unwrap_or(u64::MAX))
}

fn bounded(
    what: &'static str,
    found: u64,
    bounds: &RangeInclusive<u64>,
    show: impl Fn(u64) -> String,
) -> Result<u64, GrowError> {
    if bounds.contains(&found) {
        return Ok(found);
    }
    let [found, least, most] = [found, *bounds.start(), *bounds.end()].map(show);
    Err(GrowError::Bounds { what, found, least, most })
}
