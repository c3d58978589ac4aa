//! `cargo xtask compare`: does one take longer than the other?

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context as _, anyhow, bail};
use benches::growth::{GrowthRule, Shape};
use benches::measure::Ending;
use benches::plan::{Boot, Member, Plan};
use reports::analysis::{Analysis, Questions, analyse};
use reports::compare::{Compare, Rule, broken, compare, csv, markdown, text};
use reports::units::plural;

use crate::cmd::{grow, measure};
use crate::known::{self, Known};
use crate::planning::{HowArgs, member};
use crate::traces::TraceOptions;
use crate::{files, foreign, harness, kernels, revision, terminal};

/// Compares two strategies, two files of results, one strategy at two revisions, or a kernel's own code at two revisions.
///
/// Two strategies, and two revisions, are measured side by side; of two files the results are compared as they are, which
/// needs much larger differences, because what the machine did in between is in them. For each boot and for all of them: both
/// medians, the ratio with its interval, and the verdict; exact figures apart.
///
/// With `--fail-on` the exit status is 1 if a rule is broken or cannot be judged: a time breaks it when the difference is
/// significant and the estimate is beyond the limit, an exact figure when its change is. It is 1 too where something that was
/// to be compared failed.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask compare memblock wordscan\n  \
    cargo xtask compare memblock wordscan --from target/results.jsonl --format md\n  \
    cargo xtask compare before.jsonl after.jsonl --strategy memblock\n  \
    cargo xtask compare --rev main --rev HEAD --strategy wordscan --fail-on 'time>2%'\n  \
    cargo xtask compare --linux ~/linux --rev v6.12 --rev my-branch\n  \
    cargo xtask compare memblock mine=my-allocator.c\n  \
    cargo xtask compare memblock rootmem --quick --trace x86_64-6.1-256m --format csv\n  \
    cargo xtask compare --rev main --rev HEAD --grow --fail-on 'exponent(alloc)>0.5'\n  \
    cargo xtask compare memblock wordscan --grow=regions,nodes --quantity instructions")]
pub(crate) struct Args {
    /// The baseline and the candidate: two strategies, or two files of results
    #[arg(
        value_names = ["BASELINE", "CANDIDATE"],
        num_args = 2,
        conflicts_with_all = ["rev", "linux"],
        required_unless_present_any = ["rev", "clean", "linux"]
    )]
    sides: Vec<String>,
    /// A revision; the first of two is the baseline. Each is built in a work tree of its own below `target/revisions`
    #[arg(long, value_name = "REVISION")]
    rev: Vec<String>,
    /// A kernel tree whose own code is compared, at the two revisions that `--rev` names; or named twice, two trees as they lie there
    #[arg(long, value_name = "TREE", conflicts_with_all = ["strategy", "clean"])]
    linux: Vec<PathBuf>,
    /// Remove the work trees and programs that `--rev` made, and compare nothing
    #[arg(long, exclusive = true)]
    clean: bool,
    /// The strategy to compare at two revisions or in two files [default: memblock]
    #[arg(long, value_name = "STRATEGY")]
    strategy: Option<String>,
    /// Compare two strategies in these results and measure nothing; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rev", "HowArgs", "all", "out"])]
    from: Vec<PathBuf>,
    #[command(flatten)]
    traces: TraceOptions,
    #[command(flatten)]
    how: HowArgs,
    /// Compare how both grow, instead of boots: reserved regions, or the shapes that `cargo xtask grow` has
    #[arg(
        long,
        value_name = "SHAPE",
        num_args = 0..,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "regions",
        conflicts_with_all = ["from", "trace", "all", "layouts"]
    )]
    grow: Vec<Shape>,
    /// The largest size to grow to
    #[arg(long, value_name = "SIZE", requires = "grow")]
    grow_to: Option<u64>,
    /// Fail if a figure changes so much, such as 'time>2%', 'instructions>0.5%' or 'intact-2m<-1%', or if the candidate grows
    /// so, such as 'exponent(alloc)>0.5'; may be repeated
    #[arg(long, value_name = "RULE")]
    fail_on: Vec<FailOn>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to keep the results that are measured
    #[arg(long, value_name = "FILE", default_value = "target/compare.jsonl")]
    out: PathBuf,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Tables for a terminal
    Text,
    /// Markdown
    Md,
    /// Everything, as one JSON object
    Json,
    /// A line for each figure of each boot
    Csv,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.clean {
        println!("{}", revision::remove()?);
        return Ok(ExitCode::SUCCESS);
    }
    let grows = args.fail_on.iter().any(|rule| matches!(rule, FailOn::Growth(_)));
    if grows || !args.grow.is_empty() {
        return args.growth();
    }
    let (analysis, candidate, ending) = args.compared()?;
    let Some(found) = compare(&analysis, &candidate) else {
        bail!(
            "there is nothing to compare: the results hold nothing of `{candidate}` beside `{}`",
            analysis.baseline
        )
    };
    print(&found, args.format)?;
    if !args.rev.is_empty() && args.linux.is_empty() {
        eprintln!("{}", revision::kept());
    }
    if ending == Ending::Stopped {
        eprintln!("stopped: only what was finished until then is compared");
        return Ok(ExitCode::from(130));
    }
    if !found.failures.is_empty() && args.from.is_empty() {
        eprintln!("{} failed, as told above", plural(found.failures.len(), "measurement"));
    }
    let rules = args.fail_on.iter().filter_map(|rule| match rule {
        FailOn::Change(rule) => Some(rule),
        FailOn::Growth(_) => None,
    });
    let findings: Vec<_> = rules.flat_map(|rule| broken(rule, &found)).collect();
    for finding in &findings {
        eprintln!("broken: {finding}");
    }
    Ok(if findings.is_empty() && found.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(found: &Compare, format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let shown = match format {
        Format::Text => text(found, terminal::of(&out)),
        Format::Md => markdown(found),
        Format::Json => {
            serde_json::to_string_pretty(found).context("cannot write the comparison as JSON")? + "\n"
        }
        Format::Csv => csv(found),
    };
    write!(out, "{shown}")?;
    Ok(())
}

/// What a comparison may fail on.
#[derive(Clone)]
enum FailOn {
    /// A change of a figure.
    Change(Rule),
    /// How the candidate grows.
    Growth(GrowthRule),
}

impl FromStr for FailOn {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if text.trim_start().starts_with("exponent") {
            return Ok(Self::Growth(text.parse()?));
        }
        Ok(Self::Change(text.parse()?))
    }
}

impl Args {
    /// Sweeps both, and judges the candidate.
    fn growth(&self) -> anyhow::Result<ExitCode> {
        let strategy = || self.strategy.clone().unwrap_or_else(|| "memblock".into());
        let shapes = if self.grow.is_empty() { vec![Shape::Regions] } else { self.grow.clone() };
        let mut sides = match (&self.sides[..], &self.rev[..]) {
            ([], _) if !self.linux.is_empty() => {
                let boots = grow::boots(&shapes)?;
                let kernels = kernels::kernels(&self.linux, &self.rev)?;
                let members =
                    kernels.into_iter().map(|mut kernel| foreign::kernel(&mut kernel, &boots, None));
                let members: Vec<Member> = members.collect::<anyhow::Result<_>>()?;
                let two = <[Member; 2]>::try_from(members);
                two.map_err(|_| {
                    anyhow!("name a baseline and a candidate: `--linux ~/linux --rev v6.12 --rev my-branch`")
                })?
            }
            ([], [baseline, candidate]) => {
                [revision::member(baseline, &strategy())?, revision::member(candidate, &strategy())?]
            }
            ([baseline, candidate], []) => [member(baseline, None)?, member(candidate, None)?],
            _ => bail!("name two strategies, or two revisions: `--rev main --rev HEAD`"),
        };
        let mut rules = Vec::new();
        for rule in &self.fail_on {
            match rule {
                FailOn::Growth(rule) => rules.push(*rule),
                FailOn::Change(_) => {
                    bail!("with --grow a rule is about growth, such as 'exponent(alloc)>0.5'")
                }
            }
        }
        foreign::alike(&mut sides)?;
        grow::beside(&shapes, &sides, &self.how.growth(self.grow_to), &rules)
    }

    /// What was found, and which strategy of it is the candidate.
    fn compared(&self) -> anyhow::Result<(Analysis, String, Ending)> {
        let strategy = || self.strategy.clone().unwrap_or_else(|| "memblock".into());
        if !self.linux.is_empty() {
            return self.kernels();
        }
        match (&self.sides[..], &self.rev[..]) {
            ([], [baseline, candidate]) => {
                let member = |revision| revision::member(revision, &strategy());
                self.side_by_side(member(baseline)?, member(candidate)?)
            }
            ([], _) => bail!("name two revisions: `--rev main --rev HEAD`"),
            ([baseline, candidate], _) if [baseline, candidate].map(|side| is_file(side)) == [true; 2] => {
                if self.how.is_given() || self.traces.all {
                    bail!(
                        "two files are compared as they are: options that say how to measure go with two strategies"
                    );
                }
                self.files(Path::new(baseline), Path::new(candidate))
            }
            ([baseline, candidate], _) => {
                if self.strategy.is_some() {
                    bail!("--strategy goes with two revisions or two files; name the two strategies instead");
                }
                if !self.from.is_empty() {
                    let all = known::results(&self.from)?;
                    let results = known::narrowed(all, &self.traces.trace, &[], Some(baseline))?;
                    let analysis = pair(&results, [baseline, candidate])?;
                    return Ok((analysis, candidate.clone(), Ending::Complete));
                }
                let member = |side: &String| member(side, self.how.layouts());
                self.side_by_side(member(baseline)?, member(candidate)?)
            }
            _ => bail!("name a baseline and a candidate"),
        }
    }

    fn side_by_side(
        &self,
        baseline: Member,
        candidate: Member,
    ) -> anyhow::Result<(Analysis, String, Ending)> {
        if baseline.label == candidate.label {
            bail!("`{}` is compared with itself; `cargo xtask validate` does that better", baseline.label);
        }
        let mut members = vec![baseline, candidate];
        foreign::alike(&mut members)?;
        self.measured(&self.how.plan(&self.traces.selection(), &mut |_| Ok(members.clone()))?)
    }

    /// A kernel's own code at two revisions, or that of two trees.
    fn kernels(&self) -> anyhow::Result<(Analysis, String, Ending)> {
        let mut kernels = kernels::kernels(&self.linux, &self.rev)?;
        if kernels.len() != 2 {
            bail!("name a baseline and a candidate: `--linux ~/linux --rev v6.12 --rev my-branch`");
        }
        let members = &mut |boots: &[Boot]| {
            kernels.iter_mut().map(|kernel| foreign::kernel(kernel, boots, self.how.layouts())).collect()
        };
        self.measured(&self.how.plan(&self.traces.selection(), members)?)
    }

    fn measured(&self, plan: &Plan) -> anyhow::Result<(Analysis, String, Ending)> {
        let [baseline, candidate] = &plan.members[..] else {
            bail!("a baseline and a candidate are compared")
        };
        let ending = measure::into_file(plan, &self.out)?.ending;
        let known = known::results(std::slice::from_ref(&self.out))?;
        let mut analysis = pair(&known, [&baseline.label, &candidate.label])?;
        analysis.notes.extend(known::made_of(&known.results));
        analysis.notes.extend(harness::note(plan)?);
        Ok((analysis, candidate.label.clone(), ending))
    }

    fn files(&self, baseline: &Path, candidate: &Path) -> anyhow::Result<(Analysis, String, Ending)> {
        let (results, labels) = files::beside(baseline, candidate, self.strategy.as_deref())?;
        let known = Known::of(results);
        let known = known::narrowed(known, &self.traces.trace, &[], Some(&labels[0]))?;
        let [baseline, candidate] = labels;
        let questions = Questions { apart: true, ..known::questions(&known, Some(baseline))? };
        let mut analysis = analyse(&known.results, &questions);
        analysis.notes.insert(
            0,
            "the two files were not measured side by side: what the machine did in between is in every ratio; \
             `--rev` measures two revisions in one run"
                .into(),
        );
        Ok((analysis, candidate, Ending::Complete))
    }
}

/// Two strategies and no others, so that verdicts pay for nothing that is not asked.
fn pair(known: &Known, [baseline, candidate]: [&String; 2]) -> anyhow::Result<Analysis> {
    let only = vec![baseline.clone(), candidate.clone()];
    let questions = known::questions(known, Some(baseline.clone()))?;
    Ok(analyse(&known.results, &Questions { only, ..questions }))
}

fn is_file(side: &str) -> bool {
    Path::new(side).extension().is_some_and(|extension| extension == "jsonl") || side.contains('/')
}
