//! What a report has measured so far, until the report is written.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// More than this many in one folder are not left by accident.
const MOST: u32 = 1000;

/// A file of results that belongs to one run alone: the last report stays whole until there is a new one, and what a run that
/// was killed had finished stays too.
// One name for all runs was tried: the second run replaced what a kill had left of the first.
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Takes the first name in `folder` that no run has, and says which others are there.
    pub(crate) fn claim(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for number in 1..=MOST {
            let name =
                if number == 1 { "unfinished.jsonl".into() } else { format!("unfinished-{number}.jsonl") };
            let path = folder.join(name);
            // In one step, so that of two runs that begin at once each gets one.
            match File::create_new(&path) {
                Ok(_) => return Ok(Self { path }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    eprintln!(
                        "{path} is of another report, which was killed or is still measuring, and stays; if it was killed, \
                         `cargo xtask measure --resume {path}` finishes it, `cargo xtask report --from {path}` reports on it",
                        path = path.display()
                    );
                }
                Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
            }
        }
        bail!("{} holds {MOST} unfinished measurements: remove those that you do not need", folder.display())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it: it stands elsewhere.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
    }
}

impl Drop for Unfinished {
    /// A name under which nothing was written is given back.
    fn drop(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|facts| facts.len() == 0) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_its_own_and_none_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let first = Unfinished::claim(folder.path()).unwrap();
        fs::write(first.path(), "the first").unwrap();
        let second = Unfinished::claim(folder.path()).unwrap();
        assert_ne!(first.path(), second.path());
        fs::write(second.path(), "the second").unwrap();
        second.remove().unwrap();
        drop(Unfinished::claim(folder.path()).unwrap());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [first.path()]);
        assert_eq!(fs::read_to_string(first.path()).unwrap(), "the first");
    }
}
