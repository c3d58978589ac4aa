//! Reading a trace: strict, so that a damaged file is never taken for a boot.

mod cursor;
mod error;
mod lines;
mod record;

pub(crate) use error::{END_OF_ADDRESSES, MOST_MEMORY};
pub use error::{ReadError, ReadErrorKind};

use std::str::FromStr;

use allocators::{AddrRange, MapChange, Nid, Order, PageSize};

use self::cursor::Cursor;
use self::lines::Lines;
use super::{Dump, Header, Op, Record, Said, StartMemory, StartReserved, Trace, VERSION, Zone};

impl FromStr for Trace {
    type Err = ReadError;

    /// Reads a trace from its text.
    fn from_str(text: &str) -> Result<Self, ReadError> {
        let mut lines = Lines::new(text);
        version(&mut lines)?;
        let header = header(&mut lines)?;
        let mut bytes = 0;
        let mut trace = Self {
            header,
            zones: lines.all("zone", |cursor| {
                let name = cursor.word()?.to_owned();
                cursor.literal(" ")?;
                Ok(Zone { name, range: cursor.range()? })
            })?,
            memoryless_nodes: lines.all("memoryless-node", Cursor::nid)?,
            memory: lines.all("memory", |cursor| {
                let at = cursor.column();
                let memory = cursor.piece()?;
                bounded(&mut bytes, memory.range).map_err(|kind| cursor.error_at(at, kind))?;
                Ok(StartMemory { memory, evidence: cursor.evidence()? })
            })?,
            reserved: lines.all("reserved", |cursor| {
                Ok(StartReserved { range: cursor.range()?, evidence: cursor.evidence()? })
            })?,
            records: Vec::new(),
            said: None,
        };
        disjoint(&trace.memory, &lines)?;
        while lines.next_is_record() {
            let record = numbered(&mut lines, trace.records.len() + 1)?;
            if let Op::Change(MapChange::Add(piece)) = &record.op {
                bounded(&mut bytes, piece.range).map_err(|kind| lines.error(kind))?;
            }
            trace.records.push(record);
        }
        trace.said = lines
            .all("said", |cursor| {
                cursor.literal("physical=")?;
                let physical_kib = cursor.decimal()?;
                cursor.literal("K reserved=")?;
                let reserved_kib = cursor.decimal()?;
                cursor.literal("K cma=")?;
                let cma_kib = cursor.decimal()?;
                cursor.literal("K")?;
                let at_us = if cursor.skip(" at=") {
                    let us = cursor.decimal()?;
                    cursor.literal("us")?;
                    Some(us)
                } else {
                    None
                };
                Ok(Said { physical_kib, reserved_kib, cma_kib, at_us })
            })?
            .pop();
        let count = lines.one("end", |cursor| {
            cursor.literal("records=")?;
            cursor.decimal()
        })?;
        if count != trace.records.len() as u64 {
            return Err(
                lines.error(ReadErrorKind::RecordsMissing { said: count, found: trace.records.len() })
            );
        }
        lines.finish()?;
        Ok(trace)
    }
}

fn version(lines: &mut Lines<'_>) -> Result<(), ReadError> {
    let found = lines.one("bootalloc-trace", Cursor::decimal)?;
    if found == u64::from(VERSION) {
        Ok(())
    } else {
        Err(lines.error(ReadErrorKind::Version { found, known: VERSION }))
    }
}

fn header(lines: &mut Lines<'_>) -> Result<Header, ReadError> {
    let text = |cursor: &mut Cursor<'_>| Ok(cursor.rest()?.to_owned());
    Ok(Header {
        machine: lines.one("machine", text)?,
        kernel: lines.one("kernel", text)?,
        arch: lines.one("arch", text)?,
        allocator: lines.optional("allocator", Cursor::recorded)?,
        page_size: lines.one("page-size", |cursor| {
            let at = cursor.column();
            let bytes = cursor.decimal()?;
            PageSize::new(bytes).ok_or(cursor.error_at(at, ReadErrorKind::PageSize(bytes)))
        })?,
        max_order: lines.one("max-order", order)?,
        pageblock_order: lines.one("pageblock-order", order)?,
        command_line: lines.optional("command-line", text)?,
        source: lines.one("source", text)?,
        captured: lines.one("captured", text)?,
        notes: lines.all("note", text)?,
    })
}

/// Orders stay below 32: the largest page allocator has 2^13 pages of 64 KiB.
fn order(cursor: &mut Cursor<'_>) -> Result<Order, ReadError> {
    let at = cursor.column();
    let value = cursor.decimal()?;
    match u8::try_from(value) {
        Ok(order) if order < 32 => Ok(Order(order)),
        _ => Err(cursor.error_at(at, ReadErrorKind::Order(value))),
    }
}

/// Memory at the start ascends and does not overlap, so that it makes a map.
fn disjoint(memory: &[StartMemory], lines: &Lines<'_>) -> Result<(), ReadError> {
    let ranges = || memory.iter().map(|piece| piece.memory.range);
    let wrong: Option<AddrRange> = ranges()
        .find(|range| range.is_empty())
        .or_else(|| ranges().zip(ranges().skip(1)).find(|(a, b)| a.end() > b.start()).map(|(_, b)| b));
    wrong.map_or(Ok(()), |range| Err(lines.error(ReadErrorKind::StartMemory(range))))
}

/// Counts a piece of memory, and refuses more than a machine can have, or where none can have it.
fn bounded(bytes: &mut u64, range: AddrRange) -> Result<(), ReadErrorKind> {
    *bytes = bytes.saturating_add(range.size());
    if *bytes > MOST_MEMORY {
        return Err(ReadErrorKind::TooMuchMemory(range));
    }
    if range.end() > END_OF_ADDRESSES { Err(ReadErrorKind::Unaddressable(range)) } else { Ok(()) }
}

fn numbered(lines: &mut Lines<'_>, expected: usize) -> Result<Record, ReadError> {
    let (mut record, memory, reserved) = lines.line(|cursor| {
        let number = cursor.decimal()?;
        if number != expected as u64 {
            return Err(cursor.error_at(1, ReadErrorKind::Sequence { expected, found: number }));
        }
        cursor.literal(" ")?;
        record::record(cursor)
    })?;
    if let Op::Dump(dump) = &mut record.op {
        *dump = Dump {
            memory: lines.exactly("  memory", memory)?,
            reserved: lines.exactly("  reserved", reserved)?,
        };
    }
    Ok(record)
}

impl Cursor<'_> {
    /// A node number that a machine can have.
    fn nid(&mut self) -> Result<Nid, ReadError> {
        let at = self.column();
        let value = self.decimal()?;
        u32::try_from(value).ok().and_then(Nid::new).ok_or(self.error_at(at, ReadErrorKind::Node(value)))
    }
}
