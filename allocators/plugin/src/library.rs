//! Loading a library, once and for good.

use std::ffi::{CStr, c_char, c_void};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use libloading::os::unix;

use crate::ffi::{ABI, Entry};
use crate::image::Image;
use crate::table::{self, Table};

/// A loaded library. It is never unloaded: allocators and strategies point into it.
pub(crate) struct Library {
    base: usize,
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) version: String,
    pub(crate) table: Table,
    pub(crate) image: Image,
    /// Whether an allocator lives in its static data.
    pub(crate) in_use: AtomicBool,
}

/// Why a library cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system does not load it.
    #[error("cannot load {}: {why}", .path.display())]
    Load {
        /// The library.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// It is no plug-in.
    #[error("{} exports no `bootalloc_plugin`; PLUGINS.md says what a plug-in is made of", .0.display())]
    NoEntry(PathBuf),
    /// It serves another version of the ABI.
    #[error("the plug-in does not serve version {ABI} of the ABI")]
    Refused,
    /// Its table is of another version of the ABI.
    #[error("the plug-in's table is of version {0} of the ABI, not {ABI}")]
    OtherVersion(u32),
    /// Its table ends too soon.
    #[error("the plug-in's table is {size} bytes long, and its required part {least}")]
    ShortTable {
        /// Its bytes.
        size: usize,
        /// The bytes of the required part.
        least: usize,
    },
    /// A function is missing that must be there.
    #[error("the plug-in has no function `{0}`")]
    NoFunction(&'static str),
    /// It could not be copied.
    #[error("cannot copy the library: {0}")]
    Copy(#[from] io::Error),
}

/// Every library that was loaded. Whoever opens one twice is given the same handle by the system, and must get the same image:
/// a second one would be taken of data that has been used.
static LOADED: Mutex<Vec<&'static Library>> = Mutex::new(Vec::new());

impl Library {
    /// Loads the library at `path`.
    pub(crate) fn open(path: &Path) -> Result<&'static Self, OpenError> {
        let load = |why: String| OpenError::Load { path: path.into(), why };
        // Without a slash the system would look where its own libraries are.
        let whole = fs::canonicalize(path).map_err(|error| load(error.to_string()))?;
        let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // SAFETY: a plug-in's initialisers run now, with the user's rights: it is code that the user named, and the manual
        // says so. Bound at once, so that no call that is measured binds anything; local, so that two kernels do not see
        // each other's names.
        let handle = unsafe { unix::Library::open(Some(&whole), unix::RTLD_NOW | unix::RTLD_LOCAL) }
            .map_err(|error| load(error.to_string()))?;
        // SAFETY: whoever exports this name exports that function, as the header demands.
        let entry = unsafe { handle.get::<Entry>(b"bootalloc_plugin\0") };
        let entry = *entry.map_err(|_| OpenError::NoEntry(path.into()))?;
        let (base, image) = Image::of(entry as *const c_void);
        if let Some(known) = loaded.iter().find(|known| known.base == base) {
            return Ok(known);
        }
        // SAFETY: the function is called as the header says, and by nobody else while the lock is held.
        let at = unsafe { entry(ABI) };
        if at.is_null() {
            return Err(OpenError::Refused);
        }
        // SAFETY: a library returns its table, which it says the size of.
        let plugin = unsafe { table::read(at) }?;
        let table = Table::of(&plugin)?;
        let [name, summary, version] = [plugin.name, plugin.summary, plugin.version].map(text);
        let new = Self { base, name, summary, version, table, image, in_use: AtomicBool::new(false) };
        let new: &'static Self = Box::leak(Box::new(new));
        loaded.push(new);
        // Never closed: pointers into it live as long as the process.
        std::mem::forget(handle);
        Ok(new)
    }

    /// Loads a copy of the library at `path`, which shares no static data with any other.
    pub(crate) fn open_copy(path: &Path) -> Result<&'static Self, OpenError> {
        let copy = tempfile::Builder::new().prefix("bootalloc-").suffix(".so").tempfile()?;
        fs::copy(path, copy.path())
            .map_err(|error| OpenError::Load { path: path.into(), why: error.to_string() })?;
        // What is loaded stays loaded when its file goes.
        Self::open(copy.path())
    }
}

/// A text of the library, on one line.
fn text(at: *const c_char) -> String {
    if at.is_null() {
        return String::new();
    }
    // SAFETY: the header demands texts that end with a zero and stay where they are.
    let text = unsafe { CStr::from_ptr(at) }.to_string_lossy();
    text.replace(|c: char| c.is_control(), " ").trim().to_owned()
}
