//! How far launches spread, from all comparisons of a plan together.

use super::gamma::{digamma, trigamma, trigamma_inverse};
use super::trimmed::{LEAST_ERROR, TrimmedMean};
use super::{LaunchRatio, Nanos, Pair, Ratio, TooFew, apart, law};

/// What the launches of one comparison say, before it is known how far launches of its plan spread.
///
/// Six launches know little of their own spread: with two degrees of freedom a ratio of 25 would not be told from none
/// among a hundred comparisons. All comparisons of one quantity in a plan are launched alike on one machine, and together they
/// know it well. [`Noise::pooled`] learns it from all of them, and [`Sampled::ratio`] uses it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sampled {
    logs: TrimmedMean,
    launches: usize,
    left_out: usize,
    /// The error that no number of launches removes, on the scale of logarithms: the clock's steps.
    resolution: f64,
}

impl Sampled {
    /// From launches of pairs that were measured side by side.
    ///
    /// # Errors
    /// [`TooFew::Launches`] if fewer than [`Ratio::LEAST_LAUNCHES`] are usable.
    pub fn of<L: AsRef<[Pair]>>(launches: &[L]) -> Result<Self, TooFew> {
        let usable: Vec<f64> = launches
            .iter()
            .filter_map(|pairs| LaunchRatio::of(pairs.as_ref()).ok())
            .map(LaunchRatio::log)
            .collect();
        Self::of_logs(&usable, launches.len() - usable.len(), 0.0)
    }

    /// From one figure a launch, such as a percentile: a pair for each launch. Both were read from a clock that shows
    /// multiples of `step_ns`, so each is known to a step only, however many launches agree.
    ///
    /// # Errors
    /// [`TooFew::Launches`] if there are fewer than [`Ratio::LEAST_LAUNCHES`].
    pub fn of_figures(launches: &[Pair], step_ns: f64) -> Result<Self, TooFew> {
        let logs: Vec<f64> = launches.iter().map(|pair| pair.log_ratio()).collect();
        // A value that is known to a step is uniform on it; its standard deviation is that over the root of twelve.
        let square = |time: fn(&Pair) -> Nanos| {
            let mean =
                launches.iter().map(|pair| time(pair).get()).sum::<f64>() / launches.len().max(1) as f64;
            (step_ns / mean).powi(2) / 12.0
        };
        let resolution = (square(|pair| pair.baseline) + square(|pair| pair.candidate)).sqrt();
        Self::of_logs(&logs, 0, if resolution.is_finite() { resolution } else { 0.0 })
    }

    /// From launches of each that share nothing: two files of results.
    ///
    /// # Errors
    /// Those of [`Ratio::apart`]. Launches of files that were measured at different times are not pooled.
    pub fn apart<L: AsRef<[Nanos]>>(baseline: &[L], candidate: &[L]) -> Result<Self, TooFew> {
        let ratio = apart::of(baseline, candidate)?;
        Ok(Self { logs: ratio.logs, launches: ratio.launches, left_out: ratio.left_out, resolution: 0.0 })
    }

    fn of_logs(usable: &[f64], left_out: usize, resolution: f64) -> Result<Self, TooFew> {
        Ok(Self { logs: TrimmedMean::spread(usable)?, launches: usable.len(), left_out, resolution })
    }

    /// The variance of one launch.
    fn variance(&self) -> f64 {
        self.logs.error.powi(2) * self.logs.kept as f64
    }

    /// The ratio, where launches spread as `noise` says unless those of this very comparison contradict it.
    ///
    /// # Errors
    /// [`TooFew::Distinct`] if nothing tells how far they spread.
    pub fn ratio(&self, noise: &Noise) -> Result<Ratio, TooFew> {
        let own = (self.variance(), self.logs.freedom);
        let (variance, freedom) = if noise.explains(self) { noise.moderate(own) } else { own };
        let error = (variance / self.logs.kept as f64 + self.resolution.powi(2)).sqrt();
        if error <= LEAST_ERROR || !error.is_finite() {
            return Err(TooFew::Distinct);
        }
        let logs = TrimmedMean { error, freedom, ..self.logs };
        Ok(Ratio { logs, launches: self.launches, left_out: self.left_out })
    }
}

/// How far launches of a plan spread: a variance, and how many launches' worth of knowledge it is.
///
/// The variances of comparisons are taken for draws from a scaled inverse chi-squared distribution, whose scale and
/// degrees of freedom are estimated from all of them: where they differ no more than so few launches let them, pooling is
/// complete; where they differ by themselves, there is next to none.
///
/// Source: G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
/// experiments", Statistical Applications in Genetics and Molecular Biology 3 (2004), sections 4 and 6.2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Noise {
    variance: f64,
    freedom: f64,
}

impl Noise {
    /// Nothing is known beside what each comparison's own launches say.
    pub const UNKNOWN: Self = Self { variance: 0.0, freedom: 0.0 };

    /// The degrees of freedom that are lent at most: the comparisons of a plan share their baseline, and are fewer than
    /// they seem.
    const MOST_FREEDOM: f64 = 30.0;

    /// A comparison whose variance would be seen once in a hundred in the pool is not of it, and keeps its own.
    const NOT_OF_IT: f64 = 0.01;

    /// The noise of these comparisons, which are all those of one quantity in a plan.
    #[must_use]
    pub fn pooled<'s>(comparisons: impl IntoIterator<Item = &'s Sampled>) -> Self {
        // What a coarse clock shows without any spread says nothing about it.
        let of = |one: &Sampled| (one.variance(), one.logs.kept as f64 - 1.0);
        let known: Vec<(f64, f64)> = comparisons
            .into_iter()
            .map(of)
            .filter(|&(variance, freedom)| variance > 1e-18 && freedom >= 1.0)
            .collect();
        if known.len() < 2 {
            return Self::UNKNOWN;
        }
        let count = known.len() as f64;
        let logs: Vec<f64> = known
            .iter()
            .map(|&(variance, freedom)| variance.ln() - digamma(freedom / 2.0) + (freedom / 2.0).ln())
            .collect();
        let mean = logs.iter().sum::<f64>() / count;
        let spread = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let chance = known.iter().map(|&(_, freedom)| trigamma(freedom / 2.0)).sum::<f64>() / count;
        let freedom = match spread - chance {
            beyond if beyond > 0.0 => (2.0 * trigamma_inverse(beyond)).min(Self::MOST_FREEDOM),
            _ => Self::MOST_FREEDOM,
        };
        let variance = (mean + digamma(freedom / 2.0) - (freedom / 2.0).ln()).exp();
        Self { variance, freedom }
    }

    fn explains(&self, one: &Sampled) -> bool {
        if self.freedom <= 0.0 {
            return false;
        }
        let most = law::fisher_quantile(Self::NOT_OF_IT, one.logs.kept as f64 - 1.0, self.freedom);
        one.variance() <= most * self.variance
    }

    fn moderate(&self, (variance, freedom): (f64, f64)) -> (f64, f64) {
        let all = self.freedom + freedom;
        ((self.freedom * self.variance + freedom * variance) / all, all)
    }

    /// The standard deviation of a launch's logarithm, and the degrees of freedom that a comparison is lent.
    #[must_use]
    pub fn known(&self) -> (f64, f64) {
        (self.variance.sqrt(), self.freedom)
    }
}

/// The geometric mean of the ratios of several boots: the mean of the very ratios that are shown for them. Each counts once.
///
/// The boots are fixed, not drawn: the interval says how sure the mean over these boots is, and nothing about others. They
/// are measured one after the other by processes of their own, so that their errors add by squares, with degrees of freedom
/// as Satterthwaite has them.
///
/// Source: P. J. Fleming and J. J. Wallace, "How not to lie with statistics", CACM 29 (1986); F. E. Satterthwaite, "An
/// approximate distribution of estimates of variance components", Biometrics Bulletin 2 (1946).
///
/// # Errors
/// [`TooFew::Traces`] without any.
pub fn mean_of_ratios(rows: &[Ratio]) -> Result<Ratio, TooFew> {
    let count = rows.len() as f64;
    let squares = || rows.iter().map(|row| row.logs.error.powi(2));
    let sum: f64 = squares().sum();
    let weights: f64 =
        rows.iter().zip(squares()).map(|(row, square)| square.powi(2) / row.logs.freedom).sum();
    let first = rows.first().ok_or(TooFew::Traces)?;
    Ok(Ratio {
        logs: TrimmedMean {
            location: rows.iter().map(|row| row.logs.location).sum::<f64>() / count,
            error: sum.sqrt() / count,
            freedom: sum.powi(2) / weights,
            ..first.logs
        },
        launches: rows.iter().map(|row| row.launches).min().unwrap_or_default(),
        left_out: rows.iter().map(|row| row.left_out).sum(),
    })
}

/// The same where the boots share what their launches draw: launch `n` of every boot runs the same layout of the code, so
/// that errors do not add by squares.
///
/// `boots` holds of each boot the logarithm of each launch's ratio, the launch at an index being the same round in all of
/// them; `None` for one that is not usable. Of each round that all boots have the mean over boots is taken, and the error is
/// that of the mean over rounds, if it is larger than what boots say that share nothing.
///
/// # Errors
/// [`TooFew::Traces`] without any; [`TooFew::Launches`] with fewer than [`Ratio::LEAST_LAUNCHES`] whole rounds.
pub fn mean_of_rounds(rows: &[Ratio], boots: &[Vec<Option<f64>>]) -> Result<Ratio, TooFew> {
    let apart = mean_of_ratios(rows)?;
    let rounds = boots.iter().map(Vec::len).min().unwrap_or_default();
    let of_round = |round: usize| {
        let logs: Option<Vec<f64>> = boots.iter().map(|boot| boot[round]).collect();
        logs.map(|logs| logs.iter().sum::<f64>() / boots.len() as f64)
    };
    let means: Vec<f64> = (0..rounds).filter_map(of_round).collect();
    let shared = TrimmedMean::spread(&means)?;
    let logs = if shared.error > apart.logs.error {
        TrimmedMean { location: apart.logs.location, ..shared }
    } else {
        apart.logs
    };
    Ok(Ratio { logs, launches: means.len(), left_out: apart.left_out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Confidence;

    /// Expect what all boots draw alike not to average out over them, and what each draws for itself to do so.
    ///
    /// ```text
    /// boot   launches 1 to 8: the log of the ratio
    /// 0      -4 -3 -2 -1  1  2  3  4
    /// 1      the same, or turned by some places
    /// ```
    #[test]
    fn what_boots_share_stays_in_the_interval_of_their_mean() {
        let steps = [-4.0, 3.0, -2.0, 1.0, -1.0, 2.0, -3.0, 4.0].map(|step| step * 0.01);
        let mean = |turn: usize| {
            let boots: Vec<Vec<Option<f64>>> = (0..8)
                .map(|boot| (0..8).map(|launch| Some(steps[(launch + boot * turn) % 8])).collect())
                .collect();
            let row = |logs: &Vec<Option<f64>>| {
                let logs: Vec<f64> = logs.iter().flatten().copied().collect();
                Ratio::of_logs(&logs, 0).unwrap()
            };
            let rows: Vec<Ratio> = boots.iter().map(row).collect();
            (mean_of_rounds(&rows, &boots).unwrap(), mean_of_ratios(&rows).unwrap(), rows[0])
        };
        let (shared, apart, row) = mean(0);
        assert!((shared.logs.error - row.logs.error).abs() < 1e-12, "eight boots know no more than one");
        assert!(shared.logs.error > 2.5 * apart.logs.error);
        let (own, apart, _) = mean(1);
        assert!((own.logs.error - apart.logs.error).abs() < 1e-12);
        assert_eq!(
            mean_of_rounds(&[row], &[vec![None; 8]]).unwrap_err(),
            TooFew::Launches { have: 0, need: 5 }
        );
    }

    /// Six launches around log `location`, spread by `step`, whose order makes each comparison look different.
    fn sampled(location: f64, step: f64, turn: usize) -> Sampled {
        let steps = [-0.9, -0.4, -0.1, 0.2, 0.5, 0.7 + turn as f64 * 0.05];
        Sampled::of_logs(&steps.map(|at| location + at * step), 0, 0.0).unwrap()
    }

    /// Expect six launches alone not to tell a ratio of 1.5 from none among a hundred comparisons, and with thirty others that
    /// spread alike to do so.
    #[test]
    fn launches_of_others_lend_what_six_do_not_know() {
        let one = sampled(1.5_f64.ln(), 0.08, 0);
        let others: Vec<Sampled> = (0..30).map(|turn| sampled(0.0, 0.08, turn % 7)).collect();
        let noise = Noise::pooled(&others);
        assert!(one.ratio(&Noise::UNKNOWN).unwrap().p_value() > 0.0005);
        let known = one.ratio(&noise).unwrap();
        assert!(known.p_value() < 1e-7 && (known.point() - 1.5).abs() < 0.05, "{known:?}");
        assert!(noise.known().1 > 20.0, "{noise:?}");
    }

    /// Expect a comparison that spreads tenfold to keep its own noise, and not to be called sure by quiet ones.
    #[test]
    fn one_that_is_not_of_the_pool_keeps_its_own() {
        let others: Vec<Sampled> = (0..30).map(|turn| sampled(0.0, 0.01, turn % 7)).collect();
        let wild = sampled(0.1, 0.2, 0);
        assert_eq!(wild.ratio(&Noise::pooled(&others)), wild.ratio(&Noise::UNKNOWN));
    }

    /// Expect comparisons that spread by themselves in every way to lend next to nothing.
    #[test]
    fn what_differs_by_itself_is_not_pooled() {
        let others: Vec<Sampled> = (0..30).map(|turn| sampled(0.0, 0.001 * 1.5_f64.powi(turn), 0)).collect();
        assert!(Noise::pooled(&others).known().1 < 3.0);
        assert_eq!(Noise::pooled(&others[..1]), Noise::UNKNOWN);
    }

    /// Expect percentiles that a coarse clock shows alike in every launch to be known to its step: 30 and 40 ns by steps of
    /// 10 do not differ for sure, 30 and 90 do.
    #[test]
    fn what_a_coarse_clock_shows_is_known_to_its_step() {
        let pair = |candidate| Pair {
            baseline: Nanos::new(30.0).unwrap(),
            candidate: Nanos::new(candidate).unwrap(),
        };
        let p = |candidate| {
            let sampled = Sampled::of_figures(&[pair(candidate); 8], 10.0).unwrap();
            let noise = Noise { variance: 1e-4, freedom: 30.0 };
            sampled.ratio(&noise).unwrap().p_value()
        };
        assert!(p(40.0) > 0.01 && p(90.0) < 1e-6, "{} {}", p(40.0), p(90.0));
        let exact = Sampled::of_figures(&[pair(40.0); 8], 0.0).unwrap();
        assert_eq!(exact.ratio(&Noise::UNKNOWN), Err(TooFew::Distinct));
    }

    #[test]
    fn a_mean_is_that_of_the_rows() {
        let noise = Noise { variance: 1e-4, freedom: 30.0 };
        let rows: Vec<Ratio> =
            [2.0_f64, 0.5, 3.0].map(|ratio| sampled(ratio.ln(), 0.01, 0).ratio(&noise).unwrap()).into();
        let mean = mean_of_ratios(&rows).unwrap();
        let product: f64 = rows.iter().map(Ratio::point).product();
        assert!((mean.point() - product.cbrt()).abs() < 1e-12);
        let (one, all) = (rows[0].interval(Confidence::P95), mean.interval(Confidence::P95));
        assert!(all.high / all.low < one.high / one.low);
        assert_eq!(mean_of_ratios(&[]), Err(TooFew::Traces));
    }
}
