//! How the figures were made.

use super::Subject;
use super::change::overall;
use crate::method;
use crate::units::plural;

/// In about five lines.
pub(super) fn in_short(subject: &Subject<'_>) -> String {
    let runs = &subject.analysis.runs;
    let Some(run) = runs.first() else { return "Nothing is known of the measurement.".into() };
    let (cpu, machine) = (run.machine.cpu.as_deref().unwrap_or("an unnamed processor"), &run.machine);
    let virtual_one = if machine.virtual_machine == Some(true) { ", a virtual machine" } else { "" };
    let rustc: String = run.toolchain.rustc.split(" (").next().unwrap_or_default().into();
    let more =
        if runs.len() > 1 { format!(" and {} more", plural(runs.len() - 1, "run")) } else { String::new() };
    format!(
        "On {cpu}, {}{virtual_one}, by {rustc}{more}; up to {} launches of {} samples each, in turn. Ratios are of pairs of \
         samples; intervals are of 95 %; verdicts are corrected for {} (Holm). {}",
        plural(machine.cpus as usize, "CPU"),
        run.plan.pace.launches,
        run.plan.pace.blocks,
        plural(subject.compare.comparisons, "comparison"),
        checked(subject)
    )
}

fn checked(subject: &Subject<'_>) -> String {
    overall(subject).find(|counts| counts.figure == "violations").map_or_else(
        || "The replay was not checked.".into(),
        |wrong| match wrong.baseline + wrong.candidate {
            0 => "A checker that shares no code with them found every answer of both legal.".into(),
            number => {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                format!("A checker found {} that no allocator may give.", plural(number, "answer"))
            }
        },
    )
}

/// At length.
pub(super) fn at_length(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for run in &subject.analysis.runs {
        lines.extend([method::machine(run), method::built(run)]);
        lines.push(format!(
            "Launches run in an order drawn from seed {}; each sample starts from fresh state that is built outside the clock.",
            run.plan.seed
        ));
    }
    lines.extend(
        [
            "Within a launch, the ratio is the median over pairs of samples that were taken within moments; over launches, the \
             mean without the lowest and highest fifth. Intervals are Student's t over launches, which are the unit of \
             replication: what a launch fixes (addresses, layout) is in them.",
            "Left out: zeroing of what is allocated, which takes far longer than finding it and is the same for all; the \
             kernel around the calls, its cache misses, page faults and interrupts; what callers would have asked for had \
             they been given other memory.",
        ]
        .map(str::to_owned),
    );
    lines.extend(subject.compare.notes.iter().map(|note| format!("Note: {note}.")));
    lines
}
