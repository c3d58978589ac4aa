//! What of the posted code is changed before it is compiled: the defects that our rootmem does not have, each by its name.

use crate::alike::mend::{self, Mend};

/// The defects.
///
/// Not here, since the host or the code round it sees to them: sizes of 0, alignments that are no power of two, sums that
/// wrap, a double free that stops half-way, memory between nodes, a second release. Nodes whose spans overlap are not tried.
pub(crate) const MENDS: &[Mend] = &[
    Mend {
        defect: "the bitmap has room for fewer pages than its index reaches",
        edits: &[(
            "bytes = (rootmem_max_pfn - rootmem_min_pfn + 7) / 8;",
            "bytes = (rootmem_max_pfn + 7) / 8;",
        )],
    },
    Mend {
        defect: "after a conflict the inner loop goes on, and a block is given that was not looked at",
        edits: &[("sidx += step;\ncontinue;", "sidx += step;\ngoto restart;")],
    },
    Mend {
        defect: "no previous allocation, or one that ended with its page, has a rest to merge into",
        edits: &[(
            "if (last_pfn + 1 == start_pfn)",
            "if ((last_end & ~PAGE_MASK) && last_pfn + 1 == start_pfn)",
        )],
    },
    Mend {
        defect: "a rest is merged into that lies below the goal or on another node",
        edits: &[(
            "last_pfn = PFN_DOWN(last_end);",
            "last_pfn = PFN_DOWN(last_end);\nif (last_pfn < search_from)\nlast_pfn = ~1UL;",
        )],
    },
    Mend {
        defect: "allocations on any node share their rest with node 0",
        edits: &[
            ("if (nid == -1)\nnid = 0;", "if (nid == -1)\nnid = MAX_NUMNODES;"),
            ("rootmem_node_last[MAX_NUMNODES] __initdata;", "rootmem_node_last[MAX_NUMNODES + 1];"),
        ],
    },
    Mend {
        defect: "an alignment is an int",
        edits: &[(
            "___rootmem_alloc_node(int nid, int align,",
            "___rootmem_alloc_node(int nid, unsigned long align,",
        )],
    },
    Mend {
        defect: "a goal below the node leads to memory below the node",
        edits: &[
            (
                "if (goal && goal < max_idx)\nsidx = ALIGN(goal, step);\nelse\nsidx = ALIGN(min_idx, step);",
                "search_from = min_idx;\nif (goal >= max_idx && goal_is_min)\nreturn NULL;\nif (goal > min_idx && goal < max_idx)\n\
                 search_from = goal;\nsidx = ALIGN(search_from, step);",
            ),
            (
                "if (goal) {\nsidx = ALIGN(min_idx, step);",
                "if (goal && !goal_is_min) {\nsearch_from = min_idx;\nsidx = ALIGN(min_idx, step);",
            ),
        ],
    },
    Mend {
        defect: "a goal that leaves no room below the limit stops the machine",
        edits: &[("BUG_ON(limit && goal + size > limit);", "")],
    },
    Mend {
        defect: "a limit below one page is no limit",
        edits: &[(
            "limit >>= PAGE_SHIFT;",
            "if (limit && limit < PAGE_SIZE)\nreturn NULL;\nlimit >>= PAGE_SHIFT;",
        )],
    },
    Mend {
        defect: "a page that was freed or reserved is merged into when it has another owner",
        edits: &[
            (
                "end = PFN_DOWN(addr + size);\n__rootmem_free(start, end);",
                "end = PFN_DOWN(addr + size);\n__rootmem_free(start, end);\nforget_rests(start, end);",
            ),
            (
                "return __rootmem_reserve(start, end, exclusive);",
                "if (__rootmem_reserve(start, end, exclusive))\nreturn -EBUSY;\nforget_rests(start, end);\nreturn 0;",
            ),
        ],
    },
    Mend {
        defect: "the release of a node that begins inside a word takes the wrong pages",
        edits: &[
            (
                "unsigned long vec = ~map[start / BITS_PER_LONG];",
                "unsigned long vec = ~map[start / BITS_PER_LONG] >> (start % BITS_PER_LONG);",
            ),
            ("while (start < end) {", "while (start < end) {\naligned = !(start & (BITS_PER_LONG - 1));"),
            ("start += BITS_PER_LONG;", "start = (start | (BITS_PER_LONG - 1)) + 1;"),
        ],
    },
    Mend {
        defect: "the last whole word of a node is released page by page",
        edits: &[("start + BITS_PER_LONG < end) {", "start + BITS_PER_LONG <= end) {")],
    },
    Mend {
        defect: "the first release ends all nodes, and the last one releases the bitmap",
        edits: &[("rootmem_functional = 0;", ""), ("if (!--rootmem_nr_nodes) {", "if (0) {")],
    },
];

/// No defects, but a machine that is replayed has no memory behind its addresses.
const NO_MEMORY_BEHIND: Mend = Mend {
    defect: "",
    edits: &[
        ("rootmem_map = phys_to_virt(PFN_PHYS(mapstart));", "rootmem_map = map_memory;"),
        ("memset(region, 0, bytes);", ""),
    ],
};

/// The posted file, cut out of the mail that brought it, line by line without what begins them.
pub(crate) fn posted(mail: &str) -> String {
    let lines: Vec<&str> = mail.lines().collect();
    let header = lines
        .iter()
        .position(|line| line.starts_with("+++ ") && line.trim_end().ends_with("/mm/rootmem.c"))
        .expect("the mail has no patch of mm/rootmem.c");
    let count: usize = lines[header + 1]
        .strip_prefix("@@ -0,0 +1,")
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .expect("the patch makes no new file");
    let body = &lines[header + 2..];
    let text =
        body.iter().take(count).map(|line| line.strip_prefix('+').expect("the patch is cut off").trim());
    text.filter(|line| !line.starts_with("#include")).fold(String::new(), |text, line| text + line + "\n")
}

/// The posted file without the defects, but for the one at place `left_in`.
pub(crate) fn mended(posted: &str, left_in: Option<usize>) -> String {
    mend::apply(&mend::apply(posted, MENDS, left_in), &[NO_MEMORY_BEHIND], None)
}
