//! Showing how a boot gets on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use workloads::capture::Seen;

/// A line on the terminal that says what is going on; nothing if there is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn start(name: &str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}");
        let bar = ProgressBar::new_spinner().with_prefix(name.to_owned());
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(crate) fn tell(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// What the guest printed.
    pub(crate) fn seen(&self, seen: &Seen<'_>) {
        if !self.0.is_hidden() {
            self.0.set_message(format!("{} lines: {}", seen.lines, seen.last));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
