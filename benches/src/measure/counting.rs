//! Counting the instructions of the cells of a group.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, Write as _};
use std::path::Path;
use std::process::{Child as Process, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::child::Child;
use super::lost::Lost;
use super::post_mortem::{crashed, no_start, post_mortem, too_slow, understood};
use crate::count::{self, Count, Counting, VALGRIND_REMEDY, Work};
use crate::figures::Figures;
use crate::plan::{Member, Plan, PlannedGroup};
use crate::quantity::{KINDS, PARTS, Quantity, WALK};
use crate::results::{ClockFacts, ClockKind, Failure, FailureKind, Outcome};
use crate::worker::{Job, PROTOCOL, Reply, Request};

/// What each member came to, in the order of the plan, or `None` if it was stopped.
///
/// No process slows another one's count down, so as many run at a time as there are processors.
pub(super) fn count(
    plan: &Plan,
    group: &PlannedGroup<'_>,
    lost: &Lost,
    stop: &AtomicBool,
) -> Option<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let lane = || {
        let mut counted = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(member) = plan.members.get(index) else { return Some(counted) };
            let found = match lost.of(group.boot.name(), member) {
                Some(failure) => Err(failure),
                None => instructions(plan, group, member, stop)?,
            };
            counted.push((index, found.map_or_else(Outcome::Failed, Outcome::Counts)));
        }
    };
    let lanes = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(plan.members.len());
    let mut counted = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        let results = lanes.into_iter().map(|lane| lane.join().expect("counting does not panic"));
        results.collect::<Option<Vec<_>>>()
    })?
    .concat();
    counted.sort_by_key(|&(index, _)| index);
    Some(counted.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The count of a member, or `None` if it was stopped.
fn instructions(
    plan: &Plan,
    group: &PlannedGroup<'_>,
    member: &Member,
    stop: &AtomicBool,
) -> Option<Result<Figures, Failure>> {
    let missing = |message| Some(Err(Failure { kind: FailureKind::Refused, message }));
    match &plan.counting {
        Counting::Given(counts) => match given(counts, group, member) {
            Some(parts) => Some(Ok(figures(parts))),
            None => missing("it is not among the counts that were given (--counts)".into()),
        },
        Counting::Callgrind(valgrind) => {
            if let Err(failure) = checked(plan, group, member) {
                return Some(Err(failure));
            }
            match start(plan, group, member, valgrind) {
                Ok(counter) => counter.wait(plan, stop),
                Err(error) => Some(Err(no_start(valgrind, &error))),
            }
        }
        Counting::Unasked | Counting::Missing => {
            missing(format!("instructions are counted by callgrind: {VALGRIND_REMEDY}"))
        }
    }
}

/// The parts that were given, in the order of [`PARTS`].
fn given(counts: &[Count], group: &PlannedGroup<'_>, member: &Member) -> Option<[u64; 3]> {
    let boot = group.boot.name();
    let of = |work: fn(String) -> Work| {
        let work = work(boot.to_owned());
        let known = |count: &&Count| count.job.strategy == member.strategy.name() && count.job.work == work;
        counts.iter().find(known).map(|count| count.instructions)
    };
    Some([of(Work::Build)?, of(Work::Replay)?, of(Work::HandOver)?])
}

/// The figures of parts in the order of [`PARTS`].
fn figures(parts: [u64; 3]) -> Figures {
    let [_, calls, hand_over] = parts;
    let whole = [("instructions", calls.saturating_add(hand_over))];
    PARTS.into_iter().zip(parts).chain(whole).collect()
}

/// Has the member's answers checked by a process without valgrind, which takes a hundredth of the time; and one that crashes,
/// hangs or eats memory does so there, where what it says of it is not mixed with what valgrind says.
fn checked(plan: &Plan, group: &PlannedGroup<'_>, member: &Member) -> Result<(), Failure> {
    let mut child = Child::start(member, &job(plan, group, member, Quantity::BootCost))?;
    child.reply(&mut Duration::from_secs(plan.limits.seconds), plan.limits.seconds).map(drop)
}

fn job(plan: &Plan, group: &PlannedGroup<'_>, member: &Member, quantity: Quantity) -> Job {
    Job {
        protocol: PROTOCOL,
        strategy: member.strategy.in_launch(0),
        trace: group.boot.text.clone(),
        quantity,
        // Nothing is timed, and a calibrated clock would make the line longer or shorter.
        clock: ClockFacts { kind: ClockKind::Monotonic, ns_per_tick: 1.0, cost_ns: 0.0, granularity_ns: 1.0 },
        checked: quantity != Quantity::Instructions,
        memory_bytes: plan.limits.memory_bytes,
        cpu_seconds: plan.limits.seconds.saturating_add(5),
        processor: None,
    }
}

/// A worker process under callgrind. Dropping it ends it, and removes its folder.
struct Counter {
    process: Process,
    folder: tempfile::TempDir,
    errors: File,
}

/// Starts a worker that is told beforehand all that it is to do.
// By a file and not by a pipe: how much each read of a pipe returns depends on the moment, and with it what the worker's heap
// looks like when it builds the allocator.
fn start(plan: &Plan, group: &PlannedGroup<'_>, member: &Member, valgrind: &Path) -> io::Result<Counter> {
    let mut input = tempfile::tempfile()?;
    write_line(&mut input, &job(plan, group, member, Quantity::Instructions))?;
    write_line(&mut input, &Request::Sample(1))?;
    write_line(&mut input, &Request::Finish)?;
    input.rewind()?;
    let folder = tempfile::tempdir()?;
    link(&std::path::absolute(member.program()?)?, &folder.path().join("program"))?;
    let errors = tempfile::tempfile()?;
    let output = File::create(folder.path().join("output"))?;
    let mut command = count::callgrind(valgrind, folder.path());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.arg("worker").stdin(input).stdout(output).stderr(Stdio::from(errors.try_clone()?));
    Ok(Counter { process: command.spawn()?, folder, errors })
}

fn write_line(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

#[cfg(unix)]
fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, name)
}

#[cfg(not(unix))]
fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::fs::copy(program, name).map(drop)
}

impl Counter {
    /// Waits for its end, or returns `None` if it was stopped.
    fn wait(mut self, plan: &Plan, stop: &AtomicBool) -> Option<Result<Figures, Failure>> {
        let limit_s = plan.limits.seconds;
        let start = Instant::now();
        let status = loop {
            match self.process.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => break Ok(status),
                Err(error) => break Err(error),
            }
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            if start.elapsed() > Duration::from_secs(limit_s) {
                return Some(Err(too_slow(limit_s)));
            }
            // A count takes a hundred times as long.
            thread::sleep(Duration::from_millis(5));
        };
        let found = match self.said_all() {
            Ok(true) => self.counts(),
            Ok(false) => Err(post_mortem(status, &mut self.errors, plan.limits.memory_bytes)),
            Err(failure) => Err(failure),
        };
        Some(found)
    }

    /// Whether it answered to the end; if it says that there is nothing to count, the reason.
    fn said_all(&self) -> Result<bool, Failure> {
        let output = File::open(self.folder.path().join("output")).map_err(|error| lost(&error))?;
        let mut last = None;
        for line in BufReader::new(output).lines() {
            last = Some(understood(&line.map_err(|error| lost(&error))?)?);
        }
        Ok(matches!(last, Some(Reply::Found(_))))
    }

    fn counts(&self) -> Result<Figures, Failure> {
        let counted = count::counts(self.folder.path(), PARTS.len());
        let counted: Option<[u64; 3]> = counted.and_then(|parts| parts.try_into().ok());
        let message = match counted {
            Some([0, 0, 0]) => "callgrind counted nothing in the function `counted_region`: was it stripped?",
            Some(parts) => return Ok(self.with_kinds(parts)),
            None => "callgrind did not find the function `counted_region` in it: was it stripped?",
        };
        Err(Failure { kind: FailureKind::Refused, message: message.into() })
    }

    /// The figures of parts, with those by kind of call, and of the hand-over without its model: where callgrind found their
    /// functions.
    fn with_kinds(&self, parts: [u64; 3]) -> Figures {
        let mut figures = figures(parts);
        let kinds = count::spent_in(self.folder.path(), PARTS.len() + 1, count::KINDS);
        if let Some(kinds) = kinds.filter(|kinds| kinds.iter().any(|&spent| spent > 0)) {
            KINDS.into_iter().zip(kinds).for_each(|(id, spent)| figures.set(id, spent));
        }
        let [_, _, hand_over] = parts;
        let taken = count::spent_in(self.folder.path(), PARTS.len(), count::TAKERS);
        // What goes through a library's sink goes to the model from there.
        if let Some(taken) = taken.and_then(|taken| taken.into_iter().find(|&spent| spent > 0)) {
            figures.set(WALK, hand_over.saturating_sub(taken));
        }
        figures
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn lost(error: &io::Error) -> Failure {
    crashed(format!("what it wrote cannot be read: {error}"))
}
