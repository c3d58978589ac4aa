//! A failure as a test in C, in the manner of the kernel's `tools/testing/memblock`.

use std::fmt::{self, Write as _};

use allocators::{AllocRequest, Goal, MapChange, MemoryRange, NodeChoice, Setting};
use workloads::replay::{Program, Reach, Step, StepResult};
use workloads::trace::Trace;

use crate::play::Played;

/// The test of `trace`, which expects what `base` answered. `name` is an identifier of C.
#[must_use]
pub fn c_test(name: &str, what: &str, trace: &Trace, base: &Played) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, name, what, trace, base);
    text
}

fn write(out: &mut String, name: &str, what: &str, trace: &Trace, base: &Played) -> fmt::Result {
    let program = Program::compile(trace, Reach::Everywhere);
    let pieces = trace.memory.iter().map(|piece| piece.memory);
    let added = program.steps.iter().filter_map(|step| match step {
        Step::Change(MapChange::Add(piece)) => Some(*piece),
        _ => None,
    });
    writeln!(out, "// SPDX-License-Identifier: GPL-2.0-or-later OR MIT")?;
    writeln!(out, "/* {} */", what.replace("*/", "* /").replace('\n', " "))?;
    write!(out, "{PROLOGUE}")?;
    writeln!(out, "static int {name}_check(void)\n{{")?;
    writeln!(out, "\tphys_addr_t block[{}];\n", program.slots.max(1))?;
    writeln!(out, "\tPREFIX_PUSH();\n\treset_memblock_regions();\n\tmemblock_allow_resize();\n")?;
    writeln!(out, "\t/* Lists that double are copied to real memory. */")?;
    for piece in pieces.clone().chain(added) {
        writeln!(out, "\tASSERT_TRUE(stress_map({}));", span(&piece))?;
    }
    writeln!(out)?;
    for piece in pieces {
        writeln!(out, "\tASSERT_EQ(0, {});", add(&piece))?;
    }
    for range in &program.setup {
        writeln!(out, "\tASSERT_EQ(0, memblock_reserve({}, {}));", range.start(), hex(range.size()))?;
    }
    for (step, answer) in program.steps.iter().zip(&base.answers) {
        call(out, step, answer)?;
    }
    if let Some(lists) = &base.lists {
        writeln!(out)?;
        for (list, regions) in [("memory", &lists.memory), ("reserved", &lists.reserved)] {
            // An empty list has one region of no bytes in some versions.
            if !regions.is_empty() {
                writeln!(out, "\tASSERT_EQ({}, memblock.{list}.cnt);", regions.len())?;
            }
            for (index, region) in regions.iter().enumerate() {
                writeln!(
                    out,
                    "\tASSERT_EQ({}, memblock.{list}.regions[{index}].base);",
                    region.range.start()
                )?;
                let size = hex(region.range.size());
                writeln!(out, "\tASSERT_EQ({size}, memblock.{list}.regions[{index}].size);")?;
            }
        }
        writeln!(out, "\tASSERT_EQ({}, memblock.memory.max);", lists.capacity.0)?;
        writeln!(out, "\tASSERT_EQ({}, memblock.reserved.max);", lists.capacity.1)?;
    }
    writeln!(out, "\n\ttest_pass_pop();\n\treturn 0;\n}}")
}

/// What every test needs: real memory where the machine has some.
const PROLOGUE: &str = r#"#include <sys/mman.h>
#include "common.h"

static bool stress_map(unsigned long start, unsigned long size)
{
	unsigned long first = start & ~4095ul, last = (start + size + 4095) & ~4095ul;

	return mmap((void *)first, last - first, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == (void *)first;
}

"#;

fn hex(value: u64) -> String {
    format!("{value:#x}")
}

fn span(piece: &MemoryRange) -> String {
    format!("{}, {}", piece.range.start(), hex(piece.range.size()))
}

fn nid(nid: Option<allocators::Nid>) -> String {
    nid.map_or_else(|| "NUMA_NO_NODE".into(), |nid| nid.to_string())
}

fn add(piece: &MemoryRange) -> String {
    format!("memblock_add_node({}, {}, {})", span(piece), nid(piece.nid), piece.flags.0)
}

fn request(asked: &AllocRequest) -> String {
    let AllocRequest { size, align, goal, limit, node } = asked;
    let limit = limit.map_or_else(|| "0".into(), |limit| limit.to_string());
    let exact = matches!(node, NodeChoice::Exact(_));
    let (goal, node) = (goal, nid(node.nid()));
    match goal {
        Goal::AtLeast(min) => {
            format!("memblock_alloc_range_nid({size}, {align:#x}, {min}, {limit}, {node}, {exact})")
        }
        Goal::Prefer(goal) => {
            let function = if exact { "memblock_alloc_exact_nid_raw" } else { "memblock_alloc_try_nid_raw" };
            format!("(phys_addr_t){function}({size}, {align:#x}, {goal}, {limit}, {node})")
        }
    }
}

fn call(out: &mut String, step: &Step, answer: &StepResult) -> fmt::Result {
    let code = |done: bool| if done { "ASSERT_EQ(0, " } else { "ASSERT_NE(0, " };
    match (step, answer) {
        (Step::Alloc(asked, slot), StepResult::Alloc(given)) => {
            writeln!(out, "\tblock[{slot}] = {};", request(asked))?;
            let given = given.map_or_else(|_| "0".into(), |addr| addr.to_string());
            writeln!(out, "\tASSERT_EQ({given}, block[{slot}]);")
        }
        (Step::Probe(asked), StepResult::Alloc(given)) => {
            let value = given.map_or_else(|_| "0".into(), |addr| addr.to_string());
            writeln!(out, "\tASSERT_EQ({value}, {});", request(asked))?;
            match given {
                Ok(_) => writeln!(out, "\tmemblock_phys_free({value}, {});", hex(asked.size)),
                Err(_) => Ok(()),
            }
        }
        (Step::Reserve(range), StepResult::Reserve(done)) => {
            let (start, size) = (range.start(), hex(range.size()));
            writeln!(out, "\t{}memblock_reserve({start}, {size}));", code(done.is_ok()))
        }
        (Step::Free(range), StepResult::Free(done)) => {
            let (start, size) = (range.start(), hex(range.size()));
            writeln!(out, "\t{}memblock_phys_free({start}, {size}));", code(done.is_ok()))
        }
        (Step::ReservePart(part) | Step::FreePart(part), StepResult::Reserve(_) | StepResult::Free(_)) => {
            let function =
                if matches!(step, Step::FreePart(_)) { "memblock_phys_free" } else { "memblock_reserve" };
            let workloads::replay::Part { slot, offset, size } = part;
            writeln!(out, "\tASSERT_EQ(0, {function}(block[{slot}] + {offset:#x}, {size:#x}));")
        }
        (Step::Change(change), StepResult::Change(done)) => {
            writeln!(out, "\t{}{});", code(done.is_ok()), changed(change))
        }
        (Step::Set(setting), _) => writeln!(out, "\t{};", set(setting)),
        _ => Ok(()),
    }
}

fn changed(change: &MapChange) -> String {
    let flag = |set: bool, flags: allocators::MemFlags| match (set, flags.0) {
        (true, 1) => "memblock_mark_hotplug",
        (false, 1) => "memblock_clear_hotplug",
        (true, 2) => "memblock_mark_mirror",
        (true, 4) => "memblock_mark_nomap",
        (false, 4) => "memblock_clear_nomap",
        (true, 0x10) => "memblock_reserved_mark_noinit",
        (true, 0x20) => "memblock_reserved_mark_kern",
        (true, 0x40) => "memblock_mark_kho_scratch",
        (false, 0x40) => "memblock_clear_kho_scratch",
        _ => "stress_no_such_flag",
    };
    match change {
        MapChange::Add(piece) => add(piece),
        MapChange::Remove(range) => format!("memblock_remove({}, {})", range.start(), hex(range.size())),
        MapChange::SetNode(range, node) => {
            let (start, size) = (range.start(), hex(range.size()));
            let of =
                |list: &str| format!("memblock_set_node({start}, {size}, &memblock.{list}, {})", nid(*node));
            format!("{} || {}", of("memory"), of("reserved"))
        }
        MapChange::SetFlags(range, flags) => {
            format!("{}({}, {})", flag(true, *flags), range.start(), hex(range.size()))
        }
        MapChange::ClearFlags(range, flags) => {
            format!("{}({}, {})", flag(false, *flags), range.start(), hex(range.size()))
        }
    }
}

fn set(setting: &Setting) -> String {
    match setting {
        Setting::BottomUp(on) => format!("memblock_set_bottom_up({on})"),
        Setting::CurrentLimit(limit) => {
            let limit = limit.map_or_else(|| "MEMBLOCK_ALLOC_ANYWHERE".into(), |limit| limit.to_string());
            format!("memblock_set_current_limit({limit})")
        }
        Setting::AllowResize(on) => {
            format!("/* resizing is {} here */", if *on { "allowed" } else { "not allowed" })
        }
        Setting::MovableNode(on) => format!("movable_node_enabled = {on}"),
        Setting::MarkKernelReservations(_) => "/* marks are the kernel's own business */".into(),
        Setting::KhoScratchOnly(true) => "memblock_set_kho_scratch_only()".into(),
        Setting::KhoScratchOnly(false) => "memblock_clear_kho_scratch_only()".into(),
    }
}
