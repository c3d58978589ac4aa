//! Whole logs in one line, as programs write JSON and markup that nobody is to read.

use workloads::import::{Options, import};

const LOG: &str = include_str!("../logs/x86_64-6.1.log");

fn quoted(line: &str) -> String {
    line.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t")
}

/// Expect the boot of a line that is longer than what is held of one at once, wherever in it the boot stands.
#[test]
fn a_log_in_one_line_is_read_to_its_end() {
    let plain = import(LOG.as_bytes(), "a log", &Options::default()).unwrap();
    let noise =
        |count: usize| (0..count).map(|n| format!("[ 9{n:05}.000000] usb 1-1: new device number {n}"));
    let json = |line: String| format!("{{\"PRIORITY\":\"6\",\"MESSAGE\":\"{}\"}}", quoted(&line));
    let html = |line: String| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") + "<br>";
    for before in [0, 14_000] {
        let lines = || noise(before).chain(LOG.lines().map(str::to_owned)).chain(noise(9_000));
        let array = format!("[{}]", lines().map(json).collect::<Vec<_>>().join(","));
        let page = format!("<pre>{}</pre>", lines().map(html).collect::<String>());
        for (what, text) in [("JSON", array), ("HTML", page)] {
            assert!(!text.contains('\n'), "{what}");
            let found = import(text.as_bytes(), "a log", &Options::default()).unwrap();
            assert_eq!(found[0].trace.records, plain[0].trace.records, "{what}, {before} lines before it");
            assert!(found[0].account.to_string().starts_with("complete: "), "{}", found[0].account);
        }
    }
}
