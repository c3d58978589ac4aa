//! What the recorded kernel itself paid for its allocator.

use serde::Serialize;
use workloads::cost::{Cost, Kind, Part, Spent, doubt, held};
use workloads::trace::Trace;

/// What a kernel paid for its boot allocator, in instructions of a real boot: exact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Paid {
    /// All instructions from the kernel's first one to the end of the hand-over.
    pub total: u64,
    /// Those of the allocator, zeroing and the page allocator apart.
    pub allocator: u64,
    /// The allocator's by kind of call; kinds that were not called are absent.
    pub kinds: Vec<PaidKind>,
    /// What the whole boot spent on what is nobody's search, within the allocator's calls and outside.
    pub apart: Vec<Apart>,
    /// Why it may be of another boot than the log; `None` if nothing speaks against it.
    pub doubt: Option<String>,
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
    /// How many of them stand in the log, so that a replay makes them too; `None` of kinds that no log shows.
    pub logged_calls: Option<u64>,
    /// The allocator's instructions in those.
    pub logged: Option<u64>,
    /// What these calls spent beside.
    pub apart: Vec<Apart>,
}

/// Instructions that are not the allocator's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Apart {
    /// What for, in words.
    pub what: String,
    /// Instructions.
    pub instructions: u64,
    /// Rounds of string instructions beyond the first of each, which are not instructions.
    pub rounds: u64,
}

impl Paid {
    /// What `cost` says of the boot of `trace`.
    #[must_use]
    pub fn of(cost: &Cost, trace: &Trace) -> Self {
        let held = held(cost, trace);
        let kind = |(kind, word): &(Kind, &'static str)| {
            let tally = matches!(kind, Kind::Add | Kind::Reserve | Kind::Free | Kind::Alloc)
                .then(|| held.spent.get(kind).copied().unwrap_or_default());
            PaidKind {
                kind: word,
                calls: cost.calls_of(*kind),
                instructions: cost.own(*kind),
                logged_calls: tally.map(|tally| tally.calls),
                logged: tally.map(|tally| tally.instructions),
                apart: apart(|part| cost.spent(Some(*kind), part)),
            }
        };
        let kinds = Kind::WORDS.iter().map(kind).filter(|kind| kind.calls > 0);
        Self {
            total: cost.total.instructions,
            allocator: cost.allocator(),
            kinds: kinds.collect(),
            apart: apart(|part| cost.spent_on(part)),
            doubt: doubt(cost, trace, &held),
        }
    }

    /// The allocator's share of all instructions, 0 to 1: no other allocator can save more.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.allocator as f64 / self.total.max(1) as f64
    }

    /// What calls of `kind` took; `None` if there were none.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> Option<&PaidKind> {
        self.kinds.iter().find(|known| known.kind == kind.word())
    }
}

fn apart(spent: impl Fn(Part) -> Spent) -> Vec<Apart> {
    let of = |(part, word): &(Part, &'static str)| {
        let Spent { instructions, repeats } = spent(*part);
        let what =
            if *part == Part::PageAllocator { "the page allocator".into() } else { word.replace('-', " ") };
        Apart { what, instructions, rounds: repeats }
    };
    let parts = Part::WORDS.iter().filter(|(part, _)| !part.is_own()).map(of);
    parts.filter(|apart| apart.instructions > 0).collect()
}
