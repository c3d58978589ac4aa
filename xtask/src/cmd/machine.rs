//! `cargo xtask machine`: from a memory map to a machine.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use reports::harmless::line;
use workloads::machine::{Hardware, MAGIC, Maps};

use crate::write;

/// Makes a machine out of memory maps, for whoever has no log of the boot allocator.
///
/// A map is what a kernel printed of E820, EFI, SRAT and its nodes in `dmesg`, `/proc/iomem` (read as root), `lsmem`, a device
/// tree (.dtb or .dts), `numactl -H`, U-Boot's `bdinfo`, or `memmap` of the UEFI shell. Which it is shows by its content; several
/// in one file, or in several, are put together. `cargo xtask replay-on` makes a recorded boot's requests on the machine.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  dmesg | cargo xtask machine -\n  cargo xtask machine board.dtb -o board.machine\n  \
    cargo xtask machine dmesg.txt.xz numactl.txt -o server.machine"
)]
pub(crate) struct Args {
    /// Files with memory maps of one machine, or `-` for the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The file to write the machine to [default: print it]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// What to call the machine, in place of what its maps call it
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut hardware = read(&args.files)?;
    if let Some(name) = &args.name {
        line(name).trim().clone_into(&mut hardware.name);
        if hardware.name.is_empty() {
            bail!("--name is empty");
        }
    }
    let Some(path) = &args.output else {
        io::stdout().lock().write_all(hardware.to_string().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    write::atomically(path, hardware.to_string().as_bytes())?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}: {}", path.display(), line(&about(&hardware)))?;
    for note in &hardware.notes {
        writeln!(out, "  {}", line(note))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The machine that the maps in `files` describe, or the only one's if that is a machine already.
pub(crate) fn read(files: &[PathBuf]) -> anyhow::Result<Hardware> {
    let mut maps = Maps::default();
    for file in files {
        let (name, mut reader) = open(file)?;
        let mut head = Vec::new();
        let unreadable = || format!("cannot read {}", file.display());
        reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut head).with_context(unreadable)?;
        let mut whole = head.as_slice().chain(reader);
        if head != MAGIC.as_bytes() {
            maps.take_with(whole, &name, &|path| beside(file, path))?;
            continue;
        }
        if files.len() > 1 {
            bail!(
                "{} is a machine already: maps are put together before, with `cargo xtask machine MAP MAP`",
                file.display()
            );
        }
        let mut text = String::new();
        whole.read_to_string(&mut text).with_context(unreadable)?;
        return text.parse().with_context(|| name.clone());
    }
    Ok(maps.machine()?)
}

/// The text of a file that `file` includes.
fn beside(file: &Path, path: &Path) -> Option<String> {
    fs::read_to_string(file.parent()?.join(path)).ok()
}

fn open(file: &Path) -> anyhow::Result<(String, Box<dyn Read>)> {
    if file == Path::new("-") {
        return Ok(("stdin".into(), Box::new(io::stdin().lock())));
    }
    if file.is_dir() {
        bail!("{} is a folder; a memory map is a file", file.display());
    }
    let reader = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok((file.display().to_string(), Box::new(reader)))
}

/// What a machine is, in one line.
pub(crate) fn about(hardware: &Hardware) -> String {
    let nodes = hardware.nids().len().max(1) + hardware.memoryless_nodes.len();
    let arch = hardware.arch.as_deref().unwrap_or("of an unknown architecture");
    format!(
        "{}, {arch}, {} in {} range(s), {nodes} node(s), {} reserved, {} unusable",
        hardware.name,
        size(hardware.bytes()),
        hardware.memory.len(),
        hardware.reserved.len(),
        hardware.unusable.len()
    )
}

fn size(bytes: u64) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.2} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}
