//! `cargo xtask new-strategy`: a strategy that works, to be made into one's own.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use benches::probe;

use crate::write;

/// Makes a new strategy: a file that compiles, is registered and passes every test.
///
/// The file is allocators/src/NAME.rs, a sorted list of what is reserved, simple and slow. Change it step by step: every
/// test, bench, table and plot has the new strategy from the start.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask new-strategy mine\n  \
    cargo xtask compare memblock mine --quick   (afterwards)")]
pub(crate) struct Args {
    /// What it is called: one word of lower-case letters and digits
    name: String,
}

/// The file that new strategies begin with.
const TEMPLATE: &str = include_str!("../../../allocators/template/ledger.rs");

/// What a module cannot be called: the words of the language, and the crates that a path may begin with.
const WORDS: &str = "abstract alloc allocators as async await become box break const continue core crate do dyn else enum \
    extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static \
    std struct super trait true try type typeof unsafe unsized use virtual where while yield";

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let path = add(&root.join("allocators"), &args.name)?;
    let (name, path) = (&args.name, path.strip_prefix(root).unwrap_or(&path).display());
    let mut out = io::stdout().lock();
    writeln!(out, "{path} is the new strategy `{name}`; allocators/src/registry.rs lists it")?;
    writeln!(out, "  cargo test -p allocators                      does it keep the contract?")?;
    writeln!(out, "  cargo xtask compare memblock {name} --quick    is it faster?")?;
    Ok(ExitCode::SUCCESS)
}

/// Adds a strategy of this name to the crate in `allocators`, and returns the path of its file.
fn add(allocators: &Path, name: &str) -> anyhow::Result<PathBuf> {
    check(name)?;
    let src = allocators.join("src");
    let (path, library, registry) =
        (src.join(format!("{name}.rs")), src.join("lib.rs"), src.join("registry.rs"));
    if path.exists() || src.join(name).exists() {
        bail!("`{name}` is the name of a module already: {} exists", path.display());
    }
    let read = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let named = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let file = TEMPLATE.replace("Ledger", &named).replace("\"ledger\"", &format!("\"{name}\""));
    let library_text = with_module(&read(&library)?, name)
        .with_context(|| format!("{} has no list of modules to add to", library.display()))?;
    let registry_text = with_entry(&read(&registry)?, &format!("crate::{name}::{named},"))
        .with_context(|| format!("{} has no list `Usual {{ … }}` to add to", registry.display()))?;
    let files = [(path.clone(), file), (library, library_text), (registry, registry_text)];
    write::all(&files.map(|(path, text)| (path, text.into_bytes())))?;
    Ok(path)
}

fn check(name: &str) -> anyhow::Result<()> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !letters || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        bail!(
            "`{name}` cannot name a strategy: it takes one word of lower-case letters and digits, such as `mine2`"
        );
    }
    if WORDS.split_whitespace().any(|word| word == name) {
        bail!("`{name}` is a word of Rust's own: choose another name");
    }
    if probe::is_known(name) || allocators::registry::list().any(|(known, _)| known == name) {
        bail!("a strategy is called `{name}` already: choose another name");
    }
    Ok(())
}

/// The crate's root with one more public module, where the alphabet puts it.
fn with_module(library: &str, name: &str) -> Option<String> {
    let module = |line: &str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')).map(str::to_owned)
    };
    let mut lines: Vec<String> = library.lines().map(str::to_owned).collect();
    let after = lines.iter().position(|line| module(line).is_some_and(|known| known.as_str() > name));
    let last = lines.iter().rposition(|line| module(line).is_some())?;
    lines.insert(after.unwrap_or(last + 1), format!("pub mod {name};"));
    Some(lines.join("\n") + "\n")
}

/// The registry with one more strategy, at the end of its list.
fn with_entry(registry: &str, entry: &str) -> Option<String> {
    let list = registry.rfind("    Usual {\n")?;
    let end = list + registry[list..].find("\n    }\n")? + 1;
    Some(format!("{}        {entry}\n{}", &registry[..end], &registry[end..]))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A copy of the crate's sources.
    fn copied(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copied(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// Expect the crate to compile without a warning with one strategy more; a second of the same name is refused and
    /// changes nothing.
    #[test]
    fn what_is_made_compiles_and_is_registered() {
        let folder = tempfile::tempdir().unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("allocators");
        copied(&ours.join("src"), &folder.path().join("src"));
        std::fs::copy(ours.join("README.md"), folder.path().join("README.md")).unwrap();
        for name in ["mine2", "zuletzt"] {
            add(folder.path(), name).unwrap();
            assert!(add(folder.path(), name).unwrap_err().to_string().contains("already"));
        }
        let registry = std::fs::read_to_string(folder.path().join("src/registry.rs")).unwrap();
        let listed = "        crate::mine2::Mine2,\n        crate::zuletzt::Zuletzt,\n    }\n";
        assert!(registry.contains(listed), "{registry}");
        let compiled = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-D", "warnings"])
            .args(["--crate-name", "allocators", "src/lib.rs", "--out-dir", "."])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for (name, why) in [
            ("", "cannot name a strategy"),
            ("Mine", "cannot name a strategy"),
            ("my-own", "cannot name a strategy"),
            ("2nd", "cannot name a strategy"),
            ("../evil", "cannot name a strategy"),
            ("loop", "word of Rust's own"),
            ("core", "word of Rust's own"),
            ("memblock", "already"),
            ("idle", "already"),
        ] {
            let error = check(name).unwrap_err().to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
    }

    /// The example in the crate's documentation is the file that new strategies begin with.
    #[test]
    fn the_example_is_the_template() {
        let readme = include_str!("../../../allocators/README.md");
        let shown = TEMPLATE.replace("use crate::{", "use allocators::{");
        assert!(
            readme.contains(&format!("```\n{shown}")),
            "copy allocators/template/ledger.rs into the README"
        );
    }
}
