//! A loaded library as a [`Strategy`].

use std::path::Path;

use allocators::{BuildError, MemoryMap, Metadata, Strategy};

use crate::allocator::{Parts, PluginAllocator};
use crate::ffi;
use crate::guard;
use crate::library::{Library, OpenError};
use crate::machine::Machine;

/// A strategy whose code is in a shared library.
pub struct Plugin {
    name: String,
    summary: String,
    library: &'static Library,
}

/// What a library says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LibraryFacts {
    /// Its name: one word.
    pub name: String,
    /// How it works: one line.
    pub summary: String,
    /// Its version.
    pub version: String,
}

impl Plugin {
    /// Loads the library at `path`, as a strategy called `name`. It stays loaded as long as the process lives.
    ///
    /// A library that keeps its state in itself makes one allocator at a time, however often it is opened.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be loaded or is no plug-in of this version of the ABI.
    pub fn open(path: &Path, name: &str) -> Result<Self, OpenError> {
        Ok(Self::of(Library::open(path)?, name))
    }

    /// The same with static data of its own, whoever else has loaded the library: for several allocators at a time.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_copy(path: &Path, name: &str) -> Result<Self, OpenError> {
        Ok(Self::of(Library::open_copy(path)?, name))
    }

    fn of(library: &'static Library, name: &str) -> Self {
        let summary = format!("{} ({})", library.summary, library.version);
        Self { name: name.into(), summary, library }
    }

    /// What the library says of itself.
    #[must_use]
    pub fn facts(&self) -> LibraryFacts {
        let Library { name, summary, version, .. } = self.library;
        LibraryFacts { name: name.clone(), summary: summary.clone(), version: version.clone() }
    }

    /// Whether the library keeps its state in itself, so that one allocator can be alive at a time.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.library.table.has(ffi::STATE_IN_LIBRARY)
    }
}

impl Strategy for Plugin {
    type Allocator<'m> = PluginAllocator<'m>;

    fn name(&self) -> &str {
        &self.name
    }

    fn summary(&self) -> &str {
        &self.summary
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        let machine = Machine::of(map);
        // SAFETY: the function is called as the header says, with a machine that lives through the call.
        let words = unsafe { (self.library.table.state_words)(&raw const machine.raw) };
        usize::try_from(words).unwrap_or(usize::MAX).saturating_add(guard::WORDS)
    }

    fn reaches_outside_memory(&self) -> bool {
        self.library.table.has(ffi::REACHES_OUTSIDE)
    }

    fn knows_nodes(&self) -> bool {
        !self.library.table.has(ffi::NO_NODES)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<PluginAllocator<'m>, BuildError> {
        let table = self.library.table;
        let single = table.has(ffi::STATE_IN_LIBRARY).then_some(self.library);
        let needed = self.metadata_words(&map);
        PluginAllocator::build(&Parts { table, single, map, needed }, metadata)
    }
}
