//! What is large enough to matter.

use benches::figures::{Better, Unit};

use crate::compare::Counts;
use crate::units::digits;

/// Below this share of a boot a difference in time is too small to matter.
const SHARE_OF_A_BOOT: f64 = 0.001;

/// The length of a boot whose own is not recorded.
const A_SECOND_NS: f64 = 1e9;

/// Below this change in per cent, and this many bytes, an exact figure is as good as equal.
const PER_CENT: f64 = 1.0;
const BYTES: u64 = 1 << 20;

/// Whether a difference in time matters to whoever boots.
pub(super) fn time_matters(difference_ns: f64, boot_ns: Option<f64>) -> bool {
    difference_ns.abs() >= SHARE_OF_A_BOOT * boot_ns.unwrap_or(A_SECOND_NS)
}

/// Whether the two values of an exact figure differ enough to be called better or worse.
pub(super) fn figure_matters(counts: &Counts) -> bool {
    let Some(figure) = counts.what() else { return false };
    let difference = counts.baseline.abs_diff(counts.candidate);
    match figure.unit {
        Unit::Bytes => difference >= BYTES && counts.change_percent().abs() >= PER_CENT,
        // Of what should not happen at all, one is too many.
        Unit::Count if figure.better == Some(Better::Less) => difference > 0,
        Unit::Instructions | Unit::Count => counts.change_percent().abs() >= PER_CENT,
    }
}

/// A part in per cent, to two digits, without an exponent.
pub(super) fn share(part: f64, whole: f64) -> String {
    let percent = 100.0 * part / whole;
    if percent >= 1.0 {
        return digits(percent);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few digits")]
    let places = (1.0 - percent.max(1e-12).log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{percent:.places$}")
}
