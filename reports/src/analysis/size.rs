//! How a verdict changes with the size of the machine.

use super::{Analysis, Verdict};
use crate::units::{bytes, round};

/// What the verdicts on a figure say of one strategy, from small machines to large ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BySize {
    /// One verdict wherever there is one.
    Steady,
    /// One verdict up to a size in bytes, and the other from a larger size on.
    Turns {
        /// The verdict on small machines.
        small: Verdict,
        /// The largest machine of that verdict.
        up_to: u64,
        /// The smallest machine of the other.
        from: u64,
    },
    /// Better on so many boots and worse on so many, in no order of size.
    Mixed {
        /// Boots on which it takes less time.
        better: usize,
        /// Boots on which it takes more.
        worse: usize,
    },
}

impl Analysis {
    /// How the verdicts of `figure` on the strategy at `place` change with size. Boots of unknown size count in their order.
    #[must_use]
    pub fn by_size(&self, figure: &str, place: usize) -> BySize {
        let known = self.boots.iter().filter_map(|boot| {
            let verdict = boot.subjects.get(place)?.time(figure)?.comparison.as_ref()?.verdict;
            verdict.claims().then(|| (boot.memory_bytes(), verdict))
        });
        let known: Vec<(Option<u64>, Verdict)> = known.collect();
        let of = |wanted| known.iter().filter(|(_, verdict)| *verdict == wanted).count();
        let (better, worse) = (of(Verdict::Better), of(Verdict::Worse));
        let turns = known.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
        let at = known.windows(2).find(|pair| pair[0].1 != pair[1].1);
        match (turns, at) {
            (0, _) => BySize::Steady,
            (1, Some(&[(Some(up_to), small), (Some(from), _)])) if up_to < from => {
                BySize::Turns { small, up_to, from }
            }
            _ => BySize::Mixed { better, worse },
        }
    }

    /// The sizes of the boots: `256 MiB to 960 GiB`; empty where they are not known.
    #[must_use]
    pub fn range_of_sizes(&self) -> String {
        let sizes = || self.boots.iter().filter_map(super::Boot::memory_bytes);
        match (sizes().min(), sizes().max()) {
            (Some(least), Some(most)) if about(least) == about(most) => about(least),
            (Some(least), Some(most)) => format!("{} to {}", about(least), about(most)),
            _ => String::new(),
        }
    }
}

/// A machine's memory as people call it: `256 MiB` for the 255.5 that are left to the kernel.
#[must_use]
pub fn about(memory: u64) -> String {
    round(&bytes(memory))
}
