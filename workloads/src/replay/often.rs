//! A state that is played from again and again.

use std::hint::black_box;
use std::slice;

use allocators::{BootAllocator, BumpMemory, Metadata, Strategy};

use super::copies::Copies;
use super::program::Program;
use super::run::Slots;
use super::stage::{Stage, StageError};

/// A machine at the start of its boot, as often as it is wanted.
///
/// For a recorded boot, with some dozens of reservations at the start, the allocator is built anew each time, which takes a
/// microsecond or two and leaves the caches as a boot finds them. For a grown one it is built once, and put back by copying:
/// a million reservations take a strategy much longer to make than their 24 MB take to be written.
pub struct Often<'o, 'm, S: Strategy + 'static>(How<'o, 'm, S>);

enum How<'o, 'm, S: Strategy + 'static> {
    Anew {
        stage: &'o mut Stage,
        strategy: &'static S,
        program: &'o Program,
    },
    Copied {
        allocator: &'o mut S::Allocator<'m>,
        slots: &'o mut Slots,
        program: &'o Program,
        copies: Copies,
        /// Whether the state is that of the start.
        fresh: bool,
    },
}

/// Fewer reservations at the start are made again and again.
const MANY: usize = 1_000;

/// A state is copied if it takes no more than this for each reservation of the start. The lists of any strategy take less,
/// and a bitmap of 64 TiB, which is faster built than copied, takes more.
const BYTES_EACH: usize = 1 << 10;

impl Stage {
    /// Makes the start of `program` ready for `strategy`, to be played from as often as `work` wants.
    ///
    /// # Errors
    /// [`StageError`] when there is no allocator to play with.
    pub fn often<S: Strategy + 'static, T>(
        &mut self,
        strategy: &'static S,
        program: &Program,
        work: impl FnOnce(&mut Often<'_, '_, S>) -> T,
    ) -> Result<T, StageError> {
        if program.setup.len() >= MANY {
            let mut work = Some(work);
            let copied = self.copied(strategy, program, |often| work.take().map(|work| work(often)))?;
            if let Some(found) = copied.flatten() {
                return Ok(found);
            }
            // It was not called, as the state cannot be copied, or not well.
            return match work {
                Some(work) => Ok(work(&mut Often(How::Anew { stage: self, strategy, program }))),
                None => unreachable!("what was called has returned something"),
            };
        }
        Ok(work(&mut Often(How::Anew { stage: self, strategy, program })))
    }

    /// The same by copying; `None` if the state cannot be copied, or takes too much.
    fn copied<S: Strategy + 'static, T>(
        &mut self,
        strategy: &'static S,
        program: &Program,
        work: impl FnOnce(&mut Often<'_, '_, S>) -> T,
    ) -> Result<Option<T>, StageError> {
        let ready = self.ready(strategy, program)?;
        let (metadata, words) = (ready.metadata.as_mut_ptr(), ready.metadata.len());
        let (arrays, array_words) = (ready.arrays.as_mut_ptr(), ready.arrays.len());
        // SAFETY: the memory of the stage, which is borrowed for as long as this function runs; all use of it is through
        // these two pointers from here on.
        let (given, rest) = unsafe {
            (slice::from_raw_parts_mut(metadata, words), slice::from_raw_parts_mut(arrays, array_words))
        };
        let mut bump = BumpMemory::new(rest);
        let bump_at = &raw mut bump;
        // SAFETY: a local that lives longer than the allocator.
        let in_arrays = Metadata::new(given).with_arrays(unsafe { &mut *bump_at });
        let mut allocator = strategy.build(ready.map, in_arrays)?;
        allocator.reserve_start(&program.setup)?;

        // SAFETY: the allocator is not in use.
        let used = array_words - unsafe { (*bump_at).left() };
        let mut pieces = vec![
            ((&raw mut allocator).cast::<u8>(), size_of::<S::Allocator<'_>>()),
            (bump_at.cast(), size_of::<BumpMemory<'_>>()),
            (metadata.cast(), words * size_of::<u64>()),
            (arrays.cast(), used * size_of::<u64>()),
        ];
        let all = allocator.state_elsewhere(&mut |at, bytes| pieces.push((at, bytes)));
        let bytes: usize = pieces.iter().map(|(_, bytes)| bytes).sum();
        if !all || bytes > program.setup.len().saturating_mul(BYTES_EACH) {
            return Ok(None);
        }
        let mut copies = Copies::default();
        for (at, bytes) in pieces {
            // SAFETY: each piece is a local, of the stage, or what the allocator says is its own; none is in use.
            unsafe { copies.add(at, bytes) };
        }
        let (allocator, slots) = (&mut allocator, ready.slots);
        Ok(Some(work(&mut Often(How::Copied { allocator, slots, program, copies, fresh: true }))))
    }
}

impl<S: Strategy + 'static> Often<'_, '_, S> {
    /// Calls `play` at the start of the boot.
    ///
    /// # Errors
    /// [`StageError`] when there is no allocator to play with.
    pub fn play<T>(
        &mut self,
        play: impl FnOnce(&mut S::Allocator<'_>, &mut Slots) -> T,
    ) -> Result<T, StageError> {
        match &mut self.0 {
            How::Anew { stage, strategy, program } => stage.play(*strategy, program, play),
            How::Copied { allocator, slots, program, copies, fresh } => {
                if !*fresh {
                    // The allocator is shown to code that the compiler does not see through: it may not assume that what is
                    // reached through it stays as it was.
                    black_box(&mut **allocator);
                    // SAFETY: `copied` made the copies of pieces that live as long as the allocator does, which is borrowed
                    // here and in no call. It owns nothing, or has said that what it owns may be copied: so each pointer
                    // that is written back still points to what it pointed to.
                    unsafe { copies.put_back() };
                    black_box(&mut **allocator);
                    slots.reset(program);
                }
                *fresh = false;
                Ok(play(allocator, slots))
            }
        }
    }

    /// The bytes that are copied each time, if the state is put back by copying.
    #[must_use]
    pub fn copied_bytes(&self) -> Option<usize> {
        match &self.0 {
            How::Anew { .. } => None,
            How::Copied { copies, .. } => Some(copies.bytes()),
        }
    }
}
