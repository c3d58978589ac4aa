//! How full memblock's arrays got.

use allocators::Setting;

use crate::trace::{Array, Op, Trace};

use super::state::State;

/// How full one of memblock's arrays got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeadRoom {
    /// Which one.
    pub array: Array,
    /// The most regions that it held at any time.
    pub most: u64,
    /// How many it has room for without growing, on that architecture and version.
    pub room: u64,
    /// How often it doubled.
    pub doublings: u64,
    /// The bytes that it took for that.
    pub bytes: u64,
    /// Whether it may double by the end of the boot; if not, the boot fails when it is full.
    pub may_double: bool,
}

/// From this share of the room on, in per cent, it is worth a warning.
const WARN_FROM: u64 = 80;

impl HeadRoom {
    /// How many more regions fit before the array doubles again, or before the boot fails.
    #[must_use]
    pub fn left(&self) -> u64 {
        (self.room << self.doublings.min(32)).saturating_sub(self.most)
    }

    /// Whether it got so full that a little more would double it for the first time, or did.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.most.saturating_mul(100) >= self.room.saturating_mul(WARN_FROM)
    }
}

/// How full the two arrays got in a boot: of memory, and of what is reserved.
///
/// Sizes are `INIT_MEMBLOCK_REGIONS` (128), eight times that for memory on arm64 since 6.0, and one more for each CPU that the
/// kernel was built for, for what is reserved on arm64 (256 of them, 512 since 6.9, where nobody built otherwise).
/// Source: `mm/memblock.c` and `arch/arm64/include/asm/memory.h` of 6.1 and 6.12.
#[must_use]
pub fn head_room(trace: &Trace) -> [HeadRoom; 2] {
    let (memory, reserved) = rooms(trace);
    let new = |array, room| HeadRoom { array, most: 0, room, doublings: 0, bytes: 0, may_double: false };
    let mut arrays = [new(Array::Memory, memory), new(Array::Reserved, reserved)];
    let mut state = State::start(trace);
    note(&mut arrays, &state);
    for record in &trace.records {
        state.apply(record);
        note(&mut arrays, &state);
        match record.op {
            Op::Doubled { array, at, .. } => {
                let known = &mut arrays[usize::from(array == Array::Reserved)];
                known.doublings += 1;
                known.bytes += at.end().0 - at.start().0;
            }
            Op::Set(Setting::AllowResize(on)) => arrays.iter_mut().for_each(|array| array.may_double = on),
            _ => {}
        }
    }
    arrays
}

fn note(arrays: &mut [HeadRoom; 2], state: &State) {
    let (memory, reserved) = state.regions();
    arrays[0].most = arrays[0].most.max(memory as u64);
    arrays[1].most = arrays[1].most.max(reserved as u64);
}

fn rooms(trace: &Trace) -> (u64, u64) {
    const USUAL: u64 = 128;
    let header = &trace.header;
    if !matches!(header.arch.as_str(), "arm64" | "aarch64") {
        return (USUAL, USUAL);
    }
    let memory = if header.kernel_at_least(6, 0) { 8 * USUAL } else { USUAL };
    let cpus = if header.kernel_at_least(6, 9) { 512 } else { 256 };
    (memory, USUAL + cpus + 1)
}
