//! `machine:FILE(BOOT)`: a boot on a machine, wherever a trace is asked for.

use std::fmt::{self, Display, Formatter};

/// What such a recipe begins with.
pub const PREFIX: &str = "machine:";

/// A file that holds a machine or a memory map, and the boot whose requests are made on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MachineRecipe {
    /// The path of the file.
    pub file: String,
    /// The boot: a name of the corpus, the path of a trace, or a recipe.
    pub boot: String,
}

impl Display for MachineRecipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}({})", self.file, self.boot)
    }
}

impl MachineRecipe {
    /// Reads `machine:FILE(BOOT)`; the prefix must be there. A boot may be a recipe with parentheses of its own, a file's name
    /// may have some before.
    ///
    /// # Errors
    /// How it is written, if it is not written so.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a recipe: it is written machine:FILE(BOOT), such as machine:board.dtb(arm64-6.1-uefi-2g)"
            )
        };
        let rest = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(')')).ok_or_else(wrong)?;
        let mut depth = 1;
        let open = rest.char_indices().rev().find(|&(_, char)| {
            depth += i32::from(char == ')') - i32::from(char == '(');
            depth == 0
        });
        let (file, boot) = open.map(|(at, _)| (&rest[..at], &rest[at + 1..])).ok_or_else(wrong)?;
        if file.is_empty() || boot.is_empty() {
            return Err(wrong());
        }
        Ok(Self { file: file.to_owned(), boot: boot.to_owned() })
    }
}
