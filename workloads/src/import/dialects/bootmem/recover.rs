//! Boots of kernels with bootmem: `bootmem_debug`, 2.6.27 to 4.19.
//!
//! The log holds everything: each node's span, what is freed, what is reserved, each request with the pages that it
//! took. Two things must be worked out. A request that shares a page with the one before it took fewer pages than it
//! needs, and its address follows from where the last one ended; such an address is marked as inferred. And each node
//! that is tried has a line of its own: lines of the same request are taken together.

use allocators::{
    AllocRequest, Goal, MapChange, MemFlags, MemoryRange, Nid, NodeChoice, PageSize, Pfn, PfnRange, PhysAddr,
};

use super::Line;
use super::pages::Ends;
use crate::import::boots::Boot;
use crate::import::dialects::linux::{Fact, Platform};
use crate::import::dialects::{LogLine, memblock};
use crate::import::header::{finish, header, zones};
use crate::import::{Account, Imported, Options};
use crate::ranges::Ranges;
use crate::trace::{Evidence, Op, Reason, Record, Recorded, Said, StartMemory, Trace};

/// Whether the log is of bootmem.
pub(in crate::import::dialects) fn speaks(boot: &Boot) -> bool {
    let has = |is: fn(&LogLine) -> bool| boot.lines.iter().any(|(_, line)| is(line));
    has(|line| matches!(line, LogLine::Bootmem(_)))
        && !has(|line| matches!(line, LogLine::Memblock(memblock::Line::Request(_))))
}

/// Turns what was read of a boot into its trace.
pub(in crate::import::dialects) fn recover(
    boot: &Boot,
    platform: &Platform,
    source: &str,
    options: &Options,
) -> Imported {
    let mut making = Making { page: platform.page, ..Making::default() };
    for (number, line) in &boot.lines {
        match line {
            LogLine::Bootmem(line) => making.line(*number, *line),
            // Whatever the last request got is left out with what stood here.
            LogLine::Linux(Fact::Gap) => making.open = None,
            _ => {}
        }
    }
    making.refused();
    making.give_maps();
    let notes = making.notes();
    let mut trace = Trace {
        header: header(&boot.facts, platform, Recorded::Bootmem, source, options),
        zones: zones(&boot.facts, platform),
        memoryless_nodes: Vec::new(),
        memory: making.start(),
        reserved: Vec::new(),
        records: making.records,
        said: making.said,
    };
    trace.memoryless_nodes = making
        .nodes
        .iter()
        .filter_map(|node| Nid::new(node.nid))
        .filter(|nid| trace.memory.iter().all(|piece| piece.memory.nid != Some(*nid)))
        .collect();
    let account = Account { found: making.found, folded: making.folded, ..Account::default() };
    finish(trace, account, boot, notes)
}

/// A node that was registered.
#[derive(Clone, Copy)]
struct Node {
    nid: u32,
    span: PfnRange,
    map: PfnRange,
    /// Whether its usable memory is still being told: nothing was reserved or allocated on it.
    opening: bool,
}

/// A request whose lines are not over.
struct Open {
    line: u64,
    first_nid: u32,
    last_nid: u32,
    size: u64,
    align: u64,
    goal: u64,
    limit: u64,
}

struct Making {
    page: PageSize,
    nodes: Vec<Node>,
    /// What was freed on a node before anything else.
    opened: Vec<(u32, Ranges)>,
    ends: Ends,
    open: Option<Open>,
    records: Vec<Record>,
    said: Option<Said>,
    found: usize,
    folded: usize,
    handed_over: bool,
    unlike: Vec<u64>,
    unknown_nodes: usize,
    recomputed: usize,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            page: PageSize::KIB_4,
            nodes: Vec::new(),
            opened: Vec::new(),
            ends: Ends::default(),
            open: None,
            records: Vec::new(),
            said: None,
            found: 0,
            folded: 0,
            handed_over: false,
            unlike: Vec::new(),
            unknown_nodes: 0,
            recomputed: 0,
        }
    }
}

impl Making {
    fn line(&mut self, number: u64, line: Line) {
        if matches!(line, Line::Alloc { .. } | Line::Reserve { .. } | Line::Free { .. }) {
            self.found += 1;
        }
        match line {
            Line::Mark => {}
            Line::Init { nid, start, map, end, map_bytes } => {
                let map_end = map.saturating_add(self.page.pages_for(map_bytes).0);
                let span = PfnRange::clamped(Pfn(start), Pfn(end));
                let map = PfnRange::clamped(Pfn(map), Pfn(map_end));
                self.nodes.push(Node { nid, span, map, opening: true });
            }
            Line::Alloc { nid, size, align, goal, limit } => {
                self.request(Open { line: number, first_nid: nid, last_nid: nid, size, align, goal, limit });
            }
            Line::Reserve { nid, start, end, exclusive } => {
                let pages = PfnRange::clamped(Pfn(start), Pfn(end));
                match self.open.take() {
                    // An allocation reserves exclusively, on the node that was tried last.
                    Some(open) if exclusive && open.last_nid == nid => {
                        self.found -= 1;
                        self.allocated(&open, pages);
                    }
                    open => {
                        self.open = open;
                        self.refused();
                        self.close(nid);
                        self.push(Op::Reserve(pages.addrs(self.page)), Evidence::Logged);
                    }
                }
            }
            Line::Free { nid, start, end } => {
                self.refused();
                self.free(nid, PfnRange::clamped(Pfn(start), Pfn(end)));
            }
            Line::Released { pages, .. } => {
                self.refused();
                self.handed_over = true;
                let kib = self.page.bytes() / 1024;
                let said = self.said.get_or_insert(Said::default());
                // The kernel counts no more than this; what was not released is filled in at the end.
                said.physical_kib = said.physical_kib.saturating_add(pages.saturating_mul(kib));
            }
        }
    }

    fn push(&mut self, op: Op, evidence: Evidence) {
        if !self.handed_over {
            self.records.push(Record { op, evidence, caller: None });
        }
    }

    /// From now on what is freed on this node was reserved before.
    fn close(&mut self, nid: u32) {
        for node in self.nodes.iter_mut().filter(|node| node.nid == nid) {
            node.opening = false;
        }
    }

    fn free(&mut self, nid: u32, pages: PfnRange) {
        let range = pages.addrs(self.page);
        if range.is_empty() {
            return;
        }
        let Some(node) = self.nodes.iter().find(|node| node.nid == nid) else {
            self.unknown_nodes += 1;
            return;
        };
        let piece = |range| MemoryRange { range, nid: Nid::new(nid), flags: MemFlags::NONE };
        let freed = Ranges::from_iter([range]);
        let new = freed.without(&self.all_memory());
        if node.opening {
            match self.opened.iter_mut().find(|(known, _)| *known == nid) {
                Some((_, opened)) => new.iter().for_each(|range| opened.insert(range)),
                None => self.opened.push((nid, new)),
            }
            self.folded += 1;
            return;
        }
        // Memory that was never told of comes into being; the rest was reserved.
        for range in new.iter() {
            self.push(Op::Change(MapChange::Add(piece(range))), Evidence::Logged);
        }
        for range in freed.without(&new).iter() {
            self.push(Op::Free(range), Evidence::Logged);
        }
    }

    /// A line of a request: the same one as before, tried on another node or without its goal, or a new one.
    fn request(&mut self, line: Open) {
        match &mut self.open {
            Some(open) if (open.size, open.align) == (line.size, line.align) && line.goal <= open.goal => {
                open.last_nid = line.last_nid;
                self.found -= 1;
            }
            _ => {
                self.refused();
                self.open = Some(line);
            }
        }
    }

    /// The request that is open got nothing.
    fn refused(&mut self) {
        if let Some(open) = self.open.take()
            && let Some(request) = self.as_request(&open)
        {
            self.push(Op::Alloc(request, None), Evidence::Logged);
        }
    }

    fn allocated(&mut self, open: &Open, pages: PfnRange) {
        self.close(open.last_nid);
        let found = self.ends.allocate(self.page, open.last_nid, open.size, open.align, pages);
        let (Some(place), Some(request)) = (found, self.as_request(open)) else {
            self.unlike.push(open.line);
            return self.push(Op::Reserve(pages.addrs(self.page)), Evidence::Unexplained);
        };
        self.recomputed += usize::from(place.recomputed);
        let evidence = if place.recomputed { Evidence::Inferred(Reason::Version) } else { Evidence::Logged };
        self.push(Op::Alloc(request, Some(place.at)), evidence);
    }

    fn as_request(&self, open: &Open) -> Option<AllocRequest> {
        let align = open.align.max(1);
        if open.size == 0 || !align.is_power_of_two() {
            return None;
        }
        // A request for any node is tried from the lowest node on that reaches above the goal.
        let goal = self.page.pfn_down(PhysAddr(open.goal));
        let mut nodes: Vec<&Node> = self.nodes.iter().collect();
        nodes.sort_by_key(|node| node.span.start());
        let first = nodes.iter().find(|node| node.span.end() > goal).or(nodes.first());
        let any = first.is_none_or(|node| node.nid == open.first_nid);
        let node = Nid::new(open.first_nid).filter(|_| !any).map_or(NodeChoice::Any, NodeChoice::Prefer);
        let limit = (open.limit > 0).then_some(PhysAddr(open.limit));
        Some(AllocRequest { size: open.size, align, goal: Goal::Prefer(PhysAddr(open.goal)), limit, node })
    }

    /// At the hand-over the pages of the maps themselves are given away.
    fn give_maps(&mut self) {
        if !std::mem::take(&mut self.handed_over) {
            return;
        }
        for map in self.nodes.iter().map(|node| node.map.addrs(self.page)).collect::<Vec<_>>() {
            if !map.is_empty() {
                self.push(Op::Free(map), Evidence::Inferred(Reason::Version));
            }
        }
        let total: u64 = self.all_memory().iter().map(|range| range.size() / 1024).sum();
        if let Some(said) = &mut self.said {
            let released = said.physical_kib;
            // Memory may be told of after the hand-over; then the figures cannot be filled in.
            (said.physical_kib, said.reserved_kib) =
                if released <= total { (total, total - released) } else { (released, 0) };
        }
    }

    fn all_memory(&self) -> Ranges {
        let mut all: Ranges = self.opened.iter().flat_map(|(_, ranges)| ranges.iter()).collect();
        for record in &self.records {
            if let Op::Change(MapChange::Add(piece)) = &record.op {
                all.insert(piece.range);
            }
        }
        all
    }

    fn start(&self) -> Vec<StartMemory> {
        let piece = |nid, range| MemoryRange { range, nid: Nid::new(nid), flags: MemFlags::NONE };
        let pieces =
            self.opened.iter().flat_map(|(nid, ranges)| ranges.iter().map(|range| piece(*nid, range)));
        let mut start: Vec<_> =
            pieces.map(|memory| StartMemory { memory, evidence: Evidence::Logged }).collect();
        start.sort_by_key(|piece| piece.memory.range.start());
        start
    }

    fn notes(&self) -> Vec<String> {
        let mut notes =
            vec!["memory is what was freed on each node before anything was reserved on it".to_owned()];
        if self.recomputed > 0 {
            notes.push(format!(
                "{} addresses within a page follow from where the last block ended",
                self.recomputed
            ));
        }
        if !self.unlike.is_empty() {
            let lines: Vec<String> = self.unlike.iter().take(8).map(u64::to_string).collect();
            let (count, lines) = (self.unlike.len(), lines.join(", "));
            notes.push(format!("{count} requests took other pages than they can have: only the pages are recorded: at line {lines}"));
        }
        if self.unknown_nodes > 0 {
            notes.push(format!(
                "{} frees on nodes that the log does not register left out",
                self.unknown_nodes
            ));
        }
        notes
    }
}
