//! What the allocator takes of a boot, and what the change can save of that.

use super::Subject;
use crate::analysis::Paid;
use crate::compare::Counts;
use crate::tables::{Cell, Table};
use crate::units::{count, list};

/// With more counted boots than this, those with the least and the largest share are named.
const NAMED: usize = 3;

/// A boot that was counted.
struct Counted<'a> {
    boot: &'a str,
    paid: &'a Paid,
    replay: Option<&'a Counts>,
}

impl Counted<'_> {
    /// What the candidate saves of the baseline's instructions in the replay, 0 to 1; `None` if they were not counted.
    fn saves(&self) -> Option<f64> {
        self.replay.map(|counts| {
            counts.baseline.saturating_sub(counts.candidate) as f64 / counts.baseline.max(1) as f64
        })
    }

    /// The most that it can save of all instructions of the boot, 0 to 1.
    fn at_most(&self) -> f64 {
        self.paid.share() * self.saves().unwrap_or(1.0)
    }
}

/// The share by machine, and the bound that it puts on any gain.
pub(super) fn answer(subject: &Subject<'_>) -> String {
    let counted = counted(subject);
    let all = subject.analysis.boots.len();
    let Some(named) = named(&counted) else {
        return "Which share of a boot the allocator takes is not known: none of these boots was counted, which `cargo xtask \
                boot-cost` does."
            .into();
    };
    let takes = named
        .iter()
        .map(|one| format!("{} on {} {}", per_cent(one.paid.share()), one.boot, subject.number(one.boot)));
    let takes = list(&takes.collect::<Vec<_>>());
    let saves = list(&named.iter().map(|one| per_cent(one.at_most())).collect::<Vec<_>>());
    let among = match (named.len(), counted.len()) {
        (named, counted) if named < counted => {
            format!(" These are the least and the largest share of {counted} counted boots of {all}.")
        }
        (_, counted) if counted < all => {
            format!(" {counted} of {all} boots were counted; `cargo xtask boot-cost` counts others.")
        }
        _ => String::new(),
    };
    format!(
        "Of all instructions up to the end of the hand-over, the kernel's allocator takes {takes}; the patch saves at most \
         {saves} of them: a bound in instructions, not in time, which the appendix computes.{among}"
    )
}

/// The numbers that the bound is computed from; `None` where no boot was counted.
pub(super) fn table(subject: &Subject<'_>) -> Option<Table> {
    let heads = ["boot", "instructions#", "allocator#", "share#", "replay saves#", "at most#"];
    let mut table = Table::new("the kernel's allocator in the boots that were counted", &heads);
    for one in counted(subject) {
        table.rows.push(vec![
            Cell::new(subject.number(one.boot)),
            Cell::new(count(one.paid.total)),
            Cell::new(count(one.paid.allocator)),
            Cell::new(per_cent(one.paid.share())),
            one.saves().map_or_else(Cell::nothing, |saves| Cell::new(per_cent(saves))),
            Cell::new(per_cent(one.at_most())),
        ]);
    }
    table.notes.push(
        "Instructions: of a real boot, to the end of the hand-over. At most: the share times what the replay saves, if the \
         kernel's code saves in that proportion, calls that no replay has included; where the replay's instructions were not \
         counted, all of the share. Whether the boot itself saves it, `cargo xtask boot-cost BOOT --linux-image BASE \
         --linux-image PATCHED` counts, function by function."
            .into(),
    );
    (!table.rows.is_empty()).then_some(table)
}

fn counted<'a>(subject: &Subject<'a>) -> Vec<Counted<'a>> {
    let boots = subject.analysis.boots.iter();
    let of = |boot: &'a crate::analysis::Boot| {
        let replay = subject.compare.exact.iter().find(|counts| {
            counts.figure == "instructions" && counts.boot.as_deref() == Some(boot.name.as_str())
        });
        Some(Counted { boot: &boot.name, paid: boot.facts.as_ref()?.paid.as_ref()?, replay })
    };
    boots.filter_map(of).collect()
}

/// All of few; of many, those with the least and the largest share.
fn named<'c, 'a>(counted: &'c [Counted<'a>]) -> Option<Vec<&'c Counted<'a>>> {
    let share = |one: &&Counted<'_>, other: &&Counted<'_>| one.paid.share().total_cmp(&other.paid.share());
    let (least, largest) = (counted.iter().min_by(share)?, counted.iter().max_by(share)?);
    Some(if counted.len() <= NAMED { counted.iter().collect() } else { vec![least, largest] })
}

/// A fraction in per cent, to three digits, without an exponent.
fn per_cent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    if percent <= 0.0 {
        return "0 %".into();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few digits")]
    let places = (2.0 - percent.max(1e-12).log10().floor()).clamp(0.0, 14.0) as usize;
    format!("{percent:.places$} %")
}
