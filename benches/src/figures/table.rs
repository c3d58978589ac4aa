//! The table.

use workloads::beyond::{head_room, lost, page_tables};

use super::{Better, Compute, Evidence, Figure, OverBoots, Unit};

/// Every exact figure, in the order in which they are shown.
pub const FIGURES: &[Figure] = &[
    counted("instructions", "instructions of the boot", "Executed by all calls and by the hand-over together."),
    counted(
        "instructions-calls",
        "instructions of all calls",
        "Executed by all calls of the boot before the hand-over.",
    ),
    counted(
        "instructions-hand-over",
        "instructions of the hand-over",
        "Executed while all free memory is handed over into the model of the page allocator, the model's own included.",
    ),
    counted(
        "instructions-build",
        "instructions of building",
        "Executed while the allocator's state is built and what is reserved at the start is reserved.",
    ),
    of_kind("instructions-add", "instructions of finding memory", "Executed by calls that add memory to the map or remove it."),
    of_kind("instructions-reserve", "instructions of reservations", "Executed by reservations of given addresses."),
    of_kind("instructions-free", "instructions of frees", "Executed by frees before the hand-over."),
    of_kind("instructions-alloc", "instructions of allocations", "Executed by allocations; nothing is zeroed."),
    of_kind(
        "instructions-settings",
        "instructions of settings",
        "Executed by calls that set nodes, flags, limits and directions.",
    ),
    of_kind(
        "instructions-walk",
        "instructions of the hand-over alone",
        "Executed by the hand-over without what the model of the page allocator does with each block.",
    ),
    count("calls", "calls", "Calls of the replay: allocations, reservations, frees and changes.", |of| {
        Some(of.program.steps.len() as u128)
    }),
    count("allocations", "allocations", "Allocations that the kernel was granted and the strategy was asked for.", |of| {
        Some(of.outcomes().allocations.into())
    }),
    bytes("bytes-asked", "bytes that allocations asked for", "The sum of their sizes.", |of| {
        Some(of.outcomes().bytes_asked)
    }),
    count("failed", "allocations not granted", "Allocations that found no memory or were refused as impossible.", |of| {
        Some(u128::from(of.outcomes().failed) + u128::from(of.outcomes().refused))
    })
    .better(Better::Less),
    count("refused", "allocations refused", "Those of them that were refused as impossible.", |of| {
        Some(of.outcomes().refused.into())
    })
    .better(Better::Less),
    count(
        "conflicts",
        "conflicts with fixed reservations",
        "Reservations of fixed addresses that the strategy had given to somebody before.",
        |of| Some(of.outcomes().conflicts.into()),
    )
    .better(Better::Less),
    count(
        "violations",
        "answers that no allocator may give",
        "Blocks outside memory, in use, unaligned, beyond a limit; memory released twice, in use, or lost.",
        |of| Some(of.checked.violations.len() as u128),
    )
    .better(Better::Less),
    count(
        "elsewhere",
        "allocations on another node than asked",
        "Allocations that were given memory not all on the node they preferred.",
        |of| Some(of.outcomes().elsewhere.into()),
    )
    .better(Better::Less),
    count("below-goal", "allocations below their goal", "Allocations that were given memory below their goal.", |of| {
        Some(of.outcomes().below_goal.into())
    }),
    count("reserves-refused", "reservations refused", "Reservations that the strategy refused.", |of| {
        Some(of.outcomes().reserves_refused.into())
    })
    .better(Better::Less),
    count("frees-refused", "frees refused", "Frees that the strategy refused.", |of| {
        Some(of.outcomes().frees_refused.into())
    })
    .better(Better::Less),
    count("changes-refused", "changes of the map refused", "Changes of the memory map that the strategy refused.", |of| {
        Some(of.outcomes().changes_refused.into())
    })
    .better(Better::Less),
    count("settings-ignored", "settings ignored", "Settings that mean nothing to the strategy.", |of| {
        Some(of.outcomes().settings_ignored.into())
    }),
    count("without-block", "calls about blocks never given", "Reservations and frees of blocks that were never given.", |of| {
        Some(of.outcomes().without_block.into())
    }),
    count("clipped", "calls clipped to memory", "Reservations and frees of which a part outside memory was cut off for the strategy.", |of| {
        Some(of.outcomes().clipped.into())
    }),
    count(
        "granted-beyond-kernel",
        "requests granted that the kernel refused",
        "They are given back at once, because the boot went on without them.",
        |of| Some(of.outcomes().granted_beyond_kernel.into()),
    ),
    count("intact-2m", "free aligned stretches of 2 MiB", "Aligned stretches of 2 MiB that are free as a whole when memory is handed over.", |of| {
        Some(of.fragmentation.intact_2m.into())
    })
    .better(Better::More),
    count("intact-1g", "free aligned stretches of 1 GiB", "Aligned stretches of 1 GiB that are free as a whole when memory is handed over.", |of| {
        Some(of.fragmentation.intact_1g.into())
    })
    .better(Better::More),
    bytes(
        "small-blocks",
        "free memory in blocks below a pageblock",
        "Free memory in merged blocks smaller than a pageblock: useless to whoever asks for one.",
        |of| Some(of.bytes(of.pages_below_a_pageblock())),
    )
    .better(Better::Less),
    bytes("largest-run", "longest stretch of free memory", "The longest run of free pages in one node and zone, whatever its alignment.", |of| {
        Some(of.bytes(of.fragmentation.largest_run_pages.into()))
    })
    .better(Better::More)
    .largest(),
    bytes("dma", "memory taken from DMA and DMA32", "Usable memory of the zones DMA and DMA32 that was not handed over.", |of| {
        let low = of.zones.iter().filter(|zone| ["DMA", "DMA32"].contains(&zone.zone.as_str()));
        Some(of.bytes(low.map(|zone| u128::from(zone.taken_pages)).sum()))
    })
    .better(Better::Less),
    bytes("usable", "usable memory", "Whole pages of memory that may be handed out.", |of| {
        Some(of.bytes(of.usable_pages().into()))
    }),
    bytes("released", "memory handed over", "Memory that the page allocator gets at the end of the boot.", |of| {
        Some(of.bytes(of.released_pages().into()))
    })
    .better(Better::More),
    count("blocks", "blocks handed over", "Blocks that the page allocator gets, as they are handed over.", |of| {
        Some(of.checked.released.runs().map(|run| u128::from(run.count)).sum())
    }),
    bytes("in-use", "memory in use at the end", "Bytes that callers asked for and had not freed at the end.", |of| {
        Some(of.checked.bytes_in_use.into())
    }),
    bytes(
        "rounding",
        "memory used beyond the bytes asked for",
        "Page frames that the boot cost beyond the bytes in use: what rounding to pages and the strategy's own tables lose.",
        |of| Some(of.bytes(of.rounding_pages().into())),
    )
    .better(Better::Less),
    bytes("metadata", "the strategy's own tables", "Bytes of the strategy's state at the end of the boot.", |of| {
        Some(of.checked.metadata_bytes as u128)
    })
    .better(Better::Less),
    count("ranges", "reserved ranges at the end", "Ranges that are reserved at the end of the boot, neighbours joined.", |of| {
        Some(of.reserved_ranges.into())
    }),
    count(
        "struct-pages-early",
        "struct pages initialised early",
        "Struct pages that are initialised one by one while zones are set up, those of holes included: memory of the recorded \
         machine, as Debian's kernels of that architecture keep it. The strategy does not change it.",
        |of| of.struct_pages.map(|found| u128::from(found.early() + found.holes)),
    )
    .source(STRUCT_PAGES),
    count(
        "struct-pages-deferred",
        "struct pages deferred",
        "Struct pages that are left for threads after the hand-over. The strategy does not change it.",
        |of| of.struct_pages.map(|found| found.deferred().into()),
    )
    .source(STRUCT_PAGES),
    count(
        "struct-pages-one-by-one",
        "struct pages initialised singly",
        "Struct pages that the hand-over initialises one by one because what they are of is reserved where others are deferred.",
        |of| of.struct_pages.map(|found| found.one_by_one.into()),
    )
    .better(Better::Less)
    .source(STRUCT_PAGES),
    count(
        "struct-pages-never",
        "struct pages never initialised",
        "Struct pages of what is reserved, deferred and marked as not to be initialised (NOINIT), where the strategy has it.",
        |of| of.struct_pages.map(|found| found.never.into()),
    )
    .source(STRUCT_PAGES),
    count(
        "reserved-calls",
        "calls for reserved struct pages",
        "Calls of the hand-over that initialise the struct pages of a range that is reserved or not to be mapped: one for each.",
        |of| of.struct_pages.map(|found| found.reserved_calls.into()),
    )
    .source(STRUCT_PAGES),
    count(
        "region-visits",
        "regions that zones visit",
        "Regions of memory that the walk visits for each zone of each node. The strategy does not change it.",
        |of| of.struct_pages.map(|found| found.region_visits.into()),
    )
    .source(STRUCT_PAGES),
    bytes(
        "lost-parts",
        "free memory that nobody gets",
        "Bytes that are free at the end in pages that are not wholly free, and so are not handed over.",
        |of| Some(of.lost_parts.into()),
    )
    .source(BEYOND),
    bytes(
        "unknown-use",
        "memory of unknown use",
        "Memory that is reserved at the end by no call that the log holds, the kernel's own image among it. The strategy does not \
         change it.",
        |of| Some(lost(of.trace).unknown.into()),
    )
    .source(BEYOND),
    count(
        "most-reserved",
        "most regions reserved at a time",
        "Regions that memblock's array of reservations held at most, on the recorded kernel; its room without doubling is in `show`.",
        |of| Some(head_room(of.trace)[1].most.into()),
    )
    .source(BEYOND)
    .largest(),
    count(
        "page-tables",
        "pages taken for page tables",
        "Pages that the recorded kernel allocated one by one for page tables.",
        |of| Some(page_tables(of.trace).iter().map(|one| u128::from(one.pages)).sum()),
    )
    .source(BEYOND),
];

const BEYOND: &str = "the trace and what it leaves reserved; `workloads::beyond`";

const STRUCT_PAGES: &str =
    "the kernel's walk over zones, held against kernels that counted it; `workloads::beyond`";

const CHECKED: &str = "the checked replay; `workloads::check` and `benches::exact`";

const CALLGRIND: &str =
    "callgrind's `Ir`, in the very functions that are timed; valgrind.org/docs/manual/cl-manual.html";

const BY_KIND: &str = "callgrind's inclusive `Ir` of one function for each kind of call; valgrind.org/docs/manual/cl-format.html";

/// A figure that callgrind counts.
const fn counted(id: &'static str, title: &'static str, definition: &'static str) -> Figure {
    Figure {
        id,
        title,
        unit: Unit::Instructions,
        better: Some(Better::Less),
        over_boots: OverBoots::Sum,
        definition,
        source: CALLGRIND,
        compute: None,
    }
}

/// A figure that callgrind counts and that explains others: a part of one, and no question of its own.
const fn of_kind(id: &'static str, title: &'static str, definition: &'static str) -> Figure {
    let mut figure = counted(id, title, definition);
    figure.better = None;
    figure.source = BY_KIND;
    figure
}

const fn count(id: &'static str, title: &'static str, definition: &'static str, compute: Compute) -> Figure {
    of(id, title, Unit::Count, definition, compute)
}

const fn bytes(id: &'static str, title: &'static str, definition: &'static str, compute: Compute) -> Figure {
    of(id, title, Unit::Bytes, definition, compute)
}

const fn of(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    definition: &'static str,
    compute: fn(&Evidence<'_>) -> Option<u128>,
) -> Figure {
    Figure {
        id,
        title,
        unit,
        better: None,
        over_boots: OverBoots::Sum,
        definition,
        source: CHECKED,
        compute: Some(compute),
    }
}

impl Figure {
    const fn better(mut self, better: Better) -> Self {
        self.better = Some(better);
        self
    }

    const fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    const fn largest(mut self) -> Self {
        self.over_boots = OverBoots::Largest;
        self
    }
}
