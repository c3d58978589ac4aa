//! Who spent which instructions, from the blocks that ran.
//!
//! A block at an entry of a function is a call of it. A block elsewhere in another function than before is a return: to
//! the nearest frame that was called from right before it; else, after an exception or code out of line, to the nearest
//! frame of its function. What returns past a frame was jumped to by it and not called (a tail call), which is known only
//! then; a thunk is no different. A function that jumps to its own first instruction, or calls itself from one place over
//! and over, shares one frame that counts how often.

use crate::table::Entry;

#[cfg(test)]
mod tests;

/// A function, and what it spent.
#[derive(Clone, Default, Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) kind: u8,
    pub(crate) category: u8,
    pub(crate) calls: u64,
    /// Instructions of its own.
    pub(crate) own: u64,
    /// Those of what it called, too.
    pub(crate) inclusive: u64,
    /// Rounds of string instructions, beyond the first of each.
    pub(crate) repeats: u64,
    /// How many frames it has.
    depth: u32,
}

impl Function {
    pub(crate) fn new(name: &str, start: u64, kind: u8, category: u8) -> Self {
        Self { name: name.into(), start, kind, category, ..Self::default() }
    }
}

/// The number of what is not a function.
pub(crate) const OUTSIDE: u32 = 0;
/// The number of no kind and no category.
const NONE: u8 = 0;

/// A block of guest code, as translated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    pub(crate) start: u64,
    /// Behind its last instruction.
    pub(crate) end: u64,
    /// The address of its last instruction.
    pub(crate) last: u64,
    pub(crate) instructions: u32,
    pub(crate) function: u32,
    pub(crate) entry: Entry,
}

/// A function that was entered and not left.
#[derive(Clone, Copy, Debug)]
struct Frame {
    function: u32,
    /// Where it returns to, if it was called.
    back: u64,
    /// How often it entered itself from the same place since.
    again: u32,
    entered: u64,
    kind: u8,
    category: u8,
    call: Option<usize>,
}

/// A call of a kind that is listed.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) function: u32,
    /// Where it returned to.
    pub(crate) back: u64,
    /// Instructions, by category.
    pub(crate) spent: Vec<u64>,
}

/// Instructions, and rounds of string instructions beyond the first of each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Spent {
    pub(crate) instructions: u64,
    pub(crate) repeats: u64,
}

/// The account of a boot.
pub(crate) struct Account {
    pub(crate) functions: Vec<Function>,
    /// By kind and category.
    pub(crate) spent: Vec<Vec<Spent>>,
    /// Calls of each kind from outside of any.
    pub(crate) calls_of: Vec<u64>,
    pub(crate) calls: Vec<Call>,
    /// Which kinds are listed.
    listed: Vec<bool>,
    until: u32,
    stack: Vec<Frame>,
    previous: Block,
    /// Up to where instructions and repeats are accounted for.
    settled: Spent,
    repeats: u64,
    /// What had run when the first known function began: firmware, and what unpacks a kernel. It is in no other account.
    pub(crate) before: Option<Spent>,
    /// Returns to where nobody was called from.
    pub(crate) lost: u64,
    /// Calls too deep for the stack.
    pub(crate) overflows: u64,
}

/// More than any kernel's stack has room for; what is deeper is an error of ours.
const MOST_FRAMES: usize = 4096;

impl Account {
    /// An account of `functions` until the function `until` returns; `listed` says it of each kind.
    pub(crate) fn new(functions: Vec<Function>, categories: usize, listed: Vec<bool>, until: u32) -> Self {
        Self {
            functions,
            spent: vec![vec![Spent::default(); categories]; listed.len()],
            calls_of: vec![0; listed.len()],
            calls: Vec::new(),
            listed,
            until,
            stack: Vec::new(),
            previous: Block {
                start: 1,
                end: 1,
                last: 1,
                instructions: 0,
                function: OUTSIDE,
                entry: Entry::No,
            },
            settled: Spent::default(),
            repeats: 0,
            before: None,
            lost: 0,
            overflows: 0,
        }
    }

    /// `block` starts; `count` says how many instructions ran before it. Returns whether this is the end.
    #[inline]
    pub(crate) fn block(&mut self, block: &Block, count: impl FnOnce() -> u64) -> bool {
        let previous = std::mem::replace(&mut self.previous, *block);
        // A string instruction that goes round: QEMU jumps to it anew for each round. An instruction that reaches into the
        // next page looks alike: QEMU tells of it as part of the block before, and then moves it into one of its own.
        if block.start == previous.last
            && block.instructions == 1
            && (block.start ^ (block.end - 1)) >> 12 == 0
        {
            self.repeats += 1;
        }
        if block.function == previous.function && block.entry != Entry::Yes {
            // It may return to itself; to run on past a loop to its first instruction looks alike but for where it was before.
            let returns =
                self.stack.last().is_some_and(|top| top.back == block.start) && previous.end != block.start;
            if !returns {
                return false;
            }
        }
        self.change(block, &previous, count())
    }

    #[cold]
    fn change(&mut self, block: &Block, previous: &Block, count: u64) -> bool {
        // Rounds of string instructions were counted with the rest.
        let now = count - self.repeats;
        self.settle(previous.function, now);
        if block.function != OUTSIDE && self.before.is_none() {
            self.begin();
        }
        let is_call = match block.entry {
            Entry::Yes => true,
            // From within, it is only reached by running on or by a loop.
            Entry::Local => block.function != previous.function && self.called_from(block.start).is_none(),
            Entry::No => false,
        };
        if is_call {
            self.enter(block.function, previous, now);
            return false;
        }
        self.back(block, now)
    }

    /// The kernel's first function begins: nobody pays for what ran before.
    fn begin(&mut self) {
        self.before = Some(self.settled);
        let outside = &mut self.functions[OUTSIDE as usize];
        (outside.own, outside.repeats) = (0, 0);
        self.spent[usize::from(NONE)][usize::from(NONE)] = Spent::default();
    }

    /// Puts what ran since the last change to the accounts of `function` and of the innermost frame.
    fn settle(&mut self, function: u32, now: u64) {
        let spent = now - self.settled.instructions;
        let repeats = self.repeats - self.settled.repeats;
        self.settled = Spent { instructions: now, repeats: self.repeats };
        let top = self.stack.last();
        // Code out of line, and firmware, belong to who went there.
        let owner = if function == OUTSIDE { top.map_or(OUTSIDE, |frame| frame.function) } else { function };
        let owner = &mut self.functions[owner as usize];
        owner.own += spent;
        owner.repeats += repeats;
        let (kind, category, call) =
            top.map_or((NONE, NONE, None), |frame| (frame.kind, frame.category, frame.call));
        let sum = &mut self.spent[usize::from(kind)][usize::from(category)];
        sum.instructions += spent;
        sum.repeats += repeats;
        if let Some(call) = call {
            self.calls[call].spent[usize::from(category)] += spent;
        }
    }

    fn enter(&mut self, id: u32, previous: &Block, now: u64) {
        let function = &mut self.functions[id as usize];
        function.calls += 1;
        if let Some(top) = self.stack.last_mut()
            && (top.function, top.back) == (id, previous.end)
        {
            top.again += 1;
            return;
        }
        let outer = self.stack.last();
        let (mut kind, mut category, mut call) =
            outer.map_or((NONE, NONE, None), |top| (top.kind, top.category, top.call));
        if kind == NONE && function.kind != NONE {
            // The allocator's own work, whatever its caller was about.
            kind = function.kind;
            category = NONE;
            self.calls_of[usize::from(kind)] += 1;
            if self.listed[usize::from(kind)] {
                call = Some(self.calls.len());
                let spent = vec![0; self.spent[0].len()];
                self.calls.push(Call { function: id, back: previous.end, spent });
            }
        }
        if category == NONE {
            category = function.category;
        }
        if self.stack.len() == MOST_FRAMES {
            self.overflows += 1;
            return;
        }
        function.depth += 1;
        self.stack.push(Frame {
            function: id,
            back: previous.end,
            again: 0,
            entered: now,
            kind,
            category,
            call,
        });
    }

    /// The innermost frame that returns to `address`.
    fn called_from(&self, address: u64) -> Option<usize> {
        self.stack.iter().rposition(|frame| frame.back == address)
    }

    fn back(&mut self, block: &Block, now: u64) -> bool {
        if let Some(called) = self.called_from(block.start) {
            return self.return_to(called, block, now);
        }
        if block.function == OUTSIDE {
            return false;
        }
        // An exception ended, or code out of line jumped back.
        if let Some(frame) = self.stack.iter().rposition(|frame| frame.function == block.function) {
            self.came_from(frame + 1, block.start);
            return self.leave_above(frame + 1, now);
        }
        self.lost += 1;
        false
    }

    /// The frames from `first` on are about to return to `address`.
    ///
    /// Whoever jumped to a listed function, or the stub of a linker's that is between two far ones, is not who called it:
    /// that is who is returned to, for the kernel as well, which looks at the return address.
    fn came_from(&mut self, first: usize, address: u64) {
        for Frame { function, call, .. } in &self.stack[first..] {
            if let Some(call) = *call
                && self.calls[call].function == *function
            {
                self.calls[call].back = address;
            }
        }
    }

    /// The frame `called` and all above it return to `block`.
    fn return_to(&mut self, called: usize, block: &Block, now: u64) -> bool {
        let frame = &mut self.stack[called];
        if frame.again > 0 && frame.function == block.function {
            // It had called itself.
            frame.again -= 1;
            return self.leave_above(called + 1, now);
        }
        for n in called + 1..self.stack.len() {
            let function = self.stack[n].function;
            if self.stack[n - 1].function == function {
                // It jumped to its own first instruction.
                self.functions[function as usize].calls -= 1;
            }
        }
        self.came_from(called, block.start);
        self.leave_above(called, now)
    }

    /// Leaves all frames but the outermost `keep`.
    fn leave_above(&mut self, keep: usize, now: u64) -> bool {
        let mut ended = false;
        while self.stack.len() > keep {
            let Some(frame) = self.stack.pop() else { break };
            self.left(&frame, now);
            ended |= frame.function == self.until;
        }
        ended
    }

    fn left(&mut self, frame: &Frame, now: u64) {
        let function = &mut self.functions[frame.function as usize];
        // It went round by jumps.
        function.calls -= u64::from(frame.again);
        function.depth -= 1;
        if function.depth == 0 {
            function.inclusive += now - frame.entered;
        }
    }

    /// Settles what is open, with `count` instructions run. Returns how many ran since the kernel's first one.
    pub(crate) fn finish(&mut self, count: u64) -> Spent {
        let now = count - self.repeats;
        self.settle(self.previous.function, now);
        self.leave_above(0, now);
        let before = self.before.unwrap_or(self.settled);
        Spent { instructions: now - before.instructions, repeats: self.repeats - before.repeats }
    }
}
