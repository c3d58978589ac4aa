//! Strategies that are no part of this project: libraries, files of C, and kernel trees.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use benches::plan::{Boot, LibraryRef, Machines, Member, Source, StrategyRef, TreeRef, Variant, target_of};
use benches::probe::Floor;
use plugin::{Compiler, KERNEL_FLAGS, Layout, OBJECT_FLAGS};

use crate::apart::{self, Facts};
use crate::kernels::{Kernel, LIBRARIES};

/// In how many layouts code is compiled, and what they are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Layouts {
    pub(crate) count: u32,
    pub(crate) seed: u64,
}

impl Layouts {
    fn of(self, label: &str) -> Vec<Layout<'_>> {
        (1..=self.count).map(|number| Layout { label, seed: self.seed, number }).collect()
    }
}

/// Whether what a user names as a strategy is a library or a file of C.
pub(crate) fn is_file(wanted: &str) -> bool {
    matches!(Path::new(wanted).extension().and_then(OsStr::to_str), Some("so" | "c"))
}

/// The strategy in a library, or in a file of C that is compiled first, in so many layouts if that is asked for.
pub(crate) fn file(label: Option<&str>, path: &Path, layouts: Option<Layouts>) -> anyhow::Result<Member> {
    let shown = || path.display().to_string();
    if path.extension() != Some(OsStr::new("c")) {
        if layouts.is_some() {
            bail!("{} is linked already, so it has one layout: with --layouts name its file of C", shown());
        }
        return member(label, path, path, |_| Ok(vec![Variant::at(path, None, None)?]), None);
    }
    let compiler = Compiler::find()?;
    let cache = Path::new(LIBRARIES);
    let library = compiler.library(path, cache)?;
    let source = Source {
        compiler: format!("{} ({})", compiler.name(), compiler.version()),
        flags: flags(KERNEL_FLAGS.iter().map(|&flag| flag.into()), layouts),
        files: vec![std::fs::canonicalize(path).with_context(shown)?],
        tree: None,
    };
    let variants = |label: &str| {
        let Some(layouts) = layouts else { return Ok(vec![Variant::at(&library, None, None)?]) };
        numbered(&compiler.layouts(path, cache, &layouts.of(label))?, None)
    };
    member(label, path, &library, variants, Some(source))
}

/// The member that a library is, which is shown by `path`.
fn member(
    label: Option<&str>,
    path: &Path,
    library: &Path,
    variants: impl FnOnce(&str) -> anyhow::Result<Vec<Variant>>,
    source: Option<Source>,
) -> anyhow::Result<Member> {
    let Facts { name, summary, version } = apart::facts(library, path)?;
    let label = label.unwrap_or(&name).to_owned();
    let strategy = LibraryRef { variants: variants(&label)?, name, summary, version, source };
    Ok(Member { label, strategy: StrategyRef::Library(Box::new(strategy)), program: None })
}

/// What the compiler is told.
fn flags(usual: impl Iterator<Item = String>, layouts: Option<Layouts>) -> Vec<String> {
    usual.chain(layouts.into_iter().flat_map(|_| OBJECT_FLAGS.iter().map(|&flag| flag.into()))).collect()
}

/// Libraries that are the same code in layouts 1, 2 and so on.
fn numbered(libraries: &[PathBuf], machines: Option<Machines>) -> anyhow::Result<Vec<Variant>> {
    let numbered = (1..).zip(libraries);
    numbered.map(|(number, library)| Ok(Variant::at(library, machines, Some(number))?)).collect()
}

/// A kernel's own code, compiled for the machines of these boots, in so many layouts if that is asked for.
pub(crate) fn kernel(
    kernel: &mut Kernel,
    boots: &[Boot],
    layouts: Option<Layouts>,
) -> anyhow::Result<Member> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut source = None;
    for boot in boots {
        let machines = Machines::from(target_of(&boot.trace));
        if variants.iter().any(|known| known.target == Some(machines)) {
            continue;
        }
        let built = kernel.library(&boot.trace)?.clone();
        match layouts {
            Some(layouts) => {
                let libraries = kernel.layouts(&boot.trace, &layouts.of(&kernel.label))?;
                variants.extend(numbered(&libraries, Some(machines))?);
            }
            None => variants.push(Variant::at(&built.library, Some(machines), None)?),
        }
        let tree = TreeRef {
            folder: kernel.tree.folder().into(),
            revision: kernel.tree.commit().map(|_| kernel.tree.name()),
            commit: kernel.tree.commit().map(str::to_owned),
            subject: kernel.tree.subject().map(str::to_owned),
            stubs: built.stubs.iter().map(|stub| stub.name.clone()).collect(),
        };
        source.get_or_insert(Source {
            compiler: format!("{} ({})", kernel.compiler().name(), kernel.compiler().version()),
            // The size of a page is the machine's.
            flags: flags(
                built.flags.into_iter().filter(|flag| !flag.starts_with("-DBA_PAGE_SHIFT")),
                layouts,
            ),
            files: built.files.iter().map(Into::into).collect(),
            tree: Some(tree),
        });
    }
    let strategy = LibraryRef {
        name: "memblock".into(),
        summary: "mm/memblock.c of a kernel tree".into(),
        version: kernel.version.clone(),
        variants,
        source,
    };
    Ok(Member {
        label: kernel.label.clone(),
        strategy: StrategyRef::Library(Box::new(strategy)),
        program: None,
    })
}

/// Has everything that is compared with a library called as a library is, and calls it so that nobody takes it for a kernel's.
pub(crate) fn alike(members: &mut [Member]) -> anyhow::Result<()> {
    if !members.iter().any(|member| matches!(member.strategy, StrategyRef::Library(_))) {
        return Ok(());
    }
    for member in members {
        if member.program.is_some() {
            bail!("`{}` is of another program, which cannot be compared with a library", member.label);
        }
        if let StrategyRef::BuiltIn(name) = &member.strategy {
            // Nobody takes the floor for a kernel's.
            if member.label == *name && name != Floor::NAME {
                member.label = ours(name);
            }
            member.strategy = StrategyRef::BehindAbi(name.clone());
        }
    }
    Ok(())
}

/// What a strategy of this project is called beside a kernel's.
pub(crate) fn ours(name: &str) -> String {
    format!("rust-{name}")
}

/// Whether a library that results name is what it was.
pub(crate) fn unchanged(library: &LibraryRef) -> anyhow::Result<()> {
    library.variants.iter().try_for_each(Variant::unchanged).context("the run cannot be resumed")
}
