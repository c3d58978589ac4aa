//! How near the strategies come to what the machine can do: each measured in turn with its ceiling, in one run.
//!
//! `cargo bench --bench ceilings` prints a table. A pair is one sample of each, taken within a moment; every launch works
//! in memory of its own. All launches are of one process, so what the program's own layout does to both is not averaged.

use std::hint::black_box;
use std::time::Instant;

use allocators::memblock::Memblock;
use allocators::wordscan::Wordscan;
use allocators::{AddrRange, AllocRequest, BootAllocator, CountingSink, Exclusive, Nid, PhysAddr};
use benches::micro::program;
use benches::stats::{Confidence, Nanos, Pair, Ratio};
use workloads::replay::Stage;

const PAGE: u64 = 1 << 12;
const TIB: u64 = 1 << 40;

/// The words of a bitmap of 1 TiB in pages of 4 KiB.
const MAP_WORDS: usize = (TIB / PAGE / 64) as usize;

const LAUNCHES: usize = 15;
const PAIRS: usize = 20;

fn main() {
    // Criterion's flags may be here too; without `--bench` this is a test run, in which nothing is timed.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    println!("{:<44} {:>24}  target", "how near to the ceiling", "ratio [95 %]");
    full_map();
    free_node();
    println!(
        "\n{:<44} {:>24}  the kernel's own code, 6.1 / 6.12",
        "memblock among N isolated pages", "ns per call"
    );
    for (count, reserve, alloc) in [
        (100, (203, 110), (252, 153)),
        (1_000, (1_786, 791), (2_302, 1_373)),
        (10_000, (20_376, 9_919), (26_137, 16_039)),
    ] {
        isolated(count, reserve, alloc);
    }
}

/// Prints a ratio of times with its interval and what it should be.
fn tell(name: &str, launches: &[Vec<Pair>], target: &str) {
    let told = match Ratio::of(launches) {
        Ok(ratio) => {
            let within = ratio.interval(Confidence::P95);
            format!("{:.3} [{:.3}, {:.3}]", ratio.point(), within.low, within.high)
        }
        Err(few) => few.to_string(),
    };
    println!("{name:<44} {told:>24}  {target}");
}

fn time<T>(work: impl FnOnce() -> T) -> Nanos {
    let start = Instant::now();
    black_box(work());
    // A clock that stands still is read as one nanosecond.
    let elapsed = start.elapsed().as_nanos().max(1);
    Nanos::new(elapsed as f64).expect("positive")
}

fn tebibyte() -> AddrRange {
    AddrRange::clamped(PhysAddr(0), PhysAddr(TIB))
}

/// A search that finds nothing in 1 TiB, against reading and folding as much memory.
fn full_map() {
    let program = program(tebibyte(), vec![tebibyte()]);
    let launch = |_| {
        let words = vec![u64::MAX; MAP_WORDS];
        let fold = || black_box(&words).iter().fold(u64::MAX, |all, word| all & word);
        let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
            let mut search = || allocator.alloc(black_box(&AllocRequest::new(PAGE, PAGE)));
            (0..PAIRS).map(|_| Pair { baseline: time(&mut search), candidate: time(fold) }).collect()
        });
        play.expect("1 TiB suits a bitmap")
    };
    let launches: Vec<Vec<Pair>> = (0..LAUNCHES).map(launch).collect();
    tell("full map of 1 TiB: speed / that of a fold", &launches, "0.8 or more");
}

/// The hand-over of a free node of 1 TiB, against one pass of `count_ones`.
fn free_node() {
    let program = program(tebibyte(), Vec::new());
    let nid = Nid::new(0).expect("0 is a node");
    let launch = |_| {
        let words = vec![0_u64; MAP_WORDS];
        let count = || black_box(&words).iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        // Each pair needs a node that was not released yet.
        let pair = |_| {
            let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
                let mut sink = CountingSink::default();
                let release = time(|| allocator.release(nid, &mut sink));
                assert_eq!(sink.pages(), TIB / PAGE, "the whole node is handed over");
                release
            });
            Pair { baseline: time(count), candidate: play.expect("1 TiB suits a bitmap") }
        };
        (0..PAIRS).map(pair).collect()
    };
    let launches: Vec<Vec<Pair>> = (0..LAUNCHES).map(launch).collect();
    tell("free node of 1 TiB: release / count_ones", &launches, "2 or less");
}

/// ```text
/// page   1   2   3   4   5   ...   2N
///            |xxx|   |xxx|         |xxx|      x: reserved
/// ```
/// Calls among pages of which no two touch. The kernel's figures are of other hardware, one run each, within 15 %.
fn isolated(count: u64, kernel_reserve: (u32, u32), kernel_alloc: (u32, u32)) {
    const CALLS: u32 = 200;
    let page = |index: u64| AddrRange::clamped(PhysAddr(index * PAGE), PhysAddr((index + 1) * PAGE));
    let memory = AddrRange::clamped(PhysAddr(0), PhysAddr((2 * count + 2 + u64::from(CALLS)) * PAGE));
    let program = program(memory, (1..=count).map(|index| page(2 * index)).collect());
    let between = |call: u64| page((call * 2_654_435_761 % (count / 2)) * 2 + 1);
    let play = Stage::default().play(&Memblock, &program, |allocator, _| {
        let (mut reserve, mut free, mut alloc) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..LAUNCHES * PAIRS {
            // One call at a time, so that the list keeps its length; the clock is read around many.
            reserve.push(time(|| {
                for call in 0..u64::from(CALLS) {
                    allocator.reserve(between(call), Exclusive::No).expect("it is memory");
                    allocator.free(between(call)).expect("it was reserved");
                }
            }));
            free.push(time(|| {
                for call in 0..u64::from(CALLS) {
                    allocator.free(between(call)).expect("it is memory");
                }
            }));
            let mut given = Vec::with_capacity(CALLS as usize);
            alloc.push(time(|| {
                for _ in 0..CALLS {
                    given.push(
                        allocator.alloc(black_box(&AllocRequest::new(PAGE, PAGE))).expect("there is room"),
                    );
                }
            }));
            for base in given {
                allocator.free(AddrRange::clamped(base, PhysAddr(base.0 + PAGE))).expect("it was given");
            }
        }
        [reserve, free, alloc]
            .map(|samples| benches::stats::quantile(&samples, 0.5).expect("sampled").get() / f64::from(CALLS))
    });
    let [both, free, alloc] = play.expect("so many regions fit");
    let reserve = both - free;
    println!(
        "{:<44} {reserve:>24.0}  {} / {}",
        format!("reserve, N = {count}"),
        kernel_reserve.0,
        kernel_reserve.1
    );
    println!(
        "{:<44} {alloc:>24.0}  {} / {}",
        format!("alloc at the top, N = {count}"),
        kernel_alloc.0,
        kernel_alloc.1
    );
}
