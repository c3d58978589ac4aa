//! The plots: SVG by plotters, with text that can be read aloud and colours that a style sheet can change.

mod axes;
mod blocks;
mod breakers;
mod distribution;
mod growth;
mod history;
mod paint;
mod ratios;
mod release;
mod strips;
mod theme;

pub use blocks::{free_blocks, unusable};
pub use breakers::breakers;
pub use distribution::latency;
pub use growth::growth;
pub use history::{Version, history};
pub use ratios::ratios;
pub use release::release;
pub use strips::strips;
pub use theme::style;

use benches::quantity::Sink;
use serde::Serialize;

use crate::analysis::{Analysis, Boot};
use crate::harmless::shell;

/// A plot.
#[derive(Clone, Default, Debug, Serialize)]
pub struct Plot {
    /// Names it: a file's stem, and the fragment of a link.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What it shows to those who cannot see it: the data in a sentence or two.
    pub description: String,
    /// What to see in it, in which unit, and from how many samples.
    pub caption: String,
    /// The command that makes it.
    pub command: String,
    /// The picture, for inclusion in a page that has [`style`].
    pub svg: String,
    /// The picture as a file of its own: with its title, its style, and paper below it.
    #[serde(skip)]
    pub file: String,
}

/// A plot could not be drawn.
#[derive(Debug)]
pub struct DrawError(String);

impl std::fmt::Display for DrawError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot draw the plot: {}", self.0)
    }
}

impl std::error::Error for DrawError {}

/// All plots of a report.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw one.
pub fn all(analysis: &Analysis) -> Result<Vec<Plot>, DrawError> {
    let mut plots = vec![ratios(analysis)?, breakers(analysis)?];
    for boot in &analysis.boots {
        plots.extend([
            strips(boot)?,
            latency(boot)?,
            release(boot, Sink::Counting)?,
            release(boot, Sink::Buddy)?,
        ]);
        plots.extend([free_blocks(boot)?, unusable(boot)?]);
    }
    let grown =
        analysis.growth.as_ref().map(|grown| growth::chosen(&grown.growth, &grown.real)).transpose()?;
    Ok(plots.into_iter().flatten().chain(grown.into_iter().flatten()).collect())
}

/// The command that measures just this and draws it.
fn command(trace: &str, quantity: &str) -> String {
    let trace = (!trace.is_empty()).then(|| trace.to_owned());
    let words = ["cargo", "xtask", "report"].map(str::to_owned).into_iter().chain(trace);
    shell(&words.chain(["--quantity".into(), quantity.into()]).collect::<Vec<_>>())
}

/// The id of a plot of one boot.
fn id(kind: &str, boot: &Boot) -> String {
    format!("{kind}-{}", boot.slug)
}
