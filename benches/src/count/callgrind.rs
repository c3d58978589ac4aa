//! Callgrind: where it is, how it is called, and what it wrote.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ENTRY_POINT;

/// The pattern by which callgrind knows where a count ends.
// Not the other one: of two options with the same pattern callgrind 3.19 heeds one.
const CALL: &str = "benches::count::region::counted_region*";

/// What to say where there is no valgrind.
pub const VALGRIND_REMEDY: &str = "install valgrind (on Debian: apt-get install valgrind)";

/// The valgrind on the search path, if there is one.
#[must_use]
pub fn valgrind() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("valgrind")).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// The program as callgrind runs it in `folder`, counting what [`counted_region`](super::counted_region) does. The counts of
/// its first call go to the file `counts.1` there, and so on.
///
/// Arguments and environment lie above the program's stack, so both are of the same length whoever calls from wherever:
/// the program is called by one name, and it inherits no variable. Nor do files of options in home folders count.
pub(crate) fn callgrind(valgrind: &Path, folder: &Path) -> Command {
    let mut command = Command::new(valgrind);
    command.current_dir(folder).env_clear();
    // Where valgrind's own files are, if they were moved: it does not start without.
    command.envs(env::var_os("VALGRIND_LIB").map(|place| ("VALGRIND_LIB", place)));
    command.args(["--command-line-only=yes", "--quiet", "--tool=callgrind", "--collect-atstart=no"]);
    command.arg(format!("--toggle-collect={ENTRY_POINT}"));
    command.arg(format!("--dump-after={CALL}"));
    command.args(["--callgrind-out-file=counts", "./program"]);
    command
}

/// The instructions of the first `calls` calls that were counted in `folder`; `None` if there were fewer.
pub(crate) fn counts(folder: &Path, calls: usize) -> Option<Vec<u64>> {
    let of = |call| instructions(&fs::read_to_string(folder.join(format!("counts.{call}"))).ok()?);
    (1..=calls).map(of).collect()
}

/// The instructions of the `call`th call that was counted in `folder` that went into functions whose names hold one of `names`,
/// with all that those called; for each name. `None` if there was no such call.
pub(crate) fn spent_in<const N: usize>(folder: &Path, call: usize, names: [&str; N]) -> Option<[u64; N]> {
    let file = fs::read_to_string(folder.join(format!("counts.{call}"))).ok()?;
    names.iter().map(|name| inclusive(&file, name)).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// The instructions in a file that callgrind wrote.
fn instructions(file: &str) -> Option<u64> {
    let column = column(file)?;
    field(file, "totals").or_else(|| field(file, "summary"))?.split_whitespace().nth(column)?.parse().ok()
}

fn field<'f>(file: &'f str, name: &str) -> Option<&'f str> {
    file.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// The place of instructions among the events.
fn column(file: &str) -> Option<usize> {
    field(file, "events")?.split_whitespace().position(|event| event == "Ir")
}

/// The instructions of calls of functions whose names hold `name`, from others, with all that those called.
///
/// Source: the format of callgrind's files: `fn=` begins what a function did itself, `cfn=` and `calls=` a call, whose cost stands
/// in the line that follows; a name stands in full where it occurs first, `(12) name`, and as `(12)` from there on.
fn inclusive(file: &str, name: &str) -> Option<u64> {
    let places = field(file, "positions").map_or(1, |words| words.split_whitespace().count());
    let column = places + column(file)?;
    let mut wanted = std::collections::BTreeMap::new();
    let mut is_wanted = |function: &str| {
        let number = function.split(' ').next().unwrap_or_default().to_owned();
        *wanted.entry(number).or_insert_with(|| function.contains(name))
    };
    let (mut inside, mut called, mut sum) = (false, false, 0_u64);
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line.strip_prefix("fn=") {
            inside = is_wanted(function);
        } else if let Some(function) = line.strip_prefix("cfn=") {
            called = is_wanted(function);
        } else if line.starts_with("calls=") {
            let cost = lines.next()?;
            if called && !inside {
                sum += cost.split_whitespace().nth(column)?.parse::<u64>().ok()?;
            }
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_stands_in_the_column_of_its_event() {
        let file = "# callgrind format\ncreator: callgrind-3.19.0\npositions: line\nevents: Dr Ir Dw\n\
                    fl=(1) ???\nfn=(1) counted_region\n0 1 2 3\n\ntotals: 7 8123 9\n";
        assert_eq!(instructions(file), Some(8123));
        assert_eq!(instructions(&file.replace("totals", "summary")), Some(8123));
        for broken in ["", "events: Ir\n", "events: Dr\ntotals: 3\n", "events: Ir\ntotals: x\n"] {
            assert_eq!(instructions(broken), None, "{broken}");
        }
    }

    /// Expect calls of a function to be found by its name wherever they are made, and calls that it makes of itself, or that were
    /// made by another of its names, to be counted once.
    #[test]
    fn what_calls_cost_stands_behind_them() {
        let file = "positions: line\nevents: Ir\n\nfl=(1) ???\nfn=(1) main\n0 5\ncfn=(2) sink::block\ncalls=3 0\n0 300\n\
                    cfn=(3) other\ncalls=1 0\n+1 70\n\nfn=(3)\n0 50\ncfn=(2)\ncalls=1 0\n0 20\n\nfn=(2)\n0 300\n\
                    cfn=(4) sink::blocks\ncalls=1 0\n0 20\n\nfn=(4)\n0 20\n\ntotals: 375\n";
        assert_eq!(inclusive(file, "sink::block"), Some(320));
        assert_eq!(inclusive(file, "other"), Some(70));
        assert_eq!(inclusive(file, "nobody"), Some(0));
        assert_eq!(inclusive("events: Ir\ncfn=(1) a\ncalls=1 0\n", "a"), None);
    }
}
