//! How long single allocations take.

use super::axes::{Frame, Scale, spread};
use super::paint::{Anchor, plot};
use super::theme::strategy;
use super::{DrawError, Plot, command, id};
use crate::analysis::{Boot, Latency};
use crate::units::{count, round, time};

/// The distribution of the time of single allocations on one boot: from left to right ever rarer calls, as far as there
/// are calls to tell.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn latency(boot: &Boot) -> Result<Option<Plot>, DrawError> {
    let all = boot.subjects.iter().enumerate();
    let known: Vec<(usize, &str, &Latency)> = all
        .filter_map(|(index, subject)| Some((index, subject.strategy.as_str(), subject.latency.as_ref()?)))
        .collect();
    let Some((_, _, first)) = known.first() else { return Ok(None) };
    let frame = Frame { left: 62, top: 36, right: 490, bottom: 260 };
    let curves = known.iter().flat_map(|(_, _, latency)| &latency.curve).map(|point| point.0.max(0.1));
    let (low, high) = curves.fold((f64::MAX, 0.0_f64), |(low, high), ns| (low.min(ns), high.max(ns)));
    let y = Scale::log((low, high), (frame.bottom, frame.top));
    // The last point that ten calls support.
    let rarest = (first.timed as f64 / 10.0).log10().clamp(1.0, 6.0);
    let x = Scale::linear((0.0, rarest), (frame.left, frame.right));
    let shares = ["0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"];
    let mut ticks: Vec<(i32, String)> = shares
        .iter()
        .zip(0..)
        .map(|(share, power)| (x.at(f64::from(power)), (*share).to_owned()))
        .filter(|(at, _)| *at <= frame.right)
        .collect();
    ticks.insert(1, (x.at(0.301), "50 %".into()));
    let said = known.iter().map(|(index, name, _)| {
        let of = |id: &str| boot.subjects[*index].time(id).map_or_else(|| "-".into(), |timed| time(timed.ns));
        format!("{name}: half within {}, 99 % within {}", of("p50"), of("p99"))
    });
    let described = Plot {
        id: id("latency", boot),
        title: format!("Time of single allocations, {}", boot.shown()),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "Lower is better, from the usual call at the left to the rarest at the right; {} timed calls of each, log scale.",
            count(first.timed)
        ),
        command: command(&boot.name, "latency"),
        ..Plot::default()
    };
    let drawn = plot(described, (600, 302), |canvas| {
        frame.y_axis(
            canvas,
            "time of a call",
            &y.ticks().iter().map(|&tick| (y.at(tick), round(&time(tick)))).collect::<Vec<_>>(),
        )?;
        frame.x_axis(canvas, "share of calls that take no longer", &ticks, true)?;
        let mut ends = Vec::new();
        for (index, _, latency) in &known {
            let points = steps(latency, rarest, &x, &y);
            ends.push(points.last().map_or(frame.bottom, |point| point.1));
            canvas.line(&points, strategy(*index), 2)?;
            for (tick, _) in &ticks[1..] {
                let reached = points.iter().rfind(|point| point.0 <= *tick);
                reached.map_or(Ok(()), |point| canvas.marker((*tick, point.1), *index, strategy(*index)))?;
            }
        }
        for ((index, name, _), at) in known.iter().zip(spread(&ends, 16, (frame.top, frame.bottom))) {
            canvas.marker((frame.right + 12, at), *index, strategy(*index))?;
            canvas.text(name, (frame.right + 22, at), Anchor::Left, strategy(*index))?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

/// The curve as stairs: each time up to the share of calls that take no longer.
fn steps(latency: &Latency, rarest: f64, x: &Scale, y: &Scale) -> Vec<(i32, i32)> {
    let mut points: Vec<(i32, i32)> = Vec::new();
    let mut from = 0.0;
    for (ns, share) in &latency.curve {
        let to = (-(1.0 - share).max(1e-9).log10()).min(rarest);
        if from < rarest {
            for at in [from, to] {
                let point = (x.at(at), y.at(ns.max(0.1)));
                if points.last() != Some(&point) {
                    points.push(point);
                }
            }
        }
        from = to;
    }
    points
}
