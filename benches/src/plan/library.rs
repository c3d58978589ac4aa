//! Strategies that are shared libraries: which, and what they were made of.

use std::fs;
use std::path::{Path, PathBuf};

use linux::Target;
use plugin::{OpenError, Plugin};
use serde::{Deserialize, Serialize};
use workloads::trace::Trace;

/// A strategy whose code is in shared libraries: one, or one for each kind of machine.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct LibraryRef {
    /// What it says of itself: a name, how it works, its version.
    pub name: String,
    /// How it works.
    pub summary: String,
    /// Its version.
    pub version: String,
    /// The libraries.
    pub variants: Vec<Variant>,
    /// What it was compiled from, if that was done here.
    pub source: Option<Source>,
}

/// One library of a strategy.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// The machines that it was compiled for; `None` for all.
    pub target: Option<Machines>,
    /// Where it is.
    pub path: PathBuf,
    /// Stands for its content: another content is not loaded.
    pub digest: String,
    /// Which of several layouts of the same code it is, from 1 on; `None` if it is the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<u32>,
}

/// The machines that a library was compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Machines {
    /// The binary logarithm of a page's bytes.
    pub page_shift: u32,
    /// The bits of a physical address.
    pub phys_bits: u32,
}

/// What a library was compiled from.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The compiler, and what it says of itself.
    pub compiler: String,
    /// What it was told.
    pub flags: Vec<String>,
    /// The files, of the tree if there is one.
    pub files: Vec<PathBuf>,
    /// The kernel tree that they are of.
    pub tree: Option<TreeRef>,
}

/// A kernel tree at a revision.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct TreeRef {
    /// Its folder.
    pub folder: PathBuf,
    /// What its revision was called; `None` for its files as they lay there.
    pub revision: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Its subject line.
    pub subject: Option<String>,
    /// The functions that its code calls and that nobody has here: each fails when it is called.
    pub stubs: Vec<String>,
}

/// A library cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// There is none for such a machine.
    #[error("{name} has no library for a machine with {target}")]
    NoVariant {
        /// The strategy.
        name: String,
        /// The machine.
        target: Target,
    },
    /// It is not what it was.
    #[error("{} is not the library that the plan was made with", .0.display())]
    Changed(PathBuf),
    /// It cannot be read.
    #[error("cannot read {}: {why}", .path.display())]
    Unreadable {
        /// The library.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// It cannot be loaded.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<Target> for Machines {
    fn from(target: Target) -> Self {
        Self { page_shift: target.page_shift, phys_bits: target.phys_bits }
    }
}

/// What code for a recorded boot is compiled for.
#[must_use]
pub fn target_of(trace: &Trace) -> Target {
    let header = &trace.header;
    Target::of(&header.arch, &header.kernel, header.page_size.shift())
}

impl Variant {
    /// The library at `path`, whose content stands in the digest.
    ///
    /// # Errors
    /// [`LibraryError::Unreadable`].
    pub fn at(path: &Path, target: Option<Machines>, layout: Option<u32>) -> Result<Self, LibraryError> {
        let unreadable = |why| LibraryError::Unreadable { path: path.into(), why };
        // Worker processes run in other folders.
        let path = fs::canonicalize(path).map_err(unreadable)?;
        let bytes = fs::read(&path).map_err(|why| LibraryError::Unreadable { path: path.clone(), why })?;
        Ok(Self { target, path, digest: plugin::digest_of([&bytes[..]]), layout })
    }

    /// Whether its content is what it was.
    ///
    /// # Errors
    /// [`LibraryError`] when it is not, or cannot be read.
    pub fn unchanged(&self) -> Result<(), LibraryError> {
        let now = Self::at(&self.path, self.target, self.layout)?;
        if now.digest == self.digest { Ok(()) } else { Err(LibraryError::Changed(self.path.clone())) }
    }
}

impl LibraryRef {
    /// In how many layouts its code is there.
    #[must_use]
    pub fn layouts(&self) -> u32 {
        self.variants.iter().filter_map(|variant| variant.layout).max().unwrap_or(1)
    }

    /// The same in the one layout that a launch has: launches take turns through all of them.
    #[must_use]
    pub fn in_launch(&self, launch: u32) -> Self {
        let layout = 1 + launch % self.layouts();
        let mut one = self.clone();
        one.variants.retain(|variant| variant.layout.is_none_or(|known| known == layout));
        one
    }

    /// The library for a boot, loaded.
    ///
    /// # Errors
    /// [`LibraryError`] when there is none for such a machine, or it is not what it was.
    pub fn load(&self, trace: &Trace) -> Result<Plugin, LibraryError> {
        let target = target_of(trace);
        let fits = |variant: &&Variant| variant.target.is_none_or(|machines| machines == target.into());
        let found = self.variants.iter().find(fits);
        let variant = found.ok_or_else(|| LibraryError::NoVariant { name: self.name.clone(), target })?;
        variant.unchanged()?;
        Ok(Plugin::open(&variant.path, &self.name)?)
    }

    /// One line on what it is.
    #[must_use]
    pub fn describe(&self) -> String {
        let Some(source) = &self.source else { return format!("{} ({})", self.summary, self.version) };
        match &source.tree {
            Some(TreeRef { revision, subject, .. }) => {
                let at = revision.as_ref().map_or_else(String::new, |revision| format!(" at {revision}"));
                let subject = subject.as_ref().map_or_else(String::new, |subject| format!(", \"{subject}\""));
                format!("the kernel's own {}, {}{at}{subject}", self.name, self.version)
            }
            None => format!("{} ({}), compiled by {}", self.summary, self.version, source.compiler),
        }
    }
}
