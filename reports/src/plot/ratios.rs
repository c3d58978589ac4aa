//! Which is cheaper, and by how much: ratios around 1 on every boot, from small machines to large ones.

use super::axes::{Frame, Scale};
use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{FAINT, GRID, INK, PAPER, strategy};
use super::{DrawError, Plot, command};
use crate::analysis::{Analysis, Boot, Comparison, about};
use crate::units::{digits, ratio, round};

/// As wide as a telephone, so that its letters are legible there; a desk shows it larger.
const WIDTH: i32 = 400;
const ROW: i32 = 12;
const GAP: i32 = 18;

/// The longest name of a boot.
const MOST: usize = 42;

/// The longest name of a strategy, and how wide a letter of it is.
const NAME: usize = 18;
const LETTER: i32 = 7;

/// The paired ratios of the headline with their intervals; nothing where nothing is compared.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn ratios(analysis: &Analysis) -> Result<Option<Plot>, DrawError> {
    let rows: Vec<(&Boot, Vec<(usize, &Comparison)>)> = analysis
        .boots
        .iter()
        .map(|boot| (boot, compared(analysis, boot)))
        .filter(|(_, all)| !all.is_empty())
        .collect();
    let ends = rows.iter().flat_map(|(_, all)| all).flat_map(|(_, one)| range(one));
    let (low, high) = ends.fold((1.0_f64, 1.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    if rows.is_empty() {
        return Ok(None);
    }
    let height: i32 = rows.iter().map(|(_, all)| ROW * len(all.len()) + GAP).sum();
    let names = rows.iter().flat_map(|(_, all)| all).map(|(index, _)| &analysis.strategies[*index].name);
    let longest = names.map(|name| name.chars().count().min(NAME)).max().unwrap_or_default();
    let left = (LETTER * len(longest) + 7).max(84);
    let frame = Frame { left, top: 36, right: WIDTH - 62, bottom: 36 + height };
    // One at an even distance from what is cheaper and what is dearer would waste half of the picture.
    let x = Scale::log((low * 0.97, high * 1.03), (frame.left, frame.right));
    let baseline = &analysis.baseline;
    let described = Plot {
        id: "ratios".into(),
        title: format!("What a boot costs, as a multiple of {baseline}'s"),
        description: format!(
            "{}.",
            rows.iter().map(|(boot, all)| said(analysis, boot, all)).collect::<Vec<_>>().join("; ")
        ),
        caption: "Left of 1 is cheaper; bars are 95 % intervals, hollow markers make no claim; log scale."
            .into(),
        command: command("", "boot-cost"),
        ..Plot::default()
    };
    let drawn = plot(described, (WIDTH, frame.bottom + 30), |canvas| {
        let ticks: Vec<_> = x.ticks().iter().map(|&tick| (x.at(tick), round(&digits(tick)))).collect();
        frame.x_axis(canvas, "", &ticks, true)?;
        let one = x.at(1.0);
        canvas.line(&[(one, frame.top - 6), (one, frame.bottom)], INK, 1)?;
        canvas.text("cheaper", (one - 6, frame.top - 14), Anchor::Right, FAINT)?;
        canvas.text("dearer", (one + 6, frame.top - 14), Anchor::Left, FAINT)?;
        let mut top = frame.top;
        for (boot, all) in &rows {
            head(canvas, boot, left, top)?;
            for ((index, comparison), row) in all.iter().zip(0..) {
                let y = top + GAP + 6 + row * ROW;
                canvas.text(
                    &cut(&analysis.strategies[*index].name),
                    (left - 6, y),
                    Anchor::Right,
                    strategy(*index),
                )?;
                bar(canvas, *index, comparison, &x, y)?;
            }
            top += ROW * len(all.len()) + GAP;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

fn len(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(0)
}

fn compared<'a>(analysis: &Analysis, boot: &'a Boot) -> Vec<(usize, &'a Comparison)> {
    let subjects = boot.subjects.iter().enumerate();
    let known =
        subjects.filter_map(|(index, one)| Some((index, one.time(analysis.headline)?.comparison.as_ref()?)));
    known.filter(|(_, comparison)| comparison.ratio.is_some()).collect()
}

/// The boot's size, which orders the rows, and its name.
fn head(canvas: &Canvas<'_>, boot: &Boot, left: i32, top: i32) -> Drawn {
    let name = boot.shown();
    canvas.rectangle([(0, top + 1), (WIDTH, top + 2)], GRID)?;
    // Below the name, so that no line of the scale runs through it.
    let most = usize::try_from((WIDTH - left) / LETTER).map_or(MOST, |room| room.min(MOST));
    let width = LETTER * len(name.chars().count().min(most));
    canvas.rectangle([(left - 4, top + 3), (left + width, top + 19)], PAPER)?;
    let memory = boot.memory_bytes().map_or_else(String::new, about);
    canvas.text(&memory, (2, top + 12), Anchor::Left, INK)?;
    let name: String =
        if name.chars().count() > most { name.chars().take(most - 1).chain(['…']).collect() } else { name };
    canvas.text(&name, (left, top + 12), Anchor::Left, FAINT)
}

/// A strategy's name, cut in its midst where it is too long: revisions of a tree differ at their ends.
fn cut(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= NAME {
        return name.to_owned();
    }
    let (head, tail) = (&letters[..NAME / 2 - 1], &letters[letters.len() - NAME / 2..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

fn bar(canvas: &Canvas<'_>, index: usize, one: &Comparison, x: &Scale, y: i32) -> Drawn {
    let (role, point) = (strategy(index), one.ratio.unwrap_or(1.0));
    let [from, to] = range(one).map(|end| x.at(end));
    canvas.line(&[(from, y), (to, y)], role, 2)?;
    if one.differs() {
        canvas.marker((x.at(point), y), index, role)?;
    } else {
        canvas.hollow((x.at(point), y), role)?;
    }
    let label = if one.differs() { ratio(point) } else { format!("{} {}", ratio(point), one.verdict.word()) };
    canvas.text(&label, (x.at(point).max(to) + 9, y), Anchor::Left, role)
}

fn range(one: &Comparison) -> [f64; 2] {
    let point = one.ratio.unwrap_or(1.0);
    one.interval.map_or([point; 2], |range| [range.low, range.high])
}

fn said(analysis: &Analysis, boot: &Boot, all: &[(usize, &Comparison)]) -> String {
    let of = |(index, one): &(usize, &Comparison)| {
        format!(
            "{} {} ({})",
            analysis.strategies[*index].name,
            ratio(one.ratio.unwrap_or(1.0)),
            one.verdict.word()
        )
    };
    format!("{}: {}", boot.shown(), all.iter().map(of).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(cut("rust-memblock"), "rust-memblock");
        assert_eq!(cut("linux-6.12.117@topic-a"), "linux-6.…7@topic-a");
        assert_eq!(cut("linux-6.12.117@topic-a").chars().count(), NAME);
    }
}
