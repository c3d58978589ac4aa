//! What is compared, as data.

use serde::Serialize;

use benches::figures::Figure;

use super::shown;
use crate::analysis::{Analysis, Boot, Comparison, Subject, Timing, Total};

/// A candidate against a baseline, on the same boots.
#[derive(Clone, Debug, Serialize)]
pub struct Compare {
    /// What is compared with.
    pub baseline: String,
    /// What is compared.
    pub candidate: String,
    /// The noisy figures: a question each.
    pub times: Vec<Question>,
    /// The exact figures of each boot, then their sums over all boots that have them of both.
    pub exact: Vec<Counts>,
    /// How many comparisons the verdicts are corrected for.
    pub comparisons: usize,
    /// What gave no result, and why.
    pub failures: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// How long something takes, on each boot.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// The word that names it in rules and data.
    pub id: String,
    /// What is timed.
    pub title: String,
    /// The boots.
    pub rows: Vec<Row>,
    /// The geometric mean over them.
    pub total: Option<Comparison>,
}

/// The times of both on one boot.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The boot.
    pub boot: String,
    /// The baseline's median, in nanoseconds.
    pub baseline_ns: Option<f64>,
    /// The candidate's median, in nanoseconds.
    pub candidate_ns: f64,
    /// Candidate over baseline.
    pub comparison: Comparison,
}

/// An exact figure of both.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// The boot, or `None` for the sum over all.
    pub boot: Option<String>,
    /// The word that names the figure.
    pub figure: String,
    /// The baseline's.
    pub baseline: u64,
    /// The candidate's.
    pub candidate: u64,
}

/// Compares `candidate` with the baseline of `analysis`; `None` if it is the baseline itself or was not measured.
#[must_use]
pub fn compare(analysis: &Analysis, candidate: &str) -> Option<Compare> {
    let place = analysis.strategies.iter().position(|one| one.name == candidate)?;
    let base = analysis.baseline_index();
    if place == base {
        return None;
    }
    let pairs: Vec<(&Boot, &Subject, &Subject)> = analysis
        .boots
        .iter()
        .filter_map(|boot| Some((boot, boot.subjects.get(base)?, boot.subjects.get(place)?)))
        .collect();
    let failures = pairs.iter().flat_map(|(boot, one, other)| {
        let of = |subject: &&Subject| {
            let told = |failed: &crate::analysis::Failed| {
                format!("{} of {} on {}: {}", failed.quantity, subject.strategy, boot.name, failed.why)
            };
            subject.failures.iter().map(told).collect::<Vec<_>>()
        };
        [one, other].into_iter().flat_map(of).collect::<Vec<_>>()
    });
    Some(Compare {
        baseline: analysis.baseline.clone(),
        candidate: candidate.into(),
        times: times(&pairs, &analysis.totals[place]),
        exact: exact(&pairs),
        comparisons: analysis.comparisons,
        failures: failures.collect(),
        notes: crate::text::warnings(analysis),
    })
}

type Of = fn(&Subject) -> Option<&Timing>;

fn times(pairs: &[(&Boot, &Subject, &Subject)], total: &Total) -> Vec<Question> {
    let question =
        |id: &str, title: &str, get: &dyn Fn(&Subject) -> Option<Timing>, total: Option<&Comparison>| {
            let row = |&(boot, base, candidate): &(&Boot, &Subject, &Subject)| {
                let timing = get(candidate)?;
                Some(Row {
                    boot: boot.name.clone(),
                    baseline_ns: get(base).map(|timing| timing.middle.ns),
                    candidate_ns: timing.middle.ns,
                    comparison: timing.comparison?,
                })
            };
            let rows: Vec<Row> = pairs.iter().filter_map(row).collect();
            (!rows.is_empty()).then(|| Question {
                id: id.into(),
                title: title.into(),
                rows,
                total: total.cloned(),
            })
        };
    let of_latency: [(&str, &str, Of, Option<&Comparison>); 2] = [
        (
            "p50",
            "time that half of the allocations do not exceed",
            |one| Some(&one.latency.as_ref()?.p50),
            None,
        ),
        (
            "p99",
            "time that 99 in 100 allocations do not exceed",
            |one| Some(&one.latency.as_ref()?.p99),
            total.scan.as_ref(),
        ),
    ];
    let boot: Of = |one| one.boot.as_ref();
    let mut all =
        vec![question("time", "time of all calls of a boot", &|one| boot(one).cloned(), total.boot.as_ref())];
    all.extend(
        of_latency.map(|(id, title, get, total)| question(id, title, &|one| get(one).cloned(), total)),
    );
    let mut releases: Vec<&str> = Vec::new();
    for release in pairs.iter().flat_map(|(_, _, candidate)| &candidate.releases) {
        if !releases.contains(&release.quantity.as_str()) {
            releases.push(&release.quantity);
        }
    }
    for quantity in releases {
        let get = |one: &Subject| {
            one.releases
                .iter()
                .find(|release| release.quantity == quantity)
                .map(|release| release.timing.clone())
        };
        let total = if quantity == "release-counting" { total.release.as_ref() } else { None };
        let title = format!("time of the {}", quantity.replace('-', " "));
        all.push(question(quantity, &title, &get, total));
    }
    all.into_iter().flatten().collect()
}

fn exact(pairs: &[(&Boot, &Subject, &Subject)]) -> Vec<Counts> {
    let of = |figure: &Figure, boot: Option<&Boot>| {
        let mut sides: Option<(u64, u64)> = None;
        for &(each, base, candidate) in pairs {
            if boot.is_some_and(|boot| boot.name != each.name) {
                continue;
            }
            if let (Some(base), Some(candidate)) =
                (base.figures.get(figure.id), candidate.figures.get(figure.id))
            {
                let (sum, other) = sides.unwrap_or_default();
                sides = Some((figure.over([sum, base]).ok()??, figure.over([other, candidate]).ok()??));
            }
        }
        let (baseline, candidate) = sides?;
        Some(Counts {
            boot: boot.map(|boot| boot.name.clone()),
            figure: figure.id.to_owned(),
            baseline,
            candidate,
        })
    };
    let boots = pairs.iter().flat_map(|(boot, ..)| shown().filter_map(move |figure| of(figure, Some(boot))));
    boots.chain(shown().filter_map(|figure| of(figure, None))).collect()
}

impl Counts {
    /// The change in per cent of the baseline's: infinite from nothing to something.
    #[must_use]
    pub fn change_percent(&self) -> f64 {
        match (self.baseline, self.candidate) {
            (base, candidate) if base == candidate => 0.0,
            (0, _) => f64::INFINITY,
            (base, candidate) => 100.0 * (candidate as f64 - base as f64) / base as f64,
        }
    }
    /// The change in words: `=`, `+1.50 %`, `x 12.3`.
    #[must_use]
    pub fn change_text(&self) -> String {
        match self.change_percent() {
            0.0 => "=".into(),
            percent if percent.is_infinite() => "new".into(),
            percent if percent >= 999.5 => format!("x {}", crate::units::ratio(1.0 + percent / 100.0)),
            percent => format!("{percent:+.2} %"),
        }
    }
}
