//! The files of a report.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use benches::results::Results;
use reports::analysis::{Analysis, Questions, analyse};
use reports::letter::{Details, letter, likely_candidate, objections};

use crate::{png, revision, write};

/// Lists the files of the report that is in a folder, so that the next one takes away what it does not have.
const LIST: &str = "files.txt";

/// A folder that a report may be written to.
pub(crate) struct Folder {
    path: PathBuf,
    /// What an earlier report wrote there.
    before: BTreeSet<PathBuf>,
}

impl Folder {
    /// The folder at `path`, which may have to be made.
    ///
    /// One that holds files of a report's names, but no report, is refused: whose they are is not known.
    pub(crate) fn at(path: &Path) -> anyhow::Result<Self> {
        let list = path.join(LIST);
        let before = match fs::read_to_string(&list) {
            Ok(text) => text.lines().map(PathBuf::from).filter(|file| is_below(file)).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let taken =
                    ["index.html", "report.md", "results.json", "results.jsonl", "letter.txt", "plots"];
                if let Some(taken) = taken.iter().map(|name| path.join(name)).find(|file| file.exists()) {
                    bail!(
                        "{} is there and no report of this program's: choose another folder by --out, or remove it",
                        taken.display()
                    );
                }
                BTreeSet::new()
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", list.display()));
            }
        };
        Ok(Self { path: path.to_owned(), before })
    }
}

/// Whether a path leads nowhere but below the folder that it is relative to.
fn is_below(file: &Path) -> bool {
    file.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Writes all files of a report, or none, and removes those of the one before; names those that a person opens.
///
/// Samples go with it where they are nowhere else. There is a letter where nothing speaks against one.
pub(crate) fn write_all(
    folder: &Folder,
    results: &Results,
    with_samples: bool,
    questions: &Questions,
    analysis: &Analysis,
    with_png: bool,
) -> anyhow::Result<Vec<String>> {
    let plots = reports::plot::all(analysis)?;
    let page = reports::html::page(analysis, &plots).context("cannot fill in the page")?;
    let data = serde_json::to_string_pretty(analysis).context("cannot write the analysis as JSON")?;
    let letter =
        likely_candidate(analysis).filter(|_| objections(analysis).is_empty()).and_then(|candidate| {
            let only = vec![analysis.baseline.clone(), candidate.to_owned()];
            let analysis = analyse(results, &Questions { only, ..questions.clone() });
            letter(&analysis, candidate, &Details { repository: revision::repository(), despite: None })
        });
    let texts = [
        ("index.html", page),
        ("report.md", reports::markdown::report(analysis, &plots)),
        ("results.json", data),
    ];
    let samples = with_samples.then(|| ("results.jsonl", results.to_text()));
    let letter = letter.map(|letter| ("letter.txt", letter));
    let texts = texts.into_iter().chain(samples).chain(letter).collect::<Vec<_>>();
    let mut named: Vec<String> = texts.iter().map(|(name, _)| (*name).to_owned()).collect();
    named.push(format!("{} plots", plots.len()));
    let mut files: Vec<(PathBuf, Vec<u8>)> =
        texts.into_iter().map(|(name, text)| (PathBuf::from(name), text.into_bytes())).collect();
    for plot in &plots {
        let path = |kind| Path::new("plots").join(format!("{}.{kind}", plot.id));
        files.push((path("svg"), plot.file.clone().into_bytes()));
        if with_png {
            files.push((path("png"), png::draw(&plot.file)?));
        }
    }
    replace(folder, files)?;
    Ok(named)
}

/// Puts these files, by their paths in the folder, in the place of those that were listed there.
fn replace(folder: &Folder, mut files: Vec<(PathBuf, Vec<u8>)>) -> anyhow::Result<()> {
    let names: BTreeSet<PathBuf> = files.iter().map(|(name, _)| name.clone()).collect();
    let mut list = String::new();
    for name in &names {
        list.push_str(&name.to_string_lossy());
        list.push('\n');
    }
    files.push((LIST.into(), list.into_bytes()));
    let files: Vec<_> = files.into_iter().map(|(name, bytes)| (folder.path.join(name), bytes)).collect();
    write::all(&files)?;
    for stale in folder.before.difference(&names) {
        let path = folder.path.join(stale);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (PathBuf, Vec<u8>) {
        (name.into(), text.into())
    }

    /// Expect a second report to leave no plot of the first, and what a user put beside it untouched.
    #[test]
    fn a_report_takes_away_what_the_one_before_it_left() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        replace(&Folder::at(place.path()).unwrap(), vec![file("index.html", "1"), file("plots/a.svg", "a")])
            .unwrap();
        fs::write(path("plots/mine.svg"), "mine").unwrap();
        replace(&Folder::at(place.path()).unwrap(), vec![file("index.html", "2"), file("plots/b.svg", "b")])
            .unwrap();
        assert_eq!(fs::read_to_string(path("index.html")).unwrap(), "2");
        assert!(!path("plots/a.svg").exists());
        assert!(path("plots/b.svg").exists() && path("plots/mine.svg").exists());
    }

    #[test]
    fn a_folder_of_somebody_elses_is_refused() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("results.jsonl"), "mine").unwrap();
        let error = Folder::at(place.path()).err().unwrap().to_string();
        assert!(error.contains("results.jsonl") && error.contains("--out"), "{error}");
        // A list that names what is not below the folder does not make it go.
        fs::write(place.path().join(LIST), "../other\n/etc/passwd\nindex.html\n").unwrap();
        let known = Folder::at(place.path()).unwrap().before;
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [PathBuf::from("index.html")]);
    }
}
