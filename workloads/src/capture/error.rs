//! Why a boot was not captured.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a boot was not captured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// A description contradicts itself.
    #[error("{0}")]
    Machine(String),
    /// A program does not start.
    #[error("cannot start {program}: {error}")]
    Start {
        /// Its name.
        program: String,
        /// What went wrong.
        error: io::Error,
    },
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// A kernel cannot be fetched.
    #[error(
        "cannot fetch the kernel {package}: {doing} failed\n{said}\nWith --kernel PATH it boots an image that you have."
    )]
    Fetch {
        /// The package.
        package: String,
        /// What was being done.
        doing: String,
        /// What the program said.
        said: String,
    },
    /// Somebody asked to stop while a kernel was being fetched.
    #[error("stopped while fetching the kernel {0}")]
    Stopped(String),
    /// The guest did not get as far as the hand-over.
    #[error("{failure}\n{words}")]
    Boot {
        /// What happened.
        failure: Failure,
        /// What was last heard.
        words: LastWords,
        /// All of its console.
        console: Vec<u8>,
    },
}

/// What happened to a guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Its kernel gave up.
    Panicked,
    /// QEMU ended, with this status if it could be had.
    Ended(Option<ExitStatus>),
    /// The time was up.
    TooLong {
        /// How much there was.
        limit: Duration,
        /// For how long nothing had been printed.
        silent: Duration,
    },
    /// Somebody asked to stop.
    Stopped,
    /// It printed without end.
    Endless,
    /// It said that lines were lost.
    Dropped,
}

/// What was last heard of a guest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LastWords {
    /// The last lines of its console.
    pub console: Vec<String>,
    /// The last lines that QEMU said for itself.
    pub qemu: Vec<String>,
}

impl CaptureError {
    /// Whether somebody asked to stop: there is no use in going on with the next machine.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped(_) | Self::Boot { failure: Failure::Stopped, .. })
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => write!(f, "the guest's kernel panicked"),
            Self::Ended(Some(status)) => write!(f, "QEMU ended before the `Memory:` line ({status})"),
            Self::Ended(None) => write!(f, "QEMU ended before the `Memory:` line"),
            Self::TooLong { limit, silent } => write!(
                f,
                "no `Memory:` line within {} s, and nothing printed for the last {} s; --time-limit allows more",
                limit.as_secs(),
                silent.as_secs()
            ),
            Self::Stopped => write!(f, "stopped"),
            Self::Endless => write!(f, "the guest prints without end"),
            Self::Dropped => write!(
                f,
                "the guest's kernel lost lines before its console started: its memory is too large for its log, or an \
                 early console is missing"
            ),
        }
    }
}

impl Display for LastWords {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.console.is_empty() {
            write!(f, "  its console printed nothing")?;
        } else {
            write!(f, "  last seen on its console:")?;
        }
        for line in &self.console {
            write!(f, "\n    | {line}")?;
        }
        if !self.qemu.is_empty() {
            write!(f, "\n  QEMU said:")?;
        }
        for line in &self.qemu {
            write!(f, "\n    | {line}")?;
        }
        Ok(())
    }
}
