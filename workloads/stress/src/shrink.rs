//! The fewest calls that still fail.

use allocators::{AddrRange, AllocRequest, Goal, NodeChoice, PhysAddr};
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
        use allocators::{MapChange, MemoryRange, Setting};
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
