//! Writing files whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use tempfile::NamedTempFile;

/// Puts `bytes` into the file at `path`, which is never seen half-written.
pub(crate) fn atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    all(&[(path.to_owned(), bytes.to_vec())])
}

/// The same for several files, none of which is touched before there is room for all.
pub(crate) fn all(files: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<()> {
    let mut staged = Vec::new();
    for (path, bytes) in files {
        let file = stage(path, bytes).map_err(|error| refused(path, &error))?;
        staged.push((file, path));
    }
    for (file, path) in staged {
        file.persist(path).map_err(|error| refused(path, &error.error))?;
    }
    Ok(())
}

/// Puts `bytes` into a new file at `path`; `false` if there is a file already, which stays as it is.
pub(crate) fn anew(path: &Path, bytes: &[u8]) -> anyhow::Result<bool> {
    let file = stage(path, bytes).map_err(|error| refused(path, &error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(refused(path, &error.error)),
    }
}

/// Names the file that was to be written, not the temporary one, and what helps.
fn refused(path: &Path, error: &io::Error) -> anyhow::Error {
    let shown = path.display();
    // What the library says of an error ends in the path of its temporary file.
    let plain = error.get_ref().map_or_else(|| error.to_string(), |_| error.kind().to_string());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            anyhow!(
                "cannot write {shown}: the disk is full; nothing was changed: make room, or choose another place"
            )
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            anyhow!("cannot write {shown}: {plain}; choose a folder that you may write to")
        }
        _ => anyhow!("cannot write {shown}: {plain}"),
    }
}

/// A file beside `path` that holds `bytes`; it goes away unless it is put in the place of `path`.
fn stage(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = readable().tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    Ok(file)
}

/// Files that others may read as far as the user lets them; temporary ones are private by default.
fn readable() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Expect the file that somebody asked for to be named, and a remedy; never a temporary file that nobody knows.
    #[test]
    fn a_full_disk_is_told_with_a_remedy() {
        let inner =
            io::Error::new(io::ErrorKind::StorageFull, "No space left on device at path \"/tmp/.tmpX1\"");
        let told = refused(Path::new("out/report.md"), &inner).to_string();
        assert!(
            told.contains("out/report.md") && told.contains("make room") && !told.contains(".tmp"),
            "{told}"
        );
        let plain = refused(Path::new("x"), &io::Error::from_raw_os_error(28)).to_string();
        assert!(plain.contains("the disk is full"), "{plain}");
    }

    #[test]
    fn what_is_there_is_kept_where_a_file_is_to_be_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert!(anew(&path, b"one").unwrap());
        assert!(!anew(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(&folder.path().join("a")), ["b"]);
    }

    /// Expect the first file to stay as it was, and nothing to lie about, when the second cannot be written.
    #[test]
    fn several_files_are_written_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), "old").unwrap();
        let new = || (path("old"), b"new".to_vec());
        let error = all(&[new(), (path("old/below-a-file"), Vec::new())]).unwrap_err();
        assert!(error.to_string().contains("below-a-file"), "{error:#}");
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "old");
        assert_eq!(names(folder.path()), ["old"]);
        all(&[new(), (path("below/made"), Vec::new())]).unwrap();
        assert_eq!(fs::read_to_string(path("old")).unwrap(), "new");
        assert_eq!(names(folder.path()), ["below", "old"]);
    }
}
