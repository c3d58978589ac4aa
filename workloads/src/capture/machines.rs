//! The machines of `machines.toml`.

use std::collections::BTreeMap;

use toml::Table;

use super::Machine;

/// The machines that come with the project.
const BUILT_IN: &str = include_str!("../../machines.toml");

/// Why a description of machines is no good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// It is no TOML, or not of the expected shape. The text shows the place.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A machine contradicts itself.
    #[error("machine {name}: {why}")]
    Contradiction {
        /// Its name.
        name: String,
        /// A sentence.
        why: String,
    },
}

/// Reads machines, each a table, and gives them by name; `None` gives those that come with the project.
///
/// # Errors
/// [`MachineError`] names the machine or shows the place.
pub fn machines(text: Option<&str>) -> Result<BTreeMap<String, Machine>, MachineError> {
    let machines: BTreeMap<String, Machine> = toml::from_str(text.unwrap_or(BUILT_IN))?;
    for (name, machine) in &machines {
        check(name, machine)?;
    }
    Ok(machines)
}

/// Makes a machine of its fields.
///
/// # Errors
/// [`MachineError`] names the field or says why the machine contradicts itself.
pub fn machine(name: &str, fields: Table) -> Result<Machine, MachineError> {
    let machine = fields.try_into()?;
    check(name, &machine)?;
    Ok(machine)
}

fn check(name: &str, machine: &Machine) -> Result<(), MachineError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let why = if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain) {
        machine.check()
    } else {
        Err("a name is made of letters, digits, `.`, `_` and `-`, as it becomes a file's".to_owned())
    };
    why.map_err(|why| MachineError::Contradiction { name: name.to_owned(), why })
}
