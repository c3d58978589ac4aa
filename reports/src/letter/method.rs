//! How the figures were made, and how to make them again.

use benches::results::Header;

use workloads::capture::shell;

use super::Subject;
use crate::method;

/// What a replay is not.
pub(super) fn left_out() -> Vec<String> {
    [
        "Zeroing of what is allocated, which takes far longer than finding it and is the same for all.",
        "The kernel around the calls: its cache misses, page faults and interrupts. Caches are as warm as a loop of \
         replays leaves them.",
        "Other choices of the callers: they ask for what they asked for in the recorded boot, whatever they are given.",
        "The boots were recorded on kernels with memblock, mostly under emulation. That does not change what was asked \
         of the allocator; it says nothing about how long those kernels took.",
        "Source and object size: see the patch's diffstat and scripts/bloat-o-meter.",
    ]
    .map(str::to_owned)
    .to_vec()
}

pub(super) fn method(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(
        "Each boot is replayed call by call: the allocations, reservations and frees of the recorded kernel, in their order."
            .into(),
    );
    let sums = || subject.compare.exact.iter().filter(|counts| counts.boot.is_none());
    if let Some(wrong) = sums().find(|counts| counts.figure == "violations") {
        let wrong = wrong.baseline + wrong.candidate;
        lines.push(format!(
            "A checker that shares no code with the allocators watched a replay of each: {} answers were wrong (not free, \
             misaligned, beyond a limit, on a wrong node, released twice or lost).",
            if wrong == 0 { "no".into() } else { wrong.to_string() }
        ));
    }
    for run in &subject.analysis.runs {
        lines.push(method::machine(run));
        lines.push(method::built(run));
        lines.push(sampling(run));
    }
    lines.push(
        "Ratios are medians of pairs of samples that were taken within moments, then means over launches without the lowest \
         and highest fifth. Intervals are Student's t over launches, which are the unit of replication: what a launch fixes \
         (addresses, layout) is in them."
            .into(),
    );
    lines.extend(subject.compare.notes.iter().map(|note| format!("Note: {note}.")));
    lines
}

fn sampling(run: &Header) -> String {
    format!(
        "Up to {} launches of each, {} samples a launch, taken in turn in an order drawn from seed {}; each sample starts \
         from fresh state that is built outside the clock.",
        run.plan.pace.launches, run.plan.pace.blocks, run.plan.seed
    )
}

/// A command line of at most 72 columns a line, as a shell reads it.
fn continued(words: &[String]) -> String {
    let mut text = String::from(" ");
    let mut column = 1;
    for word in words.iter().map(|word| shell(std::slice::from_ref(word))) {
        if column > 4 && column + 1 + word.len() > 70 {
            text.push_str(" \\\n   ");
            column = 3;
        }
        text.extend([" ", &word]);
        column += 1 + word.len();
    }
    text
}

pub(super) fn commands(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for run in &subject.analysis.runs {
        if let Some(commit) = &run.commit {
            lines.push(format!("  git checkout {}", commit.id.chars().take(12).collect::<String>()));
        }
        let mut words = run.command.clone();
        if !words.iter().any(|word| word.starts_with("--seed")) {
            words.extend(["--seed".to_owned(), run.plan.seed.to_string()]);
        }
        lines.push(continued(&words));
        if run.command.iter().any(|word| word == "measure") {
            let out = run.command.iter().skip_while(|word| *word != "--out").nth(1);
            let out = out.map_or("target/results.jsonl", String::as_str);
            lines.push(format!("  cargo xtask letter {} --from {out}", subject.compare.candidate));
        }
    }
    lines
}
