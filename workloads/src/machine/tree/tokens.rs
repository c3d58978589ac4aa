//! The tokens of a device tree's source.

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

/// The tokens of `text` and the includes among its lines, or the line and what is wrong there.
pub(super) fn tokens(text: &str) -> Result<(Vec<Token>, Vec<String>), (u64, String)> {
    let mut found = Vec::new();
    let mut includes = Vec::new();
    let (mut rest, mut line) = (text, 1);
    let mut fresh = true;
    while let Some(char) = rest.chars().next() {
        if char == '\n' {
            (line, rest, fresh) = (line + 1, &rest[1..], true);
        } else if char.is_whitespace() {
            rest = &rest[char.len_utf8()..];
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").ok_or((line, "a comment has no end".to_owned()))?;
            line += comment[..end].matches('\n').count() as u64;
            rest = &comment[end + 2..];
        } else if rest.starts_with("//") || fresh && rest.starts_with('#') && is_directive(rest) {
            let end = rest.find('\n').unwrap_or(rest.len());
            if let Some(file) = rest[..end].strip_prefix("#include") {
                includes.push(file.trim().trim_matches(['"', '<', '>']).to_owned());
            }
            rest = &rest[end..];
        } else {
            fresh = false;
            let (what, length) = token(rest).ok_or_else(|| (line, format!("`{char}` means nothing here")))?;
            let lines = rest[..length].matches('\n').count() as u64;
            found.push(Token { line, what });
            line += lines;
            rest = &rest[length..];
        }
    }
    Ok((found, includes))
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
        "/include/",
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
