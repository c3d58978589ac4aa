//! `cargo xtask validate`: does the instrument invent differences, or miss them?

use std::collections::BTreeMap;
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
use benches::stats::Verdict;
use benches::validate::{self, Kind, PLANTED_FULL, PLANTED_QUICK, Rates, SAME};

use super::measure::stop_on_signals;
use crate::progress::Progress;
use crate::traces::{Named, Selection};

/// Tries the instrument where the truth is known, and prints how often it was right.
///
/// First reports are made about one strategy under four names, with the machine as it is and with every other processor kept
/// busy: at most 5 % of them should claim anything. Then strategies that do a known share more work are compared with one that
/// does not: at the pace of `report` a single boot, a mean and a percentile that differ by 1.5 and by 2.1 should be found in 99 of
/// 100 tries, and at the pace of `report --full` one that differs by 1.03; the interval should hold the true ratio in 90. All is
/// judged as a report judges it. It takes about five minutes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask validate\n  cargo xtask validate --quick")]
pub(crate) struct Args {
    /// Be done in half a minute; says whether all is about well, and not how well
    #[arg(long)]
    quick: bool,
    /// What the order of samples is drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// The boots that are tried: quick ones, since each of their calls is made hundreds of times.
const BOOTS: [&str; 3] = ["mips64el-6.1-malta-256m-initrd", "x86_64-6.1-256m", "arm64-6.12-16k-uefi-1g"];

/// How often everything is tried.
struct Tries {
    idle: u64,
    busy: u64,
    quick: u64,
    full: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let tries = if args.quick {
        Tries { idle: 8, busy: 4, quick: 4, full: 1 }
    } else {
        Tries { idle: 60, busy: 30, quick: 34, full: 34 }
    };
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut trials = Trials {
        clock: Clock::calibrated(),
        stop: stop_on_signals()?,
        progress: Progress::new(),
        seed: args.seed,
    };
    let mut out = io::stdout().lock();
    let mut good = true;
    writeln!(out, "{:<46} {:>5} {:>9} {:>9}  wanted", "what is compared", "tries", "claimed", "covered")?;
    for (name, busy, reports) in
        [("equals, machine as it is", false, tries.idle), ("equals, other processors busy", true, tries.busy)]
    {
        let load = busy.then(Load::start);
        good &= trials.equals(&mut out, name, reports, folder.path())?;
        drop(load);
    }
    good &= trials.planted(&mut out, ("quick", Pace::QUICK), &PLANTED_QUICK, tries.quick, folder.path())?;
    good &= trials.planted(&mut out, ("full", Pace::DEFAULT), &PLANTED_FULL, tries.full, folder.path())?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Trials {
    clock: Clock,
    stop: Arc<AtomicBool>,
    progress: Progress,
    seed: u64,
}

impl Trials {
    /// Makes reports about equals, and says how many of them claim anything.
    fn equals(
        &mut self,
        out: &mut impl io::Write,
        name: &str,
        reports: u64,
        folder: &Path,
    ) -> anyhow::Result<bool> {
        let members: Vec<Member> = SAME
            .iter()
            .map(|label| Member { label: (*label).into(), ..Member::built_in("memblock") })
            .collect();
        let candidates: Vec<String> = SAME[1..].iter().map(|label| (*label).to_owned()).collect();
        let plan = plan(members, Pace::QUICK)?;
        let mut claiming = 0;
        let mut kinds: BTreeMap<Kind, Rates> = BTreeMap::new();
        for _ in 0..reports {
            let results = self.measure(&plan, folder)?;
            let judgements = validate::report(&results, SAME[0], &candidates);
            let claims = |verdict| matches!(verdict, Verdict::Better | Verdict::Worse);
            claiming += u64::from(judgements.iter().any(|judgement| claims(judgement.verdict)));
            for judgement in &judgements {
                kinds.entry(judgement.kind).or_default().count(judgement, 1.0);
            }
        }
        let percent = 100.0 * claiming as f64 / reports as f64;
        let whole = Rates { comparisons: reports, claimed: claiming, ..Rates::default() };
        tell(out, &format!("{name}: whole reports"), whole, claiming, false, "claimed in at most 5 %")?;
        for (kind, rates) in kinds {
            tell(out, &format!("  {}", words(kind)), rates, rates.claimed, true, "")?;
        }
        Ok(percent <= 5.0)
    }

    /// Compares strategies that do more work with one that does not, and says how often that was found.
    fn planted(
        &mut self,
        out: &mut impl io::Write,
        (name, pace): (&str, Pace),
        times: &[u32],
        tries: u64,
        folder: &Path,
    ) -> anyhow::Result<bool> {
        let base = validate::planted(BASE_TIMES);
        let candidates: Vec<String> = times.iter().map(|&times| validate::planted(times)).collect();
        let members = [&base].into_iter().chain(&candidates).map(|name| Member::built_in(name));
        let plan = plan(members.collect(), pace)?;
        let mut all: BTreeMap<(u32, Kind), Rates> = BTreeMap::new();
        for _ in 0..tries {
            let results = self.measure(&plan, folder)?;
            for judgement in validate::report(&results, &base, &candidates) {
                let of = times.iter().find(|&&times| validate::planted(times) == judgement.candidate);
                let Some(&times) = of else { continue };
                all.entry((times, judgement.kind)).or_default().count(&judgement, validate::truth(times));
            }
        }
        let mut good = true;
        for ((times, kind), rates) in all {
            // Percentiles obey the bars for ratios beyond 2; what a single call takes beside its work is in them.
            let bar = kind != Kind::Percentile || validate::truth(times) > 2.0;
            let covered = kind != Kind::Percentile;
            let wanted = match (bar, covered) {
                (true, true) => "found in at least 99 %, covered in 90 %",
                (true, false) => "found in at least 99 %",
                _ => "",
            };
            good &= !bar || rates.percent(rates.found) >= 99.0;
            good &= !covered || rates.percent(rates.covered) >= 90.0;
            let name = format!("{name}, {:.2} times the work: {}", validate::truth(times), words(kind));
            tell(out, &name, rates, rates.found, true, wanted)?;
        }
        Ok(good)
    }

    fn measure(&mut self, plan: &Plan, folder: &Path) -> anyhow::Result<Results> {
        self.seed += 1;
        let seed = self.seed;
        let plan = Plan { seed, ..plan.clone() };
        let path = folder.join("trial.jsonl");
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

const fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Single => "single boots",
        Kind::Mean => "means",
        Kind::Percentile => "percentiles",
    }
}

fn tell(
    out: &mut impl io::Write,
    name: &str,
    rates: Rates,
    claimed: u64,
    with_interval: bool,
    wanted: &str,
) -> io::Result<()> {
    let percent = |of| format!("{:.1} %", rates.percent(of));
    let covered = if with_interval { percent(rates.covered) } else { "-".into() };
    let line = format!("{name:<46} {:>5} {:>9} {covered:>9}  {wanted}", rates.comparisons, percent(claimed));
    writeln!(out, "{}", line.trim_end())?;
    out.flush()
}

/// A plan that measures whole boots and single calls of these members.
fn plan(members: Vec<Member>, pace: Pace) -> anyhow::Result<Plan> {
    let boots = Selection { traces: BOOTS.map(str::to_owned).into(), all: false }.load()?;
    Ok(Plan {
        members,
        boots: boots.into_iter().map(Named::boot).collect(),
        quantities: vec![Quantity::BootCost, Quantity::Latency],
        pace,
        limits: Limits::default(),
        seed: 0,
        shard: None,
        counting: Counting::Unasked,
    })
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
