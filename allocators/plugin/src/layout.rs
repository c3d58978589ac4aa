//! The same code laid out otherwise: how much of a time is an accident of where functions and data lie.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::compile::{CompileError, Compiler, digest_of, io};

/// What makes an object in which each function and each variable has a section of its own, so that they can be laid out.
pub const OBJECT_FLAGS: &[&str] = &["-c", "-ffunction-sections", "-fdata-sections"];

/// A layout of a strategy's code: in which order its functions and variables lie, and how far apart.
///
/// It is drawn from the strategy's label, a seed and a number. Labels of a plan differ, so that two strategies are laid out
/// independently though their code be the same; all three give the same layout again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout<'l> {
    /// What the strategy is called.
    pub label: &'l str,
    /// What all layouts of a run are drawn from.
    pub seed: u64,
    /// Which of its layouts, from 1 on.
    pub number: u32,
}

/// The sections that are laid out, each kind before where it usually is.
///
/// What is only read is left there: constants, and tables that the system's linker fills.
const KINDS: [&str; 3] = [".text", ".data", ".bss"];

/// What laying out wants of the linker: that a script adds to its own, which of those that there are GNU's alone takes.
const LINKER: &str = "-fuse-ld=bfd";

impl Layout<'_> {
    /// What the name of a library in this layout ends with: `-`, digits that stand for label and seed, `-`, and the number.
    #[must_use]
    pub fn suffix(self) -> String {
        let digest = digest_of([self.label.as_bytes(), &self.seed.to_le_bytes()]);
        format!("-{}-{}", &digest[..8], self.number)
    }

    /// A number that this layout has for a name: all of them together are as good as drawn.
    fn draw(self, name: &str) -> u64 {
        let (seed, number) = (self.seed.to_le_bytes(), self.number.to_le_bytes());
        let digest = digest_of([self.label.as_bytes(), &seed[..], &number[..], name.as_bytes()]);
        u64::from_str_radix(&digest, 16).unwrap_or_default()
    }

    /// What tells the linker how to lay out these sections; all others go where they usually do.
    fn script(self, sections: &[String]) -> String {
        let mut script = String::new();
        for kind in KINDS {
            let inside = format!("{kind}.");
            let own = sections.iter().filter(|name| name.starts_with(&inside));
            let mut own: Vec<(u64, &String)> = own
                .filter(|name| !name.starts_with(".data.rel.ro"))
                .map(|name| (self.draw(name), name))
                .collect();
            own.sort_unstable();
            let _ = writeln!(script, "SECTIONS {{ {kind}.laid_out : {{");
            for (drawn, name) in own {
                // Sixteen bytes are what compilers align functions to, and four of these steps make a cache line.
                let _ = writeln!(script, "  . = ALIGN(16); . += {}; *({name})", drawn % 4 * 16);
            }
            let _ = writeln!(script, "}} }} INSERT BEFORE {kind};");
        }
        script
    }
}

impl Compiler {
    /// Links objects that were compiled with [`OBJECT_FLAGS`] to a library in this layout, at `out` whole or not at all.
    ///
    /// # Errors
    /// [`CompileError`], with what the linker said.
    pub fn lay_out(&self, objects: &[PathBuf], layout: Layout<'_>, out: &Path) -> Result<(), CompileError> {
        let mut sections = Vec::new();
        for object in objects {
            sections.extend(self.sections(object)?);
        }
        let cache = out.parent().unwrap_or(Path::new("."));
        let folder = tempfile::tempdir_in(cache).map_err(io(cache))?;
        let (script, made) = (folder.path().join("layout.ld"), folder.path().join("made.so"));
        fs::write(&script, layout.script(&sections)).map_err(io(&script))?;
        let mut arguments: Vec<OsString> = ["-shared", "-fPIC", LINKER, "-o"].map(OsString::from).into();
        arguments.push(made.clone().into());
        arguments.extend(objects.iter().map(OsString::from));
        arguments.push("-T".into());
        arguments.push(script.into());
        let output = self.run(arguments)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            return Err(CompileError::Layout { compiler: self.name(), said });
        }
        fs::rename(&made, out).map_err(io(out))
    }

    /// The names of an object's sections.
    fn sections(&self, object: &Path) -> Result<Vec<String>, CompileError> {
        let named = self.run(["-print-prog-name=objdump"])?;
        let objdump = String::from_utf8_lossy(&named.stdout).trim().to_owned();
        let output = Command::new(&objdump).arg("-h").arg(object).env("LC_ALL", "C").output();
        let output = output.map_err(|why| CompileError::Io { file: objdump.into(), why })?;
        let text = String::from_utf8_lossy(&output.stdout);
        // A line for each: its index, its name, its size and more.
        let name = |line: &str| {
            let mut words = line.split_whitespace();
            words.next()?.parse::<u32>().ok()?;
            words.next().map(str::to_owned)
        };
        Ok(text.lines().filter_map(name).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(label: &str, number: u32) -> String {
        let names =
            [".text", ".text.a", ".text.b", ".text.unlikely.b", ".bss.x", ".data.rel.ro.local.t", ".rodata"];
        Layout { label, seed: 1, number }.script(&names.map(str::to_owned))
    }

    #[test]
    fn a_layout_is_drawn_from_label_and_number_and_has_every_function_once() {
        assert_eq!(script("v6.1", 3), script("v6.1", 3));
        let different: std::collections::BTreeSet<String> =
            (1..=20).flat_map(|number| [script("v6.1", number), script("v6.12", number)]).collect();
        // A few sections have few layouts, so that two may be drawn alike.
        assert!(different.len() > 35, "{}", different.len());
        let orders: std::collections::BTreeSet<Vec<usize>> = (1..=100)
            .map(|number| {
                let script = script("v6.1", number);
                [".text.a)", ".text.b)", ".text.unlikely.b)"].map(|name| script.find(name).unwrap()).into()
            })
            .map(|places: Vec<usize>| {
                let mut order = vec![0, 1, 2];
                order.sort_by_key(|&at| places[at]);
                order
            })
            .collect();
        assert_eq!(orders.len(), 6, "all orders of three functions");
        for name in ["(.text.a)", "(.text.unlikely.b)", "(.bss.x)"] {
            assert_eq!(script("v6.1", 1).matches(name).count(), 1);
        }
        assert!(!script("v6.1", 1).contains("rel.ro") && !script("v6.1", 1).contains("(.text)"));
    }
}
