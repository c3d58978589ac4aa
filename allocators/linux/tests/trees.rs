//! Trees of all kinds: repositories, patched ones, ones that the shim does not know. They are made of Debian's source by
//! changes of its text.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use linux::{Built, Code, LinuxError, Recipe, Target, Tree};
use plugin::{Compiler, Plugin};

const TARGET: Target = Target { page_shift: 12, phys_bits: 64 };

/// A copy of Debian's files of 6.12, or `None` with a word about it.
fn copy() -> Option<tempfile::TempDir> {
    let from = common::debian("6.12")?;
    common::compiler()?;
    let folder = tempfile::tempdir().unwrap();
    for file in ["Makefile", "mm/memblock.c", "include/linux/memblock.h"] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(file), to).unwrap();
    }
    Some(folder)
}

fn edit(folder: &Path, from: &str, to: &str) {
    let file = folder.join("mm/memblock.c");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

fn built(tree: &Tree) -> Result<Built, LinuxError> {
    let compiler = common::compiler().unwrap();
    Recipe::of(tree, Code::Memblock, TARGET, &compiler, &[])?.build(&common::cache())
}

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"];
    let output = Command::new("git").arg("-C").arg(folder).args(identity).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A head line of the file's text that is the same in all versions, to put new text before.
const HEAD: &str = "#include \"internal.h\"\n";

#[test]
fn revisions_are_read_and_never_checked_out() {
    let Some(folder) = copy() else { return };
    let at = folder.path();
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["add", "."]);
    git(at, &["commit", "-q", "-m", "the first\n\nAnd more."]);
    edit(at, HEAD, "#include \"internal.h\"\nint of_the_second;\n");
    git(at, &["commit", "-q", "-a", "-m", "the second"]);
    edit(at, HEAD, "#include \"internal.h\"\nint of_nobody;\n");
    let open = |revision: &str| Tree::open(at, Some(revision)).unwrap();
    let [first, second, now] = [open("HEAD~1"), open("main"), open("worktree")];
    assert_eq!(first.subject(), Some("the first"));
    assert_eq!(second.commit().map(str::len), Some(40));
    assert_eq!((now.subject(), now.commit()), (None, None));
    let has = |tree: &Tree, word: &str| tree.need("mm/memblock.c").unwrap().contains(word);
    assert!(!has(&first, "of_the_second") && has(&second, "of_the_second"));
    assert!(!has(&second, "of_nobody") && has(&now, "of_nobody"));
    let [first, second, now] = [first, second, now].map(|tree| built(&tree).unwrap());
    assert_ne!(first.digest, second.digest);
    assert_ne!(second.digest, now.digest);
    assert_eq!(second.files, ["mm/memblock.c", "include/linux/memblock.h"]);
    let error = Tree::open(at, Some("v9.9")).unwrap_err().to_string();
    assert!(error.contains("v9.9"), "{error}");
    assert!(
        fs::read_to_string(at.join("mm/memblock.c")).unwrap().contains("of_nobody"),
        "the work tree was touched"
    );
}

#[test]
fn a_revision_of_a_folder_without_a_repository_is_refused() {
    let Some(folder) = copy() else { return };
    let error = Tree::open(folder.path(), Some("HEAD")).unwrap_err();
    assert!(matches!(error, LinuxError::NoRepository { .. }), "{error}");
}

#[test]
fn what_the_shim_does_not_know_is_named_with_its_line() {
    let Some(folder) = copy() else { return };
    edit(folder.path(), HEAD, "#include \"internal.h\"\nstatic struct xarray regions_by_node;\n");
    let error = built(&Tree::open(folder.path(), None).unwrap()).unwrap_err();
    let text = fs::read_to_string(folder.path().join("mm/memblock.c")).unwrap();
    let expected = text.lines().position(|line| line.contains("regions_by_node")).unwrap() + 1;
    let LinuxError::Unknown { line, ref symbol, ref file, .. } = error else { panic!("{error}") };
    assert_eq!(
        (line as usize, &symbol[..], &file[..]),
        (expected, "regions_by_node", "mm/memblock.c"),
        "{error}"
    );
}

/// Expect a function that nobody has to be named with its line, and to end the boot by its name when it is called.
#[test]
fn a_function_that_nobody_has_fails_when_it_is_called() {
    let Some(folder) = copy() else { return };
    edit(
        folder.path(),
        "return memblock_remove_range(&memblock.memory, base, size);",
        "return take_note_elsewhere(base, size);",
    );
    let made = built(&Tree::open(folder.path(), None).unwrap()).unwrap();
    let [stub] = &made.stubs[..] else { panic!("{:?}", made.stubs) };
    assert_eq!(
        (&stub.name[..], stub.at.as_ref().map(|at| &at.0[..])),
        ("take_note_elsewhere", Some("mm/memblock.c"))
    );
    // The second time it comes from the cache, with the same to say.
    assert_eq!(built(&Tree::open(folder.path(), None).unwrap()).unwrap(), made);
    let strategy: &'static Plugin = Box::leak(Box::new(Plugin::open(&made.library, "patched").unwrap()));
    let trace = workloads::corpus::trace("x86_64-6.12-uefi-4g")
        .or_else(|| workloads::corpus::trace(workloads::corpus::names().next()?));
    let trace = trace.unwrap().unwrap();
    let program = workloads::replay::Program::compile(&trace, workloads::replay::Reach::Everywhere);
    let removes = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        workloads::replay::Stage::default().play(strategy, &program, |allocator, _| {
            let range = allocators::AddrRange::clamped(allocators::PhysAddr(0), allocators::PhysAddr(4096));
            allocators::BootAllocator::change(allocator, allocators::MapChange::Remove(range)).is_ok()
        })
    }));
    let said = removes.unwrap_err();
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("take_note_elsewhere() was called"), "{said}");
}

/// Expect a new file that a patch adds and includes to be read, and a change in it to make another library.
#[test]
fn new_files_of_a_patch_belong_to_it() {
    let Some(folder) = copy() else { return };
    let new = folder.path().join("mm/memblock_extra.h");
    edit(
        folder.path(),
        HEAD,
        "#include \"internal.h\"\n#include \"memblock_extra.h\"\nint use_it(void) { return extra(); }\n",
    );
    fs::write(&new, "static int extra(void) { return 1; }\n").unwrap();
    let first = built(&Tree::open(folder.path(), None).unwrap()).unwrap();
    assert_eq!(first.files, ["mm/memblock.c", "include/linux/memblock.h", "mm/memblock_extra.h"]);
    fs::write(&new, "static int extra(void) { return 2; }\n").unwrap();
    assert_ne!(built(&Tree::open(folder.path(), None).unwrap()).unwrap().digest, first.digest);
}

#[test]
fn addresses_of_32_bits_where_the_recorded_kernel_had_them() {
    assert_eq!(Target::of("arm", "6.1.0-armmp", 12).phys_bits, 32);
    assert_eq!(Target::of("arm", "6.1.0-armmp-lpae", 12).phys_bits, 64);
    assert_eq!(Target::of("i386", "6.1.0-686", 12).phys_bits, 32);
    assert_eq!(Target::of("i386", "6.1.0-686-pae", 12).phys_bits, 64);
    assert_eq!(Target::of("x86_64", "6.12.0-amd64", 12).phys_bits, 64);
    let Some(folder) = copy() else { return };
    let tree = Tree::open(folder.path(), None).unwrap();
    let narrow = Target { page_shift: 12, phys_bits: 32 };
    let compiler = common::compiler().unwrap();
    let recipe = Recipe::of(&tree, Code::Memblock, narrow, &compiler, &[]).unwrap();
    let made = recipe.build(&common::cache()).unwrap();
    assert!(made.flags.contains(&"-DBA_PHYS_32".to_owned()));
    assert!(Plugin::open(&made.library, "narrow").is_ok());
}

/// Expect a tree in a folder of a repository, with a blank in its path and a slash in the name of the branch, and another repository
/// in the environment as in a hook, to be read at its revisions.
#[test]
fn a_tree_may_lie_anywhere_in_a_repository() {
    let Some(from) = copy() else { return };
    let top = tempfile::tempdir().unwrap();
    let at = top.path().join("the sources/linux");
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    assert!(Command::new("cp").arg("-r").arg(from.path()).arg(&at).status().unwrap().success());
    git(top.path(), &["init", "-q", "-b", "mm/next"]);
    git(top.path(), &["add", "."]);
    git(top.path(), &["commit", "-q", "-m", "all"]);
    edit(&at, HEAD, "#include \"internal.h\"\nint of_nobody;\n");
    let [committed, dirty] = ["mm/next", "worktree"].map(|revision| Tree::open(&at, Some(revision)).unwrap());
    assert_eq!(committed.name(), "mm/next");
    assert!(!committed.need("mm/memblock.c").unwrap().contains("of_nobody"));
    assert!(dirty.need("mm/memblock.c").unwrap().contains("of_nobody"));
    assert!(built(&committed).unwrap().library.is_file());
    let bare = top.path().join("bare and shallow");
    let url = format!("file://{}", top.path().display());
    git(top.path(), &["clone", "-q", "--bare", "--depth", "1", &url, bare.to_str().unwrap()]);
    // The top of a repository without a tree there says what it lacks.
    let error = Tree::open(&bare, Some("mm/next")).unwrap_err().to_string();
    assert!(error.contains("has no Makefile"), "{error}");
}

#[test]
fn a_function_that_was_renamed_is_told_by_what_calls_it() {
    let Some(folder) = copy() else { return };
    let file = folder.path().join("mm/memblock.c");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("memblock_isolate_range", "memblock_cut_out_range")).unwrap();
    let error = built(&Tree::open(folder.path(), None).unwrap()).unwrap_err();
    let LinuxError::Renamed { symbol, shim, .. } = error else { panic!("{error}") };
    assert_eq!((&symbol[..], &shim[..]), ("memblock_isolate_range", "allocators/linux/shim/memblock.c"));
}

/// Expect code behind a new option, and a function of the header, to be compiled, and the option to be named that is off.
#[test]
fn options_that_are_off_are_named() {
    let Some(folder) = copy() else { return };
    let header = folder.path().join("include/linux/memblock.h");
    let text = fs::read_to_string(&header).unwrap();
    let last = text.rfind("#endif").unwrap();
    let inline = "static inline int one_more(int n) { return n + 1; }\n";
    fs::write(&header, format!("{}{inline}{}", &text[..last], &text[last..])).unwrap();
    let new =
        "#include \"internal.h\"\n#ifdef CONFIG_FAST_BOOT\nint fast(void) { return one_more(1); }\n#endif\n";
    edit(folder.path(), HEAD, new);
    let made = built(&Tree::open(folder.path(), None).unwrap()).unwrap();
    assert!(made.off.iter().any(|option| option == "CONFIG_FAST_BOOT"), "{:?}", made.off);
    assert!(!made.off.iter().any(|option| option == "CONFIG_NUMA"), "{:?}", made.off);
    let on = Compiler::named("cc -DCONFIG_FAST_BOOT=1").unwrap();
    let tree = Tree::open(folder.path(), None).unwrap();
    let made = Recipe::of(&tree, Code::Memblock, TARGET, &on, &[]).unwrap().build(&common::cache()).unwrap();
    assert!(!made.off.iter().any(|option| option == "CONFIG_FAST_BOOT"), "{:?}", made.off);
}

#[test]
fn a_makefile_without_a_version_and_code_that_is_no_c_are_errors_of_one_line() {
    let Some(folder) = copy() else { return };
    edit(
        folder.path(),
        HEAD,
        "#include \"internal.h\"\nint table[] = { 1, 2 };\nint not_constant = table[0];\n",
    );
    let error = built(&Tree::open(folder.path(), None).unwrap()).unwrap_err().to_string();
    assert!(error.contains("mm/memblock.c:") && error.lines().count() == 1, "{error}");
    fs::write(folder.path().join("Makefile"), "all:\n").unwrap();
    let error = built(&Tree::open(folder.path(), None).unwrap()).unwrap_err().to_string();
    assert!(error.contains("says no VERSION"), "{error}");
}
