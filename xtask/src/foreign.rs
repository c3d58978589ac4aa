//! Strategies that are no part of this project: libraries, files of C, and kernel trees.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, bail};
use benches::plan::{Boot, LibraryRef, Machines, Member, Source, StrategyRef, TreeRef, Variant, target_of};
use plugin::{Compiler, KERNEL_FLAGS};

use crate::apart;
use crate::kernels::{Kernel, LIBRARIES};

/// Whether what a user names as a strategy is a library or a file of C.
pub(crate) fn is_file(wanted: &str) -> bool {
    matches!(Path::new(wanted).extension().and_then(OsStr::to_str), Some("so" | "c"))
}

/// The strategy in a library, or in a file of C that is compiled first.
pub(crate) fn file(label: Option<&str>, path: &Path) -> anyhow::Result<Member> {
    let shown = || path.display().to_string();
    let source = path.extension() == Some(OsStr::new("c"));
    let (library, source) = if source {
        let compiler = Compiler::find()?;
        let library = compiler.library(path, Path::new(LIBRARIES))?;
        let facts = Source {
            compiler: format!("{} ({})", compiler.name(), compiler.version()),
            flags: KERNEL_FLAGS.iter().map(|&flag| flag.into()).collect(),
            files: vec![std::fs::canonicalize(path).with_context(shown)?],
            tree: None,
        };
        (library, Some(facts))
    } else {
        (path.to_owned(), None)
    };
    let facts = apart::facts(&library, path)?;
    let strategy = LibraryRef {
        name: facts.name.clone(),
        summary: facts.summary,
        version: facts.version,
        variants: vec![Variant::at(&library, None)?],
        source,
    };
    let label = label.map_or(facts.name, str::to_owned);
    Ok(Member { label, strategy: StrategyRef::Library(Box::new(strategy)), program: None })
}

/// A kernel's own code, compiled for the machines of these boots.
pub(crate) fn kernel(kernel: &mut Kernel, boots: &[Boot]) -> anyhow::Result<Member> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut source = None;
    for boot in boots {
        let machines = Machines::from(target_of(&boot.trace));
        if variants.iter().any(|known| known.target == Some(machines)) {
            continue;
        }
        let built = kernel.library(&boot.trace)?.clone();
        variants.push(Variant::at(&built.library, Some(machines))?);
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
            flags: built.flags.into_iter().filter(|flag| !flag.starts_with("-DBA_PAGE_SHIFT")).collect(),
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
            if member.label == *name {
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
