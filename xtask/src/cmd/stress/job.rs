//! What is put under stress, and what it is held against.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use linux::Target;
use plugin::Compiler;
use stress::{Job, Rules, Spec, built_in};

use crate::apart;
use crate::kernels::{Kernel, LIBRARIES, LinuxOptions};

/// A failing boot is played so often to make it shorter.
const TRIES: u32 = 3_000;

/// The sizes of a page that recorded machines have, as binary logarithms.
const PAGE_SHIFTS: [u32; 3] = [12, 14, 16];

/// What a sanitizer needs of the compiler: that it stops where it finds something, and says where that is.
const SANITIZE: [&str; 4] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g1"];

/// A strategy with a word about it.
struct Side {
    spec: Spec,
    told: String,
    kernel: bool,
}

/// Both sides.
pub(super) struct Sides {
    head: Side,
    pub(super) base: Option<()>,
    base_side: Option<Side>,
    /// What the processes that play boots have in their environment.
    pub(super) environment: Vec<(String, String)>,
}

impl Sides {
    pub(super) fn of(strategies: &[String], linux: &LinuxOptions, sanitize: bool) -> anyhow::Result<Self> {
        let mut sides = strategies.iter().map(|text| strategy(text)).collect::<anyhow::Result<Vec<_>>>()?;
        let mut environment = Vec::new();
        if linux.is_given() {
            let kernels = linux.kernels()?;
            if sanitize {
                environment = sanitizers(kernels.first().map(Kernel::compiler))?;
            }
            for kernel in kernels {
                sides.push(of_kernel(&kernel, sanitize)?);
            }
        }
        let head = match sides.len() {
            0 => bail!(
                "name what is put under stress: --strategy NAME, or --linux TREE; `cargo xtask stress --help`"
            ),
            1 | 2 => sides.pop(),
            more => bail!(
                "{more} strategies are named; one is put under stress, and held against at most one other"
            ),
        };
        let head = head.context("one side at least")?;
        let base_side = sides.pop();
        Ok(Self { head, base: base_side.as_ref().map(|_| ()), base_side, environment })
    }

    pub(super) fn job(&self, seed: u64, same_answers: bool, position: PathBuf) -> Job {
        let base = self.base_side.as_ref();
        let ours_and_the_kernels = base.is_some_and(|base| base.kernel != self.head.kernel);
        Job {
            head: self.head.spec.clone(),
            base: base.map(|base| base.spec.clone()),
            rules: Rules { same_answers, ours_and_the_kernels },
            seed,
            tries: TRIES,
            position,
        }
    }

    /// What is held against what, in words.
    pub(super) fn told(&self, same_answers: bool) -> String {
        let how = if same_answers { "; every answer must be the same" } else { "" };
        match &self.base_side {
            Some(base) => format!("{}\nheld against {}{how}", self.head.told, base.told),
            None => format!("{}\nheld against the checker alone", self.head.told),
        }
    }
}

fn strategy(text: &str) -> anyhow::Result<Side> {
    let Some((name, path)) = text.split_once('=') else {
        if built_in(text).is_none() {
            bail!(
                "no strategy is called `{text}`; `cargo xtask list` names them all, and there is naive-memblock"
            );
        }
        return Ok(Side {
            spec: Spec::BuiltIn(text.into()),
            told: format!("the built-in {text}"),
            kernel: false,
        });
    };
    let path = Path::new(path);
    let library = if path.extension().is_some_and(|extension| extension == "c") {
        Compiler::find()?.library(path, Path::new(LIBRARIES))?
    } else {
        path.into()
    };
    let whole =
        std::fs::canonicalize(&library).with_context(|| format!("cannot read {}", library.display()))?;
    let facts = apart::facts(&whole, path)?;
    let told = format!("{name} ({}: {} {})", path.display(), facts.name, facts.version);
    Ok(Side { spec: Spec::Libraries(name.into(), vec![(0, whole)]), told, kernel: false })
}

fn of_kernel(kernel: &Kernel, sanitize: bool) -> anyhow::Result<Side> {
    let extra: Vec<String> = SANITIZE.iter().filter(|_| sanitize).map(|&flag| flag.into()).collect();
    let build = |page_shift| {
        let target = Target { page_shift, phys_bits: 64 };
        let built = kernel.build(target, &extra, Path::new(LIBRARIES))?;
        let library = std::fs::canonicalize(&built.library)
            .with_context(|| format!("cannot read {}", built.library.display()))?;
        Ok((page_shift, library))
    };
    let libraries = PAGE_SHIFTS.into_iter().map(build).collect::<anyhow::Result<Vec<_>>>()?;
    let subject = kernel.tree.subject().map(|subject| format!(" ({subject})")).unwrap_or_default();
    let sanitized = if sanitize { ", with sanitizers" } else { "" };
    let told = format!(
        "{}: {} of {}{subject}, {}{sanitized}",
        kernel.label,
        kernel.code.file(),
        kernel.tree,
        kernel.version
    );
    Ok(Side { spec: Spec::Libraries(kernel.label.clone(), libraries), told, kernel: true })
}

/// What a process needs in its environment to load a library that was built with sanitizers.
fn sanitizers(compiler: Option<&Compiler>) -> anyhow::Result<Vec<(String, String)>> {
    let compiler = compiler.map(Compiler::name).unwrap_or_default();
    let name = compiler.split_whitespace().next().unwrap_or("cc");
    let found = Command::new(name).arg("-print-file-name=libasan.so").output();
    let found = found.with_context(|| format!("cannot run {name}"))?;
    let library = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if !Path::new(&library).is_absolute() {
        bail!(
            "`{name}` has no libasan.so; install it (on Debian: apt-get install libasan8), or set CC to a gcc that has one"
        );
    }
    // Static data is put back between boots, guards and all: what the host copies is not the code under test.
    let options = "detect_leaks=0:replace_intrin=0:abort_on_error=1:handle_abort=0";
    Ok([("LD_PRELOAD", &library[..]), ("ASAN_OPTIONS", options), ("UBSAN_OPTIONS", "print_stacktrace=0")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec())
}
