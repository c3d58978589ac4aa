//! `cargo xtask verify --linux` and `--strategy`: does a kernel's own code, or a library, do what the recorded kernels did?

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use benches::plan::{Limits, StrategyRef};
use reports::harmless::line;
use reports::units::plural;
use workloads::trace::Trace;

use crate::apart::{Foreign, Found, Of, Verified};
use crate::kernels::Kernel;
use crate::planning::member;
use crate::progress::Progress;
use crate::traces::Named;

/// Code that is not this program's.
pub(crate) enum Code {
    Kernel(Box<Kernel>),
    Library { shown: String, foreign: Foreign },
}

impl Code {
    /// The library that a user names as PATH.so, FILE.c or NAME=…; a file of C is compiled.
    pub(crate) fn named(wanted: &str) -> anyhow::Result<Self> {
        let member = member(wanted, None)?;
        let StrategyRef::Library(library) = member.strategy else {
            bail!("every built-in strategy is replayed without being named: `{wanted}` is one of them")
        };
        let variant = library.variants.first().context("a file is one library")?;
        let path = wanted.split_once('=').map_or(wanted, |(_, path)| path);
        let shown = format!("{path}, {} ({})", library.summary, library.version);
        Ok(Self::Library { shown, foreign: Foreign { library: variant.path.clone(), label: member.label } })
    }

    fn told(&self) -> String {
        match self {
            Self::Kernel(kernel) => format!("{}: {} of {}", kernel.label, kernel.code.file(), kernel.tree),
            Self::Library { shown, foreign } => format!("{}: {shown}", foreign.label),
        }
    }

    /// Its version, if it is a kernel's.
    fn version(&self) -> Option<&str> {
        match self {
            Self::Kernel(kernel) => Some(&kernel.version),
            Self::Library { .. } => None,
        }
    }

    fn verified(&mut self, named: &Named, limits: Limits) -> anyhow::Result<Found<Verified>> {
        Ok(match self {
            Self::Kernel(kernel) => kernel.replays(&named.trace)?.verified(named, limits),
            Self::Library { foreign, .. } => foreign.verified(named, limits),
        })
    }
}

/// What became of all boots in one code.
#[derive(Default)]
struct Total {
    recorded: usize,
    exact: usize,
    of_its_version: usize,
    exact_of_its_version: usize,
    failed: usize,
    illegal: usize,
    addresses: Of,
    dumps: Of,
    released: Of,
}

/// Replays the recorded traces through each code and says where it answers otherwise than the kernel that was recorded.
///
/// The exit status is 1 when a boot of a kernel's own version differs, when code gives up, or when an answer is one that no
/// allocator may give.
pub(crate) fn run(
    all: Vec<Code>,
    traces: &[Named],
    differences: usize,
    limits: Limits,
) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut all_well = true;
    for mut code in all {
        let mut total = Total::default();
        let mut progress = Progress::new();
        writeln!(out, "{}", line(&code.told()))?;
        for (index, named) in traces.iter().enumerate() {
            progress.begin(&named.name, index, traces.len());
            if named.trace.recipe().is_none() {
                let own = code.version().is_some_and(|version| is_of(&named.trace, version));
                let found = code.verified(named, limits)?;
                total.add(own, &found);
                let name = line(&named.name);
                progress.aside(|| tell(&mut out, &name, own, &found, differences))?;
            }
            progress.finished();
        }
        progress.end();
        total.tell(&mut out, code.version().is_some())?;
        let bad = total.failed + total.illegal;
        all_well &= total.exact_of_its_version == total.of_its_version && bad == 0;
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a boot was recorded on this version: `6.1.0-56-amd64` on 6.1.174.
fn is_of(trace: &Trace, version: &str) -> bool {
    let first_two = |text: &str| text.split(['.', '-']).take(2).map(str::to_owned).collect::<Vec<_>>();
    first_two(&trace.header.kernel) == first_two(version)
}

impl Total {
    fn add(&mut self, own: bool, found: &Found<Verified>) {
        let exact = found.as_ref().is_ok_and(|found| found.exact);
        self.recorded += 1;
        self.exact += usize::from(exact);
        self.of_its_version += usize::from(own);
        self.exact_of_its_version += usize::from(own && exact);
        self.failed += usize::from(found.is_err());
        if let Ok(found) = found {
            self.illegal += found.illegal.len();
            self.addresses += found.addresses;
            self.dumps += found.dumps;
            self.released += found.released;
        }
    }

    fn tell(&self, out: &mut impl io::Write, versioned: bool) -> io::Result<()> {
        let Self {
            recorded,
            exact,
            of_its_version,
            exact_of_its_version,
            failed,
            illegal,
            addresses,
            dumps,
            released,
        } = self;
        let of = |share: &Of| format!("{} of {}", share.equal, share.all);
        writeln!(
            out,
            "  {exact} of {recorded} boots are exact{}; {} logged addresses, {} dumps and {} counts of released pages are as the \
             kernels had them; {}{}\n",
            if versioned {
                format!(", {exact_of_its_version} of {of_its_version} that were recorded on this version")
            } else {
                String::new()
            },
            of(addresses),
            of(dumps),
            of(released),
            plural(*illegal, "illegal answer"),
            if *failed == 0 { String::new() } else { format!("; {} failed", plural(*failed, "boot")) },
        )
    }
}

fn tell(
    out: &mut impl io::Write,
    name: &str,
    own: bool,
    found: &Found<Verified>,
    differences: usize,
) -> io::Result<()> {
    let kind = if own { "of this version" } else { "of another version" };
    match found {
        Err(why) => writeln!(out, "  {name} ({kind}) failed: {}", line(&why.to_string())),
        Ok(found) => {
            if !found.mismatches.is_empty() {
                writeln!(out, "  {name} ({kind}): {}", plural(found.mismatches.len(), "difference"))?;
            }
            for mismatch in found.mismatches.iter().take(differences) {
                writeln!(out, "    {name}.trace: {}", line(mismatch))?;
            }
            let more = found.mismatches.len().saturating_sub(differences);
            if more > 0 {
                writeln!(out, "    {name}.trace: and {more} more (--differences)")?;
            }
            for violation in found.illegal.iter().take(differences) {
                writeln!(out, "    {name}.trace: illegal: {}", line(violation))?;
            }
            Ok(())
        }
    }
}
