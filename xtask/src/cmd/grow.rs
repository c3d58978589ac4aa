//! `cargo xtask grow`: how does cost grow?

mod how;
mod real;
pub(crate) mod worker;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use benches::growth::{Curve, Growth, GrowthRule, Shape};
use benches::plan::{Boot, Member};
use reports::growth::{Grown, markdown, text};

pub(crate) use self::how::How;
use self::real::real;
use crate::kernels::LinuxOptions;
use crate::planning::members;
use crate::{foreign, terminal, traces, write};

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
    cargo xtask grow regions --linux ~/linux --rev v6.1 --rev v6.12 --strategy memblock\n  \
    cargo xtask grow regions --only-instructions --fail-on 'exponent(alloc)>0.5' --strategy memblock")]
pub(crate) struct Args {
    /// What grows: regions, gaps, ranges, nodes, memory, full, handover, handover-merged, handover-tables [default: regions,
    /// nodes, memory and handover]
    #[arg(value_name = "SHAPE")]
    shapes: Vec<Shape>,
    #[command(flatten)]
    how: How,
    /// A strategy, a glob of them, or NAME=FILE.so or FILE.c for a plug-in; may be repeated [default: the usual ones]
    #[arg(long, value_name = "STRATEGY")]
    strategy: Vec<String>,
    #[command(flatten)]
    linux: LinuxOptions,
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

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.from {
        let growth = Growth::read(file)?;
        show(&growth)?;
        write_all(&args.out, &growth)?;
        return Ok(judge(&args.fail_on, &growth.curves.iter().collect::<Vec<_>>()));
    }
    let shapes = if args.shapes.is_empty() { Shape::USUAL.to_vec() } else { args.shapes.clone() };
    let mut swept = Vec::new();
    for mut kernel in args.linux.kernels()? {
        swept.push(foreign::kernel(&mut kernel, &boots(&shapes)?, None)?);
    }
    if !args.strategy.is_empty() || !args.linux.is_given() {
        swept.extend(members(&args.strategy, None)?);
    }
    foreign::alike(&mut swept)?;
    let (growth, whole) = args.how.sweep(&shapes, &swept, Some(&args.out))?;
    show(&growth)?;
    eprintln!("{}: growth.json, growth.md and pictures", args.out.display());
    if !whole {
        eprintln!("stopped: what was finished until then is shown");
        return Ok(ExitCode::from(130));
    }
    Ok(judge(&args.fail_on, &growth.curves.iter().collect::<Vec<_>>()))
}

/// The smallest machine of each shape: a kernel's code is built for what machines are like.
pub(super) fn boots(shapes: &[Shape]) -> anyhow::Result<Vec<Boot>> {
    shapes.iter().map(|shape| Ok(traces::grown(&shape.recipe(shape.bounds().0))?.boot())).collect()
}

/// Sweeps two side by side, shows both, and judges the second.
pub(super) fn beside(
    shapes: &[Shape],
    sides: &[Member; 2],
    how: &How,
    rules: &[GrowthRule],
) -> anyhow::Result<ExitCode> {
    if sides[0].label == sides[1].label {
        bail!("`{}` is compared with itself", sides[0].label);
    }
    let (growth, whole) = how.sweep(shapes, sides, None)?;
    show(&growth)?;
    if !whole {
        eprintln!("stopped: only what was finished until then is compared");
        return Ok(ExitCode::from(130));
    }
    let candidate: Vec<&Curve> =
        growth.curves.iter().filter(|curve| curve.strategy == sides[1].label).collect();
    Ok(judge(rules, &candidate))
}

/// What an earlier sweep found, to be shown beside recorded boots.
pub(crate) fn grown(file: Option<&PathBuf>) -> anyhow::Result<Option<Grown>> {
    file.map(|file| Ok(Grown { growth: Growth::read(file)?, real: real()? })).transpose()
}

/// Whether no rule is broken by any of these.
fn judge(rules: &[GrowthRule], curves: &[&Curve]) -> ExitCode {
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
