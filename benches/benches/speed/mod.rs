//! How near the strategies come to what the machine can do, side by side.

use std::hint::black_box;

use allocators::memblock::Memblock;
use allocators::wordscan::Wordscan;
use allocators::{AddrRange, AllocRequest, BootAllocator, CountingSink, Exclusive, Nid, PhysAddr};
use benches::micro::program;
use criterion::{Criterion, Throughput};
use workloads::replay::Stage;

const PAGE: u64 = 1 << 12;
const TIB: u64 = 1 << 40;

/// The bytes of a bitmap of 1 TiB in pages of 4 KiB.
const MAP_BYTES: u64 = TIB / PAGE / 8;

pub(crate) fn ceilings(criterion: &mut Criterion) {
    full_map(criterion);
    free_node(criterion);
    isolated_pages(criterion);
}

fn tebibyte() -> AddrRange {
    AddrRange::clamped(PhysAddr(0), PhysAddr(TIB))
}

/// A search that finds nothing in 1 TiB, against reading and folding as much memory.
fn full_map(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ceiling/full-map-1t");
    group.throughput(Throughput::Bytes(MAP_BYTES));
    let words = vec![u64::MAX; (MAP_BYTES / 8) as usize];
    group.bench_function("fold-and", |bencher| {
        bencher.iter(|| black_box(&words).iter().fold(u64::MAX, |all, word| all & word));
    });
    let program = program(tebibyte(), vec![tebibyte()]);
    let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
        group.bench_function("wordscan", |bencher| {
            bencher.iter(|| allocator.alloc(black_box(&AllocRequest::new(PAGE, PAGE))));
        });
    });
    play.expect("1 TiB suits a bitmap");
}

/// The hand-over of a free node of 1 TiB, against one pass of `count_ones`.
fn free_node(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ceiling/free-node-1t");
    group.throughput(Throughput::Bytes(MAP_BYTES));
    let words = vec![0_u64; (MAP_BYTES / 8) as usize];
    group.bench_function("count-ones", |bencher| {
        bencher.iter(|| black_box(&words).iter().map(|word| u64::from(word.count_ones())).sum::<u64>());
    });
    let program = program(tebibyte(), Vec::new());
    let nid = Nid::new(0).expect("0 is a node");
    let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
        group.bench_function("wordscan", |bencher| {
            bencher.iter(|| {
                let mut sink = CountingSink::default();
                allocator.hand_over(nid, &mut sink).expect("it is free");
                black_box(sink)
            });
        });
    });
    play.expect("1 TiB suits a bitmap");
}

/// Calls among N reserved pages of which no two touch: what the kernel's own code takes 0.1 µs (N = 100) to 20 µs
/// (N = 10,000) for.
fn isolated_pages(criterion: &mut Criterion) {
    for count in [100, 1_000, 10_000] {
        let page = |index: u64| AddrRange::clamped(PhysAddr(index * PAGE), PhysAddr((index + 1) * PAGE));
        // Every other page below 4 GiB, in the middle of which one more is reserved and freed again.
        let isolated: Vec<AddrRange> = (1..=count).map(|index| page(2 * index)).collect();
        let memory = AddrRange::clamped(PhysAddr(0), PhysAddr((2 * count + 4) * PAGE));
        let program = program(memory, isolated);
        let mut group = criterion.benchmark_group(format!("ceiling/isolated-{count}"));
        let between = page(count / 2 * 2 + 1);
        let play = Stage::default().play(&Memblock, &program, |allocator, _| {
            group.bench_function("memblock-reserve-and-free", |bencher| {
                bencher.iter(|| {
                    allocator.reserve(black_box(between), Exclusive::No).expect("it is free");
                    allocator.free(between).expect("it is reserved");
                });
            });
            group.bench_function("memblock-alloc-and-free-at-the-top", |bencher| {
                bencher.iter(|| {
                    let base =
                        allocator.alloc(black_box(&AllocRequest::new(PAGE, PAGE))).expect("there is room");
                    allocator.free(AddrRange::clamped(base, PhysAddr(base.0 + PAGE))).expect("it is given");
                });
            });
            group.bench_function("memblock-fail", |bencher| {
                bencher.iter(|| allocator.alloc(black_box(&AllocRequest::new(8 * PAGE, PAGE))));
            });
        });
        play.expect("so many regions fit");
    }
}
