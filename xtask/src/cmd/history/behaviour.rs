//! What a letter says of behaviour.

use anyhow::bail;
use benches::plan::Limits;
use reports::units::plural;

use super::{Differs, REGARDS, replays};
use crate::kernels::Kernel;
use crate::traces::Named;

/// A sentence on what the second of two kernels answers otherwise than the first on these boots.
pub(crate) fn behaviour(kernels: &mut [Kernel], traces: &[Named], limits: Limits) -> anyhow::Result<String> {
    let [before, after] = kernels else { bail!("two revisions are held against each other") };
    let [one, other] = [replays(before, traces, limits)?, replays(after, traces, limits)?];
    let both: Vec<_> = one
        .iter()
        .zip(&other)
        .filter_map(|(one, other)| Some((one.as_ref().ok()?, other.as_ref().ok()?)))
        .collect();
    let of = |(what, differs): (&str, Differs)| {
        let boots = both.iter().filter(|(one, other)| differs(one, other)).count();
        (boots > 0).then(|| format!("{what} on {boots}"))
    };
    let changed: Vec<String> = REGARDS.into_iter().filter_map(of).collect();
    let boots = plural(both.len(), "boot");
    let mut sentences = Vec::new();
    if !both.is_empty() {
        sentences.push(if changed.is_empty() {
            format!(
                "no behaviour change on {boots}: the same addresses, regions, sizes of the lists and pages handed over"
            )
        } else {
            format!("the behaviour changes, of {boots}: {}", changed.join(", "))
        });
    }
    for (label, side) in [(&before.label, &one), (&after.label, &other)] {
        let failed =
            || traces.iter().zip(side).filter_map(|(named, seen)| Some((named, seen.as_ref().err()?)));
        if let Some((named, why)) = failed().next() {
            let boots = plural(failed().count(), "boot");
            sentences.push(format!("the code of {label} FAILED on {boots}, the first {}: {why}", named.name));
        }
    }
    Ok(sentences.join("; "))
}
