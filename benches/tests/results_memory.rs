//! Reading results takes memory in proportion to their file, whatever stands in it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use benches::results::{ReadError, Results, merge};

/// Counts what is in use, and the most that ever was.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes that are in use at once while `text` is read, joined and judged, for each of its own; and what came of it.
fn cost(text: &str) -> (usize, Result<Results, ReadError>) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let read = Results::parse(text.as_bytes()).map(|results| {
        let joined = merge([results]).unwrap().results;
        assert!(joined.completeness().cut_bytes < 1, "lines are whole");
        joined
    });
    // The file itself is held beside it.
    let used = MOST.load(Ordering::Relaxed) - before + text.len();
    (used.div_ceil(text.len()), read)
}

/// What stands in the first place in front of which `key` does, and the text with something else there.
fn instead(text: &str, key: &str, close: char, new: &str) -> String {
    let at = text.find(key).unwrap_or_else(|| panic!("no {key}")) + key.len();
    let end = at + text[at..].find(close).unwrap();
    format!("{}{new}{}", &text[..at], &text[end..])
}

/// Expect no list, text or number that a damaged or hostile file of 2 MB holds to take more than 20 times its size; and that of
/// which there can only be a few to be refused with the line and the reason.
#[test]
fn memory_is_bounded_by_the_file() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/schema-1.jsonl");
    let fixture = std::fs::read_to_string(fixture).unwrap();
    let now = Results::parse(fixture.as_bytes()).unwrap().to_text();
    let list = |one: &str| [one].repeat(2_000_000 / (one.len() + 1)).join(",");
    let zeros = list("0");
    let cases: [(&str, char, String, Option<&str>); 13] = [
        ("\"free_blocks\":[", ']', zeros.clone(), Some("at most 64")),
        ("\"unusable_permille\":[", ']', zeros.clone(), Some("at most 64")),
        ("\"blocks_handed_over\":[", ']', zeros.clone(), Some("at most 64")),
        ("\"turns\":[", ']', zeros.clone(), None),
        ("\"ns\":[", ']', list("1"), None),
        ("\"launches\":[", ']', list("{\"turns\":[],\"ns\":[]}") + ",{\"turns\":[", None),
        ("\"pieces\":\"", '"', "h1f1".repeat(500_000), None),
        ("\"pieces\":\"", '"', "x".repeat(2_000_000), Some("unlike `xxx")),
        ("\"violations\":[", ']', list("\"\""), None),
        ("\"violations\":[", ']', list("[]"), Some("expected a string")),
        ("\"outcome\":", '{', format!("0,\"unknown\":[{zeros}],\"x\":"), Some("expected")),
        ("\"record\":\"cell\"", ',', format!(",\"unknown\":[{zeros}]"), None),
        ("\"work\":", ',', "18446744073709551615".into(), None),
    ];
    for text in [&now, &fixture] {
        let (times, whole) = cost(text);
        assert!(whole.is_ok() && times <= 20, "{times} times as it is");
        for (key, close, new, refused) in &cases {
            let (times, read) = cost(&instead(text, key, *close, new));
            assert!(times <= 20, "{key} {}: {times} times its size", &new[..20]);
            match (refused, read) {
                (None, Ok(_)) => {}
                (Some(why), Err(error)) => {
                    let told = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                    assert!(told.contains(why) && error.to_string().starts_with("line "), "{error}: {told}");
                }
                (_, read) => panic!("{key} {}: {:?}", &new[..20], read.map(|read| read.cells.len())),
            }
        }
    }
}
