//! `cargo xtask grow`: how does cost grow?

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use allocators::memblock::Memblock;
use anyhow::{Context as _, bail};
use benches::clock::Clock;
use benches::count::{VALGRIND_REMEDY, valgrind};
use benches::growth::{Event, Growth, GrowthRule, Shape, Sweep, sweep};
use benches::host;
use benches::plan::Member;
use reports::growth::{Real, markdown, text};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage};
use workloads::trace::{Machine, Trace};

use super::measure::{command, stop_on_signals};
use crate::planning::members;
use crate::{terminal, write};

/// Grows machines and shows how what strategies cost grows with them.
///
/// Each shape is a machine of which one thing grows: reserved regions, single free pages, ranges, nodes, memory, or folios
/// that were preserved across a kexec. Each cell is measured in processes of its own: time per call by kind, whole boots with
/// the hand-over, building, metadata; and instructions by callgrind where valgrind is installed. A strategy whose next cell
/// would take too long stops there, and the output says so. The growth of each is named: its exponent over the last three
/// decades with an interval, from time and from instructions, where it takes 1 ms and 1 s, and where two strategies cross.
///
/// The machines are made, not recorded.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask grow\n  \
    cargo xtask grow regions --strategy memblock --strategy wordscan --to 100000\n  \
    cargo xtask grow nodes memory --quick\n  \
    cargo xtask grow regions --only-instructions --fail-on 'exponent(alloc)>0.5' --strategy memblock")]
pub(crate) struct Args {
    /// What grows: regions, gaps, ranges, nodes, memory, full, handover, handover-merged, handover-tables [default: regions,
    /// nodes, memory and handover]
    #[arg(value_name = "SHAPE")]
    shapes: Vec<Shape>,
    #[command(flatten)]
    pub(crate) how: How,
    /// A strategy or a glob of them; may be repeated [default: all]
    #[arg(long, value_name = "STRATEGY")]
    strategy: Vec<String>,
    /// Fail if a strategy grows so, such as 'exponent(alloc)>0.5'; may be repeated
    #[arg(long, value_name = "RULE")]
    fail_on: Vec<GrowthRule>,
    /// Where to write what was found: growth.json, growth.md, and a picture for each kind
    #[arg(long, value_name = "FOLDER", default_value = "target/growth")]
    out: PathBuf,
    /// Show what an earlier sweep found, and measure nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shapes", "strategy", "quick", "only_instructions"])]
    from: Option<PathBuf>,
}

/// How thoroughly is swept.
#[derive(clap::Args, Clone)]
pub(crate) struct How {
    /// Two launches of each cell, and no size beyond 30,000: exponents without a trustworthy interval, in a minute
    #[arg(long)]
    quick: bool,
    /// Time nothing: instructions are exact on a machine that is busy, too
    #[arg(long)]
    only_instructions: bool,
    /// The smallest size
    #[arg(long, value_name = "SIZE")]
    from_size: Option<u64>,
    /// The largest size [default: 1,000,000 regions, 1,024 nodes, 64 TiB]
    #[arg(long, value_name = "SIZE")]
    to: Option<u64>,
    /// Processes for each cell: what intervals rest on [default: 6; 2 with --quick]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    launches: Option<u32>,
    /// Seconds that a process of a cell may take; a strategy whose next cell would take longer stops
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    cell_seconds: u64,
    /// MiB of address space that a process may have
    #[arg(long, value_name = "MIB", default_value_t = 16 << 10, value_parser = clap::value_parser!(u64).range(64..=1 << 30))]
    cell_memory: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.from {
        let growth = Growth::read(file)?;
        show(&growth)?;
        write_all(&args.out, &growth)?;
        return Ok(judge(&args.fail_on, &growth.curves.iter().collect::<Vec<_>>()));
    }
    let shapes = if args.shapes.is_empty() { Shape::USUAL.to_vec() } else { args.shapes.clone() };
    let (growth, whole) = args.how.sweep(&shapes, &members(&args.strategy)?, Some(&args.out))?;
    show(&growth)?;
    eprintln!("{}: growth.json, growth.md and pictures", args.out.display());
    if !whole {
        eprintln!("stopped: what was finished until then is shown");
        return Ok(ExitCode::from(130));
    }
    Ok(judge(&args.fail_on, &growth.curves.iter().collect::<Vec<_>>()))
}

/// Whether no rule is broken by any of these.
pub(crate) fn judge(rules: &[GrowthRule], curves: &[&benches::growth::Curve]) -> ExitCode {
    let broken: Vec<String> =
        rules.iter().flat_map(|rule| curves.iter().filter_map(|curve| rule.broken(curve))).collect();
    for finding in &broken {
        eprintln!("broken: {finding}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(growth: &Growth) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{}", text(growth, terminal::of(&out)))?;
    Ok(())
}

impl How {
    /// Sweeps; what was found is written to `out` after each size. Returns whether it came to its end.
    pub(crate) fn sweep(
        &self,
        shapes: &[Shape],
        members: &[Member],
        out: Option<&Path>,
    ) -> anyhow::Result<(Growth, bool)> {
        const QUICK: u64 = 30_000;
        let valgrind = valgrind();
        if valgrind.is_none() && self.only_instructions {
            bail!("instructions are counted by callgrind: {VALGRIND_REMEDY}");
        }
        let stop: std::sync::Arc<AtomicBool> = stop_on_signals()?;
        let clock = Clock::calibrated();
        let cpu = host::machine().cpu.unwrap_or_else(|| "an unnamed processor".into());
        let mut growth = Growth::new(command(), cpu);
        let mut whole = true;
        for &shape in shapes {
            let most = self.to.or_else(|| self.quick.then(|| shape.bounds().1.min(QUICK)));
            let sizes = shape.sizes(self.from_size, most);
            if sizes.len() < 2 {
                let (least, most) = shape.bounds();
                bail!(
                    "fewer than two sizes of {shape} lie within the bounds; sizes go from {least} to {most} {}",
                    shape.unit()
                );
            }
            let plan = Sweep {
                shape,
                sizes,
                members: members.to_vec(),
                launches: self.launches.unwrap_or(if self.quick { 2 } else { 6 }),
                cell_seconds: self.cell_seconds,
                memory_bytes: self.cell_memory << 20,
                // Most of the time that a count takes is valgrind's start.
                valgrind: valgrind.clone().filter(|_| !self.quick || self.only_instructions),
                only_count: self.only_instructions,
            };
            let mut failed = None;
            let mut watch = |event: Event<'_>| match event {
                Event::Begun(shape, size, label) => eprintln!("{shape} {size}: {label}"),
                Event::Uncounted(size, label, why) => {
                    eprintln!("{shape} {size}: {label}: no instructions: {why}");
                }
                Event::Ended(curve) => {
                    if let Some(ended) = &curve.ended {
                        eprintln!(
                            "{} stops before {} {}: {}",
                            curve.strategy,
                            ended.size,
                            shape.unit(),
                            ended.why
                        );
                    }
                }
                Event::Finished(growth) => {
                    if let Some(folder) = out {
                        failed =
                            write::atomically(&folder.join("growth.json"), growth.text().as_bytes()).err();
                    }
                }
            };
            whole &= sweep(&plan, &clock, &mut growth, &stop, &mut watch);
            if let Some(error) = failed {
                return Err(error);
            }
            if !whole {
                break;
            }
        }
        if let Some(folder) = out {
            write_all(folder, &growth)?;
        }
        Ok((growth, whole))
    }
}

fn write_all(folder: &Path, growth: &Growth) -> anyhow::Result<()> {
    let plots = reports::plot::growth(growth, &real()?)?;
    let mut files = vec![
        (folder.join("growth.json"), growth.text().into_bytes()),
        (folder.join("growth.md"), markdown(growth).into_bytes()),
    ];
    files.extend(
        plots.into_iter().map(|plot| (folder.join(format!("{}.svg", plot.id)), plot.file.into_bytes())),
    );
    write::all(&files)
}

/// What the recorded boots of the corpus have of what is grown.
pub(crate) fn real() -> anyhow::Result<Real> {
    let mut stage = Stage::default();
    let mut real = Real::default();
    for name in corpus::names() {
        let Some(trace) = corpus::trace(name) else { continue };
        let trace: Trace = trace.with_context(|| format!("the built-in trace {name}"))?;
        let machine = Machine::of(&trace);
        let bytes: u64 = machine.nodes.iter().map(|piece| piece.range.size()).sum();
        let nodes = machine.map().map_or(1, |map| map.nids().iter().count() as u64);
        take(&mut real.nodes, nodes);
        take(&mut real.ranges, machine.nodes.len() as u64);
        take(&mut real.memory_gib, (bytes >> 30).max(1));
        let program = Program::compile(&trace, Reach::Everywhere);
        let reserved = stage.play(&Memblock, &program, |allocator, slots| {
            workloads::replay::run(&program, allocator, slots, &mut workloads::replay::Unobserved);
            let mut count = 0;
            allocators::BootAllocator::for_each_reserved(allocator, &mut |_| count += 1);
            count
        });
        take(&mut real.regions, reserved.with_context(|| format!("the built-in trace {name}"))?);
    }
    Ok(real)
}

fn take(range: &mut Option<(u64, u64)>, value: u64) {
    let (low, high) = range.unwrap_or((value, value));
    *range = Some((low.min(value), high.max(value)));
}

/// `cargo xtask grow-worker`: what `grow` starts for each cell.
pub(crate) mod worker {
    use std::process::ExitCode;

    /// Serves one cell of a sweep, told on standard input what to do. Not for people.
    #[derive(clap::Args)]
    #[command(hide = true)]
    pub(crate) struct Args {}

    pub(crate) fn run(_: &Args) -> ExitCode {
        benches::growth::main()
    }
}
