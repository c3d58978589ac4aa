//! Making the records of the steps, with a model of the kernel alongside.

use allocators::{
    AddrRange, AllocRequest, Goal, MapChange, MemFlags, MemoryRange, Nid, NodeChoice, PhysAddr,
};

use super::changes::Changes;
use super::guess::{self, Ahead, Answers, Guess};
use super::notes;
use super::recorder::Recorder;
use super::scratch::Extension;
use super::settings::Settings;
use super::start::Start;
use super::tally::Tally;
use crate::import::dialects::linux::{Facts, Platform};
use crate::import::dialects::memblock::{Purpose, Request, RequestKind, Step, Steps, What};
use crate::ranges::Ranges;
use crate::trace::{Dump, Evidence, Op, Reason};

/// The recovery of one boot, up to some step.
pub(super) struct Recovery<'f> {
    pub(super) recorder: Recorder,
    pub(super) listings: Listings,
    pub(super) pending: Changes,
    pub(super) facts: &'f Facts,
    pub(super) platform: &'f Platform,
    /// What is known of the log as a whole.
    known: Known,
    /// The step that is being recorded.
    at: usize,
    start: &'f Start,
    settings: Settings,
    extension: Extension,
    /// Whether it is not certain what the second number of a range means.
    uncertain_ends: bool,
    /// The answers from here on that made a guess believable, and what was guessed: they prove nothing themselves.
    used: (Answers, Reason),
    /// Whether the next answer to a request without an alignment is what shows the alignment that it gets.
    shows_cache_line: bool,
    pub(super) lost: Tally,
}

/// The listings met so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Listings {
    pub(super) all: usize,
    /// How many agree with the records before them.
    pub(super) matched: usize,
    /// The steps before this one are shown to be complete by a listing that agrees with them.
    pub(super) proven: usize,
}

/// What reading a log once has shown of it.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// The steps ahead of this one are all that happened.
    pub(super) trusted: usize,
    /// Lines are missing after that.
    pub(super) lossy: bool,
    /// The alignment of requests that ask for none is what their answers show.
    pub(super) cache_line_by_answers: bool,
    /// So many that no answer is certain to belong to the request ahead of it.
    pub(super) ruined: bool,
}

impl<'f> Recovery<'f> {
    pub(super) fn new(
        start: &'f Start,
        facts: &'f Facts,
        platform: &'f Platform,
        steps: &Steps,
        known: Known,
    ) -> Self {
        let mut recorder = Recorder::new(start, platform);
        if known.lossy {
            recorder.doubt(start);
        }
        let settings = Settings::at_start(&mut recorder, facts, platform);
        notes::at_start(&mut recorder, start);
        Self {
            recorder,
            listings: Listings::default(),
            pending: Changes::default(),
            facts,
            platform,
            known,
            at: 0,
            start,
            settings,
            extension: Extension::new(),
            uncertain_ends: steps.uncertain_ends,
            used: (0, Reason::Request),
            shows_cache_line: known.cache_line_by_answers,
            lost: Tally::default(),
        }
    }

    /// Makes the records of all steps.
    pub(super) fn run(&mut self, steps: &[Step]) {
        self.pending = Changes::ahead(&self.recorder.model, steps, self.facts, self.platform);
        for (at, step) in steps.iter().enumerate() {
            self.at = at;
            self.before(step);
            self.extend_scratch(step, &steps[at..]);
            let new = notes::new_in(step, &self.recorder.model);
            self.step(step, &steps[at..]);
            notes::after(step, &new, &mut self.recorder, self.facts);
            if matches!(step.what, What::Dump(_)) {
                self.pending =
                    Changes::ahead(&self.recorder.model, &steps[at + 1..], self.facts, self.platform);
            }
        }
        self.emit_map();
        self.emit_nodes();
    }

    /// What a reader should know.
    pub(super) fn notes(&self) -> Vec<String> {
        self.lost.notes(self.uncertain_ends, self.known)
    }

    /// Records the memory that is taken for scratch just before `step`.
    fn extend_scratch(&mut self, step: &Step, ahead: &[Step]) {
        let model = &self.recorder.model;
        for change in self.extension.before(step, ahead, model, self.facts, self.platform) {
            self.recorder.record(Op::Change(change), Evidence::Inferred(Reason::Nodes), None);
        }
    }

    /// What must be recorded ahead of `step`.
    fn before(&mut self, step: &Step) {
        if self.pending.map_before(step) {
            self.emit_map();
        }
        if self.pending.nodes_before(step) {
            self.settings.nodes_known(&mut self.recorder);
            self.emit_nodes();
        }
        self.settings.before(step, &mut self.recorder);
    }

    fn step(&mut self, step: &Step, ahead: &[Step]) {
        match &step.what {
            What::Alloc(request, Some(range)) => self.alloc(step, request, *range, ahead),
            What::Alloc(request, None) => self.unanswered(step, request, ahead),
            What::Bare(range, purpose) => self.bare(step, *range, *purpose),
            What::Reserve(range) => self.push(Op::Reserve(*range), Evidence::Logged, step),
            What::Free(range) => self.push(Op::Free(*range), Evidence::Logged, step),
            What::Add(piece) => {
                let nid = piece.nid.or(Nid::new(0).filter(|_| self.start.single_node));
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
            self.push(Op::Reserve(range), Evidence::Unexplained, step);
            return;
        }
        let mut evidence = if used & 1 == 0 { Evidence::Logged } else { Evidence::Fitted(reason) };
        if self.recorder.model.answer(request) != Some(range.start()) {
            match guess::explain(&self.ahead(), request, range, ahead) {
                Some(guess) => {
                    evidence = Evidence::Fitted(guess.reason);
                    self.use_up(guess.witnesses >> 1, guess.reason);
                    self.accept(guess);
                }
                // The lines of two requests may have been taken for one: only the reservation is certain.
                None if self.at >= self.known.trusted => {
                    self.lost.unlike.push(step.line);
                    self.push(Op::Reserve(range), Evidence::Unexplained, step);
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
        let written = self.written(request, range.start());
        // What the trace cannot say proves nothing, however well the model knows it.
        if evidence == Evidence::Logged && self.recorder.model.replay(&written) != Some(range.start()) {
            evidence = Evidence::Fitted(Reason::Request);
            self.lost.unsaid += 1;
        }
        if evidence == Evidence::Logged && request.align == 0 && std::mem::take(&mut self.shows_cache_line) {
            evidence = Evidence::Fitted(Reason::Arch);
            self.lost.fitted += 1;
        }
        self.push(Op::Alloc(written, Some(range.start())), evidence, step);
    }

    /// The request as an allocator is given it, to get this answer.
    ///
    /// Before 5.12 a search upward begins at the end of the kernel's image, also when it is repeated without its minimum.
    /// In a trace a request that is repeated begins at the bottom, so the place where it began has to be its goal.
    fn written(&self, request: &Request, at: PhysAddr) -> AllocRequest {
        let first = self.request(request);
        let model = &self.recorder.model;
        if model.floor == 0 || !model.bottom_up || matches!(first.goal, Goal::AtLeast(_)) {
            return first;
        }
        let goals = [first.goal, Goal::Prefer(PhysAddr(model.floor)), Goal::Prefer(PhysAddr(0))];
        let written = goals.map(|goal| AllocRequest { goal, ..first });
        written.into_iter().find(|written| model.replay(written) == Some(at)).unwrap_or(first)
    }

    /// Whether this answer is only the model's because of what is inferred to be reserved.
    fn is_in_doubt(&mut self, request: &Request, range: AddrRange) -> bool {
        let Some(sure) = self.recorder.sure.as_mut().filter(|_| self.at >= self.known.trusted) else {
            return false;
        };
        self.known.ruined || sure.doubts(request, range, self.recorder.model.reserved())
    }

    /// The next answers that these bits stand for led to a guess.
    fn use_up(&mut self, witnesses: Answers, reason: Reason) {
        self.used = (self.used.0 | witnesses, reason);
    }

    /// A request without an answer: it was refused, or the log lost the line.
    fn unanswered(&mut self, step: &Step, request: &Request, ahead: &[Step]) {
        let Some(at) = self.recorder.model.answer(request) else {
            let op = Op::Alloc(self.request(request), None);
            return self.push(op, Evidence::Logged, step);
        };
        let rest = &ahead[1..];
        let refused = guess::score(self.ahead(), rest);
        let mut answered = self.ahead();
        if let Some(range) = AddrRange::from_size(at, request.size) {
            answered.model.reserve(range);
        }
        let answered = guess::score(answered, rest);
        if answered.count_ones() > refused.count_ones() {
            self.lost.guessed_answers += 1;
            self.use_up(guess::first(answered & !refused, 1), Reason::Request);
            let op = Op::Alloc(self.request(request), Some(at));
            self.recorder.suppose(op, Evidence::Inferred(Reason::Request), step.caller.clone());
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
        let fits = |request: &Request| self.recorder.model.answer(request) == Some(range.start());
        let mut requests = guess::requests(range, purpose, self.facts, self.recorder.model.memory());
        if step.noted.flags.has(MemFlags::RSRV_KERN) {
            // The line itself says which node was asked for.
            let said = requests.iter().map(|request| Request { nid: step.noted.nid, ..request.clone() });
            requests = said.chain(requests.iter().cloned()).collect();
        }
        requests.extend(guess::marked(range, step.noted));
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
        self.listings.all += 1;
        let listed: Ranges = dump.reserved.iter().map(|piece| piece.range).collect();
        let known = self.recorder.model.reserved();
        if listed == *known {
            self.listings.matched += 1;
            if self.listings.matched == self.listings.all {
                self.listings.proven = self.at;
            }
        } else {
            let evidence = Evidence::Inferred(Reason::Dump);
            let (missing, extra) = (listed.without(known), known.without(&listed));
            self.lost.dumps_mended += missing.as_slice().len() + extra.as_slice().len();
            if !extra.is_empty() {
                // A free since the last listing is lost, so nobody knows since when that memory was free and who had it
                // meanwhile: a request that lost its answer may have, and the answer behind it may be another's.
                self.lost.unsure += self.recorder.doubt_stretch(Reason::Dump);
            }
            missing.iter().for_each(|range| self.recorder.suppose(Op::Reserve(range), evidence, None));
            extra.iter().for_each(|range| self.recorder.suppose(Op::Free(range), evidence, None));
        }
        if let Some(sure) = &mut self.recorder.sure {
            sure.model.set_reserved(listed);
        }
        self.push(Op::Dump(dump.clone()), Evidence::Logged, step);
        self.recorder.end_stretch();
    }

    fn ahead(&self) -> Ahead<'_> {
        Ahead { model: self.recorder.model.clone(), pending: self.pending.clone(), recovery: self }
    }

    fn accept(&mut self, guess: Guess) {
        if guess.map_now {
            self.emit_map();
        }
        if guess.nodes_now {
            self.emit_nodes();
        }
        if let Some(floor) = guess.floor {
            self.recorder.set_floor(floor);
        }
        for op in guess.ops {
            match op {
                Op::Reserve(_) => self.recorder.suppose(op, Evidence::Inferred(guess.reason), None),
                op => self.recorder.record(op, Evidence::Inferred(guess.reason), None),
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
        let floor = if self.recorder.model.bottom_up { self.recorder.model.floor } else { 0 };
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

    fn emit_map(&mut self) {
        let reason = self.pending.reason.unwrap_or(Reason::Dump);
        for change in std::mem::take(&mut self.pending.map) {
            self.recorder.record(Op::Change(change), Evidence::Inferred(reason), None);
        }
    }

    fn emit_nodes(&mut self) {
        let reason = self.pending.reason.unwrap_or(Reason::Dump);
        for change in std::mem::take(&mut self.pending.nodes) {
            self.recorder.record(Op::Change(change), Evidence::Inferred(reason), None);
        }
    }

    fn push(&mut self, op: Op, evidence: Evidence, step: &Step) {
        let evidence = match (&op, evidence) {
            (Op::Dump(_) | Op::Doubled { .. }, evidence) => evidence,
            // The memory itself is guessed from these very addresses.
            (Op::Alloc(..), Evidence::Logged) if self.start.is_blind => Evidence::Fitted(Reason::Log),
            (_, Evidence::Logged) if self.uncertain_ends => Evidence::Fitted(Reason::Version),
            (_, evidence) => evidence,
        };
        self.recorder.step(op, evidence, step);
    }
}
