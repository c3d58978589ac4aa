//! Dropping what tells whose machine a trace is of.

use crate::trace::Trace;

/// Drops what could tell whose machine this is; everything that a replay needs stays as it is.
///
/// What goes: the machine's name and model, the command line, the kernel's local version, the source's name and how it
/// was recorded, and the offsets and addresses of callers, which identify a build. What stays: the version's numbers, the architecture, every address, size
/// and node. Addresses can tell a model of machine to those who know it.
pub fn anonymize(trace: &mut Trace) {
    let header = &mut trace.header;
    "removed".clone_into(&mut header.machine);
    header.command_line = None;
    "removed".clone_into(&mut header.source);
    "removed".clone_into(&mut header.captured);
    let numbers =
        header.kernel.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(header.kernel.len());
    header.kernel.truncate(numbers);
    if header.kernel.is_empty() {
        header.kernel.push_str("unknown");
    }
    for record in &mut trace.records {
        record.caller =
            record.caller.take().map(|caller| super::dialects::memblock::symbol(&caller).to_owned());
        record.caller.take_if(|caller| caller.is_empty() || super::dialects::memblock::is_address(caller));
    }
}
