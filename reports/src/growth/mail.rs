//! Growth in a letter: tables that are no wider than mail is.

use benches::growth::{Curve, Estimate, Exponent, Growth, Kind, Shape, exact_exponent, exponent, size_at};

use super::tables::{crossings_of, power, stopped};
use crate::tables::{Cell, Table};

/// For each shape how the cost of each kind of call grows, and the sizes at which it takes 1 ms and 1 s, of the strategies that
/// are `wanted`.
pub(crate) fn mail(growth: &Growth, wanted: &dyn Fn(&str) -> bool) -> Vec<Table> {
    let mut tables = Vec::new();
    for shape in growth.shapes() {
        let curves: Vec<&Curve> = growth.of_shape(shape).filter(|curve| wanted(&curve.strategy)).collect();
        tables.push(exponents(shape, &curves));
        tables.push(sizes(shape, &curves));
    }
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// A row for each kind of call and each strategy.
fn rows<'c>(shape: Shape, curves: &'c [&'c Curve]) -> impl Iterator<Item = (Kind, &'c Curve)> {
    shape.kinds().iter().flat_map(move |&kind| curves.iter().map(move |curve| (kind, *curve)))
}

fn exponents(shape: Shape, curves: &[&Curve]) -> Table {
    let heads = ["cost of", "strategy", "time ~ n^#", "instructions ~ n^#"];
    let mut table = Table::new(&format!("how cost grows with n {}", shape.unit()), &heads);
    for (kind, curve) in rows(shape, curves) {
        let found: [Option<Exponent>; 2] = [exponent(curve, kind), exact_exponent(curve, kind)];
        if found.iter().any(Option::is_some) {
            let mut row = vec![Cell::new(kind.word()), Cell::new(&curve.strategy)];
            row.extend(found.map(power));
            table.rows.push(row);
        }
    }
    table.notes.extend(stopped(curves));
    table.measured()
}

fn sizes(shape: Shape, curves: &[&Curve]) -> Table {
    let mut table = Table::new(
        &format!("{} at which it takes so long", shape.unit()),
        &["cost of", "strategy", "1 ms#", "1 s#"],
    );
    for (kind, curve) in rows(shape, curves) {
        if curve.points.iter().any(|point| point.ns(kind).is_some()) {
            let found = [1e6, 1e9].map(|ns| size_at(curve, kind, ns));
            if found.iter().any(Option::is_some) {
                let mut row = vec![Cell::new(kind.word()), Cell::new(&curve.strategy)];
                row.extend(found.map(estimate));
                table.rows.push(row);
            }
        }
    }
    if !table.rows.is_empty() {
        table
            .notes
            .push("~: beyond the sizes that were measured, where the line of the last decade leads.".into());
    }
    for &kind in shape.kinds() {
        table.notes.extend(crossings_of(curves, kind).map(|found| format!("{kind}: {found}")));
    }
    table
}

/// A size with its interval, in as few characters as it takes.
fn estimate(found: Option<Estimate>) -> Cell {
    let Some(found) = found else { return Cell::new("never") };
    if found.size >= 1e9 {
        return Cell::new("> 10^9");
    }
    let interval = found
        .interval
        .map_or_else(String::new, |range| format!(" ({} to {})", short(range.low), short(range.high)));
    let mark = if found.extended { "~" } else { "" };
    Cell::new(format!("{mark}{}{interval}", short(found.size)))
}

/// A size that was read off a line: two digits of it mean something.
fn short(size: f64) -> String {
    let two = |value: f64| if value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    match size {
        small if small < 9_950.0 => super::tables::size(small),
        k if k < 995e3 => format!("{}k", two(k / 1e3)),
        m => format!("{}M", two(m / 1e6)),
    }
}

/// The exponent of a figure of a curve in words, by time or else by instructions.
pub(crate) fn in_words(curve: &Curve, kind: Kind) -> Option<String> {
    let (found, of) = match exponent(curve, kind) {
        Some(found) => (found, ""),
        None => (exact_exponent(curve, kind)?, " in instructions"),
    };
    Some(format!("n^{}{of} with {}", power(Some(found)).text, curve.strategy))
}
