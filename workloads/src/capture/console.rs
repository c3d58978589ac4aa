//! Running a guest and watching its console.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::child::{Guarded, chunks};
use super::error::{CaptureError, Failure, LastWords};

/// How often somebody looks whether to stop, and progress is told.
const TICK: Duration = Duration::from_millis(100);
/// How long a program whose console is closed may take to end.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that a console may print: twenty times the longest boot seen.
const MOST: usize = 64 << 20;

/// What was seen of a boot so far.
pub struct Seen<'a> {
    /// Since its start.
    pub elapsed: Duration,
    /// How many lines are complete.
    pub lines: u64,
    /// The last one.
    pub last: &'a str,
}

/// Runs `command`, a QEMU whose standard output is the guest's console, until the boot allocator has handed over.
///
/// Returns the console up to the end of the `Memory:` line: what comes after it is the page allocator's, and how much of
/// it had been printed when the guest was ended depends on the moment. QEMU is gone when this returns.
///
/// # Errors
/// [`CaptureError::Boot`] with the last words of the console, when the guest panics, ends, loses lines, or does not get
/// there within `limit`, and when `stop` becomes true; [`CaptureError::Start`] when QEMU cannot be started.
pub fn boot(
    command: Command,
    limit: Duration,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&Seen<'_>),
) -> Result<Vec<u8>, CaptureError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let start = Instant::now();
    let mut guest = Guarded::spawn(command).map_err(|error| CaptureError::Start { program, error })?;
    let Some((output, errors)) = guest.pipes() else { unreachable!("both are piped") };
    let (output, errors) = (chunks(output), chunks(errors));
    let mut console = Console::default();
    let mut heard = start;
    let failure = loop {
        match output.recv_timeout(TICK) {
            Ok(chunk) => {
                heard = Instant::now();
                console.bytes.extend(chunk);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break None,
        }
        match console.look() {
            Some(Event::HandedOver(end)) => {
                console.bytes.truncate(end);
                if memchr::memmem::find(&console.bytes, b"printk messages dropped").is_none() {
                    return Ok(console.bytes);
                }
                break Some(Failure::Dropped);
            }
            Some(Event::Panicked) => break Some(Failure::Panicked),
            None => {}
        }
        progress(&Seen { elapsed: start.elapsed(), lines: console.lines, last: &console.last });
        if stop.load(Ordering::Relaxed) {
            break Some(Failure::Stopped);
        }
        if start.elapsed() >= limit {
            break Some(Failure::TooLong { limit, silent: heard.elapsed() });
        }
        if console.bytes.len() > MOST {
            break Some(Failure::Endless);
        }
    };
    let ended = guest.end(if failure.is_none() { PATIENCE } else { Duration::ZERO });
    let failure = failure.unwrap_or_else(|| Failure::Ended(ended.ok()));
    let mut said = Vec::new();
    while let Ok(chunk) = errors.recv_timeout(TICK) {
        said.extend(chunk);
    }
    let words = LastWords { console: last_lines(&console.bytes), qemu: last_lines(&said) };
    Err(CaptureError::Boot { failure, words, console: console.bytes })
}

/// What a line says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    /// The boot allocator handed over; the line ends here.
    HandedOver(usize),
    /// The guest gave up.
    Panicked,
}

/// What the guest printed.
#[derive(Default)]
struct Console {
    bytes: Vec<u8>,
    /// Where the first line starts that is not complete.
    line_start: usize,
    lines: u64,
    last: String,
}

impl Console {
    /// Looks at the lines that are complete by now, up to the first that ends the boot.
    fn look(&mut self) -> Option<Event> {
        while let Some(length) = memchr::memchr(b'\n', &self.bytes[self.line_start..]) {
            let end = self.line_start + length + 1;
            let line = &self.bytes[self.line_start..end];
            self.line_start = end;
            self.lines += 1;
            let handed_over = is_hand_over(line);
            let panicked = memchr::memmem::find(line, b"Kernel panic - not syncing").is_some();
            if let Some(line) = shown(line) {
                self.last = line;
            }
            if handed_over {
                return Some(Event::HandedOver(end));
            }
            if panicked {
                return Some(Event::Panicked);
            }
        }
        None
    }
}

/// Whether this is the line `Memory: 230332K/261736K available (…)`, `k` in old kernels.
fn is_hand_over(line: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(line, b"Memory: ") else { return false };
    let text = String::from_utf8_lossy(&line[at + b"Memory: ".len()..]);
    let kib = |text: &str| {
        let digits = text.strip_suffix(['K', 'k']).unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut words = text.split(' ');
    let amounts = words.next().and_then(|amounts| amounts.split_once('/'));
    amounts.is_some_and(|(free, all)| kib(free) && kib(all)) && words.next() == Some("available")
}

/// The last few lines of `bytes`.
fn last_lines(bytes: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = bytes.rsplit(|byte| *byte == b'\n').filter_map(shown).take(5).collect();
    lines.reverse();
    lines
}

/// A line as a terminal may show it: without escapes and what else controls one; `None` if nothing is left.
fn shown(line: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut escape = false;
    for c in String::from_utf8_lossy(line).chars() {
        match c {
            '\u{1b}' => escape = true,
            '[' | ';' | '=' | '?' | '0'..='9' if escape => {}
            _ if escape => escape = false,
            _ if c.is_control() => {}
            _ => text.push(c),
        }
    }
    let text: String = text.trim_end().chars().take(160).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_of_the_page_allocator_ends_a_boot() {
        for line in [
            "[    0.211233] Memory: 230332K/261736K available (14342K kernel code, 0K cma-reserved)\r\n",
            "Memory: 3891880k/5242880k available (4931k kernel code)\n",
        ] {
            assert!(is_hand_over(line.as_bytes()), "{line}");
        }
        for line in
            ["Memory: 12K available\n", "Early Memory: 1K/2K in use\n", "Memory: K/K available\n", "Memory: "]
        {
            assert!(!is_hand_over(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_line_counts_when_it_is_complete() {
        let mut console = Console::default();
        console.bytes.extend(b"one\n[0.1] Memory: 1K/2K avail");
        assert_eq!(console.look(), None);
        console.bytes.extend(b"able (3K)\r\nmore\n");
        assert_eq!(
            console.look(),
            Some(Event::HandedOver(b"one\n[0.1] Memory: 1K/2K available (3K)\r\n".len()))
        );
        assert_eq!((console.lines, console.last.as_str()), (2, "[0.1] Memory: 1K/2K available (3K)"));
    }

    #[test]
    fn last_words_are_fit_for_a_terminal() {
        let bytes = b"0\n1\n2\n3\n4\n\x1b[2J\x1b[01;01H\x1b[=3hfive\r\n\n\x07\nsix";
        assert_eq!(last_lines(bytes), ["2", "3", "4", "five", "six"]);
        assert_eq!(last_lines(b""), Vec::<String>::new());
    }
}
