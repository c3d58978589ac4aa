//! Reading the files: which kind each is, and what each of its lines adds.

use std::io::Read;
use std::path::Path;

use allocators::MemFlags;

use super::END_OF_MEMORY;
use super::error::MachineError;
use super::found::{Entry, Found, Kind, Span, Use, bounded, range};
use super::lines::{Attributes, Ends, Field, Line, MapLines};
use super::model::{Hardware, Said};
use super::tree::{self, Tree};
use crate::import::ImportError;
use crate::import::dialects::linux::Fact;
use crate::import::dialects::lmb;
use crate::import::text::{self, Language as _, Pages};
use crate::trace::Array;

/// A file of a device tree is smaller than this.
const TREE: u64 = 16 << 20;

/// Memory maps, of as many files as together describe one machine.
#[derive(Default)]
pub struct Maps {
    pub(super) sources: Vec<String>,
    pub(super) found: Found,
    /// What the boots before the last one held.
    before: Option<Found>,
    boots: usize,
    pub(super) lines: u64,
    /// Where a range began whose size is to follow.
    pending: Option<(Kind, Array, u64)>,
}

impl Maps {
    /// Takes in what the file holds that `reader` gives; `name` stands in errors and in the machine.
    ///
    /// # Errors
    /// [`MachineError`] names the line that cannot be as it is, or says that the file cannot be read.
    pub fn take(&mut self, reader: impl Read, name: &str) -> Result<(), MachineError> {
        self.take_with(reader, name, &|_| None)
    }

    /// The same for a file that may include others, as the source of a device tree does: `include` gives their texts, by their
    /// paths from the file's own folder.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub fn take_with(
        &mut self,
        reader: impl Read,
        name: &str,
        include: &dyn Fn(&Path) -> Option<String>,
    ) -> Result<(), MachineError> {
        self.sources.push(name.to_owned());
        let unreadable = |line, error| ImportError::Read { name: name.to_owned(), line, error };
        let mut plain = text::open(reader, name)?;
        let mut head = Vec::new();
        plain.by_ref().take(TREE).read_to_end(&mut head).map_err(|error| unreadable(1, error))?;
        if head.starts_with(&tree::MAGIC) {
            let read = tree::blob(&head).map_err(|why| MachineError::Wrong {
                name: name.to_owned(),
                place: "device tree".into(),
                why,
            })?;
            return self.tree(&read, name);
        }
        if let Ok(source) = std::str::from_utf8(&head)
            && (tree::is_source(source) || Path::new(name).extension().is_some_and(|end| end == "dts"))
        {
            let read = tree::source(source, include);
            let read = read.map_err(|(line, why)| MachineError::Wrong {
                name: name.to_owned(),
                place: format!("line {line}"),
                why,
            })?;
            return self.tree(&read, name);
        }
        let mut pages = Pages::<MapLines>::default();
        let mut wrong = None;
        let whole = head.chain(plain);
        let lines = text::scan(whole, MapLines::words(), unreadable, |number, raw| {
            pages.take(number, raw);
            for entry in pages.drain() {
                let told = self.entry(entry, name);
                wrong = wrong.take().or(told.err());
            }
            Ok(())
        })?;
        pages.finish();
        for entry in pages.drain() {
            let told = self.entry(entry, name);
            wrong = wrong.take().or(told.err());
        }
        self.lines += lines;
        self.pending = None;
        wrong.map_or(Ok(()), Err)
    }

    /// The machine that all files together describe.
    ///
    /// # Errors
    /// [`MachineError::NoMap`] when nothing was a memory map; the others say why there is no memory in what was.
    pub fn machine(mut self) -> Result<Hardware, MachineError> {
        if let Some(before) = self.before.take() {
            if self.found.has_map() {
                self.found
                    .notes
                    .push(format!("of {} boots in the log the last one is taken", self.boots + 1));
            } else {
                let later = std::mem::replace(&mut self.found, before);
                self.found.notes.extend(later.notes);
            }
        }
        super::choose::machine(&self)
    }

    fn said(&self, line: Option<u64>, what: &str) -> Said {
        let what = crate::import::dialects::linux::sanitise(what);
        let what = if what.is_empty() { "unnamed".into() } else { what };
        Said { source: self.sources.len() - 1, line, what }
    }

    fn tree(&mut self, tree: &Tree, name: &str) -> Result<(), MachineError> {
        let machine = tree::machine(tree).map_err(|tree::Wrong { line, path, why }| MachineError::Wrong {
            name: name.to_owned(),
            place: line.map_or_else(|| path.clone(), |line| format!("line {line} ({path})")),
            why,
        })?;
        for found in machine.ranges {
            let place = || match found.line {
                Some(line) => format!("line {line} ({})", found.path),
                None => found.path.clone(),
            };
            let ends = Ends { start: found.start, end: found.start.saturating_add(found.size) };
            let Some(range) = range(ends, name, place)? else {
                self.found.notes.push(format!("{} is of size 0, as boot loaders fill it in", found.path));
                continue;
            };
            let what = match found.kind {
                tree::Kind::Memory { nid, hotplug } => {
                    let flags = if hotplug { MemFlags::HOTPLUG } else { MemFlags::NONE };
                    Use::Memory { nid, flags }
                }
                tree::Kind::Reserved => Use::Reserved,
                tree::Kind::NoMap => Use::NoMap,
            };
            let range = bounded(range, name, place)?;
            let said = self.said(found.line, &found.path);
            self.found.entries.push((Kind::Tree, Entry { range, what, said }));
        }
        if self.found.of(Kind::Tree).next().is_none() && machine.notes.is_empty() {
            self.found.notes.push("the tree has no memory node".into());
        }
        self.found.name = machine.name.or(self.found.name.take());
        self.found.arch = machine.arch.or(self.found.arch);
        self.found.notes.extend(machine.notes);
        Ok(())
    }

    fn entry(&mut self, entry: text::Entry<Line>, name: &str) -> Result<(), MachineError> {
        let place = || format!("line {}", entry.number);
        match entry.said {
            Ok(line) => self.line(entry.number, line, name),
            Err(text) => {
                let text: String = text.chars().take(100).collect();
                let why = format!(
                    "this looks like a line of a memory map and makes no sense: `{text}`; save the log anew"
                );
                Err(MachineError::Wrong { name: name.to_owned(), place: place(), why })
            }
        }
    }

    fn line(&mut self, number: u64, line: Line, name: &str) -> Result<(), MachineError> {
        let place = || format!("line {number}");
        match line {
            Line::E820Begins => {
                self.found.clear(Kind::E820);
                self.found.list.clear();
            }
            Line::E820 { list, ends, kind } => {
                if self.found.list != list {
                    self.found.clear(Kind::E820);
                    self.found.list = list;
                }
                if let Some(range) = range(ends, name, place)? {
                    let what = of_e820(&kind);
                    let said = self.said(Some(number), &kind);
                    self.push(Kind::E820, Entry { range, what, said }, name)?;
                }
            }
            Line::E820Changes { ends, from, to } => {
                if let Some(range) = range(ends, name, place)? {
                    let said = self.said(Some(number), to.as_deref().unwrap_or("removed"));
                    super::e820::change(&mut self.found, range, &from, to.as_deref(), &said);
                }
            }
            Line::Efi { ends, kind, attributes, spanned } => {
                let Some(range) = range(ends, name, place)? else { return Ok(()) };
                let said = self.said(Some(number), &kind);
                for what in of_efi(&kind, attributes, spanned) {
                    self.push(Kind::Efi, Entry { range, what, said: said.clone() }, name)?;
                }
            }
            Line::NodeSpan { nid, ends, hotplug } => {
                if let Some(range) = range(ends, name, place)? {
                    let said = self.said(Some(number), &format!("node {nid}"));
                    self.found.spans.push(Span { nid, range, hotplug, said });
                }
            }
            Line::Resource { ends, name: what } => {
                let said = self.said(Some(number), &what);
                if (ends.start, ends.end) == (0, 1) {
                    self.found.hidden.get_or_insert(said);
                } else if let Some(range) = range(ends, name, place)?
                    && let Some(what) = super::resources::of(&mut self.found, range, &what)
                {
                    self.push(Kind::Resources, Entry { range, what, said }, name)?;
                }
            }
            Line::NodeSize { nid, mib } => {
                let said = self.said(Some(number), &format!("node {nid}"));
                self.found.sizes.retain(|(known, ..)| *known != nid);
                self.found.sizes.push((nid, mib, Some(said)));
            }
            Line::Lmb(lmb::Line::Begin) => self.found.clear(Kind::Lmb),
            Line::Lmb(lmb::Line::Region { array, range, .. }) => {
                self.listed(number, Kind::Lmb, array, range, name)?;
            }
            Line::Lmb(lmb::Line::Base { array, start, .. }) => {
                self.pending = Some((Kind::Lmb, array, start.0));
            }
            Line::Field(Field::Start, start) => self.pending = Some((Kind::Banks, Array::Memory, start)),
            Line::Lmb(lmb::Line::Size(size)) | Line::Field(Field::Size, size) => {
                let Some((kind, array, start)) = self.pending.take() else { return Ok(()) };
                let ends = Ends { start, end: start.saturating_add(size) };
                if let Some(range) = range(ends, name, place)? {
                    self.listed(number, kind, array, range, name)?;
                }
            }
            Line::TreeReserved { ends, name: what, nomap } => {
                if let Some(range) = range(ends, name, place)? {
                    let use_ = if nomap { Use::NoMap } else { Use::Reserved };
                    let said = self.said(Some(number), &what);
                    self.found.kept.push(Entry { range: bounded(range, name, place)?, what: use_, said });
                }
            }
            Line::Fact(fact) => self.fact(number, &fact, name)?,
        }
        Ok(())
    }

    /// A region of one of U-Boot's two lists.
    fn listed(
        &mut self,
        number: u64,
        kind: Kind,
        array: Array,
        range: allocators::AddrRange,
        name: &str,
    ) -> Result<(), MachineError> {
        let what = match array {
            Array::Memory => Use::Memory { nid: None, flags: MemFlags::NONE },
            Array::Reserved => Use::Reserved,
        };
        let said = self.said(Some(number), array.word());
        self.push(kind, Entry { range, what, said }, name)
    }

    fn push(&mut self, kind: Kind, entry: Entry, name: &str) -> Result<(), MachineError> {
        let line = entry.said.line.unwrap_or_default();
        if matches!(entry.what, Use::Unusable) {
            // Firmware speaks of addresses that only devices have.
            if entry.range.end() > END_OF_MEMORY {
                return Ok(());
            }
        } else {
            bounded(entry.range, name, || format!("line {line}"))?;
        }
        self.found.entries.push((kind, entry));
        Ok(())
    }

    fn fact(&mut self, number: u64, fact: &Fact, name: &str) -> Result<(), MachineError> {
        match fact {
            Fact::Banner(..) if self.found.has_map() && self.found.facts.release.is_some() => {
                self.before = Some(std::mem::take(&mut self.found));
                self.boots += 1;
            }
            Fact::NodeRanges => self.found.clear(Kind::Nodes),
            Fact::NodeRange(nid, range) if !range.is_empty() => {
                let said = self.said(Some(number), &format!("node {nid}"));
                let what = Use::Memory { nid: Some(*nid), flags: MemFlags::NONE };
                self.push(Kind::Nodes, Entry { range: *range, what, said }, name)?;
            }
            // Of maps that are read nowhere else, such as MIPS's.
            Fact::Usable(range) if !range.is_empty() => {
                let said = self.said(Some(number), "usable");
                let what = Use::Memory { nid: None, flags: MemFlags::NONE };
                self.push(Kind::E820, Entry { range: *range, what, said }, name)?;
            }
            Fact::Memoryless(nid) => self.found.memoryless.push(*nid),
            _ => {}
        }
        self.found.facts.note(fact);
        Ok(())
    }
}

fn of_e820(kind: &str) -> Use {
    let usable = matches!(kind, "usable" | "kernel usable RAM" | "System RAM" | "RAM");
    if usable { Use::Memory { nid: None, flags: MemFlags::NONE } } else { Use::Unusable }
}

/// What a kernel makes of a type: on x86 only what E820 would call usable, elsewhere all that can be cached, of which what
/// firmware keeps is not mapped.
fn of_efi(kind: &str, attributes: Attributes, spanned: bool) -> Vec<Use> {
    let flags = if attributes.reliable { MemFlags::MIRROR } else { MemFlags::NONE };
    let memory = Use::Memory { nid: None, flags };
    let plain = matches!(kind, "Loader Code" | "Loader Data" | "Conventional Memory" | "Unaccepted Memory");
    let boot = matches!(kind, "Boot Code" | "Boot Data");
    if !attributes.cached || attributes.special && plain || kind == "Persistent Memory" {
        return vec![Use::Unusable];
    }
    match (plain, boot, spanned) {
        (true, ..) | (_, true, true) => vec![memory],
        // It stays reserved there until firmware was asked to move to its virtual addresses.
        (_, true, false) => vec![memory, Use::Reserved],
        _ if spanned && kind == "ACPI Reclaim Memory" => vec![memory, Use::Reserved],
        _ if spanned && kind.starts_with("Memory Mapped") => vec![Use::Unusable],
        _ if spanned => vec![memory, Use::NoMap],
        _ => vec![Use::Unusable],
    }
}
