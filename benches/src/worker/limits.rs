//! What a worker process may take, and that it does not outlive who started it.

use super::Job;
use crate::quantity::Quantity;

/// Address space that valgrind may have in a process that it runs: it needs a tenth of that for a boot of the corpus, and
/// ends without a word of use when it gets no memory.
#[cfg(unix)]
const VALGRIND_BYTES: u64 = 2 << 30;

/// Lets the system kill this process when its parent ends, even by `kill -9`.
///
/// Elsewhere than on Linux a worker ends when its input does, or when its processor time is used up.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Where it is refused, the other two ways remain.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent() {}

/// Stays on one processor, if it is to.
///
/// Two processes on two processors differ by whatever those do beside, and in a virtual machine by what their hosts' other
/// guests do: that was seen to double the time of one of them for as long as a launch lasts, which no pairing removes.
#[cfg(target_os = "linux")]
pub(super) fn stay(job: &Job) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let (Some(turn), Ok(allowed)) = (job.processor, sched_getaffinity(None)) else { return };
    let mut processors = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).cycle();
    let Some(chosen) = processors.nth(turn as usize) else { return };
    let mut only = CpuSet::new();
    only.set(chosen);
    // Where it is refused, the process runs wherever the system puts it.
    let _ = sched_setaffinity(None, &only);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stay(_: &Job) {}

/// Limits address space and processor time to what the job may have.
pub(super) fn apply(job: &Job) {
    #[cfg(unix)]
    let beside = if job.quantity == Quantity::Instructions { VALGRIND_BYTES } else { 0 };
    #[cfg(not(unix))]
    let beside = 0;
    limit(job.memory_bytes.saturating_add(beside), job.cpu_seconds);
}

/// Limits address space and processor time.
#[cfg(unix)]
pub(crate) fn limit(memory_bytes: u64, cpu_seconds: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits = [(Resource::As, memory_bytes), (Resource::Cpu, cpu_seconds), (Resource::Core, 0)];
    for (resource, limit) in limits {
        // A limit above what the process may set anyway is refused, and then not needed.
        let _ = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) });
    }
}

#[cfg(not(unix))]
pub(crate) fn limit(_: u64, _: u64) {}
