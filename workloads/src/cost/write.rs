//! Costs as text.

use std::fmt::{self, Display, Formatter};

use super::model::{Cost, Spent};

/// The version of the format.
pub(super) const FIRST_LINE: &str = "bootalloc-cost 1";

impl Display for Spent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.instructions)?;
        if self.repeats > 0 {
            write!(f, "+{}", self.repeats)?;
        }
        Ok(())
    }
}

/// The text of a `.cost` file, as FORMAT.md describes it.
impl Display for Cost {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        writeln!(f, "machine {}", self.machine)?;
        writeln!(f, "kernel {}", self.kernel)?;
        writeln!(f, "captured {}", self.captured)?;
        writeln!(f, "total {} lost={} elsewhere={}", self.total, self.lost, self.elsewhere)?;
        for work in &self.work {
            write!(f, "kind {} calls={}", work.kind.map_or("none", super::Kind::word), work.calls)?;
            for (part, spent) in &work.parts {
                write!(f, " {}={spent}", part.word())?;
            }
            writeln!(f)?;
        }
        for function in &self.functions {
            let super::Function { name, calls, own, inclusive } = function;
            writeln!(f, "function {name} calls={calls} own={own} inclusive={inclusive}")?;
        }
        for (n, call) in (1..).zip(&self.calls) {
            write!(f, "{n} {} {}", call.kind.word(), call.function)?;
            for (part, spent) in &call.parts {
                write!(f, " {}={spent}", part.word())?;
            }
            writeln!(f, " by {}", call.caller)?;
        }
        writeln!(f, "end calls={}", self.calls.len())
    }
}
