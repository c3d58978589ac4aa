//! Two files of results as one, in which a strategy stands once for each file.

use std::path::Path;

use anyhow::{Context as _, bail};
use benches::results::{Cell, Results};

/// The results of `strategy` in both files, and what it is called there: `memblock@before`, `memblock@after`.
pub(crate) fn beside(
    baseline: &Path,
    candidate: &Path,
    strategy: Option<&str>,
) -> anyhow::Result<(Results, [String; 2])> {
    let read = |path: &Path| Results::read(path).with_context(|| path.display().to_string());
    let parts = [read(baseline)?, read(candidate)?];
    let strategy = match strategy {
        Some(name) => name.to_owned(),
        None => only_common(&parts)?,
    };
    let labels = labels(&strategy, [baseline, candidate]);
    let mut joined = Results::default();
    for ((part, label), path) in parts.into_iter().zip(&labels).zip([baseline, candidate]) {
        let known = joined.headers.iter().find(|known| part.header(&known.run).is_some());
        if let Some(header) = known {
            bail!("both files hold run {}: `--from` compares two strategies of one run", header.run);
        }
        let mut cells: Vec<Cell> =
            part.cells.into_iter().filter(|cell| cell.key.strategy == strategy).collect();
        if cells.is_empty() {
            bail!("{} holds nothing of a strategy `{strategy}`", path.display());
        }
        for cell in &mut cells {
            cell.key.strategy.clone_from(label);
        }
        joined.headers.extend(part.headers);
        joined.cells.extend(cells);
    }
    Ok((joined, labels))
}

fn only_common(parts: &[Results; 2]) -> anyhow::Result<String> {
    let measured = |part: &Results, name: &str| part.cells.iter().any(|cell| cell.key.strategy == name);
    let mut common: Vec<&str> = Vec::new();
    for cell in &parts[0].cells {
        let name = cell.key.strategy.as_str();
        if measured(&parts[1], name) && !common.contains(&name) {
            common.push(name);
        }
    }
    match common[..] {
        [one] => Ok(one.to_owned()),
        [] => bail!("the files have no strategy in common"),
        _ => bail!(
            "the files have several strategies in common: choose one with --strategy: {}",
            common.join(", ")
        ),
    }
}

/// The strategy's name with that of each file, or with its whole path where the names are alike.
fn labels(strategy: &str, paths: [&Path; 2]) -> [String; 2] {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let alike = stem(paths[0]) == stem(paths[1]);
    paths.map(|path| {
        let name = stem(path).filter(|_| !alike).unwrap_or_else(|| path.display().to_string());
        format!("{strategy}@{name}")
    })
}
