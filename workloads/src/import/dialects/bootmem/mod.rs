//! bootmem of Linux: `bootmem_debug`, 2.6.27 to 4.19.

mod lines;
mod pages;
mod recover;

pub(super) use lines::read;
pub(super) use recover::{recover, speaks};

/// Each line that matters holds this.
pub(super) const WORDS: [&str; 1] = ["bootmem::"];

/// Where a record stands in a line.
pub(super) fn record(line: &str) -> Option<(Option<usize>, Option<usize>)> {
    line.find("bootmem::").map(|at| (Some(at), None))
}

/// What bootmem said. Starts and ends are page frame numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum Line {
    Init {
        nid: u32,
        start: u64,
        map: u64,
        end: u64,
        map_bytes: u64,
    },
    /// The outer line of a reservation or free on one node; the inner one says it again.
    Mark,
    Reserve {
        nid: u32,
        start: u64,
        end: u64,
        exclusive: bool,
    },
    Free {
        nid: u32,
        start: u64,
        end: u64,
    },
    Alloc {
        nid: u32,
        size: u64,
        align: u64,
        goal: u64,
        limit: u64,
    },
    Released {
        nid: u32,
        pages: u64,
    },
}
