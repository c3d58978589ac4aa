//! Programs that never outlive us.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A program with all that it starts; gone when this is dropped, and when the thread that started it ends.
pub(crate) struct Guarded {
    child: Child,
    group: Pid,
}

impl Guarded {
    /// Starts `command` in a process group of its own, without input, its output and errors in pipes.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a group of its own, Ctrl-C on the terminal reaches us alone, and we end it after we took note of its last
        // words; and the whole group can be ended at once.
        command.process_group(0);
        die_with_us(&mut command);
        let child = command.spawn()?;
        let group = Pid::from_child(&child);
        Ok(Self { child, group })
    }

    /// Its output and its errors, once.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdout, ChildStderr)> {
        Some((self.child.stdout.take()?, self.child.stderr.take()?))
    }

    /// Waits for it to end by itself for at most `patience`, then ends it. Its status tells which of the two it was.
    pub(crate) fn end(mut self, patience: Duration) -> io::Result<ExitStatus> {
        let start = Instant::now();
        // Not reaped yet, so that the number of the group cannot be another's when it is ended below.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        while start.elapsed() < patience && waitid(WaitId::Pid(self.group), options)?.is_none() {
            thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        self.child.wait()
    }

    fn kill(&mut self) {
        // It fails only when nothing is left to end.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // After `end` it is reaped, and its number may be another's.
        if let Ok(None) = self.child.try_wait() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whatever ends us, even a signal that cannot be caught, the kernel ends the program too.
#[cfg(target_os = "linux")]
fn die_with_us(command: &mut Command) {
    use rustix::process::{getpid, getppid, set_parent_process_death_signal};

    let us = getpid();
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // We may have ended before the program could ask.
        if getppid() == Some(us) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between fork and exec only async-signal-safe functions may be called. `ask` makes two system calls and
    // neither allocates nor takes a lock: its errors are plain numbers.
    unsafe {
        command.pre_exec(ask);
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_us(_: &mut Command) {}

/// Runs `command` to its end and returns all that it printed; `None`, and the program is gone, when `stop` becomes true.
pub(super) fn output(command: Command, stop: &AtomicBool) -> io::Result<Option<Output>> {
    let mut child = Guarded::spawn(command)?;
    let Some((output, errors)) = child.pipes() else { unreachable!("both are piped") };
    let (output, errors) = (chunks(output), chunks(errors));
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    loop {
        let more = output.recv_timeout(Duration::from_millis(100));
        stderr.extend(errors.try_iter().flatten());
        match more {
            Ok(chunk) => stdout.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
    }
    let status = child.end(Duration::from_secs(10))?;
    while let Ok(chunk) = errors.recv_timeout(Duration::from_millis(100)) {
        stderr.extend(chunk);
    }
    Ok(Some(Output { status, stdout, stderr }))
}

/// Reads `pipe` on a thread of its own. The channel closes at the end of the pipe.
///
/// The thread is not waited for: it ends with the pipe, or with the receiver at the next bytes.
pub(crate) fn chunks(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(16);
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
