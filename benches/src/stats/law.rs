//! The four probabilities that everything here rests on, from `statrs`.

use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, FisherSnedecor, StudentsT};

/// The value that Student's t with `freedom` degrees exceeds with probability `upper_tail`; zero where there
/// is no such law.
// The lower tail is asked for and mirrored: 1 - upper_tail would lose the digits of a small tail.
pub(crate) fn student_quantile(upper_tail: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(0.0, |law| -law.inverse_cdf(upper_tail.clamp(0.0, 0.5)))
}

/// Probability that Student's t with `freedom` degrees is at least as far from zero as `t`; 1 where there is
/// no such law.
pub(super) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    // statrs panics on NaN.
    if t.is_nan() {
        return 1.0;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |law| (2.0 * law.sf(t.abs())).min(1.0))
}

/// The value that Fisher's F with these degrees exceeds with probability `upper_tail`; infinite where there is no such law.
pub(super) fn fisher_quantile(upper_tail: f64, freedom: f64, other: f64) -> f64 {
    FisherSnedecor::new(freedom, other).map_or(f64::INFINITY, |law| law.inverse_cdf(1.0 - upper_tail))
}

/// Probability of at most `heads` heads in `tosses` tosses of a fair coin.
pub(super) fn coin_at_most(heads: usize, tosses: usize) -> f64 {
    Binomial::new(0.5, tosses as u64).map_or(1.0, |law| law.cdf(heads as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical values as printed in every table of Student's t.
    #[test]
    fn students_t_is_that_of_the_tables() {
        for (upper_tail, freedom, value) in
            [(0.025, 1.0, 12.706), (0.025, 9.0, 2.262), (0.005, 15.0, 2.947), (0.05, 120.0, 1.658)]
        {
            assert!((student_quantile(upper_tail, freedom) - value).abs() < 5e-4);
            assert!((student_two_sided(-value, freedom) - 2.0 * upper_tail).abs() < 1e-4);
        }
    }

    /// Critical values as printed in every table of Fisher's F.
    #[test]
    fn fishers_f_is_that_of_the_tables() {
        for (upper_tail, freedom, other, value) in [(0.01, 3.0, 30.0, 4.51), (0.05, 4.0, 20.0, 2.87)] {
            assert!((fisher_quantile(upper_tail, freedom, other) - value).abs() < 5e-3);
        }
    }

    #[test]
    fn nonsense_is_no_evidence() {
        assert!(student_two_sided(f64::NAN, 5.0) >= 1.0);
        assert!(student_two_sided(3.0, 0.0) >= 1.0);
        assert!(student_two_sided(f64::INFINITY, 5.0) <= 0.0);
    }

    #[test]
    fn six_tosses_are_all_tails_once_in_64() {
        assert!((coin_at_most(0, 6) - 1.0 / 64.0).abs() < 1e-15);
        assert!((coin_at_most(6, 6) - 1.0).abs() < 1e-15);
    }
}
