//! What happens to the memory map while the allocator runs.

use super::allocator::MemblockAllocator;
use super::grow::{Full, List};
use super::region::Attrs;
use super::reservations::Reservations as _;
use super::style::Style;
use crate::{AddrRange, MapChange, MemFlags, MemoryRange, Nid};

impl<S: Style> MemblockAllocator<'_, S> {
    pub(super) fn change_map(&mut self, change: MapChange) -> Result<(), Full> {
        match change {
            MapChange::Add(piece) => self.add_memory(&piece),
            MapChange::Remove(range) => self.remove(List::Memory, range),
            MapChange::SetNode(range, nid) => self.set_node(range, nid),
            MapChange::SetFlags(range, flags) => {
                self.change_flags(range, flags, MemFlags::with)?;
                self.has_mirror |= flags.has(MemFlags::MIRROR);
                Ok(())
            }
            MapChange::ClearFlags(range, flags) => self.change_flags(range, flags, MemFlags::without),
        }
    }

    pub(super) fn add_memory(&mut self, piece: &MemoryRange) -> Result<(), Full> {
        self.add(List::Memory, piece.range, Attrs::new(piece.nid, piece.flags))?;
        self.reserved.learn_node(piece.range, piece.nid);
        self.reserved.widen(piece.range);
        self.has_mirror |= piece.flags.has(MemFlags::MIRROR);
        Ok(())
    }

    /// What is reserved by the time that nodes are learnt gets a node as well, so that later reservations, which have
    /// none, do not merge with it.
    fn set_node(&mut self, range: AddrRange, nid: Option<Nid>) -> Result<(), Full> {
        self.change_attrs(range, [true, true], |_, attrs| attrs.with_nid(nid))?;
        self.reserved.learn_node(range, nid);
        Ok(())
    }

    fn change_flags(
        &mut self,
        range: AddrRange,
        flags: MemFlags,
        to: impl Fn(MemFlags, MemFlags) -> MemFlags,
    ) -> Result<(), Full> {
        let of_reserved = MemFlags(flags.0 & MemFlags::OF_RESERVED.0);
        let of_memory = flags.without(MemFlags::OF_RESERVED);
        let touched = [of_memory, of_reserved].map(|flags| flags != MemFlags::NONE);
        self.change_attrs(range, touched, |list, attrs| {
            let flags = if list == List::Memory { of_memory } else { of_reserved };
            attrs.with_flags(to(attrs.flags(), flags))
        })
    }

    /// Changes those of memory and reserved that are `touched`, both or none.
    fn change_attrs(
        &mut self,
        range: AddrRange,
        touched: [bool; 2],
        to: impl Fn(List, Attrs) -> Attrs,
    ) -> Result<(), Full> {
        if range.is_empty() {
            return Ok(());
        }
        let lists = [List::Memory, List::Reserved]
            .into_iter()
            .zip(touched)
            .filter_map(|(list, on)| on.then_some(list));
        for list in lists.clone() {
            self.make_room_to_split(list, range)?;
        }
        for list in lists {
            match list {
                List::Memory => {
                    self.memory.change(range, |attrs| to(list, attrs));
                    // Regions that have become alike are one now, and a block that was in neither may fit into both.
                    self.reserved.widen(range);
                }
                List::Reserved => self.reserved.change(range, |attrs| to(list, attrs)),
            }
        }
        Ok(())
    }
}
