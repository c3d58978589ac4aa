//! Release throughput against threads.

use benches::quantity::{Quantity, Sink};

use super::axes::{Frame, Scale, spread};
use super::paint::{Anchor, plot};
use super::theme::strategy;
use super::{DrawError, Plot, command, id};
use crate::analysis::{Boot, Subject, Timed};
use crate::units::{count, rate, round};

/// A strategy, by place and name, with its time on each number of threads.
type Line<'b> = (usize, &'b str, Vec<(u16, &'b Timed)>);

/// What was measured of the release into `sink`, by the number of threads.
fn points(subject: &Subject, sink: Sink) -> Vec<(u16, &Timed)> {
    let of = |timed: &'_ Timed| match timed.figure.parse() {
        Ok(Quantity::Release(into, threads)) if into == sink => Some(threads),
        _ => None,
    };
    let mut points: Vec<(u16, &Timed)> =
        subject.times.iter().filter_map(|timed| Some((of(timed)?, timed))).collect();
    points.sort_by_key(|point| point.0);
    points
}

fn per_second(timed: &Timed) -> f64 {
    timed.work as f64 / timed.ns * 1e9
}

/// How many pages a second each strategy hands over into `sink`, against threads; nothing where only one thread was
/// tried, as on machines of one node.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn release(boot: &Boot, sink: Sink) -> Result<Option<Plot>, DrawError> {
    let lines: Vec<Line<'_>> = boot
        .subjects
        .iter()
        .enumerate()
        .map(|(index, subject)| (index, subject.strategy.as_str(), points(subject, sink)))
        .filter(|(_, _, points)| !points.is_empty())
        .collect();
    let all = || lines.iter().flat_map(|(_, _, points)| points);
    let Some(pages) = all().map(|(_, timing)| timing.work).next() else { return Ok(None) };
    let threads: std::collections::BTreeSet<u16> = all().map(|point| point.0).collect();
    if threads.len() < 2 {
        return Ok(None);
    }
    let most = threads.last().copied().unwrap_or(1);
    let frame = Frame { left: 76, top: 36, right: 490, bottom: 250 };
    let rates = all().map(|(_, timed)| per_second(timed));
    let (low, high) = rates.fold((f64::MAX, 0.0_f64), |(low, high), rate| (low.min(rate), high.max(rate)));
    let y = Scale::log((low, high), (frame.bottom, frame.top));
    let x = Scale::linear((0.5, f64::from(most) + 0.5), (frame.left, frame.right));
    let into = match sink {
        Sink::Counting => "a sink that counts",
        Sink::Buddy => "a model of the page allocator",
    };
    let said = lines.iter().map(|(_, name, points)| {
        let each =
            points.iter().map(|(threads, timing)| format!("{} on {threads}", rate(per_second(timing))));
        format!("{name}: {}", each.collect::<Vec<_>>().join(", "))
    });
    let kind = if sink == Sink::Counting { "release" } else { "release-buddy" };
    let described = Plot {
        id: id(kind, boot),
        title: format!("Release into {into}, {}", boot.shown()),
        description: format!("Pages a second by threads. {}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "Higher is better; a line that stays level gains nothing from threads; {} pages, log scale.",
            count(pages),
        ),
        command: command(&boot.name, &quantities(&threads, sink)),
        ..Plot::default()
    };
    let drawn = plot(described, (600, 292), |canvas| {
        let y_ticks: Vec<_> = y.ticks().iter().map(|&tick| (y.at(tick), round(&rate(tick)))).collect();
        frame.y_axis(canvas, "pages a second", &y_ticks)?;
        let x_ticks: Vec<_> = threads.iter().map(|&each| (x.at(f64::from(each)), each.to_string())).collect();
        frame.x_axis(canvas, "threads", &x_ticks, false)?;
        let mut ends = Vec::new();
        for (index, _, points) in &lines {
            let role = strategy(*index);
            let place =
                |(threads, timing): &(u16, &Timed)| (x.at(f64::from(*threads)), y.at(per_second(timing)));
            let places: Vec<_> = points.iter().map(place).collect();
            if places.len() > 1 {
                canvas.line(&places, role, 2)?;
            }
            places.iter().try_for_each(|&place| canvas.marker(place, *index, role))?;
            ends.push(places.last().map_or(frame.bottom, |place| place.1));
        }
        for ((index, name, _), at) in lines.iter().zip(spread(&ends, 16, (frame.top, frame.bottom))) {
            canvas.marker((frame.right + 12, at), *index, strategy(*index))?;
            canvas.text(name, (frame.right + 22, at), Anchor::Left, strategy(*index))?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

/// The names of what was measured, as the command line takes them.
fn quantities(threads: &std::collections::BTreeSet<u16>, sink: Sink) -> String {
    let names: Vec<String> = threads.iter().map(|&each| Quantity::Release(sink, each).to_string()).collect();
    names.join(",")
}
