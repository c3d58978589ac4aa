//! Strategies that take their process down, each in its own way.

use std::hint::black_box;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use allocators::memblock::Memblock;
use allocators::{BuildError, MemoryMap, Metadata, Strategy};

/// Does something bad as soon as an allocator is to be built.
#[derive(Clone, Copy, Debug)]
pub struct Misbehaving {
    name: &'static str,
    act: fn(),
}

impl Misbehaving {
    /// `panicking`: its process ends with a message.
    pub const PANICS: Self = Self { name: "panicking", act: || panic!("a probe panics, as it should") };
    /// `panicking-late`: so does it at the fiftieth build, when samples have been taken.
    pub const PANICS_LATE: Self = Self {
        name: "panicking-late",
        act: || {
            static BUILDS: AtomicU32 = AtomicU32::new(0);
            assert!(BUILDS.fetch_add(1, Ordering::Relaxed) < 50, "a probe panics late, as it should");
        },
    };
    /// `aborting`: its process is killed by a signal.
    pub const ABORTS: Self = Self { name: "aborting", act: || process::abort() };
    /// `hanging`: never ends.
    pub const HANGS: Self = Self {
        name: "hanging",
        act: || loop {
            black_box(());
        },
    };
    /// `hoarding`: takes memory until there is none.
    pub const HOARDS: Self = Self {
        name: "hoarding",
        act: || {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                // Not touched, so that address space runs out and not the machine's memory.
                hoard.push(black_box(Vec::with_capacity(1 << 28)));
            }
        },
    };
}

impl Strategy for Misbehaving {
    // Answers that are right, so that checking them is not what ends the cell.
    type Allocator<'m> = <Memblock as Strategy>::Allocator<'m>;

    fn name(&self) -> &str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "takes its process down"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Memblock.metadata_words(map)
    }

    fn reaches_outside_memory(&self) -> bool {
        Memblock.reaches_outside_memory()
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        (self.act)();
        Memblock::build(&Memblock, map, metadata)
    }
}
