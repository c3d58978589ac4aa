//! Taking in what iai-callgrind counted.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Job;

/// How many instructions a job took. Exact: two runs of the same program give the same number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Count {
    /// The job.
    pub job: Job,
    /// Its instructions.
    pub instructions: u64,
}

/// Why the output of iai-callgrind cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A line is no result.
    #[error("line {line} of iai-callgrind's output is no result: {reason}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The part of iai-callgrind's summary (schema version 6) that is used.
#[derive(Deserialize)]
struct Summary {
    id: String,
    profiles: Vec<Value>,
}

/// Where the instructions stand in a profile: those of the new run if there was an old one.
const INSTRUCTIONS: [&str; 3] = [
    "/summaries/total/summary/Callgrind/Ir/metrics/Left/Int",
    "/summaries/total/summary/Callgrind/Ir/metrics/Both/0/Int",
    "/summaries/total/summary/Callgrind/Ir/metrics/Right/Int",
];

/// Finds the counts of `jobs` in what `cargo bench --bench instructions -- --output-format=json` printed.
///
/// # Errors
/// [`IngestError`] names the first line that begins like a result and is none.
pub fn ingest(output: &str, jobs: &[Job]) -> Result<Vec<Count>, IngestError> {
    let mut counted = Vec::new();
    for (index, text) in output.lines().enumerate().filter(|(_, text)| text.starts_with('{')) {
        let error = |reason: String| IngestError::Line { line: index + 1, reason };
        let summary: Summary = serde_json::from_str(text).map_err(|cause| error(cause.to_string()))?;
        let Some(job) = jobs.iter().find(|job| job.id() == summary.id) else { continue };
        let instructions = summary
            .profiles
            .iter()
            .find_map(|profile| INSTRUCTIONS.iter().find_map(|path| profile.pointer(path)?.as_u64()))
            .ok_or_else(|| error("it holds no count of instructions".into()))?;
        counted.push(Count { job: job.clone(), instructions });
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_count_is_taken_whether_or_not_there_is_an_old_one() {
        let jobs: Vec<Job> =
            ["a/search/empty", "b/search/full"].iter().map(|text| text.parse().unwrap()).collect();
        let line = |id: &str, metrics: &str| {
            format!(
                "{{\"id\":\"{id}\",\"profiles\":[{{\"summaries\":{{\"total\":{{\"summary\":{{\"Callgrind\":\
                 {{\"Ir\":{{\"metrics\":{metrics}}}}}}}}}}}}}]}}\n"
            )
        };
        let output = String::from("a line of the build\n")
            + &line("a_search_empty", "{\"Left\":{\"Int\":275}}")
            + &line("b_search_full", "{\"Both\":[{\"Int\":12},{\"Int\":13}]}")
            + &line("c_of_somebody_else", "{\"Left\":{\"Int\":1}}");
        let counted = ingest(&output, &jobs).unwrap();
        assert_eq!(counted.iter().map(|count| count.instructions).collect::<Vec<_>>(), [275, 12]);
        assert_eq!(counted[1].job, jobs[1]);

        for broken in ["{\"id\":\"a_search_empty\"".to_owned(), line("a_search_empty", "{}")] {
            let IngestError::Line { line, .. } = ingest(&format!("\n{broken}"), &jobs).unwrap_err();
            assert_eq!(line, 2);
        }
    }
}
