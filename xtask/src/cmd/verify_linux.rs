//! `cargo xtask verify --linux`: does a kernel's own code do what the recorded kernels did?

use std::io::{self, Write as _};
use std::process::ExitCode;

use benches::plan::Limits;
use reports::harmless::line;
use workloads::trace::Trace;

use crate::apart::{Found, Of, Verified};
use crate::kernels::Kernel;
use crate::progress::Progress;
use crate::traces::Named;

/// What became of all boots in one kernel's code.
#[derive(Default)]
struct Total {
    recorded: usize,
    exact: usize,
    of_its_version: usize,
    exact_of_its_version: usize,
    failed: usize,
    addresses: Of,
    dumps: Of,
    released: Of,
}

/// Replays the recorded traces through each kernel's code and says where it answers otherwise than the kernel that was recorded.
///
/// The exit status is 1 when a boot of a kernel's own version differs, or its code gives up.
pub(crate) fn run(
    kernels: Vec<Kernel>,
    traces: &[Named],
    differences: usize,
    limits: Limits,
) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let mut all_well = true;
    for mut kernel in kernels {
        let mut total = Total::default();
        let mut progress = Progress::new();
        writeln!(out, "{}: {} of {}", kernel.label, kernel.code.file(), kernel.tree)?;
        for (index, named) in traces.iter().enumerate() {
            progress.begin(&named.name, index, traces.len());
            if named.trace.recipe().is_none() {
                let own = is_of(&named.trace, &kernel.version);
                let found = kernel.replays(&named.trace)?.verified(named, limits);
                total.add(own, &found);
                let name = line(&named.name);
                progress.aside(|| tell(&mut out, &name, own, &found, differences))?;
            }
            progress.finished();
        }
        progress.end();
        total.tell(&mut out)?;
        all_well &= total.exact_of_its_version == total.of_its_version && total.failed == 0;
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
            self.addresses += found.addresses;
            self.dumps += found.dumps;
            self.released += found.released;
        }
    }

    fn tell(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Self {
            recorded,
            exact,
            of_its_version,
            exact_of_its_version,
            failed,
            addresses,
            dumps,
            released,
        } = self;
        let of = |share: &Of| format!("{} of {}", share.equal, share.all);
        writeln!(
            out,
            "  {exact} of {recorded} boots are exact, {exact_of_its_version} of {of_its_version} that were recorded on \
             this version; {} logged addresses, {} dumps and {} counts of released pages are as the kernels had them{}\n",
            of(addresses),
            of(dumps),
            of(released),
            if *failed == 0 { String::new() } else { format!("; {failed} boots failed") },
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
        Ok(found) if found.exact => Ok(()),
        Ok(found) => {
            writeln!(out, "  {name} ({kind}): {} differences", found.mismatches.len())?;
            for mismatch in found.mismatches.iter().take(differences) {
                writeln!(out, "    {name}.trace: {}", line(mismatch))?;
            }
            Ok(())
        }
    }
}
