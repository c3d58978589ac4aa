//! What every strategy of the registry promises, and what the bitmaps do in particular.
//!
//! A strategy that is added to the registry is tested by all of this. Only the addresses that a picture expects of a
//! family by name are not expected of a newcomer; that each of its blocks is legal is.

mod boot;
mod change;
mod defects;
mod goal;
mod heap;
mod ledger;
mod limit;
mod machine;
mod merge;
mod metadata;
mod naive;
mod node;
mod ops;
mod play;
mod random;
mod range;
mod refuse;
mod release;
