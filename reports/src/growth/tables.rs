//! Growth as tables: one for each shape and kind.

use benches::growth::{
    Crossing, Curve, Estimate, Exponent, Growth, Kind, Point, Shape, crossings, exact_exponent, exponent,
    size_at,
};

use crate::tables::{Cell, Table, Tone};
use crate::units::{bytes, capital, count, digits, time};

const MS: f64 = 1e6;
const S: f64 = 1e9;

/// All tables: for each shape, what was measured of it, and the memory that strategies keep of it.
#[must_use]
pub fn tables(growth: &Growth) -> Vec<Table> {
    let mut tables = Vec::new();
    for shape in growth.shapes() {
        let curves: Vec<&Curve> = growth.of_shape(shape).collect();
        for &kind in shape.kinds() {
            let timed = curves.iter().flat_map(|curve| &curve.points).any(|point| point.ns(kind).is_some());
            tables.push(if timed { times(shape, &curves, kind) } else { instructions(shape, &curves, kind) });
        }
        tables.push(metadata(shape, &curves));
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// Up to three sizes that stand for all: the largest, and those at thirds of the way.
fn shown_sizes(curves: &[&Curve], has: impl Fn(&Point) -> bool) -> Vec<u64> {
    let mut sizes: Vec<u64> = curves
        .iter()
        .flat_map(|curve| &curve.points)
        .filter(|point| has(point))
        .map(|point| point.size)
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    let last = sizes.len().saturating_sub(1);
    let mut shown: Vec<u64> =
        [last / 3, 2 * last / 3, last].iter().filter_map(|&at| sizes.get(at).copied()).collect();
    shown.dedup();
    shown
}

fn heads(shape: Shape, sizes: &[u64], rest: &[&str]) -> Vec<String> {
    let size = |size: &u64| match shape {
        Shape::Memory | Shape::Full => format!("{}#", bytes(size << 30)),
        _ => format!("{}#", count(*size)),
    };
    let first = std::iter::once("strategy".to_owned());
    first.chain(sizes.iter().map(size)).chain(rest.iter().map(|head| (*head).to_owned())).collect()
}

fn table(shape: Shape, what: &str, heads: &[String]) -> Table {
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    Table::new(&format!("{}, by {}", capital(what), shape.unit()), &heads)
}

fn times(shape: Shape, curves: &[&Curve], kind: Kind) -> Table {
    let sizes = shown_sizes(curves, |point| point.ns(kind).is_some());
    let heads = heads(shape, &sizes, &["time ~ n^#", "instr. ~ n^#", "1 ms at#", "1 s at#"]);
    let mut table = table(shape, kind.title(), &heads);
    for curve in curves {
        let at = |size: &u64| {
            let point = curve.points.iter().find(|point| point.size == *size);
            point.and_then(|point| point.ns(kind)).map_or_else(Cell::nothing, |ns| Cell::new(time(ns)))
        };
        let mut row = vec![Cell::new(&curve.strategy)];
        row.extend(sizes.iter().map(at));
        row.push(power(exponent(curve, kind)));
        row.push(power(exact_exponent(curve, kind)));
        row.extend([MS, S].map(|ns| estimate(curve, size_at(curve, kind, ns))));
        table.rows.push(row);
    }
    let extended = curves
        .iter()
        .any(|curve| [MS, S].iter().any(|&ns| size_at(curve, kind, ns).is_some_and(|found| found.extended)));
    if extended {
        table.notes.push(
            "A size after `~` or `>` lies beyond those measured, where the line of the last decade leads."
                .into(),
        );
    }
    table.notes.extend(crossings_of(curves, kind));
    table.notes.extend(stopped(curves));
    // Where nothing counted instructions, their column stays out.
    table.measured()
}

fn instructions(shape: Shape, curves: &[&Curve], kind: Kind) -> Table {
    let counted = |point: &Point| point.instructions.contains_key(&kind);
    let sizes = shown_sizes(curves, counted);
    let heads = heads(shape, &sizes, &["~ n^#"]);
    let mut table = table(shape, &format!("{}, instructions", kind.title()), &heads);
    if sizes.is_empty() {
        return table;
    }
    for curve in curves {
        let at = |size: &u64| {
            let point = curve.points.iter().find(|point| point.size == *size);
            let found = point.and_then(|point| point.instructions.get(&kind));
            found.map_or_else(Cell::nothing, |instructions| Cell::new(whole(*instructions)))
        };
        let mut row = vec![Cell::new(&curve.strategy)];
        row.extend(sizes.iter().map(at));
        row.push(power(exact_exponent(curve, kind)));
        table.rows.push(row);
    }
    table.notes.extend(stopped(curves));
    table
}

fn metadata(shape: Shape, curves: &[&Curve]) -> Table {
    let sizes = shown_sizes(curves, |point| point.metadata_bytes().is_some());
    let mut table = table(shape, "metadata at the end of the boot", &heads(shape, &sizes, &[]));
    for curve in curves {
        let at = |size: &u64| {
            let point = curve.points.iter().find(|point| point.size == *size);
            point.and_then(Point::metadata_bytes).map_or_else(Cell::nothing, |found| Cell::new(bytes(found)))
        };
        let mut row = vec![Cell::new(&curve.strategy)];
        row.extend(sizes.iter().map(at));
        table.rows.push(row);
    }
    table
}

/// A sentence for each place where two of these cost the same.
pub(super) fn crossings_of(curves: &[&Curve], kind: Kind) -> impl Iterator<Item = String> {
    pairs(curves).flat_map(move |(one, other)| crossings(one, other, kind)).map(|at| crossing(&at))
}

fn pairs<'c>(curves: &'c [&'c Curve]) -> impl Iterator<Item = (&'c Curve, &'c Curve)> {
    curves
        .iter()
        .enumerate()
        .flat_map(move |(index, one)| curves[index + 1..].iter().map(move |other| (*one, *other)))
}

/// An exponent with its interval, to two places.
pub(super) fn power(found: Option<Exponent>) -> Cell {
    let Some(found) = found else { return Cell::nothing() };
    // -0.00 is 0.00.
    let places = |value: f64| format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value });
    let interval = found
        .interval
        .map_or_else(String::new, |range| format!(" ({} to {})", places(range.low), places(range.high)));
    Cell::new(format!("{}{interval}", places(found.value)))
}

fn estimate(curve: &Curve, found: Option<Estimate>) -> Cell {
    let Some(found) = found else { return Cell::new("never").tone(Tone::Faint) };
    // Where the smallest machine takes that long already, a smaller one might as well.
    let first = curve.points.first().map_or(0.0, |point| point.size as f64);
    let mark = match found.extended {
        true if found.size < 1e9 => "~",
        false if found.size <= first * 1.000_001 => "≤ ",
        _ => "",
    };
    let detail = found
        .interval
        .map_or_else(String::new, |range| format!("{} to {}", size(range.low), size(range.high)));
    Cell::new(format!("{mark}{}", size(found.size))).detail(detail)
}

/// A size that was read off a line: two digits of it mean something.
pub(super) fn size(size: f64) -> String {
    if size >= 1e9 {
        return "> 10^9".into();
    }
    let unit = 10_f64.powf((size.max(1.0).log10().floor() - 1.0).max(0.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 10^9")]
    let rounded = ((size / unit).round() * unit) as u64;
    count(rounded)
}

/// Instructions of a call, which are whole unless they are a mean over several.
fn whole(instructions: f64) -> String {
    if instructions < 100.0 { digits(instructions) } else { size_of_count(instructions) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn size_of_count(instructions: f64) -> String {
    count(instructions.round() as u64)
}

fn crossing(found: &Crossing) -> String {
    let range = found
        .at
        .interval
        .map_or_else(String::new, |range| format!(" ({} to {})", size(range.low), size(range.high)));
    let at = size(found.at.size);
    format!("Below {at}{range} {} is faster, above it {}.", found.below, found.above)
}

pub(super) fn stopped(curves: &[&Curve]) -> Vec<String> {
    let of = |curve: &&Curve| {
        let ended = curve.ended.as_ref()?;
        Some(format!("{} stops before {}: {}.", curve.strategy, count(ended.size), ended.why))
    };
    curves.iter().filter_map(of).collect()
}
