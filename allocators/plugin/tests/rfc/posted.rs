//! The posted code as strategies, one for each size of page.

use std::env;
use std::fs;
use std::path::Path;

use allocators::PageSize;
use plugin::{Compiler, Plugin};

use crate::mends;

/// The variable that names the mail.
const MAIL: &str = "BOOTALLOC_RFC";

/// The mail, and what compiles it.
pub(crate) struct Posted {
    text: String,
    cc: Compiler,
}

impl Posted {
    /// `None` with a word about it where the mail is not named, or there is no compiler.
    pub(crate) fn find() -> Option<Self> {
        let Some(path) = env::var_os(MAIL) else {
            eprintln!("not tested: {MAIL} does not name the mail \"[RFC 1/2] mm: rootmem\" of 2008-05-03");
            return None;
        };
        let cc = Compiler::find().map_err(|error| eprintln!("not tested: {error}")).ok()?;
        let mail = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{MAIL}={}: {error}", Path::new(&path).display()));
        Some(Self { text: mends::posted(&mail), cc })
    }

    /// The strategy for a size of page, with all defects mended but the one at place `left_in` of their list.
    pub(crate) fn strategy(&self, page: PageSize, left_in: Option<usize>) -> &'static Plugin {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("page.h", &format!("#define PAGE_SHIFT {}\n", page.shift()));
        write("posted.h", &mends::mended(&self.text, left_in));
        write("rootmem.c", include_str!("rootmem.c"));
        let library = self.cc.library(&folder.path().join("rootmem.c"), folder.path()).unwrap();
        // What is loaded stays loaded when its file goes; a copy, since each test builds allocators of its own.
        Box::leak(Box::new(Plugin::open_copy(&library, "posted").unwrap()))
    }
}
