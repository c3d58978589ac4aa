//! What a trace that is imported is called.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use workloads::trace::Trace;

use crate::write;

/// The most letters of a machine's name that go into a file's.
const LONGEST: usize = 60;

/// Where a trace was written to.
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    /// The path that it would have, but for another boot that has it.
    pub(crate) taken: Option<PathBuf>,
}

/// Writes `trace` into `folder` under the name of its log; where another boot has that name, under its machine's.
///
/// Nothing is overwritten: the same log imported again finds the same trace, and leaves it.
pub(crate) fn write(folder: &Path, stem: &str, trace: &Trace) -> anyhow::Result<Written> {
    let text = trace.to_string();
    let path = |name: &str| folder.join(format!("{name}.trace"));
    let first = path(stem);
    let machine = of_machine(trace);
    let numbered = (2_u32..).map(|number| format!("{machine}-{number}"));
    let names = [stem.to_owned(), machine.clone()].into_iter().chain(numbered);
    for path in names.map(|name| path(&name)) {
        if write::anew(&path, text.as_bytes())? || holds(&path, &text)? {
            let taken = (path != first).then_some(first);
            return Ok(Written { path, taken });
        }
    }
    unreachable!("there are more numbers than files")
}

fn holds(path: &Path, text: &str) -> anyhow::Result<bool> {
    let known =
        fs::read(path).with_context(|| format!("cannot read {}, which has the name", path.display()))?;
    Ok(known == text.as_bytes())
}

/// The machine and its kernel as one word: `dell-poweredge-r740-6.1.0-50-amd64`.
fn of_machine(trace: &Trace) -> String {
    let mut word = String::new();
    for letter in format!("{} {}", trace.header.machine, trace.header.kernel).chars() {
        match letter {
            letter if letter.is_ascii_alphanumeric() => word.push(letter.to_ascii_lowercase()),
            '.' | '_' if !word.is_empty() => word.push(letter),
            _ if word.ends_with('-') || word.is_empty() => {}
            _ => word.push('-'),
        }
        if word.len() >= LONGEST {
            break;
        }
    }
    let word = word.trim_end_matches(['-', '.']);
    if word.is_empty() { "unnamed".into() } else { word.into() }
}

#[cfg(test)]
mod tests {
    use workloads::corpus;

    use super::*;

    /// Expect two boots of one log's name both to be kept, the second under its machine's name, and each found again.
    #[test]
    fn another_machines_trace_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["x86_64-6.1-256m", "x86_64-linux-6.1-1node-2g"]
            .map(|name| corpus::trace(name).unwrap().unwrap());
        let first = write(folder.path(), "dmesg", &one).unwrap();
        assert!(first.path.ends_with("dmesg.trace") && first.taken.is_none());
        let second = write(folder.path(), "dmesg", &other).unwrap();
        assert_eq!(second.taken.as_ref(), Some(&first.path));
        assert_eq!(fs::read_to_string(&first.path).unwrap(), one.to_string());
        assert_eq!(fs::read_to_string(&second.path).unwrap(), other.to_string());
        // Again: nothing new.
        assert_eq!(write(folder.path(), "dmesg", &other).unwrap().path, second.path);
        let mut third = other;
        third.header.notes.push("of another day".into());
        let third = write(folder.path(), "dmesg", &third).unwrap();
        assert!(third.path.to_string_lossy().ends_with("-2.trace"), "{}", third.path.display());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_machines_name_is_one_plain_word() {
        let mut trace = corpus::trace("x86_64-6.1-256m").unwrap().unwrap();
        for (machine, word) in [
            (
                "Dell Inc. PowerEdge R740/0YWR7D, BIOS 2.1",
                "dell-inc.-poweredge-r740-0ywr7d-bios-2.1-6.1.0-50-amd64",
            ),
            ("../../etc/passwd", "etc-passwd-6.1.0-50-amd64"),
            ("\u{1b}[31m", "31m-6.1.0-50-amd64"),
        ] {
            trace.header.machine = machine.into();
            assert_eq!(of_machine(&trace), word);
        }
    }
}
