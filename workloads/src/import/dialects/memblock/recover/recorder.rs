//! Writing the records down, while the models follow.

use allocators::Setting;

use super::start::Start;
use super::sure::Sure;
use crate::import::dialects::linux::Platform;
use crate::import::dialects::memblock::{Model, Step};
use crate::trace::{Evidence, Op, Reason, Record};

/// The records made so far, and the state that they lead to.
pub(super) struct Recorder {
    pub(super) records: Vec<Record>,
    pub(super) model: Model,
    /// The state without what is inferred to be reserved, for a log that lost lines.
    pub(super) sure: Option<Sure>,
    /// The first record after the last listing.
    stretch: usize,
}

impl Recorder {
    pub(super) fn new(start: &Start, platform: &Platform) -> Self {
        let memory = start.memory.iter().map(|piece| piece.memory).collect();
        let mut model = Model::new(memory, platform.page.bytes());
        model.cache_line = platform.cache_line;
        for piece in &start.reserved {
            model.reserve(piece.range);
        }
        Self { records: Vec::new(), model, sure: None, stretch: 0 }
    }

    /// Keeps a second state from here on, of what the log itself holds.
    pub(super) fn doubt(&mut self, start: &Start) {
        self.sure = Some(Sure::new(&self.model, start));
    }

    /// Records what a step did.
    pub(super) fn step(&mut self, op: Op, evidence: Evidence, step: &Step) {
        self.record(op, evidence, step.caller.clone());
    }

    pub(super) fn set(&mut self, setting: Setting, reason: Reason) {
        self.record(Op::Set(setting), Evidence::Inferred(reason), None);
    }

    pub(super) fn record(&mut self, op: Op, evidence: Evidence, caller: Option<String>) {
        if let Some(sure) = &mut self.sure {
            sure.model.apply(&op);
        }
        self.suppose(op, evidence, caller);
    }

    /// Records what is inferred to be reserved or free, and may lie where a lost answer was.
    pub(super) fn suppose(&mut self, op: Op, evidence: Evidence, caller: Option<String>) {
        self.model.apply(&op);
        self.records.push(Record { op, evidence, caller });
    }

    /// Where a search upward begins from now on.
    pub(super) fn set_floor(&mut self, floor: u64) {
        self.model.floor = floor;
        if let Some(sure) = &mut self.sure {
            sure.model.floor = floor;
        }
    }

    /// A listing was recorded: what comes now is a new stretch.
    pub(super) fn end_stretch(&mut self) {
        self.stretch = self.records.len();
    }

    /// The addresses since the last listing prove nothing; how many they are.
    pub(super) fn doubt_stretch(&mut self, reason: Reason) -> usize {
        let is_proof = |record: &&mut Record| {
            record.evidence == Evidence::Logged && matches!(record.op, Op::Alloc(_, Some(_)))
        };
        let proofs = self.records[self.stretch..].iter_mut().filter(is_proof);
        proofs.map(|record| record.evidence = Evidence::Fitted(reason)).count()
    }
}
