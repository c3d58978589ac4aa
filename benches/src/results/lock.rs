//! One writer for each file of results.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use super::WriteError;

/// The right to write a file of results, for as long as it lives. Advisory: it holds among programs that ask for it.
///
/// The lock is on a file beside the results, `.results.jsonl.lock` of `results.jsonl`, since the results themselves are
/// replaced in one step when a run begins. The system lets go of it when its process ends, however it does.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the right to write `results`.
    pub(super) fn take(results: &Path) -> Result<Self, WriteError> {
        let path = beside(results);
        let failed = |source| WriteError::Make { path: results.into(), source };
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(fs::TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    let _ = file.read_to_string(&mut holder);
                    return Err(WriteError::Locked { path: results.into(), holder: told(&holder) });
                }
                Err(fs::TryLockError::Error(source)) if source.kind() == io::ErrorKind::Unsupported => {}
                Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Whoever held it may have removed the file between the two steps; others would lock the next one.
            if same(&file, &path) {
                let note = format!("process {}", process::id());
                let written = file
                    .set_len(0)
                    .and_then(|()| file.seek(SeekFrom::Start(0)))
                    .and_then(|_| file.write_all(note.as_bytes()));
                written.map_err(failed)?;
                return Ok(Self { file, path });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held, so that nobody else's is removed. Left behind it would lock nothing.
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

fn beside(results: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(results.file_name().unwrap_or_default());
    name.push(".lock");
    results.with_file_name(name)
}

fn told(holder: &str) -> String {
    let plain = !holder.is_empty() && holder.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if plain { holder.to_owned() } else { "another process".into() }
}

#[cfg(unix)]
fn same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let of = |facts: &fs::Metadata| (facts.dev(), facts.ino());
    matches!((&file.metadata(), &fs::metadata(path)), (Ok(one), Ok(other)) if of(one) == of(other))
}

#[cfg(not(unix))]
fn same(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_nothing_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        for _ in 0..2 {
            let held = Lock::take(&path).unwrap();
            let error = Lock::take(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("process {}", process::id())), "{error}");
            drop(held);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
