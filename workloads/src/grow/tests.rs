//! What holds for every recipe.

use allocators::Nid;
use allocators::memblock::Memblock;
use proptest::prelude::*;

use super::*;
use crate::check::check;
use crate::fidelity::verify;
use crate::replay::{Program, Reach, Stage};
use crate::trace::{Machine, Op, Trace};

fn grown(text: &str) -> Trace {
    text.parse::<Recipe>().unwrap().trace().unwrap()
}

/// What holds for every trace: a map can be made, it reads back, and every request can be asked.
fn valid(trace: &Trace) {
    let machine = Machine::of(trace);
    let map = machine.map().unwrap();
    for piece in map.nodes() {
        let page = trace.header.page_size.bytes();
        assert!(piece.range.start().0 % page == 0 && piece.range.end().0 % page == 0, "{}", piece.range);
    }
    for (request, _) in trace.allocations() {
        request.check(&map).unwrap();
    }
    let end = map.span().end();
    let mut names: Vec<_> = trace.allocations().filter_map(|(request, at)| Some((at?, request))).collect();
    assert!(names.iter().all(|(at, request)| at.0.is_multiple_of(request.align)));
    // A tile keeps the addresses that the kernel gave, further up; otherwise blocks are named above all memory.
    if !trace.header.source.contains("tile") {
        names.sort_unstable_by_key(|(at, _)| *at);
        assert!(names.iter().all(|(at, _)| *at >= end));
        assert!(names.windows(2).all(|pair| pair[0].0.0 + pair[0].1.size <= pair[1].0.0));
    }
    assert_eq!(trace.recipe(), Some(&trace.header.source[..]));
    assert_eq!(&trace.to_string().parse::<Trace>().unwrap(), trace);
}

#[test]
fn every_example_is_made_alike_each_time_and_boots() {
    for form in FORMS {
        let recipe: Recipe = form.example.parse().unwrap();
        assert_eq!(recipe.to_string(), form.example);
        let trace = recipe.trace().unwrap();
        assert_eq!(trace, recipe.trace().unwrap());
        valid(&trace);
        let program = Program::compile(&trace, Reach::Everywhere);
        let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
        assert_eq!(checked.violations, [], "{}", form.example);
        assert!(checked.outcomes.complete(), "{}: {:?}", form.example, checked.outcomes);
    }
}

/// Expect one copy to be the recorded boot itself: memblock gives every address that the kernel gave.
#[test]
fn a_single_tile_is_the_recorded_boot() {
    for name in
        ["x86_64-6.1-16node-960g", "arm64-6.1-uefi-16node-1t-blockmap", "x86_64-6.12-4node-mem-limit-8g"]
    {
        let trace = grown(&format!("grow:tile({name},k=1)"));
        let found = verify(&Memblock, &trace, &mut Stage::default()).unwrap();
        assert_eq!(found.mismatches, [], "{name}");
    }
}

/// Expect 64 times the memory and the nodes, but firmware's reservations and low requests once.
#[test]
fn sixty_four_tiles_are_a_machine_of_1024_nodes_and_60_tib() {
    let one = grown("grow:tile(x86_64-6.1-16node-960g,k=1)");
    let all = grown("grow:tile(x86_64-6.1-16node-960g,k=64)");
    let bytes = |trace: &Trace| Machine::of(trace).nodes.iter().map(|piece| piece.range.size()).sum::<u64>();
    assert_eq!(bytes(&all), 64 * bytes(&one));
    assert_eq!(Machine::of(&all).map().unwrap().nids().iter().count(), 1024);
    assert_eq!(all.reserved.len(), one.reserved.len());
    let low = |trace: &Trace| {
        let limits = trace.allocations().filter_map(|(request, _)| request.limit);
        limits.filter(|limit| limit.0 <= 4 << 30).count()
    };
    assert!(low(&one) > 0);
    assert_eq!(low(&all), low(&one));
    let requests = |trace: &Trace| trace.allocations().count() - low(trace);
    assert_eq!(requests(&all), 64 * requests(&one));
    let program = Program::compile(&all, Reach::Everywhere);
    let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
    assert_eq!(checked.violations, []);
    assert!(checked.outcomes.complete(), "{:?}", checked.outcomes);
}

#[test]
fn every_trace_of_the_corpus_can_be_tiled() {
    for name in crate::corpus::names() {
        let trace = grown(&format!("grow:tile({name},k=2)"));
        valid(&trace);
        let program = Program::compile(&trace, Reach::Everywhere);
        let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
        assert_eq!(checked.violations, [], "{name}");
    }
}

#[test]
fn every_layout_can_be_booted() {
    for layout in layouts().unwrap() {
        let trace = grown(&format!("grow:layout({})", layout.name));
        valid(&trace);
        let program = Program::compile(&trace, Reach::Everywhere);
        let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
        assert_eq!(checked.violations, [], "{}", layout.name);
        assert!(checked.outcomes.complete(), "{}: {:?}", layout.name, checked.outcomes);
    }
}

/// Expect the pieces of a thousand nodes to be taken apart once, each into its node's list.
#[test]
fn pieces_are_taken_apart_by_node_once() {
    let machine = Machine::of(&grown("grow:ranges(20000,nodes=1000)"));
    let nodes = machine.by_node();
    assert_eq!(nodes.len(), 1_000);
    assert_eq!(nodes.values().map(Vec::len).sum::<usize>(), machine.nodes.len());
    assert!(nodes.iter().all(|(nid, pieces)| pieces.iter().all(|piece| piece.nid == Some(*nid))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn shapes_have_what_they_are_asked_for(n in 1_u64..2_000, nodes in 1_u64..40) {
        let isolated = grown(&format!("grow:isolated({n})"));
        valid(&isolated);
        prop_assert_eq!(isolated.reserved.len() as u64, n);
        let gaps = isolated.reserved.windows(2).all(|pair| pair[0].range.end() < pair[1].range.start());
        prop_assert!(gaps, "pages that touch are not isolated");

        let board = grown(&format!("grow:checkerboard(n={n})"));
        valid(&board);
        prop_assert_eq!(board.reserved.len() as u64, n);
        let program = Program::compile(&board, Reach::Everywhere);
        let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
        prop_assert_eq!(checked.outcomes.granted_beyond_kernel, 0);

        let nodes = nodes.min(n);
        let ranges = grown(&format!("grow:ranges({n},{nodes})"));
        valid(&ranges);
        prop_assert_eq!(ranges.memory.len() as u64, n);
        let of_node = |nid| ranges.memory.iter().filter(|piece| piece.memory.nid == Nid::new(nid)).count() as u64;
        for nid in 0..u32::try_from(nodes).unwrap() {
            prop_assert!((n / nodes..=n / nodes + 1).contains(&of_node(nid)));
        }
    }

    #[test]
    fn preserved_folios_are_counted_and_lie_in_memory(
        n in 1_u64..3_000,
        least in 0_u8..4,
        more in 0_u8..7,
        nodes in 1_u64..9,
        how in prop::sample::select(vec!["each", "merged", "tables"]),
    ) {
        let trace = grown(&format!("grow:handover({n},orders={least}-{},nodes={nodes},as={how})", least + more));
        valid(&trace);
        let calls: Vec<_> = trace.records.iter().filter_map(|record| match record.op {
            Op::Reserve(range) => Some(range),
            _ => None,
        }).collect();
        if how == "each" {
            prop_assert_eq!(calls.len() as u64, n);
        } else {
            prop_assert!(!calls.is_empty());
        }
        let map = Machine::of(&trace);
        let end = map.nodes.last().unwrap().range.end();
        prop_assert!(calls.iter().all(|range| range.end() <= end));
        let program = Program::compile(&trace, Reach::Everywhere);
        let checked = check(&Memblock, &program, &mut Stage::default()).unwrap();
        prop_assert_eq!(checked.violations, []);
        prop_assert!(checked.outcomes.complete(), "{:?}", checked.outcomes);
    }

    /// However it is typed, a recipe is spelt in one way, which reads back.
    #[test]
    fn what_is_read_reads_back(text in "grow:(isolated|nodes|memory|ranges)\\((n=)?[0-9]{1,6}[KMGT]?(,[0-9])?\\)?") {
        if let Ok(recipe) = text.parse::<Recipe>() {
            prop_assert_eq!(recipe.to_string().parse::<Recipe>().unwrap(), recipe);
        }
    }
}

#[test]
fn what_is_no_recipe_is_refused_with_a_remedy() {
    for (text, says) in [
        ("grow:isolatd(20)", "do you mean `isolated`?"),
        ("grow:", "there are tile(TRACE,k), isolated(n)"),
        ("grow:isolated", "it has no arguments in brackets"),
        ("grow:isolated(20", "it has no arguments in brackets"),
        ("grow:isolated()", "`n` is missing"),
        ("grow:isolated(x)", "`x` is not a number for `n`"),
        ("grow:isolated(0)", "n is 0, and may be 1 to 10000000"),
        ("grow:isolated(99999999999999999999999)", "and may be 1 to 10000000"),
        ("grow:isolated(20,30)", "it has no use for `30`"),
        ("grow:isolated(m=20)", "`n` is missing"),
        ("grow:memory(1M)", "size is 1M, and may be 1G to 1024T"),
        ("grow:memory(9000000000T)", "and may be 1G to 1024T"),
        ("grow:memory(64X)", "`64X` is not a size such as 960G or 64T"),
        ("grow:memory(1073741825)", "not a whole number of MiB"),
        ("grow:nodes(2000)", "n is 2000, and may be 1 to 1024"),
        ("grow:ranges(4,8)", "nodes is 8, and may be 1 to 4"),
        ("grow:handover(10,orders=9-2)", "the orders 9-2 are backwards"),
        ("grow:handover(10,as=some)", "`some` is not a way to reserve folios"),
    ] {
        let error = text.parse::<Recipe>().unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    for (text, says) in [
        ("grow:tile(x86_64-6.1-16nod-960g,2)", "do you mean `x86_64-6.1-16node-960g`?"),
        ("grow:tile(x86_64-6.1-16node-960g,65)", "k is 65, and may be 1 to 64"),
        ("grow:layout(nowhere)", "no layout is called `nowhere`"),
        ("grow:layout(power-16node-30,1)", "do you mean `power-16node-30t`?"),
        ("grow:layout(power-16node-30t,65)", "k is 65, and may be 1 to 64"),
    ] {
        let error = text.parse::<Recipe>().unwrap().trace().unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}
