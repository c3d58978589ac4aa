//! A strategy that knows the answers: what its replay takes is the least that any can take.

use allocators::memblock::Memblock;
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, NodeSet, Order, PageCount, Pfn, PhysAddr, ReleaseError,
    ReserveError, Setting, Strategy,
};
use workloads::replay::{Observer, Program, Reach, Stage, StageError, Step, StepResult, run};
use workloads::trace::Trace;

/// Gives the addresses that memblock gave, in the order in which they are asked for, hands over the blocks that it handed
/// over, and notes each call in a journal, for an allocator that wrote nothing down could not go on.
///
/// It is no strategy: it is made for one boot, whose answers it was told, and answers no other. So it is in no list, and a
/// worker makes it when it has the trace.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    /// In the order of the requests.
    answers: Vec<Result<PhysAddr, AllocError>>,
    calls: usize,
    /// By node.
    blocks: Vec<(Nid, Vec<(Pfn, Order)>)>,
    /// What is free and reserved in the end.
    free: Vec<AddrRange>,
    reserved: Vec<AddrRange>,
}

/// The allocator of a floor. It lists as free and reserved what is so at the end of the boot, whenever it is asked.
pub struct Answering<'m> {
    map: MemoryMap<'m>,
    floor: &'m Floor,
    next: usize,
    /// Two words for each call: the first byte and the one past the last.
    journal: &'m mut [u64],
    noted: usize,
    retired: NodeSet,
}

/// Keeps the answers to requests.
#[derive(Default)]
struct Listen(Vec<Result<PhysAddr, AllocError>>);

impl Observer for Listen {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        if let StepResult::Alloc(given) = result {
            self.0.push(*given);
        }
    }
}

#[derive(Default)]
struct Blocks(Vec<(Pfn, Order)>);

impl BlockSink for Blocks {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.push((first, order));
    }
}

impl Floor {
    /// What a user types to choose it.
    pub const NAME: &str = "floor";

    /// The floor of this boot.
    ///
    /// # Errors
    /// [`StageError`] when memblock cannot be built for its machine.
    pub fn of(trace: &Trace) -> Result<Self, StageError> {
        let program = Program::compile(trace, Reach::of(&Memblock));
        Stage::default().play(&Memblock, &program, |allocator, slots| {
            let mut listen = Listen::default();
            run(&program, allocator, slots, &mut listen);
            let mut floor = Self { answers: listen.0, ..Self::default() };
            // A probe that is granted frees its block, and so is noted twice.
            floor.calls = program.setup.len() + program.steps.len() + floor.answers.len();
            allocator.for_each_free(&mut |range| floor.free.push(range));
            allocator.for_each_reserved(&mut |range| floor.reserved.push(range));
            for nid in allocator.nids().iter() {
                let mut blocks = Blocks::default();
                // It was not released yet.
                let _ = allocator.hand_over(nid, &mut blocks);
                floor.blocks.push((nid, blocks.0));
            }
            floor
        })
    }
}

impl Strategy for Floor {
    type Allocator<'m> = Answering<'m>;

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn summary(&self) -> &'static str {
        "knows the answers and notes the calls: the least that any strategy can take"
    }

    fn metadata_words(&self, _: &MemoryMap<'_>) -> usize {
        2 * self.calls
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(&'m self, map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Answering<'m>, BuildError> {
        let (needed, given) = (2 * self.calls, metadata.len());
        if given < needed {
            return Err(BuildError::MetadataTooSmall { needed, given });
        }
        let journal = metadata.into_parts().0;
        Ok(Answering { map, floor: self, next: 0, journal, noted: 0, retired: NodeSet::EMPTY })
    }
}

impl Answering<'_> {
    #[inline]
    fn note(&mut self, range: AddrRange) {
        // More calls than the boot had are none of its business.
        if let Some([start, end]) = self.journal.get_mut(self.noted..self.noted + 2) {
            (*start, *end) = (range.start().0, range.end().0);
            self.noted += 2;
        }
    }
}

impl BootAllocator for Answering<'_> {
    fn reserve(&mut self, range: AddrRange, _: Exclusive) -> Result<(), ReserveError> {
        self.note(range);
        Ok(())
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        self.note(range);
        Ok(())
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        let addr = self.floor.answers.get(self.next).copied().unwrap_or(Err(AllocError::NoMemory));
        self.next += 1;
        let start = addr?;
        self.note(AddrRange::clamped(start, PhysAddr(start.0.wrapping_add(request.size))));
        Ok(start)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        let (MapChange::Add(allocators::MemoryRange { range, .. })
        | MapChange::Remove(range)
        | MapChange::SetNode(range, _)
        | MapChange::SetFlags(range, _)
        | MapChange::ClearFlags(range, _)) = change;
        self.note(range);
        Ok(())
    }

    fn set(&mut self, _: Setting) -> bool {
        true
    }

    fn nids(&self) -> &NodeSet {
        self.map.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        let own = self.floor.blocks.iter().find(|(owner, _)| *owner == nid);
        let (_, blocks) = own.ok_or(ReleaseError::UnknownNode(nid))?;
        if self.retired.contains(nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let mut pages = 0;
        for &(first, order) in blocks {
            sink.block(first, order);
            pages += order.pages().0;
        }
        Ok(PageCount(pages))
    }

    fn retire(&mut self, nid: Nid) {
        if self.map.nids().contains(nid) {
            self.retired.insert(nid);
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.floor.free.iter().copied().for_each(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.floor.reserved.iter().copied().for_each(visit);
    }

    fn metadata_bytes(&self) -> usize {
        size_of_val(self.journal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workloads::check::check;

    /// Expect the floor of a boot to be checked like any strategy, and to give memblock's addresses and blocks.
    #[test]
    fn the_floor_gives_memblocks_answers() {
        for name in workloads::corpus::curated() {
            let trace = workloads::corpus::trace(name).unwrap().unwrap();
            let floor: &'static Floor = Box::leak(Box::new(Floor::of(&trace).unwrap()));
            let program = Program::compile(&trace, Reach::of(floor));
            let mut stage = Stage::default();
            let found = check(floor, &program, &mut stage).unwrap();
            let memblock = check(&Memblock, &program, &mut stage).unwrap();
            assert_eq!(found.violations, [], "{name}");
            assert_eq!((found.addresses, found.released), (memblock.addresses, memblock.released), "{name}");
        }
    }
}
