//! The times that stand beside a ratio.

use super::quantile::sorted;
use super::{Nanos, Ratio, quantile};

/// What something takes, as one launch had it: of the launches' medians the middle one, and of two middle ones the lower.
///
/// The mean of two would lie where no launch was if some of them are of one kind and some of another. `None` without samples.
#[must_use]
pub fn level<L: AsRef<[Nanos]>>(launches: &[L]) -> Option<Nanos> {
    let medians = launches.iter().filter_map(|launch| Some(quantile(launch.as_ref(), 0.5)?.get()));
    let medians = sorted(medians);
    Nanos::new(*medians.get(medians.len().checked_sub(1)? / 2)?)
}

impl Ratio {
    /// What the candidate takes where the baseline takes `baseline`: their ratio is this one, so that whoever divides the two
    /// figures that are shown gets the one that is shown beside them.
    ///
    /// The middle of the candidate's own launches is another figure: a ratio is of pairs, and leaves the launches' common
    /// level out.
    #[must_use]
    pub fn beside(&self, baseline: Nanos) -> Option<Nanos> {
        Nanos::new(baseline.get() * self.point())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Pair;

    fn time(ns: f64) -> Nanos {
        Nanos::new(ns).unwrap()
    }

    /// Expect launches of 3.04 and 5.7 not to be told as 4.37, where no launch was.
    #[test]
    fn a_level_is_where_a_launch_was() {
        let launches = [3.04, 5.7, 3.04, 5.7].map(|ns| vec![time(ns); 3]);
        assert_eq!(level(&launches), Some(time(3.04)));
        assert_eq!(level::<Vec<Nanos>>(&[]), None);
        assert_eq!(level(&[Vec::new(), vec![time(2.0)]]), Some(time(2.0)));
    }

    #[test]
    fn the_figures_beside_a_ratio_give_it() {
        let launch = |bias: f64| vec![Pair { baseline: time(100.0), candidate: time(150.0 * bias) }; 10];
        let ratio = Ratio::of(&[0.99, 1.0, 1.01, 1.02, 0.98, 1.005].map(launch)).unwrap();
        let candidate = ratio.beside(time(65.7)).unwrap();
        assert!((candidate.get() / 65.7 - ratio.point()).abs() < 1e-12);
    }
}
