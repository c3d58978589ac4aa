//! Where a trace comes from, in words.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Files, Firmware, Kernel, Machine, Watch, qemu};

/// The machine in words: `x86_64, 4 GiB in 4 nodes (1G, 0, 3G, 0), 4 CPUs, UEFI (QEMU pc-q35-7.2)`.
///
/// # Errors
/// A sentence, when it contradicts itself.
pub fn describe(machine: &Machine) -> Result<String, String> {
    let mut memory = machine.memory.in_words();
    let nodes = machine.numa()?;
    let sizes: Vec<String> = nodes.iter().map(|node| node.memory.to_string()).collect();
    let split = match (sizes.split_first(), &machine.interleave) {
        (Some((first, rest)), _) => {
            let each = if rest.iter().all(|size| size == first) { first.clone() } else { sizes.join(", ") };
            format!(" in {} of {each}", count(sizes.len(), "node"))
        }
        (None, Some(interleave)) => {
            let turns: Vec<String> = interleave.nodes.iter().map(ToString::to_string).collect();
            format!(" in stripes of {} on nodes {} in turn", interleave.stripe, turns.join(", "))
        }
        (None, None) if machine.srat.is_empty() => String::new(),
        (None, None) => format!(" in {} by an ACPI table", count(machine.srat.len(), "range")),
    };
    memory.push_str(&split);
    let mut words = vec![machine.arch.name().to_owned(), memory];
    words.extend(machine.dimms.iter().map(|dimm| format!("a module of {} on node {}", dimm.size, dimm.node)));
    words.push(count(machine.cpus as usize, "CPU"));
    words.extend(machine.initrd.map(|size| format!("initrd of {}", size.in_words())));
    if machine.firmware == Firmware::Uefi {
        words.push("UEFI".into());
    }
    Ok(format!("{} (QEMU {})", words.join(", "), machine.board()))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// How a boot was recorded, in one line: QEMU, board, firmware, the very kernel, and the command line.
///
/// Names of files lose their folders, so that the line does not depend on where the project lies.
///
/// # Errors
/// A sentence, when the machine contradicts itself.
pub fn provenance(
    machine: &Machine,
    files: &Files,
    kernel: &Kernel,
    watch: Watch<'_>,
) -> Result<String, String> {
    let bare = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
    let bare = Files {
        kernel: bare(&files.kernel),
        initrd: files.initrd.as_deref().map(bare),
        srat: files.srat.as_deref().map(bare),
    };
    let line = qemu(machine, &bare, watch)?;
    let command = if watch == Watch::Console { "capture" } else { "boot-cost" };
    let version = first_line(Command::new(&line[0]).arg("--version"));
    let version = version.and_then(|line| Some(line.split_once("version ")?.1.to_owned()));
    Ok(format!(
        "cargo xtask {command}; QEMU {}; board {}; firmware {}; kernel {}; {}",
        version.as_deref().unwrap_or("of unknown version"),
        machine.board(),
        firmware(machine),
        kernel.origin,
        shell(&line)
    ))
}

/// The firmware with its version, as far as the package manager knows.
fn firmware(machine: &Machine) -> String {
    let package = match (machine.firmware, machine.arch.name()) {
        (Firmware::Bios, _) => machine.arch.platform().firmware,
        (Firmware::Uefi, "arm64") => Some("qemu-efi-aarch64"),
        (Firmware::Uefi, _) => Some("ovmf"),
    };
    // microvm has its own, which comes with QEMU.
    let package =
        package.map(|package| if machine.board() == "microvm" { "qemu-system-data" } else { package });
    let Some(package) = package else { return "none".into() };
    let version = first_line(Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]));
    format!("{package} {}", version.as_deref().unwrap_or("of unknown version"))
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The words of a command line as a shell reads them.
#[must_use]
pub fn shell(line: &[String]) -> String {
    let words: Vec<String> = line.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=,./:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
