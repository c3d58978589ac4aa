//! Building a plug-in from one file of C, once for each content.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};

use crate::layout::{Layout, OBJECT_FLAGS};

/// The text of `bootalloc_plugin.h`.
pub const HEADER: &str = include_str!("../include/bootalloc_plugin.h");

/// The flags that a kernel is built with, as far as they change the code of plain C, and what makes a library of it.
///
/// Source: the `KBUILD_CFLAGS` of `Makefile` of 6.1.
// The kernel's code is not vectorised for want of vector registers; without `-ftree-vectorize` -O2 of gcc 12 would.
pub const KERNEL_FLAGS: &[&str] = &[
    "-std=gnu11",
    "-O2",
    "-fno-strict-aliasing",
    "-fno-strict-overflow",
    "-fno-delete-null-pointer-checks",
    "-fno-tree-vectorize",
    "-fno-stack-protector",
    "-funwind-tables",
    "-fvisibility=hidden",
    "-fPIC",
    "-shared",
];

/// A C compiler: `$CC`, or `cc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compiler {
    words: Vec<String>,
    version: String,
}

/// Why a library was not built.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// There is no compiler.
    #[error(
        "cannot run the C compiler `{name}`: {why}; install one (on Debian: apt-get install gcc), or name one in $CC"
    )]
    NoCompiler {
        /// Its name.
        name: String,
        /// Why.
        why: io::Error,
    },
    /// It does not compile.
    #[error("`{compiler}` does not compile {}:\n{said}", .source_file.display())]
    Failed {
        /// The compiler.
        compiler: String,
        /// What it should have compiled.
        source_file: PathBuf,
        /// What it said.
        said: String,
    },
    /// It does not link in a layout that was drawn.
    #[error(
        "`{compiler}` does not link with functions laid out anew, for which it needs GNU's linker (on Debian: apt-get install \
         binutils):\n{said}"
    )]
    Layout {
        /// The compiler.
        compiler: String,
        /// What it said.
        said: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {why}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        why: io::Error,
    },
}

impl Compiler {
    /// The compiler that `$CC` names, or `cc`.
    ///
    /// # Errors
    /// [`CompileError::NoCompiler`] when it does not run.
    pub fn find() -> Result<Self, CompileError> {
        let named = env::var("CC").ok().filter(|name| !name.trim().is_empty());
        Self::named(named.as_deref().unwrap_or("cc"))
    }

    /// The compiler of this name, which may be followed by arguments.
    ///
    /// # Errors
    /// [`CompileError::NoCompiler`] when it does not run.
    pub fn named(name: &str) -> Result<Self, CompileError> {
        let words: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
        let new = Self { words, version: String::new() };
        let output = new.run([OsStr::new("--version")])?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.lines().next().unwrap_or_default().trim();
        Ok(Self { version: version.to_owned(), ..new })
    }

    /// The first line that it says of itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its name, with the arguments that follow it.
    #[must_use]
    pub fn name(&self) -> String {
        self.words.join(" ")
    }

    /// Runs it with these arguments, whatever comes of it.
    ///
    /// # Errors
    /// [`CompileError::NoCompiler`] when it does not run.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Output, CompileError> {
        let (program, first) = self.words.split_first().map_or(("cc", &[][..]), |(p, rest)| (&p[..], rest));
        let mut command = Command::new(program);
        // What it says is shown, and searched for names.
        command.args(first).args(arguments).env("LC_ALL", "C");
        command.output().map_err(|why| CompileError::NoCompiler { name: self.name(), why })
    }

    /// The plug-in of one file of C, compiled with [`KERNEL_FLAGS`] unless `cache` holds what came of the same content.
    ///
    /// # Errors
    /// [`CompileError`], with what the compiler said.
    pub fn library(&self, source: &Path, cache: &Path) -> Result<PathBuf, CompileError> {
        let one = OneFile::of(self, source, cache)?;
        let library = cache.join(format!("{}.so", one.stem));
        if !library.is_file() {
            let made = one.compiled(&[], "made.so")?;
            // Whole or not at all, whoever else builds the same at this moment.
            fs::rename(&made, &library).map_err(io(&library))?;
        }
        Ok(library)
    }

    /// The same code in these layouts.
    ///
    /// # Errors
    /// [`CompileError`], with what compiler or linker said.
    pub fn layouts(
        &self,
        source: &Path,
        cache: &Path,
        layouts: &[Layout<'_>],
    ) -> Result<Vec<PathBuf>, CompileError> {
        let one = OneFile::of(self, source, cache)?;
        self.all_layouts(cache, &one.stem, layouts, || {
            Ok::<_, CompileError>(vec![one.compiled(OBJECT_FLAGS, "made.o")?])
        })
    }

    /// The libraries whose names begin with `stem`, in these layouts; of the objects that `compiled` returns, which is called
    /// where `cache` lacks any.
    ///
    /// # Errors
    /// [`CompileError`], or that of `compiled`.
    pub fn all_layouts<E: From<CompileError>>(
        &self,
        cache: &Path,
        stem: &str,
        layouts: &[Layout<'_>],
        compiled: impl FnOnce() -> Result<Vec<PathBuf>, E>,
    ) -> Result<Vec<PathBuf>, E> {
        let named = |layout: &Layout<'_>| cache.join(format!("{stem}{}.so", layout.suffix()));
        let named: Vec<PathBuf> = layouts.iter().map(named).collect();
        let missing = || layouts.iter().zip(&named).filter(|(_, library)| !library.is_file());
        if missing().next().is_some() {
            let objects = compiled()?;
            for (layout, library) in missing() {
                self.lay_out(&objects, *layout, library)?;
            }
        }
        Ok(named)
    }
}

/// One file of C, and a folder to compile it in.
struct OneFile<'f> {
    compiler: &'f Compiler,
    source: &'f Path,
    folder: tempfile::TempDir,
    /// Stands for all that it is made of.
    stem: String,
}

impl<'f> OneFile<'f> {
    fn of(compiler: &'f Compiler, source: &'f Path, cache: &Path) -> Result<Self, CompileError> {
        fs::create_dir_all(cache).map_err(io(cache))?;
        let text = fs::read(source).map_err(io(source))?;
        let folder = tempfile::tempdir_in(cache).map_err(io(cache))?;
        fs::write(folder.path().join("bootalloc_plugin.h"), HEADER).map_err(io(cache))?;
        let mut new = Self { compiler, source, folder, stem: String::new() };
        // What it includes may change as well, so the compiler is asked for all of it. Where that fails, so does the rest.
        let expanded = compiler.run(["-E", "-P"].map(OsStr::new).into_iter().chain(new.input()))?.stdout;
        let (version, name) = (compiler.version.as_bytes(), compiler.name());
        let facts = [version, name.as_bytes(), KERNEL_FLAGS.join(" ").as_bytes()].concat();
        let digest = digest_of([&text[..], &expanded, &facts]);
        new.stem = format!("{}-{digest}", source.file_stem().unwrap_or_default().to_string_lossy());
        Ok(new)
    }

    /// The file, and where its header is.
    fn input(&self) -> [&OsStr; 3] {
        [OsStr::new("-I"), self.folder.path().as_os_str(), self.source.as_os_str()]
    }

    /// What comes of it with these flags, under this name in its folder.
    fn compiled(&self, extra: &[&str], name: &str) -> Result<PathBuf, CompileError> {
        let made = self.folder.path().join(name);
        let flags = KERNEL_FLAGS.iter().chain(extra).map(OsStr::new);
        let out = [OsStr::new("-o"), made.as_os_str()];
        let output = self.compiler.run(flags.chain(self.input()).chain(out))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            let (compiler, source_file) = (self.compiler.name(), self.source.into());
            return Err(CompileError::Failed { compiler, source_file, said });
        }
        Ok(made)
    }
}

/// Says which file an error is about.
pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> CompileError {
    let file = path.to_owned();
    move |why| CompileError::Io { file, why }
}

/// Sixteen hexadecimal digits that stand for these contents, in this order.
#[must_use]
pub fn digest_of<'c>(contents: impl IntoIterator<Item = &'c [u8]>) -> String {
    let mut hash = Sha256::new();
    for content in contents {
        // The length first, so that `ab`, `c` and `a`, `bc` differ.
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    let mut short = [0; 8];
    short.iter_mut().zip(hash.finalize()).for_each(|(digit, byte)| *digit = byte);
    format!("{:016x}", u64::from_be_bytes(short))
}
