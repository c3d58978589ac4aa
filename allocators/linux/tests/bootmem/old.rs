//! The tree's code as strategies, one for each size of page.

use std::env;
use std::fs;
use std::path::Path;

use allocators::PageSize;
use linux::{Built, Code, Recipe, Target, Tree};
use plugin::{Compiler, Plugin};

use crate::alike::mend;
use crate::common;
use crate::mends::MENDS;

/// The variable that names a kernel repository, and the tag of it that has the code.
const REPOSITORY: &str = "BOOTALLOC_LINUX";
const TAG: &str = "v4.19";

/// The tree, and what compiles it.
pub(crate) struct Old {
    tree: Tree,
    cc: Compiler,
}

impl Old {
    /// `None` with a word about it where the tree is not named, or there is no compiler.
    pub(crate) fn find() -> Option<Self> {
        let tree = env::var_os(REPOSITORY).map(|folder| Tree::open(Path::new(&folder), Some(TAG)));
        let Some(Ok(tree)) = tree else {
            eprintln!("not tested: {REPOSITORY} does not name a kernel repository with the tag {TAG}");
            return None;
        };
        Some(Self { tree, cc: common::compiler()? })
    }

    /// The strategy for a size of page, with all defects mended but the one at place `left_in` of their list.
    pub(crate) fn strategy(&self, page: PageSize, left_in: Option<usize>) -> &'static Plugin {
        let copy = tempfile::tempdir().unwrap();
        for file in ["Makefile", "mm/bootmem.c", "include/linux/bootmem.h"] {
            let text = self.tree.need(file).unwrap();
            let text = if file == Code::Bootmem.file() { mended(&text, left_in) } else { text };
            let to = copy.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(&to, text).unwrap();
        }
        let built = self.build(&Tree::open(copy.path(), None).unwrap(), page);
        Box::leak(Box::new(Plugin::open_copy(&built.library, "kernel").unwrap()))
    }

    pub(crate) fn build_unmended(&self) -> Built {
        self.build(&self.tree, PageSize::KIB_4)
    }

    fn build(&self, tree: &Tree, page: PageSize) -> Built {
        let target = Target { page_shift: page.shift(), phys_bits: 64 };
        Recipe::of(tree, Code::Bootmem, target, &self.cc, &[]).unwrap().build(&common::cache()).unwrap()
    }
}

/// The text without the blanks that begin its lines, which no mend names, and without the defects.
fn mended(text: &str, left_in: Option<usize>) -> String {
    let lines = text.lines().map(str::trim).fold(String::new(), |text, line| text + line + "\n");
    mend::apply(&lines, MENDS, left_in)
}
