//! Reading costs. It is strict: what is not as [`Cost`] writes it is refused with its line.

use std::str::FromStr;

use super::model::{Call, Cost, Function, Kind, Part, Spent, Work};
use super::write::FIRST_LINE;

/// Why a text is not a cost.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct CostReadError {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

impl FromStr for Cost {
    type Err = CostReadError;

    fn from_str(text: &str) -> Result<Self, CostReadError> {
        let mut lines = Lines { rest: text.split_inclusive('\n'), line: 0 };
        if lines.next()? != FIRST_LINE {
            return Err(lines.wrong(&format!("the first line is not `{FIRST_LINE}`")));
        }
        let machine = lines.text("machine ")?;
        let kernel = lines.text("kernel ")?;
        let captured = lines.text("captured ")?;
        let total = lines.text("total ")?;
        let (total, lost, elsewhere) = total_of(&total).map_err(|why| lines.wrong(&why))?;
        let mut cost = Self {
            machine,
            kernel,
            captured,
            total,
            lost,
            elsewhere,
            work: Vec::new(),
            functions: Vec::new(),
            calls: Vec::new(),
        };
        loop {
            let line = lines.next()?;
            if let Some(count) = line.strip_prefix("end calls=") {
                let known = cost.calls.len();
                if count.parse() != Ok(known) {
                    return Err(lines.wrong(&format!("the end says {count} calls, and there are {known}")));
                }
                break;
            }
            let read = match line.split_once(' ') {
                Some(("kind", rest)) => work(rest).map(|work| cost.work.push(work)),
                Some(("function", rest)) => function(rest).map(|function| cost.functions.push(function)),
                Some((number, rest)) if number.parse() == Ok(cost.calls.len() + 1) => {
                    call(rest).map(|call| cost.calls.push(call))
                }
                _ => Err("this is not a line of a cost".into()),
            };
            read.map_err(|why| lines.wrong(&why))?;
        }
        match lines.rest.next() {
            Some(_) => Err(CostReadError { line: lines.line + 1, why: "something follows the end".into() }),
            None => Ok(cost),
        }
    }
}

struct Lines<'t> {
    rest: std::str::SplitInclusive<'t, char>,
    line: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Result<&'t str, CostReadError> {
        self.line += 1;
        let line = self.rest.next().and_then(|line| line.strip_suffix('\n'));
        line.ok_or_else(|| self.wrong("the text ends here, before its `end` line"))
    }

    fn text(&mut self, head: &str) -> Result<String, CostReadError> {
        let text = self.next()?.strip_prefix(head).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| self.wrong(&format!("this is not `{head}…`")))
    }

    fn wrong(&self, why: &str) -> CostReadError {
        CostReadError { line: self.line, why: why.into() }
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn named(field: Option<&str>, name: &str) -> Result<u64, String> {
    let value = field.and_then(|field| field.strip_prefix(name)?.strip_prefix('='));
    number(value.ok_or_else(|| format!("`{name}=…` is missing"))?)
}

fn spent(text: &str) -> Result<Spent, String> {
    let (instructions, repeats) = text.split_once('+').unwrap_or((text, "0"));
    Ok(Spent { instructions: number(instructions)?, repeats: number(repeats)? })
}

fn total_of(text: &str) -> Result<(Spent, u64, u64), String> {
    let mut fields = text.split(' ');
    let total = spent(fields.next().unwrap_or_default())?;
    Ok((total, named(fields.next(), "lost")?, named(fields.next(), "elsewhere")?))
}

fn part(field: &str) -> Result<(Part, &str), String> {
    let (word, value) = field.split_once('=').ok_or_else(|| format!("`{field}` has no number"))?;
    Ok((Part::of(word).ok_or_else(|| format!("`{word}` is not a part"))?, value))
}

fn work(text: &str) -> Result<Work, String> {
    let mut fields = text.split(' ');
    let word = fields.next().unwrap_or_default();
    let kind = Kind::of(word);
    if kind.is_none() && word != "none" {
        return Err(format!("`{word}` is not a kind"));
    }
    let calls = named(fields.next(), "calls")?;
    let parts = fields.map(|field| part(field).and_then(|(part, value)| Ok((part, spent(value)?))));
    Ok(Work { kind, calls, parts: parts.collect::<Result<_, String>>()? })
}

fn function(text: &str) -> Result<Function, String> {
    let mut fields = text.split(' ');
    let name = fields.next().unwrap_or_default().to_owned();
    let calls = named(fields.next(), "calls")?;
    let own = fields.next().and_then(|field| field.strip_prefix("own=")).ok_or("`own=…` is missing")?;
    Ok(Function { name, calls, own: spent(own)?, inclusive: named(fields.next(), "inclusive")? })
}

fn call(text: &str) -> Result<Call, String> {
    let (text, caller) = text.rsplit_once(" by ").ok_or("`by CALLER` is missing")?;
    let mut fields = text.split(' ');
    let word = fields.next().unwrap_or_default();
    let kind = Kind::of(word).ok_or_else(|| format!("`{word}` is not a kind"))?;
    let function = fields.next().ok_or("the function is missing")?.to_owned();
    let parts = fields.map(|field| part(field).and_then(|(part, value)| Ok((part, number(value)?))));
    Ok(Call { kind, function, caller: caller.into(), parts: parts.collect::<Result<_, String>>()? })
}
