//! Guests that behave and guests that do not, played by a shell in place of QEMU.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use workloads::capture::{CaptureError, Failure, boot};

const LONG: Duration = Duration::from_mins(1);

/// Boots a guest that may print its process id first.
fn run(script: &str, limit: Duration, stop: &AtomicBool) -> (Result<String, CaptureError>, Option<u32>) {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    let console = boot(command, limit, stop, &mut |_| {});
    let printed = match &console {
        Ok(console) | Err(CaptureError::Boot { console, .. }) => console.as_slice(),
        Err(_) => &[],
    };
    let pid =
        String::from_utf8_lossy(printed).lines().find_map(|line| line.strip_prefix("pid ")?.parse().ok());
    (console.map(|bytes| String::from_utf8(bytes).unwrap()), pid)
}

/// Whether the process is gone within a second. A zombie whose parent is busy is as good as gone.
fn is_gone(pid: u32) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        if status.map_or(true, |status| status.contains(") Z ")) {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    !Path::new(&format!("/proc/{pid}")).exists()
}

fn failure(result: Result<String, CaptureError>) -> (Failure, String) {
    let error = result.unwrap_err();
    let text = error.to_string();
    match error {
        CaptureError::Boot { failure, .. } => (failure, text),
        error => panic!("{error}"),
    }
}

#[test]
fn a_console_ends_with_the_line_of_the_page_allocator_and_the_guest_with_it() {
    let script = "echo pid $$; printf '[0.1] Mem'; sleep 0.2; \
                  printf 'ory: 1K/2K available (3K kernel code)\\r\\n[0.2] SLUB: more\\n'; sleep 1000 & wait";
    let (console, pid) = run(script, LONG, &AtomicBool::new(false));
    let pid = pid.unwrap();
    assert_eq!(console.unwrap(), format!("pid {pid}\n[0.1] Memory: 1K/2K available (3K kernel code)\r\n"));
    assert!(is_gone(pid));
}

#[test]
fn a_guest_that_hangs_is_ended_when_its_time_is_up() {
    // What it started hangs as well.
    let (console, pid) =
        run("echo pid $$; sleep 1000 & echo child $!; wait", Duration::from_secs(1), &AtomicBool::new(false));
    let (failure, text) = failure(console);
    assert!(matches!(failure, Failure::TooLong { .. }), "{text}");
    assert!(text.starts_with("no `Memory:` line within 1 s"), "{text}");
    let child = text.split("| child ").nth(1).and_then(|pid| pid.trim().parse().ok()).unwrap();
    assert!(is_gone(pid.unwrap()) && is_gone(child), "{text}");
}

#[test]
fn a_guest_that_prints_nothing_is_said_to() {
    let (console, _) = run("sleep 1000", Duration::from_millis(300), &AtomicBool::new(false));
    let (_, text) = failure(console);
    assert!(text.contains("its console printed nothing"), "{text}");
}

#[test]
fn a_panic_ends_the_boot_at_once() {
    let script = "echo pid $$; echo '[ 0.1] Kernel panic - not syncing: no memory'; sleep 1000";
    let start = Instant::now();
    let (console, pid) = run(script, LONG, &AtomicBool::new(false));
    let (failure, text) = failure(console);
    assert_eq!(failure, Failure::Panicked);
    assert!(text.contains("| [ 0.1] Kernel panic - not syncing: no memory"), "{text}");
    assert!(is_gone(pid.unwrap()) && start.elapsed() < LONG / 4);
}

#[test]
fn a_qemu_that_ends_early_is_quoted() {
    let (console, _) =
        run("echo one; echo 'qemu: unsupported machine type' >&2; exit 3", LONG, &AtomicBool::new(false));
    let (failure, text) = failure(console);
    assert!(matches!(failure, Failure::Ended(Some(status)) if status.code() == Some(3)), "{text}");
    assert!(text.contains("(exit status: 3)\n  last seen on its console:\n    | one\n"), "{text}");
    assert!(text.ends_with("QEMU said:\n    | qemu: unsupported machine type"), "{text}");
}

#[test]
fn a_boot_stops_when_it_is_asked_to() {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(500));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let (console, pid) = run("echo pid $$; while :; do echo on and on; sleep 0.01; done", LONG, &stop);
        let (failure, text) = failure(console);
        assert_eq!(failure, Failure::Stopped);
        assert!(text.contains("| on and on"), "{text}");
        assert!(is_gone(pid.unwrap()));
    });
}

#[test]
fn a_guest_that_prints_without_end_is_ended() {
    let (console, _) = run("yes 0123456789012345678901234567890123456789", LONG, &AtomicBool::new(false));
    assert_eq!(failure(console).0, Failure::Endless);
}

#[test]
fn a_console_that_lost_lines_is_no_use() {
    let script = "echo '** 72 printk messages dropped **'; echo 'Memory: 1K/2K available (3K kernel code)'; sleep 1000";
    let (console, _) = run(script, LONG, &AtomicBool::new(false));
    assert_eq!(failure(console).0, Failure::Dropped);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let error = boot(Command::new("no-such-qemu"), LONG, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
    assert!(error.to_string().starts_with("cannot start no-such-qemu: "), "{error}");
}
