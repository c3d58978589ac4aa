//! Quantiles of a set of times.

use super::Nanos;

/// The quantile of `samples` at `p`, or `None` without samples or with `p` outside 0 to 1.
///
/// Definition 8 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American
/// Statistician 50 (1996), which they recommend: the estimate is about median-unbiased whatever the
/// distribution. (Definition 7, the default of R and numpy, pulls the tails of small samples towards the
/// middle.) At `p` = 1/2 it is the usual median.
#[must_use]
pub fn quantile(samples: &[Nanos], p: f64) -> Option<Nanos> {
    if samples.is_empty() || !(0.0..=1.0).contains(&p) {
        return None;
    }
    Nanos::new(of_sorted(&sorted(samples.iter().map(|sample| sample.get())), p))
}

/// The values in ascending order.
pub(super) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The quantile at `p` of ascending values, of which there is at least one.
pub(super) fn of_sorted(values: &[f64], p: f64) -> f64 {
    // Position counted from 1 and kept within the values: h = (n + 1/3) p + 1/3.
    let position = ((values.len() as f64 + 1.0 / 3.0) * p + 1.0 / 3.0).clamp(1.0, values.len() as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the length")]
    let below = position as usize;
    let low = values[below - 1];
    let high = values[below.min(values.len() - 1)];
    low + (position - below as f64) * (high - low)
}

/// The median of ascending values, of which there is at least one.
// Apart from of_sorted, so that the median of the negated values is the negated median to the last digit.
pub(super) fn median_of_sorted(values: &[f64]) -> f64 {
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(ns: &[f64]) -> Vec<Nanos> {
        ns.iter().filter_map(|&ns| Nanos::new(ns)).collect()
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(quantile(&[], 0.5), None);
        let one = times(&[3.0]);
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(&one, p), None);
        }
        assert_eq!(quantile(&one, 0.99), Nanos::new(3.0));
    }

    /// Expect Hyndman and Fan's h = (n + 1/3) p + 1/3 for n = 9: p = 1/4 is at position 2 + 2/3.
    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        let samples = times(&[90.0, 10.0, 30.0, 20.0, 70.0, 50.0, 40.0, 60.0, 80.0]);
        let at = |p| quantile(&samples, p).map_or(0.0, Nanos::get);
        assert!((at(0.25) - (20.0 + 20.0 / 3.0)).abs() < 1e-12);
        let named = [0.0, 0.5, 1.0].map(|p| quantile(&samples, p));
        assert_eq!(named, [10.0, 50.0, 90.0].map(Nanos::new));
    }
}
