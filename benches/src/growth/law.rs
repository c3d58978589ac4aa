//! What a curve says of its growth.
//!
//! All fits are straight lines through logarithms, by least squares. A time has noise, so its exponent has an interval at 95 %,
//! the wider of two: from how far the sizes lie off the line (Student's t with two degrees less than there are sizes), which
//! holds what the line does not explain; and from how far launches differ. An exponent of instructions has no noise: beside it
//! stand the least and the greatest slope between neighbouring sizes.

use super::{Curve, Kind, Point};
use crate::stats::{Interval, student_quantile};

/// Growth is named over so many decades, those of the largest sizes.
const DECADES: f64 = 3.0;

/// A line flatter than this is not extended to where it would reach something.
const FLAT: f64 = 0.2;

/// A cost that grows with the size to this power.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Exponent {
    /// The power.
    pub value: f64,
    /// Between what it lies; `None` where there are too few sizes and launches to say.
    pub interval: Option<Interval<f64>>,
    /// The smallest size that it rests on.
    pub from: u64,
    /// The largest.
    pub to: u64,
}

/// A size, and between what it lies.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimate {
    /// The size.
    pub size: f64,
    /// Between what it lies; `None` where there are too few launches to say.
    pub interval: Option<Interval<f64>>,
    /// Whether it lies beyond the largest size that was measured.
    pub extended: bool,
}

/// Where two strategies cost the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Crossing {
    /// Where.
    pub at: Estimate,
    /// Who is faster below it.
    pub below: String,
    /// Who is faster above it.
    pub above: String,
}

/// The points of the last decades: sizes and values, as logarithms.
fn last(points: impl Iterator<Item = (u64, f64)>, decades: f64) -> Vec<(f64, f64)> {
    let all: Vec<(f64, f64)> = points
        .filter(|(_, value)| *value > 0.0)
        .map(|(size, value)| ((size as f64).ln(), value.ln()))
        .collect();
    let Some(&(end, _)) = all.last() else { return all };
    let least = end - decades * std::f64::consts::LN_10 - 1e-9;
    all.into_iter().filter(|(size, _)| *size >= least).collect()
}

/// The slope of the line through `points`, and its standard error if there are more than two.
fn slope(points: &[(f64, f64)]) -> Option<(f64, Option<f64>)> {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if points.len() < 2 || spread <= 0.0 {
        return None;
    }
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
    let rest: f64 = points.iter().map(|point| (point.1 - y - slope * (point.0 - x)).powi(2)).sum();
    let error = (points.len() > 2).then(|| (rest / (count - 2.0) / spread).sqrt());
    Some((slope, error))
}

/// The interval of a mean, from single values.
fn of_launches(values: &[f64]) -> Option<Interval<f64>> {
    let count = values.len() as f64;
    if values.len() < 3 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = student_quantile(0.025, count - 1.0) * (variance / count).sqrt();
    Some(Interval { low: mean - half, high: mean + half })
}

fn launches(points: &[Point]) -> usize {
    points.iter().map(|point| point.launches.len()).min().unwrap_or_default()
}

fn of_launch(points: &[Point], kind: Kind, launch: usize) -> impl Iterator<Item = (u64, f64)> {
    points.iter().filter_map(move |point| Some((point.size, *point.launches.get(launch)?.ns.get(&kind)?)))
}

fn ends(curve: &Curve, used: usize, has: impl Fn(&Point) -> bool) -> (u64, u64) {
    let sizes: Vec<u64> = curve.points.iter().filter(|point| has(point)).map(|point| point.size).collect();
    let from = sizes.len().checked_sub(used).and_then(|at| sizes.get(at)).copied().unwrap_or_default();
    (from, sizes.last().copied().unwrap_or_default())
}

/// The exponent of the time of this kind over the last three decades; `None` with less than three sizes.
#[must_use]
pub fn exponent(curve: &Curve, kind: Kind) -> Option<Exponent> {
    let points = last(curve.points.iter().filter_map(|point| Some((point.size, point.ns(kind)?))), DECADES);
    if points.len() < 3 {
        return None;
    }
    let (value, error) = slope(&points)?;
    let by_sizes = error.map(|error| {
        let half = student_quantile(0.025, points.len() as f64 - 2.0) * error;
        Interval { low: value - half, high: value + half }
    });
    let slopes: Vec<f64> = (0..launches(&curve.points))
        .filter_map(|launch| slope(&last(of_launch(&curve.points, kind, launch), DECADES)))
        .map(|(slope, _)| slope)
        .collect();
    let interval = [by_sizes, of_launches(&slopes)]
        .into_iter()
        .flatten()
        .reduce(|one, other| Interval { low: one.low.min(other.low), high: one.high.max(other.high) });
    let (from, to) = ends(curve, points.len(), |point| point.ns(kind).is_some());
    Some(Exponent { value, interval, from, to })
}

/// The exponent of the instructions of this kind over the last three decades, and the least and greatest slope between
/// neighbouring sizes; `None` with less than two sizes.
#[must_use]
pub fn exact_exponent(curve: &Curve, kind: Kind) -> Option<Exponent> {
    let counted = |point: &Point| point.instructions.get(&kind).copied();
    let points = last(curve.points.iter().filter_map(|point| Some((point.size, counted(point)?))), DECADES);
    let (value, _) = slope(&points)?;
    let steps = points.windows(2).filter_map(slope).map(|(slope, _)| slope);
    let interval = steps.fold(None, |all: Option<Interval<f64>>, step| {
        let all = all.unwrap_or(Interval { low: step, high: step });
        Some(Interval { low: all.low.min(step), high: all.high.max(step) })
    });
    let (from, to) = ends(curve, points.len(), |point| counted(point).is_some());
    Some(Exponent { value, interval, from, to })
}

/// The size at which the time of this kind reaches `ns`: between sizes that were measured, or beyond them where the line of
/// the last decade leads; `None` where it does not lead there.
#[must_use]
pub fn size_at(curve: &Curve, kind: Kind, ns: f64) -> Option<Estimate> {
    let medians: Vec<_> =
        curve.points.iter().filter_map(|point| Some((point.size, point.ns(kind)?))).collect();
    let (size, extended) = reach(&medians, ns)?;
    let each: Vec<f64> = (0..launches(&curve.points))
        .filter_map(|launch| reach(&of_launch(&curve.points, kind, launch).collect::<Vec<_>>(), ns))
        .map(|(size, _)| size)
        .collect();
    let interval = of_launches(&each).map(|range| Interval { low: range.low.exp(), high: range.high.exp() });
    Some(Estimate { size: size.exp(), interval, extended })
}

/// The logarithm of the size at which `points` reach `ns`, and whether it lies beyond them.
fn reach(points: &[(u64, f64)], ns: f64) -> Option<(f64, bool)> {
    let target = ns.ln();
    let logs: Vec<(f64, f64)> =
        points.iter().filter(|(_, ns)| *ns > 0.0).map(|(size, ns)| ((*size as f64).ln(), ns.ln())).collect();
    let (first, end) = (logs.first()?, logs.last()?);
    if first.1 >= target {
        return Some((first.0, false));
    }
    let across = |pair: &[(f64, f64)]| {
        let share = (target - pair[0].1) / (pair[1].1 - pair[0].1);
        (pair[0].1 < target && target <= pair[1].1).then(|| pair[0].0 + share * (pair[1].0 - pair[0].0))
    };
    if let Some(size) = logs.windows(2).find_map(across) {
        return Some((size, false));
    }
    // What bends is followed where it leads at its end, not along a chord.
    let (slope, _) = slope(&last(points.iter().copied(), 1.0))?;
    (slope > FLAT).then(|| (end.0 + (target - end.1) / slope, true))
}

/// Where the times of this kind of two strategies cross, by ascending size. A crossing counts only if on both sides of it one
/// is faster than the other by a tenth somewhere before the next.
#[must_use]
pub fn crossings(one: &Curve, other: &Curve, kind: Kind) -> Vec<Crossing> {
    const TENTH: f64 = 0.095;
    let median = |curve: &Curve, size| curve.points.iter().find(|point| point.size == size)?.ns(kind);
    let ratios: Vec<(u64, f64)> = one
        .points
        .iter()
        .filter_map(|point| Some((point.size, (point.ns(kind)? / median(other, point.size)?).ln())))
        .collect();
    let mut found = Vec::new();
    let mut from = 0;
    for at in 1..ratios.len() {
        let (left, right) = (ratios[at - 1].1, ratios[at].1);
        if (left > 0.0) == (right > 0.0) {
            continue;
        }
        let until =
            (at..ratios.len()).find(|&next| (ratios[next].1 > 0.0) != (right > 0.0)).unwrap_or(ratios.len());
        let clear = |range: &[(u64, f64)]| range.iter().any(|(_, ratio)| ratio.abs() >= TENTH);
        if clear(&ratios[from..at]) && clear(&ratios[at..until]) {
            let sizes = (ratios[at - 1].0, ratios[at].0);
            let (below, above) = if left < 0.0 { (one, other) } else { (other, one) };
            found.push(Crossing {
                at: meet(one, other, kind, sizes, (left, right)),
                below: below.strategy.clone(),
                above: above.strategy.clone(),
            });
        }
        from = at;
    }
    found
}

/// Where a line between the ratios at two sizes passes 1.
fn meet(one: &Curve, other: &Curve, kind: Kind, sizes: (u64, u64), (left, right): (f64, f64)) -> Estimate {
    let (low, high) = ((sizes.0 as f64).ln(), (sizes.1 as f64).ln());
    // A launch in which they do not cross here crosses beyond, but not far: no interval is wider than a step on either side.
    let zero = |left: f64, right: f64| {
        let share = if (right - left).abs() > 1e-12 { -left / (right - left) } else { 0.5 };
        low + share.clamp(-1.0, 2.0) * (high - low)
    };
    let ratio = |size: u64, launch: usize| {
        let of = |curve: &Curve| {
            let point = curve.points.iter().find(|point| point.size == size)?;
            point.launches.get(launch)?.ns.get(&kind).copied()
        };
        Some((of(one)? / of(other)?).ln())
    };
    let count = launches(&one.points).min(launches(&other.points));
    let each: Vec<f64> = (0..count)
        .filter_map(|launch| Some(zero(ratio(sizes.0, launch)?, ratio(sizes.1, launch)?)))
        .collect();
    let interval = of_launches(&each).map(|range| Interval { low: range.low.exp(), high: range.high.exp() });
    Estimate { size: zero(left, right).exp(), interval, extended: false }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::growth::{Launch, Shape};

    /// A curve of which launch `l` takes `ns(size) * noise[l]` and `ns(size) * 10` instructions.
    pub(in crate::growth) fn curve(
        name: &str,
        sizes: &[u64],
        noise: &[f64],
        ns: impl Fn(f64) -> f64,
    ) -> Curve {
        let point = |&size: &u64| {
            let cost = ns(size as f64);
            let launch = |noise: &f64| Launch {
                ns: BTreeMap::from([(Kind::Alloc, cost * noise)]),
                ..Launch::default()
            };
            Point {
                size,
                recipe: String::new(),
                launches: noise.iter().map(launch).collect(),
                instructions: BTreeMap::from([(Kind::Alloc, cost * 10.0)]),
            }
        };
        Curve {
            shape: Shape::Regions,
            strategy: name.into(),
            points: sizes.iter().map(point).collect(),
            ended: None,
        }
    }

    const SIZES: [u64; 9] = [30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000];
    const QUIET: [f64; 4] = [1.0, 1.0, 1.0, 1.0];

    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-6 * wanted.abs().max(1.0), "{found} is not {wanted}");
    }

    /// Expect the power of a power law, from time and from instructions, whatever its constant, over three decades only.
    #[test]
    fn a_power_law_has_its_exponent() {
        for power in [0.0, 0.5, 1.0, 2.0] {
            let curve =
                curve("one", &SIZES, &QUIET, |size| if size < 200.0 { 7.0 } else { 3.0 * size.powf(power) });
            let found = exponent(&curve, Kind::Alloc).unwrap();
            close(found.value, power);
            assert_eq!((found.from, found.to), (300, 300_000));
            let exact = exact_exponent(&curve, Kind::Alloc).unwrap();
            close(exact.value, power);
            let steps = exact.interval.unwrap();
            close(steps.low, power);
            close(steps.high, power);
        }
        assert_eq!(exponent(&curve("one", &SIZES[..2], &QUIET, |size| size), Kind::Alloc), None);
        assert_eq!(exponent(&curve("one", &SIZES, &QUIET, |size| size), Kind::Free), None);
    }

    /// Expect what bends to have a wide interval, and noise of launches alone a narrow one around the power.
    #[test]
    fn an_interval_holds_what_the_line_does_not_explain() {
        let bent = curve("one", &SIZES, &QUIET, |size| 1_000.0 + size);
        let wide = exponent(&bent, Kind::Alloc).unwrap().interval.unwrap();
        assert!(wide.high - wide.low > 0.1, "{wide:?}");
        let steps = exact_exponent(&bent, Kind::Alloc).unwrap().interval.unwrap();
        assert!(steps.low < 0.6 && steps.high > 0.95, "{steps:?}");
        let noisy = curve("one", &SIZES, &[0.9, 1.0, 1.1, 1.05], |size| size);
        let narrow = exponent(&noisy, Kind::Alloc).unwrap().interval.unwrap();
        assert!(narrow.low > 0.99 && narrow.high < 1.01, "{narrow:?}");
    }

    #[test]
    fn a_size_is_between_those_measured_or_beyond_them_but_not_where_nothing_leads() {
        let linear = curve("one", &SIZES, &QUIET, |size| 2.0 * size);
        let within = size_at(&linear, Kind::Alloc, 1e4).unwrap();
        close(within.size, 5_000.0);
        assert!(!within.extended);
        let beyond = size_at(&linear, Kind::Alloc, 1e9).unwrap();
        close(beyond.size, 5e8);
        assert!(beyond.extended);
        assert_eq!(size_at(&curve("one", &SIZES, &QUIET, |_| 5.0), Kind::Alloc, 1e9), None);
        close(size_at(&linear, Kind::Alloc, 1.0).unwrap().size, 30.0);
    }

    #[test]
    fn two_lines_cross_once_and_equals_do_not() {
        let (linear, flat) = (
            curve("linear", &SIZES, &QUIET, |size| size),
            curve("flat", &SIZES, &[0.9, 1.0, 1.1, 1.0], |_| 5_000.0),
        );
        let found = crossings(&linear, &flat, Kind::Alloc);
        assert_eq!(found.len(), 1);
        close(found[0].at.size, 5_000.0);
        assert_eq!((&found[0].below[..], &found[0].above[..]), ("linear", "flat"));
        let interval = found[0].at.interval.unwrap();
        assert!(interval.low < 5_000.0 && interval.high > 5_000.0 && interval.high < 7_000.0, "{interval:?}");
        let wave = |sign: f64| move |size: f64| 100.0 * (1.0 + sign * 0.02 * (size.ln() * 2.0).sin());
        let equals = crossings(
            &curve("a", &SIZES, &QUIET, wave(1.0)),
            &curve("b", &SIZES, &QUIET, wave(-1.0)),
            Kind::Alloc,
        );
        assert_eq!(equals, []);
    }
}
