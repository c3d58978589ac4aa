//! Measuring boot-time allocators: exact figures and noisy ones, kept apart.

pub mod count;
pub mod exact;
pub mod micro;
pub mod results;
