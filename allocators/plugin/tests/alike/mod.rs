//! A strategy of ours against old C code, from which it was not made: what both must do alike.
//!
//! Shared by the tests of `plugin` and of `linux`.

pub(crate) mod boots;
pub(crate) mod mend;
pub(crate) mod random;
