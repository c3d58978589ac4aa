#![doc = include_str!("README.md")]

mod allocator;

pub use allocator::CarveAllocator;

use crate::memblock::MemblockAllocator;
use crate::memround::Round;
use crate::{BuildError, MemoryMap, Metadata, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carve;

impl Strategy for Carve {
    type Allocator<'m> = CarveAllocator<'m>;

    fn name(&self) -> &'static str {
        "carve"
    }

    fn summary(&self) -> &'static str {
        "memround with small blocks of a node taken one below the other, without a search; other addresses"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        MemblockAllocator::<Round>::words(map) + allocator::words(map)
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<CarveAllocator<'m>, BuildError> {
        CarveAllocator::build(map, metadata)
    }
}
