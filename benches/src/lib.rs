//! Measuring boot-time allocators: exact figures and noisy ones, kept apart.

pub mod buddy;
pub mod clock;
pub mod count;
pub mod exact;
pub mod host;
pub mod micro;
pub mod results;
pub mod stats;
