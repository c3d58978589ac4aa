//! The fewest calls that still fail.

use std::collections::BTreeSet;

use allocators::{AddrRange, AllocRequest, Goal, NodeChoice, PhysAddr, Setting};
use workloads::replay::Step;

use crate::Scenario;

/// Leaves out and simplifies what `fails` does without, until nothing is left to leave out or `tries` are used up.
pub fn shrink(scenario: &Scenario, tries: u32, mut fails: impl FnMut(&Scenario) -> bool) -> Scenario {
    let mut shrinker = Shrinker { best: scenario.clone(), tries, fails: &mut fails };
    loop {
        let before = shrinker.best.clone();
        shrinker.leave_out(|scenario| &mut scenario.steps);
        shrinker.leave_out(|scenario| &mut scenario.reserved);
        shrinker.leave_out(|scenario| &mut scenario.memory);
        shrinker.leave_out(|scenario| &mut scenario.memoryless);
        shrinker.cut_memory();
        shrinker.simplify();
        if shrinker.best == before || shrinker.tries == 0 {
            break;
        }
    }
    shrinker.move_up();
    shrinker.best
}

/// Where a shrunk machine is put if it can be: high enough for a program to have real memory at all of its addresses.
const REAL: u64 = 1 << 45;

struct Shrinker<'f> {
    best: Scenario,
    tries: u32,
    fails: &'f mut dyn FnMut(&Scenario) -> bool,
}

impl Shrinker<'_> {
    /// Takes `new` over if it fails too.
    fn try_on(&mut self, mut new: Scenario) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        new.drop_orphans();
        if new == self.best {
            return false;
        }
        let fails = (self.fails)(&new);
        if fails {
            self.best = new;
        }
        fails
    }

    /// Leaves out halves, quarters, and so on down to single ones, from the end: what comes last is the failure itself.
    fn leave_out<T>(&mut self, list: impl Fn(&mut Scenario) -> &mut Vec<T>) {
        let mut chunk = list(&mut self.best).len();
        while chunk > 0 {
            let mut end = list(&mut self.best).len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let mut new = self.best.clone();
                list(&mut new).drain(start..end);
                self.try_on(new);
                end = start.min(list(&mut self.best).len());
            }
            chunk /= 2;
        }
    }

    /// Cuts memory off each piece, first from its end and then from its start, where a reservation, a call or a limit begins or
    /// ends: as much as can be at once, then half of it, and so on.
    ///
    /// Free memory beyond what matters draws the next allocation away. Then no call that fills it can be left out by itself,
    /// but all of them can be without that memory.
    fn cut_memory(&mut self) {
        for place in 0..self.best.memory.len() {
            for from_end in [true, false] {
                let Some(piece) = self.best.memory.get(place).map(|piece| piece.range) else { return };
                let mut cuts = edges(&self.best);
                cuts.retain(|&at| piece.start() < at && at < piece.end());
                if !from_end {
                    cuts.reverse();
                }
                // What is left ends, or begins, at the cut that was made last.
                let mut step = cuts.len();
                let mut left = cuts.len();
                while step > 0 {
                    while let Some(next) = left.checked_sub(step) {
                        let mut new = self.best.clone();
                        let Some(kept) = new.memory.get_mut(place) else { return };
                        kept.range = if from_end {
                            AddrRange::clamped(kept.range.start(), cuts[next])
                        } else {
                            AddrRange::clamped(cuts[next], kept.range.end())
                        };
                        if !self.try_on(new) {
                            break;
                        }
                        left = next;
                    }
                    step /= 2;
                }
            }
        }
    }

    /// Makes single calls plainer.
    fn simplify(&mut self) {
        for index in 0..self.best.steps.len() {
            let Some(&step) = self.best.steps.get(index) else { return };
            for plain in plainer(step, self.best.page.bytes()) {
                let mut new = self.best.clone();
                new.steps[index] = plain;
                self.try_on(new);
            }
        }
    }

    /// Moves the whole machine to where a test program can map memory.
    fn move_up(&mut self) {
        self.tries = self.tries.max(1);
        if let Some(new) = moved(&self.best, REAL) {
            self.try_on(new);
        }
    }
}

/// Where anything that a scenario speaks of begins or ends, rounded to the pages around it too, ascending.
fn edges(scenario: &Scenario) -> Vec<PhysAddr> {
    let page = scenario.page;
    let of_step = |step: &Step| match *step {
        Step::Reserve(range) | Step::Free(range) => vec![range.start(), range.end()],
        Step::Alloc(asked, _) | Step::Probe(asked) => {
            [Some(asked.goal.addr()), asked.limit].into_iter().flatten().collect()
        }
        Step::Set(Setting::CurrentLimit(Some(limit))) => vec![limit],
        _ => Vec::new(),
    };
    let reserved = scenario.reserved.iter().flat_map(|range| [range.start(), range.end()]);
    let exact = reserved.chain(scenario.steps.iter().flat_map(of_step));
    let around = exact
        .flat_map(|at| [Some(at), Some(page.addr(page.pfn_down(at))), at.checked_align_up(page.bytes())]);
    let edges: BTreeSet<PhysAddr> = around.flatten().collect();
    edges.into_iter().collect()
}

fn plainer(step: Step, page: u64) -> Vec<Step> {
    let request = |asked: AllocRequest| {
        vec![
            AllocRequest { goal: Goal::Prefer(PhysAddr(0)), ..asked },
            AllocRequest { limit: None, ..asked },
            AllocRequest { node: NodeChoice::Any, ..asked },
            AllocRequest { align: 1, ..asked },
            AllocRequest { size: page, ..asked },
        ]
    };
    match step {
        Step::Alloc(asked, slot) => {
            request(asked).into_iter().map(|asked| Step::Alloc(asked, slot)).collect()
        }
        Step::Probe(asked) => request(asked).into_iter().map(Step::Probe).collect(),
        _ => Vec::new(),
    }
}

/// The same machine further up.
fn moved(scenario: &Scenario, by: u64) -> Option<Scenario> {
    let addr = |addr: PhysAddr| addr.checked_add(by);
    let range = |range: AddrRange| Some(AddrRange::clamped(addr(range.start())?, addr(range.end())?));
    let request = |asked: AllocRequest| {
        let goal = match asked.goal {
            Goal::Prefer(PhysAddr(0)) => asked.goal,
            Goal::Prefer(goal) => Goal::Prefer(addr(goal)?),
            Goal::AtLeast(min) => Goal::AtLeast(addr(min)?),
        };
        let limit = match asked.limit {
            Some(limit) => Some(addr(limit)?),
            None => None,
        };
        Some(AllocRequest { goal, limit, ..asked })
    };
    let step = |step: &Step| {
        use allocators::{MapChange, MemoryRange};
        Some(match *step {
            Step::Alloc(asked, slot) => Step::Alloc(request(asked)?, slot),
            Step::Probe(asked) => Step::Probe(request(asked)?),
            Step::Reserve(of) => Step::Reserve(range(of)?),
            Step::Free(of) => Step::Free(range(of)?),
            Step::Change(change) => Step::Change(match change {
                MapChange::Add(piece) => MapChange::Add(MemoryRange { range: range(piece.range)?, ..piece }),
                MapChange::Remove(of) => MapChange::Remove(range(of)?),
                MapChange::SetNode(of, nid) => MapChange::SetNode(range(of)?, nid),
                MapChange::SetFlags(of, flags) => MapChange::SetFlags(range(of)?, flags),
                MapChange::ClearFlags(of, flags) => MapChange::ClearFlags(range(of)?, flags),
            }),
            Step::Set(Setting::CurrentLimit(Some(limit))) => {
                Step::Set(Setting::CurrentLimit(Some(addr(limit)?)))
            }
            other => other,
        })
    };
    let mut new = scenario.clone();
    for piece in &mut new.memory {
        piece.range = range(piece.range)?;
    }
    new.reserved = scenario.reserved.iter().map(|&of| range(of)).collect::<Option<_>>()?;
    new.steps = scenario.steps.iter().map(step).collect::<Option<_>>()?;
    Some(new)
}
