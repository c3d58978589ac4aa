//! What must be installed before a machine can boot.

use std::env;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

use super::command::{EDK2_ARM64, OVMF};
use super::{Arch, Firmware, Machine};

/// The key that Debian's indexes are signed with.
pub(super) const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What is missing, with the packages that hold it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing(Vec<Need>);

type Need = (&'static str, &'static str);

/// All that `machines` need and this host lacks, or `None` if it lacks nothing. `to_fetch` tells of each whether its
/// kernel has yet to be fetched.
#[must_use]
pub fn missing<'a>(machines: impl IntoIterator<Item = (&'a Machine, bool)>) -> Option<Missing> {
    let mut missing = Vec::new();
    for (machine, to_fetch) in machines {
        for need in needs(machine, to_fetch) {
            if !missing.contains(&need) && !is_there(need.0) {
                missing.push(need);
            }
        }
    }
    (!missing.is_empty()).then_some(Missing(missing))
}

/// Programs and files, each with its Debian package.
fn needs(machine: &Machine, to_fetch: bool) -> Vec<Need> {
    let platform = machine.arch.platform();
    let mut needs = vec![(platform.qemu, platform.qemu_package)];
    match (machine.firmware, machine.arch) {
        (Firmware::Bios, _) => {}
        (Firmware::Uefi, Arch::Arm64) => needs.push((EDK2_ARM64, "qemu-efi-aarch64")),
        (Firmware::Uefi, _) => needs.extend(OVMF.map(|file| (file, "ovmf"))),
    }
    if to_fetch {
        let tools = [("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg"), ("tar", "tar")];
        needs.extend(tools);
        needs.push((KEYRING, "debian-archive-keyring"));
    }
    needs
}

/// Whether a file is there, or a program on the path.
fn is_there(what: &str) -> bool {
    if what.starts_with('/') {
        return Path::new(what).exists();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(what).is_file())
}

impl Display for Missing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        let mut packages: Vec<&str> = self.0.iter().map(|(_, package)| *package).collect();
        packages.sort_unstable();
        packages.dedup();
        write!(
            f,
            "missing: {}. On Debian and its relatives this installs all of it:\n  sudo apt-get install {}",
            names.join(", "),
            packages.join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_stands_in_one_message() {
        let missing =
            Missing(vec![("qemu-system-s390x", "qemu-system-misc"), (OVMF[0], "ovmf"), (OVMF[1], "ovmf")]);
        let text = missing.to_string();
        assert!(text.contains("missing: qemu-system-s390x, /usr/share/OVMF/OVMF_CODE_4M.fd, "), "{text}");
        assert!(text.ends_with("\n  sudo apt-get install ovmf qemu-system-misc"), "{text}");
    }

    #[test]
    fn a_file_is_looked_for_where_it_belongs_and_a_program_on_the_path() {
        assert!(is_there("sh"));
        assert!(is_there("/"));
        assert!(!is_there("no-such-program"));
    }
}
