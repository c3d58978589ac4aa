//! The tree's code as strategies, one for each size of page.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use allocators::PageSize;
use linux::{Built, Code, Recipe, Target, Tree};
use plugin::{Compiler, Plugin};

use crate::alike::mend;
use crate::common;
use crate::mends::MENDS;

/// The variable that names the tree.
const TREE: &str = "BOOTALLOC_LINUX_4_19";

/// The tree, and what compiles it.
pub(crate) struct Old {
    tree: PathBuf,
    cc: Compiler,
}

impl Old {
    /// `None` with a word about it where the tree is not named, or there is no compiler.
    pub(crate) fn find() -> Option<Self> {
        let Some(tree) = env::var_os(TREE) else {
            eprintln!("not tested: {TREE} does not name a kernel tree with mm/bootmem.c, such as v4.19's");
            return None;
        };
        Some(Self { tree: tree.into(), cc: common::compiler()? })
    }

    /// The strategy for a size of page, with all defects mended but the one at place `left_in` of their list.
    pub(crate) fn strategy(&self, page: PageSize, left_in: Option<usize>) -> &'static Plugin {
        let copy = tempfile::tempdir().unwrap();
        for file in ["Makefile", "mm/bootmem.c", "include/linux/bootmem.h"] {
            let from = self.tree.join(file);
            let text = fs::read_to_string(&from)
                .unwrap_or_else(|error| panic!("{TREE}: {}: {error}", from.display()));
            let text = if file == Code::Bootmem.file() { mended(&text, left_in) } else { text };
            let to = copy.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(&to, text).unwrap();
        }
        let built = self.build(copy.path(), page);
        Box::leak(Box::new(Plugin::open_copy(&built.library, "kernel").unwrap()))
    }

    pub(crate) fn build_unmended(&self) -> Built {
        self.build(&self.tree, PageSize::KIB_4)
    }

    fn build(&self, tree: &Path, page: PageSize) -> Built {
        let target = Target { page_shift: page.shift(), phys_bits: 64 };
        let tree = Tree::open(tree, None).unwrap();
        Recipe::of(&tree, Code::Bootmem, target, &self.cc, &[]).unwrap().build(&common::cache()).unwrap()
    }
}

/// The text without the blanks that begin its lines, which no mend names, and without the defects.
fn mended(text: &str, left_in: Option<usize>) -> String {
    let lines = text.lines().map(str::trim).fold(String::new(), |text, line| text + line + "\n");
    mend::apply(&lines, MENDS, left_in)
}
