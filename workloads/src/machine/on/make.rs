//! The calls, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use allocators::{AddrRange, AllocRequest, MapChange, MemoryRange, NodeChoice, PhysAddr, Setting};

use super::blocks::{Blocks, Source};
use super::kept::Keeper;
use super::limits::Limits;
use super::rules::{Rule, Without, caller, function, is_firmwares, of_boot};
use super::side::Side;
use super::{Names, OnError, counts};
use crate::machine::Hardware;
use crate::trace::{Evidence, Op, Reason, Record, StartMemory, StartReserved, Trace};

/// What was made.
pub(super) struct Made {
    pub(super) memory: Vec<StartMemory>,
    pub(super) reserved: Vec<StartReserved>,
    pub(super) records: Vec<Record>,
    pub(super) notes: Vec<String>,
    /// For each allocation among the records, its number among all that were to be made.
    pub(super) numbers: Vec<usize>,
}

/// Requests that are counted together: the function, the size, the alignment, and the node's rank under rules by node.
type Key<'b> = (&'b str, u64, u64, Option<usize>);

/// What was done under a rule to the requests of a function.
#[derive(Default)]
struct Told {
    before: (u64, u64),
    after: (u64, u64),
}

pub(super) struct Making<'m> {
    hardware: &'m Hardware,
    boot: &'m Trace,
    memory: &'m [MemoryRange],
    old: &'m Side,
    new: &'m Side,
    /// Allocations that are left out, by their numbers, and why a kernel goes on without them.
    failing: &'m BTreeMap<usize, Without>,
    names: Names<'m>,
    rules: Vec<Option<Rule>>,
    /// How many requests of a key there are, and how many have been passed.
    keys: BTreeMap<Key<'m>, (u64, u64)>,
    blocks: Blocks,
    limits: Limits<'m>,
    keeper: Keeper<'m>,
    next: u64,
    number: usize,
    made: Made,
    told: BTreeMap<(&'m str, Rule), Told>,
    firmwares: u64,
    on_nodes: bool,
}

const GIB: u64 = 1 << 30;

impl<'m> Making<'m> {
    pub(super) fn new(
        hardware: &'m Hardware,
        boot: &'m Trace,
        memory: &'m [MemoryRange],
        (old, new): (&'m Side, &'m Side),
        failing: &'m BTreeMap<usize, Without>,
        names: Names<'m>,
    ) -> Result<Self, OnError> {
        let mut making = Self {
            hardware,
            boot,
            memory,
            old,
            new,
            failing,
            names,
            rules: of_boot(boot, old),
            keys: BTreeMap::new(),
            blocks: Blocks::of(boot),
            limits: Limits { old, new, lifted: 0 },
            keeper: Keeper::new(old, new, memory, hardware, &boot.header.arch),
            next: new.end().next_multiple_of(GIB) + GIB,
            number: 0,
            made: Made {
                memory: Vec::new(),
                reserved: Vec::new(),
                records: Vec::new(),
                notes: Vec::new(),
                numbers: Vec::new(),
            },
            told: BTreeMap::new(),
            firmwares: 0,
            on_nodes: false,
        };
        for (index, record) in boot.records.iter().enumerate() {
            if let (Op::Alloc(request, _), Some(rule)) = (&record.op, making.rules[index]) {
                let key = making.key(record, request, rule);
                making.keys.entry(key).or_default().0 += 1;
            }
        }
        making.start()?;
        Ok(making)
    }

    pub(super) fn run(mut self) -> Result<Made, OnError> {
        let boot = self.boot;
        let mut index = 0;
        while let Some(record) = boot.records.get(index) {
            if self.rank_of(index).is_none() {
                self.single(index, record)?;
                index += 1;
                continue;
            }
            let length =
                (index..boot.records.len()).take_while(|index| self.rank_of(*index).is_some()).count();
            self.stretch(index..index + length);
            index += length;
        }
        self.notes();
        Ok(self.made)
    }

    /// Memory and what is reserved before the first call.
    fn start(&mut self) -> Result<(), OnError> {
        let boot = self.boot;
        // A kernel learns the nodes late; where the boot shows when, so does this one.
        let is_set = |record: &Record| matches!(record.op, Op::Change(MapChange::SetNode(..)));
        let learns =
            boot.memory.iter().all(|piece| piece.memory.nid.is_none()) && boot.records.iter().any(is_set);
        let evidence = Evidence::Logged;
        for piece in self.memory {
            let memory = if learns { MemoryRange { nid: None, ..*piece } } else { *piece };
            match self.made.memory.last_mut().map(|last| &mut last.memory) {
                Some(last)
                    if learns && last.range.end() == memory.range.start() && last.flags == memory.flags =>
                {
                    last.range = AddrRange::clamped(last.range.start(), memory.range.end());
                }
                _ => self.made.memory.push(StartMemory { memory, evidence }),
            }
        }
        self.on_nodes = !learns;
        let firmwares = self.keeper.firmwares(self.hardware);
        self.made.reserved.extend(firmwares.into_iter().map(|range| StartReserved { range, evidence }));
        for (index, start) in boot.reserved.iter().enumerate() {
            // What is small is firmware's or a boot loader's; a kernel's image and its initrd are not.
            if start.range.size() < 1 << 20 && start.range.end().0 > 1 << 20 {
                self.firmwares += 1;
                continue;
            }
            if let Some(range) = self.keeper.place(start.range, self.hardware, self.names.boot)? {
                self.made.reserved.push(StartReserved { range, evidence });
                self.blocks.copy(Source::Start(index), None, range);
            }
        }
        Ok(())
    }

    /// The rank of the recorded node for which a record is, if it is one of those made node by node.
    fn rank_of(&self, index: usize) -> Option<usize> {
        match &self.boot.records.get(index)?.op {
            Op::Alloc(request, Some(_)) if self.rules[index].is_some_and(Rule::is_by_node) => {
                // A recorded node without memory is not one of them; it asks as the first does.
                Some(request.node.nid().and_then(|nid| self.old.rank(nid)).unwrap_or(usize::MAX))
            }
            Op::Free(_) => {
                let mut ranks = self.blocks.freed(index).iter().map(|part| match part.source {
                    Source::Record(index) if matches!(self.boot.records[index].op, Op::Alloc(..)) => {
                        self.rank_of(index)
                    }
                    _ => None,
                });
                let first = ranks.next()??;
                ranks.all(|rank| rank == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// The recorded node that a node of the machine asks as: the first as the first, the others by turns as the others.
    fn template(&self, rank: usize) -> usize {
        match self.old.nodes.len() {
            0 | 1 => 0,
            count if rank < count => rank,
            count => 1 + (rank - 1) % (count - 1),
        }
    }

    /// Records that are made node by node.
    fn stretch(&mut self, records: std::ops::Range<usize>) {
        let boot = self.boot;
        let passed = self.keys.clone();
        let mut ended = passed.clone();
        let ranks: Vec<Option<usize>> = records.clone().map(|index| self.rank_of(index)).collect();
        for rank in 0..self.new.nodes.len() {
            let template = self.template(rank);
            self.keys.clone_from(&passed);
            for index in records.clone() {
                if ranks[index - records.start] != Some(template) {
                    continue;
                }
                let record = &boot.records[index];
                match &record.op {
                    Op::Alloc(request, _) => self.by_node(index, record, request, (template, rank)),
                    _ => self.free(index, record, Some(rank)),
                }
            }
            for (key, (_, seen)) in &self.keys {
                if let Some(known) = ended.get_mut(key) {
                    known.1 = known.1.max(*seen);
                }
            }
        }
        self.keys = ended;
        let of_a_node = records.clone().find(|index| self.rules[*index] == Some(Rule::NodeData));
        if let Some(record) = of_a_node.map(|index| &boot.records[index])
            && let Op::Alloc(request, _) = &record.op
        {
            for nid in &self.hardware.memoryless_nodes {
                let request = request.with_node(NodeChoice::Prefer(*nid));
                self.alloc(request, record, None, None, Rule::NodeData);
            }
        }
        for index in records {
            let record = &boot.records[index];
            if let (Op::Alloc(request, _), Some(rule)) = (&record.op, self.rules[index]) {
                let told = self.told(record, rule);
                told.before.0 += 1;
                told.before.1 += request.size;
            }
        }
    }

    /// A request of the recorded node of rank `template`, on the machine's node of rank `rank`.
    fn by_node(
        &mut self,
        index: usize,
        record: &'m Record,
        request: &AllocRequest,
        (template, rank): (usize, usize),
    ) {
        let Some(rule) = self.rules[index] else { return };
        let (old, new) = (self.old.units(template), self.new.units(rank));
        let key = self.key(record, request, rule);
        let (count, at) = self.pass(key);
        let wanted = match rule {
            Rule::NodeCount => counts::scaled(count, old, new),
            _ => count,
        };
        let size = if rule == Rule::NodeSize { counts::sized(request.size, old, new) } else { request.size };
        let nid = self.new.nodes[rank].0;
        let node = match request.node {
            NodeChoice::Exact(_) => NodeChoice::Exact(nid),
            _ => NodeChoice::Prefer(nid),
        };
        let request = AllocRequest { size, ..*request }.with_node(node);
        for _ in 0..counts::share(at, count, wanted) {
            self.alloc(request, record, Some(Source::Record(index)), Some(rank), rule);
        }
    }

    /// A record that is made once, or as often as a rule says.
    fn single(&mut self, index: usize, record: &'m Record) -> Result<(), OnError> {
        match &record.op {
            Op::Set(Setting::CurrentLimit(Some(limit))) => {
                let limit = self.limits.current(*limit);
                self.push(Op::Set(Setting::CurrentLimit(limit)), record, Evidence::Logged);
            }
            Op::Set(setting) => self.push(Op::Set(*setting), record, Evidence::Logged),
            Op::Change(MapChange::SetNode(..)) if !self.on_nodes => {
                self.on_nodes = true;
                for piece in self.memory {
                    self.push(
                        Op::Change(MapChange::SetNode(piece.range, piece.nid)),
                        record,
                        Evidence::Logged,
                    );
                }
            }
            Op::Change(_) | Op::Doubled { .. } | Op::Dump(_) => {}
            Op::Reserve(_) if is_firmwares(record) => self.firmwares += 1,
            // The answer to a request that is not known: somebody got that much.
            Op::Reserve(range)
                if record
                    .caller
                    .as_deref()
                    .is_some_and(|caller| function(caller) == "memblock_alloc_range_nid") =>
            {
                let request = AllocRequest::new(range.size().max(1), self.new.page);
                self.alloc(request, record, Some(Source::Record(index)), None, Rule::Once);
            }
            Op::Reserve(range) => {
                if let Some(place) = self.keeper.place(*range, self.hardware, self.names.boot)? {
                    self.push(Op::Reserve(place), record, Evidence::Logged);
                    self.blocks.copy(Source::Record(index), None, place);
                }
            }
            Op::Free(_) => self.free(index, record, None),
            Op::Alloc(request, answer) => self.request(index, record, request, answer.is_some()),
        }
        Ok(())
    }

    /// A request that is not made node by node.
    fn request(&mut self, index: usize, record: &'m Record, request: &AllocRequest, granted: bool) {
        let rule = self.rules[index].unwrap_or(Rule::Once);
        let key = self.key(record, request, rule);
        let (count, at) = self.pass(key);
        if rule != Rule::Once {
            self.told(record, rule).before.0 += 1;
            self.told(record, rule).before.1 += request.size;
        }
        let (old_units, new_units) = (self.old.all_units(), self.new.all_units());
        let source = Some(Source::Record(index));
        if matches!(rule, Rule::Roots | Rule::Windows) {
            // All of them where the recorded kernel made the first.
            let by_node = match rule {
                _ if at > 0 => Vec::new(),
                Rule::Roots => counts::roots(request.size, count, self.old, self.new),
                _ => counts::windows(count, self.old, self.new),
            };
            for (rank, wanted) in by_node.into_iter().enumerate() {
                let request = request.with_node(NodeChoice::Prefer(self.new.nodes[rank].0));
                (0..wanted).for_each(|_| self.alloc(request, record, source, None, rule));
            }
            return;
        }
        let wanted = match rule {
            Rule::Tables => counts::tables(count, request.size, self.old, self.new),
            Rule::AllCount => counts::scaled(count, old_units, new_units),
            Rule::Entries if !self.hardware.unusable.is_empty() => entries(self.hardware),
            _ => count,
        };
        let size = match rule {
            Rule::Hash => counts::hash(request.size, self.old.bytes(), self.new.bytes()),
            Rule::AllSize => counts::sized(request.size, old_units, new_units),
            _ => request.size,
        };
        let node = match request.node {
            NodeChoice::Any => NodeChoice::Any,
            NodeChoice::Prefer(nid) => NodeChoice::Prefer(self.node(nid)),
            NodeChoice::Exact(nid) => NodeChoice::Exact(self.node(nid)),
        };
        let request = AllocRequest { size, ..*request }.with_node(node);
        if !granted {
            let moved = self.limits.request(&request, caller(record), None);
            self.push(Op::Alloc(moved, None), record, Evidence::Logged);
            self.made.numbers.push(self.number);
            self.number += 1;
            return;
        }
        for _ in 0..counts::share(at, count, wanted) {
            self.alloc(request, record, source, None, rule);
        }
    }

    /// The machine's node for a recorded one: the same by rank, counted anew where there are fewer; one without memory for one
    /// without memory, if there is any.
    fn node(&self, nid: allocators::Nid) -> allocators::Nid {
        let nodes = &self.new.nodes;
        match self.old.rank(nid) {
            Some(rank) => nodes[rank % nodes.len()].0,
            None => self.hardware.memoryless_nodes.first().copied().unwrap_or(nodes[0].0),
        }
    }

    fn alloc(
        &mut self,
        request: AllocRequest,
        record: &'m Record,
        source: Option<Source>,
        rank: Option<usize>,
        rule: Rule,
    ) {
        let number = self.number;
        self.number += 1;
        if self.failing.contains_key(&number) {
            return;
        }
        let named = rank.or_else(|| request.node.nid().and_then(|nid| self.new.rank(nid)));
        let request = self.limits.request(&request, caller(record), named);
        let start = self.next.next_multiple_of(request.align.max(self.new.page));
        let block = AddrRange::clamped(PhysAddr(start), PhysAddr(start.saturating_add(request.size)));
        self.next = block.end().0;
        if let Some(source) = source {
            self.blocks.copy(source, rank, block);
        }
        if rule != Rule::Once {
            let told = self.told(record, rule);
            told.after.0 += 1;
            told.after.1 += request.size;
        }
        let evidence = if rule == Rule::Once && !matches!(record.op, Op::Reserve(_)) {
            Evidence::Logged
        } else {
            Evidence::Inferred(Reason::Machine)
        };
        self.made.numbers.push(number);
        self.push(Op::Alloc(request, Some(block.start())), record, evidence);
    }

    fn free(&mut self, index: usize, record: &Record, rank: Option<usize>) {
        for part in self.blocks.parts(index, rank) {
            self.push(Op::Free(part), record, Evidence::Logged);
        }
    }

    fn push(&mut self, op: Op, record: &Record, evidence: Evidence) {
        self.made.records.push(Record { op, evidence, caller: record.caller.clone() });
    }

    fn key(&self, record: &'m Record, request: &AllocRequest, rule: Rule) -> Key<'m> {
        match rule {
            Rule::Roots | Rule::Windows => (caller(record), 0, 0, None),
            rule if rule.is_by_node() => {
                let rank = request.node.nid().and_then(|nid| self.old.rank(nid));
                (caller(record), request.size, request.align, rank)
            }
            _ => (caller(record), request.size, request.align, None),
        }
    }

    /// How many requests of a key there are, and which of them this is.
    fn pass(&mut self, key: Key<'m>) -> (u64, u64) {
        let (count, seen) = self.keys.entry(key).or_insert((1, 0));
        *seen += 1;
        (*count, *seen - 1)
    }

    fn told(&mut self, record: &'m Record, rule: Rule) -> &mut Told {
        self.told.entry((caller(record), rule)).or_default()
    }

    fn notes(&mut self) {
        let mut notes = Vec::new();
        let (before, after) = (self.old.nodes.len(), self.new.nodes.len());
        if before != after {
            notes.push(format!(
                "made: nodes with memory, {before} in the boot and {after} on the machine, are matched in ascending order; {}",
                if after < before {
                    "calls for the boot's further nodes are left out, or made on the machine's by turns"
                } else if before == 1 {
                    "each asks as the boot's one did"
                } else {
                    "the machine's further nodes ask by turns as the boot's did after its first"
                }
            ));
        }
        for ((function, rule), told) in &self.told {
            let name = if function.is_empty() { "requests for each node" } else { function };
            notes.push(format!(
                "made: {name}: requests {} -> {}, bytes in all {} -> {}: {}",
                told.before.0,
                told.after.0,
                told.before.1,
                told.after.1,
                rule.words()
            ));
        }
        if self.firmwares > 0 {
            notes.push(format!(
                "made: firmware's reservations are the map's, of which memory holds {1}, and not the boot's own, which were {0}",
                self.firmwares,
                self.keeper.firmwares(self.hardware).len()
            ));
        }
        if self.limits.lifted > 0 {
            notes
                .push(format!("made: limits that lie below all memory are left out: {}", self.limits.lifted));
        }
        let mut left_out: BTreeMap<Without, usize> = BTreeMap::new();
        self.failing.values().for_each(|without| *left_out.entry(*without).or_default() += 1);
        for (without, count) in left_out {
            let what = match without {
                Without::OneNode => "requests for memory of one node and no other find none there".to_owned(),
                Without::Function(function) => format!("requests of {function} find no room"),
            };
            notes.push(format!("made: {what}, and are left out, as a kernel goes on without them: {count}"));
        }
        self.made.notes = notes;
    }
}

/// How many ranges the firmware's map has: nodes cut memory into more.
fn entries(hardware: &Hardware) -> u64 {
    let said = hardware
        .memory
        .iter()
        .map(|piece| &piece.said)
        .chain(hardware.unusable.iter().map(|kept| &kept.said));
    said.map(|said| (said.source, said.line)).collect::<BTreeSet<_>>().len() as u64
}
