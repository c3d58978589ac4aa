//! `cargo xtask letter`: the evidence for a cover letter.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use benches::measure::Ending;
use benches::plan::{Boot, Member, Plan};
use benches::probe::Floor;
use reports::analysis::{Analysis, Questions, analyse};
use reports::letter::{Details, letter, likely_candidate, objections};

use crate::cmd::{grow, history, measure};
use crate::kernels::LinuxOptions;
use crate::known::{self, Known};
use crate::planning::{HowArgs, member};
use crate::traces::TraceOptions;
use crate::{foreign, harness, revision, suggest, write};

/// Writes the evidence for `git format-patch --cover-letter`: plain ASCII of at most 72 columns, ready to paste.
///
/// It says what was compared, on which machine and which boots, how, and with which result; what is not significant is not
/// claimed, and what is real but too small to matter is said to be.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask letter wordscan\n  \
    cargo xtask letter wordscan --from target/results.jsonl --out cover.txt\n  \
    cargo xtask letter --linux ~/linux --rev v6.12 --rev my-branch\n  \
    cargo xtask letter rootmem --baseline bootmem --trace 'x86_64-*'")]
pub(crate) struct Args {
    /// The strategy that the letter is for [default: of the results, the one that takes the least time]
    #[arg(value_name = "CANDIDATE", required_unless_present_any = ["from", "linux"])]
    candidate: Option<String>,
    /// The strategy that it is compared with
    #[arg(long, value_name = "STRATEGY", default_value = "memblock")]
    baseline: String,
    #[command(flatten)]
    linux: LinuxOptions,
    /// Write about these results and measure nothing; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["HowArgs", "all", "results"])]
    from: Vec<PathBuf>,
    #[command(flatten)]
    traces: TraceOptions,
    #[command(flatten)]
    how: HowArgs,
    /// Say how cost grows too, as an earlier `cargo xtask grow` of both found it: its growth.json
    #[arg(long, value_name = "FILE")]
    growth: Option<PathBuf>,
    /// Write it though measurements are missing or the machine was busy; the reason stands in the letter
    #[arg(long, value_name = "REASON")]
    despite: Option<String>,
    /// Write the letter to this file instead of the standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to keep the results that are measured
    #[arg(long, value_name = "FILE", default_value = "target/letter.jsonl")]
    results: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.candidate.as_ref() == Some(&args.baseline) {
        bail!(
            "`{}` is the baseline: name the strategy that the letter is for, or another baseline by --baseline",
            args.baseline
        );
    }
    if args.linux.is_given() {
        let (analysis, candidate) = args.kernels()?;
        return args.write(&analysis, &candidate);
    }
    let known = match (&args.from[..], &args.candidate) {
        ([], Some(candidate)) => args.measured(candidate)?,
        ([], None) => bail!("name the strategy that the letter is for"),
        (files, _) => known::narrowed(known::results(files)?, &args.traces.trace, &[], Some(&args.baseline))?,
    };
    let growth = grow::grown(args.growth.as_ref())?;
    let questions = Questions { growth, ..known::questions(&known, Some(args.baseline.clone()))? };
    let all = analyse(&known.results, &questions);
    let candidate = args.candidate.as_deref().or_else(|| likely_candidate(&all));
    let candidate = candidate.context("the results hold nothing but the baseline")?;
    // A letter is about two: its verdicts pay for no others.
    let only = vec![all.baseline.clone(), candidate.to_owned()];
    let analysis = analyse(&known.results, &Questions { only, ..questions });
    if all.strategies.iter().all(|one| one.name != candidate) {
        let meant = suggest::meant(candidate, all.strategies.iter().map(|one| one.name.as_str()));
        bail!("the results hold nothing of `{candidate}` to compare with `{}`{meant}", args.baseline);
    }
    args.write(&analysis, candidate)
}

impl Args {
    fn write(&self, analysis: &Analysis, candidate: &str) -> anyhow::Result<ExitCode> {
        known::object(&objections(analysis), self.despite.as_deref())?;
        self.swept(analysis, candidate)?;
        let details = Details { repository: revision::repository(), despite: self.despite.clone() };
        let Some(text) = letter(analysis, candidate, &details) else {
            bail!("the results hold nothing of `{candidate}` to compare with `{}`", analysis.baseline)
        };
        match &self.out {
            Some(path) => write::atomically(path, text.as_bytes())?,
            None => write!(io::stdout().lock(), "{text}")?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Sees to it that a sweep that is shown is of both.
    fn swept(&self, analysis: &Analysis, candidate: &str) -> anyhow::Result<()> {
        let (Some(grown), Some(file)) = (&analysis.growth, &self.growth) else { return Ok(()) };
        let swept = |side: &str| grown.growth.curves.iter().any(|curve| curve.strategy == side);
        for side in [&analysis.baseline[..], candidate] {
            if !swept(side) {
                let names = grown.growth.curves.iter().map(|curve| curve.strategy.as_str());
                let meant = suggest::meant(side, names);
                bail!(
                    "{} holds no growth of `{side}`{meant}; sweep both with `cargo xtask grow`",
                    file.display()
                );
            }
        }
        Ok(())
    }

    /// A kernel's own code at two revisions, measured: the second is what the letter is for.
    fn kernels(&self) -> anyhow::Result<(Analysis, String)> {
        let mut kernels = self.linux.kernels()?;
        if kernels.len() != 2 {
            bail!(
                "name the revision before and the one with the patch: `--linux ~/linux --rev v6.12 --rev my-branch`"
            );
        }
        let members = &mut |boots: &[Boot]| {
            let both = kernels.iter_mut().map(|kernel| foreign::kernel(kernel, boots, self.how.layouts()));
            let mut members: Vec<Member> = both.collect::<anyhow::Result<_>>()?;
            members.push(Member::built_in(Floor::NAME));
            foreign::alike(&mut members)?;
            Ok(members)
        };
        let selection = self.traces.selection();
        let plan = self.how.plan(&selection, members)?;
        let known = self.carried_out(&plan)?;
        let [baseline, candidate, ..] = &plan.members[..] else {
            bail!("a baseline and a candidate are compared")
        };
        let only = vec![baseline.label.clone(), candidate.label.clone()];
        let growth = grow::grown(self.growth.as_ref())?;
        let questions = Questions { growth, ..known::questions(&known, Some(baseline.label.clone()))? };
        let mut analysis = analyse(&known.results, &Questions { only, ..questions });
        analysis.notes.extend(known::made_of(&known.results));
        let behaviour = history::behaviour(&mut kernels, &selection.load()?, self.how.limits())?;
        analysis.notes.push(behaviour);
        analysis.notes.extend(harness::note(&plan)?);
        Ok((analysis, candidate.label.clone()))
    }

    fn measured(&self, candidate: &str) -> anyhow::Result<Known> {
        let mut members =
            vec![member(&self.baseline, self.how.layouts())?, member(candidate, self.how.layouts())?];
        // The floor is beside both, so that the letter can say how far they are from it.
        if members.iter().all(|member| member.label != Floor::NAME) {
            members.push(Member::built_in(Floor::NAME));
        }
        foreign::alike(&mut members)?;
        let plan = self.how.plan(&self.traces.selection(), &mut |_| Ok(members.clone()))?;
        self.carried_out(&plan)
    }

    fn carried_out(&self, plan: &Plan) -> anyhow::Result<Known> {
        if measure::into_file(plan, &self.results)?.ending == Ending::Stopped {
            bail!(
                "stopped before everything was measured; `cargo xtask letter --from` takes what is finished"
            );
        }
        known::results(std::slice::from_ref(&self.results))
    }
}
