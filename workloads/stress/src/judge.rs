//! Whether a boot went wrong.

use allocators::MemoryRange;
use workloads::check::Run;
use workloads::replay::StepResult;

use crate::failure::{Failure, Kind};
use crate::play::{Lists, Played};

/// Holds `head` against the checker, and against `base` if there is one. Where `same` says so, every answer must be that of
/// `base`; else only what `base` does as well is forgiven.
#[must_use]
pub fn judge(base: Option<&Played>, head: &Played, same: bool) -> Option<Failure> {
    stopped(base, head)
        .or_else(|| illegal(base, head))
        .or_else(|| base.and_then(|base| refused(base, head)))
        .or_else(|| base.filter(|_| same).and_then(|base| different(base, head)))
        .or_else(|| base.and_then(|base| complained(base, head)))
}

fn stopped(base: Option<&Played>, head: &Played) -> Option<Failure> {
    let what = head.stopped.as_ref()?;
    // Both may stop, and with the text of an assertion that another line holds now.
    if base.is_some_and(|base| base.stopped.is_some() && base.answers.len() == head.answers.len()) {
        return None;
    }
    Some(Failure { kind: Kind::Stopped, step: Some(head.answers.len()), what: what.clone() })
}

fn illegal(base: Option<&Played>, head: &Played) -> Option<Failure> {
    let known = base.and_then(|base| base.checked.as_ref()).map_or(&[][..], |checked| &checked.violations);
    let new = head.checked.as_ref()?.violations.iter().find(|violation| !known.contains(violation))?;
    Some(Failure {
        kind: Kind::Illegal,
        step: new.record.map(|record| record as usize),
        what: new.to_string(),
    })
}

fn is_granted(answer: &StepResult) -> bool {
    match answer {
        StepResult::Alloc(given) => given.is_ok(),
        StepResult::Reserve(done) => done.is_ok(),
        StepResult::Free(done) => done.is_ok(),
        StepResult::Change(done) => done.is_ok(),
        StepResult::Set(_) | StepResult::NoBlock => true,
    }
}

fn refused(base: &Played, head: &Played) -> Option<Failure> {
    let both = base.answers.iter().zip(&head.answers).enumerate();
    let (step, (_, answer)) =
        both.into_iter().find(|(_, (base, head))| is_granted(base) && !is_granted(head))?;
    Some(Failure { kind: Kind::Refused, step: Some(step), what: format!("refused: {}", said(answer)) })
}

fn different(base: &Played, head: &Played) -> Option<Failure> {
    let at = base.answers.iter().zip(&head.answers).position(|(base, head)| !alike(base, head));
    if let Some(step) = at {
        let what = format!("answered {}, the other {}", said(&head.answers[step]), said(&base.answers[step]));
        return Some(Failure { kind: Kind::Answer, step: Some(step), what });
    }
    if let (Some(base), Some(head)) = (&base.lists, &head.lists)
        && let Some(what) = lists(base, head)
    {
        return Some(Failure { kind: Kind::Lists, step: None, what });
    }
    let at = head.handed.iter().zip(&base.handed).position(|(ours, theirs)| ours != theirs);
    let at = at.or_else(|| {
        let (ours, theirs) = (head.handed.len(), base.handed.len());
        (ours != theirs).then(|| ours.min(theirs))
    })?;
    let [ours, theirs] = [head, base].map(|played| played.handed.get(at).copied().map_or_else(nothing, run));
    Some(Failure {
        kind: Kind::Released,
        step: None,
        what: format!("handed over {ours} where the other one hands over {theirs}"),
    })
}

fn nothing() -> String {
    "nothing more".into()
}

fn run(run: Run) -> String {
    format!("{} blocks of {} from {} on", run.count, run.order, run.first)
}

/// Whether two answers are the same. Why a call was refused is told in one's own words, and a setting may be unknown to one.
fn alike(base: &StepResult, head: &StepResult) -> bool {
    match (base, head) {
        (StepResult::Set(_), StepResult::Set(_)) => true,
        (StepResult::Alloc(Ok(base)), StepResult::Alloc(Ok(head))) => base == head,
        (base, head) => is_granted(base) == is_granted(head),
    }
}

fn said(answer: &StepResult) -> String {
    match answer {
        StepResult::Alloc(Ok(addr)) => addr.to_string(),
        StepResult::Alloc(Err(error)) => error.to_string(),
        StepResult::Reserve(Err(error)) => error.to_string(),
        StepResult::Free(Err(error)) => error.to_string(),
        StepResult::Change(Err(error)) => error.to_string(),
        _ => "done".into(),
    }
}

fn lists(base: &Lists, head: &Lists) -> Option<String> {
    for (name, ours, theirs) in
        [("memory", &head.memory, &base.memory), ("reserved", &head.reserved, &base.reserved)]
    {
        let at = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
        let at = at.or_else(|| (ours.len() != theirs.len()).then(|| ours.len().min(theirs.len())));
        if let Some(at) = at {
            let [ours, theirs] = [ours.get(at), theirs.get(at)].map(region);
            return Some(format!("region {at} of {name} is {ours}, the other one's {theirs}"));
        }
    }
    (base.capacity != head.capacity)
        .then(|| format!("the lists hold {:?} regions, the other one's {:?}", head.capacity, base.capacity))
}

fn region(region: Option<&MemoryRange>) -> String {
    let nid = |region: &MemoryRange| region.nid.map_or_else(|| "none".into(), |nid| nid.to_string());
    region.map_or_else(
        || "missing".into(),
        |region| format!("{} nid={} flags={:#x}", region.range, nid(region), region.flags.0),
    )
}

fn complained(base: &Played, head: &Played) -> Option<Failure> {
    let complaints = |played: &Played| played.lists.as_ref().map_or(0, |lists| lists.complaints);
    let (ours, theirs) = (complaints(head), complaints(base));
    (ours > theirs).then(|| Failure {
        kind: Kind::Complained,
        step: None,
        what: format!("warned {ours} times, the other one {theirs} times"),
    })
}
