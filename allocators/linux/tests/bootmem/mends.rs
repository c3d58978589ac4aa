//! What of the tree's code is changed before it is compiled: the defects that our bootmem does not have, each by its name.

use crate::alike::mend::Mend;

/// The defects.
///
/// Not here, since the host or the shim sees to them: a range that leaves memory, a double free, a bad request, limits that
/// are dropped or below one page, minimums, the bitmap's own pages, a second release. Nodes that overlap are not tried.
pub(crate) const MENDS: &[Mend] = &[
    Mend {
        defect: "a page that was freed or reserved is merged into when it has another owner",
        edits: &[(
            "if (reserve)\nreturn __reserve(bdata, sidx, eidx, flags);\nelse",
            "int err = reserve ? __reserve(bdata, sidx, eidx, flags) : 0;\n\
             if (!err && PFN_DOWN(bdata->last_end_off) >= sidx && PFN_DOWN(bdata->last_end_off) < eidx)\n\
             bdata->last_end_off = 0;\nif (reserve)\nreturn err;\nelse",
        )],
    },
    Mend {
        defect: "an exclusive reservation that fails lowers the hint",
        edits: &[
            ("static int bootmem_debug;", "static int bootmem_debug, undoing;"),
            (
                "if (bdata->hint_idx > sidx)\nbdata->hint_idx = sidx;",
                "if (!undoing && bdata->hint_idx > sidx)\nbdata->hint_idx = sidx;",
            ),
            ("__free(bdata, sidx, idx);", "undoing = 1;\n__free(bdata, sidx, idx);\nundoing = 0;"),
            (
                "mark_bootmem(start, pos, 0, 0);",
                "undoing = 1;\nmark_bootmem(start, pos, 0, 0);\nundoing = 0;",
            ),
        ],
    },
    Mend {
        defect: "the last pages of a node that begins inside a word are not released",
        edits: &[("if (end - start >= BITS_PER_LONG)", "if (end - start > BITS_PER_LONG - shift)")],
    },
];
