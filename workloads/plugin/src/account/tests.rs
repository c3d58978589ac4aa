//! Sequences of blocks, each a line of a drawn program: what they cost and who is said to have called.

use super::*;

/// A program of few functions, each 0x100 bytes of instructions of 4 bytes:
///
/// | address | function | kind | category |
/// |---|---|---|---|
/// | 0x1000 | start | | |
/// | 0x1100 | alloc | alloc | |
/// | 0x1200 | find | | |
/// | 0x1300 | memset | | zeroing |
/// | 0x1400 | thunk | | thunks |
/// | 0x1500 | fault | | |
/// | 0x1600 | wrapper | | |
/// | 0x1700 | end | | |
const NAMES: [(&str, u8, u8); 8] = [
    ("start", 0, 0),
    ("alloc", 1, 0),
    ("find", 0, 0),
    ("memset", 0, 1),
    ("thunk", 0, 2),
    ("fault", 0, 0),
    ("wrapper", 0, 0),
    ("end", 0, 0),
];

struct Boot {
    account: Account,
    ran: u64,
    ended: bool,
}

impl Boot {
    fn new() -> Self {
        let mut functions = vec![Function::new("[outside]", 0, 0, 0)];
        for (n, (name, kind, category)) in (0x10..).zip(NAMES) {
            functions.push(Function::new(name, n * 0x100, kind, category));
        }
        let account = Account::new(functions, 3, vec![false, true], 8);
        Self { account, ran: 0, ended: false }
    }

    /// Runs a block of `count` instructions from `start` on.
    fn run(&mut self, start: u64, count: u32) -> &mut Self {
        let function = u32::try_from((start >> 8).saturating_sub(0xf)).unwrap();
        let entry = if start.is_multiple_of(0x100) { Entry::Yes } else { Entry::No };
        self.block(Block {
            start,
            end: start + 4 * u64::from(count),
            last: start + 4 * u64::from(count - 1),
            instructions: count,
            function: if function > 8 { OUTSIDE } else { function },
            entry,
        })
    }

    fn block(&mut self, block: Block) -> &mut Self {
        let ran = self.ran;
        self.ended |= self.account.block(&block, || ran);
        self.ran += u64::from(block.instructions);
        self
    }

    fn finish(&mut self) -> &Account {
        let ran = self.ran;
        self.account.finish(ran);
        // Every instruction is in one account of each sort, whatever happened.
        let own: u64 = self.account.functions.iter().map(|function| function.own).sum();
        let spent: u64 = self.account.spent.iter().flatten().map(|spent| spent.instructions).sum();
        let repeats: u64 = self.account.spent.iter().flatten().map(|spent| spent.repeats).sum();
        assert_eq!((own, spent), (ran - repeats, ran - repeats));
        &self.account
    }
}

fn function<'a>(account: &'a Account, name: &str) -> &'a Function {
    account.functions.iter().find(|function| function.name == name).unwrap()
}

/// start calls alloc, which calls find twice: expect one call with all three parts, and its caller.
#[test]
fn a_call_has_what_its_callees_spent() {
    let mut boot = Boot::new();
    boot.run(0x1000, 5)
        .run(0x1100, 2)
        .run(0x1200, 7)
        .run(0x1108, 1)
        .run(0x1200, 7)
        .run(0x110c, 2)
        .run(0x1014, 3);
    let account = boot.finish();
    assert_eq!(account.calls.len(), 1);
    assert_eq!((account.calls[0].back, account.calls[0].spent.clone()), (0x1014, vec![19, 0, 0]));
    let find = function(account, "find");
    assert_eq!((find.calls, find.own, find.inclusive), (2, 14, 14));
    assert_eq!(function(account, "alloc").inclusive, 19);
    assert_eq!(account.lost, 0);
}

/// start calls wrapper, which jumps to alloc: expect alloc to be called by start, as the kernel's own line says it.
#[test]
fn a_tail_call_is_made_by_who_is_returned_to() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1600, 3).run(0x1100, 4).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!((account.calls[0].back, account.calls[0].spent[0]), (0x1008, 4));
    assert_eq!(function(account, "wrapper").inclusive, 7);
    assert_eq!(account.lost, 0);
}

/// start calls alloc by way of a stub that lies in wrapper, as linkers put them between far functions, and alloc returns past
/// it: expect start to have called.
#[test]
fn a_call_through_a_stub_is_made_by_who_is_returned_to() {
    let mut boot = Boot::new();
    boot.run(0x1000, 1).run(0x1004, 1).run(0x1620, 2).run(0x1100, 4).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!((account.calls[0].back, account.calls[0].spent[0]), (0x1008, 4));
    assert_eq!(function(account, "alloc").inclusive, 4);
}

/// alloc returns by jumping to a thunk: expect the thunk's instructions apart, and the return to be understood.
#[test]
fn a_thunk_returns_for_its_function() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2)
        .run(0x1100, 4)
        .run(0x1400, 6)
        .run(0x1008, 1)
        .run(0x1100, 4)
        .run(0x1400, 6)
        .run(0x100c, 1);
    let account = boot.finish();
    let spent: Vec<_> = account.calls.iter().map(|call| (call.back, call.spent.clone())).collect();
    assert_eq!(spent, [(0x1008, vec![4, 0, 6]), (0x100c, vec![4, 0, 6])]);
    assert_eq!(account.lost, 0);
}

/// An exception in the middle of a block of alloc: expect it to be part of the call, and alloc to go on.
#[test]
fn an_exception_returns_into_the_middle() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1100, 9);
    // Four of the nine ran when it struck.
    boot.ran -= 5;
    boot.run(0x1500, 20).run(0x1110, 5).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(account.calls[0].spent, [29, 0, 0]);
    assert_eq!(function(account, "fault").inclusive, 20);
    assert_eq!(account.lost, 0);
}

/// find calls itself three deep from one place, and returns three times: expect three calls and one inclusive sum.
#[test]
fn recursion_is_counted_and_not_doubled() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1200, 4).run(0x1200, 4).run(0x1200, 4);
    boot.run(0x1210, 2).run(0x1210, 2).run(0x1210, 2).run(0x1008, 1);
    let account = boot.finish();
    let find = function(account, "find");
    assert_eq!((find.calls, find.own, find.inclusive), (3, 18, 18));
    assert!(account.stack.is_empty());
}

/// find's loop goes back to its first instruction: expect one call, however often.
#[test]
fn a_loop_to_the_first_instruction_is_not_a_call() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2);
    for _ in 0..10_000 {
        boot.run(0x1200, 4);
    }
    boot.run(0x1210, 3).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(function(account, "find").calls, 1);
    assert_eq!((account.overflows, account.lost), (0, 0));
}

/// memset's last instruction goes round 99 times more, each a block of its own: expect them apart from instructions.
#[test]
fn rounds_of_a_string_instruction_are_repeats() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1100, 1).run(0x1300, 3);
    for _ in 0..99 {
        boot.run(0x1308, 1);
    }
    boot.run(0x1104, 2).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(account.calls[0].spent, [3, 3, 0]);
    assert_eq!(account.spent[1][1], Spent { instructions: 3, repeats: 99 });
}

/// The last instruction of a block reaches into the next page, so that it is told of twice and runs once: expect no repeat.
#[test]
fn a_block_that_crosses_a_page_is_counted_once() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2);
    let block =
        Block { start: 0x1ff0, end: 0x2001, last: 0x1ffd, instructions: 3, function: 7, entry: Entry::No };
    boot.block(block);
    // The first two ran in that block.
    boot.ran -= 1;
    boot.block(Block { start: 0x1ffd, instructions: 1, ..block }).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(function(account, "wrapper").own, 3);
    assert_eq!(account.settled.repeats, 0);
}

/// alloc goes through code that is no function's and back: expect alloc to pay.
#[test]
fn code_out_of_line_is_paid_by_who_went_there() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1100, 2).run(0x9004, 5).run(0x1108, 1).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(function(account, "alloc").own, 8);
    assert_eq!(account.lost, 0);
}

/// Expect the account to end when the function to wait for has returned, its instructions counted, and not before.
#[test]
fn the_end_is_the_return_of_one_function() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1700, 4).run(0x1200, 4).run(0x1710, 1);
    assert!(!boot.ended);
    boot.run(0x1008, 1);
    assert!(boot.ended);
    assert_eq!(function(boot.finish(), "end").inclusive, 9);
}

/// Firmware runs for long before the kernel does: expect nobody to pay for it.
#[test]
fn what_ran_before_the_kernel_is_in_no_account() {
    let mut boot = Boot::new();
    boot.run(0x9004, 500).run(0x9804, 1).run(0x9804, 1).run(0x1000, 2).run(0x1100, 4).run(0x1008, 1);
    assert_eq!(boot.account.before, Some(Spent { instructions: 501, repeats: 1 }));
    boot.ran -= 502;
    let ran = boot.ran;
    assert_eq!(boot.account.finish(ran + 502), Spent { instructions: 7, repeats: 0 });
    assert_eq!(function(&boot.account, "[outside]").own, 0);
    assert_eq!(boot.account.spent[0][0].instructions, 3);
}

/// Expect a return to where nobody was called from to be counted as lost, and nothing else to change.
#[test]
fn a_return_to_nowhere_is_lost() {
    let mut boot = Boot::new();
    boot.run(0x1000, 2).run(0x1100, 4).run(0x1604, 1).run(0x1110, 1).run(0x1008, 1);
    let account = boot.finish();
    assert_eq!(account.lost, 1);
    assert_eq!(account.calls[0].spent, [6, 0, 0]);
}
