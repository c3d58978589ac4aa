//! The answer in three sentences, made from the data.

use super::{Analysis, Comparison, Total, Verdict};
use crate::units::{bytes, count, list, percent, plural, ratio, time};

/// Three sentences: on time, on memory, and on what that amounts to.
#[must_use]
pub fn answer(analysis: &Analysis) -> [String; 3] {
    [time_sentence(analysis), memory_sentence(analysis), proportion(analysis)]
}

fn time_sentence(analysis: &Analysis) -> String {
    let baseline = &analysis.baseline;
    let over = format!("Over {}", plural(analysis.boots.len(), "recorded boot"));
    let of = |wanted: &'static [Verdict]| {
        let known = analysis.totals.iter().filter_map(|total| Some((total, total.boot.as_ref()?)));
        let mut chosen: Vec<_> = known.filter(|(_, boot)| wanted.contains(&boot.verdict)).collect();
        chosen.sort_by(|one, other| one.1.ratio.unwrap_or(1.0).total_cmp(&other.1.ratio.unwrap_or(1.0)));
        chosen
    };
    let (claims, none) = (of(&[Verdict::Better, Verdict::Worse]), of(&[Verdict::NoDifference]));
    if claims.is_empty() && none.is_empty() {
        return format!(
            "{over} there are too few measurements to compare the time of any strategy with {baseline}'s."
        );
    }
    let claim = |(place, (total, boot)): (usize, &(&Total, &Comparison))| {
        let times = ratio(boot.ratio.unwrap_or(1.0));
        let range = boot
            .interval
            .map_or_else(String::new, |range| format!("{} to {}", ratio(range.low), ratio(range.high)));
        match place {
            0 => format!(
                "{} takes {times} times as long as {baseline} (95 % interval {range})",
                total.strategy
            ),
            _ => format!("{} {times} times ({range})", total.strategy),
        }
    };
    let names = |some: &[(&Total, &Comparison)]| {
        list(&some.iter().map(|(total, _)| total.strategy.clone()).collect::<Vec<_>>())
    };
    let claimed: Vec<String> = claims.iter().enumerate().map(claim).collect();
    match (claimed.is_empty(), none.is_empty()) {
        (true, _) => format!("{over} no strategy is shown to take more or less time than {baseline}."),
        (false, true) => format!("{over} {}.", list(&claimed)),
        (false, false) => format!("{over} {}; no difference is shown for {}.", list(&claimed), names(&none)),
    }
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
