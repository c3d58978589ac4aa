//! Recorded boots: importing them from logs, replaying them through an allocator, and checking what it does.

pub mod capture;
pub mod check;
pub mod corpus;
pub mod fidelity;
pub mod import;
pub mod replay;
pub mod survive;
pub mod trace;
