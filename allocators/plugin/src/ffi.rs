//! `bootalloc_plugin.h`, in Rust: same names without the prefix, same order, same values.
//!
//! Functions are `C-unwind`: [`Host::fail`] ends a call by unwinding through the library's frames, where those allow it.

use std::ffi::{c_char, c_void};

pub(crate) const ABI: u32 = 1;
pub(crate) const NO_NODE: u32 = u32::MAX;

pub(crate) const REACHES_OUTSIDE: u32 = 1;
pub(crate) const STATE_IN_LIBRARY: u32 = 2;
pub(crate) const NO_NODES: u32 = 4;
pub(crate) const HAND_OVER_SHARED: u32 = 8;

pub(crate) const EXACT_NODE: u64 = 1 << 32;
pub(crate) const GOAL_IS_MIN: u64 = 1 << 33;

pub(crate) const OK: u64 = 0;
pub(crate) const NO_MEMORY: u64 = 1;
pub(crate) const TABLES_FULL: u64 = 2;
pub(crate) const BUSY: u64 = 3;
pub(crate) const OUTSIDE: u64 = 4;
pub(crate) const FREE_ALREADY: u64 = 5;
pub(crate) const RELEASED: u64 = 6;
pub(crate) const FIXED_MAP: u64 = 7;
pub(crate) const WRONG_PAGE: u64 = 9;

pub(crate) const ADD: u32 = 0;
pub(crate) const REMOVE: u32 = 1;
pub(crate) const SET_NODE: u32 = 2;
pub(crate) const SET_FLAGS: u32 = 3;
pub(crate) const CLEAR_FLAGS: u32 = 4;

pub(crate) const BOTTOM_UP: u32 = 0;
pub(crate) const CURRENT_LIMIT: u32 = 1;
pub(crate) const ALLOW_RESIZE: u32 = 2;
pub(crate) const MOVABLE_NODE: u32 = 3;
pub(crate) const MARK_KERNEL: u32 = 4;
pub(crate) const SCRATCH_ONLY: u32 = 5;

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Answer {
    pub(crate) error: u64,
    pub(crate) value: u64,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Memory {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) nid: u32,
    pub(crate) flags: u32,
}

#[repr(C)]
pub(crate) struct Machine {
    pub(crate) size: u32,
    pub(crate) page_shift: u8,
    pub(crate) max_order: u8,
    pub(crate) reserved: u16,
    pub(crate) nodes: *const Memory,
    pub(crate) nodes_len: u64,
    pub(crate) start: *const Memory,
    pub(crate) start_len: u64,
    pub(crate) nids: *const u32,
    pub(crate) nids_len: u64,
}

#[repr(C)]
pub(crate) struct Host {
    pub(crate) size: u32,
    pub(crate) reserved: u32,
    pub(crate) ctx: *mut c_void,
    pub(crate) table: unsafe extern "C-unwind" fn(*mut c_void, u64, u64) -> *mut c_void,
    pub(crate) fail: unsafe extern "C-unwind" fn(*mut c_void, *const c_char),
    pub(crate) note: unsafe extern "C-unwind" fn(*mut c_void, *const c_char),
}

#[repr(C)]
pub(crate) struct Sink {
    pub(crate) size: u32,
    pub(crate) reserved: u32,
    pub(crate) block: unsafe extern "C-unwind" fn(*mut Sink, u64, u32),
    pub(crate) blocks: unsafe extern "C-unwind" fn(*mut Sink, u64, u32, u64),
}

pub(crate) type Visit = unsafe extern "C-unwind" fn(*mut c_void, u64, u64);
pub(crate) type VisitRegion = unsafe extern "C-unwind" fn(*mut c_void, u64, u64, u32, u32);

pub(crate) type StateWords = unsafe extern "C-unwind" fn(*const Machine) -> u64;
pub(crate) type Build = unsafe extern "C-unwind" fn(*mut c_void, u64, *const Machine, *const Host) -> Answer;
pub(crate) type Reserve = unsafe extern "C-unwind" fn(*mut c_void, u64, u64, u64) -> Answer;
pub(crate) type Free = unsafe extern "C-unwind" fn(*mut c_void, u64, u64) -> Answer;
pub(crate) type Alloc = unsafe extern "C-unwind" fn(*mut c_void, u64, u64, u64, u64, u64) -> Answer;
pub(crate) type HandOver = unsafe extern "C-unwind" fn(*const c_void, u32, *mut Sink) -> Answer;
pub(crate) type Each = unsafe extern "C-unwind" fn(*const c_void, Visit, *mut c_void);
pub(crate) type StateBytes = unsafe extern "C-unwind" fn(*const c_void) -> u64;
pub(crate) type Change = unsafe extern "C-unwind" fn(*mut c_void, u32, u64, u64, u32, u32) -> Answer;
pub(crate) type Set = unsafe extern "C-unwind" fn(*mut c_void, u32, u64) -> u32;
pub(crate) type Retire = unsafe extern "C-unwind" fn(*mut c_void, u32);
pub(crate) type HandOverAll = unsafe extern "C-unwind" fn(*const c_void, *mut Sink) -> Answer;
pub(crate) type EachRegion = unsafe extern "C-unwind" fn(*const c_void, u32, VisitRegion, *mut c_void);
pub(crate) type Capacity = unsafe extern "C-unwind" fn(*const c_void, u32) -> u64;

/// The library's table as it lies in its memory. A function that is missing is a null pointer.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Plugin {
    pub(crate) abi: u32,
    pub(crate) size: u32,
    pub(crate) traits: u32,
    pub(crate) reserved: u32,
    pub(crate) name: *const c_char,
    pub(crate) summary: *const c_char,
    pub(crate) version: *const c_char,
    pub(crate) state_words: Option<StateWords>,
    pub(crate) build: Option<Build>,
    pub(crate) reserve: Option<Reserve>,
    pub(crate) free: Option<Free>,
    pub(crate) alloc: Option<Alloc>,
    pub(crate) hand_over: Option<HandOver>,
    pub(crate) each_free: Option<Each>,
    pub(crate) each_reserved: Option<Each>,
    pub(crate) state_bytes: Option<StateBytes>,
    pub(crate) change: Option<Change>,
    pub(crate) set: Option<Set>,
    pub(crate) retire: Option<Retire>,
    pub(crate) hand_over_all: Option<HandOverAll>,
    pub(crate) each_region: Option<EachRegion>,
    pub(crate) capacity: Option<Capacity>,
}

/// What a library exports.
pub(crate) type Entry = unsafe extern "C-unwind" fn(u32) -> *const Plugin;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::mem::offset_of;

    use super::*;
    use crate::compile::{Compiler, HEADER};

    /// Expect both sides to lay the structures out alike: C's compiler is asked.
    #[test]
    fn the_header_says_the_same() {
        let Ok(cc) = Compiler::find() else { return eprintln!("not tested: there is no C compiler") };
        let sizes = [
            ("answer", size_of::<Answer>()),
            ("memory", size_of::<Memory>()),
            ("machine", size_of::<Machine>()),
            ("host", size_of::<Host>()),
            ("sink", size_of::<Sink>()),
            ("plugin", size_of::<Plugin>()),
        ];
        let offsets = [
            ("machine", "nids_len", offset_of!(Machine, nids_len)),
            ("machine", "max_order", offset_of!(Machine, max_order)),
            ("host", "note", offset_of!(Host, note)),
            ("sink", "blocks", offset_of!(Sink, blocks)),
            ("plugin", "version", offset_of!(Plugin, version)),
            ("plugin", "state_bytes", offset_of!(Plugin, state_bytes)),
            ("plugin", "change", offset_of!(Plugin, change)),
            ("plugin", "capacity", offset_of!(Plugin, capacity)),
        ];
        let values = [
            ("BA_ABI", u64::from(ABI)),
            ("BA_EXACT_NODE", EXACT_NODE),
            ("BA_GOAL_IS_MIN", GOAL_IS_MIN),
            ("BA_WRONG_PAGE", WRONG_PAGE),
            ("BA_FIXED_MAP", FIXED_MAP),
            ("BA_CLEAR_FLAGS", u64::from(CLEAR_FLAGS)),
            ("BA_SCRATCH_ONLY", u64::from(SCRATCH_ONLY)),
            ("BA_HAND_OVER_SHARED", u64::from(HAND_OVER_SHARED)),
            ("BA_NO_NODES", u64::from(NO_NODES)),
            ("BA_NO_NODE", u64::from(NO_NODE)),
        ];
        let asserted = "#include <stddef.h>\n#define SAME(a, b) _Static_assert((a) == (b), #a);".to_owned();
        let sizes = sizes.map(|(name, size)| format!("SAME(sizeof(struct ba_{name}), {size})"));
        let offsets =
            offsets.map(|(name, field, at)| format!("SAME(offsetof(struct ba_{name}, {field}), {at})"));
        let values = values.map(|(name, value)| format!("SAME({name}, {value}ull)"));
        let lines: Vec<String> =
            [HEADER.to_owned(), asserted].into_iter().chain(sizes).chain(offsets).chain(values).collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("same.c");
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let arguments = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
            .map(std::ffi::OsStr::new);
        let output = cc.run(arguments.into_iter().chain([file.as_os_str()])).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
