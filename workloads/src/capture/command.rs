//! The command line that makes QEMU a machine.

use std::path::PathBuf;

use super::extras::Holes;
use super::{Arch, Firmware, Machine};

/// The files that a machine is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The kernel's image.
    pub kernel: PathBuf,
    /// The initial RAM disk.
    pub initrd: Option<PathBuf>,
    /// The ACPI table.
    pub srat: Option<PathBuf>,
}

/// What OVMF is made of: its code, and the variables that it starts with.
pub(super) const OVMF: [&str; 2] = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"];
/// UEFI for arm64.
pub(super) const EDK2_ARM64: &str = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd";

/// What is watched of a boot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watch<'a> {
    /// Its console, which is QEMU's standard output, on which the boot allocator says all that it does.
    Console,
    /// Its instructions, by the plugin that this option of QEMU's names. It has no console, prints nothing, and its kernel
    /// stays where it was linked to.
    Instructions(&'a str),
}

/// QEMU and its arguments. The guest has no network and no disk.
///
/// # Errors
/// A sentence, when the machine contradicts itself.
pub fn qemu(machine: &Machine, files: &Files, watch: Watch<'_>) -> Result<Vec<String>, String> {
    machine.check()?;
    let platform = machine.arch.platform();
    let mut line = Line(vec![platform.qemu.to_owned()]);
    line.words("-nodefaults -no-user-config -display none -no-reboot -nic none -monitor none -accel tcg");
    match watch {
        Watch::Console => line.pair("-serial", "stdio"),
        Watch::Instructions(plugin) => {
            line.pair("-serial", "none");
            line.pair("-plugin", plugin);
        }
    }
    memory(&mut line, machine)?;
    line.pair("-cpu", machine.cpu.as_deref().unwrap_or(platform.cpu));
    line.pair("-smp", machine.cpus.to_string());
    if machine.firmware == Firmware::Uefi {
        uefi(&mut line, machine.arch);
    }
    if let Some(srat) = &files.srat {
        line.pair("-acpitable", format!("file={}", escaped(&srat.display().to_string())));
    }
    line.0.extend(machine.qemu_args.iter().cloned());
    line.pair("-kernel", files.kernel.display().to_string());
    if let Some(initrd) = &files.initrd {
        line.pair("-initrd", initrd.display().to_string());
    }
    line.pair("-append", kernel_parameters(machine, watch));
    Ok(line.0)
}

/// The board with its memory. `reserve=off`: a guest that is larger than the host touches little of it before the
/// hand-over, and the host must not ask for all of it at once.
fn memory(line: &mut Line, machine: &Machine) -> Result<(), String> {
    let backend = |id: &str, size| format!("memory-backend-ram,id={id},size={size},reserve=off");
    let nodes = machine.numa()?;
    let board = machine.board();
    if nodes.is_empty() {
        line.pair("-machine", format!("{board},memory-backend=ram"));
        line.pair("-object", backend("ram", machine.memory));
    } else {
        line.pair("-machine", board);
    }
    let size = machine.memory;
    line.pair(
        "-m",
        match machine.max_memory {
            Some(most) => format!("{size},slots={},maxmem={most}", machine.slots),
            None => size.to_string(),
        },
    );
    for (nid, node) in nodes.iter().enumerate() {
        let mut numa = vec![format!("node,nodeid={nid}")];
        if node.memory.0 > 0 {
            line.pair("-object", backend(&format!("m{nid}"), node.memory));
            numa.push(format!("memdev=m{nid}"));
        }
        if !node.cpus.is_empty() {
            numa.push(format!("cpus={}", node.cpus));
        }
        line.pair("-numa", numa.join(","));
    }
    for (n, dimm) in machine.dimms.iter().enumerate() {
        line.pair("-object", backend(&format!("d{n}"), dimm.size));
        line.pair("-device", format!("pc-dimm,id=dimm{n},memdev=d{n},node={}", dimm.node));
    }
    Ok(())
}

fn uefi(line: &mut Line, arch: Arch) {
    if arch == Arch::Arm64 {
        line.pair("-bios", EDK2_ARM64);
        return;
    }
    let [code, variables] = OVMF;
    line.pair("-drive", format!("if=pflash,format=raw,unit=0,readonly=on,file={code}"));
    // What the firmware writes goes to a file of QEMU's that is gone with it.
    line.pair("-drive", format!("if=pflash,format=raw,unit=1,snapshot=on,file={variables}"));
}

/// The kernel's own command line.
fn kernel_parameters(machine: &Machine, watch: Watch<'_>) -> String {
    let console = machine.console.as_deref().unwrap_or(machine.arch.platform().console);
    let mut words = match watch {
        Watch::Console => vec![format!("memblock=debug {console} panic=-1 loglevel=8")],
        Watch::Instructions(_) => {
            // The log's size is a matter of the boot allocator, whoever prints it.
            let size = console.split(' ').filter(|word| word.starts_with("log_buf_len="));
            size.chain(["panic=-1 loglevel=0"]).map(str::to_owned).collect()
        }
    };
    if !machine.kaslr || watch != Watch::Console {
        words.push("nokaslr".into());
    }
    if !machine.append.is_empty() {
        words.push(machine.append.clone());
    }
    words.extend(machine.holes.into_iter().flat_map(Holes::parameters));
    words.join(" ")
}

/// In a list of options a comma that is part of a value is doubled.
pub(crate) fn escaped(path: &str) -> String {
    path.replace(',', ",,")
}

struct Line(Vec<String>);

impl Line {
    fn words(&mut self, words: &str) {
        self.0.extend(words.split(' ').map(str::to_owned));
    }

    fn pair(&mut self, option: &str, value: impl Into<String>) {
        self.0.extend([option.to_owned(), value.into()]);
    }
}
