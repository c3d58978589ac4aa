//! Making the records, with a model of the kernel alongside.

use allocators::{AddrRange, AllocRequest, Goal, MapChange, MemoryRange, Nid, NodeChoice, PhysAddr, Setting};

use super::changes::Changes;
use super::guess::{self, Ahead, Answers, Guess};
use super::start::Start;
use super::sure::Sure;
use super::tally::Tally;
use crate::import::dialect::{Request, RequestKind};
use crate::import::facts::Facts;
use crate::import::kernel::{Kernel, without};
use crate::import::machine::Platform;
use crate::import::steps::{Purpose, Step, Steps, What, symbol};
use crate::trace::{Array, Dump, Evidence, Op, Reason, Record};

/// Up to here the kernel of x86 allocates until it has mapped all memory (`ISA_END_ADDRESS`).
const X86_EARLY_LIMIT: u64 = 0x10_0000;

/// The records made so far, and the state that they lead to.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Making<'f> {
    pub(super) kernel: Kernel,
    pub(super) records: Vec<Record>,
    pub(super) notes: Vec<String>,
    pub(super) dumps: usize,
    pub(super) dumps_matched: usize,
    /// The first record after the last listing.
    stretch: usize,
    pub(super) pending: Changes,
    pub(super) facts: &'f Facts,
    pub(super) platform: &'f Platform,
    /// What is known of the log as a whole.
    known: Known,
    /// The state without what is inferred to be reserved, for a log that lost lines.
    sure: Option<Sure>,
    /// The step that is being recorded.
    at: usize,
    /// The steps ahead of this one are shown to be complete by a listing that agrees with them.
    pub(super) proven: usize,
    /// Whether nothing in the log tells of the memory.
    is_blind: bool,
    /// Whether all memory is on node 0 because the kernel knows no nodes.
    single_node: bool,
    /// Whether the limit of early x86 still holds.
    early_limit: bool,
    /// Whether the search goes upward because the command line says so.
    upward_by_command: bool,
    /// Whether it is not certain what the second number of a range means.
    uncertain_ends: bool,
    arrays: [Option<AddrRange>; 2],
    /// The answers from here on that made a guess believable, and what was guessed: they prove nothing themselves.
    used: (Answers, Reason),
    pub(super) lost: Tally,
}

/// What reading a log once has shown of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// The steps ahead of this one are all that happened.
    pub(super) trusted: usize,
    /// Lines are missing after that.
    pub(super) lossy: bool,
    /// So many that no answer is certain to belong to the request ahead of it.
    pub(super) ruined: bool,
}

impl<'f> Making<'f> {
    pub(super) fn new(
        start: &Start,
        facts: &'f Facts,
        platform: &'f Platform,
        steps: &Steps,
        known: Known,
    ) -> Self {
        let memory = start.memory.iter().map(|piece| piece.memory).collect();
        let mut kernel = Kernel::new(memory, platform.page.bytes());
        kernel.cache_line = platform.cache_line;
        for piece in &start.reserved {
            kernel.reserve(piece.range);
        }
        let mut making = Self {
            kernel,
            records: Vec::new(),
            notes: Vec::new(),
            dumps: 0,
            dumps_matched: 0,
            stretch: 0,
            pending: Changes::default(),
            facts,
            platform,
            known,
            sure: None,
            at: 0,
            proven: 0,
            single_node: start.single_node,
            is_blind: start.is_blind,
            early_limit: false,
            upward_by_command: false,
            uncertain_ends: steps.uncertain_ends,
            arrays: [None; 2],
            used: (0, Reason::Request),
            lost: Tally::default(),
        };
        making.sure = known.lossy.then(|| Sure::new(&making.kernel, start));
        making.settings();
        making
    }

    /// What is known of the settings from the command line, the architecture and the zones.
    fn settings(&mut self) {
        self.set(Setting::AllowResize(true), Reason::Arch);
        if self.facts.marks_allocations {
            self.set(Setting::MarkKernelReservations(true), Reason::Log);
        }
        let x86 = matches!(self.platform.arch, "x86_64" | "i386");
        let high = self.facts.zones.iter().find(|(name, range)| name == "HighMem" && !range.is_empty());
        if let Some((_, high)) = high {
            // Memory that has no permanent mapping is not the kernel's own to use.
            self.set(Setting::CurrentLimit(Some(high.start())), Reason::Log);
        } else if self.platform.arch == "x86_64" {
            self.early_limit = true;
            self.set(Setting::CurrentLimit(Some(PhysAddr(X86_EARLY_LIMIT))), Reason::Arch);
        }
        let line = self.facts.command_line.as_deref().unwrap_or_default();
        if x86 && line.split_whitespace().any(|word| word == "movable_node") {
            self.set(Setting::MovableNode(true), Reason::CommandLine);
            self.set(Setting::BottomUp(true), Reason::CommandLine);
            self.upward_by_command = true;
        }
    }

    /// Makes the records of all steps.
    pub(super) fn run(&mut self, steps: &[Step]) {
        self.pending = Changes::ahead(&self.kernel, steps, self.facts, self.platform);
        for (at, step) in steps.iter().enumerate() {
            self.at = at;
            self.before(step);
            self.step(step, &steps[at..]);
            if matches!(step.what, What::Dump(_)) {
                self.pending = Changes::ahead(&self.kernel, &steps[at + 1..], self.facts, self.platform);
            }
        }
        self.emit_map();
        self.emit_nodes();
        self.notes = self.lost.notes(self.uncertain_ends, self.known);
    }

    /// What must be recorded ahead of `step`.
    fn before(&mut self, step: &Step) {
        if self.pending.map_before(step) {
            self.emit_map();
        }
        if self.pending.nodes_before(step) {
            if self.upward_by_command {
                // numa_init() turns the search around as soon as it has the nodes.
                self.upward_by_command = false;
                self.set(Setting::BottomUp(false), Reason::CommandLine);
            }
            self.emit_nodes();
        }
        if self.early_limit && ends_early_limit(step) {
            self.early_limit = false;
            self.set(Setting::CurrentLimit(None), Reason::Arch);
        }
    }

    fn step(&mut self, step: &Step, ahead: &[Step]) {
        match &step.what {
            What::Alloc(request, Some(range)) => self.alloc(step, request, *range, ahead),
            What::Alloc(request, None) => self.unanswered(step, request, ahead),
            What::Bare(range, purpose) => self.bare(step, *range, *purpose),
            What::Reserve(range) => self.push(Op::Reserve(*range), Evidence::Logged, step),
            What::Free(range) => self.push(Op::Free(*range), Evidence::Logged, step),
            What::Add(piece) => {
                let nid = piece.nid.or(Nid::new(0).filter(|_| self.single_node));
                let piece = MemoryRange { nid, ..*piece };
                self.push(Op::Change(MapChange::Add(piece)), Evidence::Logged, step);
            }
            What::Remove(range) => self.push(Op::Change(MapChange::Remove(*range)), Evidence::Logged, step),
            What::Doubled { array, regions, at } => {
                let op = Op::Doubled { array: *array, regions: *regions, at: *at };
                self.push(op, Evidence::Logged, step);
            }
            What::Dump(dump) => self.dump(step, dump),
            What::NodesKnown => {}
        }
    }

    fn alloc(&mut self, step: &Step, request: &Request, range: AddrRange, ahead: &[Step]) {
        let (used, reason) = self.used;
        self.used.0 >>= 1;
        if request.size == 0 || !(request.align == 0 || request.align.is_power_of_two()) {
            // No allocator may be asked for this; what came of it is a fact all the same.
            self.lost.impossible.push(step.line);
            self.push(Op::Reserve(range), Evidence::Logged, step);
            return;
        }
        let mut evidence = if used & 1 == 0 { Evidence::Logged } else { Evidence::Fitted(reason) };
        if self.kernel.answer(request) != Some(range.start()) {
            match guess::explain(&self.ahead(), request, range, ahead) {
                Some(guess) => {
                    evidence = Evidence::Fitted(guess.reason);
                    self.use_up(guess.witnesses >> 1, guess.reason);
                    self.accept(guess);
                }
                // The lines of two requests may have been taken for one: only the reservation is certain.
                None if self.at >= self.known.trusted => {
                    self.lost.unlike.push(step.line);
                    self.push(Op::Reserve(range), Evidence::Logged, step);
                    return;
                }
                None => self.lost.unlike.push(step.line),
            }
        }
        self.lost.fitted += usize::from(evidence != Evidence::Logged);
        if evidence == Evidence::Logged && self.is_in_doubt(request, range) {
            self.lost.unsure += 1;
            evidence = Evidence::Fitted(Reason::Request);
        }
        let op = Op::Alloc(self.request(request), Some(range.start()));
        self.push(op, evidence, step);
    }

    /// Whether this answer is only the model's because of what is inferred to be reserved.
    fn is_in_doubt(&mut self, request: &Request, range: AddrRange) -> bool {
        let Some(sure) = self.sure.as_mut().filter(|_| self.at >= self.known.trusted) else { return false };
        self.known.ruined || sure.doubts(request, range, self.kernel.reserved())
    }

    /// The next answers that these bits stand for led to a guess.
    fn use_up(&mut self, witnesses: Answers, reason: Reason) {
        self.used = (self.used.0 | witnesses, reason);
    }

    /// A request without an answer: it was refused, or the log lost the line.
    fn unanswered(&mut self, step: &Step, request: &Request, ahead: &[Step]) {
        let Some(at) = self.kernel.answer(request) else {
            let op = Op::Alloc(self.request(request), None);
            return self.push(op, Evidence::Logged, step);
        };
        let rest = &ahead[1..];
        let refused = guess::score(self.ahead(), rest);
        let mut answered = self.ahead();
        if let Some(range) = AddrRange::from_size(at, request.size) {
            answered.kernel.reserve(range);
        }
        let answered = guess::score(answered, rest);
        if answered.count_ones() > refused.count_ones() {
            self.lost.guessed_answers += 1;
            self.use_up(guess::first(answered & !refused, 1), Reason::Request);
            let op = Op::Alloc(self.request(request), Some(at));
            self.suppose(op, Evidence::Inferred(Reason::Request), step.caller.clone());
        } else if let Some(guess) = guess::explain_refusal(&self.ahead(), request, rest, refused) {
            self.use_up(guess.witnesses, guess.reason);
            self.accept(guess);
            let op = Op::Alloc(self.request(request), None);
            self.push(op, Evidence::Fitted(Reason::Limit), step);
        } else {
            self.lost.unanswered.push(step.line);
        }
    }

    /// A reservation by the allocator itself, of which the request is not in the log.
    fn bare(&mut self, step: &Step, range: AddrRange, purpose: Purpose) {
        let fits = |request: &Request| self.kernel.answer(request) == Some(range.start());
        let requests = guess::requests(range, purpose, self.facts, self.kernel.memory());
        let (op, evidence) = match requests.into_iter().find(fits) {
            Some(request) => {
                let op = Op::Alloc(self.request(&request), Some(range.start()));
                (op, Evidence::Inferred(Reason::Request))
            }
            None => (Op::Reserve(range), Evidence::Logged),
        };
        self.push(op, evidence, step);
    }

    /// A listing: what it shows and the records do not is recorded ahead of it.
    fn dump(&mut self, step: &Step, dump: &Dump) {
        self.dumps += 1;
        let mut listed = Kernel::new(Vec::new(), 0);
        for piece in &dump.reserved {
            listed.reserve(piece.range);
        }
        if listed.reserved() == self.kernel.reserved() {
            self.dumps_matched += 1;
            if self.dumps_matched == self.dumps {
                self.proven = self.at;
            }
        } else {
            let evidence = Evidence::Inferred(Reason::Dump);
            let missing = difference(listed.reserved(), self.kernel.reserved());
            let extra = difference(self.kernel.reserved(), listed.reserved());
            self.lost.dumps_mended += missing.len() + extra.len();
            if !extra.is_empty() {
                self.doubt_stretch();
            }
            for range in missing {
                self.suppose(Op::Reserve(range), evidence, None);
            }
            for range in extra {
                self.suppose(Op::Free(range), evidence, None);
            }
        }
        if let Some(sure) = &mut self.sure {
            sure.kernel.set_reserved(listed.reserved().iter().copied());
        }
        self.push(Op::Dump(dump.clone()), Evidence::Logged, step);
        self.stretch = self.records.len();
    }

    /// A free since the last listing is lost, so nobody knows since when that memory was free and who had it meanwhile:
    /// a request that lost its answer may have, and the answer that stands behind it may be another's.
    fn doubt_stretch(&mut self) {
        for record in &mut self.records[self.stretch..] {
            if record.evidence == Evidence::Logged && matches!(record.op, Op::Alloc(_, Some(_))) {
                record.evidence = Evidence::Fitted(Reason::Dump);
                self.lost.unsure += 1;
            }
        }
    }

    fn ahead(&self) -> Ahead<'_> {
        Ahead { kernel: self.kernel.clone(), pending: self.pending.clone(), making: self }
    }

    fn accept(&mut self, guess: Guess) {
        if guess.map_now {
            self.emit_map();
        }
        if guess.nodes_now {
            self.emit_nodes();
        }
        self.kernel.floor = guess.floor.unwrap_or(self.kernel.floor);
        if let Some(sure) = &mut self.sure {
            sure.kernel.floor = self.kernel.floor;
        }
        for op in guess.ops {
            match op {
                Op::Reserve(_) => self.suppose(op, Evidence::Inferred(guess.reason), None),
                op => self.record(op, Evidence::Inferred(guess.reason), None),
            }
        }
    }

    /// The request as an allocator is given it.
    fn request(&self, request: &Request) -> AllocRequest {
        let align = if request.align == 0 { self.platform.cache_line } else { request.align };
        let limit = (request.max_addr > 1).then_some(PhysAddr(request.max_addr));
        let node = match request.nid.and_then(Nid::new) {
            None => NodeChoice::Any,
            Some(nid) if request.kind == RequestKind::ExactNode => NodeChoice::Exact(nid),
            Some(nid) => NodeChoice::Prefer(nid),
        };
        // Where the search upward begins at the kernel's end, that end is the goal of every request.
        let floor = if self.kernel.bottom_up { self.kernel.floor } else { 0 };
        let from = request.from.max(floor);
        let reaches = |from: u64| {
            let end = from.checked_add(request.size);
            end.is_some_and(|end| limit.is_none_or(|limit| end <= limit.0))
        };
        let goal = match request.kind {
            RequestKind::Phys => Goal::AtLeast(PhysAddr(request.from)),
            // A minimum that leaves no room below the limit is dropped at once.
            _ if !reaches(from) => Goal::Prefer(PhysAddr(0)),
            _ => Goal::Prefer(PhysAddr(from)),
        };
        AllocRequest { size: request.size, align, goal, limit, node }
    }

    pub(super) fn set(&mut self, setting: Setting, reason: Reason) {
        self.record(Op::Set(setting), Evidence::Inferred(reason), None);
    }

    fn emit_map(&mut self) {
        let reason = self.pending.reason.unwrap_or(Reason::Dump);
        for change in std::mem::take(&mut self.pending.map) {
            self.record(Op::Change(change), Evidence::Inferred(reason), None);
        }
    }

    fn emit_nodes(&mut self) {
        let reason = self.pending.reason.unwrap_or(Reason::Dump);
        for change in std::mem::take(&mut self.pending.nodes) {
            self.record(Op::Change(change), Evidence::Inferred(reason), None);
        }
    }

    fn push(&mut self, op: Op, evidence: Evidence, step: &Step) {
        let evidence = match (&op, evidence) {
            (Op::Dump(_) | Op::Doubled { .. }, evidence) => evidence,
            // The memory itself is guessed from these very addresses.
            (Op::Alloc(..), Evidence::Logged) if self.is_blind => Evidence::Fitted(Reason::Log),
            (_, Evidence::Logged) if self.uncertain_ends => Evidence::Fitted(Reason::Version),
            (_, evidence) => evidence,
        };
        self.record(op, evidence, step.caller.clone());
    }

    fn record(&mut self, op: Op, evidence: Evidence, caller: Option<String>) {
        if let Some(sure) = &mut self.sure {
            sure.apply(&op);
        }
        self.suppose(op, evidence, caller);
    }

    /// Records what is inferred to be reserved or free, and may lie where a lost answer was.
    fn suppose(&mut self, op: Op, evidence: Evidence, caller: Option<String>) {
        apply(&mut self.kernel, &op, &mut self.arrays);
        self.records.push(Record { op, evidence, caller });
    }
}

/// Lets `kernel` do what `op` says.
pub(super) fn apply(kernel: &mut Kernel, op: &Op, arrays: &mut [Option<AddrRange>; 2]) {
    match op {
        Op::Reserve(range) => kernel.reserve(*range),
        Op::Free(range) => kernel.free(*range),
        Op::Alloc(request, Some(at)) => {
            if let Some(range) = AddrRange::from_size(*at, request.size) {
                kernel.reserve(range);
            }
        }
        Op::Alloc(_, None)
        | Op::Dump(_)
        | Op::Set(Setting::AllowResize(_) | Setting::MarkKernelReservations(_)) => {}
        Op::Change(MapChange::Add(piece)) => kernel.add(*piece),
        Op::Change(MapChange::Remove(range)) => kernel.remove(*range),
        Op::Change(MapChange::SetNode(range, nid)) => kernel.set_node(*range, *nid),
        Op::Change(MapChange::SetFlags(range, flags)) => {
            kernel.update(*range, |piece| piece.flags = piece.flags.with(*flags));
        }
        Op::Change(MapChange::ClearFlags(range, flags)) => {
            kernel.update(*range, |piece| piece.flags = piece.flags.without(*flags));
        }
        Op::Set(Setting::BottomUp(on)) => kernel.bottom_up = *on,
        Op::Set(Setting::CurrentLimit(limit)) => kernel.limit = limit.map(|limit| limit.0),
        Op::Set(Setting::MovableNode(on)) => kernel.movable_node = *on,
        Op::Doubled { array, at, .. } => {
            let whole = kernel.whole_pages(*at);
            kernel.reserve(whole);
            let slot = &mut arrays[usize::from(*array == Array::Reserved)];
            if let Some(old) = slot.replace(whole) {
                kernel.free(old);
            }
        }
    }
}

/// Whether x86 has mapped all memory when it does this.
fn ends_early_limit(step: &Step) -> bool {
    match &step.what {
        What::Alloc(request, _) => request.max_addr <= 1,
        What::Bare(..) | What::Doubled { .. } => true,
        _ => step.caller.as_deref().is_some_and(|caller| symbol(caller).starts_with("acpi_")),
    }
}

/// What is in `all` and not in `known`; both ascend.
fn difference(all: &[AddrRange], known: &[AddrRange]) -> Vec<AddrRange> {
    let pieces = all.iter().flat_map(|&range| {
        known.iter().fold(vec![range], |rest, &hole| {
            rest.into_iter().flat_map(|range| without(range, hole)).collect::<Vec<_>>()
        })
    });
    pieces.collect()
}
