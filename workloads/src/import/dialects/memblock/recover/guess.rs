//! Which unlogged event explains an answer that the model of the kernel would not have given.

use allocators::{AddrRange, MemFlags, MemoryRange, PhysAddr, Setting};

use super::changes::Changes;
use super::recovery::Recovery;
use crate::import::dialects::linux::Facts;
use crate::import::dialects::memblock::{Model, Noted, Purpose, Request, RequestKind, Step, What};
use crate::trace::{Op, Reason};

/// How many answers after the unexplained one a guess is tried on.
const LOOK_AHEAD: usize = 12;

/// What a guess that is only about one address must explain: a limit can be made up for any single address.
const ENOUGH: u32 = 3;

/// Something that may have happened.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub(super) ops: Vec<Op>,
    pub(super) reason: Reason,
    /// The changes of the map that wait happen now.
    pub(super) map_now: bool,
    /// The nodes that wait are known now.
    pub(super) nodes_now: bool,
    /// Where the search upward begins from now on.
    pub(super) floor: Option<u64>,
    /// How many answers it must explain.
    needs: u32,
    /// The answers from this one on that spoke for it, a bit for each.
    pub(super) witnesses: Answers,
}

/// Which of the next [`LOOK_AHEAD`] answers: the lowest bit stands for the first of them.
pub(super) type Answers = u16;

/// A state to try guesses on.
#[derive(Clone)]
pub(super) struct Ahead<'m> {
    pub(super) model: Model,
    pub(super) pending: Changes,
    pub(super) recovery: &'m Recovery<'m>,
}

impl Ahead<'_> {
    fn take(&mut self, guess: &Guess) {
        if guess.map_now {
            self.map();
        }
        if guess.nodes_now {
            self.nodes();
        }
        self.model.floor = guess.floor.unwrap_or(self.model.floor);
        for op in &guess.ops {
            self.model.apply(op);
        }
    }

    fn map(&mut self) {
        for change in std::mem::take(&mut self.pending.map) {
            self.model.apply(&Op::Change(change));
        }
    }

    fn nodes(&mut self) {
        for change in std::mem::take(&mut self.pending.nodes) {
            self.model.apply(&Op::Change(change));
        }
    }
}

/// The guess that explains this answer and most of those after it.
pub(super) fn explain(now: &Ahead<'_>, request: &Request, range: AddrRange, steps: &[Step]) -> Option<Guess> {
    let unexplained = now.model.answer(request);
    let without = score(now.clone(), steps);
    let mut guesses = settings(now);
    guesses.extend(limits(now, range));
    guesses.extend(unexplained.and_then(|at| reservation(now, request, range, at)));
    best(now, guesses, |model| model.answer(request) == Some(range.start()), steps, without, 0)
}

/// The guess that explains why `request` failed, if it explains more than `without` of the answers after it.
pub(super) fn explain_refusal(
    now: &Ahead<'_>,
    request: &Request,
    steps: &[Step],
    without: Answers,
) -> Option<Guess> {
    let mut guesses = settings(now);
    guesses.extend(limits(now, AddrRange::default()));
    best(now, guesses, |model| model.answer(request).is_none(), steps, without, without.count_ones() + 1)
}

fn best(
    now: &Ahead<'_>,
    guesses: Vec<Guess>,
    explains: impl Fn(&Model) -> bool,
    steps: &[Step],
    without: Answers,
    least: u32,
) -> Option<Guess> {
    let is_answer = |step: &&Step| matches!(step.what, What::Alloc(_, Some(_)));
    let answers: u32 = steps.iter().filter(is_answer).take(LOOK_AHEAD).map(|_| 1).sum();
    let mut best: Option<(u32, Guess)> = None;
    for mut guess in guesses {
        let mut then = now.clone();
        then.take(&guess);
        if !explains(&then.model) {
            continue;
        }
        let right = score(then, steps);
        let explained = right.count_ones();
        let enough = explained >= guess.needs.min(answers).max(least);
        if enough && best.as_ref().is_none_or(|(most, _)| explained > *most) {
            guess.witnesses = first(right & !without, guess.needs);
            best = Some((explained, guess));
        }
    }
    best.map(|(_, guess)| guess)
}

/// The first `count` of these answers: it took them to believe in a guess, and those after them bear it out.
pub(super) fn first(answers: Answers, count: u32) -> Answers {
    let bits = (0..Answers::BITS).map(|bit| answers & 1 << bit).filter(|bit| *bit != 0);
    bits.take(count as usize).sum()
}

/// Which of the next answers the model gives.
pub(super) fn score(mut state: Ahead<'_>, steps: &[Step]) -> Answers {
    let (mut right, mut seen): (Answers, _) = (0, 0);
    for step in steps {
        if state.pending.map_before(step) {
            state.map();
        }
        if state.pending.nodes_before(step) {
            state.nodes();
        }
        match &step.what {
            What::Alloc(request, Some(range)) => {
                right |= Answers::from(state.model.answer(request) == Some(range.start())) << seen;
                seen += 1;
                state.model.reserve(*range);
            }
            What::Reserve(range) | What::Bare(range, _) => state.model.reserve(*range),
            What::Free(range) => state.model.free(*range),
            What::Add(piece) => state.model.add(*piece),
            What::Remove(range) => state.model.remove(*range),
            What::Doubled { array, regions, at } => {
                state.model.apply(&Op::Doubled { array: *array, regions: *regions, at: *at });
            }
            What::Alloc(_, None) | What::NodesKnown => {}
            What::Dump(_) => break,
        }
        if seen == LOOK_AHEAD {
            break;
        }
    }
    right
}

fn guess(ops: Vec<Op>, reason: Reason) -> Guess {
    Guess { ops, reason, map_now: false, nodes_now: false, floor: None, needs: 1, witnesses: 0 }
}

/// The other direction, and whatever the next listing shows.
fn settings(now: &Ahead<'_>) -> Vec<Guess> {
    let mut guesses = Vec::new();
    if !now.pending.is_empty() {
        let reason = now.pending.reason.unwrap_or(Reason::Dump);
        guesses.push(Guess { nodes_now: true, ..guess(Vec::new(), reason) });
        guesses.push(Guess { map_now: true, nodes_now: true, ..guess(Vec::new(), reason) });
    }
    let turn = vec![Op::Set(Setting::BottomUp(!now.model.bottom_up))];
    guesses.push(guess(turn.clone(), Reason::Direction));
    // 5.12 gave up the rule that a search upward begins at the kernel's end; which range is the kernel, the log does
    // not say.
    if !now.model.bottom_up && now.recovery.platform.may_precede((5, 12)) {
        let ends = now.model.reserved().iter().take(32).map(|piece| piece.end().0);
        guesses.extend(ends.map(|end| Guess {
            floor: Some(end),
            needs: ENOUGH,
            ..guess(turn.clone(), Reason::Direction)
        }));
    }
    if !now.pending.is_empty() {
        guesses.push(Guess { map_now: true, nodes_now: true, ..guess(turn, Reason::Direction) });
    }
    guesses
}

/// Other limits: those that the log suggests, and the one that this answer alone suggests.
fn limits(now: &Ahead<'_>, range: AddrRange) -> Vec<Guess> {
    let page = now.recovery.platform.page;
    let zones = now.recovery.facts.zone_ranges(page);
    let mut ends: Vec<u64> = zones.iter().map(|(_, range)| range.end().0).collect();
    ends.extend(now.model.memory().iter().map(|piece| piece.range.end().0));
    ends.extend([1 << 32, 1 << 31, 1 << 30]);
    ends.sort_unstable();
    ends.dedup();
    ends.reverse();
    let set = |limit: Option<u64>| Op::Set(Setting::CurrentLimit(limit.map(PhysAddr)));
    let mut guesses = Vec::new();
    for limit in std::iter::once(None).chain(ends.into_iter().map(Some)) {
        if limit == now.model.limit {
            continue;
        }
        guesses.push(Guess { needs: 2, ..guess(vec![set(limit)], Reason::Limit) });
        let turn = Op::Set(Setting::BottomUp(!now.model.bottom_up));
        guesses.push(Guess { needs: ENOUGH, ..guess(vec![turn, set(limit)], Reason::Limit) });
    }
    if !range.is_empty() {
        for align in [1 << 20, page.bytes()] {
            let end = range.end().checked_align_up(align).map(|end| end.0);
            guesses.push(Guess { needs: ENOUGH, ..guess(vec![set(end)], Reason::Limit) });
        }
    }
    guesses
}

/// Something unlogged lies where the model would have gone.
fn reservation(now: &Ahead<'_>, request: &Request, range: AddrRange, at: PhysAddr) -> Option<Guess> {
    let hidden = if now.model.bottom_up {
        AddrRange::new(at, range.start())?
    } else {
        AddrRange::new(range.end(), AddrRange::from_size(at, request.size)?.end())?
    };
    let hidden = vec![Op::Reserve(hidden)];
    Some(Guess { needs: ENOUGH, ..guess(hidden, Reason::Limit) })
}

/// The requests that may have led to a reservation of which the line itself says that it is an allocation, and for which node:
/// only the alignment is not said, and the least that explains the address stands for it.
pub(super) fn marked(range: AddrRange, noted: Noted) -> Vec<Request> {
    if !noted.flags.has(MemFlags::RSRV_KERN) {
        return Vec::new();
    }
    let aligns = (6..31).map(|shift| 1_u64 << shift).filter(|align| range.start().0.is_multiple_of(*align));
    let request = |align, max_addr| Request {
        kind: RequestKind::Any,
        size: range.size(),
        align,
        nid: noted.nid,
        from: 0,
        max_addr,
        hugetlb: false,
        caller: String::new(),
    };
    aligns.flat_map(|align| [request(align, 0), request(align, 1 << 32)]).collect()
}

/// The requests that may have led to a reservation whose request is not in the log, the likeliest first.
pub(super) fn requests(
    range: AddrRange,
    purpose: Purpose,
    facts: &Facts,
    memory: &[MemoryRange],
) -> Vec<Request> {
    let request = |kind, align, nid, max_addr| Request {
        kind,
        size: range.size(),
        align,
        nid,
        from: 0,
        max_addr,
        hugetlb: false,
        caller: String::new(),
    };
    match purpose {
        Purpose::Unknown => Vec::new(),
        Purpose::NodeData(nid) => {
            let mut nids: Vec<u32> = nid.into_iter().collect();
            if nid.is_none() {
                let owner = memory.iter().find(|piece| piece.range.overlaps(range));
                nids.extend(owner.and_then(|piece| piece.nid).map(allocators::Nid::get));
            }
            let aligns = [64, 128, 256, 4096];
            let nids = nids.into_iter().map(Some).chain([None]);
            nids.flat_map(|nid| aligns.map(|align| request(RequestKind::Any, align, nid, 0))).collect()
        }
        Purpose::Cma => {
            let mut limits: Vec<u64> = vec![0, 1 << 32];
            limits.extend(facts.zones.iter().map(|(_, zone)| zone.end().0));
            let aligns: [u64; 7] = [4 << 20, 2 << 20, 8 << 20, 16 << 20, 32 << 20, 512 << 20, 64 << 10];
            let each = |limit| aligns.map(|align| request(RequestKind::Phys, align, None, limit));
            limits.into_iter().flat_map(each).collect()
        }
    }
}
