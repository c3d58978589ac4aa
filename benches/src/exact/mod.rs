//! Exact figures: the same in every run on every machine, so they are compared as they are and never averaged.

mod boot;
mod breakers;
mod fragmentation;
mod layout;
mod zones;

pub use boot::{Along, Exact, ExactError, exact};
pub use breakers::Breaker;
pub use fragmentation::{Fragmentation, Free};
pub use layout::{Content, Layout, Piece, Pieces, PiecesError, Stretch};
pub use zones::ZoneFigures;
