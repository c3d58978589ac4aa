//! The kernels that were fetched, and those of the user's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::apt::Apt;
use super::error::CaptureError;
use super::files::{empty, write_whole};
use super::{Arch, Package, Store};

/// A kernel that can be booted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kernel {
    /// Its image.
    pub image: PathBuf,
    /// Where it comes from: `linux-image-6.1.0-50-amd64 6.1.176-1 amd64 (bookworm/linux-image-amd64)`.
    pub origin: String,
}

/// The file that says which package an image came from.
const ORIGIN: &str = "origin";

impl Kernel {
    /// An image of the user's.
    #[must_use]
    pub fn own(image: &Path) -> Self {
        let name = image.file_name().unwrap_or_default().to_string_lossy();
        Self { image: image.to_owned(), origin: format!("image {name}") }
    }
}

impl Store {
    /// The kernel of `package` for `arch`, if it was fetched before.
    #[must_use]
    pub fn kernel(&self, package: &Package, arch: Arch) -> Option<Kernel> {
        let folder = self.folder(package, arch);
        let origin = fs::read_to_string(folder.join(ORIGIN)).ok()?.trim().to_owned();
        let image = find_image(&folder)?;
        Some(Kernel { image, origin })
    }

    /// The kernel of `package` for `arch`: as it was fetched before, else the newest one of the suite. `tell` hears what
    /// takes so long.
    ///
    /// # Errors
    /// [`CaptureError::Fetch`] with what apt said; [`CaptureError::Stopped`] when `stop` becomes true.
    pub fn fetch(
        &self,
        package: &Package,
        arch: Arch,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Kernel, CaptureError> {
        if let Some(kernel) = self.kernel(package, arch) {
            return Ok(kernel);
        }
        let _lock = self.lock()?;
        // Whoever held the lock may have fetched it.
        if let Some(kernel) = self.kernel(package, arch) {
            return Ok(kernel);
        }
        let debian = arch.platform().debian;
        let apt = Apt { state: self.path(&format!("apt-{}-{debian}", package.suite)), package, debian, stop };
        tell(&format!("reading the package index of {} for {debian}", package.suite));
        apt.update()?;
        let found = apt.resolve()?;
        tell(&format!("fetching {found}"));
        // What an earlier attempt left behind goes away with this.
        let fresh = self.path(".fetching");
        empty(&fresh)?;
        let origin = apt.unpack(&found, &fresh)?;
        write_whole(&fresh.join(ORIGIN), origin.as_bytes())?;
        let folder = self.folder(package, arch);
        let _ = fs::remove_dir_all(&folder);
        fs::rename(&fresh, &folder).map_err(|error| CaptureError::File { path: folder, error })?;
        self.kernel(package, arch)
            .ok_or_else(|| apt.failed("unpacking", "the package holds no vmlinuz".into()))
    }

    fn folder(&self, package: &Package, arch: Arch) -> PathBuf {
        self.path(&format!("{}-{}-{}", package.name, package.suite, arch.platform().debian))
    }
}

/// The image in a tree of files.
pub(super) fn find_image(folder: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let is_image = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_file() && (name.starts_with("vmlinuz") || name.starts_with("vmlinux"))
    };
    let deeper = || {
        entries.iter().filter(|path| path.is_dir() && !path.is_symlink()).find_map(|path| find_image(path))
    };
    entries.iter().find(is_image).cloned().or_else(deeper)
}
