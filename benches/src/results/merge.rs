//! Joining the results of several runs.

use std::collections::{BTreeSet, HashMap};

use super::{Key, Results, RunId};

/// Results that were joined.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Merged {
    /// All runs and all cells, each once.
    pub results: Results,
    /// How many groups were given more than once, alike, and are kept once.
    pub duplicates: usize,
    /// The cells that more than one run has measured. All of them are kept.
    pub repeated: BTreeSet<Key>,
}

/// Why results cannot be joined.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MergeError {
    /// Two headers of one run contradict each other.
    #[error("two headers of run {0} differ: one of the files was changed")]
    Header(RunId),
    /// Two cells of one run contradict each other.
    #[error("run {run} has two different results for {key}: one of the files was changed")]
    Cell {
        /// The run.
        run: RunId,
        /// The cell.
        key: Key,
    },
}

/// The part with those of its boots renamed whose name `known` has for another trace: with the first digits of their digest.
fn told_apart(mut part: Results, known: &Results) -> Results {
    let digests = |results: &Results| -> Vec<(String, String)> {
        let boots = results.headers.iter().flat_map(|header| &header.plan.boots);
        boots.map(|boot| (boot.name.clone(), boot.digest.clone())).collect()
    };
    let taken = digests(known);
    let other = |name: &str, digest: &str| {
        let same_name = || taken.iter().filter(|(known, _)| known == name);
        // What is not known to differ is taken for the same.
        !digest.is_empty()
            && same_name().all(|(_, known)| known != digest)
            && same_name().any(|(_, known)| !known.is_empty())
    };
    for (name, digest) in digests(&part) {
        if !other(&name, &digest) {
            continue;
        }
        let renamed = format!("{name}@{}", digest.chars().take(4).collect::<String>());
        let mut runs = Vec::new();
        for header in &mut part.headers {
            let run = header.run.clone();
            for boot in header.plan.boots.iter_mut().filter(|boot| boot.name == name && boot.digest == digest)
            {
                boot.name.clone_from(&renamed);
                runs.push(run.clone());
            }
        }
        for cell in part.cells.iter_mut().filter(|cell| cell.key.trace == name && runs.contains(&cell.run)) {
            cell.key.trace.clone_from(&renamed);
        }
    }
    part
}

/// Joins results without loss: runs keep their own headers, and cells keep naming their run. Boots of one name that are not the same are told
/// apart.
///
/// # Errors
/// [`MergeError`] when one run is given twice with different contents.
pub fn merge(parts: impl IntoIterator<Item = Results>) -> Result<Merged, MergeError> {
    let mut merged = Merged::default();
    let mut known: HashMap<Key, Vec<usize>> = HashMap::new();
    for part in parts {
        let part = told_apart(part, &merged.results);
        merged.results.merges.extend(part.merges.iter().cloned());
        for header in &part.headers {
            match merged.results.header(&header.run) {
                Some(known) if known == header => {}
                Some(_) => return Err(MergeError::Header(header.run.clone())),
                None => merged.results.headers.push(header.clone()),
            }
        }
        let mut groups: Vec<(RunId, u32, bool)> = Vec::new();
        for cell in part.cells {
            if groups.last().is_none_or(|(run, number, _)| (run, *number) != (&cell.run, cell.group.number)) {
                groups.push((cell.run.clone(), cell.group.number, false));
            }
            let before = known.entry(cell.key.clone()).or_default();
            match before.iter().map(|&index| &merged.results.cells[index]).find(|old| old.run == cell.run) {
                Some(old) if *old == cell => {}
                Some(_) => return Err(MergeError::Cell { run: cell.run, key: cell.key }),
                None => {
                    if !before.is_empty() {
                        merged.repeated.insert(cell.key.clone());
                    }
                    before.push(merged.results.cells.len());
                    merged.results.cells.push(cell);
                    if let Some((_, _, new)) = groups.last_mut() {
                        *new = true;
                    }
                }
            }
        }
        merged.duplicates += groups.iter().filter(|(_, _, new)| !new).count();
    }
    merged.results.cut_bytes = 0;
    merged.results.finished_bytes = merged.results.text_bytes();
    Ok(merged)
}
