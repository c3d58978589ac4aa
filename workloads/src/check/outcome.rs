//! What a strategy could and could not do in a boot.

/// Counts of what came of a replay's steps. All exact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outcomes {
    /// Allocations that the kernel was granted and this strategy was asked for.
    pub allocations: u64,
    /// Bytes that those asked for: wide, since a trace may ask for nearly all addresses again and again.
    pub bytes_asked: u128,
    /// Of those, how many found no memory.
    pub failed: u64,
    /// Of those, how many were refused as impossible.
    pub refused: u64,
    /// Of those, how many were given memory that is not all on the node they preferred.
    pub elsewhere: u64,
    /// Of those, how many were given memory below their goal.
    pub below_goal: u64,
    /// Reservations of fixed addresses that this strategy had given to somebody before.
    pub conflicts: u64,
    /// Reservations that were refused.
    pub reserves_refused: u64,
    /// Frees that were refused.
    pub frees_refused: u64,
    /// Changes of the memory map that were refused.
    pub changes_refused: u64,
    /// Settings that mean nothing to this strategy.
    pub settings_ignored: u64,
    /// Reservations and frees of blocks that were never given.
    pub without_block: u64,
    /// Reservations and frees of which the part outside memory was cut off for this strategy.
    pub clipped: u64,
    /// Requests that the kernel refused and this strategy granted.
    pub granted_beyond_kernel: u64,
}

impl Outcomes {
    /// Whether the strategy did everything that the kernel did.
    #[must_use]
    pub fn complete(&self) -> bool {
        let short = [self.failed, self.refused, self.conflicts, self.reserves_refused, self.frees_refused];
        short.iter().sum::<u64>() + self.changes_refused == 0
    }
}
