//! What the recorded kernel itself paid, where that was counted.

use std::fs;

use anyhow::Context as _;
use benches::plan::BootSource;
use workloads::corpus;
use workloads::cost::Cost;

/// What the kernel paid in the boot of this source: the corpus has it, or a file beside the trace's.
pub(crate) fn cost(source: &BootSource) -> anyhow::Result<Option<Cost>> {
    match source {
        BootSource::Corpus(name) => {
            corpus::cost(name).transpose().with_context(|| format!("the built-in {name}.cost"))
        }
        BootSource::File(trace) => {
            let path = trace.with_extension("cost");
            match fs::read_to_string(&path) {
                Ok(text) => text.parse().map(Some).with_context(|| path.display().to_string()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
            }
        }
        // Nobody boots it.
        BootSource::Made(_) => Ok(None),
    }
}
