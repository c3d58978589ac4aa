//! How exactly a kernel's code repeats what was recorded.

use plugin::Plugin;
use serde::{Deserialize, Serialize};
use workloads::check::check;
use workloads::fidelity::{Share, verify};
use workloads::replay::{Program, Reach, Stage};
use workloads::trace::Trace;

use super::{Found, refused};

/// How many are equal, of how many.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Of {
    pub(crate) equal: u64,
    pub(crate) all: u64,
}

/// What a replay found.
#[derive(Serialize, Deserialize)]
pub(crate) struct Verified {
    pub(crate) exact: bool,
    /// Logged addresses.
    pub(crate) addresses: Of,
    pub(crate) dumps: Of,
    /// Counts of released pages.
    pub(crate) released: Of,
    /// Every difference, in order, in words.
    pub(crate) mismatches: Vec<String>,
    /// Every answer that no allocator may give.
    pub(crate) illegal: Vec<String>,
}

impl From<Share> for Of {
    fn from(Share { equal, all }: Share) -> Self {
        Self { equal, all }
    }
}

impl std::ops::AddAssign for Of {
    fn add_assign(&mut self, other: Self) {
        self.equal += other.equal;
        self.all += other.all;
    }
}

pub(super) fn of(strategy: &'static Plugin, trace: &Trace) -> Found<Verified> {
    let mut stage = Stage::default();
    let found = verify(strategy, trace, &mut stage).map_err(|error| refused(&error))?;
    let program = Program::compile(trace, Reach::of(strategy));
    let checked = check(strategy, &program, &mut stage).map_err(|error| refused(&error))?;
    let released = found
        .released
        .map_or(Of::default(), |(replay, kernel)| Of { equal: u64::from(replay == kernel), all: 1 });
    Ok(Verified {
        exact: found.exact(),
        addresses: found.proving.into(),
        dumps: found.dumps.into(),
        released,
        mismatches: found.mismatches.iter().map(ToString::to_string).collect(),
        illegal: checked.violations.iter().map(ToString::to_string).collect(),
    })
}
