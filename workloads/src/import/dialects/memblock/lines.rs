//! The lines of `memblock=debug`, from 3.x to the newest.
//!
//! ```text
//! memblock_reserve: [0x000001033ffd2000-0x000001033ffd5fff] memblock_alloc_range_nid+0xad/0x11b
//! memblock_reserve: [0x00000088008000-0x0000008802bf3b] flags 0x0 arm_memblock_init+0xf/0x48        3.x and 4.x
//! __memblock_reserve: [0x000000000f5ba0-0x000000000f5baf] nid=-1 flags=0 smp_scan_config+0xb1/0x110  newest
//! memblock_alloc_try_nid: 16384 bytes align=0x40 nid=-1 from=0x0 max_addr=0x0 sparse_init+0xab/0x2cf
//! memblock: reserved is doubled to 256 at [0x000001033ffa1000-0x000001033ffa27ff]
//! ```
//! 2.6.3x and 3.x say `reserved array is doubled`. Up to 5.5 `memblock_free:` stands three blanks further in.

use allocators::{AddrRange, MemFlags, PhysAddr};

use super::{Line, RangeLine, Read, Request, RequestKind, Verb};
use crate::import::dialects::LogLine;
use crate::import::dialects::cursor::{Cursor, Hex};
use crate::import::text::Partial;
use crate::trace::Array;

/// Why a record was not read.
enum Failure {
    /// The text ends too early.
    Early(Option<Line>),
    /// It makes no sense.
    Damaged,
}

pub(super) fn parse(text: &str) -> Read {
    let mut lines = Vec::new();
    let mut rest = text;
    // `memblock: … is doubled` has no newline of its own: the next record may follow on the same line.
    while let Some((name, mut after)) = function(rest) {
        let line = match name {
            "memblock" => doubled(&mut after),
            name => record(name, &mut after),
        };
        match line {
            Some(Ok(line)) => lines.push(LogLine::Memblock(line)),
            Some(Err(Failure::Damaged)) => return Read::Damaged,
            Some(Err(Failure::Early(line))) if lines.is_empty() => {
                return Read::Incomplete(line.map(partial));
            }
            Some(Err(Failure::Early(line))) => {
                lines.extend(line.map(LogLine::Memblock));
                break;
            }
            None => {}
        }
        rest = after.rest();
    }
    if lines.is_empty() { Read::Noise } else { Read::Lines(lines) }
}

/// A record of which only the caller is missing, and at most what stands before it, or a part of the caller: nothing else
/// may be taken for it. What goes on in the middle of a caller follows without a blank.
fn partial(line: Line) -> Partial<LogLine> {
    let has_caller = match &line {
        Line::Range(range) => !range.caller.is_empty(),
        _ => true,
    };
    let may_follow: fn(&str) -> bool = if has_caller {
        |_| false
    } else {
        |text| is_caller(text) || text.starts_with("flags") || text.starts_with("nid=")
    };
    Partial { line: LogLine::Memblock(line), may_follow }
}

/// The next `name:` of one of memblock's functions, and what follows it.
fn function(text: &str) -> Option<(&str, Cursor<'_>)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find("memblock")?;
        let start = text[..at].trim_end_matches('_').len();
        let end = at
            + text[at..]
                .find(|c: char| c != '_' && !c.is_ascii_lowercase() && !c.is_ascii_digit())
                .unwrap_or(text.len() - at);
        let follows_word = text[..start].ends_with(|c: char| c.is_ascii_alphanumeric());
        if let Some(after) = text[end..].strip_prefix(':').filter(|_| !follows_word) {
            return Some((&text[start..end], Cursor::new(after)));
        }
        from = end;
    }
}

/// A record of the function `name`; `None` when this is prose.
fn record(name: &str, text: &mut Cursor<'_>) -> Option<Result<Line, Failure>> {
    if text.is_over() {
        return Some(Err(Failure::Early(None)));
    }
    text.blanks();
    if text.rest().starts_with('[') {
        Some(range(name, text))
    } else if name == "memblock_alloc_hugetlb" {
        Some(hugetlb(text))
    } else if text.rest().starts_with(|c: char| c.is_ascii_digit()) && name.contains("alloc") {
        Some(request(name, text))
    } else {
        None
    }
}

fn range(name: &str, text: &mut Cursor<'_>) -> Result<Line, Failure> {
    let early = text.rest().len() < "[0x00000000-0x00000000]".len() || !text.rest().contains(']');
    let is_x86 = name.starts_with("memblock_x86_");
    let range = if is_x86 { text.loose_range() } else { text.range() };
    let (start, end) = range.ok_or(if early { Failure::Early(None) } else { Failure::Damaged })?;
    let mut line = RangeLine {
        verb: verb(name),
        start: PhysAddr(start.value),
        second: end.value,
        digits: start.digits,
        nid: None,
        flags: MemFlags::NONE,
        has_flags: false,
        inclusive: false,
        caller: String::new(),
    };
    if text.next("nid=").is_some() {
        line.nid = match text.nid() {
            Some(nid) => nid,
            None if text.is_over() => return Err(Failure::Early(None)),
            None => return Err(Failure::Damaged),
        };
    }
    let flags = if text.next("flags=").is_some() {
        Some(text.bare_hex())
    } else {
        text.next("flags").map(|()| {
            text.blanks();
            text.hex().map(|hex| hex.value)
        })
    };
    if flags == Some(None) && text.is_over() {
        return Err(Failure::Early(None));
    }
    line.has_flags = flags.is_some();
    if let Some(flags) = flags {
        let bits = flags.and_then(|bits| u32::try_from(bits).ok());
        line.flags = MemFlags(bits.ok_or(Failure::Damaged)?);
    }
    if is_x86 {
        // A name in words, or none.
        line.inclusive = true;
        text.take(text.rest().len()).trim().clone_into(&mut line.caller);
        return Ok(Line::Range(line));
    }
    line.caller = caller(text);
    let cut = line.caller.is_empty() || is_cut(&line.caller, text.rest());
    let line = Line::Range(line);
    if cut { Err(Failure::Early(Some(line))) } else { Ok(line) }
}

fn verb(name: &str) -> Verb {
    match name.trim_start_matches('_') {
        "memblock_add" | "memblock_add_node" | "memblock_add_range" => Verb::Add,
        "memblock_remove" => Verb::Remove,
        // 2.6.37 to 3.1 on x86: `memblock_x86_reserve_range: [0x01000000-0x01c9dfff]    TEXT DATA BSS`.
        "memblock_reserve" | "memblock_x86_reserve_range" => Verb::Reserve,
        "memblock_x86_free_range" => Verb::Free,
        "memblock_free" | "memblock_phys_free" | "memblock_free_early" | "memblock_free_early_nid" => {
            Verb::Free
        }
        "memblock_free_late" => Verb::FreeLate,
        _ => Verb::Other,
    }
}

fn request(name: &str, text: &mut Cursor<'_>) -> Result<Line, Failure> {
    let (kind, has_nid) = match name {
        name if name.contains("exact_nid") => (RequestKind::ExactNode, true),
        name if name.contains("phys_alloc_range") => (RequestKind::Phys, false),
        _ => (RequestKind::Any, true),
    };
    let take = |text: &mut Cursor<'_>| {
        let size = text.decimal()?;
        text.next("bytes")?;
        text.next("align=")?;
        let align = text.hex()?.value;
        let nid = if has_nid {
            text.next("nid=")?;
            text.nid()?
        } else {
            None
        };
        text.next("from=")?;
        let from = text.hex()?;
        text.next("max_addr=")?;
        let max_addr = text.hex()?;
        Some((size, align, nid, from, max_addr))
    };
    let mut ahead = *text;
    let Some((size, align, nid, from, max_addr)) = take(&mut ahead) else {
        return Err(cut_short(*text, has_nid));
    };
    let caller = caller(&mut ahead);
    if caller.is_empty() {
        // Without a caller behind it, the last number may be cut.
        return Err(Failure::Early(None));
    }
    *text = ahead;
    // `%pa` prints both numbers equally long. Up to 4.19 `%llx` prints each as short as it is, and then only a caller
    // behind it shows that the last one is whole.
    let filled = |hex: Hex| hex.digits > 1 && hex.value >> (4 * (hex.digits.min(16) - 1)) == 0;
    let is_padded = filled(from) || filled(max_addr);
    let equal = from.digits == max_addr.digits && matches!(from.digits, 8 | 16);
    let cut = matches!(from.digits, 8 | 16) && max_addr.digits < from.digits && from.value < 1 << 28;
    if !equal && (is_padded || cut || !ends_line(&caller, ahead.rest())) {
        return Err(Failure::Damaged);
    }
    let (from, max_addr) = (from.value, max_addr.value);
    let cut = is_cut(&caller, text.rest());
    let line = Line::Request(Request { kind, size, align, nid, from, max_addr, hugetlb: false, caller });
    if cut { Err(Failure::Early(Some(line))) } else { Ok(line) }
}

/// `memblock_alloc_hugetlb: 1073741824 bytes, nid=0, exact_nid=0 alloc_bootmem_huge_page+0x18/0x1e0`
///
/// A huge page is aligned to its size.
fn hugetlb(text: &mut Cursor<'_>) -> Result<Line, Failure> {
    let mut ahead = *text;
    let mut take = || {
        let size = ahead.decimal()?;
        ahead.next("bytes,")?;
        ahead.next("nid=")?;
        let nid = ahead.nid()?;
        ahead.next(",")?;
        ahead.next("exact_nid=")?;
        Some((size, nid, ahead.decimal()? != 0))
    };
    let Some((size, nid, exact)) = take() else {
        return Err(if text.rest().contains("exact_nid=") { Failure::Damaged } else { Failure::Early(None) });
    };
    let caller = caller(&mut ahead);
    *text = ahead;
    let kind = if exact { RequestKind::ExactNode } else { RequestKind::Any };
    Ok(Line::Request(Request { kind, size, align: size, nid, from: 0, max_addr: 0, hugetlb: true, caller }))
}

/// Whether a request that was not read merely ends too early.
fn cut_short(mut text: Cursor<'_>, has_nid: bool) -> Failure {
    let fields: &[&str] =
        if has_nid { &["align=", "nid=", "from=", "max_addr="] } else { &["align=", "from=", "max_addr="] };
    if text.decimal().is_none() {
        return Failure::Damaged;
    }
    if text.is_over() {
        return Failure::Early(None);
    }
    if text.next("bytes").is_none() {
        return Failure::Damaged;
    }
    for field in fields {
        if text.is_over() {
            return Failure::Early(None);
        }
        if text.next(field).is_none() {
            return Failure::Damaged;
        }
        text.token();
    }
    if text.is_over() { Failure::Early(None) } else { Failure::Damaged }
}

/// Takes the caller: `symbol+0x1/0x2`, perhaps with ` [module]`, or a bare address. Empty when nothing follows.
fn caller(text: &mut Cursor<'_>) -> String {
    text.blanks();
    if text.rest().starts_with("memblock") && text.rest().contains(": ") && function(text.rest()).is_some() {
        return String::new();
    }
    // Patches for debugging put the size of the range before the caller: `(4kB)`.
    if let Some((_, after)) = text.rest().strip_prefix('(').and_then(|inner| inner.split_once(") "))
        && caller_len(after).is_some()
    {
        text.take(text.rest().len() - after.len());
    }
    let whole = caller_len(text.rest());
    let mut caller = match whole {
        Some(length) => text.take(length).to_owned(),
        None => text.token().to_owned(),
    };
    let module = text.rest().trim_start();
    if let Some((name, _)) = module.strip_prefix('[').and_then(|inner| inner.split_once(']'))
        && !name.contains(' ')
        && !name.starts_with("0x")
    {
        caller = format!("{caller} [{name}]");
    }
    caller
}

/// How long the caller at the beginning of `text` is: `symbol+0x1a/0x2b`, whatever follows it.
fn caller_len(text: &str) -> Option<usize> {
    let (symbol, place) = text.split_once("+0x")?;
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len());
    let offset = digits(place);
    let size = place[offset..].strip_prefix("/0x").map(digits)?;
    let whole = !symbol.is_empty() && symbol.chars().all(name) && offset > 0 && size > 0;
    whole.then_some(symbol.len() + "+0x".len() + offset + "/0x".len() + size)
}

/// Whether `text` begins like `symbol+0x1a/0x2b`, or is an address as kernels without symbols print it: `%pS` of an
/// address that belongs to no symbol is `0x4`, and of none is `(null)`.
pub(super) fn is_caller(text: &str) -> bool {
    let token = text.split(' ').next().unwrap_or_default();
    let hex = |digits: &str, least: usize| {
        (least..=16).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_address = token.strip_prefix("0x").map_or_else(|| hex(token, 8), |digits| hex(digits, 1));
    is_address || token == "(null)" || caller_len(text).is_some()
}

/// Whether the caller may go on in the next line: a symbol without its place, or with half of it.
fn is_cut(caller: &str, rest: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '+' | '/');
    rest.trim().is_empty() && !is_caller(caller) && caller.chars().all(name)
}

/// Whether a whole line may end in this: a caller, or a symbol's bare name.
fn ends_line(caller: &str, rest: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    is_caller(caller)
        || rest.trim().is_empty()
            && caller.len() > 1
            && caller.chars().all(name)
            && !caller.starts_with(|c: char| c.is_ascii_digit())
}

/// Where the first record of a line stands: its beginning, and its end where the caller shows it.
pub(super) fn place(line: &str) -> Option<(Option<usize>, Option<usize>)> {
    let (name, after) = function(line)?;
    let start = name.as_ptr() as usize - line.as_ptr() as usize;
    let mut rest = after;
    let read = if name == "memblock" {
        doubled(&mut rest).is_some_and(|read| read.is_ok())
    } else {
        matches!(record(name, &mut rest), Some(Ok(_)))
    };
    // Behind the caller, or before it where it was not taken yet.
    let end = line.len() - rest.rest().len();
    let module = rest.rest().trim_start().strip_prefix('[').and_then(|inner| inner.split_once(']'));
    let end = match module {
        Some((name, after)) if !name.contains(' ') && !name.starts_with("0x") => line.len() - after.len(),
        _ => end,
    };
    Some((Some(start), read.then_some(end)))
}

/// `memblock: reserved is doubled to 256 at [0x…-0x…]`; `None` when it says something else.
fn doubled(text: &mut Cursor<'_>) -> Option<Result<Line, Failure>> {
    text.blanks();
    let array = if text.word("memory").is_some() {
        Array::Memory
    } else {
        text.word("reserved")?;
        Array::Reserved
    };
    let _ = text.next("array");
    text.next("is doubled to")?;
    text.blanks();
    let rest = |text: &mut Cursor<'_>| {
        let regions = text.decimal()?;
        text.next("at")?;
        text.blanks();
        let (start, end) = text.loose_range()?;
        let at = AddrRange::new(PhysAddr(start.value), PhysAddr(end.value.checked_add(1)?))?;
        Some(Line::Doubled { array, regions, at })
    };
    let mut ahead = *text;
    match rest(&mut ahead) {
        Some(line) => {
            *text = ahead;
            Some(Ok(line))
        }
        None if text.rest().contains(']') => Some(Err(Failure::Damaged)),
        None => Some(Err(Failure::Early(None))),
    }
}
