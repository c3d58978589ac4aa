//! What can go wrong, with the address that it went wrong at.
//!
//! Every error is a small `Copy` value: making one formats nothing, so that a refused call costs a measured loop no
//! more than a granted one.

use core::error::Error;
use core::fmt;

use crate::{AddrRange, Nid, PageSize, Pfn, PhysAddr};

/// Defines an error enum together with what each variant says.
macro_rules! errors {
    ($( $(#[$doc:meta])* $name:ident {
        $( $(#[$vdoc:meta])* $variant:ident $( ( $($tuple:ident : $tuple_kind:ty),+ ) )?
            $( { $( $(#[$fdoc:meta])* $field:ident : $kind:ty ),+ } )? => $format:literal $(, $argument:expr)*; )+
    } )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$vdoc])* $variant $( ( $($tuple_kind),+ ) )? $( { $( $(#[$fdoc])* $field: $kind ),+ } )?, )+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self {
                    $( Self::$variant $( ( $($tuple),+ ) )? $( { $($field),+ } )? => write!(f, $format $(, $argument)*), )+
                }
            }
        }

        impl Error for $name {}
    )* };
}

errors! {
    /// Why a list of ranges is not a memory map.
    MapError {
        /// A piece has no bytes.
        Empty(range: AddrRange) => "memory {range} is empty";
        /// A piece begins before the one ahead of it ends.
        NotAscending(range: AddrRange) => "memory {range} begins before the piece ahead of it ends";
        /// A piece names no node.
        NoNode(range: AddrRange) => "memory {range} has no node";
        /// A piece that is usable at the start is in part on no node.
        OutsideNodes(range: AddrRange) => "memory {range} is in part on no node";
    }

    /// Why an allocator cannot be made.
    BuildError {
        /// Too little memory for its metadata was handed in.
        MetadataTooSmall {
            /// What it needs, in 8-byte words.
            needed: usize,
            /// What it got, in 8-byte words.
            given: usize
        } => "the allocator needs {needed} words of metadata and was given {given}";
        /// The metadata was said to lie where no memory is.
        MetadataOutsideMemory(addr: PhysAddr) => "the metadata's address {addr} is not in memory";
        /// The strategy keeps its state in itself, and another allocator of it is alive.
        InUse => "another allocator of this strategy is alive, and it can make only one at a time";
        /// The strategy was compiled for pages of another size.
        WrongPageSize {
            /// The size of page that it was compiled for.
            built_for: PageSize,
            /// The size of page of the machine.
            machine: PageSize
        } => "the allocator was compiled for pages of {} bytes, and the machine's are of {}", built_for.bytes(), machine.bytes();
    }

    /// Why memory was not allocated.
    AllocError {
        /// No bytes were asked for.
        ZeroSize => "a request for 0 bytes";
        /// The alignment is not a power of two.
        AlignNotPowerOfTwo(align: u64) => "alignment {align:#x} is not a power of two";
        /// The minimum and the size add up to more than the address space.
        Wraps {
            /// The minimum.
            goal: PhysAddr,
            /// How many bytes.
            size: u64
        } => "{size} bytes from {goal} reach past the end of the address space";
        /// The limit leaves no room above the minimum, or above 0 where the goal is only preferred.
        LimitBelowGoal {
            /// The minimum, or 0.
            goal: PhysAddr,
            /// How many bytes.
            size: u64,
            /// Below which address.
            limit: PhysAddr
        } => "limit {limit} is below goal {goal} plus {size} bytes";
        /// The machine has no such node.
        UnknownNode(nid: Nid) => "there is no node {nid}";
        /// No free block fits.
        NoMemory => "no free block fits";
        /// The allocator's own tables are full and may not grow.
        MetadataFull => "the allocator's tables are full";
    }

    /// Why memory was not reserved. Nothing has changed.
    ReserveError {
        /// An exclusive reservation meets one that is there; its first busy byte.
        Busy(addr: PhysAddr) => "{addr} is reserved already";
        /// The range leaves memory; the first page on no node.
        OutsideMemory(pfn: Pfn) => "{pfn} is on no node";
        /// The range reaches memory that was released; its first page there.
        Released(pfn: Pfn) => "{pfn} was released already";
        /// The allocator's own tables are full and may not grow.
        MetadataFull => "the allocator's tables are full";
    }

    /// Why memory was not freed. Nothing has changed.
    FreeError {
        /// The first page that is free already.
        AlreadyFree(pfn: Pfn) => "{pfn} is free already";
        /// The range leaves memory; the first page on no node.
        OutsideMemory(pfn: Pfn) => "{pfn} is on no node";
        /// The range reaches memory that was released; its first page there.
        Released(pfn: Pfn) => "{pfn} was released already";
        /// The allocator's own tables are full and may not grow.
        MetadataFull => "the allocator's tables are full";
    }

    /// Why the memory map was not changed. Nothing has changed.
    ChangeError {
        /// The range leaves what the allocator was built for; the first page outside.
        OutsideMemory(pfn: Pfn) => "{pfn} is on no node";
        /// The range reaches memory that was released; its first page there.
        Released(pfn: Pfn) => "{pfn} was released already";
        /// The allocator keeps the map that it was built from.
        FixedMap => "the memory map is fixed";
        /// The allocator's own tables are full and may not grow.
        MetadataFull => "the allocator's tables are full";
    }

    /// Why a node was not released.
    ReleaseError {
        /// The machine has no such node.
        UnknownNode(nid: Nid) => "there is no node {nid}";
        /// Its memory was handed over before.
        AlreadyReleased(nid: Nid) => "node {nid} was released before";
    }
}
