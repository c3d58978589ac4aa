//! Recorded boots and grown ones: importing them from logs, making them, replaying them through an allocator, and checking
//! what it does.

pub mod beyond;
pub mod capture;
pub mod check;
pub mod corpus;
pub mod cost;
pub mod fidelity;
pub mod grow;
pub mod import;
pub mod ksyms;
pub mod machine;
pub mod ranges;
pub mod replay;
pub mod survive;
pub mod trace;
