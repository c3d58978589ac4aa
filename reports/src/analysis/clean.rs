//! Results whose names and texts are harmless: what all that is shown is made from.

use benches::exact::Exact;
use benches::results::{Cell, Header, Outcome, Results};

use crate::harmless::line;

/// The same results with harmless texts. Commands stay as they are: whoever shows one quotes it.
pub(super) fn cleaned(results: &Results) -> Results {
    let mut clean = results.clone();
    clean.headers.iter_mut().for_each(header);
    clean.cells.iter_mut().for_each(cell);
    clean
}

fn text(text: &mut String) {
    if let std::borrow::Cow::Owned(clean) = line(text) {
        *text = clean;
    }
}

fn header(header: &mut Header) {
    // What is not a hash would stand in a command.
    let is_hash = |id: &str| (7..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if header.commit.as_ref().is_some_and(|commit| !is_hash(&commit.id)) {
        header.commit = None;
    }
    let toolchain = &mut header.toolchain;
    [
        &mut toolchain.rustc,
        &mut toolchain.target,
        &mut toolchain.profile,
        &mut toolchain.opt_level,
        &mut toolchain.flags,
    ]
    .into_iter()
    .for_each(text);
    let machine = &mut header.machine;
    machine.cpu.iter_mut().chain(&mut machine.governor).for_each(text);
    text(&mut machine.system);
    text(&mut header.run.0);
    header.plan.members.iter_mut().for_each(|member| text(&mut member.label));
    header.plan.boots.iter_mut().for_each(|boot| text(&mut boot.name));
    for warning in &mut header.warnings {
        text(&mut warning.what);
        text(&mut warning.remedy);
    }
}

fn cell(cell: &mut Cell) {
    text(&mut cell.run.0);
    text(&mut cell.key.trace);
    text(&mut cell.key.strategy);
    match &mut cell.outcome {
        Outcome::Latency(latency) => {
            latency.slowest.iter_mut().filter_map(|slow| slow.caller.as_mut()).for_each(text);
        }
        Outcome::Exact(found) => exact(found),
        Outcome::Failed(failure) => text(&mut failure.message),
        _ => {}
    }
}

fn exact(exact: &mut Exact) {
    exact.violations.iter_mut().for_each(text);
    exact.breakers.iter_mut().for_each(|breaker| text(&mut breaker.caller));
    exact.zones.iter_mut().for_each(|zone| text(&mut zone.zone));
    let layout = &mut exact.layout;
    layout.nodes.iter_mut().chain(&mut layout.zones).for_each(|stretch| text(&mut stretch.name));
}
