//! The functions of a strategy behind the ABI, checked to be there.

use std::ptr;

use crate::ffi::{
    ABI, Alloc, Build, Capacity, Change, Each, EachRegion, Free, HandOver, HandOverAll, Plugin, Reserve,
    Retire, Set, StateBytes, StateWords,
};
use crate::library::OpenError;

/// The functions, those that are optional as such.
#[derive(Clone, Copy)]
pub(crate) struct Table {
    pub(crate) traits: u32,
    pub(crate) state_words: StateWords,
    pub(crate) build: Build,
    pub(crate) reserve: Reserve,
    pub(crate) free: Free,
    pub(crate) alloc: Alloc,
    pub(crate) hand_over: HandOver,
    pub(crate) each_free: Each,
    pub(crate) each_reserved: Each,
    pub(crate) state_bytes: StateBytes,
    pub(crate) change: Option<Change>,
    pub(crate) set: Option<Set>,
    pub(crate) retire: Option<Retire>,
    pub(crate) hand_over_all: Option<HandOverAll>,
    pub(crate) each_region: Option<EachRegion>,
    pub(crate) capacity: Option<Capacity>,
}

/// Where the optional functions begin: an older library's table may end there or later.
const REQUIRED: usize = std::mem::offset_of!(Plugin, change);

/// Reads as much of a library's table as the library says is there; the rest is null.
///
/// # Safety
/// `at` points to the table of a loaded library: at least its first two fields are readable, and then as many bytes as it says.
pub(crate) unsafe fn read(at: *const Plugin) -> Result<Plugin, OpenError> {
    // SAFETY: the caller promises the first two fields; they are read without making a reference to the whole.
    let (abi, size) = unsafe { ((*at).abi, (*at).size as usize) };
    if abi != ABI {
        return Err(OpenError::OtherVersion(abi));
    }
    if size < REQUIRED {
        return Err(OpenError::ShortTable { size, least: REQUIRED });
    }
    // SAFETY: all fields are integers, pointers or optional functions, of which zero is a value.
    let mut table: Plugin = unsafe { std::mem::zeroed() };
    // SAFETY: `at` is readable for `size` bytes, as the caller promises, and `table` is written for no more than its own.
    unsafe {
        ptr::copy_nonoverlapping(
            at.cast::<u8>(),
            (&raw mut table).cast::<u8>(),
            size.min(size_of::<Plugin>()),
        );
    }
    Ok(table)
}

impl Table {
    pub(crate) fn of(plugin: &Plugin) -> Result<Self, OpenError> {
        let missing = OpenError::NoFunction;
        Ok(Self {
            traits: plugin.traits,
            state_words: plugin.state_words.ok_or(missing("state_words"))?,
            build: plugin.build.ok_or(missing("build"))?,
            reserve: plugin.reserve.ok_or(missing("reserve"))?,
            free: plugin.free.ok_or(missing("free"))?,
            alloc: plugin.alloc.ok_or(missing("alloc"))?,
            hand_over: plugin.hand_over.ok_or(missing("hand_over"))?,
            each_free: plugin.each_free.ok_or(missing("each_free"))?,
            each_reserved: plugin.each_reserved.ok_or(missing("each_reserved"))?,
            state_bytes: plugin.state_bytes.ok_or(missing("state_bytes"))?,
            change: plugin.change,
            set: plugin.set,
            retire: plugin.retire,
            hand_over_all: plugin.hand_over_all,
            each_region: plugin.each_region,
            capacity: plugin.capacity,
        })
    }

    pub(crate) const fn has(&self, flag: u32) -> bool {
        self.traits & flag != 0
    }
}
