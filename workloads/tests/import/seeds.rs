//! The fuzz targets' seeds, whole and cut at every line, always run.

use std::fs;
use std::path::Path;

use workloads::survive;
use workloads::trace::Trace;

fn files(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = paths.filter(|path| path.extension().is_some_and(|found| found == end)).collect();
    assert!(!files.is_empty());
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Each line's beginning, and a place within it.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let lines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    // Every third line: all of them take a while and show no more.
    lines.step_by(3).flat_map(|(at, _)| [at, at + 1, at + 1 + at % 61]).filter(|&at| at <= bytes.len())
}

#[test]
fn logs_that_end_or_begin_anywhere_are_survived() {
    for log in files("tests/logs", "log") {
        survive::log(&log);
        for cut in cuts(&log) {
            survive::log(&log[..cut]);
            survive::log(&log[cut..]);
        }
    }
}

#[test]
fn seed_traces_are_read_and_survived_when_cut() {
    for trace in files("fuzz/seeds/trace", "trace") {
        let text = String::from_utf8(trace).unwrap();
        assert!(text.parse::<Trace>().is_ok(), "{:?}", text.parse::<Trace>());
        survive::trace(&text);
        for cut in cuts(text.as_bytes()) {
            survive::trace(&text[..cut]);
        }
    }
}

/// Expect the description's own example to be a trace.
#[test]
fn the_example_in_the_format_is_a_trace() {
    let format = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("FORMAT.md")).unwrap();
    let (_, example) = format.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    assert_eq!(example.parse::<Trace>().unwrap().to_string(), example);
}
