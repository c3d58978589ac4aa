//! How thoroughly is swept.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::bail;
use benches::clock::Clock;
use benches::count::{VALGRIND_REMEDY, valgrind};
use benches::growth::{Event, Growth, Shape, Sweep, sweep};
use benches::host;
use benches::plan::Member;

use super::write_all;
use crate::cmd::measure::{command, stop_on_signals};
use crate::write;

const CELL_SECONDS: u64 = 30;
const CELL_MIB: u64 = 16 << 10;

/// How thoroughly is swept.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct How {
    /// Two launches of each cell, and no size beyond 30,000: exponents without a trustworthy interval, in a minute
    #[arg(long)]
    pub(crate) quick: bool,
    /// Time nothing: instructions are exact on a machine that is busy, too
    #[arg(long)]
    pub(crate) only_instructions: bool,
    /// The smallest size
    #[arg(long, value_name = "SIZE")]
    pub(crate) from_size: Option<u64>,
    /// The largest size [default: 1,000,000 regions, 1,024 nodes, 64 TiB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) to: Option<u64>,
    /// Processes for each cell: what intervals rest on [default: 6; 2 with --quick]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) launches: Option<u32>,
    /// Seconds that a process of a cell may take; a strategy whose next cell would take longer stops
    #[arg(long, value_name = "SECONDS", default_value_t = CELL_SECONDS, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) cell_seconds: u64,
    /// MiB of address space that a process may have
    #[arg(long, value_name = "MIB", default_value_t = CELL_MIB, value_parser = clap::value_parser!(u64).range(64..=1 << 30))]
    pub(crate) cell_memory: u64,
}

impl Default for How {
    fn default() -> Self {
        Self {
            quick: false,
            only_instructions: false,
            from_size: None,
            to: None,
            launches: None,
            cell_seconds: CELL_SECONDS,
            cell_memory: CELL_MIB,
        }
    }
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
        let stop: Arc<AtomicBool> = stop_on_signals()?;
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
