//! The files of a report.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use benches::results::Results;
use reports::analysis::Analysis;
use reports::letter::{letter, likely_candidate};

use crate::{png, write};

/// Writes all files of a report, or none; names those that a person opens.
pub(crate) fn write_all(
    folder: &Path,
    results: &Results,
    analysis: &Analysis,
    with_png: bool,
) -> anyhow::Result<Vec<String>> {
    let plots = reports::plot::all(analysis)?;
    let page = reports::html::page(analysis, &plots).context("cannot fill in the page")?;
    let data = serde_json::to_string_pretty(analysis).context("cannot write the analysis as JSON")?;
    let letter = likely_candidate(analysis).and_then(|candidate| letter(analysis, candidate));
    let texts = [
        ("index.html", page),
        ("report.md", reports::markdown::report(analysis, &plots)),
        ("results.json", data),
        ("results.jsonl", results.to_text()),
    ];
    let texts = texts.into_iter().chain(letter.map(|letter| ("letter.txt", letter))).collect::<Vec<_>>();
    let mut named: Vec<String> = texts.iter().map(|(name, _)| (*name).to_owned()).collect();
    named.push(format!("{} plots", plots.len()));
    let mut files: Vec<(PathBuf, Vec<u8>)> =
        texts.into_iter().map(|(name, text)| (folder.join(name), text.into_bytes())).collect();
    for plot in &plots {
        let path = |kind| folder.join("plots").join(format!("{}.{kind}", plot.id));
        files.push((path("svg"), plot.file.clone().into_bytes()));
        if with_png {
            files.push((path("png"), png::draw(&plot.file)?));
        }
    }
    write::all(&files)?;
    Ok(named)
}
