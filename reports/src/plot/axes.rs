//! Scales and axes.

use super::paint::{Anchor, Canvas, Drawn};
use super::theme::{FAINT, GRID};

/// Turns values into pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    log: bool,
    from: f64,
    to: f64,
    start: i32,
    end: i32,
}

impl Scale {
    /// Even steps for even differences.
    pub(super) fn linear((from, to): (f64, f64), (start, end): (i32, i32)) -> Self {
        Self { log: false, from, to: if to > from { to } else { from + 1.0 }, start, end }
    }

    /// Even steps for even ratios. The ends are pushed out to the next 1, 2 or 5.
    pub(super) fn log((from, to): (f64, f64), (start, end): (i32, i32)) -> Self {
        let (low, high) = (from.max(1e-3), to.max(from).max(1e-3));
        let steps: Vec<f64> = steps(low / 10.0, high * 10.0);
        let from = steps.iter().copied().rfind(|&step| step <= low).unwrap_or(low);
        let to = steps.iter().copied().find(|&step| step >= high && step > from).unwrap_or(high * 2.0);
        Self { log: true, from, to, start, end }
    }

    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    pub(super) fn at(&self, value: f64) -> i32 {
        let share = if self.log {
            (value.max(self.from / 10.0) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.start + (share.clamp(-0.1, 1.1) * f64::from(self.end - self.start)).round() as i32
    }

    /// Round values to mark: powers of ten, with 2 and 5 between them if they are few.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if self.log {
            let all = steps(self.from, self.to);
            if all.len() <= 7 {
                return all;
            }
            return all
                .into_iter()
                .filter(|step| (step.log10() - step.log10().round()).abs() < 1e-6)
                .collect();
        }
        let span = self.to - self.from;
        let wide = steps(span / 1e3, span).into_iter().find(|step| span / step <= 5.5).unwrap_or(span);
        let first = (self.from / wide).ceil();
        (0..20)
            .map(|index| (first + f64::from(index)) * wide)
            .take_while(|tick| *tick <= self.to + wide * 1e-6)
            .collect()
    }
}

/// 1, 2 and 5 times each power of ten, from `low` to `high`.
fn steps(low: f64, high: f64) -> Vec<f64> {
    let powers = (-12..=18).map(|power| 10_f64.powi(power));
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * power));
    all.filter(|step| *step >= low * (1.0 - 1e-9) && *step <= high * (1.0 + 1e-9)).collect()
}

/// The part of a picture in which data stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Frame {
    /// Marks on the vertical axis, with lines across.
    pub(super) fn y_axis(self, canvas: &Canvas<'_>, title: &str, ticks: &[(i32, String)]) -> Drawn {
        canvas.text(title, (self.left, self.top - 16), Anchor::Left, FAINT)?;
        for (y, label) in ticks {
            canvas.line(&[(self.left, *y), (self.right, *y)], GRID, 1)?;
            canvas.text(label, (self.left - 8, *y), Anchor::Right, FAINT)?;
        }
        Ok(())
    }

    /// Marks on the horizontal axis; lines up if wanted.
    pub(super) fn x_axis(
        self,
        canvas: &Canvas<'_>,
        title: &str,
        ticks: &[(i32, String)],
        lines: bool,
    ) -> Drawn {
        for (x, label) in ticks {
            if lines {
                canvas.line(&[(*x, self.top), (*x, self.bottom)], GRID, 1)?;
            }
            canvas.text(label, (*x, self.bottom + 14), Anchor::Middle, FAINT)?;
        }
        canvas.text(title, (self.right, self.bottom + 34), Anchor::Right, FAINT)
    }
}

/// Moves labels that would touch apart, keeping their order; returns where each goes.
pub(super) fn spread(wanted: &[i32], distance: i32, (top, bottom): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut placed = wanted.to_vec();
    let mut least = top;
    for &index in &order {
        placed[index] = placed[index].max(least);
        least = placed[index] + distance;
    }
    let mut most = bottom;
    for &index in order.iter().rev() {
        placed[index] = placed[index].min(most);
        most = placed[index] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_scale_ends_on_round_values() {
        let scale = Scale::log((13.0, 1800.0), (0, 100));
        assert_eq!((scale.at(10.0), scale.at(2000.0)), (0, 100));
        assert!(scale.ticks().contains(&100.0));
        let flat = Scale::log((50.0, 50.0), (0, 100));
        assert_eq!((flat.at(50.0), flat.at(100.0)), (0, 100));
    }

    #[test]
    fn ticks_are_few_and_inside() {
        for top in [0.003, 0.7, 1.0, 9.0, 12_345.0] {
            let ticks = Scale::linear((0.0, top), (0, 100)).ticks();
            assert!(
                (2..=7).contains(&ticks.len()) && ticks.iter().all(|&tick| tick <= top * 1.001),
                "{top}: {ticks:?}"
            );
        }
    }

    #[test]
    fn labels_do_not_touch() {
        assert_eq!(spread(&[50, 52, 51], 14, (0, 100)), [50, 78, 64]);
        assert_eq!(spread(&[99, 98], 14, (0, 100)), [100, 86]);
    }
}
