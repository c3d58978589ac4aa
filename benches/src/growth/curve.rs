//! What came of a sweep.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Kind, Shape};

/// The version of this form.
const VERSION: u32 = 1;

/// What came of a sweep.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Growth {
    /// The version of this form.
    pub version: u32,
    /// The command that made it.
    pub command: Vec<String>,
    /// The machine that it was measured on.
    pub host: String,
    /// What was found, by shape and strategy.
    pub curves: Vec<Curve>,
}

/// One strategy on one shape.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// What grows.
    pub shape: Shape,
    /// The strategy's label.
    pub strategy: String,
    /// Its cells, by ascending size.
    pub points: Vec<Point>,
    /// Why there are no larger ones, if there should be.
    pub ended: Option<Ended>,
}

/// One strategy on one machine.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The size.
    pub size: u64,
    /// The machine.
    pub recipe: String,
    /// What each launch found.
    pub launches: Vec<Launch>,
    /// Instructions of each kind of call, exact; empty where nothing counted them.
    pub instructions: BTreeMap<Kind, f64>,
}

/// What one process found.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Launch {
    /// Nanoseconds of each kind: the median over what it repeated.
    pub ns: BTreeMap<Kind, f64>,
    /// Bytes of the strategy's state at the end of the boot. Exact.
    pub metadata_bytes: u64,
    /// Reserved ranges at the end of the boot, neighbours joined. Exact.
    pub reserved_ranges: u64,
    /// Seconds that the cell took, all in all.
    pub seconds: f64,
}

/// Why a strategy's sweep ended early.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Ended {
    /// The first size that was not measured.
    pub size: u64,
    /// Why.
    pub why: String,
}

/// Why a file of growth cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadGrowthError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} does not hold what `cargo xtask grow` writes", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It is of another version.
    #[error("{} is of version {found}, and this program reads version {VERSION}; sweep again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

impl Growth {
    /// Nothing found yet.
    #[must_use]
    pub fn new(command: Vec<String>, host: String) -> Self {
        Self { version: VERSION, command, host, curves: Vec::new() }
    }

    /// Reads what [`text`](Self::text) wrote.
    ///
    /// # Errors
    /// [`ReadGrowthError`].
    pub fn read(path: &Path) -> Result<Self, ReadGrowthError> {
        let text =
            fs::read_to_string(path).map_err(|source| ReadGrowthError::Io { path: path.into(), source })?;
        let found: Self = serde_json::from_str(&text)
            .map_err(|source| ReadGrowthError::Form { path: path.into(), source })?;
        if found.version == VERSION {
            Ok(found)
        } else {
            Err(ReadGrowthError::Version { path: path.into(), found: found.version })
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// The shapes, in the order in which they were swept.
    #[must_use]
    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for curve in &self.curves {
            if !shapes.contains(&curve.shape) {
                shapes.push(curve.shape);
            }
        }
        shapes
    }

    /// The curves of a shape.
    pub fn of_shape(&self, shape: Shape) -> impl Iterator<Item = &Curve> {
        self.curves.iter().filter(move |curve| curve.shape == shape)
    }
}

impl Point {
    /// The median over launches of the time of this kind.
    #[must_use]
    pub fn ns(&self, kind: Kind) -> Option<f64> {
        let mut times: Vec<f64> =
            self.launches.iter().filter_map(|launch| launch.ns.get(&kind).copied()).collect();
        times.sort_unstable_by(f64::total_cmp);
        let middle = times.len() / 2;
        match times.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(times[middle]),
            _ => Some(f64::midpoint(times[middle - 1], times[middle])),
        }
    }

    /// The bytes of state, the same in every launch.
    #[must_use]
    pub fn metadata_bytes(&self) -> Option<u64> {
        self.launches.first().map(|launch| launch.metadata_bytes)
    }
}
