//! The tokens of a device tree's source.

use std::path::Path;

/// A token and the line that it stands on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) line: u64,
    pub(super) what: What,
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// A name, a number, or a directive such as `/memreserve/`: whatever is made of letters.
    Word(String),
    /// `"…"`, without its quotes.
    Text(String),
    /// `'a'`
    Char(u64),
    /// A mark, of one character or two.
    Mark(&'static str),
}

const MARKS: [&str; 23] = [
    "<<", ">>", "{", "}", "[", "]", "<", ">", "(", ")", ";", "=", ",", ":", "&", "|", "^", "~", "!", "*",
    "%", "/", "?",
];

/// No include lies deeper.
const DEPTH: usize = 16;

/// More tokens than any tree has: files that include each other have no end.
const MOST: usize = 4 << 20;

/// The files that a source includes.
pub(super) struct Includes<'i> {
    /// The text of a file, by its path from the folder of the first one.
    pub(super) read: &'i dyn Fn(&Path) -> Option<String>,
    /// What is not there.
    pub(super) missing: Vec<String>,
    found: Vec<Token>,
}

impl<'i> Includes<'i> {
    pub(super) fn new(read: &'i dyn Fn(&Path) -> Option<String>) -> Self {
        Self { read, missing: Vec::new(), found: Vec::new() }
    }

    /// The tokens of `text` and of all that it includes, or the line and what is wrong there. What is included stands on the
    /// line that includes it.
    pub(super) fn tokens(mut self, text: &str) -> Result<(Vec<Token>, Vec<String>), (u64, String)> {
        self.file(text, Path::new(""), None, DEPTH)?;
        Ok((self.found, self.missing))
    }

    fn file(
        &mut self,
        text: &str,
        folder: &Path,
        on: Option<u64>,
        depth: usize,
    ) -> Result<(), (u64, String)> {
        let (mut rest, mut line) = (text, 1);
        let mut fresh = true;
        while let Some(char) = rest.chars().next() {
            if char == '\n' {
                (line, rest, fresh) = (line + 1, &rest[1..], true);
            } else if char.is_whitespace() || rest.starts_with("\\\n") || rest.starts_with("\\\r") {
                rest = &rest[char.len_utf8()..];
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or((line, "a comment has no end".to_owned()))?;
                line += comment[..end].matches('\n').count() as u64;
                rest = &comment[end + 2..];
            } else if rest.starts_with("//") {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            } else if fresh && rest.starts_with('#') && is_directive(rest) {
                let end = end_of_directive(rest);
                if let Some(file) = rest[1..end].trim_start().strip_prefix("include") {
                    self.include(file.trim(), folder, (line, on), depth)?;
                }
                line += rest[..end].matches('\n').count() as u64;
                rest = &rest[end..];
            } else if let Some(after) = rest.strip_prefix("/include/") {
                let end = after.find('\n').unwrap_or(after.len());
                self.include(after[..end].trim(), folder, (line, on), depth)?;
                rest = &after[end..];
            } else {
                fresh = false;
                let (what, length) =
                    token(rest).ok_or_else(|| (line, format!("`{char}` means nothing here")))?;
                if self.found.len() >= MOST {
                    return Err((line, "there is no end to it: do files include each other?".to_owned()));
                }
                self.found.push(Token { line: on.unwrap_or(line), what });
                line += rest[..length].matches('\n').count() as u64;
                rest = &rest[length..];
            }
        }
        Ok(())
    }

    /// Takes in `"file"`; `<file>` is the preprocessor's, which knows where to look.
    fn include(
        &mut self,
        file: &str,
        folder: &Path,
        (line, on): (u64, Option<u64>),
        depth: usize,
    ) -> Result<(), (u64, String)> {
        let name = file.trim_matches(['"', '<', '>']);
        let path = folder.join(name);
        let text = if file.starts_with('"') && depth > 0 { (self.read)(&path) } else { None };
        let Some(text) = text else {
            self.missing.push(name.to_owned());
            return Ok(());
        };
        let inside = path.parent().unwrap_or(Path::new(""));
        let read = self.file(&text, inside, Some(on.unwrap_or(line)), depth - 1);
        read.map_err(|(inner, why)| (line, format!("in {name}, line {inner}: {why}")))
    }
}

/// Where a line of the preprocessor's ends: not where it says that it goes on.
fn end_of_directive(rest: &str) -> usize {
    let mut from = 0;
    while let Some(end) = rest[from..].find('\n').map(|end| from + end) {
        if !rest[..end].trim_end_matches('\r').ends_with('\\') {
            return end;
        }
        from = end + 1;
    }
    rest.len()
}

/// Whether a line is one of the preprocessor's: `#address-cells` is not.
fn is_directive(line: &str) -> bool {
    let after = line[1..].trim_start();
    ["include", "define", "undef", "if", "else", "endif", "elif", "line", "error", "pragma"].iter().any(
        |word| {
            after.strip_prefix(word).is_some_and(|rest| {
                !rest.starts_with(['-', ',', '_', '=']) && !rest.trim_start().starts_with('=')
            })
        },
    ) || after.starts_with(|char: char| char.is_ascii_digit())
}

fn token(rest: &str) -> Option<(What, usize)> {
    if let Some(inside) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = inside.char_indices().find(|&(_, char)| {
            let ends = char == '"' && !escaped;
            escaped = char == '\\' && !escaped;
            ends
        })?;
        return Some((What::Text(inside[..end.0].to_owned()), end.0 + 2));
    }
    if let Some(inside) = rest.strip_prefix('\'') {
        let char = inside.chars().next()?;
        let length = char.len_utf8();
        return inside[length..].starts_with('\'').then_some((What::Char(u64::from(char)), length + 2));
    }
    for directive in [
        "/dts-v1/",
        "/memreserve/",
        "/plugin/",
        "/delete-node/",
        "/delete-property/",
        "/bits/",
        "/omit-if-no-ref/",
        "/incbin/",
    ] {
        if rest.starts_with(directive) {
            return Some((What::Word(directive.to_owned()), directive.len()));
        }
    }
    // A path after `&`, as in `&{/soc/uart@1000}`, is read mark by mark; nothing of it is memory.
    let is_word = |char: char| char.is_ascii_alphanumeric() || "_-#.@+,?".contains(char);
    let length = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
    // A comma may be part of a name, `arm,pl011`, or stand between two values.
    let word = rest[..length].trim_end_matches(',');
    if !word.is_empty() && !word.starts_with([',', '?']) {
        return Some((What::Word(word.to_owned()), word.len()));
    }
    MARKS.iter().find(|mark| rest.starts_with(**mark)).map(|mark| (What::Mark(mark), mark.len()))
}
