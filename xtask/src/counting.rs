//! Where a plan's counts of instructions come from.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use benches::count::{self, Counting, Job, VALGRIND_REMEDY, Work};
use benches::plan::Plan;
use benches::quantity::Quantity;

/// How far counts are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// By name: without valgrind there is no plan.
    Asked,
    /// As a part of all there is.
    IfPossible,
    /// Not.
    No,
}

/// Has callgrind count for `plan`.
pub(crate) fn by_callgrind(plan: &mut Plan, wanted: Wanted) -> anyhow::Result<()> {
    if wanted == Wanted::No {
        return Ok(());
    }
    match (count::valgrind(), wanted) {
        (Some(valgrind), _) => {
            plan.counting = Counting::Callgrind(valgrind);
            also_instructions(plan);
        }
        (None, Wanted::Asked) => bail!("instructions are counted by callgrind: {VALGRIND_REMEDY}"),
        (None, _) => plan.counting = Counting::Missing,
    }
    Ok(())
}

/// Takes the counts for `plan` from what `cargo bench` printed: a file, or `-` for the standard input.
pub(crate) fn from_file(plan: &mut Plan, path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let text =
        if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    let text = text.with_context(|| format!("cannot read the counts in {shown}"))?;
    let jobs: Vec<Job> = (plan.boots.iter())
        .flat_map(|boot| plan.members.iter().flat_map(|member| jobs(boot.name(), member.strategy.name())))
        .collect();
    let counted = count::ingest(&text, &jobs).with_context(|| format!("cannot use the counts in {shown}"))?;
    let lacking = jobs.iter().filter(|job| counted.iter().all(|count| count.job != **job));
    let lacking: BTreeSet<String> = lacking.map(Job::to_string).collect();
    if let Some(first) = lacking.first() {
        let others = match lacking.len() - 1 {
            0 => String::new(),
            _ => format!(" (and {})", lacking.iter().skip(1).cloned().collect::<Vec<_>>().join(", ")),
        };
        bail!(
            "the counts in {shown} hold nothing of {first}{others}; name its trace in BOOTALLOC_TRACES when they are made, \
             or choose with --trace and --strategy"
        );
    }
    plan.counting = Counting::Given(counted);
    also_instructions(plan);
    Ok(())
}

/// What has to be counted of a strategy on a boot.
fn jobs(boot: &str, strategy: &str) -> [Job; 3] {
    let parts: [fn(String) -> Work; 3] = [Work::Build, Work::Replay, Work::HandOver];
    parts.map(|part| Job { strategy: strategy.into(), work: part(boot.into()) })
}

fn also_instructions(plan: &mut Plan) {
    if !plan.quantities.contains(&Quantity::Instructions) {
        plan.quantities.push(Quantity::Instructions);
    }
}
