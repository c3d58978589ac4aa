//! The memory that an allocator keeps its state in.

use allocators::registry::StrategyVisitor;
use allocators::{BootAllocator, BuildError, MemoryMap, MemoryRange, Metadata, PageSize, PhysAddr, Strategy};

use crate::boot::{BITMAPS, Boot};
use crate::machine::{Machine, PAGE, bytes, pages, visit_all};

/// Calls a function with each strategy.
macro_rules! for_each_strategy {
    (|$strategy:ident| $body:block) => {{
        struct Visitor;
        impl StrategyVisitor for Visitor {
            fn visit<S: Strategy + 'static>(&mut self, $strategy: &'static S) $body
        }
        visit_all(&mut Visitor);
    }};
}

fn piece(start: u64, end: u64, node: u32) -> MemoryRange {
    crate::machine::piece(bytes(start, end), node)
}

#[test]
fn one_word_too_few_is_refused_with_the_number_needed() {
    for_each_strategy!(|strategy| {
        let machine = Machine::drawn(PageSize::KIB_4, "..0000..1100");
        let needed = strategy.metadata_words(&machine.map());
        let mut words = vec![0; needed];
        let given = needed - 1;
        let error = strategy.build(machine.map(), Metadata::new(&mut words[..given])).err();
        assert_eq!(error, Some(BuildError::MetadataTooSmall { needed, given }), "{}", strategy.name());
        let built = strategy.build(machine.map(), Metadata::new(&mut words)).unwrap();
        assert_eq!(built.metadata_bytes(), needed * 8, "{}", strategy.name());
    });
}

/// Expect the pages of the metadata, in part or whole, to be reserved from the start where the caller says that they are
/// the machine's own.
#[test]
fn an_allocator_reserves_its_own_pages() {
    // Behind what is looked at there is room for the tables of the largest.
    let mut machine = Machine::drawn(PageSize::KIB_4, &(".0000000".to_owned() + &"0".repeat(60)));
    machine.metadata_at = Some(PhysAddr(0x3ff8));
    Boot::on(machine)
        .looks_by(&[(BITMAPS, "...xx...")])
        .alloc_by(crate::boot::of_pages(3), &[(BITMAPS, crate::boot::page(5))])
        .play();
}

/// ```text
/// pfn    0   4        8
///        ....000000000
///                 [---)   metadata that ends where memory ends, whatever it takes
/// ```
/// Expect metadata that ends with memory to be taken, and a word further up to be refused.
#[test]
fn metadata_may_end_where_memory_ends() {
    for_each_strategy!(|strategy| {
        let machine = Machine::of(&[(0, 4, 64)]);
        let words = strategy.metadata_words(&machine.map());
        let end = 64 * PAGE;
        for (at, fits) in [(end - words as u64 * 8, true), (end - words as u64 * 8 + 8, false)] {
            let mut words = vec![0; words];
            let built = strategy.build(machine.map(), Metadata::new(&mut words).at(PhysAddr(at)));
            assert_eq!(built.is_ok(), fits, "{}", strategy.name());
            let refused = built.err();
            assert!(
                matches!(refused, None | Some(BuildError::MetadataOutsideMemory(PhysAddr(0x4_0000)))),
                "{}: {refused:?}",
                strategy.name()
            );
        }
    });
}

#[test]
fn metadata_outside_memory_is_refused() {
    for_each_strategy!(|strategy| {
        let machine = Machine::drawn(PageSize::KIB_4, ".00..0");
        let mut words = vec![0; strategy.metadata_words(&machine.map())];
        for (at, outside) in [(0x800, 0x800), (0x2ff8, 0x3000), (0x3000, 0x3000), (u64::MAX, u64::MAX - 1)] {
            let metadata = Metadata::new(&mut words).at(PhysAddr(at));
            let error = strategy.build(machine.map(), metadata).err();
            assert!(matches!(error, Some(BuildError::MetadataOutsideMemory(_))), "{}", strategy.name());
            if BITMAPS.contains(&strategy.name()) {
                assert_eq!(error, Some(BuildError::MetadataOutsideMemory(PhysAddr(outside))));
            }
        }
    });
}

/// Expect a bitmap to need a bit for each page from the first to the last, holes too: once for all nodes in a flat one,
/// for each node in bootmem.
#[test]
fn a_bitmap_costs_a_bit_for_each_page_of_its_span() {
    const MIB: u64 = 1 << 20;
    let words = |pieces: &[MemoryRange], name: &str| {
        struct Words<'m>(MemoryMap<'m>, usize);
        impl StrategyVisitor for Words<'_> {
            fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
                self.1 = strategy.metadata_words(&self.0);
            }
        }
        let mut visitor = Words(MemoryMap::new(PageSize::KIB_4, pieces).unwrap(), 0);
        assert!(allocators::registry::visit_named(name, &mut visitor));
        visitor.1
    };
    let near = [piece(0, 64 * MIB, 0), piece(64 * MIB, 128 * MIB, 1)];
    let far = [piece(0, 64 * MIB, 0), piece(1024 * MIB, 1088 * MIB, 1)];
    let split = [piece(0, 64 * MIB, 0), piece(1024 * MIB, 1088 * MIB, 0)];
    for name in ["rootmem", "wordscan"] {
        assert_eq!(words(&far, name) - words(&near, name), (960 * MIB / PAGE / 64) as usize, "{name}");
    }
    assert_eq!(words(&far, "bootmem"), words(&near, "bootmem"));
    assert!(words(&split, "bootmem") - words(&near, "bootmem") > (900 * MIB / PAGE / 64) as usize);
}

/// Expect a machine that spans the whole address space, in the smallest pages, to be told what it would cost.
#[test]
fn a_sparse_machine_is_told_its_cost() {
    for_each_strategy!(|strategy| {
        let pieces = [
            piece(0, 1 << 20, 0),
            piece(1 << 48, (1 << 48) + (1 << 20), 1),
            piece(u64::MAX - 0xf_ffff, u64::MAX, 0),
        ];
        for page in [PageSize::new(512).unwrap(), PageSize::KIB_4, PageSize::new(1 << 30).unwrap()] {
            let map = MemoryMap::new(page, &pieces).unwrap();
            let needed = strategy.metadata_words(&map);
            let mut words = [0; 8];
            let error = strategy.build(map, Metadata::new(&mut words)).err();
            assert_eq!(error, Some(BuildError::MetadataTooSmall { needed, given: 8 }));
        }
    });
}

/// Expect a machine without a whole page, or without memory, to be one on which nothing can be had.
#[test]
fn a_machine_without_pages_has_nothing_to_give() {
    let none = Machine::new(PageSize::KIB_4, Vec::new());
    let sliver = Machine::new(PageSize::KIB_4, vec![piece(0x1100, 0x1f00, 2)]);
    for machine in [none, sliver] {
        let boot = Boot::on(machine).alloc(crate::boot::of_pages(1), crate::boot::NONE);
        boot.reserve_by(
            pages(1, 2),
            allocators::Exclusive::No,
            &[(BITMAPS, Err(allocators::ReserveError::OutsideMemory(allocators::Pfn(1))))],
        )
        .play();
    }
}
