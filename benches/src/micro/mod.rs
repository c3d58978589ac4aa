//! The microscopic cases that explain the latencies of a boot: one request in one drawn map.

mod cases;
mod machine;

pub use cases::{Case, all};
pub use machine::{one_node, program};
