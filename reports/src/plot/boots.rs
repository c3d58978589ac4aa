//! Whole-boot times, all boots in one picture.

use super::axes::{Frame, Scale};
use super::paint::{Anchor, plot};
use super::theme::{FAINT, GRID, INK, strategy};
use super::{DrawError, Plot, command};
use crate::analysis::{Analysis, Boot, Middle};
use crate::units::{count, plural, round, time};

/// The height of a strategy's row, and of what is between two boots.
const ROW: i32 = 15;
const GAP: i32 = 30;

/// The time of all calls of each boot, with intervals.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn whole_boot(analysis: &Analysis) -> Result<Option<Plot>, DrawError> {
    let boots: Vec<(&Boot, Vec<(usize, Middle)>)> = analysis
        .boots
        .iter()
        .map(|boot| {
            let subjects = boot.subjects.iter().enumerate();
            (boot, subjects.filter_map(|(index, one)| Some((index, one.boot.as_ref()?.middle))).collect())
        })
        .filter(|(_, rows): &(_, Vec<_>)| !rows.is_empty())
        .collect();
    let all_ends = boots.iter().flat_map(|(_, rows)| rows).flat_map(|(_, middle)| ends(middle));
    let (low, high) = all_ends.fold((f64::MAX, 0.0_f64), |(low, high), ns| (low.min(ns), high.max(ns)));
    if high <= 0.0 {
        return Ok(None);
    }
    let rows: i32 = boots.iter().map(|(_, rows)| ROW * i32::try_from(rows.len()).unwrap_or(0) + GAP).sum();
    let frame = Frame { left: 90, top: 24, right: 630, bottom: 24 + rows };
    let x = Scale::log((low, high), (frame.left, frame.right));
    let said = boots.iter().map(|(boot, rows)| {
        let of = |(index, middle): &(usize, Middle)| {
            format!("{} {}", analysis.strategies[*index].name, time(middle.ns))
        };
        format!("{}: {}", boot.name, rows.iter().map(of).collect::<Vec<_>>().join(", "))
    });
    let middle = boots[0].1[0].1;
    let described = Plot {
        id: "whole-boot".into(),
        title: "Time of all allocator calls of a boot".into(),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "The time that a whole boot spends in the allocator; further left is better, and each step of the scale is a \
             multiple. Log scale; the marker is the median over {} of {} samples in all, the bar its 95 % interval, \
             where it is wider than the marker.",
            plural(middle.launches, "launch").replace("launchs", "launches"),
            count(middle.samples as u64),
        ),
        command: command("", "boot"),
        ..Plot::default()
    };
    let drawn = plot(described, (720, frame.bottom + 42), |canvas| {
        let ticks: Vec<_> = x.ticks().iter().map(|&tick| (x.at(tick), round(&time(tick)))).collect();
        frame.x_axis(canvas, "time of all calls of a boot", &ticks, true)?;
        for (at, label) in &ticks {
            canvas.text(label, (*at, frame.top - 12), Anchor::Middle, FAINT)?;
        }
        let mut top = frame.top;
        for (boot, rows) in &boots {
            canvas.rectangle([(0, top + 1), (720, top + 2)], GRID)?;
            canvas.text(&boot.name, (2, top + 13), Anchor::Left, INK)?;
            for ((index, middle), row) in rows.iter().zip(1..) {
                let (y, role) = (top + 14 + row * ROW, strategy(*index));
                canvas.text(&analysis.strategies[*index].name, (frame.left - 12, y), Anchor::Right, role)?;
                let [from, to] = ends(middle).map(|ns| x.at(ns));
                canvas.line(&[(from, y), (to, y)], role, 2)?;
                canvas.marker((x.at(middle.ns), y), *index, role)?;
                canvas.text(&time(middle.ns), (x.at(middle.ns).max(to) + 12, y), Anchor::Left, role)?;
            }
            top += ROW * i32::try_from(rows.len()).unwrap_or(0) + GAP;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

fn ends(middle: &Middle) -> [f64; 2] {
    middle.interval.map_or([middle.ns; 2], |range| [range.low, range.high])
}
