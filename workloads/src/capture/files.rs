//! Where kernels and other files for guests are kept, and how they get there whole.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::CaptureError;
use super::{Files, Kernel, Machine, initrd, srat};

/// A folder with kernels and other files for guests. All of it can be made again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Store(PathBuf);

impl Store {
    /// The store in `folder`, which need not exist yet. Its path must be absolute.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the files of a machine are, which boots the kernel in `image`.
    #[must_use]
    pub fn names(&self, name: &str, machine: &Machine, image: PathBuf) -> Files {
        let initrd = machine.initrd.map(|size| self.path(&format!("initrd-{size}.cpio")));
        let srat = srat::table(machine).map(|_| self.path(&format!("srat-{name}.bin")));
        Files { kernel: image, initrd, srat }
    }

    /// The files of a machine, which boots `kernel`; those that are not there are made.
    ///
    /// # Errors
    /// [`CaptureError::File`] when one cannot be written.
    pub fn files(&self, name: &str, machine: &Machine, kernel: &Kernel) -> Result<Files, CaptureError> {
        let files = self.names(name, machine, kernel.image.clone());
        if let (Some(path), Some(size)) = (&files.initrd, machine.initrd)
            && !path.exists()
        {
            write_whole(path, &initrd::archive(size))?;
        }
        if let (Some(path), Some(table)) = (&files.srat, srat::table(machine)) {
            write_whole(path, &table)?;
        }
        Ok(files)
    }

    /// Keeps others from fetching at the same time, until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, CaptureError> {
        let path = self.path(".lock");
        let fail = |error| CaptureError::File { path: path.clone(), error };
        fs::create_dir_all(&self.0).map_err(fail)?;
        let file = File::create(&path).map_err(fail)?;
        file.lock().map_err(fail)?;
        Ok(file)
    }
}

/// Writes a file that is never seen half-written.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CaptureError> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| CaptureError::File { path: path.to_owned(), error })
}

/// Makes an empty folder.
pub(super) fn empty(path: &Path) -> Result<(), CaptureError> {
    let _ = fs::remove_dir_all(path);
    fs::create_dir_all(path).map_err(|error| CaptureError::File { path: path.to_owned(), error })
}
