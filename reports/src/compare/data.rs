//! What is compared, as data.

use benches::figures::{Better, Figure, figure};
use serde::Serialize;
use workloads::trace::Proof;

use super::shown;
use crate::analysis::{Analysis, Boot, Comparison, Failed, Parts, Subject, marked};
use crate::units::ratio;

/// A candidate against a baseline, on the same boots.
#[derive(Clone, Debug, Serialize)]
pub struct Compare {
    /// What is missing, a clause each; empty if all that was planned is there.
    pub incomplete: Vec<String>,
    /// What is compared with.
    pub baseline: String,
    /// What is compared.
    pub candidate: String,
    /// How many boots, and from which size to which.
    pub scope: String,
    /// What the logs of the boots prove, by memory.
    pub boots: Vec<Proven>,
    /// The noisy figures: a question each.
    pub times: Vec<Question>,
    /// The exact figures of each boot, then those over all boots that have them of both.
    pub exact: Vec<Counts>,
    /// How many comparisons the verdicts are corrected for.
    pub comparisons: usize,
    /// What gave no result, and why.
    pub failures: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What the log of a boot proves.
#[derive(Clone, Debug, Serialize)]
pub struct Proven {
    /// The boot.
    pub boot: String,
    /// What its log proves; `None` of made boots, and where the results do not say.
    pub proof: Option<Proof>,
}

/// How long something takes, on each boot.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// The word that names it in rules and data.
    pub id: String,
    /// What is timed.
    pub title: String,
    /// The boots, by memory.
    pub rows: Vec<Row>,
    /// The geometric mean of the rows' ratios.
    pub total: Option<Comparison>,
}

/// The times of both on one boot. The candidate's is the baseline's times the ratio.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The boot.
    pub boot: String,
    /// The baseline's time in nanoseconds.
    pub baseline_ns: Option<f64>,
    /// The candidate's time in nanoseconds.
    pub candidate_ns: f64,
    /// Of a boot's cost, the baseline's parts and the candidate's.
    pub parts: Option<[Parts; 2]>,
    /// Whether either is less than ten steps of the clock.
    pub below_clock: bool,
    /// Candidate over baseline.
    pub comparison: Comparison,
}

/// An exact figure of both.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// The boot, or `None` for all together.
    pub boot: Option<String>,
    /// The figure's id.
    pub figure: String,
    /// The baseline's.
    pub baseline: u64,
    /// The candidate's.
    pub candidate: u64,
}

type Pairs<'a> = Vec<(&'a Boot, &'a Subject, &'a Subject)>;

/// Compares `candidate` with the baseline of `analysis`; `None` if it is the baseline itself or was not measured.
#[must_use]
pub fn compare(analysis: &Analysis, candidate: &str) -> Option<Compare> {
    let place = analysis.strategies.iter().position(|one| one.name == candidate)?;
    let base = analysis.baseline_index();
    if place == base {
        return None;
    }
    let pair = |boot| -> Option<(&Boot, &Subject, &Subject)> {
        let boot: &Boot = boot;
        Some((boot, boot.subjects.get(base)?, boot.subjects.get(place)?))
    };
    let pairs: Pairs<'_> = analysis.boots.iter().filter_map(pair).collect();
    let failures = pairs.iter().flat_map(|(boot, one, other)| {
        let told = |subject: &Subject| {
            let of = |failed: &Failed| failed.sentence(&subject.strategy, &boot.shown());
            subject.failures.iter().map(of).collect::<Vec<_>>()
        };
        [told(one), told(other)].concat()
    });
    Some(Compare {
        incomplete: analysis.incomplete.clone(),
        baseline: analysis.baseline.clone(),
        candidate: candidate.into(),
        scope: crate::analysis::scope(analysis),
        boots: pairs.iter().map(|(boot, ..)| Proven { boot: boot.name.clone(), proof: boot.proof }).collect(),
        times: times(analysis, &pairs, candidate),
        exact: exact(&pairs),
        comparisons: analysis.comparisons,
        failures: failures.collect(),
        notes: analysis.objections().into_iter().chain(analysis.warnings()).collect(),
    })
}

fn times(analysis: &Analysis, pairs: &Pairs<'_>, candidate: &str) -> Vec<Question> {
    let total = analysis.totals.iter().find(|total| total.strategy == candidate);
    let question = |noisy: &crate::analysis::Noisy| {
        let row = |&(boot, base, own): &(&Boot, &Subject, &Subject)| {
            let (timed, base) = (own.time(&noisy.id)?, base.time(&noisy.id));
            Some(Row {
                boot: boot.name.clone(),
                baseline_ns: base.map(|timed| timed.ns),
                candidate_ns: timed.ns,
                parts: base.and_then(|base| Some([base.parts?, timed.parts?])),
                below_clock: timed.below_clock || base.is_some_and(|base| base.below_clock),
                comparison: timed.comparison.clone()?,
            })
        };
        let rows: Vec<Row> = pairs.iter().filter_map(row).collect();
        (!rows.is_empty()).then(|| Question {
            id: noisy.id.clone(),
            title: noisy.title.clone(),
            rows,
            total: total.and_then(|total| total.mean(&noisy.id)).cloned(),
        })
    };
    analysis.noisy.iter().filter_map(question).collect()
}

fn exact(pairs: &Pairs<'_>) -> Vec<Counts> {
    let of = |figure: &'static Figure, only: Option<&Boot>| {
        let wanted = pairs.iter().filter(|(boot, ..)| only.is_none_or(|only| only.name == boot.name));
        let both = wanted
            .filter_map(|(_, base, own)| Some((base.figures.get(figure.id)?, own.figures.get(figure.id)?)));
        let (base, own): (Vec<u64>, Vec<u64>) = both.unzip();
        Some(Counts {
            boot: only.map(|boot| boot.name.clone()),
            figure: figure.id.into(),
            baseline: figure.over(base).ok()??,
            candidate: figure.over(own).ok()??,
        })
    };
    let boots = pairs.iter().flat_map(|(boot, ..)| shown().filter_map(move |figure| of(figure, Some(boot))));
    boots.chain(shown().filter_map(|figure| of(figure, None))).collect()
}

impl Compare {
    /// What the log of a boot proves, if that is known.
    #[must_use]
    pub fn proof(&self, boot: &str) -> Option<Proof> {
        self.boots.iter().find(|known| known.boot == boot)?.proof
    }

    /// The name of a boot, marked if its log leaves answers unexplained or holds no boot at all.
    #[must_use]
    pub fn shown(&self, boot: &str) -> String {
        marked(boot, self.proof(boot))
    }
}

impl Counts {
    /// What the figure is.
    #[must_use]
    pub fn what(&self) -> Option<&'static Figure> {
        figure(&self.figure)
    }

    /// Whether the candidate's is the better one; `None` where neither is.
    #[must_use]
    pub fn gains(&self) -> Option<bool> {
        let less = self.what()?.better? == Better::Less;
        (self.baseline != self.candidate).then_some((self.candidate < self.baseline) == less)
    }

    /// The change in per cent of the baseline's: infinite from nothing to something.
    #[must_use]
    pub fn change_percent(&self) -> f64 {
        match (self.baseline, self.candidate) {
            (base, candidate) if base == candidate => 0.0,
            (0, _) => f64::INFINITY,
            (base, candidate) => 100.0 * (candidate as f64 - base as f64) / base as f64,
        }
    }

    /// The change in words: `=`, `+1.50 %`, `x 12.3`. Beyond a factor of two a ratio, and never a zero that is none.
    #[must_use]
    pub fn change_text(&self) -> String {
        match self.change_percent() {
            0.0 => "=".into(),
            percent if percent.is_infinite() => "new".into(),
            _ if self.candidate == 0 => "gone".into(),
            percent if percent >= 100.0 || percent <= -50.0 => format!("x {}", ratio(1.0 + percent / 100.0)),
            percent if percent.abs() < 0.005 => format!("{}0.01 %", if percent < 0.0 { ">-" } else { "<+" }),
            percent => format!("{percent:+.2} %"),
        }
    }
}
