//! What is known of the search's settings from the command line, the architecture and the zones.

use allocators::{PhysAddr, Setting};

use super::recorder::Recorder;
use crate::import::dialects::linux::{Facts, Platform};
use crate::import::dialects::memblock::{Step, What, symbol};
use crate::trace::Reason;

/// Up to here the kernel of x86 allocates until it has mapped all memory (`ISA_END_ADDRESS`).
const X86_EARLY_LIMIT: u64 = 0x10_0000;

/// The settings that a later step ends.
pub(super) struct Settings {
    /// Whether the limit of early x86 still holds.
    early_limit: bool,
    /// Whether the search goes upward because the command line says so.
    upward_by_command: bool,
}

impl Settings {
    /// Records the settings that hold at the start.
    pub(super) fn at_start(recorder: &mut Recorder, facts: &Facts, platform: &Platform) -> Self {
        let mut settings = Self { early_limit: false, upward_by_command: false };
        recorder.set(Setting::AllowResize(true), Reason::Arch);
        if facts.marks_allocations {
            recorder.set(Setting::MarkKernelReservations(true), Reason::Log);
        }
        if facts.kho_boot {
            recorder.set(Setting::KhoScratchOnly(true), Reason::Log);
        }
        let x86 = matches!(platform.arch, "x86_64" | "i386");
        let high = facts.zones.iter().find(|(name, range)| name == "HighMem" && !range.is_empty());
        if let Some((_, high)) = high {
            // Memory that has no permanent mapping is not the kernel's own to use.
            recorder.set(Setting::CurrentLimit(Some(high.start())), Reason::Log);
        } else if platform.arch == "x86_64" {
            settings.early_limit = true;
            recorder.set(Setting::CurrentLimit(Some(PhysAddr(X86_EARLY_LIMIT))), Reason::Arch);
        }
        let line = facts.command_line.as_deref().unwrap_or_default();
        if x86 && line.split_whitespace().any(|word| word == "movable_node") {
            recorder.set(Setting::MovableNode(true), Reason::CommandLine);
            recorder.set(Setting::BottomUp(true), Reason::CommandLine);
            settings.upward_by_command = true;
        }
        settings
    }

    /// The nodes are known from here on: `numa_init()` turns the search around as soon as it has them.
    pub(super) fn nodes_known(&mut self, recorder: &mut Recorder) {
        if std::mem::take(&mut self.upward_by_command) {
            recorder.set(Setting::BottomUp(false), Reason::CommandLine);
        }
    }

    /// Records what `step` shows to have ended.
    pub(super) fn before(&mut self, step: &Step, recorder: &mut Recorder) {
        if self.early_limit && ends_early_limit(step) {
            self.early_limit = false;
            recorder.set(Setting::CurrentLimit(None), Reason::Arch);
        }
    }
}

/// Whether x86 has mapped all memory when it does this.
fn ends_early_limit(step: &Step) -> bool {
    match &step.what {
        What::Alloc(request, _) => request.max_addr <= 1,
        What::Bare(..) | What::Doubled { .. } => true,
        _ => step.caller.as_deref().is_some_and(|caller| symbol(caller).starts_with("acpi_")),
    }
}
