//! What memblock does, rule by rule, and that it equals a model which shares no code with it.

mod draw;
mod fallback;
mod flags;
mod growth;
mod hand_over;
mod kernel;
mod lists;
mod model;
mod random;
mod search;
