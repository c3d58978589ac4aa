//! `cargo xtask history`: what changed in a kernel's boot memory code from version to version.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use allocators::PhysAddr;
use anyhow::{Context as _, bail};
use benches::count;
use benches::plan::Plan;
use benches::quantity::Quantity;
use benches::results::{Outcome, Results};
use plugin::{List, Plugin};
use reports::units::plural;
use workloads::replay::{self, Observer, Program, Reach, Stage, Step, StepResult};

use crate::cmd::measure;
use crate::foreign;
use crate::kernels::{self, Kernel};
use crate::planning::HowArgs;
use crate::progress::Progress;
use crate::traces::{Named, TraceOptions};

/// Tells, for each step from one revision of a kernel to the next, on which boots its own code answers or costs something else.
///
/// Each boot is replayed through the code of each revision. Counted are the boots on which an address, the regions of the lists at
/// the end, the size of the lists, or the pages that are handed over differ; the first of each is named. Where valgrind is
/// installed, so are the instructions of a boot: all calls and the hand-over.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask history --linux ~/linux v5.10 v6.1 v6.12 --all\n  \
    cargo xtask history --linux ~/linux-6.1 --linux ~/linux-6.12 --trace 'x86_64-*'")]
pub(crate) struct Args {
    /// A kernel tree; may be repeated, if no revision is named
    #[arg(long, value_name = "TREE", required = true)]
    linux: Vec<PathBuf>,
    /// The revisions, oldest first
    #[arg(value_name = "REVISION")]
    revisions: Vec<String>,
    #[command(flatten)]
    traces: TraceOptions,
    /// Do not count instructions
    #[arg(long)]
    no_instructions: bool,
    #[command(flatten)]
    how: HowArgs,
    /// Where to keep the counts
    #[arg(long, value_name = "FILE", default_value = "target/history.jsonl")]
    out: PathBuf,
}

/// What a boot came to in the code of one revision.
#[derive(Clone, PartialEq, Default)]
struct Seen {
    addresses: Vec<Option<PhysAddr>>,
    /// Regions of memory and of what is reserved, at the end.
    regions: [usize; 2],
    /// What the lists hold before they must grow, at the end.
    capacity: [u64; 2],
    pages: u64,
    /// Of all calls and the hand-over, if they were counted.
    instructions: Option<u64>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut kernels = kernels::kernels(&args.linux, &args.revisions)?;
    if kernels.len() < 2 {
        bail!("name at least two revisions, oldest first: `--linux ~/linux v6.1 v6.12`");
    }
    let selection = args.traces.selection();
    let traces = selection.load()?;
    let mut history: Vec<(String, Vec<Seen>)> = Vec::new();
    for kernel in &mut kernels {
        let label = format!("{} ({})", kernel.label, kernel.version);
        history.push((label, replays(kernel, &traces)?));
    }
    if !args.no_instructions && count::valgrind().is_some() {
        let counting = args.how.clone().only(Quantity::Instructions);
        let members = &mut |boots: &[_]| {
            kernels.iter_mut().map(|kernel| foreign::kernel(kernel, boots)).collect::<anyhow::Result<_>>()
        };
        let plan = counting.plan(&selection, members)?;
        measure::into_file(&plan, &args.out)?;
        counts(&plan, &Results::read(&args.out)?, &mut history);
    }
    let mut out = io::stdout().lock();
    let names: Vec<&str> = traces.iter().map(|named| &named.name[..]).collect();
    writeln!(out, "{} boots; a step is shown by the boots on which something differs\n", names.len())?;
    for pair in history.windows(2) {
        tell(&mut out, &pair[0], &pair[1], &names)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether what was seen of a boot differs in one regard.
type Differs = fn(&Seen, &Seen) -> bool;

/// A sentence on what the second of two kernels answers otherwise than the first on these boots.
pub(crate) fn behaviour(kernels: &mut [Kernel], traces: &[Named]) -> anyhow::Result<String> {
    let [before, after] = kernels else { bail!("two revisions are held against each other") };
    let [one, other] = [replays(before, traces)?, replays(after, traces)?];
    let differs: [(&str, Differs); 4] = [
        ("addresses", |one, other| one.addresses != other.addresses),
        ("regions at the end", |one, other| one.regions != other.regions),
        ("the size of the lists", |one, other| one.capacity != other.capacity),
        ("pages handed over", |one, other| one.pages != other.pages),
    ];
    let of = |(what, differs): (&str, Differs)| {
        let boots = one.iter().zip(&other).filter(|(one, other)| differs(one, other)).count();
        (boots > 0).then(|| format!("{what} on {boots}"))
    };
    let changed: Vec<String> = differs.into_iter().filter_map(of).collect();
    let boots = plural(one.len(), "boot");
    Ok(if changed.is_empty() {
        format!(
            "no behaviour change on {boots}: the same addresses, regions, sizes of the lists and pages handed over"
        )
    } else {
        format!("the behaviour changes, of {boots}: {}", changed.join(", "))
    })
}

fn replays(kernel: &mut Kernel, traces: &[Named]) -> anyhow::Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let mut progress = Progress::new();
    for (index, named) in traces.iter().enumerate() {
        progress.begin(&format!("{} {}", kernel.label, named.name), index, traces.len());
        let built = kernel.library(&named.trace)?.library.clone();
        let plugin = Plugin::open(&built, &kernel.label).with_context(|| built.display().to_string())?;
        // It stays as long as the process, as the library does.
        seen.push(replay(Box::leak(Box::new(plugin)), named)?);
        progress.finished();
    }
    progress.end();
    Ok(seen)
}

fn replay(strategy: &'static Plugin, named: &Named) -> anyhow::Result<Seen> {
    let program = Program::compile(&named.trace, Reach::of(strategy));
    let played = Stage::default().play(strategy, &program, |allocator, slots| {
        let mut watch = Addresses::default();
        replay::run(&program, allocator, slots, &mut watch);
        let mut sink = allocators::CountingSink::default();
        let lists = [List::Memory, List::Reserved];
        Seen {
            addresses: watch.0,
            regions: lists.map(|list| allocator.regions(list).len()),
            capacity: lists.map(|list| allocator.capacity(list).unwrap_or_default()),
            pages: allocators::BootAllocator::hand_over_all(allocator, &mut sink).0,
            instructions: None,
        }
    });
    played.with_context(|| format!("{} through {}", named.name, allocators::Strategy::name(strategy)))
}

/// Keeps every answer to an allocation.
#[derive(Default)]
struct Addresses(Vec<Option<PhysAddr>>);

impl Observer for Addresses {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        if let StepResult::Alloc(given) = result {
            self.0.push(given.ok());
        }
    }
}

/// Puts counted instructions beside what was seen.
fn counts(plan: &Plan, results: &Results, history: &mut [(String, Vec<Seen>)]) {
    for (member, (_, seen)) in plan.members.iter().zip(history) {
        for (boot, seen) in plan.boots.iter().zip(seen) {
            let of = |cell: &&benches::results::Cell| {
                cell.key.strategy == member.label && cell.key.trace == boot.name()
            };
            seen.instructions = results.cells.iter().filter(of).find_map(|cell| match &cell.outcome {
                Outcome::Counts(figures) => figures.get("instructions"),
                _ => None,
            });
        }
    }
}

fn tell(
    out: &mut impl io::Write,
    before: &(String, Vec<Seen>),
    after: &(String, Vec<Seen>),
    names: &[&str],
) -> io::Result<()> {
    writeln!(out, "{} -> {}", before.0, after.0)?;
    let pairs = || before.1.iter().zip(&after.1).zip(names);
    let mut line = |what: &str,
                    differs: &dyn Fn(&Seen, &Seen) -> bool,
                    how: &dyn Fn(&Seen, &Seen) -> String| {
        let changed: Vec<_> = pairs().filter(|((one, other), _)| differs(one, other)).collect();
        match changed.first() {
            None => writeln!(out, "  {what:<22} as before on all boots"),
            Some(((one, other), name)) => {
                writeln!(out, "  {what:<22} other on {} boots: {name}: {}", changed.len(), how(one, other))
            }
        }
    };
    line("addresses", &|one, other| one.addresses != other.addresses, &|one, other| {
        let both = one.addresses.iter().zip(&other.addresses);
        let first = both.clone().position(|(one, other)| one != other).unwrap_or_default();
        let show = |at: &Option<PhysAddr>| at.map_or("nothing".into(), |at| at.to_string());
        format!(
            "{} of {} allocations, the first {} instead of {}",
            both.filter(|(one, other)| one != other).count(),
            one.addresses.len(),
            show(&other.addresses[first]),
            show(&one.addresses[first])
        )
    })?;
    let lists = |one: [String; 2], other: [String; 2]| {
        format!("memory {} -> {}, reserved {} -> {}", one[0], other[0], one[1], other[1])
    };
    line("regions at the end", &|one, other| one.regions != other.regions, &|one, other| {
        lists(one.regions.map(|n| n.to_string()), other.regions.map(|n| n.to_string()))
    })?;
    line("size of the lists", &|one, other| one.capacity != other.capacity, &|one, other| {
        lists(one.capacity.map(|n| n.to_string()), other.capacity.map(|n| n.to_string()))
    })?;
    line("pages handed over", &|one, other| one.pages != other.pages, &|one, other| {
        format!("{} -> {}", one.pages, other.pages)
    })?;
    let sum = |seen: &[Seen]| seen.iter().map(|seen| seen.instructions).sum::<Option<u64>>();
    if let (Some(one), Some(other)) = (sum(&before.1), sum(&after.1)) {
        let ratio = other as f64 / one.max(1) as f64;
        writeln!(out, "  {:<22} {one} -> {other} on all boots, {ratio:.3} times", "instructions")?;
        let ratio_of = |((one, other), name): ((&Seen, &Seen), &&str)| {
            Some((other.instructions? as f64 / one.instructions?.max(1) as f64, (*name).to_owned()))
        };
        let mut ratios: Vec<(f64, String)> = pairs().filter_map(ratio_of).collect();
        ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        if let (Some((low, fewest)), Some((high, most))) = (ratios.first(), ratios.last()) {
            writeln!(out, "  {:<22} from {low:.3} times on {fewest} to {high:.3} times on {most}", "")?;
        }
    }
    writeln!(out)
}
