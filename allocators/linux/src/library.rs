//! From a tree to a library.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plugin::{Compiler, HEADER, KERNEL_FLAGS, Layout, OBJECT_FLAGS, digest_of};

use crate::features::defines;
use crate::source::{Code, Sources};
use crate::{LinuxError, Target, Tree};

const STAND_IN: &str = include_str!("../shim/stand_in.h");
const MEMBLOCK: &str = include_str!("../shim/memblock.c");
const BOOTMEM: &str = include_str!("../shim/bootmem.c");

/// How a kernel is configured that the code belongs to.
const CONFIG: &[&str] = &[
    "-D__KERNEL__",
    "-DCONFIG_NUMA=1",
    "-DCONFIG_NEED_MULTIPLE_NODES=1",
    "-DCONFIG_HAVE_MEMBLOCK=1",
    "-DCONFIG_HAVE_MEMBLOCK_NODE_MAP=1",
    "-DCONFIG_64BIT=1",
    "-DCONFIG_MEMORY_HOTPLUG=1",
    "-DCONFIG_PHYS_ADDR_T_64BIT=1",
];

/// A library that was made of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Built {
    /// Where it lies.
    pub library: PathBuf,
    /// Stands for all that it was made of.
    pub digest: String,
    /// What the compiler was told.
    pub flags: Vec<String>,
    /// The files of the tree that it was made of.
    pub files: Vec<String>,
    /// The functions that the code calls and nobody has: each fails when it is called.
    pub stubs: Vec<Stub>,
    /// The options of the kernel's configuration that the code asks for and that are off.
    pub off: Vec<String>,
}

/// A function that the code calls and the shim does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stub {
    /// Its name.
    pub name: String,
    /// The file of the tree and the line where it is first called, if that was found.
    pub at: Option<(String, u32)>,
}

/// All that a library is made of.
#[derive(Debug)]
pub struct Recipe<'r> {
    tree: &'r Tree,
    compiler: &'r Compiler,
    sources: Sources,
    shim: &'static str,
    flags: Vec<String>,
    digest: String,
    /// How the names of its libraries begin.
    stem: String,
}

impl<'r> Recipe<'r> {
    /// A tree's code for a target; `extra` flags come last.
    ///
    /// # Errors
    /// [`LinuxError`] when the tree's files cannot be read.
    pub fn of(
        tree: &'r Tree,
        code: Code,
        target: Target,
        compiler: &'r Compiler,
        extra: &[String],
    ) -> Result<Self, LinuxError> {
        let sources = Sources::read(tree, code)?;
        let version = tree.version()?;
        let shim = match code {
            Code::Memblock => MEMBLOCK,
            Code::Bootmem => BOOTMEM,
        };
        let mut flags: Vec<String> = KERNEL_FLAGS.iter().chain(CONFIG).map(|&flag| flag.into()).collect();
        flags.extend((code != Code::Bootmem).then(|| "-DCONFIG_NO_BOOTMEM=1".into()));
        flags.push(format!("-DBA_PAGE_SHIFT={}", target.page_shift));
        flags.extend((target.phys_bits == 32).then(|| "-DBA_PHYS_32".into()));
        flags.push(format!("-DBA_VERSION=\"{version}\""));
        flags.extend(defines(&sources));
        flags.extend_from_slice(extra);
        let mut contents: Vec<&[u8]> = vec![HEADER.as_bytes(), STAND_IN.as_bytes(), shim.as_bytes()];
        contents.extend(sources.files.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]));
        let (name, joined) = (compiler.name(), flags.join(" "));
        contents.extend([name.as_bytes(), compiler.version().as_bytes(), joined.as_bytes()]);
        let digest = digest_of(contents);
        let stem = code.file().trim_start_matches("mm/").trim_end_matches(".c");
        let stem = format!("{stem}-{version}-{digest}");
        Ok(Self { tree, compiler, sources, shim, flags, digest, stem })
    }

    /// Builds it, unless `cache` holds what came of the same content.
    ///
    /// # Errors
    /// [`LinuxError`], with the symbol and its line where the shim does not know it.
    pub fn build(&self, cache: &Path) -> Result<Built, LinuxError> {
        let library = cache.join(format!("{}.so", self.stem));
        let stubs = match library.is_file().then(|| fs::read_to_string(library.with_extension("stubs"))) {
            Some(Ok(names)) => names.lines().map(str::to_owned).collect(),
            _ => self.library(&library, cache)?,
        };
        // What the tree's code does not name is called from here.
        if let Some(symbol) = stubs.iter().find(|name| !self.sources.mention(name)).cloned() {
            let file = self.sources.code.file().trim_start_matches("mm/");
            let (tree, shim) = (self.tree.to_string(), format!("allocators/linux/shim/{file}"));
            return Err(LinuxError::Renamed { tree, symbol, shim });
        }
        let on = |option: &&str| {
            self.flags
                .iter()
                .any(|flag| flag.strip_prefix("-D").is_some_and(|set| set.split('=').next() == Some(*option)))
                || self.compiler.name().contains(&format!("-D{option}"))
        };
        let off =
            self.sources.options().into_iter().filter(|option| !on(option)).map(str::to_owned).collect();
        let stub = |name: String| {
            let at = self.sources.first_call(&name).map(|(file, line)| (file.to_owned(), line));
            Stub { name, at }
        };
        Ok(Built {
            library,
            digest: self.digest.clone(),
            flags: self.flags.clone(),
            files: self.sources.files.iter().map(|(path, _)| path.clone()).collect(),
            stubs: stubs.into_iter().map(stub).collect(),
            off,
        })
    }

    /// The same code in these layouts.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn layouts(&self, layouts: &[Layout<'_>], cache: &Path) -> Result<Vec<PathBuf>, LinuxError> {
        let stubs: Vec<String> = self.build(cache)?.stubs.into_iter().map(|stub| stub.name).collect();
        let folder = tempfile::tempdir_in(cache).map_err(io(cache))?;
        self.compiler.all_layouts(cache, &self.stem, layouts, || {
            let mut objects = Vec::new();
            self.fill(folder.path())?;
            for source in write_stubs(folder.path(), &stubs)?.into_iter().chain(["shim.c"]) {
                let object = folder.path().join(source).with_extension("o");
                let flags = self.flags.iter().map(String::as_str).chain(OBJECT_FLAGS.iter().copied());
                self.compile(folder.path(), flags, &[source], &object)?;
                objects.push(object);
            }
            Ok(objects)
        })
    }

    /// Makes the library and returns the names of the stubs in it.
    fn library(&self, library: &Path, cache: &Path) -> Result<Vec<String>, LinuxError> {
        fs::create_dir_all(cache).map_err(io(cache))?;
        let folder = tempfile::tempdir_in(cache).map_err(io(cache))?;
        let (at, made) = (folder.path(), folder.path().join("made.so"));
        self.fill(at)?;
        // A sanitizer's own library stands before the C library, and hides which names are of that.
        let all = || self.flags.iter().map(String::as_str);
        let is_sanitizer = |flag: &str| flag.starts_with("-fsanitize");
        self.compile(at, all().filter(|flag| !is_sanitizer(flag)), &["shim.c"], &made)?;
        let stubs = self.undefined(&made)?;
        if !stubs.is_empty() || all().any(is_sanitizer) {
            let sources: Vec<&str> = std::iter::once("shim.c").chain(write_stubs(at, &stubs)?).collect();
            self.compile(at, all(), &sources, &made)?;
        }
        let list = library.with_extension("stubs");
        write(&at.join("stubs"), &stubs.join("\n"))?;
        fs::rename(at.join("stubs"), &list).map_err(io(&list))?;
        // Last, and whole or not at all, whoever else builds the same at this moment.
        fs::rename(made, library).map_err(io(library))?;
        Ok(stubs)
    }

    /// Writes all that is compiled, but for the stubs.
    fn fill(&self, folder: &Path) -> Result<(), LinuxError> {
        for header in &self.sources.stand_ins {
            write(&folder.join(header), "#include \"stand_in.h\"\n")?;
        }
        for (path, text) in &self.sources.files {
            write(&folder.join(path.strip_prefix("include/").unwrap_or(path)), text)?;
        }
        for (name, text) in [("bootalloc_plugin.h", HEADER), ("stand_in.h", STAND_IN), ("shim.c", self.shim)]
        {
            write(&folder.join(name), text)?;
        }
        Ok(())
    }

    /// Compiles files of the folder to `out`.
    fn compile<'f>(
        &self,
        folder: &Path,
        flags: impl Iterator<Item = &'f str>,
        files: &[&str],
        out: &Path,
    ) -> Result<(), LinuxError> {
        let mut arguments: Vec<OsString> = flags.map(OsString::from).collect();
        // Kernel code is not judged here; what is called without a declaration is found by its name later.
        arguments.extend(["-w", "-include"].map(OsString::from));
        arguments.push(folder.join("stand_in.h").into());
        arguments.push("-I".into());
        arguments.push(folder.into());
        // So that a panic names the tree's file, and the same tree gives the same library wherever it is built.
        let mut map = OsString::from("-ffile-prefix-map=");
        map.push(folder);
        map.push("/=");
        arguments.push(map);
        arguments.extend(files.iter().map(|name| folder.join(name).into()));
        arguments.push("-o".into());
        arguments.push(out.into());
        let output = self.compiler.run(&arguments)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).replace(&format!("{}/", folder.display()), "");
        Err(self.explain(&said))
    }

    /// The first error in what the compiler said, as one about the tree's code.
    fn explain(&self, said: &str) -> LinuxError {
        let tree = self.tree.to_string();
        let first = said.lines().find_map(|line| {
            let (place, message) =
                line.split_once(": error: ").or_else(|| line.split_once(": fatal error: "))?;
            let mut parts = place.split(':');
            let (file, line) = (parts.next()?, parts.next()?.parse().ok()?);
            let symbol = message.split('\'').nth(1).unwrap_or_default();
            Some((file.to_owned(), line, symbol.to_owned(), message.to_owned()))
        });
        match first {
            Some((file, line, symbol, said))
                if !symbol.is_empty() && self.sources.files.iter().any(|(path, _)| path.ends_with(&file)) =>
            {
                LinuxError::Unknown { tree, file, line, symbol, said }
            }
            Some((file, line, _, said)) => {
                LinuxError::DoesNotCompile { tree, said: format!("{file}:{line}: {said}") }
            }
            _ => LinuxError::DoesNotCompile { tree, said: said.trim_end().to_owned() },
        }
    }

    /// The names that a library needs of others, those of the C library aside.
    fn undefined(&self, library: &Path) -> Result<Vec<String>, LinuxError> {
        let named = self.compiler.run(["-print-prog-name=nm"])?;
        let nm = String::from_utf8_lossy(&named.stdout).trim().to_owned();
        let output = Command::new(&nm).args(["-D", "-u"]).arg(library).output();
        let output = output.map_err(|why| LinuxError::Io { file: nm.into(), why })?;
        let text = String::from_utf8_lossy(&output.stdout);
        // The C library's are versioned; weak ones may stay undefined.
        let needed = text.lines().filter_map(|line| line.trim().strip_prefix("U "));
        Ok(needed
            .filter(|name| !name.contains('@') && !name.starts_with("__asan") && !name.starts_with("__ubsan"))
            .map(str::to_owned)
            .collect())
    }
}

/// Writes the functions that nobody has, if there are any, and returns their file's name.
fn write_stubs(folder: &Path, stubs: &[String]) -> Result<Option<&'static str>, LinuxError> {
    if stubs.is_empty() {
        return Ok(None);
    }
    let one = |name: &String| {
        format!(
            "long {name}(void) {{ ba_panic(\"{name}() was called, which nobody has here\"); return 0; }}\n"
        )
    };
    let text: String = stubs.iter().map(one).collect();
    write(&folder.join("stubs.c"), &format!("void ba_panic(const char *, ...);\n{text}"))?;
    Ok(Some("stubs.c"))
}

fn write(path: &Path, text: &str) -> Result<(), LinuxError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(io(folder))?;
    fs::write(path, text).map_err(io(path))
}

/// Says which file an error is about.
fn io(path: &Path) -> impl FnOnce(std::io::Error) -> LinuxError {
    let file = path.to_owned();
    move |why| LinuxError::Io { file, why }
}
