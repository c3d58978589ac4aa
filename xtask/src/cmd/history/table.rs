//! All versions beside each other: the table and the plot.

use std::io;

use reports::plot::{Plot, Version, history as draw};
use reports::units::plural;

use super::{Counted, REGARDS, Revision};

/// A line for each revision: its instructions on the boots that were counted at all of them, and on how many boots each regard
/// differs from the revision before.
pub(super) fn table(out: &mut impl io::Write, history: &[Revision]) -> io::Result<()> {
    let width = history.iter().map(|revision| revision.label.len()).max().unwrap_or_default();
    let everywhere = everywhere(history);
    if everywhere.is_empty() {
        writeln!(out, "All revisions: boots that differ from the revision before, by what differs")?;
    } else {
        writeln!(
            out,
            "All revisions: instructions on {} in all; as a multiple of the first revision's, the geometric mean over boots; and \
             boots that differ from the revision before, by what differs",
            plural(everywhere.len(), "boot")
        )?;
    }
    write!(out, "{:<width$}", "revision")?;
    if !everywhere.is_empty() {
        write!(out, "  {:>14}  {:>9}  {:>9}  {:>9}", "instructions", "boot cost", "all calls", "hand-over")?;
    }
    writeln!(out, "  {:>9}  {:>7}  {:>5}  {:>5}  {:>6}", "addresses", "regions", "lists", "pages", "failed")?;
    for (index, revision) in history.iter().enumerate() {
        write!(out, "{:<width$}", revision.label)?;
        if let Some(first) = history.first().filter(|_| !everywhere.is_empty()) {
            let version = version(first, revision, &everywhere);
            let sum: u64 = counted(revision, &everywhere).map(Counted::boot).sum();
            let Version { boot, calls, hand_over, .. } = version;
            write!(out, "  {sum:>14}  {boot:>9.3}  {calls:>9.3}  {hand_over:>9.3}")?;
        }
        let before = index.checked_sub(1).and_then(|before| history.get(before));
        let widths = [9, 7, 5, 5];
        for ((_, differs), width) in REGARDS.into_iter().zip(widths) {
            let shown = before.map_or_else(
                || "-".into(),
                |before| {
                    let both = before.boots.iter().zip(&revision.boots);
                    let differing = both.filter(|(one, other)| match (&one.seen, &other.seen) {
                        (Ok(one), Ok(other)) => differs(one, other),
                        _ => false,
                    });
                    differing.count().to_string()
                },
            );
            write!(out, "  {shown:>width$}")?;
        }
        writeln!(out, "  {:>6}", revision.boots.iter().filter(|boot| boot.seen.is_err()).count())?;
    }
    Ok(())
}

/// The plot of the same; nothing if nothing was counted.
pub(super) fn plot(history: &[Revision], command: &str) -> anyhow::Result<Option<Plot>> {
    let everywhere = everywhere(history);
    let Some(first) = history.first().filter(|_| !everywhere.is_empty()) else { return Ok(None) };
    let versions: Vec<Version> =
        history.iter().map(|revision| version(first, revision, &everywhere)).collect();
    Ok(draw(&versions, everywhere.len(), command)?)
}

/// The boots that were counted at every revision, by their places: others would shift a mean.
fn everywhere(history: &[Revision]) -> Vec<usize> {
    let boots = history.first().map_or(0, |revision| revision.boots.len());
    let counted = |&boot: &usize| history.iter().all(|revision| revision.boots[boot].counted.is_some());
    (0..boots).filter(counted).collect()
}

fn counted<'r>(revision: &'r Revision, boots: &'r [usize]) -> impl Iterator<Item = &'r Counted> {
    boots.iter().filter_map(|&boot| revision.boots[boot].counted.as_ref())
}

/// A revision as multiples of the first.
fn version(first: &Revision, revision: &Revision, boots: &[usize]) -> Version {
    let ratios = |of: fn(&Counted) -> u64| -> Vec<f64> {
        let pairs = counted(first, boots).zip(counted(revision, boots));
        pairs.map(|(one, other)| of(other).max(1) as f64 / of(one).max(1) as f64).collect()
    };
    let mean = |ratios: &[f64]| {
        (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp()
    };
    let boot = ratios(Counted::boot);
    let range =
        boot.iter().fold((f64::MAX, 0.0_f64), |(low, high), &ratio| (low.min(ratio), high.max(ratio)));
    Version {
        label: revision.name.clone(),
        boot: mean(&boot),
        range,
        calls: mean(&ratios(|counted| counted.calls)),
        hand_over: mean(&ratios(|counted| counted.hand_over)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Replayed;
    use super::*;
    use crate::apart::Seen;

    fn revision(name: &str, boots: &[(u64, Option<[u64; 2]>)]) -> Revision {
        let boot = |&(pages, counted): &(u64, Option<[u64; 2]>)| Replayed {
            seen: Ok(Seen { pages, ..Seen::default() }),
            counted: counted.map(|[calls, hand_over]| Counted { calls, hand_over }),
        };
        Revision {
            name: name.into(),
            label: format!("{name} (6.12)"),
            boots: boots.iter().map(boot).collect(),
        }
    }

    /// Expect the boot that one revision could not be counted on to be left out of all: 300 + 100 becomes half of it, 30 + 10 twice.
    #[test]
    fn what_was_not_counted_everywhere_shifts_no_mean() {
        let history = [
            revision("old", &[(1, Some([300, 100])), (2, Some([30, 10])), (3, Some([1, 1]))]),
            revision("new", &[(1, Some([100, 100])), (5, Some([60, 20])), (4, None)]),
        ];
        let mut shown = Vec::new();
        table(&mut shown, &history).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(shown.starts_with("All revisions: instructions on 2 boots in all; "), "{shown}");
        assert_eq!(rows[2][2..], ["440", "1.000", "1.000", "1.000", "-", "-", "-", "-", "0"]);
        assert_eq!(rows[3][2..], ["280", "1.000", "0.816", "1.414", "0", "0", "0", "2", "0"]);
        let drawn = plot(&history, "cargo xtask history").unwrap().unwrap();
        assert!(
            drawn.description.contains("All calls: 1.000 at old, 0.816 at new."),
            "{}",
            drawn.description
        );
        assert!(plot(&[revision("old", &[(1, None)])], "").unwrap().is_none());
    }
}
