//! Who is compared.

use std::env;
use std::io;
use std::path::PathBuf;

use allocators::Strategy;
use allocators::registry::StrategyVisitor;
use plugin::Behind;
use serde::{Deserialize, Serialize};
use workloads::replay::StageError;
use workloads::trace::Trace;

use super::{LibraryError, LibraryRef};
use crate::probe;

/// Who is compared: a strategy of a program.
///
/// The program is this one, or another build of it. The label is what results call it; labels of a plan differ.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// What results call it.
    pub label: String,
    /// The strategy.
    pub strategy: StrategyRef,
    /// The program that has it, started with the single argument `worker`; `None` for this very program.
    pub program: Option<PathBuf>,
}

/// What a strategy is made of: how a worker process finds it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyRef {
    /// It is built into the program under this name.
    BuiltIn(String),
    /// The same, called as a library is called: what a library is compared with.
    BehindAbi(String),
    /// It is a shared library.
    Library(Box<LibraryRef>),
}

/// A strategy cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// The program has none of this name.
    #[error("there is no strategy `{0}`")]
    BuiltIn(String),
    /// The floor of the boot cannot be found.
    #[error("the floor of this boot is not known: {0}")]
    Floor(#[from] StageError),
    /// Its library cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl Member {
    /// The strategy of this name in this program, called by that name.
    #[must_use]
    pub fn built_in(name: &str) -> Self {
        Self { label: name.into(), strategy: StrategyRef::BuiltIn(name.into()), program: None }
    }

    /// Its program.
    ///
    /// # Errors
    /// Those of [`env::current_exe`].
    pub fn program(&self) -> io::Result<PathBuf> {
        self.program.clone().map_or_else(env::current_exe, Ok)
    }
}

impl StrategyRef {
    /// The name that the program knows it by, or that the library has.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(name) | Self::BehindAbi(name) => name,
            Self::Library(library) => &library.name,
        }
    }

    /// The same as it is in one launch: a library that is there in several layouts has another one in each.
    #[must_use]
    pub fn in_launch(&self, launch: u32) -> Self {
        match self {
            Self::Library(library) => Self::Library(Box::new(library.in_launch(launch))),
            Self::BuiltIn(_) | Self::BehindAbi(_) => self.clone(),
        }
    }

    /// Whether it is what the harness itself is measured with: it answers nothing that could be checked.
    #[must_use]
    pub fn is_harness(&self) -> bool {
        matches!(self, Self::BehindAbi(name) if name == probe::IDLE)
    }

    /// Visits the strategy, which is to replay `boot`.
    ///
    /// # Errors
    /// [`Unresolved`] when there is none.
    pub fn visit(&self, boot: &Trace, visitor: &mut impl StrategyVisitor) -> Result<(), Unresolved> {
        let (name, found) = match self {
            Self::BuiltIn(name) => (name, probe::visit_for(name, boot, visitor)?),
            Self::BehindAbi(name) => (name, probe::visit_for(name, boot, &mut Wrapping(visitor))?),
            Self::Library(library) => {
                // It stays as long as the process, as built-in ones do.
                visitor.visit(&*Box::leak(Box::new(library.load(boot)?)));
                return Ok(());
            }
        };
        if found { Ok(()) } else { Err(Unresolved::BuiltIn(name.clone())) }
    }
}

/// Puts what it visits behind the ABI of libraries.
struct Wrapping<'v, V>(&'v mut V);

impl<V: StrategyVisitor> StrategyVisitor for Wrapping<'_, V> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        self.0.visit(&*Box::leak(Box::new(Behind::new(strategy))));
    }
}
