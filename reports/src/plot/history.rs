//! What a boot costs in the code of version after version of a kernel.

use super::axes::{Frame, Scale, spread};
use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{EDGE, Role, strategy};
use super::{DrawError, Plot};
use crate::units::{capital, digits, plural, round};

/// A version, and its instructions as multiples of the first version's: geometric means over boots.
#[derive(Clone, PartialEq, Debug)]
pub struct Version {
    /// What it is called.
    pub label: String,
    /// Of boot cost: all calls and the hand-over together.
    pub boot: f64,
    /// Of boot cost, on the boots on which it is lowest and highest.
    pub range: (f64, f64),
    /// Of all calls.
    pub calls: f64,
    /// Of the hand-over.
    pub hand_over: f64,
}

/// One value of a version.
type Of = fn(&Version) -> f64;

impl Version {
    const LINES: [(&'static str, Of); 3] = [
        ("boot cost", |version| version.boot),
        ("all calls", |version| version.calls),
        ("hand-over", |version| version.hand_over),
    ];
}

/// Room for a version's name.
const STEP: i32 = 92;
/// The longest name of a version.
const MOST: usize = 13;

/// Instructions by version, oldest first; nothing of fewer than two.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn history(versions: &[Version], boots: usize, command: &str) -> Result<Option<Plot>, DrawError> {
    let Some(last) = versions.len().checked_sub(1).filter(|&last| last > 0) else { return Ok(None) };
    let across = i32::try_from(last).unwrap_or(i32::MAX / STEP).max(4) * STEP;
    let frame = Frame { left: 60, top: 36, right: 60 + across, bottom: 320 };
    let highest = versions
        .iter()
        .flat_map(|version| [version.range.1, version.boot, version.calls, version.hand_over])
        .fold(1.0, f64::max);
    let y = Scale::linear((0.0, highest * 1.05), (frame.bottom, frame.top));
    let x = Scale::linear((0.0, last as f64), (frame.left + 24, frame.right));
    let said = Version::LINES.iter().map(|(name, of)| {
        let each = versions.iter().map(|version| format!("{:.3} at {}", of(version), version.label));
        format!("{}: {}.", capital(name), each.collect::<Vec<_>>().join(", "))
    });
    let described = Plot {
        id: "history".into(),
        title: format!("Instructions of a boot by version, as a multiple of {}'s", versions[0].label),
        description: said.collect::<Vec<_>>().join(" "),
        caption: format!(
            "Exact counts; geometric means over {}. Boot cost is all calls and the hand-over; its bars reach from the boot that \
             gains most to the one that loses most. Lower is cheaper.",
            plural(boots, "boot")
        ),
        command: command.into(),
        ..Plot::default()
    };
    let drawn = plot(described, (frame.right + 130, frame.bottom + 46), |canvas| {
        let ticks: Vec<_> = y.ticks().iter().map(|&tick| (y.at(tick), round(&digits(tick)))).collect();
        frame.y_axis(canvas, &format!("instructions, {} = 1", short(&versions[0].label)), &ticks)?;
        let names: Vec<_> = versions
            .iter()
            .enumerate()
            .map(|(index, version)| (x.at(index as f64), short(&version.label)))
            .collect();
        frame.x_axis(canvas, "version", &names, false)?;
        canvas.line(&[(frame.left, y.at(1.0)), (frame.right, y.at(1.0))], EDGE, 1)?;
        ranges(canvas, versions, (&x, &y))?;
        let mut ends = Vec::new();
        // The headline is drawn last, above the two that it consists of.
        for (index, (_, of)) in Version::LINES.iter().enumerate().rev() {
            let at = |(place, version): (usize, &Version)| (x.at(place as f64), y.at(of(version)));
            let places: Vec<_> = versions.iter().enumerate().map(at).collect();
            canvas.line(&places, strategy(index), if index == 0 { 3 } else { 1 })?;
            places.iter().try_for_each(|&place| canvas.marker(place, index, strategy(index)))?;
            ends.push(places[last].1);
        }
        ends.reverse();
        let labels = spread(&ends, 16, (frame.top, frame.bottom));
        for (index, ((name, of), at)) in Version::LINES.iter().zip(labels).enumerate() {
            let label = format!("{name} {:.3}", of(&versions[last]));
            canvas.marker((frame.right + 16, at), index, strategy(index))?;
            canvas.text(&label, (frame.right + 26, at), Anchor::Left, strategy(index))?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

/// From the boot that gains most to the one that loses most.
fn ranges(canvas: &Canvas<'_>, versions: &[Version], (x, y): (&Scale, &Scale)) -> Drawn {
    let role: Role = strategy(0);
    for (index, version) in versions.iter().enumerate().skip(1) {
        let at = x.at(index as f64);
        let [low, high] = [version.range.0, version.range.1].map(|ratio| y.at(ratio));
        canvas.line(&[(at, low), (at, high)], role, 1)?;
        for end in [low, high] {
            canvas.line(&[(at - 4, end), (at + 4, end)], role, 1)?;
        }
    }
    Ok(())
}

fn short(label: &str) -> String {
    if label.chars().count() <= MOST {
        return label.into();
    }
    label.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(label: &str, boot: f64) -> Version {
        Version {
            label: label.into(),
            boot,
            range: (boot * 0.9, boot * 1.2),
            calls: boot * 1.1,
            hand_over: 1.0,
        }
    }

    #[test]
    fn a_line_for_each_part_and_a_name_for_each_version() {
        let versions =
            [version("v5.10", 1.0), version("v6.1", 1.25), version("a-branch-of-a-long-name", 0.5)];
        let drawn = history(&versions, 2, "cargo xtask history").unwrap().unwrap();
        for part in ["boot cost 0.500", "all calls 0.550", "hand-over 1.000", "v6.1", "a-branch-of-…"] {
            assert!(drawn.svg.contains(part), "{part}");
        }
        let said = "Boot cost: 1.000 at v5.10, 1.250 at v6.1, 0.500 at a-branch-of-a-long-name.";
        assert!(drawn.description.starts_with(said), "{}", drawn.description);
        assert!(history(&versions[..1], 2, "").unwrap().is_none());
    }
}
