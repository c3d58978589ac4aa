//! Measuring boot-time allocators: exact figures and noisy ones, kept apart.

mod bounded;
pub mod buddy;
pub mod clock;
pub mod count;
mod digest;
pub mod exact;
pub mod figures;
pub mod growth;
pub mod host;
pub mod measure;
pub mod micro;
pub mod plan;
pub mod probe;
pub mod quantity;
pub mod results;
mod rng;
pub mod stats;
pub mod validate;
pub mod worker;
