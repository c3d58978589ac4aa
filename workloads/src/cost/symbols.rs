//! A kernel's functions, as the plugin is told of them.

use std::fmt::Write as _;

use crate::ksyms::{Kernel, NoSymbols, Symbol, kernel};

use super::model::Kind;
use super::names::{Meaning, meaning};

/// A kernel's functions, as the plugin is told of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbols {
    /// The kernel's release.
    pub release: String,
    /// A line for each function, as `workloads/plugin/src/table.rs` describes it.
    pub table: String,
    /// Functions with names like the allocator's that are not in our table: their calls are nobody's.
    pub unknown: Vec<String>,
}

/// The functions of the kernel in `image`.
///
/// # Errors
/// [`NoSymbols`] says what to do about it.
pub fn symbols(image: &[u8]) -> Result<Symbols, NoSymbols> {
    Ok(of(&kernel(image)?))
}

pub(super) fn of(kernel: &Kernel) -> Symbols {
    let mut table = String::new();
    let mut unknown = Vec::new();
    let mut written = 0;
    for same in kernel.symbols.chunk_by(|a, b| a.address == b.address) {
        let Some(symbol) = best(same).filter(|symbol| symbol.address > written) else { continue };
        written = symbol.address;
        let local = symbol.local_entry.map_or_else(|| "-".into(), |entry| format!("{entry:x}"));
        let name = if is_end(&symbol.name) { "[outside]" } else { &symbol.name };
        let (kind, part) = match meaning(name) {
            // Each step of an iterator is a call: they are counted and not listed.
            Meaning::Call(Kind::Query) => ("~query", "-"),
            Meaning::Call(kind) => (kind.word(), "-"),
            Meaning::Does(part) => ("-", part.word()),
            Meaning::Nothing => ("-", "-"),
            Meaning::Unknown => {
                unknown.push(name.to_owned());
                ("-", "-")
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{:x} {local} {kind} {part} {name}", symbol.address);
    }
    Symbols { release: kernel.release.clone().unwrap_or_else(|| "unknown".into()), table, unknown }
}

/// Of the names of one address, the one that is in our table of names, else the first of code.
fn best(same: &[Symbol]) -> Option<&Symbol> {
    let code = || same.iter().filter(|symbol| symbol.is_code());
    code().find(|symbol| meaning(&symbol.name) != Meaning::Nothing).or_else(|| code().next())
}

/// Whether a symbol marks the end of code: what follows has no names.
fn is_end(name: &str) -> bool {
    matches!(
        name,
        "_etext" | "_einittext" | "__init_end" | "_etext_amode31" | "__exittext_end" | "__inittext_end"
    )
}
