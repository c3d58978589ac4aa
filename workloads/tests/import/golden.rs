//! One log for each format, small and written by hand, with the trace that it gives beside it.
//!
//! `BLESS=1 cargo test -p workloads --test import golden` writes the traces anew; look at the difference.

use std::fs;
use std::path::{Path, PathBuf};

use workloads::import::{Imported, Options, import};

fn logs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
    logs.sort();
    logs
}

/// The account, then each trace.
fn text(boots: &[Imported]) -> String {
    boots.iter().map(|boot| format!("{}\n{}", boot.account, boot.trace)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_log_gives_the_trace_beside_it() {
    let mut wrong = Vec::new();
    for path in logs() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let log = fs::read(&path).unwrap();
        let found = match import(&log[..], name, &Options::default()) {
            Ok(boots) => text(&boots),
            Err(error) => format!("error: {error}\n"),
        };
        let beside = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &found).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
            wrong.push(format!("{name}: {differs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(logs().len() >= 12, "the logs are not where they should be");
}
