//! Our rootmem against the code that was posted in 2008, compiled from the mail that the reader has.
//!
//! The mail ("[RFC 1/2] mm: rootmem boot-time memory allocator", 2008-05-03) is a kernel's code and no part of this project:
//! `BOOTALLOC_RFC` says where it lies. Its defects that ours does not have are taken out by name ([`mends`]); all else must be
//! the same.

mod boots;
mod mends;
mod posted;
mod random;
