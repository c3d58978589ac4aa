//! What is printed of a history.

use std::io;

use allocators::PhysAddr;
use reports::harmless::line as harmless;
use reports::units::plural;

use super::{REGARDS, Revision};
use crate::apart::{Given, Seen};

/// Boots that came to nothing, by revision.
pub(super) fn failures(out: &mut impl io::Write, history: &[Revision], names: &[&str]) -> io::Result<()> {
    for revision in history {
        let failed = revision.boots.iter().zip(names);
        let failed: Vec<_> =
            failed.filter_map(|(boot, name)| Some((name, boot.seen.as_ref().err()?))).collect();
        if !failed.is_empty() {
            writeln!(
                out,
                "{} FAILED on {}, which no step compares:",
                revision.label,
                plural(failed.len(), "boot")
            )?;
            for (name, why) in failed {
                writeln!(out, "  {}: {}", harmless(name), harmless(&why.to_string()))?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// What changes from one revision to the next.
///
/// At most this many of the other addresses of a boot are shown, with their records.
pub(super) fn step(
    out: &mut impl io::Write,
    before: &Revision,
    after: &Revision,
    names: &[&str],
    differences: usize,
) -> io::Result<()> {
    writeln!(out, "{} -> {}", before.label, after.label)?;
    let boots = || before.boots.iter().zip(&after.boots).zip(names);
    let both: Vec<((&Seen, &Seen), &&str)> = boots()
        .filter_map(|((one, other), name)| Some(((one.seen.as_ref().ok()?, other.seen.as_ref().ok()?), name)))
        .collect();
    let all =
        if both.len() == names.len() { "all boots".into() } else { format!("all {} boots", both.len()) };
    let mut regards = REGARDS.into_iter();
    let mut line = |how: &dyn Fn(&Seen, &Seen) -> String| {
        let Some((what, differs)) = regards.next() else { return Ok(()) };
        let changed: Vec<_> = both.iter().filter(|((one, other), _)| differs(one, other)).collect();
        match changed.first() {
            None => writeln!(out, "  {what:<22} as before on {all}"),
            Some(((one, other), name)) => {
                writeln!(out, "  {what:<22} other on {} boots: {name}: {}", changed.len(), how(one, other))
            }
        }
    };
    line(&|one, other| {
        let changed = changed(one, other).count();
        format!("{changed} of {} allocations", one.addresses.len())
    })?;
    let lists = |one: [String; 2], other: [String; 2]| {
        format!("memory {} -> {}, reserved {} -> {}", one[0], other[0], one[1], other[1])
    };
    line(&|one, other| lists(one.regions.map(|n| n.to_string()), other.regions.map(|n| n.to_string())))?;
    line(&|one, other| lists(one.capacity.map(|n| n.to_string()), other.capacity.map(|n| n.to_string())))?;
    line(&|one, other| format!("{} -> {}", one.pages, other.pages))?;
    for ((one, other), name) in &both {
        addresses(out, one, other, name, differences)?;
    }
    let counted: Vec<(u64, u64, &&str)> = boots()
        .filter_map(|((one, other), name)| {
            Some((one.counted.as_ref()?.boot(), other.counted.as_ref()?.boot(), name))
        })
        .collect();
    if !counted.is_empty() {
        let sum = |of: fn(&(u64, u64, &&str)) -> u64| counted.iter().map(of).sum::<u64>();
        let (one, other) = (sum(|boot| boot.0), sum(|boot| boot.1));
        let ratio = other as f64 / one.max(1) as f64;
        let all = if counted.len() == names.len() {
            "all boots".into()
        } else {
            format!("{} boots", counted.len())
        };
        writeln!(out, "  {:<22} {one} -> {other} on {all}, {ratio:.3} times", "instructions")?;
        let ratio_of =
            |(one, other, name): &(u64, u64, &&str)| (*other as f64 / (*one).max(1) as f64, name.to_string());
        let mut ratios: Vec<(f64, String)> = counted.iter().map(ratio_of).collect();
        ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        if let (Some((low, fewest)), Some((high, most))) = (ratios.first(), ratios.last()) {
            writeln!(out, "  {:<22} from {low:.3} times on {fewest} to {high:.3} times on {most}", "")?;
        }
    }
    writeln!(out)
}

/// The allocations that were given something else.
fn changed<'s>(one: &'s Seen, other: &'s Seen) -> impl Iterator<Item = (Given, Given)> + 's {
    one.addresses.iter().copied().zip(other.addresses.iter().copied()).filter(|(one, other)| one != other)
}

/// Which records of a boot were answered otherwise, and both answers.
fn addresses(
    out: &mut impl io::Write,
    one: &Seen,
    other: &Seen,
    name: &str,
    differences: usize,
) -> io::Result<()> {
    let show = |given: Given| given.at.map_or("nothing".into(), |at| PhysAddr(at).to_string());
    for (one, other) in changed(one, other).take(differences) {
        let name = harmless(name);
        writeln!(out, "    {name}.trace: line {}: {} before, {} now", one.line, show(one), show(other))?;
    }
    match changed(one, other).count().saturating_sub(differences) {
        0 => Ok(()),
        more => writeln!(out, "    {}.trace: and {more} more (--differences)", harmless(name)),
    }
}
