//! The description of a machine.

use std::path::PathBuf;

use serde::Deserialize;

use super::extras::{Dimm, Holes, Interleave, SratRange};
use super::{Arch, Node, Nodes, Package, Size, nodes};

/// A machine: a few lines of `machines.toml`.
///
/// What is left out is the board's usual: one CPU, no nodes, Debian's usual kernel of that architecture.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Machine {
    /// What a boot on it shows, in a sentence.
    #[serde(default)]
    pub shows: String,
    /// What it does not show, though its name may suggest it.
    #[serde(default)]
    pub lacks: String,
    /// The architecture.
    pub arch: Arch,
    /// QEMU's board, such as `pc-i440fx-7.2`.
    pub board: Option<String>,
    /// QEMU's CPU model.
    pub cpu: Option<String>,
    /// What runs ahead of the kernel.
    #[serde(default)]
    pub firmware: Firmware,
    /// All of its memory, that of `dimms` apart.
    pub memory: Size,
    /// How many CPUs it has.
    #[serde(default = "one")]
    pub cpus: u32,
    /// Its nodes.
    #[serde(default)]
    pub nodes: Nodes,
    /// The CPUs of each node as QEMU writes them, where they are not dealt out in blocks.
    pub node_cpus: Option<Vec<String>>,
    /// Nodes that take turns, which QEMU cannot build: an ACPI table that says so.
    pub interleave: Option<Interleave>,
    /// The ranges of an ACPI table, where `interleave` does not say enough.
    #[serde(default)]
    pub srat: Vec<SratRange>,
    /// Memory modules beside `memory`.
    #[serde(default)]
    pub dimms: Vec<Dimm>,
    /// How many modules fit in.
    #[serde(default)]
    pub slots: u32,
    /// How far memory may grow by modules.
    pub max_memory: Option<Size>,
    /// The kernel's package.
    pub package: Option<Package>,
    /// The kernel's image, in place of a package.
    pub image: Option<PathBuf>,
    /// What stands on the kernel's command line, beside what makes it print.
    #[serde(default)]
    pub append: String,
    /// What makes the kernel print, where the architecture's usual does not.
    pub console: Option<String>,
    /// Whether the kernel may choose its own place.
    #[serde(default)]
    pub kaslr: bool,
    /// Holes by `memmap=`.
    pub holes: Option<Holes>,
    /// The size of an initial RAM disk.
    pub initrd: Option<Size>,
    /// Further arguments of QEMU's.
    #[serde(default)]
    pub qemu_args: Vec<String>,
    /// How many seconds a boot may take, where the usual is too short.
    pub time_limit: Option<u64>,
}

/// What runs ahead of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Firmware {
    /// What the board has: a BIOS on x86, nothing on most others.
    #[default]
    Bios,
    /// UEFI.
    Uefi,
}

const fn one() -> u32 {
    1
}

impl Machine {
    /// Its board.
    #[must_use]
    pub fn board(&self) -> &str {
        self.board.as_deref().unwrap_or(self.arch.platform().board)
    }

    /// The package of its kernel, unless it has an image.
    #[must_use]
    pub fn package(&self) -> Option<Package> {
        let (suite, name) = self.arch.platform().kernel;
        let usual = || Package { suite: suite.into(), name: name.into() };
        self.image.is_none().then(|| self.package.clone().unwrap_or_else(usual))
    }

    /// Its nodes with their CPUs.
    ///
    /// # Errors
    /// A sentence, when it contradicts itself.
    pub fn numa(&self) -> Result<Vec<Node>, String> {
        let sizes = self.nodes.sizes(self.memory)?;
        let cpus = match &self.node_cpus {
            Some(cpus) if cpus.len() == sizes.len() => cpus.clone(),
            Some(cpus) => {
                return Err(format!("it has {} nodes, and node-cpus are of {}", sizes.len(), cpus.len()));
            }
            None => nodes::deal_out(self.cpus, sizes.len()),
        };
        Ok(sizes.into_iter().zip(cpus).map(|(memory, cpus)| Node { memory, cpus }).collect())
    }

    /// Checks what its lines say against each other.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.memory.0 < 1 << 20 || !self.memory.0.is_multiple_of(1 << 20) {
            return Err(format!("{} of memory is not some whole MiB", self.memory));
        }
        if !(1..=4096).contains(&self.cpus) {
            return Err(format!("{} CPUs; there are 1 to 4096", self.cpus));
        }
        if self.package.is_some() && self.image.is_some() {
            return Err("it names both a package and an image; one of the two is its kernel".into());
        }
        if self.firmware == Firmware::Uefi && !matches!(self.arch, Arch::X86_64 | Arch::Arm64) {
            return Err(format!("{} has no UEFI here; x86_64 and arm64 do", self.arch.name()));
        }
        let nodes = self.numa()?;
        if let Some(dimm) = self.dimms.iter().find(|dimm| dimm.node as usize >= nodes.len()) {
            return Err(format!("a module is on node {}, and it has {} nodes", dimm.node, nodes.len()));
        }
        if (self.slots > 0) != self.max_memory.is_some() || self.dimms.len() > self.slots as usize {
            return Err("modules need both slots, one for each, and max-memory".into());
        }
        let own_table = self.interleave.is_some() || !self.srat.is_empty();
        if own_table && (!nodes.is_empty() || self.arch != Arch::X86_64) {
            return Err("interleave and srat are of x86_64, and in place of nodes".into());
        }
        if self.interleave.as_ref().is_some_and(|interleave| !interleave.is_sound()) {
            return Err("interleave needs a stripe of 1M at least and one node at least".into());
        }
        let lines = [&self.append, &self.shows, &self.lacks].into_iter().chain(&self.console);
        if lines.into_iter().any(|line| line.contains(|c: char| c.is_control())) {
            return Err("append, console, shows and lacks are single lines".into());
        }
        Ok(())
    }
}
