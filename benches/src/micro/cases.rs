//! The cases. Bitmaps search upward and memblock downward, so what is a long way for one may be none for the other:
//! wherever that matters, a case comes with its mirror image.

use allocators::{AllocRequest, Goal, PhysAddr};
use workloads::replay::Program;

use super::machine::{pages, program};

/// A request in a drawn map.
pub struct Case {
    /// Its name, as tables and benches show it.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// The machine and what is reserved on it.
    pub program: Program,
    /// What is asked for.
    pub request: AllocRequest,
    /// Whether there is such memory.
    pub fits: bool,
}

const PAGE: u64 = 1 << 12;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The pages of a machine of 16 GiB; its first is kept back, because page 0 means failure to memblock.
const ALL: u64 = 16 * GIB / PAGE;

/// All cases.
#[must_use]
pub fn all() -> Vec<Case> {
    let one = AllocRequest::new(PAGE, PAGE);
    let whole = || pages(1, ALL);
    let case = |name, about, reserved, request, fits| Case {
        name,
        about,
        program: program(whole(), reserved),
        request,
        fits,
    };
    let top = PhysAddr(16 * GIB);
    let edge = Goal::AtLeast(PhysAddr(top.0 - PAGE));
    let mut cases = vec![
        case("empty", "one page where all is free", vec![], one, true),
        case("full", "one page where nothing is free", vec![whole()], one, false),
        case("free-at-top", "one page, only the last is free", vec![pages(1, ALL - 1)], one, true),
        case("free-at-bottom", "one page, only the first is free", vec![pages(2, ALL)], one, true),
        case("goal-at-edge", "the last page by its goal", vec![pages(1, ALL / 2)], one.with_goal(edge), true),
        case(
            "limit-at-edge",
            "the first page by its limit",
            vec![pages(ALL / 2, ALL)],
            one.with_limit(PhysAddr(2 * PAGE)),
            true,
        ),
    ];
    for (name, align) in [("align-4k", PAGE), ("align-2m", 2 * MIB), ("align-1g", GIB)] {
        let about = "a page so aligned in the middle of what is free";
        let reserved = vec![pages(1, ALL / 4 + 1), pages(3 * ALL / 4 + 1, ALL)];
        cases.push(case(name, about, reserved, AllocRequest::new(PAGE, align), true));
    }
    cases.push(checkerboard());
    cases
}

/// ```text
/// pfn   1   2   3   4   5      16384
///       |xxx|...|xxx|...|  ...  |
/// ```
/// Two pages together where every other page is taken: the longest search there is, and it fails.
fn checkerboard() -> Case {
    let last = 64 * MIB / PAGE;
    let taken = (1..last).step_by(2).map(|pfn| pages(pfn, pfn + 1)).collect();
    Case {
        name: "checkerboard",
        about: "two pages where every other page of 64 MiB is taken",
        program: program(pages(1, last), taken),
        request: AllocRequest::new(2 * PAGE, PAGE),
        fits: false,
    }
}

#[cfg(test)]
mod tests {
    use allocators::registry::{StrategyVisitor, visit_all};
    use allocators::{BootAllocator, Strategy};
    use workloads::replay::Stage;

    use super::*;

    struct Try<'c>(&'c Case);

    impl StrategyVisitor for Try<'_> {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let name = strategy.name();
            let given = Stage::default()
                .play(strategy, &self.0.program, |allocator, _| allocator.alloc(&self.0.request))
                .unwrap();
            assert_eq!(given.is_ok(), self.0.fits, "{} {name}: {given:?}", self.0.name);
        }
    }

    #[test]
    fn every_case_is_what_it_says_for_every_strategy() {
        for case in all() {
            visit_all(&mut Try(&case));
        }
    }
}
