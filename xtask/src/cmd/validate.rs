//! `cargo xtask validate`: does the instrument invent differences, or miss them?

use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, bail};
use benches::clock::Clock;
use benches::count::Counting;
use benches::measure::{Ending, header, measure};
use benches::plan::{Limits, Member, Pace, Plan};
use benches::probe::BASE_TIMES;
use benches::quantity::Quantity;
use benches::results::{Results, ResultsFile};
use benches::validate::{Planted, Rates, Same};

use super::measure::stop_on_signals;
use crate::progress::Progress;
use crate::traces::{Named, Selection};

/// Tries the instrument where the truth is known, and prints how often it was right.
///
/// First the same strategy is measured under five names, with the machine as it is and with every other processor kept
/// busy: a difference should be claimed in at most 5 % of the comparisons. Then strategies that do 0.5, 1, 2 and 5 % more
/// work are compared with one that does not: from 1 % on they should be found in at least 95 of 100 tries, and the
/// interval should hold the true ratio in at least 90. All with the default number of launches and samples.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask validate\n  cargo xtask validate --rounds 1 --tries 10")]
pub(crate) struct Args {
    /// Rounds of comparing equals: ten comparisons each on each curated trace
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Tries to find each planted difference
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    tries: u64,
    /// What the order of samples is drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// The boot on which differences are planted: a quick one, since each of its calls is made two hundred times.
const PLANTED_ON: &str = "mips64el-6.1-malta-256m-initrd";

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut trials =
        Trials { clock: Clock::calibrated(), stop: stop_on_signals()?, progress: Progress::new() };
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut out = io::stdout().lock();
    let mut good = true;
    writeln!(
        out,
        "{:<44} {:>11} {:>9} {:>9}  wanted",
        "what is compared", "comparisons", "claimed", "covered"
    )?;
    for (name, busy) in [
        ("the same under two names, machine as it is", false),
        ("the same under two names, others busy", true),
    ] {
        let load = busy.then(Load::start);
        let plan = plan(&Same::LABELS.map(|label| (label.to_owned(), "memblock".to_owned())), &[])?;
        let mut rates = Rates::default();
        for round in 0..args.rounds {
            let results = trials.measure(&plan, args.seed + round, folder.path())?;
            rates = rates.plus(Same::rates(&results));
        }
        drop(load);
        good &= rates.percent(rates.claimed) <= 5.0;
        tell(&mut out, name, rates, rates.claimed, "claimed in at most 5 %")?;
    }
    let mut all = [Rates::default(); Planted::TIMES.len()];
    for round in 0..args.tries {
        for (rates, times) in all.iter_mut().zip(Planted::TIMES) {
            // Two at a time, as `compare` measures a strategy and its baseline.
            let members = [BASE_TIMES, times].map(|times| (Planted::name(times), Planted::name(times)));
            let results = trials.measure(
                &plan(&members, &[PLANTED_ON.to_owned()])?,
                args.seed + round,
                folder.path(),
            )?;
            *rates = rates.plus(Planted::rates(&results, times));
        }
    }
    for (rates, times) in all.into_iter().zip(Planted::TIMES) {
        let share = 100.0 * (Planted::truth(times) - 1.0);
        let wanted = if share < 0.999 {
            "covered in at least 90 %"
        } else {
            "claimed in at least 95 %, covered in 90 %"
        };
        good &= rates.percent(rates.covered) >= 90.0 && (share < 0.999 || rates.percent(rates.found) >= 95.0);
        tell(&mut out, &format!("{share:.1} % more work"), rates, rates.found, wanted)?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(out: &mut impl io::Write, name: &str, rates: Rates, claimed: u64, wanted: &str) -> io::Result<()> {
    let percent = |of| format!("{:.1} %", rates.percent(of));
    let (claimed, covered) = (percent(claimed), percent(rates.covered));
    writeln!(out, "{name:<44} {:>11} {claimed:>9} {covered:>9}  {wanted}", rates.comparisons)?;
    out.flush()
}

/// A plan that measures whole boots of these members, at the default pace.
fn plan(members: &[(String, String)], traces: &[String]) -> anyhow::Result<Plan> {
    let member =
        |(label, strategy): &(String, String)| Member { label: label.clone(), ..Member::built_in(strategy) };
    let boots = Selection { traces: traces.to_vec(), all: false }.load()?;
    Ok(Plan {
        members: members.iter().map(member).collect(),
        boots: boots.into_iter().map(Named::boot).collect(),
        quantities: vec![Quantity::BootCost],
        pace: Pace::DEFAULT,
        limits: Limits::default(),
        seed: 0,
        shard: None,
        counting: Counting::Unasked,
    })
}

struct Trials {
    clock: Clock,
    stop: Arc<AtomicBool>,
    progress: Progress,
}

impl Trials {
    fn measure(&mut self, plan: &Plan, seed: u64, folder: &Path) -> anyhow::Result<Results> {
        let plan = Plan { seed, ..plan.clone() };
        let path = folder.join("trial.jsonl");
        let _ = std::fs::remove_file(&path);
        let header = header(&plan, &self.clock, vec!["cargo".into(), "xtask".into(), "validate".into()]);
        let mut file = ResultsFile::create(&path, &header)?;
        let progress = &mut self.progress;
        let mut watch = |event: benches::measure::Event<'_>| match event {
            benches::measure::Event::Begun(group, index, of) => {
                progress.begin(&format!("seed {seed}: {}", group.boot.name()), index, of);
            }
            benches::measure::Event::Part(share) => progress.part(share),
            benches::measure::Event::Finished(_) => progress.finished(),
        };
        let none = Results::default();
        let ending = measure(&plan, &header.run, &self.clock, &mut file, &none, &self.stop, &mut watch)?;
        if ending == Ending::Stopped {
            bail!("stopped before the trials were done");
        }
        Ok(Results::read(&path)?)
    }
}

/// Keeps every processor but one busy for as long as it lives.
struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let others =
            thread::available_parallelism().map_or(1, std::num::NonZero::get).saturating_sub(1).max(1);
        let spin = |stop: Arc<AtomicBool>| {
            move || {
                let mut sum = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    for step in 0..100_000_u64 {
                        sum = black_box(sum.wrapping_mul(31).wrapping_add(step));
                    }
                }
            }
        };
        let threads = (0..others).map(|_| thread::spawn(spin(Arc::clone(&stop)))).collect();
        Self { stop, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that only counts does not panic.
            let _ = thread.join();
        }
    }
}
