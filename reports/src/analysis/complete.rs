//! What is missing in results, in words: told on the first line of all that is made from them.

use benches::results::{Completeness, Key};

use crate::harmless::line;
use crate::units::{list, plural};

/// What was planned and is not there, what failed, and what is doubtful: a clause each. Of failures, those of `only` these
/// strategies, if there are any.
pub(super) fn missing(whole: &Completeness, only: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    if whole.cut_bytes > 0 {
        told.push(format!(
            "the file ends in the midst of a measurement, whose {} are left out",
            plural(size(whole.cut_bytes), "byte")
        ));
    }
    if let Some(first) = whole.missing_shards.first() {
        let names: Vec<String> = whole.missing_shards.iter().map(|shard| shard.index.to_string()).collect();
        let (s, are) = if names.len() == 1 { ("", "is") } else { ("s", "are") };
        told.push(format!("shard{s} {} of {} {are} missing", list(&names), first.of));
    } else if whole.missing_groups > 0 {
        told.push(format!("{} of the plan are missing", plural(size(whole.missing_groups), "group")));
    }
    let asked = |key: &&Key| only.is_empty() || only.contains(&line(&key.strategy).into_owned());
    let failed: Vec<&Key> = whole.failed.iter().filter(asked).collect();
    if let Some(first) = failed.first() {
        let others = if failed.len() > 1 { " and others" } else { "" };
        let what = plural(failed.len(), "measurement");
        told.push(format!("{what} failed ({}{others})", line(&first.to_string())));
    }
    for (boot, why) in &whole.doubtful {
        told.push(format!("the trace of {} is doubtful ({})", line(boot), line(why)));
    }
    told
}

/// That the machine had more to do than the processors that the measurement leaves free.
pub(super) fn busy(whole: &Completeness) -> Vec<String> {
    let loads = whole.busy.iter().map(|(_, load)| *load);
    let most = loads.max_by(f64::total_cmp);
    let told =
        |load: f64| format!("the machine was busy, with {load:.2} tasks on average before the measurement");
    most.map(told).into_iter().collect()
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
