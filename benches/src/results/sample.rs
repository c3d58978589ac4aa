//! A measured time.

/// A measured time in nanoseconds: positive, finite, and noisy.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
#[repr(transparent)]
pub struct Nanos(f64);

impl Nanos {
    /// A time of `ns` nanoseconds, or `None` unless that is positive and finite.
    #[must_use]
    pub fn new(ns: f64) -> Option<Self> {
        (ns > 0.0 && ns.is_finite()).then_some(Self(ns))
    }

    /// The number of nanoseconds.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// One sample of each of two strategies, taken one right after the other, in either order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pair {
    /// What is compared with.
    pub baseline: Nanos,
    /// What is compared.
    pub candidate: Nanos,
}
