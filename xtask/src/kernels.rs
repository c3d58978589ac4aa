//! Kernel trees that a user names, and the libraries that are made of them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use linux::{Built, Code, LinuxError, Recipe, Target, Tree};
use plugin::{Compiler, Layout};
use workloads::trace::Trace;

use crate::apart::Foreign;

/// Where libraries are kept that were made of trees and files.
pub(crate) const LIBRARIES: &str = "target/plugins";

/// Kernel trees whose own code is a strategy.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct LinuxOptions {
    /// A kernel tree whose own mm/memblock.c is a strategy: its files as they lie there, or at revisions; may be repeated. Of a
    /// tree until 4.19, TREE/mm/bootmem.c is one
    #[arg(long, value_name = "TREE")]
    pub(crate) linux: Vec<PathBuf>,
    /// A revision of the tree, or `worktree` for its files as they lie there; may be repeated
    #[arg(long, value_name = "REVISION", requires = "linux")]
    pub(crate) rev: Vec<String>,
    /// Compile each kernel's code a second time, with these flags after the usual ones, as a strategy beside it: such as
    /// --cflags='-fstack-protector-strong -mfunction-return=thunk'
    #[arg(long, value_name = "FLAGS", requires = "linux", allow_hyphen_values = true)]
    pub(crate) cflags: Option<String>,
}

/// A kernel's own code.
pub(crate) struct Kernel {
    /// What it is called.
    pub(crate) label: String,
    pub(crate) tree: Tree,
    pub(crate) version: String,
    pub(crate) code: Code,
    compiler: Compiler,
    /// Flags that come after the usual ones.
    extra: Vec<String>,
    built: Vec<(Target, Built)>,
}

impl LinuxOptions {
    pub(crate) fn is_given(&self) -> bool {
        !self.linux.is_empty()
    }

    /// The kernels that were named, in their order.
    pub(crate) fn kernels(&self) -> anyhow::Result<Vec<Kernel>> {
        let plain = kernels(&self.linux, &self.rev)?;
        let Some(flags) = &self.cflags else { return Ok(plain) };
        let extra: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        let mut all = Vec::new();
        for kernel in plain {
            let beside = kernel.with_flags(&extra);
            all.extend([kernel, beside]);
        }
        Ok(all)
    }
}

/// The code of these trees as it lies there, or of one tree at these revisions.
pub(crate) fn kernels(trees: &[PathBuf], revisions: &[String]) -> anyhow::Result<Vec<Kernel>> {
    // Nothing to compile needs no compiler.
    if trees.is_empty() {
        return Ok(Vec::new());
    }
    let open = |tree: &Path, revision: Option<&str>| -> Result<(Tree, Code), LinuxError> {
        let (folder, code) = code_of(tree);
        Ok((Tree::open(&folder, revision)?, code))
    };
    let opened: Vec<(Tree, Code)> = match (trees, revisions) {
        (_, []) => trees.iter().map(|tree| open(tree, None)).collect::<Result<_, _>>()?,
        ([tree], _) => {
            revisions.iter().map(|revision| open(tree, Some(revision))).collect::<Result<_, _>>()?
        }
        _ => bail!("`--rev` goes with one tree; name several trees without, or one with revisions"),
    };
    let compiler = Compiler::find()?;
    let mut kernels: Vec<Kernel> = Vec::new();
    for (tree, code) in opened {
        let version = tree.version()?;
        let label = match revisions {
            [] => format!("linux-{version}"),
            _ if tree.commit().is_some() => tree.name(),
            _ => Tree::WORKTREE.to_owned(),
        };
        let label = if code == Code::Bootmem { format!("{label}-bootmem") } else { label };
        let compiler = compiler.clone();
        kernels.push(Kernel { label, tree, version, code, compiler, extra: Vec::new(), built: Vec::new() });
    }
    tell_apart(&mut kernels);
    Ok(kernels)
}

/// The tree that a path means, and which code of it: the file itself is named where it is not memblock's.
fn code_of(path: &Path) -> (PathBuf, Code) {
    match path.to_str().and_then(|path| path.strip_suffix(Code::Bootmem.file())) {
        Some("") => (PathBuf::from("."), Code::Bootmem),
        Some(tree) if tree.ends_with('/') => (PathBuf::from(tree), Code::Bootmem),
        _ => (path.to_owned(), Code::Memblock),
    }
}

/// Two trees of one version are called by their folders as well.
fn tell_apart(kernels: &mut [Kernel]) {
    let labels: Vec<String> = kernels.iter().map(|kernel| kernel.label.clone()).collect();
    for kernel in &mut *kernels {
        if labels.iter().filter(|label| **label == kernel.label).count() > 1 {
            kernel.label = format!("{}@{}", kernel.label, kernel.tree.name());
        }
    }
}

impl Kernel {
    /// The same code, compiled with `extra` flags as well.
    fn with_flags(&self, extra: &[String]) -> Self {
        Self {
            label: format!("{}+cflags", self.label),
            tree: self.tree.clone(),
            version: self.version.clone(),
            code: self.code,
            compiler: self.compiler.clone(),
            extra: extra.to_vec(),
            built: Vec::new(),
        }
    }

    /// The library for a recorded boot, which is built if nobody has built it before.
    pub(crate) fn library(&mut self, trace: &Trace) -> anyhow::Result<&Built> {
        let target = target(trace);
        let known = self.built.iter().position(|(known, _)| *known == target);
        let at = if let Some(at) = known {
            at
        } else {
            let built = self.build(target, &self.extra, Path::new(LIBRARIES))?;
            self.built.push((target, built));
            self.built.len() - 1
        };
        Ok(&self.built[at].1)
    }

    /// The strategy that a recorded boot is replayed through.
    pub(crate) fn replays(&mut self, trace: &Trace) -> anyhow::Result<Foreign> {
        let library = self.library(trace)?.library.clone();
        Ok(Foreign { library, label: self.label.clone() })
    }

    /// The library for a target, compiled with `extra` flags.
    pub(crate) fn build(&self, target: Target, extra: &[String], cache: &Path) -> anyhow::Result<Built> {
        let made = self.recipe(target, extra).and_then(|recipe| recipe.build(cache));
        made.with_context(|| format!("cannot build {} of {}", self.code.file(), self.label))
    }

    /// The libraries for a recorded boot in these layouts.
    pub(crate) fn layouts(&self, trace: &Trace, layouts: &[Layout<'_>]) -> anyhow::Result<Vec<PathBuf>> {
        let recipe = self.recipe(target(trace), &[]);
        let made = recipe.and_then(|recipe| recipe.layouts(layouts, Path::new(LIBRARIES)));
        made.with_context(|| format!("cannot lay out {} of {} anew", self.code.file(), self.label))
    }

    fn recipe(&self, target: Target, extra: &[String]) -> Result<Recipe<'_>, LinuxError> {
        Recipe::of(&self.tree, self.code, target, &self.compiler, extra)
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}

/// What code for a recorded boot is compiled for.
pub(crate) fn target(trace: &Trace) -> Target {
    let header = &trace.header;
    Target::of(&header.arch, &header.kernel, header.page_size.shift())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_bootmem_names_the_tree_and_its_code() {
        for (path, tree, code) in [
            ("linux", "linux", Code::Memblock),
            ("linux/mm/bootmem.c", "linux/", Code::Bootmem),
            ("mm/bootmem.c", ".", Code::Bootmem),
            ("/a/xmm/bootmem.c", "/a/xmm/bootmem.c", Code::Memblock),
        ] {
            assert_eq!(code_of(Path::new(path)), (PathBuf::from(tree), code), "{path}");
        }
    }
}
