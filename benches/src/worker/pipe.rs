//! Lines in and out.

use std::io::{self, BufRead as _, StdinLock, StdoutLock, Write as _};
use std::time::Instant;

use serde::de::DeserializeOwned;

use super::{Job, Reply, Request, Sample, Trouble};

/// The other side has ended.
#[derive(Debug)]
pub(crate) struct Gone;

pub(crate) struct Pipe {
    input: StdinLock<'static>,
    output: StdoutLock<'static>,
    line: String,
}

impl Pipe {
    pub(super) fn stdio() -> Self {
        Self { input: io::stdin().lock(), output: io::stdout().lock(), line: String::new() }
    }

    /// The first line.
    pub(super) fn job(&mut self) -> Result<Job, Gone> {
        self.read()
    }

    fn read<T: DeserializeOwned>(&mut self) -> Result<T, Gone> {
        self.line.clear();
        match self.input.read_line(&mut self.line) {
            Ok(1..) => serde_json::from_str(&self.line).map_err(|_| Gone),
            _ => Err(Gone),
        }
    }

    pub(crate) fn reply(&mut self, reply: &Reply) -> Result<(), Gone> {
        let mut text = serde_json::to_string(reply).map_err(|_| Gone)?;
        text.push('\n');
        self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush()).map_err(|_| Gone)
    }

    /// Says that all is ready, and takes samples until it is told to finish.
    pub(crate) fn serve(
        &mut self,
        work: u64,
        mut take: impl FnMut(Take) -> Result<Sample, Trouble>,
    ) -> Result<(), Trouble> {
        self.reply(&Reply::Ready(work))?;
        loop {
            let (order, reply): (_, fn(Sample) -> Reply) = match self.read()? {
                Request::Sample(repeats) => (Take::Repeats(repeats.max(1)), Reply::Sample),
                Request::Forget => (Take::Forget, |_| Reply::Done),
                Request::Finish => return Ok(()),
            };
            let start = Instant::now();
            let mut sample = take(order)?;
            sample.wall_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.reply(&reply(sample))?;
        }
    }
}

/// What a sampler is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Take {
    /// A sample of so many repetitions.
    Repeats(u32),
    /// Forget what samples have left behind.
    Forget,
}
