//! What it changes for users, and compared with what.

use benches::figures::figure;

use super::Subject;
use super::matter::{figure_matters, share, time_matters};
use crate::analysis::AboveFloor;
use crate::compare::{Counts, Row};
use crate::tables::{calls_ratio, in_unit};
use crate::text::what_is_measured;
use crate::units::{list, ratio, time};

/// What differs, in absolute terms and as a share of the boot.
pub(super) fn for_users(subject: &Subject<'_>) -> Vec<String> {
    let mut said = vec![super::share::answer(subject), largest(subject)];
    said.extend(floor(subject));
    said.extend(instructions(subject));
    said.push(memory(subject));
    said
}

/// The boot whose time changes most.
fn largest(subject: &Subject<'_>) -> String {
    let question = subject.compare.times.iter().find(|question| question.id == subject.analysis.headline);
    let Some(question) = question else { return "The time of boots was not measured.".into() };
    let size = |row: &Row| Some((row.candidate_ns - row.baseline_ns?).abs());
    let shown = question.rows.iter().filter(|row| row.comparison.differs());
    let largest =
        shown.filter_map(|row| Some((row, size(row)?))).max_by(|one, other| one.1.total_cmp(&other.1));
    let Some((row, ns)) = largest else { return "No boot is shown to cost more time or less.".into() };
    let (from, to) = (time(row.baseline_ns.unwrap_or_default()), time(row.candidate_ns));
    let number = subject.number(&row.boot);
    let boot = subject.recorded_ns(&row.boot);
    let part = match boot {
        Some(boot) => format!("{} % of that boot as recorded", share(ns, boot)),
        None => format!("{} % of one second", share(ns, 1e9)),
    };
    let weight = if time_matters(ns, boot) { "" } else { ": real, but too small to matter" };
    format!("The cost of a boot changes most on {number}, from {from} to {to}; {part}{weight}.")
}

/// How far both are from what no strategy can fall below.
fn floor(subject: &Subject<'_>) -> Option<String> {
    let of = |name: &str| {
        let total = subject.analysis.totals.iter().find(|total| total.strategy == name)?;
        let AboveFloor { times, interval } = total.above_floor?;
        Some(format!("{} times ({} to {})", ratio(times), ratio(interval.low), ratio(interval.high)))
    };
    let (base, own) = (&subject.compare.baseline, &subject.compare.candidate);
    Some(format!(
        "The least that any strategy can take is what one takes that knows the answers and only notes the calls: {base} takes {} \
         that, {own} {}.",
        of(base)?,
        of(own)?
    ))
}

fn instructions(subject: &Subject<'_>) -> Option<String> {
    let of = |id: &str| overall(subject).find(|counts| counts.figure == id);
    let all = of("instructions")?;
    let times = |counts: &Counts| ratio(counts.candidate as f64 / counts.baseline.max(1) as f64);
    let parts = [("instructions-calls", "calls"), ("instructions-hand-over", "hand-over")];
    let parts: Vec<String> =
        parts.iter().filter_map(|(id, name)| Some(format!("{name} x {}", times(of(id)?)))).collect();
    let whole = figure("instructions")?;
    Some(format!(
        "Instructions, exactly counted: {} instead of {}, x {} ({}).",
        in_unit(whole, all.candidate),
        in_unit(whole, all.baseline),
        times(all),
        parts.join(", ")
    ))
}

fn memory(subject: &Subject<'_>) -> String {
    let changed = |wanted: bool| -> Vec<String> {
        let counts = overall(subject).filter(|counts| !counts.figure.starts_with("instructions"));
        counts
            .filter(|counts| counts.gains() == Some(wanted) && figure_matters(counts))
            .filter_map(told)
            .collect()
    };
    match (&changed(true)[..], &changed(false)[..]) {
        ([], []) => "Memory is left as good as the same: no exact figure changes by what matters.".into(),
        (better, []) => format!("Of what is exact, better: {}.", list(better)),
        ([], worse) => {
            format!("Of what is exact, nothing is better by what matters; worse are {} below.", worse.len())
        }
        (better, worse) => {
            format!("Of what is exact, better: {}; worse are {} below.", list(better), worse.len())
        }
    }
}

pub(super) fn overall<'s>(subject: &'s Subject<'_>) -> impl Iterator<Item = &'s Counts> {
    subject.compare.exact.iter().filter(|counts| counts.boot.is_none())
}

/// A change of an exact figure in words.
pub(super) fn told(counts: &Counts) -> Option<String> {
    let figure = counts.what()?;
    let [after, before] = [counts.candidate, counts.baseline].map(|value| in_unit(figure, value));
    Some(format!("{} ({after} instead of {before})", figure.title))
}

/// What was compared, and of which code.
pub(super) fn compared(subject: &Subject<'_>) -> Vec<String> {
    let of = |name: &str| {
        let known = subject.analysis.strategies.iter().find(|one| one.name == name);
        let summary = known.map(|known| known.summary.as_str()).filter(|summary| !summary.is_empty());
        let (baseline, _) = subject.heads();
        let role = match (baseline == subject.compare.baseline, name == subject.compare.baseline) {
            (true, _) => "",
            (false, true) => " (`baseline` below)",
            (false, false) => " (`candidate` below)",
        };
        format!("{name}{role}: {}.", summary.unwrap_or("known by its name only").trim_end_matches('.'))
    };
    let replayed = "Both were replayed in user space, on the calls that kernels made in recorded boots.";
    let code = what_is_measured(subject.analysis).unwrap_or_default();
    let mut said =
        vec![of(&subject.compare.candidate), of(&subject.compare.baseline), format!("{replayed} {code}")];
    said.extend(beside_the_boot(subject));
    said
}

/// What the replays take of what the kernels themselves took for the same calls; `None` where that was not counted.
fn beside_the_boot(subject: &Subject<'_>) -> Option<String> {
    let of = |name: &str| {
        let boots = subject.analysis.boots.iter();
        let ratios = boots.filter_map(|boot| {
            calls_ratio(boot.facts.as_ref()?.paid.as_ref()?, &boot.subject(name)?.figures, None)
        });
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        match ratios[..] {
            [] => None,
            [one] => Some(format!("{} with {name}", ratio(one))),
            [least, .., most] => Some(format!("{} to {} with {name}", ratio(least), ratio(most))),
        }
    };
    let takes = list(&[of(&subject.compare.baseline)?, of(&subject.compare.candidate)?]);
    Some(format!(
        "A replay is not the boot: the same calls take, of the instructions that the recorded kernels themselves took for them, \
         {takes}."
    ))
}
