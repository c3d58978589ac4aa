//! How thoroughly is measured, and what that may cost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many samples of which length.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pace {
    /// Launches of each member: what intervals rest on.
    pub launches: u32,
    /// Samples of each launch.
    pub blocks: u32,
    /// How long a sample takes at least, the building of fresh state included, in microseconds.
    pub sample_us: u64,
    /// How long the samples of a group may take together, in milliseconds. Where they would take longer there are fewer
    /// blocks, then fewer launches, though never fewer than [`Pace::LEAST`].
    pub group_ms: u64,
}

/// What a cell may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds for each cell.
    pub seconds: u64,
    /// Bytes of address space for each process.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { seconds: 60, memory_bytes: 8 << 30 }
    }
}

impl Pace {
    /// What a measurement does if it is asked for nothing else.
    pub const DEFAULT: Self = Self { launches: 14, blocks: 160, sample_us: 250, group_ms: 3000 };

    /// What `--quick` does: enough to see whether all is well, and differences of several per cent.
    pub const QUICK: Self = Self { launches: 6, blocks: 10, sample_us: 200, group_ms: 200 };

    /// Launches and blocks below which nothing is compared.
    pub const LEAST: (u32, u32) = (5, 5);

    /// The pace for a group of which a block takes so long.
    #[must_use]
    pub fn for_block(self, block: Duration) -> Self {
        let blocks = |launches: u32| {
            let all = u128::from(self.group_ms) * 1_000_000 / block.as_nanos().max(1);
            u32::try_from(all / u128::from(launches.max(1))).unwrap_or(u32::MAX)
        };
        let (least_launches, least_blocks) = Self::LEAST;
        let fewest = self.launches.min(least_launches);
        let floor = self.blocks.min(least_blocks);
        let mut launches = self.launches;
        while launches > fewest && blocks(launches) < floor {
            launches -= 1;
        }
        Self { launches, blocks: blocks(launches).clamp(floor, self.blocks), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_samples_are_fewer_but_not_too_few() {
        let pace = |ms: u64| {
            let pace = Pace::DEFAULT.for_block(Duration::from_micros(ms * 1000));
            (pace.launches, pace.blocks)
        };
        assert_eq!(pace(0), (14, 160));
        assert_eq!(pace(1), (14, 160));
        assert_eq!(pace(5), (14, 42));
        assert_eq!(pace(10), (14, 21));
        assert_eq!(pace(30), (14, 7));
        assert_eq!(pace(100), (6, 5));
        assert_eq!(pace(1000), (5, 5));
        let few = Pace { launches: 2, blocks: 3, ..Pace::DEFAULT }.for_block(Duration::from_secs(10));
        assert_eq!((few.launches, few.blocks), (2, 3));
    }
}
