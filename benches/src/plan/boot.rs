//! What is replayed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use workloads::grow::PREFIX;
use workloads::trace::{Proof, Trace};

use crate::digest::Digest;

/// A boot that is replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Boot {
    /// What results say of it.
    pub facts: BootFacts,
    /// What worker processes are given: the trace as text, or the recipe that it is made by.
    pub text: String,
    /// The trace.
    pub trace: Trace,
}

/// Which boot it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BootFacts {
    /// What results call it; names of a plan differ.
    pub name: String,
    /// Where its trace comes from.
    pub source: BootSource,
    /// Stands for the text of its trace, or its recipe. Two boots are the same if theirs is, whatever they are called; empty where it is
    /// not known.
    pub digest: String,
    /// What makes it doubtful that the kernel did what the trace says: the log was cut, or a replay differs from it.
    #[serde(default)]
    pub doubts: Vec<String>,
    /// What its log proves; `None` of a made boot, and in results that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// Where a trace comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BootSource {
    /// The corpus, under this name.
    Corpus(String),
    /// This file.
    File(PathBuf),
    /// It was made by this recipe, such as `grow:…` or `machine:…`.
    Made(String),
}

impl Boot {
    /// The boot of this trace.
    #[must_use]
    pub fn new(name: String, source: BootSource, trace: Trace) -> Self {
        let text = match &source {
            BootSource::Made(recipe) if recipe.starts_with(PREFIX) => recipe.clone(),
            // What else is made, is made of files, which may change.
            BootSource::Made(_) | BootSource::Corpus(_) | BootSource::File(_) => trace.to_string(),
        };
        let digest = Digest::default().with(&text).text();
        let proof = trace.proof();
        Self { facts: BootFacts { name, source, digest, doubts: Vec::new(), proof }, text, trace }
    }

    /// What results call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.facts.name
    }
}
