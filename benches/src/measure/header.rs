//! The header of a run.

use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::clock::Clock;
use crate::count::{Counting, VALGRIND_REMEDY};
use crate::digest::Digest;
use crate::host;
use crate::plan::{Pace, Plan};
use crate::results::{Header, RunId, SCHEMA, Warning};

/// The header of a run of `plan` that begins now.
#[must_use]
pub fn header(plan: &Plan, clock: &Clock, command: Vec<String>) -> Header {
    let machine = host::machine();
    let toolchain = host::toolchain();
    let clock = clock.facts();
    let mut warnings = host::warnings(&machine, &toolchain, &clock);
    warnings.extend(few_samples(plan));
    warnings.extend(not_counted(plan));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let facts = plan.facts();
    let run = Digest::default()
        .with(&facts.digest)
        .with(&now.as_nanos().to_string())
        .with(&process::id().to_string());
    Header {
        schema: SCHEMA,
        run: RunId(run.text()),
        started_unix_s: now.as_secs(),
        command,
        commit: host::commit(),
        toolchain,
        machine,
        clock,
        plan: facts,
        warnings,
    }
}

fn few_samples(plan: &Plan) -> Option<Warning> {
    let (launches, blocks) = (plan.pace.launches, plan.pace.blocks);
    let (least_launches, least_blocks) = Pace::LEAST;
    let Pace { launches: usual_launches, blocks: usual_blocks, .. } = Pace::DEFAULT;
    let (what, remedy) = if launches < least_launches || blocks < least_blocks {
        ("are too few to compare anything", format!("take at least {least_launches} and {least_blocks}"))
    } else if launches < usual_launches || blocks < usual_blocks {
        ("show large differences only", format!("take {usual_launches} of {usual_blocks} (--full)"))
    } else {
        return None;
    };
    Some(Warning { what: format!("{launches} launches of {blocks} samples {what}"), remedy })
}

fn not_counted(plan: &Plan) -> Option<Warning> {
    let what = "instructions are not counted, since valgrind is not installed".to_owned();
    (plan.counting == Counting::Missing).then(|| Warning { what, remedy: VALGRIND_REMEDY.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Limits;

    fn told(pace: Pace, counting: Counting) -> Vec<Warning> {
        let plan = Plan {
            members: Vec::new(),
            boots: Vec::new(),
            quantities: Vec::new(),
            pace,
            limits: Limits::default(),
            seed: 1,
            shard: None,
            counting,
        };
        few_samples(&plan).into_iter().chain(not_counted(&plan)).collect()
    }

    #[test]
    fn few_samples_and_missing_counts_are_told_with_what_helps() {
        assert_eq!(told(Pace::DEFAULT, Counting::Unasked), []);
        for (pace, counting, what, remedy) in [
            (Pace::QUICK, Counting::Unasked, "show large differences only", "take 14 of 160"),
            (
                Pace { launches: 4, ..Pace::DEFAULT },
                Counting::Unasked,
                "4 launches of 160 samples are too few",
                "at least 5 and 5",
            ),
            (
                Pace { blocks: 4, ..Pace::DEFAULT },
                Counting::Unasked,
                "14 launches of 4 samples are too few",
                "at least 5 and 5",
            ),
            (Pace::DEFAULT, Counting::Missing, "instructions are not counted", "apt-get install valgrind"),
        ] {
            let [warning] = &told(pace, counting)[..] else { panic!("one warning: {what}") };
            assert!(warning.what.contains(what) && warning.remedy.contains(remedy), "{warning}");
        }
    }
}
