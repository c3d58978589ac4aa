//! Grown workloads: machines and boots that are made, not recorded.
//!
//! Real boots are small, and whoever asks how cost grows asks about machines that nobody here has. A [`Recipe`] is a few
//! words, such as `grow:isolated(10000)`, from which the same trace is made every time; the trace goes wherever a recorded
//! one does. Nothing in it was answered by a kernel: the address behind an allocation only names the block, so that a later
//! free can speak of a part of it, and lies above all memory, where no kernel would have put it.
//!
//! | file | what |
//! |---|---|
//! | `recipe` | the recipes, what each takes, and how it is written |
//! | `parse` | from words to a recipe |
//! | `read` | a trace from its own text or from a recipe |
//! | `draft` | a trace in the making |
//! | `shapes` | machines of one shape: isolated pages, checkerboards, many ranges, nodes or bytes |
//! | `filling` | the requests of a recorded boot, for another machine |
//! | `tile` | a recorded boot several times side by side |
//! | `handover` | memory that one kernel preserved for the next |
//! | `layout` | memory maps of real large machines |

mod draft;
mod error;
mod filling;
mod handover;
mod layout;
mod parse;
mod read;
mod recipe;
mod shapes;
#[cfg(test)]
mod tests;
mod tile;

pub use error::GrowError;
pub use layout::{Layout, layouts};
pub use read::{ReadTraceError, read};
pub use recipe::{FORMS, PREFIX, Preserved, Recipe};
