//! What a library says of itself.

use std::path::Path;

use anyhow::bail;
use benches::measure::ask;
use benches::plan::Limits;
use benches::results::FailureKind;
use plugin::Plugin;
use serde::{Deserialize, Serialize};

use super::{ARGUMENT, Answer, Found, Question, other, refused};

/// Long enough for a library of any size; one that waits for something as it is loaded waits for ever.
const LOADING: Limits = Limits { seconds: 10, memory_bytes: 8 << 30 };

/// A library's name, how it works, and its version.
#[derive(Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) summary: String,
    pub(crate) version: String,
}

/// What the library says of itself, which is `shown` to the user by that path.
///
/// Its constructors and its description are code like all of it, so they run in a process of their own.
pub(crate) fn facts(library: &Path, shown: &Path) -> anyhow::Result<Facts> {
    let shown = shown.display();
    let why = match ask(ARGUMENT, &Question::Facts { library: library.into() }, LOADING) {
        Ok(Answer::Facts(facts)) => return Ok(facts),
        Ok(_) => other(),
        Err(why) => why,
    };
    let happened = match why.kind {
        FailureKind::Refused => bail!("{shown}: {}", why.message),
        FailureKind::Hung => format!("it did not come back within {} s", LOADING.seconds),
        _ => why.message,
    };
    bail!(
        "{shown} cannot be loaded: {happened}. Mend what runs then, its constructors and bootalloc_plugin(); \
         allocators/PLUGINS.md says what those may do"
    )
}

/// The other side.
pub(super) fn of(library: &Path) -> Found<Facts> {
    let plugin = Plugin::open(library, "").map_err(|error| refused(&error))?;
    let plugin::LibraryFacts { name, summary, version } = plugin.facts();
    Ok(Facts { name, summary, version })
}
