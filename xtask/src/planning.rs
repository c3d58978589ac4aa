//! From options to a plan of measurement.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow, bail};
use benches::count::Counting;
use benches::plan::{Boot, Limits, Member, Pace, Plan, PlanFacts, StrategyRef};
use benches::probe;
use benches::quantity::Quantity;
use benches::results::Shard;

use crate::cmd::grow::How;
use crate::costs::cost;
use crate::counting::{self, Wanted};
use crate::foreign::{self, Layouts};
use crate::kernels::LinuxOptions;
use crate::suggest;
use crate::traces::{self, Named, Selection};

/// Chooses who is compared, once the boots are known: a kernel's code is compiled for their machines.
pub(crate) type Members<'m> = &'m mut dyn FnMut(&[Boot]) -> anyhow::Result<Vec<Member>>;

/// What is measured, and how thoroughly.
#[derive(clap::Args, Clone)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    selection: Selection,
    /// The same as naming a trace without this; may be repeated
    #[arg(long, value_name = "TRACE", conflicts_with = "all")]
    trace: Vec<String>,
    /// A strategy, a glob of them ('*' for all), a shared library (PATH.so) or a file of C (FILE.c, compiled by $CC or cc) with
    /// one, or NAME=STRATEGY to call it otherwise; may be repeated [default: the usual ones, which `cargo xtask list` marks; with
    /// --linux, none]
    #[arg(long, value_name = "STRATEGY")]
    strategy: Vec<String>,
    /// Measure only part N of M, so that M machines or jobs share the work
    #[arg(long, value_name = "N/M", value_parser = shard)]
    shard: Option<Shard>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    linux: LinuxOptions,
}

/// What is measured of each strategy, and how thoroughly.
#[derive(clap::Args, Clone)]
pub(crate) struct HowArgs {
    /// What to measure: exact, boot-cost, build, latency, release-counting, release-buddy, release-buddy-2-threads, …, instructions;
    /// may be repeated [default: all that the machine has processors for; instructions where there is valgrind to count
    /// them; with --quick exact, boot-cost, build and latency]
    #[arg(long, value_name = "QUANTITY", value_delimiter = ',')]
    quantity: Vec<Quantity>,
    /// Be done in seconds; shows large differences only
    #[arg(long)]
    quick: bool,
    /// Launches of each strategy: what intervals rest on [default: 14; 6 with --quick]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    launches: Option<u32>,
    /// Take N launches, each with another layout of the code that is compiled here (--linux, FILE.c): functions and variables in
    /// another order, at other distances. What layout does is then in every interval
    #[arg(long, value_name = "N", conflicts_with = "launches", value_parser = clap::value_parser!(u32).range(5..=1000))]
    layouts: Option<u32>,
    /// Samples in each launch [default: 160; 10 with --quick]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    blocks: Option<u32>,
    /// What the order of samples, and layouts, are drawn from [default: from the time of day; recorded in any case]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Seconds that a cell may take
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    time_limit: u64,
    /// MiB of address space that a process may have
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().memory_bytes >> 20, value_parser = clap::value_parser!(u64).range(64..=1 << 30))]
    memory_limit: u64,
}

impl PlanArgs {
    /// The same, as quick as `--quick` unless it is to be thorough.
    pub(crate) fn quick_unless(mut self, thorough: bool) -> Self {
        self.how.quick |= !thorough;
        self
    }

    /// The traces and the strategies that were named, as they were.
    pub(crate) fn chosen(&self) -> (Vec<String>, Vec<String>) {
        (self.selection.traces.iter().chain(&self.trace).cloned().collect(), self.strategy.clone())
    }

    /// The plan.
    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        self.plan_with_counts(None)
    }

    /// The same, where instructions may have been counted before.
    pub(crate) fn plan_with_counts(&self, counts: Option<&Path>) -> anyhow::Result<Plan> {
        let mut selection = self.selection.clone();
        selection.traces.extend_from_slice(&self.trace);
        let plan = self.how.uncounted(&selection, &mut |boots| self.members(boots))?;
        let mut plan = Plan { shard: self.shard, ..plan };
        match counts {
            Some(counts) => counting::from_file(&mut plan, counts)?,
            None => counting::by_callgrind(&mut plan, self.how.counts_wanted())?,
        }
        Ok(plan)
    }

    /// The kernels and the strategies that were named; those of this program that are usual where none were.
    fn members(&self, boots: &[Boot]) -> anyhow::Result<Vec<Member>> {
        let kernels = self.linux.kernels()?.into_iter();
        let mut chosen: Vec<Member> = kernels
            .map(|mut kernel| foreign::kernel(&mut kernel, boots, self.how.layouts()))
            .collect::<Result<_, _>>()?;
        if !self.strategy.is_empty() || !self.linux.is_given() {
            for member in members(&self.strategy, self.how.layouts())? {
                add(&mut chosen, member)?;
            }
        }
        if self.strategy.is_empty() && !self.linux.is_given() {
            // Against which a report holds all others.
            add(&mut chosen, Member::built_in(probe::Floor::NAME))?;
        }
        foreign::alike(&mut chosen)?;
        Ok(chosen)
    }
}

/// The strategies that were named, by globs, files or as NAME=STRATEGY; the usual ones of this program where none were.
pub(crate) fn members(wanted: &[String], layouts: Option<Layouts>) -> anyhow::Result<Vec<Member>> {
    let member = |label: &str, strategy: &str| Member { label: label.into(), ..Member::built_in(strategy) };
    let known = || allocators::registry::list().map(|(name, _)| name);
    let mut members: Vec<Member> = Vec::new();
    if wanted.is_empty() {
        let usual = known().filter(|name| allocators::registry::is_usual(name));
        return Ok(usual.map(|name| member(name, name)).collect());
    }
    for wanted in wanted {
        let (label, wanted) = wanted.split_once('=').map_or((None, &wanted[..]), |(l, w)| (Some(l), w));
        if foreign::is_file(wanted) {
            add(&mut members, foreign::file(label, Path::new(wanted), layouts)?)?;
            continue;
        }
        let glob = glob::Pattern::new(wanted).with_context(|| format!("`{wanted}` is not a glob"))?;
        let mut found: Vec<Member> = known()
            .filter(|name| glob.matches(name))
            .map(|name| member(label.unwrap_or(name), name))
            .collect();
        if found.is_empty() && probe::is_known(wanted) {
            found.push(member(label.unwrap_or(wanted), wanted));
        }
        if found.is_empty() {
            return Err(no_strategy(wanted));
        }
        for member in found {
            add(&mut members, member)?;
        }
    }
    Ok(members)
}

/// Adds a member, unless it is there already.
fn add(members: &mut Vec<Member>, member: Member) -> anyhow::Result<()> {
    match members.iter().find(|known| known.label == member.label) {
        Some(known) if known.strategy != member.strategy => {
            bail!("two strategies are to be called `{}`", member.label)
        }
        Some(_) => {}
        None => members.push(member),
    }
    Ok(())
}

impl HowArgs {
    /// What each process may take.
    pub(crate) fn limits(&self) -> Limits {
        Limits { seconds: self.time_limit, memory_bytes: self.memory_limit << 20 }
    }

    /// Whether any of these options was given.
    pub(crate) fn is_given(&self) -> bool {
        let usual = Limits::default();
        let limits = (self.time_limit, self.memory_limit << 20) != (usual.seconds, usual.memory_bytes);
        let paced =
            self.launches.is_some() || self.layouts.is_some() || self.blocks.is_some() || self.seed.is_some();
        self.quick || paced || limits || !self.quantity.is_empty()
    }

    /// In how many layouts code is compiled, if in several.
    pub(crate) fn layouts(&self) -> Option<Layouts> {
        self.layouts.map(|count| Layouts { count, seed: self.seed() })
    }

    /// What all is drawn from.
    fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(time_of_day)
    }

    /// The same for one quantity.
    pub(crate) fn only(self, quantity: Quantity) -> Self {
        Self { quantity: vec![quantity], ..self }
    }

    /// How thoroughly a sweep goes that is asked for by the same options.
    pub(crate) fn growth(&self, to: Option<u64>) -> How {
        let counted = self.quantity.contains(&Quantity::Instructions) && self.quantity.len() == 1;
        How { quick: self.quick, only_instructions: counted, to, launches: self.launches, ..How::default() }
    }

    /// A plan for these traces and members.
    pub(crate) fn plan(&self, selection: &Selection, members: Members<'_>) -> anyhow::Result<Plan> {
        let mut plan = self.uncounted(selection, members)?;
        counting::by_callgrind(&mut plan, self.counts_wanted())?;
        Ok(plan)
    }

    fn counts_wanted(&self) -> Wanted {
        match &self.quantity[..] {
            // Most of the time that a count takes is valgrind's start.
            [] if self.quick => Wanted::No,
            [] => Wanted::IfPossible,
            chosen if chosen.contains(&Quantity::Instructions) => Wanted::Asked,
            _ => Wanted::No,
        }
    }

    fn uncounted(&self, selection: &Selection, members: Members<'_>) -> anyhow::Result<Plan> {
        let boots: Vec<Boot> = selection.load()?.into_iter().map(Named::boot).collect();
        // What a boot's own kernel paid is shown at the end; a file that cannot be read is told before anything is measured.
        boots.iter().try_for_each(|boot| cost(&boot.facts.source).map(drop))?;
        let usual = if self.quick { Pace::QUICK } else { Pace::DEFAULT };
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let quantities = match &self.quantity[..] {
            [] if self.quick => Plan::quick_quantities(),
            [] => Plan::default_quantities(u32::try_from(cpus).unwrap_or(u32::MAX)),
            chosen => unique(chosen),
        };
        Ok(Plan {
            members: members(&boots)?,
            boots,
            quantities,
            pace: Pace {
                launches: self.layouts.or(self.launches).unwrap_or(usual.launches),
                blocks: self.blocks.unwrap_or(usual.blocks),
                ..usual
            },
            limits: self.limits(),
            seed: self.seed(),
            shard: None,
            counting: Counting::Unasked,
        })
    }
}

/// The plan that results were begun with.
pub(crate) fn again(facts: &PlanFacts) -> anyhow::Result<Plan> {
    for strategy in facts.members.iter().filter(|one| one.program.is_none()).map(|one| &one.strategy) {
        match strategy {
            StrategyRef::BuiltIn(name) | StrategyRef::BehindAbi(name) if !probe::is_known(name) => {
                bail!("this program has no strategy `{name}`")
            }
            StrategyRef::BuiltIn(_) | StrategyRef::BehindAbi(_) => {}
            StrategyRef::Library(library) => foreign::unchanged(library)?,
        }
    }
    Ok(Plan {
        members: facts.members.clone(),
        boots: facts.boots.iter().map(traces::again).collect::<Result<_, _>>()?,
        quantities: facts.quantities.clone(),
        pace: facts.pace,
        limits: facts.limits,
        seed: facts.seed,
        shard: facts.shard,
        counting: facts.counting.clone(),
    })
}

/// The strategy that a user names: of this program, or in a library or a file of C.
pub(crate) fn member(wanted: &str, layouts: Option<Layouts>) -> anyhow::Result<Member> {
    let (label, path) = wanted.split_once('=').map_or((None, wanted), |(label, path)| (Some(label), path));
    if foreign::is_file(path) {
        return foreign::file(label, Path::new(path), layouts);
    }
    let name = wanted;
    if allocators::registry::list().all(|(known, _)| known != name) && !probe::is_known(name) {
        return Err(no_strategy(name));
    }
    Ok(Member::built_in(name))
}

fn no_strategy(name: &str) -> anyhow::Error {
    let meant = suggest::meant(name, allocators::registry::list().map(|(known, _)| known));
    anyhow!("no strategy is called `{name}`{meant}; `cargo xtask list` names them all")
}

fn unique(quantities: &[Quantity]) -> Vec<Quantity> {
    let mut unique = Vec::new();
    for &quantity in quantities {
        if !unique.contains(&quantity) {
            unique.push(quantity);
        }
    }
    unique
}

/// The same for all that one command draws.
fn time_of_day() -> u64 {
    static ONCE: OnceLock<u64> = OnceLock::new();
    // Nine digits differ often enough, and can be typed again.
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |now| now.subsec_nanos().into());
    *ONCE.get_or_init(now)
}

fn shard(text: &str) -> anyhow::Result<Shard> {
    let wrong = || anyhow!("a shard is written N/M with N from 1 to M, such as 2/8");
    let (index, of) = text.split_once('/').ok_or_else(wrong)?;
    let (index, of) = (index.parse().ok().ok_or_else(wrong)?, of.parse().ok().ok_or_else(wrong)?);
    if (1..=of).contains(&index) { Ok(Shard { index, of }) } else { Err(wrong()) }
}
