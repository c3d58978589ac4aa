//! Libraries that are compiled here, loaded and replayed. Where there is no C compiler the tests say so and pass.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use allocators::memblock::Memblock;
use allocators::rootmem::Rootmem;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, BuildError, BumpMemory, CountingSink, Exclusive, MemFlags,
    MemoryMap, MemoryRange, Metadata, Nid, PageSize, PhysAddr, Strategy,
};
use plugin::{Behind, CompileError, Compiler, Layout, OpenError, Plugin};
use workloads::check::{Checked, check};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage};

/// The example of the manual.
const BYTEMAP: &str = include_str!("../c/bytemap.c");

/// The compiler, or `None` with a word about it.
fn compiler() -> Option<Compiler> {
    Compiler::find().map_err(|error| eprintln!("not tested: {error}")).ok()
}

/// The example with some of its text replaced, as a library.
fn variant(cc: &Compiler, folder: &Path, name: &str, changes: &[(&str, &str)]) -> PathBuf {
    let text = changes.iter().fold(BYTEMAP.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the example has no `{from}`");
        text.replace(from, to)
    });
    let file = folder.join(format!("{name}.c"));
    fs::write(&file, text).unwrap();
    cc.library(&file, folder).unwrap()
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn checked<S: Strategy + 'static>(strategy: &'static S, trace: &str) -> Checked {
    let trace = corpus::trace(trace).unwrap().unwrap();
    let program = Program::compile(&trace, Reach::of(strategy));
    check(strategy, &program, &mut Stage::default()).unwrap()
}

/// One node of 64 pages.
fn map() -> MemoryMap<'static> {
    static NODES: [MemoryRange; 1] = [MemoryRange {
        range: AddrRange::clamped(PhysAddr(0), PhysAddr(64 << 12)),
        nid: Nid::new(0),
        flags: MemFlags::NONE,
    }];
    MemoryMap::new(PageSize::KIB_4, &NODES).unwrap()
}

fn build<'m>(plugin: &'m Plugin, words: &'m mut Vec<u64>) -> Result<plugin::PluginAllocator<'m>, BuildError> {
    words.resize(plugin.metadata_words(&map()), 7);
    plugin.build(map(), Metadata::new(words))
}

#[test]
fn the_example_is_short_and_complete() {
    assert!(BYTEMAP.lines().count() < 100, "{}", BYTEMAP.lines().count());
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let plugin = leak(Plugin::open(&variant(&cc, folder.path(), "bytemap", &[]), "mine").unwrap());
    assert_eq!(plugin.name(), "mine");
    assert_eq!(plugin.facts().name, "bytemap");
    // A byte for each page, and each searched anew, is for small machines; its map is fixed, which arm64 does not like.
    let small = |name: &&str| {
        name.starts_with("x86_64") && ["-512m", "-1g", "-2g", "-4g"].iter().any(|size| name.ends_with(size))
    };
    let mut played = 0;
    for name in corpus::names().filter(small).take(5) {
        let checked = checked(plugin, name);
        assert_eq!(checked.violations, [], "{name}");
        assert!(checked.outcomes.allocations > 0 && checked.released.pages().0 > 0, "{name}");
        played += 1;
    }
    assert_eq!(played, 5);
}

#[test]
fn a_strategy_behind_the_abi_answers_as_it_does_without() {
    static MEMBLOCK: Behind = Behind::new(&Memblock);
    static ROOTMEM: Behind = Behind::new(&Rootmem);
    for name in corpus::curated() {
        assert_eq!(checked(&MEMBLOCK, name), checked(&Memblock, name), "{name}");
        assert_eq!(checked(&ROOTMEM, name), checked(&Rootmem, name), "{name}");
    }
}

#[test]
fn errors_pass_through_the_abi() {
    let behind = leak(Behind::new(leak(Rootmem)));
    let mut words = [vec![0; 512], vec![0; 512]];
    let [mine, theirs] = &mut words;
    let mut behind = behind.build(map(), Metadata::new(mine)).unwrap();
    let mut plain = Rootmem.build(map(), Metadata::new(theirs)).unwrap();
    let range = |start: u64, end: u64| AddrRange::clamped(PhysAddr(start << 12), PhysAddr(end << 12));
    for (start, end) in [(1, 3), (2, 5), (63, 65), (80, 90), (4, 4)] {
        for exclusive in [Exclusive::Yes, Exclusive::No] {
            assert_eq!(
                behind.reserve(range(start, end), exclusive),
                plain.reserve(range(start, end), exclusive)
            );
        }
    }
    for (start, end) in [(1, 2), (1, 2), (60, 70), (90, 91)] {
        assert_eq!(behind.free(range(start, end)), plain.free(range(start, end)));
    }
    for request in [
        AllocRequest::new(0, 1),
        AllocRequest::new(1, 3),
        AllocRequest::new(1 << 30, 1),
        AllocRequest::new(5, 8),
    ] {
        assert_eq!(behind.alloc(&request), plain.alloc(&request));
    }
    let node = Nid::new(0).unwrap();
    let mut sinks = [CountingSink::default(), CountingSink::default()];
    assert_eq!(behind.hand_over_all(&mut sinks[0]), plain.hand_over_all(&mut sinks[1]));
    assert_eq!(sinks[0], sinks[1]);
    assert_eq!(behind.release(node, &mut sinks[0]), plain.release(node, &mut sinks[1]));
    assert_eq!(behind.release(node, &mut sinks[0]), plain.release(node, &mut sinks[1]));
    assert_eq!(behind.reserve(range(1, 2), Exclusive::No), plain.reserve(range(1, 2), Exclusive::No));
}

/// Static data that a build counts up in: without the host's help the second allocator would see what the first left.
const STATIC: &[(&str, &str)] = &[
    ("enum { FREE,", "static uint64_t builds, filled = 3;\nenum { FREE,"),
    ("BA_NO_NODES | BA_HAND_OVER_SHARED", "BA_NO_NODES | BA_STATE_IN_LIBRARY"),
    (
        "*s = (struct state){ m, pages_of(m) };",
        "*s = (struct state){ m, pages_of(m) }; builds++; filled *= 5;",
    ),
    (
        "return sizeof(struct state) + ((const struct state *)state)->pages;",
        "(void)state; return builds * 1000 + filled;",
    ),
];

#[test]
fn static_data_is_put_back_before_each_build() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let library = variant(&cc, folder.path(), "static", STATIC);
    let plugin = Plugin::open(&library, "static").unwrap();
    assert!(plugin.is_single());
    for _ in 0..3 {
        assert_eq!(build(&plugin, &mut Vec::new()).unwrap().metadata_bytes(), 1015);
    }
    // Once more by the same name, when its data has been used.
    let again = Plugin::open(&library, "again").unwrap();
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    let alive = build(&plugin, &mut mine).unwrap();
    assert_eq!(build(&again, &mut theirs).err(), Some(BuildError::InUse));
    let apart = Plugin::open_copy(&library, "apart").unwrap();
    assert_eq!(build(&apart, &mut theirs).unwrap().metadata_bytes(), 1015);
    drop(alive);
    assert!(build(&again, &mut mine).is_ok());
}

/// What of the example's text is replaced by what.
type Changes = &'static [(&'static str, &'static str)];

/// What ends badly, and what the host says of it.
const BAD: &[(&str, Changes, &str)] = &[
    (
        "gives-up",
        &[
            ("(void)given, (void)host;", "the_host = host; (void)given;"),
            ("enum { FREE,", "static const struct ba_host *the_host;\nenum { FREE,"),
            (
                "uint64_t size = 1ull << s->machine->page_shift, step",
                "the_host->fail(the_host->ctx, \"no idea\"); uint64_t size = 1ull << s->machine->page_shift, step",
            ),
        ],
        "the plug-in gave up: no idea",
    ),
    (
        "overruns",
        &[("memset(s->map, NO_MEMORY, s->pages);", "memset(s->map, NO_MEMORY, s->pages + 24);")],
        "the plug-in wrote past the memory that it was given",
    ),
    (
        "nonsense",
        &[("return memset(s->map + at, TAKEN, need), done(at * size);", "return error(BA_FIXED_MAP, at);")],
        "the plug-in answered alloc with error 7, which that call does not have",
    ),
];

#[test]
fn what_a_bad_plug_in_did_is_said() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    for &(name, changes, expected) in BAD {
        let plugin = Plugin::open(&variant(&cc, folder.path(), name, changes), name).unwrap();
        let played = catch_unwind(AssertUnwindSafe(|| {
            let mut words = Vec::new();
            build(&plugin, &mut words).unwrap().alloc(&AllocRequest::new(1, 1)).map(|_| ())
        }));
        let said = played.expect_err(name);
        assert_eq!(
            said.downcast_ref::<String>().map(String::as_str).or(said.downcast_ref::<&str>().copied()),
            Some(expected)
        );
    }
}

#[test]
fn what_is_no_plug_in_is_refused_by_name() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let open = |changes: &[(&str, &str)], name: &str| {
        Plugin::open(&variant(&cc, folder.path(), name, changes), "x").err().unwrap()
    };
    let error = open(
        &[
            ("bootalloc_plugin(uint32_t abi)", "another_name(uint32_t abi)"),
            (
                "#include \"bootalloc_plugin.h\"",
                "#include \"bootalloc_plugin.h\"\n__attribute__((visibility(\"default\"))) const struct ba_plugin *another_name(uint32_t abi);",
            ),
        ],
        "nameless",
    );
    assert!(matches!(error, OpenError::NoEntry(_)), "{error}");
    let error = open(&[("abi == BA_ABI ? &plugin : 0", "abi == 99 ? &plugin : 0")], "refusing");
    assert!(matches!(error, OpenError::Refused), "{error}");
    let error = open(&[(".abi = BA_ABI", ".abi = 2")], "newer");
    assert!(matches!(error, OpenError::OtherVersion(2)), "{error}");
    let error = open(&[(".size = sizeof plugin", ".size = 24")], "short");
    assert!(matches!(error, OpenError::ShortTable { size: 24, .. }), "{error}");
    let error = open(
        &[(".free = release, ", ""), ("static struct ba_answer release(", "struct ba_answer release(")],
        "unfree",
    );
    assert!(matches!(error, OpenError::NoFunction("free")), "{error}");
    let text = folder.path().join("text.so");
    fs::write(&text, "not a library").unwrap();
    for path in [text, folder.path().join("nowhere.so")] {
        let error = Plugin::open(&path, "x").err().unwrap();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[test]
fn a_wrong_size_of_page_is_said() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let changes = [(
        "(void)given, (void)host;",
        "(void)given, (void)host; if (m->page_shift != 16) return error(BA_WRONG_PAGE, 16);",
    )];
    let plugin = Plugin::open(&variant(&cc, folder.path(), "big-pages", &changes), "x").unwrap();
    let error = build(&plugin, &mut Vec::new()).err();
    assert_eq!(
        error,
        Some(BuildError::WrongPageSize { built_for: PageSize::KIB_64, machine: PageSize::KIB_4 })
    );
}

#[test]
fn the_same_content_is_compiled_once() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let first = variant(&cc, folder.path(), "one", &[]);
    let made = fs::metadata(&first).unwrap().modified().unwrap();
    assert_eq!(variant(&cc, folder.path(), "one", &[]), first);
    assert_eq!(fs::metadata(&first).unwrap().modified().unwrap(), made);
    assert_ne!(variant(&cc, folder.path(), "one", &[("searched from", "walked from")]), first);
    // Nothing half-made stays behind.
    let left =
        fs::read_dir(folder.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(left, 0);
}

#[test]
fn a_compiler_error_is_shown() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.c");
    fs::write(&file, "int f(void) { return nothing; }\n").unwrap();
    let error = cc.library(&file, folder.path()).unwrap_err().to_string();
    assert!(error.contains("broken.c") && error.contains("nothing"), "{error}");
    let error = cc.library(&folder.path().join("none.c"), folder.path()).unwrap_err().to_string();
    assert!(error.contains("none.c"), "{error}");
    assert!(matches!(Compiler::named("no-such-compiler"), Err(CompileError::NoCompiler { .. })));
}

/// A table that grows, from the host's memory: as large as asked for, and watched at its end.
#[test]
fn tables_that_grow_lie_in_host_memory() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ask = |bytes: &str, write: &str| {
        [
            ("(void)given, (void)host;".to_owned(), "(void)given; the_host = host;".to_owned()),
            ("enum { FREE,".to_owned(), "static const struct ba_host *the_host;\nenum { FREE,".to_owned()),
            (
                "to = to < s->pages ? to : s->pages;\n\tfor (uint64_t at = from; exclusive".to_owned(),
                format!(
                    "{{ char *t = the_host->table(the_host->ctx, 4096, {bytes}); if (!t) return error(BA_TABLES_FULL, 0); memset(t, 1, {write}); }}\nfor (uint64_t at = from; exclusive"
                ),
            ),
        ]
    };
    for (bytes, write, fails) in [("64", "64", false), ("64", "65", true), ("1 << 20", "1", false)] {
        let changes = ask(bytes, write);
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (&from[..], &to[..])).collect();
        let plugin = Plugin::open(&variant(&cc, folder.path(), "grows", &changes), "x").unwrap();
        let mut words = vec![0; plugin.metadata_words(&map())];
        let mut memory = vec![0; 64];
        let played = catch_unwind(AssertUnwindSafe(|| {
            let mut bump = BumpMemory::new(&mut memory);
            let metadata = Metadata::new(&mut words).with_arrays(&mut bump);
            plugin
                .build(map(), metadata)
                .unwrap()
                .reserve(AddrRange::clamped(PhysAddr(0), PhysAddr(4096)), Exclusive::No)
        }));
        assert_eq!(played.is_err(), fails, "{bytes} {write}");
        if let Ok(answer) = played {
            assert_eq!(answer.is_ok(), bytes == "64", "there is memory for 64 words");
        }
    }
}

/// Expect layouts to be other files that hold the same functions in other places, and to answer alike; the same again from the
/// cache, and others for another label or seed.
#[test]
fn layouts_of_one_file_answer_alike() {
    let Some(cc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("bytemap.c");
    fs::write(&source, BYTEMAP).unwrap();
    let layouts = |label: &'static str, seed: u64| [1, 2, 3, 4].map(|number| Layout { label, seed, number });
    let made = |label, seed| match cc.layouts(&source, folder.path(), &layouts(label, seed)) {
        Err(CompileError::Layout { said, .. }) => {
            eprintln!("not tested: {said}");
            None
        }
        made => Some(made.unwrap()),
    };
    let Some(libraries) = made("mine", 1) else { return };
    assert_eq!(made("mine", 1).unwrap(), libraries);
    for other in [made("other", 1).unwrap(), made("mine", 2).unwrap()] {
        assert!(other.iter().all(|library| !libraries.contains(library)));
    }
    let contents: std::collections::BTreeSet<Vec<u8>> =
        libraries.iter().map(|library| fs::read(library).unwrap()).collect();
    assert_eq!(contents.len(), libraries.len(), "all differ");
    let plain = leak(Plugin::open(&cc.library(&source, folder.path()).unwrap(), "mine").unwrap());
    let expected = checked(plain, "x86_64-6.1-256m");
    for library in &libraries {
        let plugin = leak(Plugin::open(library, "mine").unwrap());
        assert_eq!(checked(plugin, "x86_64-6.1-256m"), expected, "{}", library.display());
    }
}
