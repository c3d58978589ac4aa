//! How near the strategies come to what the machine can do: each measured in turn with its ceiling, in one run.
//!
//! `cargo bench --bench ceilings` prints a table. A pair is one sample of each, taken within a moment; every launch works
//! in memory of its own. All launches are of one process, so what the program's own layout does to both is not averaged.

use std::hint::black_box;

use allocators::memblock::Memblock;
use allocators::wordscan::Wordscan;
use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, CountingSink, Exclusive, Nid, PhysAddr,
};
use benches::clock::Clock;
use benches::micro::program;
use benches::stats::{Confidence, Nanos, Pair, Ratio, quantile};
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
    // Its own cost is subtracted: some rows are of a handful of calls.
    let clock = Clock::calibrated();
    full_map(&clock);
    free_node(&clock);
    println!(
        "\n{:<44} {:>12}  {:<24} ratio",
        "memblock among N isolated pages", "ns per call", "kernel 6.1 / 6.12"
    );
    for (count, kernel) in KERNEL {
        isolated(&clock, count, kernel);
    }
}

/// What calls took in the kernel's own code, in ns by 6.1 and 6.12: to reserve, to free, to allocate at the top, and to
/// look into every gap in vain. Of other hardware, one run each, within 15 %.
type Kernel = [(f64, Option<f64>); 4];

/// The same among so many isolated pages.
const KERNEL: [(u64, Kernel); 3] = [
    (100, [(203.0, Some(110.0)), (63.0, None), (252.0, Some(153.0)), (845.0, None)]),
    (1_000, [(1_786.0, Some(791.0)), (454.0, None), (2_302.0, Some(1_373.0)), (8_204.0, None)]),
    (10_000, [(20_376.0, Some(9_919.0)), (5_989.0, None), (26_137.0, Some(16_039.0)), (82_891.0, None)]),
];

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

fn time<T>(clock: &Clock, work: impl FnOnce() -> T) -> Nanos {
    let start = clock.now();
    black_box(work());
    let end = clock.now();
    // A clock that stands still is read as one nanosecond.
    Nanos::new(clock.ns_between(start, end).max(1.0)).expect("positive")
}

fn tebibyte() -> AddrRange {
    AddrRange::clamped(PhysAddr(0), PhysAddr(TIB))
}

/// A search that finds nothing in 1 TiB, against reading and folding as much memory.
fn full_map(clock: &Clock) {
    let program = program(tebibyte(), vec![tebibyte()]);
    let launch = |_| {
        let words = vec![u64::MAX; MAP_WORDS];
        let fold = || black_box(&words).iter().fold(u64::MAX, |all, word| all & word);
        let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
            let mut search = || allocator.alloc(black_box(&AllocRequest::new(PAGE, PAGE)));
            (0..PAIRS)
                .map(|_| Pair { baseline: time(clock, &mut search), candidate: time(clock, fold) })
                .collect()
        });
        play.expect("1 TiB suits a bitmap")
    };
    let launches: Vec<Vec<Pair>> = (0..LAUNCHES).map(launch).collect();
    tell("full map of 1 TiB: speed / that of a fold", &launches, "0.8 or more");
}

/// The hand-over of a free node of 1 TiB, against one pass of `count_ones`.
fn free_node(clock: &Clock) {
    let program = program(tebibyte(), Vec::new());
    let nid = Nid::new(0).expect("0 is a node");
    let launch = |_| {
        // Written, as the allocator's map is: pages that were only asked for are all one page of zeros, in cache.
        let mut words = vec![0_u64; MAP_WORDS];
        black_box(&mut words).fill(0);
        let count = || black_box(&words).iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        // Each pair needs a node that was not released yet.
        let pair = |_| {
            let play = Stage::default().play(&Wordscan, &program, |allocator, _| {
                let mut sink = CountingSink::default();
                let release = time(clock, || allocator.release(nid, &mut sink));
                assert_eq!(sink.pages(), TIB / PAGE, "the whole node is handed over");
                release
            });
            Pair { baseline: time(clock, count), candidate: play.expect("1 TiB suits a bitmap") }
        };
        (0..PAIRS).map(pair).collect()
    };
    let launches: Vec<Vec<Pair>> = (0..LAUNCHES).map(launch).collect();
    tell("free node of 1 TiB: release / count_ones", &launches, "2 or less");
}

/// ```text
/// page   1   2   3   4   5   ...   2N      2N + 2
///            |xxx|   |xxx|         |xxx|   |-----------|      x: reserved; -: room at the top
/// ```
/// Calls among pages of which no two touch.
fn isolated(clock: &Clock, count: u64, kernel: Kernel) {
    // The clock is read around many calls, but not so many that what they reserve makes the list longer by a tenth.
    let calls = (count / 20).min(100);
    let page = |index: u64| AddrRange::clamped(PhysAddr(index * PAGE), PhysAddr((index + 1) * PAGE));
    let memory = AddrRange::clamped(PhysAddr(0), PhysAddr((2 * count + 2 + calls) * PAGE));
    let program = program(memory, (1..=count).map(|index| page(2 * index)).collect());
    // All over the list, in no order, none twice: each of them a region of its own.
    let between = |call: u64| page((call * 7 % calls) * (count / calls) * 2 + 3);
    let none = AllocRequest::new(2 * PAGE, PAGE).with_limit(PhysAddr((2 * count + 1) * PAGE));
    let play = Stage::default().play(&Memblock, &program, |allocator, _| {
        let mut samples = [const { Vec::new() }; 4];
        for _ in 0..LAUNCHES * PAIRS {
            samples[0].push(time(clock, || {
                for call in 0..calls {
                    allocator.reserve(half_of(between(call)), Exclusive::No).expect("it is memory");
                }
            }));
            samples[1].push(time(clock, || {
                for call in 0..calls {
                    allocator.free(half_of(between(call))).expect("it was reserved");
                }
            }));
            let mut given = Vec::with_capacity(calls as usize);
            samples[2].push(time(clock, || {
                for _ in 0..calls {
                    let request = black_box(AllocRequest::new(PAGE, PAGE));
                    given.push(allocator.alloc(&request).expect("there is room"));
                }
            }));
            samples[3].push(time(clock, || {
                for _ in 0..calls {
                    let refused = allocator.alloc(&black_box(none));
                    assert_eq!(refused, Err(AllocError::NoMemory), "no gap is of two pages");
                }
            }));
            for base in given {
                allocator.free(AddrRange::clamped(base, PhysAddr(base.0 + PAGE))).expect("it was given");
            }
        }
        samples.map(|samples| quantile(&samples, 0.5).expect("sampled").get() / calls as f64)
    });
    let names = ["reserve", "free", "alloc at the top", "alloc that no gap fits"];
    for ((name, took), (old, new)) in names.iter().zip(play.expect("so many regions fit")).zip(kernel) {
        let both = |of: fn(f64, f64) -> String| {
            [Some(old), new].map(|kernel| kernel.map_or("-".into(), |kernel| of(took, kernel))).join(" / ")
        };
        println!(
            "{:<44} {took:>12.0}  {:<24} {}",
            format!("{name}, N = {count}"),
            both(|_, kernel| format!("{kernel:.0}")),
            both(|took, kernel| format!("{:.2}", took / kernel))
        );
    }
}

/// The middle of a page: what is reserved there touches nothing.
fn half_of(page: AddrRange) -> AddrRange {
    AddrRange::clamped(PhysAddr(page.start().0 + PAGE / 4), PhysAddr(page.start().0 + PAGE / 4 * 3))
}
