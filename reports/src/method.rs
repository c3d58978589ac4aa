//! How the figures were made: what every report says of itself.

use benches::results::{ClockKind, Header};

use crate::harmless::shell;

use crate::analysis::Analysis;
use crate::units::{bytes, plural};

/// How the figures were made, a sentence or two a line.
#[must_use]
pub fn lines(analysis: &Analysis) -> Vec<String> {
    let mut lines = Vec::new();
    for run in &analysis.runs {
        lines.push(format!("Run {}: `{}`", run.run, command(run)));
        lines.push(machine(run));
        lines.push(built(run));
        lines.push(format!(
            "At most {} launches of each strategy with {} samples each; in a launch the strategies run side by side, each in \
             a process of its own, and are asked for one sample in turn, in an order drawn from seed {}.",
            run.plan.pace.launches, run.plan.pace.blocks, run.plan.seed
        ));
        lines.push(clock(run));
    }
    lines.push(
        "A ratio is the median over pairs of samples taken within moments, then the mean over launches without the lowest and \
         highest fifth, with an interval from Student's t over launches; verdicts hold at 5 % for the whole report: half \
         of it is shared out among the means over boots, half among all else (Holm)."
            .into(),
    );
    lines.push(
        "A replay makes the calls of the recorded boot and nothing else: no zeroing of memory, no cache misses of the kernel \
         around it. The boots were recorded with memblock, which callers of that time knew."
            .into(),
    );
    lines
}

/// The command line of a run, as a shell reads it.
#[must_use]
pub fn command(run: &Header) -> String {
    shell(&run.command)
}

/// The machine of a run.
#[must_use]
pub fn machine(run: &Header) -> String {
    let machine = &run.machine;
    let mut parts =
        vec![machine.cpu.clone().unwrap_or_else(|| "a processor that does not say its name".into())];
    parts.push(plural(usize::try_from(machine.cpus).unwrap_or(usize::MAX), "CPU"));
    parts.extend(machine.memory_bytes.map(bytes));
    let caches = machine.caches.iter().filter(|cache| cache.kind != "Instruction");
    parts.extend(caches.map(|cache| format!("L{} {}", cache.level, bytes(cache.bytes))));
    parts.extend(machine.governor.iter().map(|governor| format!("governor {governor}")));
    parts.extend(machine.virtual_machine.filter(|is| *is).map(|_| "a virtual machine".into()));
    parts.push(machine.system.clone());
    parts.extend(machine.load.map(|load| format!("load {:.2} at the start", load.one_minute)));
    format!("On {}.", parts.join(", "))
}

/// What built the program that was measured.
#[must_use]
pub fn built(run: &Header) -> String {
    let toolchain = &run.toolchain;
    let revision = run.commit.as_ref().map_or_else(
        || "outside version control".into(),
        |commit| {
            let short: String = commit.id.chars().take(12).collect();
            format!("revision {short}{}", if commit.dirty { " with uncommitted changes" } else { "" })
        },
    );
    let flags =
        if toolchain.flags.is_empty() { String::new() } else { format!(", flags `{}`", toolchain.flags) };
    format!(
        "Built by {} for {}, profile {}, opt-level {}{flags}, {revision}.",
        toolchain.rustc, toolchain.target, toolchain.profile, toolchain.opt_level
    )
}

fn clock(run: &Header) -> String {
    let kind = match run.clock.kind {
        ClockKind::TimeStampCounter => "time-stamp counter",
        ClockKind::Monotonic => "monotonic clock",
    };
    format!(
        "Clock: {kind}, {:.1} ns for a pair of reads, which is subtracted, in steps of {:.1} ns.",
        run.clock.cost_ns, run.clock.granularity_ns
    )
}
