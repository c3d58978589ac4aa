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

/// The instructions in a file that callgrind wrote.
fn instructions(file: &str) -> Option<u64> {
    let field = |name| file.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let column = field("events")?.split_whitespace().position(|event| event == "Ir")?;
    field("totals").or_else(|| field("summary"))?.split_whitespace().nth(column)?.parse().ok()
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
}
