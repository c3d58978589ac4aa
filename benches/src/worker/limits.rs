//! What a worker process may take, and that it does not outlive who started it.

use super::Job;

/// Lets the system kill this process when its parent ends, even by `kill -9`.
///
/// Elsewhere than on Linux a worker ends when its input does, or when its processor time is used up.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Where it is refused, the other two ways remain.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() {}

/// Limits address space and processor time.
#[cfg(unix)]
pub(super) fn apply(job: &Job) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits = [(Resource::As, job.memory_bytes), (Resource::Cpu, job.cpu_seconds), (Resource::Core, 0)];
    for (resource, limit) in limits {
        // A limit above what the process may set anyway is refused, and then not needed.
        let _ = setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) });
    }
}

#[cfg(not(unix))]
pub(super) fn apply(_: &Job) {}
