//! A strategy over all boots.

use benches::figures::{FIGURES, Figures};
use benches::stats::{Ratio, mean_of_ratios, mean_of_rounds};
use serde::Serialize;

use super::noisy::{BOOT_COST, Noisy};
use super::{AboveFloor, Boot, Comparison, Subject};

/// A strategy over all boots.
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    /// The strategy.
    pub strategy: String,
    /// The geometric means of the boots' ratios, of each noisy figure that was compared.
    pub means: Vec<Mean>,
    /// The geometric means over boots of what the calls and the hand-over take of a boot's cost, over the baseline's: what
    /// follows from the times of the boots. `None` for the baseline, and where parts are not known.
    pub parts: Option<PartRatios>,
    /// How many times the floor's cost a boot costs: the geometric mean over boots; `None` of the floor, and where that was not
    /// measured.
    pub above_floor: Option<AboveFloor>,
    /// The exact figures over the boots on which every strategy has them.
    pub figures: Figures,
    /// How many boots those are.
    pub boots: usize,
}

/// The parts of a boot's cost, each over the baseline's.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct PartRatios {
    /// All calls before the hand-over.
    pub calls: f64,
    /// The hand-over.
    pub hand_over: f64,
}

/// The mean of the boots' ratios.
#[derive(Clone, Debug, Serialize)]
pub struct Mean {
    /// The figure's id.
    pub figure: String,
    /// How many boots have a ratio.
    pub boots: usize,
    /// The geometric mean of exactly those.
    pub comparison: Comparison,
}

impl Total {
    /// The mean ratio of a noisy figure.
    #[must_use]
    pub fn mean(&self, figure: &str) -> Option<&Comparison> {
        self.means.iter().find(|mean| mean.figure == figure).map(|mean| &mean.comparison)
    }

    pub(super) fn comparisons(&mut self) -> impl Iterator<Item = &mut Comparison> {
        self.means.iter_mut().map(|mean| &mut mean.comparison)
    }
}

/// The logarithm of each launch's ratio on a boot.
pub(super) type Rounds<'r> = dyn Fn(&Boot, &Noisy) -> Vec<Option<f64>> + 'r;

/// `rounds` where launches of all boots share the layouts of the code.
pub(super) fn of(
    boots: &[Boot],
    noisy: &[Noisy],
    strategy: &str,
    baseline: &str,
    rounds: Option<&Rounds<'_>>,
) -> Total {
    let mean = |noisy: &Noisy| {
        let ratio =
            |boot: &Boot| boot.subject(strategy)?.time(&noisy.id)?.comparison.as_ref()?.statistic().ok();
        let compared: Vec<(&Boot, Ratio)> =
            boots.iter().filter_map(|boot| Some((boot, ratio(boot)?))).collect();
        let known: Vec<Ratio> = compared.iter().map(|(_, ratio)| *ratio).collect();
        let mean = || match rounds {
            // The mean of one boot is that boot's.
            Some(rounds) if known.len() > 1 => {
                let of_boots: Vec<_> = compared.iter().map(|(boot, _)| rounds(boot, noisy)).collect();
                mean_of_rounds(&known, &of_boots)
            }
            _ => mean_of_ratios(&known),
        };
        (!known.is_empty()).then(|| Mean {
            figure: noisy.id.clone(),
            boots: known.len(),
            comparison: Comparison::new(mean()),
        })
    };
    let whole: Vec<&Boot> = boots.iter().filter(|boot| boot.subjects.iter().all(Subject::is_exact)).collect();
    let mut figures = Figures::default();
    for figure in FIGURES {
        let values = whole.iter().map(|boot| boot.subject(strategy)?.figures.get(figure.id));
        // The sum of some boots would pass for that of all.
        let Some(values) = values.collect::<Option<Vec<u64>>>() else { continue };
        if let Ok(Some(value)) = figure.over(values) {
            figures.set(figure.id, value);
        }
    }
    let means = if strategy == baseline { Vec::new() } else { noisy.iter().filter_map(mean).collect() };
    let parts = (strategy != baseline).then(|| parts(boots, strategy, baseline)).flatten();
    Total { strategy: strategy.into(), means, parts, above_floor: None, figures, boots: whole.len() }
}

fn parts(boots: &[Boot], strategy: &str, baseline: &str) -> Option<PartRatios> {
    let of = |boot: &Boot, strategy: &str| boot.subject(strategy)?.time(BOOT_COST)?.parts;
    let both = boots.iter().filter_map(|boot| Some((of(boot, strategy)?, of(boot, baseline)?)));
    let logs: Vec<(f64, f64)> = both
        .map(|(own, base)| ((own.calls_ns / base.calls_ns).ln(), (own.hand_over_ns / base.hand_over_ns).ln()))
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| (logs.iter().map(of).sum::<f64>() / logs.len() as f64).exp();
    (!logs.is_empty()).then(|| PartRatios { calls: mean(|one| one.0), hand_over: mean(|one| one.1) })
}
