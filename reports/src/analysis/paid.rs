//! What the recorded kernel itself paid for its allocator.

use serde::Serialize;
use workloads::cost::{Cost, Kind};

/// What a kernel paid for its boot allocator, in instructions of a real boot: exact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Paid {
    /// All instructions from the kernel's first one to the end of the hand-over.
    pub total: u64,
    /// Those of the allocator, zeroing and the page allocator apart.
    pub allocator: u64,
    /// The allocator's by kind of call; kinds that were not called are absent.
    pub kinds: Vec<PaidKind>,
}

/// What the calls of one kind took.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaidKind {
    /// The kind's word, as a `.cost` file has it.
    pub kind: &'static str,
    /// How many calls there were.
    pub calls: u64,
    /// The allocator's instructions in them.
    pub instructions: u64,
}

impl Paid {
    /// What `cost` says.
    #[must_use]
    pub fn of(cost: &Cost) -> Self {
        let kind = |(kind, word): &(Kind, &'static str)| PaidKind {
            kind: word,
            calls: cost.calls_of(*kind),
            instructions: cost.own(*kind),
        };
        let kinds = Kind::WORDS.iter().map(kind).filter(|kind| kind.calls > 0);
        Self { total: cost.total.instructions, allocator: cost.allocator(), kinds: kinds.collect() }
    }

    /// The allocator's share of all instructions, 0 to 1: no other allocator can save more.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.allocator as f64 / self.total.max(1) as f64
    }

    /// The allocator's instructions in calls of `kind`; `None` if there were none.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> Option<u64> {
        self.kinds.iter().find(|known| known.kind == kind.word()).map(|known| known.instructions)
    }
}
