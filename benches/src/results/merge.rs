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

/// Joins results without loss: runs keep their own headers, and cells keep naming their run.
///
/// # Errors
/// [`MergeError`] when one run is given twice with different contents.
pub fn merge(parts: impl IntoIterator<Item = Results>) -> Result<Merged, MergeError> {
    let mut merged = Merged::default();
    let mut known: HashMap<Key, Vec<usize>> = HashMap::new();
    for part in parts {
        for header in &part.headers {
            match merged.results.header(&header.run) {
                Some(known) if known == header => {}
                Some(_) => return Err(MergeError::Header(header.run.clone())),
                None => merged.results.headers.push(header.clone()),
            }
        }
        for group in part.groups() {
            let mut new = false;
            for cell in group {
                let before = known.entry(cell.key.clone()).or_default();
                match before.iter().map(|&index| &merged.results.cells[index]).find(|old| old.run == cell.run)
                {
                    Some(old) if old == cell => {}
                    Some(_) => return Err(MergeError::Cell { run: cell.run.clone(), key: cell.key.clone() }),
                    None => {
                        if !before.is_empty() {
                            merged.repeated.insert(cell.key.clone());
                        }
                        before.push(merged.results.cells.len());
                        merged.results.cells.push(cell.clone());
                        new = true;
                    }
                }
            }
            merged.duplicates += usize::from(!new);
        }
    }
    merged.results.finished_bytes = merged.results.to_text().len() as u64;
    Ok(merged)
}
