//! `cargo xtask verify`: is a replay through the allocator that answered what the kernel did?

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use benches::plan::Limits;
use reports::units::plural;
use workloads::check::check_every;
use workloads::cost::{Held, held};
use workloads::fidelity::{Fidelity, Share, Verdict, verify_as_recorded};
use workloads::replay::Stage;

use reports::harmless::line;

use crate::cmd::verify_foreign::{self, Code};
use crate::costs::cost;
use crate::kernels::LinuxOptions;
use crate::progress::Progress;
use crate::traces::Selection;

/// Replays traces through the allocator that answered and compares every address with the kernel's own.
///
/// For each trace: how many of the allocations were given the very address that the kernel gave, how many dumps of the
/// kernel show the same reserved set, and whether as many pages were released. Addresses that were used to infer a
/// setting prove nothing and are counted apart. Each trace is also replayed through every built-in strategy under the checker,
/// which tells of an answer that no allocator may give. The exit status is 1 when anything differs, or is illegal.
///
/// Where the kernel's own boot was counted (`cargo xtask boot-cost`), its calls are held against the trace's records: what
/// the one has and the other lacks is listed, calls before the log begins among it.
///
/// With `--linux` the traces are replayed through a kernel's own code instead, at any revision; with `--strategy` through a library. Where an older or a newer version
/// answers otherwise than the recorded one, that is shown, and is no failure; where a boot of its own version differs, it is.
/// Each boot runs in a process of its own: one in which that code crashes or hangs has failed, and the rest goes on.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask verify --all\n  cargo xtask verify 'arm64-*'\n  cargo xtask verify my-machine.trace\n  cargo xtask verify --all --linux ~/linux --rev v6.12 --rev my-branch\n  cargo xtask verify --all --strategy mine=my-allocator.c"
)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Show at most this many differences of each trace.
    #[arg(long, value_name = "N", default_value_t = 5)]
    differences: usize,
    #[command(flatten)]
    linux: LinuxOptions,
    /// A shared library (PATH.so) or a file of C (FILE.c) that is a strategy, or NAME=PATH; may be repeated
    #[arg(long, value_name = "STRATEGY")]
    strategy: Vec<String>,
    /// Seconds that a boot may take in a kernel's own code, or a library
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    time_limit: u64,
    /// MiB of address space that its process may have
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().memory_bytes >> 20, value_parser = clap::value_parser!(u64).range(64..=1 << 30))]
    memory_limit: u64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let traces = args.selection.load()?;
    if args.linux.is_given() || !args.strategy.is_empty() {
        let limits = Limits { seconds: args.time_limit, memory_bytes: args.memory_limit << 20 };
        let kernels = args.linux.kernels()?.into_iter().map(|kernel| Ok(Code::Kernel(Box::new(kernel))));
        let named = args.strategy.iter().map(|wanted| Code::named(wanted));
        let all = kernels.chain(named).collect::<anyhow::Result<_>>()?;
        return verify_foreign::run(all, &traces, args.differences, limits);
    }
    let mut out = io::stdout().lock();
    let mut stage = Stage::default();
    let mut total = Fidelity::default();
    let (mut counted, mut whole) = (0, 0);
    let (mut exact, mut wrong, mut made, mut checked, mut unfit, mut illegal) = (0, 0, 0, 0, 0, 0);
    let width = traces.iter().map(|named| named.name.len()).max().unwrap_or_default();
    writeln!(
        out,
        "{:<width$}  {:>15}  {:>13}  {:>11}  {:>7}  released: verdict",
        "trace", "exact", "fitted", "unexplained", "dumps"
    )?;
    let mut progress = Progress::new();
    for (index, named) in traces.iter().enumerate() {
        progress.begin(&named.name, index, traces.len());
        if named.trace.recipe().is_some() {
            // No kernel answered, so there is nothing that a replay could differ from; it can still be illegal.
            let none = "made, not recorded: no kernel's answers to compare with";
            progress.aside(|| writeln!(out, "{:<width$}  {none}", named.name))?;
            made += 1;
        } else {
            let found = verify_as_recorded(&named.trace, &mut stage)
                .with_context(|| format!("trace {}", named.name))?;
            progress.aside(|| tell(&mut out, &line(&named.name), width, &found, args.differences))?;
            if let Some(cost) = cost(&named.source)? {
                let held = held(&cost, &named.trace);
                progress.aside(|| tell_held(&mut out, &held, args.differences))?;
                counted += 1;
                whole += usize::from(held.whole());
            }
            exact += usize::from(found.exact());
            wrong += usize::from(matches!(found.verdict(), Verdict::Differs | Verdict::Unexplained));
            total.proving += found.proving;
            total.inferred += found.inferred;
            total.unexplained += found.unexplained;
        }
        for (strategy, found) in check_every(&named.trace, &mut stage) {
            let violations = match found {
                Ok(checked) => checked.violations,
                Err(why) => {
                    unfit += 1;
                    progress.aside(|| {
                        writeln!(out, "    {}: not replayed through {strategy}: {why}", named.name)
                    })?;
                    continue;
                }
            };
            checked += 1;
            illegal += violations.len();
            for violation in violations.iter().take(args.differences) {
                progress.aside(|| writeln!(out, "    {}: {strategy}: {violation}", named.name))?;
            }
        }
        progress.finished();
    }
    progress.end();
    let recorded = traces.len() - made;
    writeln!(out)?;
    if recorded > 0 {
        let Share { equal, all } = total.proving;
        writeln!(
            out,
            "{exact} of {recorded} traces are exact; of {} logged answers {equal} are exact, {} differ, {} are fitted, {} \
             unexplained",
            total.answers(),
            all - equal,
            total.inferred.all,
            total.unexplained,
        )?;
    }
    if counted > 0 {
        writeln!(
            out,
            "{whole} of {counted} counted boots make every call of their trace, in order and by the same callers"
        )?;
    }
    let unfit = if unfit == 0 { String::new() } else { format!("; {unfit} replays were not possible") };
    let illegal_answers = plural(illegal, "illegal answer");
    writeln!(out, "{illegal_answers} in {checked} checked replays of all strategies{unfit}")?;
    Ok(if wrong == 0 && illegal == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(
    out: &mut impl io::Write,
    name: &str,
    width: usize,
    found: &Fidelity,
    differences: usize,
) -> io::Result<()> {
    let released = match found.released {
        None => "not logged".into(),
        Some((replay, kernel)) if replay == kernel => format!("{kernel} pages"),
        Some((replay, kernel)) => format!("{replay} of {kernel} pages"),
    };
    let [proving, inferred, dumps] = [found.proving, found.inferred, found.dumps].map(of);
    let unexplained = if found.unexplained == 0 { "-".into() } else { found.unexplained.to_string() };
    let verdict = found.verdict().words();
    writeln!(
        out,
        "{name:<width$}  {proving:>15}  {inferred:>13}  {unexplained:>11}  {dumps:>7}  {released}: {verdict}"
    )?;
    for mismatch in found.mismatches.iter().take(differences) {
        writeln!(out, "    {name}.trace: {}", line(&mismatch.to_string()))?;
    }
    if let Some(more) = found.mismatches.len().checked_sub(differences).filter(|&more| more > 0) {
        writeln!(out, "    and {more} more differences")?;
    }
    Ok(())
}

fn of(share: Share) -> String {
    if share.all == 0 { "-".into() } else { format!("{} of {}", share.equal, share.all) }
}

/// How the trace agrees with the calls of a boot whose instructions were counted.
fn tell_held(out: &mut impl io::Write, held: &Held, differences: usize) -> io::Result<()> {
    let Held { equal, unnamed, more, less, settings, queries, .. } = held;
    writeln!(
        out,
        "    counted boot: {equal} calls are the trace's records, in order, kind and caller ({unnamed} of them by callers that \
         the log does not name); {} more, {} missing; {settings} settings and {queries} queries, which no log shows",
        more.len(),
        less.len()
    )?;
    for (n, call) in more.iter().take(differences) {
        writeln!(
            out,
            "      call {n} is not in the trace: {} {} by {}",
            call.kind.word(),
            call.function,
            call.caller
        )?;
    }
    for (n, record) in less.iter().take(differences) {
        let caller = record.caller.as_deref().unwrap_or("nobody named");
        writeln!(out, "      record {n} is not in the boot: by {caller}")?;
    }
    Ok(())
}
