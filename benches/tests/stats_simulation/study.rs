//! The tables of the study.

use core::fmt::Write;

use super::ADVISED;
use super::noise::{SCENES, Scene, Source};
use super::rivals::{CHOSEN, Claim, RIVALS, Rival};
use rayon::prelude::*;

/// What the recorded study took.
pub(crate) const TRIES: usize = 1000;

/// [`TRIES`], or as many as the environment asks for.
pub(crate) fn tries() -> usize {
    std::env::var("STUDY_TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(TRIES)
}

/// The share of more work that is planted.
const PLANTED: f64 = 0.01;
/// Comparisons that are corrected for together: eight traces, six pairs of four strategies.
const FAMILY: f64 = 48.0;

#[derive(Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) launches: usize,
    pub(crate) pairs: usize,
}

/// How an estimator fares on one machine, in per cent of the tries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    /// A against A: a difference claimed at 5 %.
    pub(crate) claimed: f64,
    /// Planted: the 95 % interval covers the true ratio.
    pub(crate) covered: f64,
    /// Planted: found at 5 %, in the right direction.
    pub(crate) found: f64,
    /// Planted: found by the first step of Holm's correction for a family of comparisons.
    pub(crate) found_in_family: f64,
    /// Mean half width of the interval, in per cent of the baseline.
    pub(crate) half_width: f64,
}

/// Counts of tries, from which a [`Score`] is made.
#[derive(Clone, Copy, Default)]
struct Tally {
    claimed: usize,
    covered: usize,
    found: usize,
    found_in_family: usize,
    answers: usize,
    width: f64,
}

impl Tally {
    fn same(&mut self, claim: Option<Claim>) {
        self.claimed += usize::from(claim.is_some_and(|claim| claim.p < 0.05));
    }

    fn planted(&mut self, claim: Option<Claim>) {
        let Some(claim) = claim else { return };
        let truth = PLANTED.ln_1p();
        let upwards = claim.low + claim.high > 0.0;
        self.covered += usize::from(claim.low <= truth && truth <= claim.high);
        self.found += usize::from(claim.p < 0.05 && upwards);
        self.found_in_family += usize::from(claim.p < 0.05 / FAMILY && upwards);
        self.answers += 1;
        self.width += claim.high - claim.low;
    }

    fn score(self, tries: usize) -> Score {
        let percent = |count: usize| 100.0 * count as f64 / tries as f64;
        Score {
            claimed: percent(self.claimed),
            covered: percent(self.covered),
            found: percent(self.found),
            found_in_family: percent(self.found_in_family),
            half_width: 50.0 * self.width / self.answers.max(1) as f64,
        }
    }
}

impl Score {
    /// All `rivals` on the very same data.
    pub(crate) fn of(rivals: &[Rival], scene: &Scene, budget: Budget, tries: usize, seed: u64) -> Vec<Self> {
        let mut source = Source::new(seed);
        let mut tallies = vec![Tally::default(); rivals.len()];
        for _ in 0..tries {
            let same = source.launches(scene, budget, 1.0);
            let planted = source.launches(scene, budget, 1.0 + PLANTED);
            for (tally, (_, estimator)) in tallies.iter_mut().zip(rivals) {
                tally.same(estimator(&same));
                tally.planted(estimator(&planted));
            }
        }
        tallies.into_iter().map(|tally| tally.score(tries)).collect()
    }

    /// The worst of each figure.
    fn worst(self, other: Self) -> Self {
        Self {
            claimed: self.claimed.max(other.claimed),
            covered: self.covered.min(other.covered),
            found: self.found.min(other.found),
            found_in_family: self.found_in_family.min(other.found_in_family),
            half_width: self.half_width.max(other.half_width),
        }
    }

    fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} |\n",
            self.claimed, self.covered, self.found, self.found_in_family, self.half_width
        )
    }
}

/// By machine, then by rival.
fn on_all(rivals: &[Rival], budget: Budget) -> Vec<Vec<Score>> {
    SCENES.par_iter().map(|scene| Score::of(rivals, scene, budget, tries(), 1)).collect()
}

fn worst(scores: impl Iterator<Item = Score>) -> Score {
    scores.reduce(Score::worst).unwrap()
}

fn table(text: &mut String, first: &str, rows: impl Iterator<Item = String>) {
    writeln!(text, "| {first} | false claims % | covered % | found % | found among 48 % | half width % |")
        .unwrap();
    writeln!(text, "|---|--:|--:|--:|--:|--:|").unwrap();
    text.extend(rows);
    text.push('\n');
}

/// Runs everything and writes it as Markdown.
pub(crate) fn study() -> String {
    let mut text = String::new();
    let all = on_all(&RIVALS, ADVISED);
    table(&mut text, "machine", SCENES.iter().zip(&all).map(|(scene, scores)| scores[0].row(scene.name)));
    let of_rival = |index: usize| worst(all.iter().map(|scores| scores[index])).row(RIVALS[index].0);
    table(&mut text, "estimator", (0..RIVALS.len()).map(of_rival));
    let budgets = [(6, 20), (8, 60), (12, 40), (15, 20), (20, 40)];
    let of_budget = |(launches, pairs)| {
        let scores = on_all(&[CHOSEN], Budget { launches, pairs });
        worst(scores.into_iter().flatten()).row(&format!("{launches} x {pairs}"))
    };
    table(&mut text, "launches x pairs", budgets.into_iter().map(of_budget));
    text
}
