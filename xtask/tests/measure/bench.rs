//! A folder in which a measurement runs: its own, that of its workers, and that of all temporary files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use benches::results::{Cell, Key, Outcome, Results};

/// The smallest curated boot.
pub(crate) const TRACE: &str = "x86_64-6.1-256m";

/// Every quantity that is timed or exact, as little of it as there can be.
pub(crate) const LITTLE: [&str; 8] = [
    "--launches=1",
    "--blocks=1",
    "--quantity=exact,boot-cost,release-counting,latency,release-buddy",
    "--strategy=memblock",
    "--strategy=wordscan",
    "--trace=x86_64-6.1-256m",
    "--trace=i386-6.1-pae-6g",
    "--quick",
];

/// The groups of [`LITTLE`].
pub(crate) const LITTLE_GROUPS: usize = 10;

pub(crate) struct Bench(tempfile::TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// This program, in the folder.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(words);
        self.set(&mut command);
        command
    }

    pub(crate) fn set(&self, command: &mut Command) {
        command.current_dir(self.0.path()).env("TMPDIR", self.path("tmp"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs it, and expects success.
    pub(crate) fn done(&self, words: &[&str]) -> Output {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", errors(&output));
        output
    }

    pub(crate) fn results(&self, name: &str) -> Results {
        Results::read(&self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Expects all processes that this folder's measurement started to end.
    pub(crate) fn nobody_is_left(&self) {
        let since = Instant::now();
        while let Some(pid) = processes_in(self.0.path()).first() {
            assert!(since.elapsed() < Duration::from_secs(10), "process {pid} is still there");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Expects no temporary file.
    pub(crate) fn nothing_is_left(&self) {
        let left: Vec<_> =
            fs::read_dir(self.path("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The processes whose working folder is `folder` or inside it; one that has ended has none.
fn processes_in(folder: &Path) -> Vec<u32> {
    let pids =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
    .collect()
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What each cell came to. Expects each to be there once.
pub(crate) fn by_key(cells: &[Cell]) -> BTreeMap<Key, Outcome> {
    let by_key: BTreeMap<_, _> = cells.iter().map(|cell| (cell.key.clone(), cell.outcome.clone())).collect();
    assert_eq!(by_key.len(), cells.len(), "something was measured twice");
    by_key
}
