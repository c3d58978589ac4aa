//! What stands before and after a record, learnt from this log's own records.
//!
//! Loggers, terminals and people put many things around a line, and no list of them is ever complete. But whatever it
//! is, it stands around the records too, and a record is found wherever it stands. So the shape of what precedes records
//! is learnt, and removed from every line that begins with it; and the very text that follows them is removed too.

use std::collections::HashMap;
use std::ops::Range;

/// A shape: numbers and words, whatever they are, and what stands between them. Blanks do not count.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Shape(Vec<Part>);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Part {
    /// Digits only.
    Number,
    Word,
    Mark(char),
}

/// A prefix longer than this is prose.
const LONGEST: usize = 160;

/// The shapes that are kept.
const SHAPES: usize = 12;

/// What stands around the records of a log.
#[derive(Default, Debug)]
pub(super) struct Frames {
    seen: HashMap<Shape, usize>,
    ends: HashMap<String, usize>,
    records: usize,
    prefixes: Vec<Shape>,
    suffixes: Vec<String>,
}

impl Frames {
    /// Takes note of a line that holds a record at `place`; where that is open, nobody knows where the record ends.
    pub(super) fn note(&mut self, line: &str, place: Range<Option<usize>>) {
        let Some(start) = place.start else { return };
        self.records += 1;
        let prefix = &line[..start];
        if prefix.len() <= LONGEST && self.seen.len() < 1 << 12 {
            *self.seen.entry(Shape::of(prefix)).or_default() += 1;
        }
        let suffix = place.end.map_or("", |end| line[end..].trim());
        let marks = suffix.starts_with(|first: char| !first.is_alphanumeric() && !"[(+".contains(first));
        if marks && suffix.len() <= LONGEST && self.ends.len() < 1 << 12 {
            *self.ends.entry(suffix.to_owned()).or_default() += 1;
        }
    }

    /// Learns from what was noted.
    pub(super) fn learn(&mut self) {
        // What stands once before a record among many is a sentence about it.
        let enough = (self.records / 50).clamp(1, 3);
        let mut shapes: Vec<_> =
            self.seen.iter().filter(|(shape, count)| !shape.0.is_empty() && **count >= enough).collect();
        shapes.sort_by(|(a, many), (b, more)| {
            more.cmp(many)
                .then_with(|| b.0.len().cmp(&a.0.len()))
                .then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
        });
        let shapes: Vec<Shape> = shapes.into_iter().take(SHAPES).map(|(shape, _)| shape.clone()).collect();
        // What is a number in some of them and a word in others may be either: a thread, a digest.
        let general: Vec<Shape> = shapes.iter().map(Shape::general).collect();
        let varies = |shape: &&Shape| general.iter().filter(|other| other == shape).count() > 1;
        let mut general: Vec<Shape> = general.iter().filter(varies).cloned().collect();
        general.dedup();
        self.prefixes = [shapes, general].concat();
        let mut suffixes: Vec<String> =
            self.ends.iter().filter(|(_, count)| **count >= enough).map(|(text, _)| text.clone()).collect();
        // The last one of a list has no comma.
        let shorter: Vec<String> =
            suffixes.iter().filter_map(|text| text.strip_suffix(',')).map(str::to_owned).collect();
        suffixes.extend(shorter.into_iter().filter(|text| !text.is_empty()));
        suffixes.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.suffixes = suffixes;
    }

    /// `line` without what follows records in this log.
    pub(super) fn without_suffix<'t>(&self, line: &'t str) -> &'t str {
        let line = line.trim_end();
        self.suffixes.iter().find_map(|suffix| line.strip_suffix(suffix.as_str())).unwrap_or(line)
    }

    /// What is left of `line` behind each prefix that it may have, and whether that prefix names anything: then a record
    /// begins there.
    pub(super) fn without_prefix<'s, 't: 's>(
        &'s self,
        line: &'t str,
    ) -> impl Iterator<Item = (&'t str, bool)> + 's {
        self.prefixes.iter().filter_map(move |shape| Some((shape.strip(line)?, shape.names())))
    }
}

impl Shape {
    fn of(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut in_word = false;
        for char in text.chars() {
            let word = is_word(char);
            match parts.last_mut() {
                Some(part @ Part::Number) if word && in_word && !char.is_ascii_digit() => *part = Part::Word,
                _ if word && in_word => {}
                _ if word => parts.push(if char.is_ascii_digit() { Part::Number } else { Part::Word }),
                _ if !char.is_whitespace() => parts.push(Part::Mark(char)),
                _ => {}
            }
            in_word = word;
        }
        Self(parts)
    }

    /// The same with words for numbers.
    fn general(&self) -> Self {
        Self(self.0.iter().map(|part| if *part == Part::Number { Part::Word } else { *part }).collect())
    }

    /// Whether it says anything: a list's dashes do not.
    fn names(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, Part::Mark(_)))
    }

    /// What follows such a prefix in `line`.
    fn strip<'t>(&self, line: &'t str) -> Option<&'t str> {
        let mut rest = line;
        for part in &self.0 {
            rest = rest.trim_start();
            rest = match part {
                Part::Mark(mark) => rest.strip_prefix(*mark)?,
                Part::Number | Part::Word => {
                    let end = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
                    let fits = *part == Part::Word || rest[..end].bytes().all(|byte| byte.is_ascii_digit());
                    if end == 0 || !fits {
                        return None;
                    }
                    &rest[end..]
                }
            };
        }
        Some(rest.trim_start())
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_known_by_its_shape_and_a_suffix_by_its_text() {
        let mut frames = Frames::default();
        let line = "(0)[0:swapper/0] 11-04 23:50:06 record |";
        let start = line.find("record").unwrap();
        frames.note(line, Some(start)..Some(start + 6));
        frames.learn();
        let other = frames.without_suffix("(3)[12:kworker/1]  1-14 03:00:16 Machine: x |");
        assert_eq!(frames.without_prefix(other).next(), Some(("Machine: x ", true)));
        assert_eq!(frames.without_prefix("Machine: x").next(), None);
    }
}
