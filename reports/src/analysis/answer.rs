//! The answer in three sentences, made from the data.

use super::{Analysis, Total, Verdict};
use crate::units::{bytes, count, list, percent, plural, ratio, time};

/// Three sentences: on time, on memory, and on what that amounts to.
#[must_use]
pub fn answer(analysis: &Analysis) -> [String; 3] {
    [time_sentence(analysis), memory_sentence(analysis), proportion(analysis)]
}

fn time_sentence(analysis: &Analysis) -> String {
    let baseline = &analysis.baseline;
    let over = format!("Over {}", plural(analysis.boots.len(), "recorded boot"));
    let claims = |wanted: Verdict| {
        let of = |total: &Total| {
            let boot = total.boot.as_ref()?;
            let interval = boot.interval?;
            (boot.verdict == wanted).then(|| {
                let (low, high) = (ratio(interval.low), ratio(interval.high));
                (
                    boot.ratio.unwrap_or(1.0),
                    format!(
                        "{} ({} times; {low} to {high})",
                        total.strategy,
                        ratio(boot.ratio.unwrap_or(1.0))
                    ),
                )
            })
        };
        let mut claims: Vec<_> = analysis.totals.iter().filter_map(of).collect();
        claims.sort_by(|one, other| one.0.total_cmp(&other.0));
        claims.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
    };
    let (better, worse) = (claims(Verdict::Better), claims(Verdict::Worse));
    if analysis.totals.iter().all(|total| total.boot.as_ref().is_none_or(|boot| boot.ratio.is_none())) {
        return format!(
            "{over} there are too few measurements to compare the time of any strategy with {baseline}'s."
        );
    }
    match (better.is_empty(), worse.is_empty()) {
        (true, true) => format!("{over} no strategy is shown to take more or less time than {baseline}."),
        (false, true) => format!("{over} {} {} less time than {baseline}.", list(&better), take(&better)),
        (true, false) => format!("{over} {} {} more time than {baseline}.", list(&worse), take(&worse)),
        (false, false) => format!(
            "{over} {} {} less time than {baseline}, and {} {} more.",
            list(&better),
            take(&better),
            list(&worse),
            take(&worse)
        ),
    }
}

fn take(who: &[String]) -> &'static str {
    if who.len() == 1 { "takes" } else { "take" }
}

fn memory_sentence(analysis: &Analysis) -> String {
    let measured: Vec<&Total> = analysis.totals.iter().filter(|total| total.boots > 0).collect();
    let Some(most) = measured.iter().map(|total| total.intact_2m).max() else {
        return "What memory looks like afterwards was not measured.".into();
    };
    let least = measured.iter().map(|total| total.intact_2m).min().unwrap_or(most);
    let named = |intact: u64| {
        let names = measured.iter().filter(|total| total.intact_2m == intact);
        list(&names.map(|total| total.strategy.clone()).collect::<Vec<_>>())
    };
    let intact = if most == least {
        format!("All leave {} blocks of 2 MiB intact", count(most))
    } else {
        format!(
            "{} leave{} the most blocks of 2 MiB intact, {}, and {} the fewest, {} less ({})",
            named(most),
            if measured.iter().filter(|total| total.intact_2m == most).count() == 1 { "s" } else { "" },
            count(most),
            named(least),
            count(most - least),
            percent(most - least, most)
        )
    };
    let short = shortcomings(&measured);
    if short.is_empty() {
        format!("{intact}; every request that the kernels granted was granted.")
    } else {
        format!("{intact}; {}.", list(&short))
    }
}

/// What went wrong, those named together of whom the same is to be said.
fn shortcomings(totals: &[&Total]) -> Vec<String> {
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for total in totals {
        let what = shortcoming(total);
        match said.iter_mut().find(|(known, _)| *known == what) {
            _ if what.is_empty() => {}
            Some((_, who)) => who.push(total.strategy.clone()),
            None => said.push((what, vec![total.strategy.clone()])),
        }
    }
    said.into_iter().map(|(what, who)| format!("{} {what}", list(&who))).collect()
}

fn shortcoming(total: &Total) -> String {
    let mut parts = Vec::new();
    if total.failed > 0 {
        parts.push(format!("failed {} of {} requests", count(total.failed), count(total.allocations)));
    }
    if total.conflicts > 0 {
        let needed = plural(usize::try_from(total.conflicts).unwrap_or(usize::MAX), "fixed reservation");
        parts.push(format!("gave away what {needed} needed later"));
    }
    if total.violations > 0 {
        parts.push(format!("gave {} answers that no allocator may give", count(total.violations)));
    }
    list(&parts)
}

fn proportion(analysis: &Analysis) -> String {
    let middles = analysis.boots.iter().flat_map(|boot| {
        boot.subjects.iter().filter_map(move |one| Some((boot, one, one.boot.as_ref()?.middle.ns)))
    });
    let mut middles: Vec<_> = middles.collect();
    middles.sort_by(|one, other| one.2.total_cmp(&other.2));
    let metadata: Vec<u64> =
        analysis.totals.iter().filter(|total| total.boots > 0).map(|total| total.metadata_bytes).collect();
    let tables = match (metadata.iter().min(), metadata.iter().max()) {
        (Some(least), Some(most)) if least != most => {
            format!("; their tables take {} to {} over all boots", bytes(*least), bytes(*most))
        }
        _ => String::new(),
    };
    match (middles.first(), middles.last()) {
        (Some(fast), Some(slow)) => format!(
            "In absolute terms a whole boot costs from {} ({} on {}) to {} ({} on {}) inside the allocator{tables}.",
            time(fast.2),
            fast.1.strategy,
            fast.0.name,
            time(slow.2),
            slow.1.strategy,
            slow.0.name
        ),
        _ => format!("What a boot costs in absolute terms was not measured{tables}."),
    }
}
