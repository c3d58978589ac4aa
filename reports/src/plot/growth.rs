//! How cost grows: lines on two logarithmic scales.

use benches::growth::{Curve, Growth, Kind, Shape, exact_exponent, exponent};

use super::axes::{Frame, Scale, spread};
use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{EDGE, FAINT, GRID, strategy};
use super::{DrawError, Plot};
use crate::growth::Real;
use crate::units::{bytes, count, digits, round, time};

/// What stands on the vertical axis.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Time(Kind),
    Instructions(Kind),
    Metadata,
}

impl Axis {
    fn value(self, point: &benches::growth::Point) -> Option<f64> {
        match self {
            Self::Time(kind) => point.ns(kind),
            Self::Instructions(kind) => point.instructions.get(&kind).copied(),
            Self::Metadata => point.metadata_bytes().map(|bytes| bytes as f64),
        }
    }

    fn title(self) -> String {
        match self {
            Self::Time(kind) => format!("time of {}", kind.title()),
            Self::Instructions(kind) => format!("instructions of {}", kind.title()),
            Self::Metadata => "bytes of metadata".into(),
        }
    }

    fn word(self) -> String {
        match self {
            Self::Time(kind) => kind.word().into(),
            Self::Instructions(kind) => format!("{kind}-instructions"),
            Self::Metadata => "metadata".into(),
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Time(_) => round(&time(value)),
            Self::Instructions(_) => thousands(value),
            Self::Metadata => data(value),
        }
    }

    /// What is written at the end of a line.
    fn end(self, curve: &Curve) -> String {
        let found = match self {
            Self::Time(kind) => exponent(curve, kind),
            Self::Instructions(kind) => exact_exponent(curve, kind),
            Self::Metadata => None,
        };
        found.map_or_else(String::new, |found| {
            format!(" n^{:.2}", if found.value.abs() < 0.005 { 0.0 } else { found.value })
        })
    }
}

fn thousands(value: f64) -> String {
    match value {
        small if small < 1e3 => round(&digits(small)),
        k if k < 1e6 => format!("{} k", round(&digits(k / 1e3))),
        m if m < 1e9 => format!("{} M", round(&digits(m / 1e6))),
        g => format!("{} G", round(&digits(g / 1e9))),
    }
}

/// Ticks are powers of ten, which are no round numbers of KiB.
fn data(value: f64) -> String {
    match value {
        small if small < 1e3 => format!("{} B", round(&digits(small))),
        k if k < 1e6 => format!("{} kB", round(&digits(k / 1e3))),
        m if m < 1e9 => format!("{} MB", round(&digits(m / 1e6))),
        g => format!("{} GB", round(&digits(g / 1e9))),
    }
}

/// All pictures of a sweep: for each shape one of each kind, by time and by instructions where there are any; and of memory
/// also the metadata.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw one.
pub fn growth(growth: &Growth, real: &Real) -> Result<Vec<Plot>, DrawError> {
    let mut plots = Vec::new();
    for shape in growth.shapes() {
        let curves: Vec<&Curve> = growth.of_shape(shape).collect();
        for &kind in shape.kinds() {
            for axis in [Axis::Time(kind), Axis::Instructions(kind)] {
                plots.extend(one(growth, shape, &curves, axis, real)?);
            }
        }
        if matches!(shape, Shape::Memory | Shape::Regions | Shape::Ranges) {
            plots.extend(one(growth, shape, &curves, Axis::Metadata, real)?);
        }
    }
    Ok(plots)
}

/// The pictures that a report on boots has room for, a question each: by time, or by instructions where nothing was timed.
const CHOSEN: [&str; 14] = [
    "regions-alloc",
    "regions-alloc-failing",
    "regions-reserve",
    "regions-free",
    "gaps-alloc-failing",
    "ranges-build",
    "ranges-alloc",
    "nodes-boot-cost",
    "memory-build",
    "memory-metadata",
    "full-alloc-failing",
    "handover-boot-cost",
    "handover-merged-boot-cost",
    "handover-tables-boot-cost",
];

/// The pictures of a sweep that a report on boots shows.
pub(super) fn chosen(found: &Growth, real: &Real) -> Result<Vec<Plot>, DrawError> {
    let all = growth(found, real)?;
    let of = |name: &&str| {
        let named = |id: String| all.iter().find(|plot| plot.id == id);
        named(format!("grow-{name}")).or_else(|| named(format!("grow-{name}-instructions"))).cloned()
    };
    Ok(CHOSEN.iter().filter_map(of).collect())
}

/// A strategy's place among its like, its curve, and its points: size and value.
type Line<'c> = (usize, &'c Curve, Vec<(f64, f64)>);

const FRAME: Frame = Frame { left: 76, top: 36, right: 520, bottom: 380 };

fn one(
    growth: &Growth,
    shape: Shape,
    curves: &[&Curve],
    axis: Axis,
    real: &Real,
) -> Result<Option<Plot>, DrawError> {
    let lines: Vec<Line<'_>> = curves
        .iter()
        .enumerate()
        .map(|(index, curve)| {
            let at = |point| Some((size_of(point), axis.value(point).filter(|value| *value > 0.0)?));
            (index, *curve, curve.points.iter().filter_map(at).collect())
        })
        .filter(|(_, _, points): &Line<'_>| points.len() > 1)
        .collect();
    let all = || lines.iter().flat_map(|(_, _, points)| points.iter().copied());
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (xs, ys) = (span(&mut all().map(|point| point.0)), span(&mut all().map(|point| point.1)));
    if lines.is_empty() || xs.1 <= xs.0 {
        return Ok(None);
    }
    let x = Scale::log(xs, (FRAME.left, FRAME.right));
    let y = Scale::log(ys, (FRAME.bottom, FRAME.top));
    let said = lines.iter().map(|(_, curve, points)| {
        let ends = [points[0], points[points.len() - 1]]
            .map(|(size, value)| format!("{} at {}", axis.show(value), name(shape, size)));
        format!("{}: {} to {}{}", curve.strategy, ends[0], ends[1], axis.end(curve))
    });
    let described = Plot {
        id: format!("grow-{shape}-{}", axis.word()),
        title: format!("{}, by {}", crate::units::capital(&axis.title()), shape.unit()),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "Made machines, both scales logarithmic: a line of slope 0 does not grow, of slope 1 in proportion (grey guides: \
             0, 1 and 2).{}{}",
            if real.of(shape).is_some() { " Recorded boots lie in the shaded band." } else { "" },
            if axis == Axis::Metadata {
                ""
            } else {
                " At the end of each line stands its exponent over the last three decades."
            },
        ),
        command: growth.command.join(" "),
        ..Plot::default()
    };
    let drawn = plot(described, (720, FRAME.bottom + 46), |canvas| {
        band(canvas, &x, real.of(shape))?;
        let y_ticks: Vec<_> = y.ticks().iter().map(|&tick| (y.at(tick), axis.show(tick))).collect();
        FRAME.y_axis(canvas, &axis.title(), &y_ticks)?;
        let x_ticks: Vec<_> = x.ticks().iter().map(|&tick| (x.at(tick), name(shape, tick))).collect();
        FRAME.x_axis(canvas, shape.unit(), &x_ticks, true)?;
        guides(canvas, (&x, &y), xs, ys)?;
        let mut ends = Vec::new();
        for (index, _, points) in &lines {
            let role = strategy(*index);
            let places: Vec<_> = points.iter().map(|&(size, value)| (x.at(size), y.at(value))).collect();
            canvas.line(&places, role, 2)?;
            places.iter().try_for_each(|&place| canvas.marker(place, *index, role))?;
            ends.push(places[places.len() - 1].1);
        }
        for ((index, curve, _), at) in lines.iter().zip(spread(&ends, 16, (FRAME.top, FRAME.bottom))) {
            canvas.marker((FRAME.right + 14, at), *index, strategy(*index))?;
            let label = format!("{}{}", curve.strategy, axis.end(curve));
            canvas.text(&label, (FRAME.right + 24, at), Anchor::Left, strategy(*index))?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

fn size_of(point: &benches::growth::Point) -> f64 {
    point.size as f64
}

fn name(shape: Shape, size: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size")]
    let whole = size.round() as u64;
    match shape {
        Shape::Memory | Shape::Full => bytes(whole << 30),
        _ if whole >= 1_000_000 => format!("{} M", round(&digits(size / 1e6))),
        _ => count(whole),
    }
}

/// Where recorded boots lie.
fn band(canvas: &Canvas<'_>, x: &Scale, real: Option<(u64, u64)>) -> Drawn {
    let Some((low, high)) = real else { return Ok(()) };
    let [left, right] = [low, high].map(|size| x.at(size as f64).clamp(FRAME.left, FRAME.right));
    canvas.rectangle([(left, FRAME.top), (right.max(left + 2), FRAME.bottom)], GRID)?;
    canvas.text("recorded boots", (left + 4, FRAME.top + 10), Anchor::Left, FAINT)
}

/// Lines of slope 0, 1 and 2 through the picture's lower left corner.
fn guides(canvas: &Canvas<'_>, (x, y): (&Scale, &Scale), xs: (f64, f64), ys: (f64, f64)) -> Drawn {
    for power in [0, 1, 2] {
        let start = (xs.0, ys.0 * 1.15);
        let wide = match power {
            0 => xs.1,
            steep => xs.1.min(xs.0 * (ys.1 / start.1).powf(1.0 / f64::from(steep))),
        };
        let end = (wide, start.1 * (wide / start.0).powi(power));
        let places = [start, end].map(|(size, value)| (x.at(size), y.at(value)));
        canvas.line(&places, EDGE, 1)?;
        let label = ["n^0", "n^1", "n^2"][usize::try_from(power).unwrap_or_default()];
        canvas.text(label, (places[1].0 + 3, places[1].1 - 8), Anchor::Right, FAINT)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use benches::growth::{Launch, Point};

    use super::*;

    fn curve(strategy: &str, power: f64) -> Curve {
        let point = |size: u64| {
            let ns = BTreeMap::from([(Kind::Alloc, 9.0 * (size as f64).powf(power))]);
            let launch = Launch { ns, metadata_bytes: size * 24, ..Launch::default() };
            Point { size, recipe: String::new(), launches: vec![launch; 3], instructions: BTreeMap::new() }
        };
        let points = [30, 100, 1_000, 10_000].map(point).into();
        Curve { shape: Shape::Regions, strategy: strategy.into(), points, ended: None }
    }

    #[test]
    fn a_picture_shows_exponents_guides_and_the_band_of_recorded_boots() {
        let mut found = Growth::new(vec!["cargo".into(), "xtask".into(), "grow".into()], "a test".into());
        found.curves = vec![curve("linear", 1.0), curve("flat", 0.0)];
        let plots = growth(&found, &Real { regions: Some((20, 165)), ..Real::default() }).unwrap();
        assert_eq!(
            plots.iter().map(|plot| &plot.id[..]).collect::<Vec<_>>(),
            ["grow-regions-alloc", "grow-regions-metadata"]
        );
        for part in ["linear n^1.00", "flat n^0.00", "recorded boots", "n^2", "reserved regions"] {
            assert!(plots[0].svg.contains(part), "{part}");
        }
        assert!(
            plots[0].description.contains("linear: 270 ns at 30 to 90 µs at 10,000 n^1.00"),
            "{}",
            plots[0].description
        );
        assert!(!growth(&found, &Real::default()).unwrap()[0].svg.contains("recorded boots"));
    }
}
