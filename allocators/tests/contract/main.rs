//! What every strategy of the registry promises, and what the bitmaps do in particular.
//!
//! A strategy that is added to the registry is tested by all of this. Only the addresses that a picture expects of a
//! family by name are not expected of a newcomer; that each of its blocks is legal is.

mod ledger;
mod machine;
mod naive;
mod ops;
mod play;
mod random;
