//! How cost grows: one shape of machine at many sizes, strategy by strategy.
//!
//! A [cell](Launch) is one strategy on one machine, measured in a process of its own, several times over. Sizes ascend, and a
//! strategy whose next cell would take too long [ends](Ended) there. What is said of the growth follows from the cells
//! alone: [exponents](exponent), [`crossings`], and [the size at which a call takes so long](size_at).
//!
//! | file | what |
//! |---|---|
//! | `shape` | what grows, and from what to what |
//! | `kind` | what is measured |
//! | `probe` | the calls that are made on a machine, whoever measures them |
//! | `meter` | measuring them by a clock, or by callgrind |
//! | `worker` | the process that measures one cell |
//! | `child` | that process from outside |
//! | `sweep` | from small to large |
//! | `curve` | what came of it |
//! | `law` | exponents, crossings, and sizes |
//! | `rule` | what a change of growth may be |

mod child;
mod curve;
mod kind;
mod law;
mod meter;
mod probe;
mod rule;
mod shape;
mod sweep;
mod worker;

pub use child::Job;
pub use curve::{Curve, Ended, Growth, Launch, Point, ReadGrowthError};
pub use kind::Kind;
pub use law::{Crossing, Estimate, Exponent, crossings, exact_exponent, exponent, size_at};
pub use rule::{GrowthRule, RuleError};
pub use shape::Shape;
pub use sweep::{Event, Sweep, sweep};
pub use worker::main;
