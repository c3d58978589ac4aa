//! Correction for the number of comparisons.

/// The p values of a family of tests, adjusted so that comparing each with alpha makes a single false claim
/// in the whole family with probability at most alpha, however the tests depend on each other.
///
/// S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
/// (1979): the k-th smallest of m is multiplied by m - k + 1, then kept from falling below the one before and
/// from exceeding
/// 1. A value that is NaN or outside 0 to 1 counts as 1.
///
/// Bonferroni's correction rejects less for the same guarantee. Benjamini and Hochberg's false discovery rate
/// is not offered: it bounds the share of false claims among those made, which suits a screening of
/// thousands; here a reader picks one row out of a table of dozens, and that row has to hold by itself. It
/// also needs tests that are independent or positively dependent, and comparisons with one baseline in both
/// directions are not.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let valid = |p: f64| if (0.0..=1.0).contains(&p) { p } else { 1.0 };
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| valid(p_values[a]).total_cmp(&valid(p_values[b])));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (done, &index) in order.iter().enumerate() {
        let left = (p_values.len() - done) as f64;
        largest = largest.max(valid(p_values[index]) * left).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is(adjusted: &[f64], expected: &[f64]) -> bool {
        adjusted.len() == expected.len() && adjusted.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-12)
    }

    /// The example in the documentation of Python's pingouin, `pingouin.multicomp`.
    #[test]
    fn the_example_of_pingouin() {
        assert!(is(&holm(&[0.50, 0.003, 0.32, 0.054, 0.0003]), &[0.64, 0.012, 0.64, 0.162, 0.0015]));
    }

    /// The fifteen p values of Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal
    /// of the Royal Statistical Society B 57 (1995), section 3.2. Expect three claims, as they find for the
    /// family-wise procedures (their own makes a fourth).
    #[test]
    fn three_of_benjamini_and_hochbergs_fifteen_are_claimed() {
        let adjusted = holm(&[
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.0,
        ]);
        assert!(is(&adjusted[..4], &[0.0015, 0.0056, 0.0247, 0.114]));
        assert_eq!(adjusted.iter().filter(|&&p| p < 0.05).count(), 3);
    }

    #[test]
    fn nonsense_is_no_evidence() {
        assert_eq!(holm(&[f64::NAN, -1.0, 2.0]), [1.0; 3]);
        assert!(holm(&[]).is_empty());
        assert!(is(&holm(&[0.03]), &[0.03]));
    }

    proptest! {
        #[test]
        fn never_below_the_plain_value_nor_above_bonferroni(p_values in prop::collection::vec(0.0..=1.0_f64, 1..30)) {
            let bonferroni = |p: f64| (p * p_values.len() as f64).min(1.0);
            for (&plain, adjusted) in p_values.iter().zip(holm(&p_values)) {
                prop_assert!(plain <= adjusted && adjusted <= bonferroni(plain));
            }
        }

        #[test]
        fn the_order_of_the_tests_does_not_matter(mut p_values in prop::collection::vec(0.0..=1.0_f64, 1..30)) {
            let mut adjusted = holm(&p_values);
            p_values.reverse();
            adjusted.reverse();
            prop_assert_eq!(holm(&p_values), adjusted);
        }
    }
}
