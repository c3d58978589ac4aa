//! What the kernel itself paid, beside what replays of the same calls take.

use benches::figures::Figures;
use workloads::cost::Kind;

use super::{Cell, Table, Tone};
use crate::analysis::{Analysis, Apart, Boot, Paid};
use crate::units::{count, list, ratio};

/// The kinds of calls that stand in a log and that a replay makes: their figures in a replay.
const LOGGED: [(Kind, &str); 3] = [
    (Kind::Reserve, "instructions-reserve"),
    (Kind::Free, "instructions-free"),
    (Kind::Alloc, "instructions-alloc"),
];

/// Instructions of the kernel in its own boot, by kind of call, and below it of each strategy in a replay; without rows where the
/// boot was not counted.
#[must_use]
pub fn paid(analysis: &Analysis, boot: &Boot) -> Table {
    let heads = [
        "code",
        "add#+",
        "reserve#",
        "free#",
        "alloc#",
        "sum#",
        "ratio#",
        "hand-over#",
        "ratio#",
        "settings#+",
        "queries#+",
    ];
    let mut table = Table::new("Instructions: the kernel in its own boot, and replays of its calls", &heads);
    let Some(paid) = boot.facts.as_ref().and_then(|facts| facts.paid.as_ref()) else { return table };
    table.rows.push(whole(paid));
    table.rows.push(logged(paid));
    let harness = harness(analysis).and_then(|label| boot.subject(label)).map(|subject| &subject.figures);
    let counted = boot.subjects.iter().filter(|subject| subject.figures.get(LOGGED[2].1).is_some());
    let replays: Vec<_> = counted.map(|subject| replay(paid, subject, harness)).collect();
    table.notes.push(what(paid, !replays.is_empty(), harness.is_some()));
    table.notes.extend(paid.doubt.as_ref().map(|doubt| format!("Doubtful: {doubt}.")));
    table.rows.extend(replays);
    table
}

/// The label of the idle strategy that was measured beside the others, if one was.
fn harness(analysis: &Analysis) -> Option<&str> {
    let mut members = analysis.runs.iter().flat_map(|run| &run.plan.members);
    members.find(|member| member.strategy.is_harness()).map(|member| member.label.as_str())
}

/// All calls of the boot.
fn whole(paid: &Paid) -> Vec<Cell> {
    let of = |kind| paid.kind(kind).map_or(0, |known| known.instructions);
    let number = |kind| Cell::new(count(of(kind)));
    let together = LOGGED.iter().map(|(kind, _)| of(*kind)).fold(0, u64::saturating_add);
    let blank = || Cell::new("");
    vec![
        Cell::new("the boot"),
        number(Kind::Add),
        number(Kind::Reserve),
        number(Kind::Free),
        number(Kind::Alloc),
        Cell::new(count(together)),
        blank(),
        number(Kind::HandOver),
        blank(),
        number(Kind::Settings),
        number(Kind::Query),
    ]
}

/// Those of its calls that stand in the log.
fn logged(paid: &Paid) -> Vec<Cell> {
    let of = |kind| paid.kind(kind).and_then(|known| known.logged).unwrap_or_default();
    let number = |kind| Cell::new(count(of(kind)));
    let one = || Cell::new("1").tone(Tone::Faint);
    let hand_over = paid.kind(Kind::HandOver).map_or(0, |known| known.instructions);
    vec![
        Cell::new("logged calls"),
        number(Kind::Add),
        number(Kind::Reserve),
        number(Kind::Free),
        number(Kind::Alloc),
        Cell::new(count(of_logged(paid))),
        one(),
        Cell::new(count(hand_over)),
        one(),
        Cell::nothing(),
        Cell::nothing(),
    ]
}

/// What the logged calls took that a replay is held against.
fn of_logged(paid: &Paid) -> u64 {
    LOGGED.iter().filter_map(|(kind, _)| paid.kind(*kind)?.logged).fold(0, u64::saturating_add)
}

/// What a replay's calls took that are held against logged ones; `None` if they were not counted by kind.
fn of_replay(figures: &Figures) -> Option<u64> {
    LOGGED.iter().try_fold(0_u64, |sum, (_, id)| Some(sum.saturating_add(figures.get(id)?)))
}

/// What the calls of a replay take of what the same calls took in the boot; `None` where one of them was not counted.
#[must_use]
pub fn calls_ratio(paid: &Paid, figures: &Figures, harness: Option<&Figures>) -> Option<f64> {
    let less = harness.map_or(Some(0), of_replay)?;
    share(of_replay(figures)?.saturating_sub(less), of_logged(paid))
}

fn replay(paid: &Paid, subject: &crate::analysis::Subject, harness: Option<&Figures>) -> Vec<Cell> {
    let figures = &subject.figures;
    let own = |id: &str| figures.get(id).map_or_else(Cell::nothing, |number| Cell::new(count(number)));
    let hand_over = paid.kind(Kind::HandOver).map_or(0, |known| known.instructions);
    let is_harness = harness == Some(figures);
    let shown = |value: Option<f64>| match value {
        Some(value) if !is_harness => Cell::new(ratio(value)),
        _ => Cell::nothing(),
    };
    let walk = figures.get("instructions-walk").and_then(|walk| share(walk, hand_over));
    vec![
        Cell::new(&subject.strategy),
        own("instructions-add"),
        own(LOGGED[0].1),
        own(LOGGED[1].1),
        own(LOGGED[2].1),
        of_replay(figures).map_or_else(Cell::nothing, |sum| Cell::new(count(sum))),
        shown(calls_ratio(paid, figures, harness)),
        own("instructions-walk"),
        shown(walk),
        own("instructions-settings"),
        Cell::nothing(),
    ]
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What the boot paid beside, and how to read the rest.
fn what(paid: &Paid, replayed: bool, harness: bool) -> String {
    let beside: Vec<String> = paid.apart.iter().map(told).collect();
    let beside = if beside.is_empty() {
        String::new()
    } else {
        format!("; beside those {}: a replay has none of that", list(&beside))
    };
    let replays = match (replayed, harness) {
        (false, _) => {
            "What replays take by kind was not counted; `cargo xtask measure --quantity instructions` does."
        }
        (true, false) => {
            "Ratios: a replay to the logged calls; its hand-over is without the page allocator's model."
        }
        (true, true) => {
            "Ratios: a replay's calls, less those of the harness (an idle strategy), to the logged calls; its hand-over is \
             without the page allocator's model."
        }
    };
    format!(
        "The boot: the kernel itself in QEMU, {} instructions to the end of the hand-over, {} of them its allocator's{beside}. \
         Logged calls stand in its log, so that a replay makes them, too. Sum: reserve, free and alloc. {replays}",
        count(paid.total),
        count(paid.allocator)
    )
}

/// What was spent on something, and on what.
pub(crate) fn told(apart: &Apart) -> String {
    let Apart { what, instructions, rounds } = apart;
    if *rounds > 0 {
        format!("{} on {what} (and {} rounds of string instructions)", count(*instructions), count(*rounds))
    } else {
        format!("{} on {what}", count(*instructions))
    }
}
