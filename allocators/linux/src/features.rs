//! What differs between versions, found by looking at the text: a patched tree's version says nothing.

use crate::source::{Code, Sources};

/// The names that the shim is compiled with.
pub(crate) fn defines(sources: &Sources) -> Vec<String> {
    let text = sources.squeezed();
    let has = |part: &str| text.contains(part);
    // Within the parentheses behind a name, wherever it is declared or defined.
    let takes = |name: &str, argument: &str| {
        text.match_indices(name).any(|(at, _)| {
            let rest = &text[at + name.len()..];
            rest.starts_with('(') && rest.split_once(')').is_some_and(|(inside, _)| inside.contains(argument))
        })
    };
    let table: &[(&str, bool)] = match sources.code {
        Code::Memblock => &[
            ("BA_MAX_ORDER_EXCLUSIVE", has("MAX_ORDER - 1UL")),
            ("BA_HAS_PHYS_FREE", has("int memblock_phys_free(")),
            ("BA_HAS_EXACT_RAW", has("memblock_alloc_exact_nid_raw(")),
            ("BA_HAS_RSRV_KERN", has("MEMBLOCK_RSRV_KERN")),
            ("CONFIG_MEMBLOCK_KHO_SCRATCH=1", has("memblock_set_kho_scratch_only(void)")),
            ("BA_HAS_REGION_NODE", has("memblock_get_region_node(")),
            ("BA_HAS_RANGE_NID_EXACT", takes("memblock_alloc_range_nid", "bool exact_nid")),
            ("BA_HAS_RANGE_NID_FLAGS", takes("memblock_alloc_range_nid", "enum memblock_flags flags")),
            ("BA_HAS_MERGE_RANGE", takes("memblock_merge_regions", "struct memblock_type *type,")),
            ("BA_HAS_VIRT_ALLOC", !has("memblock_alloc_try_nid_raw(")),
            ("BA_FREE_ALL=memblock_free_all", has("memblock_free_all(void) {")),
            ("BA_FREE_ALL=free_all_bootmem", has("unsigned long __init free_all_bootmem(void) {")),
            ("BA_HAS_NOBOOTMEM", sources.files.iter().any(|(path, _)| path == Code::NOBOOTMEM)),
            ("BA_WANTS_MAX_LOW_PFN", !has("unsigned long max_low_pfn;")),
            ("BA_WANTS_END", has_word(&text, "_end")),
        ],
        Code::Bootmem => &[("BA_IS_BOOTMEM", true)],
    };
    table.iter().filter(|(_, on)| *on).map(|(name, _)| format!("-D{name}")).collect()
}

/// Whether a name stands there as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}
