//! Recorded boots and grown ones: importing them from logs, making them, replaying them through an allocator, and checking
//! what it does.

pub mod capture;
pub mod check;
pub mod corpus;
pub mod fidelity;
pub mod grow;
pub mod import;
<<<<<<< HEAD
pub mod ranges;
=======
pub mod ksyms;
>>>>>>> 0c94f88 (ksyms: read a kernel's symbols from its own image)
pub mod replay;
pub mod survive;
pub mod trace;
