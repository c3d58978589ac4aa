//! Which machines to boot.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use toml::{Table, Value};
use workloads::capture::{Arch, Machine, machine, machines};

/// Which machines a command takes.
#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Names of machines, or globs such as 'arm64-*'
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Take every machine.
    #[arg(long, conflicts_with = "names")]
    all: bool,
    #[command(flatten)]
    described: Described,
    /// Take the machines of this file in place of the built-in ones.
    #[arg(long, value_name = "FILE")]
    machines: Option<PathBuf>,
}

/// A machine on the command line.
#[derive(clap::Args)]
#[command(next_help_heading = "A machine of your own")]
struct Described {
    /// Its architecture.
    #[arg(long, conflicts_with_all = ["names", "all"], 
          value_parser = clap::builder::PossibleValuesParser::new(Arch::ALL.map(Arch::name)))]
    arch: Option<String>,
    /// What it is called, and its trace with it [default: made of its architecture and memory].
    #[arg(long, requires = "arch")]
    name: Option<String>,
    /// Its memory, such as 512M or 8G [default: 2G].
    #[arg(long, requires = "arch", value_name = "SIZE")]
    memory: Option<String>,
    /// How many CPUs.
    #[arg(long, requires = "arch", value_name = "N")]
    cpus: Option<u32>,
    /// How many equal nodes, or the size of each: 4, 1G,0,3G or 16x60G.
    #[arg(long, requires = "arch")]
    nodes: Option<String>,
    /// What runs ahead of the kernel: bios or uefi.
    #[arg(long, requires = "arch")]
    firmware: Option<String>,
    /// QEMU's board, such as pc-i440fx-7.2.
    #[arg(long, requires = "arch")]
    board: Option<String>,
    /// QEMU's CPU model.
    #[arg(long, requires = "arch", value_name = "MODEL")]
    cpu: Option<String>,
    /// Boot this image [default: the architecture's usual kernel of Debian].
    #[arg(long, requires = "arch", value_name = "PATH", conflicts_with = "package")]
    kernel: Option<PathBuf>,
    /// Boot the kernel of this package of Debian's, such as bookworm-backports/linux-image-cloud-amd64.
    #[arg(long, requires = "arch", value_name = "SUITE/PACKAGE")]
    package: Option<String>,
    /// Add this to the kernel's command line.
    #[arg(long, requires = "arch", value_name = "PARAMETERS", allow_hyphen_values = true)]
    append: Option<String>,
    /// Put this in place of what makes the kernel print, such as earlycon=… console=….
    #[arg(long, requires = "arch", value_name = "PARAMETERS")]
    console: Option<String>,
    /// Load an initial RAM disk of this size.
    #[arg(long, requires = "arch", value_name = "SIZE")]
    initrd: Option<String>,
    /// Let the kernel choose its own place.
    #[arg(long, requires = "arch")]
    kaslr: bool,
}

/// A machine with its name.
pub(crate) struct Chosen {
    pub(crate) name: String,
    pub(crate) machine: Machine,
}

impl Selection {
    /// The machines that were asked for, by name. Where none was, all if `usually_all`.
    pub(crate) fn choose(&self, usually_all: bool) -> anyhow::Result<Vec<Chosen>> {
        if let Some(arch) = &self.described.arch {
            return Ok(vec![self.described.machine(arch)?]);
        }
        let known = match &self.machines {
            None => machines(None)?,
            Some(path) => {
                let text =
                    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                machines(Some(&text)).with_context(|| path.display().to_string())?
            }
        };
        let everything = self.all || (usually_all && self.names.is_empty());
        if self.names.is_empty() && !everything {
            bail!(
                "name a machine, describe one by --arch, or say --all; `cargo xtask capture --list` shows what there is"
            );
        }
        let mut globs = Vec::new();
        for name in &self.names {
            let glob = glob::Pattern::new(name).with_context(|| format!("`{name}` is not a glob"))?;
            if !known.keys().any(|known| glob.matches(known)) {
                bail!("no machine is called `{name}`; `cargo xtask capture --list` names them all");
            }
            globs.push(glob);
        }
        let wanted = |name: &String| everything || globs.iter().any(|glob| glob.matches(name));
        let chosen = known.into_iter().filter(|(name, _)| wanted(name));
        Ok(chosen.map(|(name, machine)| Chosen { name, machine }).collect())
    }
}

impl Described {
    fn machine(&self, arch: &str) -> anyhow::Result<Chosen> {
        let memory = self.memory.as_deref().unwrap_or("2G");
        let mut fields = Table::new();
        let mut put = |field: &str, value: Option<Value>| {
            fields.extend(value.map(|value| (field.to_owned(), value)));
        };
        let text = |text: &Option<String>| text.clone().map(Value::String);
        put("arch", Some(arch.into()));
        put("memory", Some(memory.into()));
        put("cpus", self.cpus.map(Value::from));
        put("kaslr", Some(self.kaslr.into()));
        put("nodes", text(&self.nodes));
        put("firmware", text(&self.firmware));
        put("board", text(&self.board));
        put("cpu", text(&self.cpu));
        put("package", text(&self.package));
        put("append", text(&self.append));
        put("console", text(&self.console));
        put("initrd", text(&self.initrd));
        let name = self.name.clone().unwrap_or_else(|| format!("{arch}-{}", memory.to_lowercase()));
        let mut machine = machine(&name, fields)?;
        machine.image.clone_from(&self.kernel);
        Ok(Chosen { name, machine })
    }
}
