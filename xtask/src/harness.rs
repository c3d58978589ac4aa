//! How much of what is measured behind the ABI is the harness.

use std::path::Path;

use benches::count::Counting;
use benches::plan::{Member, Pace, Plan, StrategyRef};
use benches::probe;
use benches::quantity::{BootCost, Quantity};
use benches::results::{Cell, Outcome, Results};

use crate::cmd::measure;

/// A sentence on the harness's share, if the plan has a library: an idle strategy, called as one, is timed on the same boots
/// right after, and so is the baseline once more.
pub(crate) fn note(plan: &Plan) -> anyhow::Result<Option<String>> {
    let foreign = plan.members.iter().any(|member| matches!(member.strategy, StrategyRef::Library(_)));
    let (Some(baseline), true) =
        (plan.members.first(), foreign && plan.quantities.contains(&Quantity::BootCost))
    else {
        return Ok(None);
    };
    let idle = StrategyRef::BehindAbi(probe::IDLE.into());
    let idle = Member { label: "harness".into(), strategy: idle, program: None };
    let plan = Plan {
        members: vec![baseline.clone(), idle.clone()],
        quantities: vec![Quantity::BootCost],
        pace: Pace::QUICK,
        counting: Counting::Unasked,
        shard: None,
        ..plan.clone()
    };
    let file = Path::new("target/harness.jsonl");
    measure::into_file(&plan, file)?;
    let results = Results::read(file)?;
    let sum = |label: &str| -> Option<f64> {
        let cells = results.cells.iter().filter(|cell| cell.key.strategy == label);
        cells.map(calls_ns).sum()
    };
    let (Some(all), Some(harness)) = (sum(&baseline.label), sum(&idle.label)) else { return Ok(None) };
    let share = 100.0 * harness / all;
    Ok(Some(format!(
        "every strategy is called through the same table of functions; an idle one called so takes {share:.1} % of the time \
         that {} takes for all calls of these boots, which is the harness and in every time (target/harness.jsonl)",
        baseline.label
    )))
}

/// The median time of all calls of a boot.
fn calls_ns(cell: &Cell) -> Option<f64> {
    let Outcome::BootCost(BootCost { calls, .. }) = &cell.outcome else { return None };
    let mut all: Vec<f64> = calls.launches.iter().flat_map(|launch| &launch.ns).map(|ns| ns.get()).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}
