//! What the boots of the corpus paid: the files, and how they agree with the traces.

use workloads::corpus;
use workloads::cost::{Cost, Kind, doubt, held};

fn costs() -> impl Iterator<Item = (&'static str, Cost)> {
    corpus::names().filter_map(|name| {
        let cost = corpus::cost(name)?.unwrap_or_else(|error| panic!("{name}.cost: {error}"));
        Some((name, cost))
    })
}

#[test]
fn at_least_twenty_boots_of_three_architectures_and_kernels_are_counted() {
    let names: Vec<&str> = costs().map(|(name, _)| name).collect();
    assert!(names.len() >= 20, "{names:?}");
    for part in ["x86_64-", "arm64-", "ppc64el-", "-6.1-", "-6.12-", "-7.3-", "-256m", "-960g"] {
        assert!(names.iter().any(|name| name.contains(part)), "none is of {part}: {names:?}");
    }
}

/// Expect every record of a trace to be a call of the counted boot, in order, of its kind and by its caller. The counted boot
/// has no log, so that this is proof of the importer.
///
/// The exception: UEFI lays out its memory a little otherwise where the command line is another, so that one of its pieces is
/// not there to be reserved.
const MISSING: [&str; 1] = ["x86_64-7.3-uefi-4node-8g"];

#[test]
fn the_records_of_a_trace_are_the_calls_of_the_boot() {
    let mut missing = Vec::new();
    for (name, cost) in costs() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let held = held(&cost, &trace);
        assert!(held.equal > 30, "{name}: {}", held.equal);
        assert!(held.less.len() <= 1, "{name}: {:?}", held.less);
        missing.extend((!held.less.is_empty()).then_some(name));
    }
    assert_eq!(missing, MISSING);
}

#[test]
fn a_cost_of_the_corpus_is_sound() {
    for (name, cost) in costs() {
        assert_eq!(cost.to_string().parse::<Cost>(), Ok(cost.clone()), "{name}");
        assert_eq!(cost.calls_of(Kind::HandOver), 1, "{name}");
        assert!(cost.allocator() > 0 && cost.allocator() < cost.total.instructions, "{name}");
        let listed = |kind| cost.calls.iter().filter(|call| call.kind == kind).count() as u64;
        for (kind, _) in Kind::WORDS.iter().filter(|(kind, _)| *kind != Kind::Query) {
            assert_eq!(listed(*kind), cost.calls_of(*kind), "{name}: {kind:?}");
        }
        // Every instruction is in one account.
        let sum: u64 =
            cost.work.iter().flat_map(|work| &work.parts).map(|(_, spent)| spent.instructions).sum();
        assert_eq!(sum, cost.total.instructions, "{name}");
        assert!(cost.elsewhere < 10_000, "{name}: other CPUs ran {} blocks", cost.elsewhere);
    }
}

/// Expect no doubt about the costs of the corpus, what their logged calls spent to be a part of what all spent, and a cost of
/// another kernel or machine to be told.
#[test]
fn a_cost_of_another_boot_is_told() {
    for (name, cost) in costs() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let held = held(&cost, &trace);
        assert_eq!(doubt(&cost, &trace, &held), None, "{name}");
        assert_eq!(held.spent.values().map(|tally| tally.calls).sum::<u64>(), held.equal, "{name}");
        for (kind, tally) in &held.spent {
            assert!(tally.instructions > 0 && tally.instructions <= cost.own(*kind), "{name}: {kind:?}");
        }
    }
    let of = |cost: &str, trace: &str| {
        let (cost, trace) = (corpus::cost(cost).unwrap().unwrap(), corpus::trace(trace).unwrap().unwrap());
        doubt(&cost, &trace, &held(&cost, &trace)).unwrap_or_default()
    };
    let other = of("x86_64-6.12-uefi-4g", "x86_64-6.1-256m");
    assert_eq!(other, "the kernel that was counted is 6.12.95+deb12-amd64, and the log is of 6.1.0-50-amd64");
    let machine = of("x86_64-6.1-256m", "x86_64-6.1-16node-960g");
    assert!(machine.ends_with(": it was of another machine"), "{machine}");
}
