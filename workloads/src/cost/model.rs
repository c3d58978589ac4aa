//! What a boot paid.

use std::ops::AddAssign;

/// What a boot paid for its boot allocator, and out of how much.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cost {
    /// The machine, in words.
    pub machine: String,
    /// The kernel's release.
    pub kernel: String,
    /// How it was counted: emulator, kernel, command line.
    pub captured: String,
    /// Instructions from the first one that the kernel executes at its own addresses to the end of the hand-over.
    pub total: Spent,
    /// Returns that the counting could not understand; what they spent is in somebody's account all the same.
    pub lost: u64,
    /// Blocks of instructions that other CPUs ran, which are in `total` and in nobody's account.
    pub elsewhere: u64,
    /// Calls of the allocator by kind, and what they spent with all that they called.
    pub work: Vec<Work>,
    /// The functions that took most, and all of the allocator's.
    pub functions: Vec<Function>,
    /// The allocator's calls, in order: all but queries.
    pub calls: Vec<Call>,
}

/// What the calls of a kind spent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Work {
    /// The kind; `None` for all that is not the allocator's.
    pub kind: Option<Kind>,
    /// How many calls there were from outside the allocator.
    pub calls: u64,
    /// On what they spent it.
    pub parts: Vec<(Part, Spent)>,
}

/// An amount of instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Spent {
    /// Instructions.
    pub instructions: u64,
    /// Rounds of string instructions (`rep stosb` and its like on x86), beyond the first of each; not instructions.
    pub repeats: u64,
}

/// What a call of the allocator is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Memory is found or taken away.
    Add,
    /// These very addresses are reserved.
    Reserve,
    /// These very addresses are freed.
    Free,
    /// Memory is allocated.
    Alloc,
    /// Somebody asks; no log shows it.
    Query,
    /// Nodes, flags, limits, directions.
    Settings,
    /// All that is free goes to the page allocator.
    HandOver,
}

/// What instructions of a call were spent on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// The allocator's own work.
    Allocator,
    /// Filling memory with zeros.
    Zeroing,
    /// Printing.
    Printing,
    /// Thunks that a compiler or a mitigation puts around calls and returns.
    Thunks,
    /// The page allocator.
    PageAllocator,
    /// Initialising struct pages.
    StructPages,
}

/// What a function spent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// How often it was called.
    pub calls: u64,
    /// What it spent itself.
    pub own: Spent,
    /// Instructions with all that it called.
    pub inclusive: u64,
}

/// A call of the allocator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// What for.
    pub kind: Kind,
    /// The function that was called.
    pub function: String,
    /// Where it returned to, as the kernel prints it, without the function's size: `setup_arch+0x180`.
    pub caller: String,
    /// Instructions, by what they were spent on.
    pub parts: Vec<(Part, u64)>,
}

impl Kind {
    /// All of them, each with its word.
    pub const WORDS: [(Self, &'static str); 7] = [
        (Self::Add, "add"),
        (Self::Reserve, "reserve"),
        (Self::Free, "free"),
        (Self::Alloc, "alloc"),
        (Self::Query, "query"),
        (Self::Settings, "settings"),
        (Self::HandOver, "hand-over"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

impl Part {
    /// All of them, each with its word.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::Allocator, "allocator"),
        (Self::Zeroing, "zeroing"),
        (Self::Printing, "printing"),
        (Self::Thunks, "thunks"),
        (Self::PageAllocator, "page-allocator"),
        (Self::StructPages, "struct-pages"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(part, _)| *part == self).map_or("", |(_, word)| word)
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(part, _)| *part)
    }

    /// Whether it is work of the allocator, which another allocator could save: its own and the thunks around its calls.
    #[must_use]
    pub fn is_own(self) -> bool {
        matches!(self, Self::Allocator | Self::Thunks)
    }
}

impl Call {
    /// The allocator's own instructions: zeroing, printing, the page allocator and struct pages apart.
    #[must_use]
    pub fn own(&self) -> u64 {
        let own = self.parts.iter().filter(|(part, _)| part.is_own());
        own.map(|(_, instructions)| *instructions).fold(0, u64::saturating_add)
    }
}

impl Function {
    /// Whether it is the allocator's, inside or out.
    #[must_use]
    pub fn is_allocators(&self) -> bool {
        super::names::is_allocators(&self.name)
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        // A file may hold any number.
        self.instructions = self.instructions.saturating_add(other.instructions);
        self.repeats = self.repeats.saturating_add(other.repeats);
    }
}

impl Cost {
    /// What calls of `kind` spent on `part`.
    #[must_use]
    pub fn spent(&self, kind: Option<Kind>, part: Part) -> Spent {
        let work = self.work.iter().filter(|work| work.kind == kind).flat_map(|work| &work.parts);
        let mut sum = Spent::default();
        for (_, spent) in work.filter(|(known, _)| *known == part) {
            sum += *spent;
        }
        sum
    }

    /// What the whole boot spent on `part`, in the allocator's calls and outside them.
    #[must_use]
    pub fn spent_on(&self, part: Part) -> Spent {
        let kinds = Kind::WORDS.iter().map(|(kind, _)| Some(*kind));
        let mut sum = Spent::default();
        for kind in kinds.chain([None]) {
            sum += self.spent(kind, part);
        }
        sum
    }

    /// How many calls of `kind` there were.
    #[must_use]
    pub fn calls_of(&self, kind: Kind) -> u64 {
        self.work
            .iter()
            .filter(|work| work.kind == Some(kind))
            .map(|work| work.calls)
            .fold(0, u64::saturating_add)
    }

    /// The allocator's own instructions in calls of `kind`: zeroing, printing, the page allocator and struct pages apart.
    #[must_use]
    pub fn own(&self, kind: Kind) -> u64 {
        let parts = Part::WORDS.iter().filter(|(part, _)| part.is_own());
        parts.map(|(part, _)| self.spent(Some(kind), *part).instructions).fold(0, u64::saturating_add)
    }

    /// The allocator's own instructions in calls of all kinds.
    #[must_use]
    pub fn allocator(&self) -> u64 {
        Kind::WORDS.iter().map(|(kind, _)| self.own(*kind)).fold(0, u64::saturating_add)
    }

    /// The allocator's share of all instructions up to the end of the hand-over, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.allocator() as f64 / self.total.instructions.max(1) as f64
    }
}
