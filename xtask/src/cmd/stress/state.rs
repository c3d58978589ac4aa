//! How far a run has come, in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use stress::{Job, Rules, Spec, State};

/// What must be the same for a run to go on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct What {
    head: Spec,
    base: Option<Spec>,
    rules: Rules,
    seed: u64,
}

#[derive(Serialize, Deserialize)]
struct File {
    what: What,
    state: State,
}

/// A run's file, if it has one.
pub(super) struct Stored {
    file: Option<PathBuf>,
    what: What,
    pub(super) state: State,
    written: Mutex<Instant>,
}

impl Stored {
    pub(super) fn open(file: Option<&Path>, job: &Job) -> anyhow::Result<Self> {
        let (head, base) = (job.head.clone(), job.base.clone());
        let what = What { head, base, rules: job.rules, seed: job.seed };
        let mut state = State::default();
        if let Some(file) = file.filter(|file| file.exists()) {
            let shown = file.display();
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
            let stored: File = serde_json::from_str(&text).with_context(|| {
                format!("{shown} is not a state of `stress`; name another file, or remove it")
            })?;
            if stored.what != what {
                bail!(
                    "{shown} is of another run: strategies, code, seed and --same-answers must be the same; name another file, \
                     or remove it"
                );
            }
            state = stored.state;
        }
        Ok(Self { file: file.map(Path::to_owned), what, state, written: Mutex::new(Instant::now()) })
    }

    /// Writes it now and then. A full disk is told at the end.
    pub(super) fn keep(&self, state: &State) {
        let Ok(mut written) = self.written.lock() else { return };
        if written.elapsed() > Duration::from_secs(2) {
            *written = Instant::now();
            let _ = self.write(state);
        }
    }

    pub(super) fn write(&self, state: &State) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let text = serde_json::to_string(&File { what: self.what.clone(), state: state.clone() })?;
        crate::write::atomically(file, text.as_bytes())
    }
}
