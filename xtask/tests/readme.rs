//! The README's commands do what it says, and print what it shows. `BLESS=1` before the test writes what they print.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In a block `console`, where what a command prints is not shown to its end.
const ELLIPSIS: &str = "…";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder in which the README's commands can be tried: the results that it speaks of, a log, and a memory map.
fn playground() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let readme = folder.path().join("reports/readme");
    std::fs::create_dir_all(&readme).unwrap();
    std::fs::copy(root().join("reports/readme/results.jsonl"), readme.join("results.jsonl")).unwrap();
    let log = root().join("workloads/tests/logs/newest.log");
    std::fs::copy(log, folder.path().join("dmesg.txt")).unwrap();
    let maps = folder.path().join("workloads/maps");
    std::fs::create_dir_all(&maps).unwrap();
    std::fs::copy(root().join("workloads/maps/board.dts"), maps.join("board.dts")).unwrap();
    folder
}

/// What a command prints to its standard output. It must succeed.
fn run(line: &str, folder: &Path) -> String {
    let words = line.strip_prefix("cargo xtask ").unwrap();
    // A shell, since the README quotes for one.
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("\"$XTASK\" {words}"))
        .env("XTASK", env!("CARGO_BIN_EXE_xtask"))
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}` failed: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of fenced blocks of this language, each with its number.
fn blocks<'r>(readme: &'r str, language: &str) -> Vec<Vec<(usize, &'r str)>> {
    let mut blocks = Vec::new();
    let mut lines = readme.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(found) = line.trim_start().strip_prefix("```") {
            let block: Vec<_> = lines.by_ref().take_while(|(_, line)| line.trim_start() != "```").collect();
            if found == language {
                blocks.push(block);
            }
        }
    }
    blocks
}

/// How many lines of what a command prints the README shows, which is to fit a screen.
const SHORT: usize = 30;

#[test]
fn what_the_readme_shows_is_what_its_commands_print() {
    shows("README.md", Some(SHORT));
}

#[test]
fn what_the_page_on_reports_shows_is_what_its_commands_print() {
    shows("reports/README.md", None);
}

/// Holds the blocks of a page against what their commands print; of each, at most so many lines stand there.
fn shows(page: &str, most: Option<usize>) {
    let path = root().join(page);
    let readme = std::fs::read_to_string(&path).unwrap();
    let folder = playground();
    let bless = std::env::var_os("BLESS").is_some();
    let mut blessed: Vec<String> = readme.lines().map(str::to_owned).collect();
    let shown = blocks(&readme, "console");
    assert!(shown.len() >= 3, "{page} shows less than it should");
    for block in shown.iter().rev() {
        let (command, expected) = block.split_first().unwrap();
        let printed = run(command.1.strip_prefix("$ ").unwrap(), folder.path());
        let expected: Vec<&str> = expected.iter().map(|(_, line)| *line).collect();
        let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
        let keep = most.unwrap_or(lines.len()).min(lines.len());
        let mut wanted = lines[..keep].to_vec();
        wanted.extend((keep < lines.len()).then_some(ELLIPSIS));
        if bless {
            let text: Vec<String> = wanted.iter().map(|line| (*line).to_owned()).collect();
            blessed.splice(command.0 + 1..command.0 + 1 + expected.len(), text);
        } else {
            assert!(
                wanted == expected,
                "`{}` prints something else; BLESS=1 writes it anew:\n{printed}",
                command.1
            );
        }
    }
    if bless {
        let text = blessed.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        });
        std::fs::write(path, text).unwrap();
    }
}

/// The picture in the README is the one that the report draws.
#[test]
fn the_picture_in_the_readme_is_that_of_the_report() {
    let folder = playground();
    run("cargo xtask report --from reports/readme/results.jsonl", folder.path());
    let drawn = folder.path().join("reports/readme/results-report/plots/ratios.svg");
    let drawn = std::fs::read_to_string(drawn).unwrap();
    let path = root().join("reports/readme/ratios.svg");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, drawn).unwrap();
    } else {
        assert!(
            drawn == std::fs::read_to_string(path).unwrap(),
            "`BLESS=1 cargo test -p xtask --test readme` draws it anew"
        );
    }
}

/// Commands whose output is not shown because it is noisy. What takes minutes or needs other programs is left to its own
/// tests.
#[test]
fn every_other_command_of_the_readme_succeeds() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = playground();
    let mut tried = 0;
    for (_, line) in blocks(&readme, "sh").into_iter().flatten() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.starts_with("cargo xtask ") && line != "cargo xtask report" {
            run(line, folder.path());
            tried += 1;
        }
    }
    assert!(tried >= 6, "only {tried} commands");
}
