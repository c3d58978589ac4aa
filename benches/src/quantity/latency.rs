//! `latency`: single calls, each between two reads of the clock.

mod kept;

use allocators::Strategy;
use workloads::replay::{Observer, Program, Step, StepResult, run};

use super::Site;
use crate::clock::{Clock, Tick};
use crate::plan::Pace;
use crate::results::Histogram;
use crate::worker::{Call, Calls, Found, Sample, Take, Trouble};

pub(super) use kept::keep;
pub use kept::{CallClass, ClassLatency, Latency, SlowCall};

pub(super) const NAME: &str = "latency";

/// A sample times every call, so few are needed of each launch; launches are what percentiles are compared by.
pub(super) fn pace(usual: Pace) -> Pace {
    Pace { blocks: usual.blocks.min(10), ..usual }
}

pub(super) fn serve<S: Strategy + 'static>(site: &mut Site<'_, S>) -> Result<(), Trouble> {
    let Site { pipe, strategy, program, stage, clock, .. } = site;
    let mut watch = Stopwatch { clock: *clock, start: clock.now(), ns: Vec::new() };
    let calls = program.steps.len();
    stage.often(*strategy, program, |boots| {
        pipe.serve(calls as u64, |take| {
            let Take::Repeats(repeats) = take else {
                watch.ns.clear();
                return Ok(Sample::default());
            };
            let before = watch.ns.len();
            watch.ns.reserve(calls * repeats as usize);
            for _ in 0..repeats {
                boots.play(|allocator, slots| run(program, allocator, slots, &mut watch))?;
            }
            let ns: f64 = watch.ns[before..].iter().copied().map(f64::from).sum();
            Ok(Sample { ns: ns / f64::from(repeats), ..Sample::default() })
        })
    })??;
    let found = found(program, &watch.ns);
    site.found(Found::Calls(found))
}

struct Stopwatch {
    clock: Clock,
    start: Tick,
    /// Replay after replay, each call's nanoseconds: to 7 figures, more than any clock has of a call.
    ns: Vec<f32>,
}

impl Observer for Stopwatch {
    #[inline]
    fn before(&mut self, _: usize, _: &Step) {
        self.start = self.clock.now();
    }

    #[inline]
    fn after(&mut self, _: usize, _: &Step, _: &StepResult) {
        let end = self.clock.now();
        #[expect(clippy::cast_possible_truncation, reason = "rounds")]
        self.ns.push(self.clock.ns_between(self.start, end) as f32);
    }
}

fn found(program: &Program, ns: &[f32]) -> Calls {
    let count = program.steps.len();
    let replays = ns.len().checked_div(count).unwrap_or_default();
    let calls: Vec<Call> = (0..count)
        .map(|index| {
            let mut times: Vec<f32> = ns.iter().skip(index).step_by(count).copied().collect();
            times.sort_unstable_by(f32::total_cmp);
            let at = |place: usize| times.get(place).copied().map_or(0.0, f64::from);
            let (class, size) = describe(&program.steps[index]);
            let record = program.record_of.get(index).copied().unwrap_or_default();
            Call {
                record,
                class,
                size,
                median_ns: at(times.len() / 2),
                max_ns: at(times.len().saturating_sub(1)),
            }
        })
        .collect();
    let of_class = |class: CallClass| {
        let mut histogram = Histogram::new();
        let members = || (0..count).filter(|&index| calls[index].class == class);
        for index in members() {
            for &time in ns.iter().skip(index).step_by(count) {
                histogram.record_ns(f64::from(time));
            }
        }
        ClassLatency { class, calls: members().count() as u64, launches: vec![histogram] }
    };
    let classes = CallClass::ALL.map(of_class).into_iter().filter(|found| found.calls > 0).collect();
    Calls { replays: u32::try_from(replays).unwrap_or(u32::MAX), classes, calls }
}

/// The kind of a step, and the bytes that it is about.
fn describe(step: &Step) -> (CallClass, u64) {
    match step {
        Step::Alloc(request, _) => (CallClass::of_size(request.size), request.size),
        Step::Probe(request) => (CallClass::Probe, request.size),
        Step::Reserve(range) => (CallClass::Reserve, range.size()),
        Step::ReservePart(part) => (CallClass::Reserve, part.size),
        Step::Free(range) => (CallClass::Free, range.size()),
        Step::FreePart(part) => (CallClass::Free, part.size),
        Step::Change(_) | Step::Set(_) => (CallClass::Change, 0),
    }
}
