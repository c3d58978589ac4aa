//! Writing files whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

/// Puts `bytes` into the file at `path`, which is never seen half-written.
pub(crate) fn atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    all(&[(path.to_owned(), bytes.to_vec())])
}

/// The same for several files, none of which is touched before there is room for all.
pub(crate) fn all(files: &[(PathBuf, Vec<u8>)]) -> anyhow::Result<()> {
    let mut staged = Vec::new();
    for (path, bytes) in files {
        let file = stage(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        staged.push((file, path));
    }
    for (file, path) in staged {
        file.persist(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
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
