//! What spoils a measurement, and what helps.

use crate::results::{ClockFacts, ClockKind, MachineFacts, Toolchain, Warning};

/// What may spoil times that are taken on this machine by this program with this clock.
#[must_use]
pub fn warnings(machine: &MachineFacts, toolchain: &Toolchain, clock: &ClockFacts) -> Vec<Warning> {
    let warning = |applies: bool, what: String, remedy: &str| {
        applies.then(|| Warning { what, remedy: remedy.to_owned() })
    };
    let load = machine.load.map_or(0.0, |load| load.one_minute);
    let governor = machine.governor.as_deref().unwrap_or_default();
    [
        warning(
            toolchain.debug_assertions || toolchain.opt_level == "0" || toolchain.opt_level == "1",
            format!("this is a debug build (optimisation level {})", toolchain.opt_level),
            "build with --release",
        ),
        warning(
            load > 0.5,
            format!("the machine is busy, with {load:.2} tasks over the last minute"),
            "measure again when it is idle",
        ),
        warning(
            !matches!(governor, "" | "performance"),
            format!("the clock frequency is chosen by the `{governor}` governor"),
            "choose `performance`: cpupower frequency-set -g performance",
        ),
        warning(
            machine.virtual_machine == Some(true),
            "this is a virtual machine, whose host takes time unseen".into(),
            "trust ratios, not absolute times",
        ),
        warning(
            machine.cpus < 2,
            "there is only one processor, which the measured program shares with everything else".into(),
            "measure on a machine with at least two",
        ),
        warning(
            clock.kind == ClockKind::Monotonic && clock.granularity_ns > 100.0,
            format!("the clock moves in steps of {:.0} ns", clock.granularity_ns),
            "do not read latencies of single calls from this machine",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Load;

    fn quiet() -> (MachineFacts, Toolchain, ClockFacts) {
        let machine = MachineFacts {
            cpu: None,
            cpus: 2,
            caches: Vec::new(),
            governor: Some("performance".into()),
            virtual_machine: Some(false),
            memory_bytes: None,
            system: String::new(),
            load: Some(Load { one_minute: 0.1, five_minutes: 3.0 }),
        };
        let toolchain = Toolchain {
            rustc: String::new(),
            target: String::new(),
            profile: "release".into(),
            opt_level: "3".into(),
            flags: String::new(),
            debug_assertions: false,
        };
        let clock = ClockFacts {
            kind: ClockKind::TimeStampCounter,
            ns_per_tick: 0.4,
            cost_ns: 10.0,
            granularity_ns: 0.4,
        };
        (machine, toolchain, clock)
    }

    #[test]
    fn a_quiet_machine_of_ones_own_gives_no_warning() {
        let (machine, toolchain, clock) = quiet();
        assert_eq!(warnings(&machine, &toolchain, &clock), []);
    }

    #[test]
    fn whatever_spoils_a_measurement_is_named_with_a_remedy() {
        let (mut machine, mut toolchain, mut clock) = quiet();
        machine.load = Some(Load { one_minute: 1.5, five_minutes: 0.0 });
        machine.governor = Some("schedutil".into());
        machine.virtual_machine = Some(true);
        machine.cpus = 1;
        toolchain.debug_assertions = true;
        clock = ClockFacts { kind: ClockKind::Monotonic, granularity_ns: 1000.0, ..clock };
        let found = warnings(&machine, &toolchain, &clock);
        for word in
            ["debug build", "busy", "schedutil", "virtual machine", "one processor", "steps of 1000 ns"]
        {
            assert_eq!(found.iter().filter(|warning| warning.what.contains(word)).count(), 1, "{word}");
        }
        assert!(found.iter().all(|warning| !warning.remedy.is_empty()));
    }
}
