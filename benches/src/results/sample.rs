//! A measured time.

pub use crate::stats::{Nanos, Pair};
