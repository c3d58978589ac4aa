//! Writing results so that nothing finished is ever lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::lock::Lock;
use super::read::{Line, line};
use super::{Cell, Header, ReadError, Results};

/// A file that results are appended to, group by group.
///
/// A group is written by one call and has reached the disk when [`append`](Self::append) returns. Whoever is killed
/// in between leaves a prefix of it, which [`Results::read`] leaves out and [`resume`](Self::resume) cuts off.
// Writing the whole file anew beside the old one for each group, and renaming it, was the alternative: it needs no
// such rule, but writes a sweep of n groups n times.
#[derive(Debug)]
pub struct ResultsFile {
    _lock: Lock,
    file: File,
    path: PathBuf,
    finished_bytes: u64,
}

/// Why results cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file cannot be made.
    #[error("cannot make {} for the results; is there room, and may you write there?", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error(
        "cannot write the results to {}; all groups finished before are in it: make room, and finish it with \
         `cargo xtask measure --resume {}`", path.display(), path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// Why, such as a full disk.
        source: io::Error,
    },
    /// Somebody else is writing it.
    #[error(
        "{} is being written by {holder}: wait until that ends, or write elsewhere", path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// Who.
        holder: String,
    },
    /// What is to be resumed cannot be read.
    #[error("cannot resume {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
}

impl ResultsFile {
    /// Makes a file with the header of a run. A file of that name is replaced in one step.
    ///
    /// # Errors
    /// [`WriteError::Locked`] while another process writes it, [`WriteError::Make`].
    pub fn create(path: &Path, header: &Header) -> Result<Self, WriteError> {
        let lock = Lock::take(path)?;
        let text = line(&Line::Header(header));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let written = || {
            let mut beside = beside(folder)?;
            beside.write_all(text.as_bytes())?;
            beside.as_file().sync_data()?;
            Ok(beside.persist(path)?)
        };
        let file = written().map_err(|source| WriteError::Make { path: path.into(), source })?;
        Ok(Self { _lock: lock, file, path: path.into(), finished_bytes: text.len() as u64 })
    }

    /// Opens a file to go on after its last finished group, and returns what is in it. An unfinished group is cut off.
    ///
    /// # Errors
    /// [`WriteError::Locked`], [`WriteError::Read`] for a damaged file, [`WriteError::Io`].
    pub fn resume(path: &Path) -> Result<(Self, Results), WriteError> {
        let lock = Lock::take(path)?;
        let results = Results::read(path).map_err(|source| WriteError::Read { path: path.into(), source })?;
        let opened = || {
            let mut file = OpenOptions::new().write(true).open(path)?;
            file.set_len(results.finished_bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = opened().map_err(|source| WriteError::Io { path: path.into(), source })?;
        let finished_bytes = results.finished_bytes;
        Ok((Self { _lock: lock, file, path: path.into(), finished_bytes }, results))
    }

    /// Appends the header of a run that goes on with this file.
    ///
    /// # Errors
    /// [`WriteError::Io`]; the file is then as before.
    pub fn append_header(&mut self, header: &Header) -> Result<(), WriteError> {
        self.write(&line(&Line::Header(header)))
    }

    /// Appends the cells of one group.
    ///
    /// # Errors
    /// [`WriteError::Io`]; the file is then as before.
    pub fn append(&mut self, group: &[Cell]) -> Result<(), WriteError> {
        self.write(&group.iter().map(|cell| line(&Line::Cell(cell))).collect::<String>())
    }

    fn write(&mut self, text: &str) -> Result<(), WriteError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.finished_bytes += text.len() as u64;
                Ok(())
            }
            Err(source) => {
                // Whether or not this succeeds, a reader leaves the rest out.
                let _ = self.file.set_len(self.finished_bytes);
                let _ = self.file.seek(SeekFrom::Start(self.finished_bytes));
                Err(WriteError::Io { path: self.path.clone(), source })
            }
        }
    }
}

/// A new file in `folder`, which others may read as far as the user lets them.
fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
