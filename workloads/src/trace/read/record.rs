//! The records of a trace.

use allocators::{AllocRequest, Goal, MapChange, NodeChoice, PhysAddr, Setting};

use super::{Cursor, ReadError};
use crate::trace::{Array, Dump, Op, Record};

/// A record after its number, and for a dump how many lines of memory and of reservations follow.
pub(super) fn record(cursor: &mut Cursor<'_>) -> Result<(Record, u64, u64), ReadError> {
    let (mut memory, mut reserved) = (0, 0);
    let op = match verb(cursor)? {
        "reserve" => Op::Reserve(cursor.range()?),
        "free" => Op::Free(cursor.range()?),
        "alloc" => alloc(cursor)?,
        "add" => Op::Change(MapChange::Add(cursor.piece()?)),
        "remove" => Op::Change(MapChange::Remove(cursor.range()?)),
        "set-node" => {
            let range = cursor.range()?;
            cursor.literal(" ")?;
            Op::Change(MapChange::SetNode(range, cursor.node_or_none()?))
        }
        flags @ ("set-flags" | "clear-flags") => {
            let range = cursor.range()?;
            cursor.literal(" ")?;
            let bits = cursor.flags()?;
            Op::Change(match flags {
                "set-flags" => MapChange::SetFlags(range, bits),
                _ => MapChange::ClearFlags(range, bits),
            })
        }
        "bottom-up" => Op::Set(Setting::BottomUp(switch(cursor)?)),
        "allow-resize" => Op::Set(Setting::AllowResize(switch(cursor)?)),
        "movable-node" => Op::Set(Setting::MovableNode(switch(cursor)?)),
        "mark-kernel-reservations" => Op::Set(Setting::MarkKernelReservations(switch(cursor)?)),
        "kho-scratch-only" => Op::Set(Setting::KhoScratchOnly(switch(cursor)?)),
        "current-limit" => {
            let limit = if cursor.skip("none") { None } else { Some(cursor.addr()?) };
            Op::Set(Setting::CurrentLimit(limit))
        }
        "doubled" => doubled(cursor)?,
        _ => {
            cursor.literal("memory=")?;
            memory = cursor.decimal()?;
            cursor.literal(" reserved=")?;
            reserved = cursor.decimal()?;
            Op::Dump(Dump::default())
        }
    };
    let evidence = cursor.evidence()?;
    let caller = if cursor.skip(" by ") { Some(cursor.rest()?.to_owned()) } else { None };
    Ok((Record { op, evidence, caller }, memory, reserved))
}

const VERBS: [&str; 15] = [
    "reserve",
    "free",
    "alloc",
    "add",
    "remove",
    "set-node",
    "set-flags",
    "clear-flags",
    "bottom-up",
    "allow-resize",
    "movable-node",
    "mark-kernel-reservations",
    "kho-scratch-only",
    "current-limit",
    "doubled",
];

fn verb(cursor: &mut Cursor<'_>) -> Result<&'static str, ReadError> {
    for verb in VERBS.into_iter().chain(["dump"]) {
        if cursor.skip(&format!("{verb} ")) {
            return Ok(verb);
        }
    }
    Err(cursor.expected(format!("one of {}, dump", VERBS.join(", "))))
}

fn switch(cursor: &mut Cursor<'_>) -> Result<bool, ReadError> {
    if cursor.skip("on") {
        Ok(true)
    } else if cursor.skip("off") {
        Ok(false)
    } else {
        Err(cursor.expected("`on` or `off`"))
    }
}

fn alloc(cursor: &mut Cursor<'_>) -> Result<Op, ReadError> {
    cursor.literal("size=")?;
    let size = cursor.decimal()?;
    cursor.literal(" align=")?;
    let mut request = AllocRequest::new(size, cursor.hex()?);
    if cursor.skip(" goal=") {
        // A goal of 0 is written as none; reading it would not write back the same.
        let goal = cursor.addr()?;
        if goal == PhysAddr(0) {
            return Err(cursor.expected("a goal above 0x0, or none"));
        }
        request.goal = Goal::Prefer(goal);
    } else if cursor.skip(" min=") {
        request.goal = Goal::AtLeast(cursor.addr()?);
    }
    if cursor.skip(" limit=") {
        request.limit = Some(cursor.addr()?);
    }
    if cursor.skip(" node=") {
        request.node = NodeChoice::Prefer(cursor.nid()?);
    } else if cursor.skip(" exact-node=") {
        request.node = NodeChoice::Exact(cursor.nid()?);
    }
    cursor.literal(" -> ")?;
    let at = if cursor.skip("failed") { None } else { Some(cursor.addr()?) };
    Ok(Op::Alloc(request, at))
}

fn doubled(cursor: &mut Cursor<'_>) -> Result<Op, ReadError> {
    let array = if cursor.skip("memory ") {
        Array::Memory
    } else if cursor.skip("reserved ") {
        Array::Reserved
    } else {
        return Err(cursor.expected("`memory` or `reserved`"));
    };
    cursor.literal("regions=")?;
    let regions = cursor.decimal()?;
    cursor.literal(" -> ")?;
    Ok(Op::Doubled { array, regions, at: cursor.range()? })
}
