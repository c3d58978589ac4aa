//! Progress bars on terminals, silence elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use reports::harmless;

/// A bar over parts of about equal length, shown on the standard error if that is a terminal, after two seconds.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: bool,
    index: usize,
}

/// The steps of one part.
const STEPS: u64 = 1000;

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {eta} left  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, started: Instant::now(), shown: false, index: 0 }
    }

    /// The part `index` of `of` begins.
    pub(crate) fn begin(&mut self, what: &str, index: usize, of: usize) {
        self.index = index;
        self.bar.set_length(of as u64 * STEPS);
        self.bar.set_message(harmless::line(what).into_owned());
        self.part(0.0);
    }

    /// So much of the part, 0 to 1, is done.
    pub(crate) fn part(&mut self, share: f64) {
        if !self.shown && self.started.elapsed() > Duration::from_secs(2) {
            // Draws only if it is a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.shown = true;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        let steps = (share.clamp(0.0, 1.0) * STEPS as f64) as u64;
        self.bar.set_position(self.index as u64 * STEPS + steps);
    }

    /// The part is done.
    pub(crate) fn finished(&mut self) {
        self.part(1.0);
    }

    /// Prints a line to the standard error, above the bar.
    pub(crate) fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{}", harmless::lines(line)));
    }

    /// Does what prints, with the bar out of the way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// All is done.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
