//! Random boots on random machines.

use allocators::BootAllocator;
use allocators::bootmem::Bootmem;
use allocators::rootmem::Rootmem;
use allocators::wordscan::Wordscan;
use allocators::wordtree::Wordtree;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::ledger::Ledger;
use crate::machine::{Machine, each, with};
use crate::naive::bootmem::NaiveBootmem;
use crate::naive::flat::NaiveFlat;
use crate::ops::{Op, machine_and_boot};
use crate::play::{Answer, Blocks, Player, play};

/// Machines with a boot each; every test plays each boot through two allocators or more.
const BOOTS: u32 = 4_000;

/// Runs `test` on random boots, in an order that is the same each time.
fn for_random_boots(mut test: impl FnMut(&Machine, &[Op])) {
    let config = ProptestConfig { cases: BOOTS, failure_persistence: None, ..ProptestConfig::default() };
    let seed = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let test = std::cell::RefCell::new(&mut test);
    let result = TestRunner::new_with_rng(config, seed).run(&machine_and_boot(), |(machine, boot)| {
        (test.borrow_mut())(&machine, &boot);
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Plays a boot and checks each answer; then releases every node and checks that no page is left.
fn watch(machine: &Machine, boot: &[Op], facts: crate::machine::Facts, allocator: &mut dyn BootAllocator) {
    let mut ledger = Ledger::new(machine, facts, allocator);
    let mut player = Player::default();
    let the_end = machine.nids().into_iter().map(Op::Release);
    for op in boot.iter().cloned().chain(the_end) {
        let answer = player.call(&op, allocator);
        ledger.check(&op, &answer, allocator);
    }
    assert_eq!(crate::play::free(allocator), []);
}

/// Expect the random boots to be played with overflow checks, in this crate and in the one under test.
#[test]
#[should_panic(expected = "overflow")]
fn overflows_are_checked() {
    let end = std::hint::black_box(u64::MAX);
    assert!(end + std::hint::black_box(1) > 0);
}

#[test]
fn every_strategy_keeps_the_rules_on_random_boots() {
    for_random_boots(|machine, boot| {
        each(machine, |facts, allocator| watch(machine, boot, facts, allocator));
    });
}

#[test]
fn rootmem_and_wordscan_answer_every_random_boot_alike_and_as_the_naive_flat_bitmap_does() {
    for_random_boots(|machine, boot| {
        let naive = play(&mut NaiveFlat::new(machine), boot);
        let rootmem = with(&Rootmem, machine, |allocator| play(allocator, boot));
        let wordscan = with(&Wordscan, machine, |allocator| play(allocator, boot));
        assert_eq!(rootmem, naive, "rootmem and the naive one");
        assert_eq!(wordscan, rootmem, "wordscan and rootmem");
    });
}

/// The blocks with every run of pages cut into the largest that are aligned.
fn largest(blocks: &Blocks, max_order: u8) -> Blocks {
    let mut pages = rangemap::RangeSet::new();
    pages.extend(blocks.0.iter().map(|&(first, order)| first..first + (1 << order)));
    let mut cut = Vec::new();
    for run in pages {
        let mut at = run.start;
        while at < run.end {
            let fits = |order: &u8| at.is_multiple_of(1 << order) && at + (1 << order) <= run.end;
            let order = (0..=max_order).rev().find(fits).unwrap();
            cut.push((at, order));
            at += 1 << order;
        }
    }
    Blocks(cut)
}

/// Expect wordtree to answer as wordscan does, but for the blocks that it hands over: those are the largest. No two pieces
/// of a node that touch are told apart by either.
#[test]
fn wordtree_answers_every_random_boot_as_wordscan_does_but_in_large_blocks() {
    for_random_boots(|machine, boot| {
        let mut wordscan = with(&Wordscan, machine, |allocator| play(allocator, boot));
        let wordtree = with(&Wordtree, machine, |allocator| play(allocator, boot));
        for answer in &mut wordscan.0 {
            if let Answer::Release(_, blocks) = answer {
                *blocks = largest(blocks, machine.max_order);
            }
        }
        assert_eq!(wordtree, wordscan);
    });
}

#[test]
fn bootmem_answers_every_random_boot_as_the_naive_one_does() {
    for_random_boots(|machine, boot| {
        let naive = play(&mut NaiveBootmem::new(machine), boot);
        let bootmem = with(&Bootmem, machine, |allocator| play(allocator, boot));
        assert_eq!(bootmem, naive);
    });
}
