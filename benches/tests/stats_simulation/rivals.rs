//! The estimators that were tried: what each claims of one measurement.

use super::noise::Source;
use benches::stats::{Confidence, Nanos, Pair, Ratio};
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, StudentsT};

/// What an estimator says of the logarithm of the ratio.
pub(crate) struct Claim {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Two-sided probability of what was seen, were there no difference.
    pub(crate) p: f64,
}

type Launches = [Vec<(f64, f64)>];

/// A name and what it says; `None` where it can say nothing.
pub(crate) type Rival = (&'static str, fn(&Launches) -> Option<Claim>);

pub(crate) const CHOSEN: Rival = ("pair median, trimmed t (chosen)", chosen);

pub(crate) const RIVALS: [Rival; 12] = [
    CHOSEN,
    ("the same as in Tukey and McLaughlin", |l| trimmed(&within(l, median))),
    ("pair median, t", |l| t(&within(l, median))),
    ("pair median, Wilcoxon", |l| Some(wilcoxon(&within(l, median)))),
    ("pair median, sign test", |l| Some(sign(&within(l, median)))),
    ("pair median, bootstrap of launches", |l| Some(bootstrap(&within(l, median)))),
    ("pair Hodges-Lehmann, trimmed t", |l| trimmed(&within(l, hodges_lehmann))),
    ("pair mean, t", |l| t(&within(l, mean))),
    ("ratio of each launch's medians, t", |l| t(&unpaired(l))),
    ("launches not paired, Welch's t", welch),
    ("all pairs as one sample, sign test", |l| Some(sign(&pooled(l)))),
    ("all pairs as one sample, t", |l| t(&pooled(l))),
];

fn chosen(launches: &Launches) -> Option<Claim> {
    let pair =
        |times: &(f64, f64)| Some(Pair { baseline: Nanos::new(times.0)?, candidate: Nanos::new(times.1)? });
    let launches: Vec<Vec<Pair>> =
        launches.iter().map(|launch| launch.iter().filter_map(pair).collect()).collect();
    let ratio = Ratio::of(&launches).ok()?;
    let interval = ratio.interval(Confidence::P95);
    Some(Claim { low: interval.low.ln(), high: interval.high.ln(), p: ratio.p_value() })
}

fn logs(launch: &[(f64, f64)]) -> Vec<f64> {
    launch.iter().map(|(baseline, candidate)| (candidate / baseline).ln()).collect()
}

fn pooled(launches: &Launches) -> Vec<f64> {
    launches.iter().flat_map(|launch| logs(launch)).collect()
}

fn within(launches: &Launches, location: fn(&[f64]) -> f64) -> Vec<f64> {
    launches.iter().map(|launch| location(&logs(launch))).collect()
}

fn sides(launches: &Launches) -> (Vec<f64>, Vec<f64>) {
    let side = |pick: fn(&(f64, f64)) -> f64| {
        launches.iter().map(|l| median(&l.iter().map(pick).collect::<Vec<_>>()).ln()).collect()
    };
    (side(|pair| pair.0), side(|pair| pair.1))
}

fn unpaired(launches: &Launches) -> Vec<f64> {
    let (baseline, candidate) = sides(launches);
    baseline.iter().zip(&candidate).map(|(b, c)| c - b).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let half = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if odd { *middle } else { f64::midpoint(below.iter().copied().fold(f64::MIN, f64::max), *middle) }
}

fn walsh(values: &[f64]) -> Vec<f64> {
    let of = |i: usize| (i..values.len()).map(move |j| f64::midpoint(values[i], values[j]));
    (0..values.len()).flat_map(of).collect()
}

fn hodges_lehmann(values: &[f64]) -> f64 {
    median(&walsh(values))
}

fn student(location: f64, error: f64, freedom: f64) -> Option<Claim> {
    let law = StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| error > 0.0)?;
    let half = law.inverse_cdf(0.975) * error;
    Some(Claim { low: location - half, high: location + half, p: 2.0 * law.sf((location / error).abs()) })
}

fn t(values: &[f64]) -> Option<Claim> {
    let n = values.len() as f64;
    student(mean(values), (variance(values) / n).sqrt(), n - 1.0)
}

fn welch(launches: &Launches) -> Option<Claim> {
    let (baseline, candidate) = sides(launches);
    let n = baseline.len() as f64;
    let (b, c) = (variance(&baseline) / n, variance(&candidate) / n);
    let freedom = (b + c).powi(2) * (n - 1.0) / (b * b + c * c);
    student(mean(&candidate) - mean(&baseline), (b + c).sqrt(), freedom)
}

fn trimmed(values: &[f64]) -> Option<Claim> {
    let mut values = sorted(values);
    let n = values.len();
    let cut = n / 5;
    let location = mean(&values[cut..n - cut]);
    let (low, high) = (values[cut], values[n - 1 - cut]);
    for value in &mut values {
        *value = value.clamp(low, high);
    }
    let kept = (n - 2 * cut) as f64;
    let error = (variance(&values) * (n - 1) as f64 / (kept * (kept - 1.0))).sqrt();
    student(location, error, kept - 1.0)
}

/// How many of `sums`, from 0 on, an interval at 95 % leaves outside.
fn outside(sums: usize, two_sided: impl Fn(usize) -> f64) -> usize {
    (0..sums).take_while(|&sum| two_sided(sum) <= 0.05).count().saturating_sub(1)
}

fn sign(values: &[f64]) -> Claim {
    let values = sorted(values);
    let n = values.len();
    let two_sided = |heads: usize, tosses: usize| {
        Binomial::new(0.5, tosses as u64).map_or(1.0, |law| (2.0 * law.cdf(heads as u64)).min(1.0))
    };
    let rank = outside(n / 2, |heads| two_sided(heads, n));
    let plus = values.iter().filter(|v| **v > 0.0).count();
    let minus = values.iter().filter(|v| **v < 0.0).count();
    Claim { low: values[rank], high: values[n - 1 - rank], p: two_sided(plus.min(minus), plus + minus) }
}

fn wilcoxon(values: &[f64]) -> Claim {
    let all = signed_ranks(values.len());
    let averages = sorted(&walsh(values));
    let rank = outside(all.len() / 2, |sum| all[sum]);
    // Zeros are dropped for the test, as Wilcoxon did.
    let moved: Vec<f64> = values.iter().copied().filter(|v| *v != 0.0).collect();
    let averages_moved = walsh(&moved);
    let plus = averages_moved.iter().filter(|a| **a > 0.0).count();
    let minus = averages_moved.iter().filter(|a| **a < 0.0).count();
    let p = signed_ranks(moved.len())[plus.min(minus)];
    Claim { low: averages[rank], high: averages[averages.len() - 1 - rank], p }
}

/// Two-sided probability of each sum of signed ranks of `n` values, or a smaller one.
fn signed_ranks(n: usize) -> Vec<f64> {
    let mut ways = vec![0.0; n * (n + 1) / 2 + 1];
    ways[0] = 1.0;
    for rank in 1..=n {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let total = (1_u64 << n) as f64;
    let add = |sum: &mut f64, ways: &f64| {
        *sum += ways;
        Some((2.0 * *sum / total).min(1.0))
    };
    ways.iter().scan(0.0, add).collect()
}

/// Percentile bootstrap over launches (B. Efron and R. J. Tibshirani 1993, chapter 13).
fn bootstrap(values: &[f64]) -> Claim {
    let mut source = Source::new(7);
    let mut resample = || (0..values.len()).map(|_| values[source.below(values.len())]).sum::<f64>();
    let means: Vec<f64> = (0..399).map(|_| resample() / values.len() as f64).collect();
    let means = sorted(&means);
    let below = means.iter().filter(|m| **m < 0.0).count();
    let p = (2.0 * (below.min(399 - below) + 1) as f64 / 400.0).min(1.0);
    Claim { low: means[9], high: means[389], p }
}
