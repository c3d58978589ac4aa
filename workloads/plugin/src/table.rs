//! The functions of the guest, from a file that the host writes.
//!
//! A line for each, ascending: `ADDRESS LOCAL KIND CATEGORY NAME`. Addresses are hexadecimal; `LOCAL` is a second entry or
//! `-`. `KIND` is a word for calls that are to be told one by one, `CATEGORY` one for what they spend their instructions
//! on, `-` for neither. A kind that starts with `~` is counted, and its calls are not listed. `NAME.cold` is a part of
//! `NAME` that lies elsewhere. `[outside]` begins what is not a function.

use std::collections::HashMap;

use crate::account::{Function, OUTSIDE};

/// Where functions lie.
pub(crate) struct Table {
    /// Ascending by start.
    parts: Vec<Part>,
    pub(crate) functions: Vec<Function>,
    /// The words for kinds; the first is for none.
    pub(crate) kinds: Vec<String>,
    /// The words for categories; the first is for none.
    pub(crate) categories: Vec<String>,
}

struct Part {
    start: u64,
    local: Option<u64>,
    function: u32,
    is_whole: bool,
}

/// What the address of a block says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// In the middle of a function.
    No,
    /// A function's first instruction: who comes here calls it.
    Yes,
    /// Its second entry, which can be reached from its first one by running on.
    Local,
}

impl Table {
    /// Reads `text`, the contents of the file that `name` names.
    pub(crate) fn read(text: &str, name: &str) -> Result<Self, String> {
        let none = || vec!["-".to_owned()];
        let mut table = Self { parts: Vec::new(), functions: Vec::new(), kinds: none(), categories: none() };
        table.functions.push(Function::new("[outside]", 0, 0, 0));
        let mut known: HashMap<&str, u32> = HashMap::from([("[outside]", OUTSIDE)]);
        for (number, line) in text.lines().enumerate() {
            let at = |why: &str| format!("{name}:{}: {why}", number + 1);
            let mut fields = line.splitn(5, ' ');
            let fields = [(); 5].map(|()| fields.next());
            let [Some(start), Some(local), Some(kind), Some(category), Some(function)] = fields else {
                return Err(at("not five fields"));
            };
            let address = |text: &str| u64::from_str_radix(text, 16).map_err(|_| at("not an address"));
            let start = address(start)?;
            let local = if local == "-" { None } else { Some(address(local)?) };
            if table.parts.last().is_some_and(|part| part.start >= start) {
                return Err(at("not ascending"));
            }
            let whole = function.split_once(".cold").and_then(|(whole, _)| known.get(whole).copied());
            let is_whole = whole.is_none() && function != "[outside]";
            let outside = known.get(function).copied().filter(|id| *id == OUTSIDE);
            let id = if let Some(id) = whole.or(outside) {
                id
            } else {
                let id = u32::try_from(table.functions.len()).map_err(|_| at("too many functions"))?;
                let (kind, category) =
                    (intern(&mut table.kinds, kind)?, intern(&mut table.categories, category)?);
                table.functions.push(Function::new(function, start, kind, category));
                // Of several static functions of one name, the first has the parts.
                known.entry(function).or_insert(id);
                id
            };
            table.parts.push(Part { start, local, function: id, is_whole });
        }
        Ok(table)
    }

    /// The function at `address`, and whether that is an entry of it.
    pub(crate) fn at(&self, address: u64) -> (u32, Entry) {
        let after = self.parts.partition_point(|part| part.start <= address);
        let Some(part) = after.checked_sub(1).map(|n| &self.parts[n]) else { return (OUTSIDE, Entry::No) };
        let entry = match part {
            Part { is_whole: false, .. } => Entry::No,
            Part { start, .. } if *start == address => Entry::Yes,
            Part { local, .. } if *local == Some(address) => Entry::Local,
            _ => Entry::No,
        };
        (part.function, entry)
    }

    /// The function called `name`.
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.functions.iter().position(|function| function.name == name).and_then(|n| u32::try_from(n).ok())
    }
}

fn intern(words: &mut Vec<String>, word: &str) -> Result<u8, String> {
    let known = words.iter().position(|known| known == word);
    let place = known.unwrap_or_else(|| {
        words.push(word.into());
        words.len() - 1
    });
    u8::try_from(place).map_err(|_| "too many words".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "1000 - - - start\n2000 2008 alloc - memblock_alloc\n3000 - - zeroing memset\n\
                        4000 - - - start.cold\n5000 - - - [outside]\n";

    #[test]
    fn an_address_belongs_to_the_function_before_it() {
        let table = Table::read(TEXT, "t").unwrap();
        let name = |address| {
            let (function, entry) = table.at(address);
            (table.functions[function as usize].name.as_str(), entry)
        };
        assert_eq!(name(0xfff), ("[outside]", Entry::No));
        assert_eq!(name(0x1000), ("start", Entry::Yes));
        assert_eq!(name(0x1fff), ("start", Entry::No));
        assert_eq!(name(0x2008), ("memblock_alloc", Entry::Local));
        assert_eq!(name(0x4000), ("start", Entry::No), "a part that lies elsewhere is not called");
        assert_eq!(name(0x5000), ("[outside]", Entry::No));
    }

    #[test]
    fn a_damaged_line_is_named() {
        for (text, why) in [
            ("1000 - -\n", "t:1: not five fields"),
            ("1000 - - - a\nzz - - - b\n", "t:2: not an address"),
            ("1000 - - - a\n1000 - - - b\n", "t:2: not ascending"),
        ] {
            assert_eq!(Table::read(text, "t").err().as_deref(), Some(why));
        }
    }
}
