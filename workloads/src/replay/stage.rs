//! Memory for an allocator's metadata, and the allocator built in it.

use allocators::{
    BootAllocator, BuildError, BumpMemory, Exclusive, MapError, MemoryMap, Metadata, ReserveError, Strategy,
};

use super::compile::Reach;
use super::program::Program;
use super::run::Slots;

/// Host memory in which allocators are built again and again, so that a measured loop finds everything in place.
#[derive(Default)]
pub struct Stage {
    metadata: Vec<u64>,
    arrays: Vec<u64>,
    slots: Slots,
}

/// Why a program cannot be replayed through a strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StageError {
    /// The trace's memory makes no map.
    #[error("the trace's memory is not a memory map: {0}")]
    Map(#[from] MapError),
    /// The strategy cannot describe this machine.
    #[error("the allocator cannot be built for this machine: {0}")]
    Build(#[from] BuildError),
    /// What is reserved at the start cannot be reserved.
    #[error("what is reserved at the start cannot be reserved: {0}")]
    Reserve(#[from] ReserveError),
    /// The strategy wants more metadata than a host should give.
    #[error(
        "the allocator wants {} MiB of metadata for this machine of {} MiB, more than the {} MiB that it may have: it keeps \
         something for each page from a node's first to its last, and most of them are no memory",
        .words >> 17, .memory_bytes >> 20, .limit >> 17
    )]
    TooMuchMetadata {
        /// What it wants, in 8-byte words.
        words: usize,
        /// What it may have.
        limit: usize,
        /// The machine's memory.
        memory_bytes: u64,
    },
}

impl Stage {
    /// No machine gives an allocator more metadata, in words: 4 GiB, a bit for each 4 KiB page of 128 TiB. It is address
    /// space: the system finds memory only for what is written.
    const METADATA_LIMIT: usize = 1 << 29;

    /// The most metadata that an allocator is given on a machine of that much memory, in words: 64 MiB, or a 64th of the memory
    /// where that is more.
    ///
    /// Bitmaps need a 32,768th of what they span at 4 KiB a page. A few bytes of memory near the end of all addresses make a
    /// node span more than a host has, and no kernel with bitmaps would boot there.
    fn metadata_limit(memory_bytes: u64) -> usize {
        const LEAST: usize = 8 << 20;
        let share = usize::try_from(memory_bytes / 64 / 8).unwrap_or(usize::MAX);
        share.clamp(LEAST, Self::METADATA_LIMIT)
    }

    /// Room for arrays that grow, in words: at least 8 MiB, which holds a list of some 160,000 regions and its predecessors.
    const ARRAY_WORDS: usize = 1 << 20;

    /// Room for the arrays of a program: two lists of as many regions as it can ever make, each of which has doubled all the
    /// way, and was counted half full before. Address space too.
    fn array_words(program: &Program) -> usize {
        const REGION_WORDS: usize = 4;
        let regions = program.setup.len() + program.machine.nodes.len() + 2 * program.steps.len();
        let doubled = regions.saturating_mul(2).next_power_of_two();
        (4 * REGION_WORDS).saturating_mul(doubled).max(Self::ARRAY_WORDS)
    }

    /// Builds the allocator of `strategy` for `program`, reserves what is reserved at the start, and calls `play`.
    ///
    /// # Errors
    /// [`StageError`] when there is no allocator to play with.
    pub fn play<S: Strategy + 'static, T>(
        &mut self,
        strategy: &'static S,
        program: &Program,
        play: impl FnOnce(&mut S::Allocator<'_>, &mut Slots) -> T,
    ) -> Result<T, StageError> {
        let ready = self.ready(strategy, program)?;
        let mut arrays = BumpMemory::new(ready.arrays);
        let metadata = Metadata::new(ready.metadata).with_arrays(&mut arrays);
        let mut allocator = strategy.build(ready.map, metadata)?;
        allocator.reserve_start(&program.setup)?;
        Ok(play(&mut allocator, ready.slots))
    }

    /// The same, where `frame` is put around the building: the strategy's own, and a call for each reservation of the start.
    ///
    /// # Errors
    /// [`StageError`] when there is no allocator to play with.
    pub fn play_in<S: Strategy + 'static, T>(
        &mut self,
        frame: &mut impl Frame,
        strategy: &'static S,
        program: &Program,
        play: impl FnOnce(&mut S::Allocator<'_>, &mut Slots) -> T,
    ) -> Result<T, StageError> {
        let ready = self.ready(strategy, program)?;
        let mut arrays = BumpMemory::new(ready.arrays);
        let metadata = Metadata::new(ready.metadata).with_arrays(&mut arrays);
        let built = frame.around(|| -> Result<_, StageError> {
            let mut allocator = strategy.build(ready.map, metadata)?;
            for range in &program.setup {
                allocator.reserve(*range, Exclusive::No)?;
            }
            Ok(allocator)
        });
        Ok(play(&mut built?, ready.slots))
    }

    /// Everything that an allocator of `strategy` is built from.
    pub(super) fn ready<'s, S: Strategy + 'static>(
        &'s mut self,
        strategy: &'static S,
        program: &'s Program,
    ) -> Result<Ready<'s>, StageError> {
        let map = program.machine.map()?;
        let words = strategy.metadata_words(&map);
        let memory_bytes = program.machine.nodes.iter().map(|piece| piece.range.size()).sum();
        let limit = Self::metadata_limit(memory_bytes);
        if words > limit {
            return Err(StageError::TooMuchMetadata { words, limit, memory_bytes });
        }
        self.slots.reset(program);
        Ok(Ready {
            map,
            metadata: page_aligned(&mut self.metadata, words),
            arrays: page_aligned(&mut self.arrays, Self::array_words(program)),
            slots: &mut self.slots,
        })
    }
}

/// What an allocator is built from.
pub(super) struct Ready<'s> {
    pub(super) map: MemoryMap<'s>,
    pub(super) metadata: &'s mut [u64],
    pub(super) arrays: &'s mut [u64],
    pub(super) slots: &'s mut Slots,
}

/// What is put around a piece of work: a clock, or a count of instructions.
// Not a closure: one cannot take a closure of any type, and a call through a table would be in what is timed.
pub trait Frame {
    /// Does the work.
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T;
}

/// So many words from a page's start, out of memory that is made anew if it does not hold them.
// How many instructions a copy takes depends on where it goes, and where a heap puts a list depends on all that was there
// before, down to the length of the program's path: copies would be counted differently by programs that are alike.
fn page_aligned(memory: &mut Vec<u64>, words: usize) -> &mut [u64] {
    const PAGE_WORDS: usize = 4096 / size_of::<u64>();
    if memory.len() < words + PAGE_WORDS {
        // Zeroed memory from the system is not touched until it is used; a list that is resized would be.
        *memory = vec![0; words + PAGE_WORDS];
    }
    let start = memory.as_ptr().align_offset(PAGE_WORDS * size_of::<u64>());
    &mut memory[start..start + words]
}

impl Reach {
    /// The reach of `strategy`.
    pub fn of(strategy: &impl Strategy) -> Self {
        if strategy.reaches_outside_memory() { Self::Everywhere } else { Self::Memory }
    }
}
