//! The few files of a tree that are read.

use std::collections::BTreeSet;

use crate::{LinuxError, Tree};

/// Which code of a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// `mm/memblock.c`.
    Memblock,
    /// `mm/bootmem.c`, until 4.19.
    Bootmem,
}

/// The files of a tree that its code is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sources {
    /// Which code it is.
    pub code: Code,
    /// Each file's path in the tree, and its text: the code itself first.
    pub files: Vec<(String, String)>,
    /// The headers that they include and that are stood in for.
    pub stand_ins: Vec<String>,
}

impl Code {
    /// The file of the tree that it is in.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Memblock => "mm/memblock.c",
            Self::Bootmem => "mm/bootmem.c",
        }
    }

    /// Where a tree until 4.19 hands memory over that memblock kept.
    pub(crate) const NOBOOTMEM: &'static str = "mm/nobootmem.c";

    /// Its header.
    const fn header(self) -> &'static str {
        match self {
            Self::Memblock => "linux/memblock.h",
            Self::Bootmem => BOOTMEM_HEADER,
        }
    }
}

/// The header of bootmem, and of what stood in for it until 4.19.
const BOOTMEM_HEADER: &str = "linux/bootmem.h";

/// The headers of mm/ that say what other files of mm/ have for this one; of these little is wanted, and that is stood in for.
const OF_OTHERS: &[&str] = &["internal.h", "mm_init.h", "slab.h"];

impl Sources {
    /// Reads the code, its header, and what new files of mm/ they include.
    ///
    /// # Errors
    /// [`LinuxError`] when a file is missing or cannot be read.
    pub fn read(tree: &Tree, code: Code) -> Result<Self, LinuxError> {
        let mut new = Self { code, files: Vec::new(), stand_ins: Vec::new() };
        let mut wanted = vec![code.file().to_owned(), format!("include/{}", code.header())];
        if code == Code::Memblock && tree.read(Code::NOBOOTMEM)?.is_some() {
            wanted.extend([Code::NOBOOTMEM.to_owned(), format!("include/{BOOTMEM_HEADER}")]);
        }
        while let Some(path) = wanted.first().cloned() {
            wanted.remove(0);
            if new.files.iter().any(|(known, _)| *known == path) {
                continue;
            }
            let text = tree.need(&path)?;
            for (name, quoted) in includes(&text) {
                let beside = format!("mm/{name}");
                if name == code.header() || name == BOOTMEM_HEADER && new.reads(&wanted, BOOTMEM_HEADER) {
                    continue;
                }
                if quoted && !OF_OTHERS.contains(&&name[..]) && tree.read(&beside)?.is_some() {
                    wanted.push(beside);
                } else if !new.stand_ins.contains(&name) {
                    new.stand_ins.push(name);
                }
            }
            new.files.push((path, text));
        }
        Ok(new)
    }

    /// Whether a header of the tree is read, or will be.
    fn reads(&self, wanted: &[String], header: &str) -> bool {
        let path = format!("include/{header}");
        wanted.contains(&path) || self.files.iter().any(|(known, _)| *known == path)
    }

    /// All of their text, without comments, with one space for all white space.
    pub(crate) fn squeezed(&self) -> String {
        let all: String = self.files.iter().map(|(_, text)| without_comments(text)).collect();
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a name stands anywhere as a word of its own.
    pub(crate) fn mention(&self, name: &str) -> bool {
        self.files.iter().any(|(_, text)| words(text).any(|word| word == name))
    }

    /// The options of the kernel's configuration that they ask for, in order.
    pub(crate) fn options(&self) -> BTreeSet<&str> {
        let all = self.files.iter().flat_map(|(_, text)| words(text));
        all.filter(|word| word.strip_prefix("CONFIG_").is_some_and(|rest| !rest.is_empty())).collect()
    }

    /// Where a name is first called: the file and the line.
    pub(crate) fn first_call(&self, name: &str) -> Option<(&str, u32)> {
        let called = format!("{name}(");
        self.files.iter().find_map(|(path, text)| {
            let line = (1..).zip(text.lines()).find(|(_, line)| line.contains(&called));
            line.map(|(number, _)| (&path[..], number))
        })
    }
}

/// The names in a text, and its keywords and numbers.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The files that a text includes, and whether in quotes.
fn includes(text: &str) -> Vec<(String, bool)> {
    let name = |line: &str| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
        let close = match rest.chars().next()? {
            '<' => '>',
            '"' => '"',
            _ => return None,
        };
        let (name, _) = rest[1..].split_once(close)?;
        Some((name.to_owned(), close == '"'))
    };
    text.lines().filter_map(name).collect()
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/*") {
        kept.push_str(code);
        kept.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_found_as_the_preprocessor_finds_them() {
        let text = "#include <linux/a.h>\n # include \"b.h\"\n#include\t<asm/c.h> /* x */\n#define include\n";
        let expected = [("linux/a.h", false), ("b.h", true), ("asm/c.h", false)];
        assert_eq!(includes(text), expected.map(|(name, quoted)| (name.to_owned(), quoted)));
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(without_comments("a /* b */ c /* d\n */ e /* f"), "a   c   e  ");
    }
}
