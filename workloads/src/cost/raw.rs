//! What the plugin writes, read.

use super::error::CostError;
use super::model::{Call, Cost, Function, Kind, Part, Spent, Work};

/// All that the plugin says of a boot; who booted is not for it to know.
///
/// Whether the hand-over returned is the second of the two.
pub(super) fn read(text: &str) -> Result<(Cost, bool), CostError> {
    let mut cost = Cost {
        machine: String::new(),
        kernel: String::new(),
        captured: String::new(),
        total: Spent::default(),
        lost: 0,
        elsewhere: 0,
        work: Vec::new(),
        functions: Vec::new(),
        calls: Vec::new(),
    };
    let mut whole = false;
    for (number, line) in text.lines().enumerate() {
        let fact = fact(line, &mut cost, &mut whole);
        fact.map_err(|why| CostError::Raw { line: number + 1, why: format!("{why}: {line}") })?;
    }
    Ok((cost, whole))
}

fn fact(line: &str, cost: &mut Cost, whole: &mut bool) -> Result<(), &'static str> {
    let mut fields = line.split(' ');
    match fields.next() {
        Some("total") => {
            let numbers = numbers::<6>(&mut fields)?;
            let [instructions, repeats, _before, lost, overflows, elsewhere] = numbers;
            cost.total = Spent { instructions, repeats };
            (cost.lost, cost.elsewhere) = (lost + overflows, elsewhere);
            *whole = fields.next() == Some("whole");
        }
        Some("kind") => {
            let kind = kind(fields.next())?;
            let [calls] = numbers(&mut fields)?;
            cost.work.push(Work { kind, calls, parts: Vec::new() });
        }
        Some("spent") => {
            let (kind, part) = (kind(fields.next())?, part(fields.next())?);
            let [instructions, repeats] = numbers(&mut fields)?;
            let work =
                cost.work.iter_mut().find(|work| work.kind == kind).ok_or("a kind that is not listed")?;
            work.parts.push((part, Spent { instructions, repeats }));
        }
        Some("function") => {
            let _address = fields.next();
            let [calls, own, inclusive, repeats] = numbers(&mut fields)?;
            let name = fields.next().ok_or("no name")?.to_owned();
            cost.functions.push(Function {
                name,
                calls,
                own: Spent { instructions: own, repeats },
                inclusive,
            });
        }
        Some("call") => {
            let kind = kind(fields.next())?.ok_or("not a kind")?;
            let mut text = || fields.next().map(str::to_owned).ok_or("no name");
            let (function, caller) = (text()?, text()?);
            let spent = |field: &str| {
                let (word, number) = field.split_once('=').ok_or("no number")?;
                Ok((part(Some(word))?, number.parse().map_err(|_| "not a number")?))
            };
            let parts = fields.map(spent).collect::<Result<_, &'static str>>()?;
            cost.calls.push(Call { kind, function, caller, parts });
        }
        _ => return Err("not known"),
    }
    Ok(())
}

fn numbers<const N: usize>(fields: &mut std::str::Split<'_, char>) -> Result<[u64; N], &'static str> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = fields.next().and_then(|field| field.parse().ok()).ok_or("not a number")?;
    }
    Ok(numbers)
}

fn kind(word: Option<&str>) -> Result<Option<Kind>, &'static str> {
    match word {
        Some("-") => Ok(None),
        Some(word) => Kind::of(word.trim_start_matches('~')).map(Some).ok_or("not a kind"),
        None => Err("no kind"),
    }
}

fn part(word: Option<&str>) -> Result<Part, &'static str> {
    match word {
        Some("-") => Ok(Part::Allocator),
        Some(word) => Part::of(word).ok_or("not a part"),
        None => Err("no part"),
    }
}
