//! Names and texts from traces, results and logs are data: here they lose what could act on a terminal or a page.
//!
//! A log can hold anything, and whoever sends one may mean harm: an escape sequence that repaints a terminal, a line
//! break that forges a line of a table, a bidirectional override that shows a name backwards. All of it is replaced by
//! its number, `\x1b`, which keeps two different names different. Markup is escaped where it is written: Markdown, HTML
//! and SVG each have their own.

use std::borrow::Cow;

/// The text as one line in which nothing acts.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, acts)
}

/// The same for a text of several lines, whose line breaks stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| acts(letter) && letter != '\n')
}

fn replaced(text: &str, wanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&wanted) {
        return Cow::Borrowed(text);
    }
    let shown = |letter: char| match u32::from(letter) {
        _ if !wanted(letter) => letter.to_string(),
        number @ 0..=0xff => format!("\\x{number:02x}"),
        number => format!("\\u{{{number:x}}}"),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Whether a letter does something beside being seen: control characters, marks of direction, separators of lines,
/// and what is not seen at all.
///
/// Source: Unicode 16, `Bidi_Control` and the format characters (`Cf`) that are invisible in Latin text.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The words of a command as any shell of today reads them, in ASCII and without anything that acts.
///
/// What is not plain stands in quotes; what cannot be shown is written in the quotes of `bash`, `zsh` and `ksh` that know
/// numbers: `$'\x1b'`.
#[must_use]
pub fn shell(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=,./:+@%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.chars().all(|letter| letter == ' ' || letter.is_ascii_graphic()) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let byte = |byte: u8| match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    format!("$'{}'", word.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_by_its_number() {
        for (text, shown) in [
            ("x86_64-6.1", "x86_64-6.1"),
            ("grün µ – 12", "grün µ – 12"),
            ("\u{1b}[2J\u{7}", "\\x1b[2J\\x07"),
            ("a\nb\rc\td", "a\\x0ab\\x0dc\\x09d"),
            ("\u{9b}31m", "\\x9b31m"),
            ("a\u{202e}b\u{2066}c\u{200b}", "a\\u{202e}b\\u{2066}c\\u{200b}"),
            ("\u{2028}\u{feff}", "\\u{2028}\\u{feff}"),
        ] {
            assert_eq!(line(text), shown);
        }
        assert_eq!(lines("one\n\u{1b}two"), "one\n\\x1btwo");
        assert!(matches!(line("plain"), Cow::Borrowed("plain")));
    }

    /// Expect a shell to read back each word as it was, whatever is in it.
    #[test]
    fn a_shell_reads_back_what_is_quoted() {
        let words = [
            "plain",
            "",
            "my results.jsonl",
            "it's",
            "$HOME `id` \"x\" \\ !",
            "a;rm -rf b",
            "*?[a]{1,2}~#&|<>()",
            "--out",
            "tab\there",
            "\u{1b}[31m",
            "two\nlines",
            "grün",
            "'\n\\'",
        ];
        let words = words.map(str::to_owned).to_vec();
        let line = shell(&words);
        assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        let Ok(output) =
            std::process::Command::new("bash").arg("-c").arg(format!("printf '%s\\0' {line}")).output()
        else {
            eprintln!("skipped: there is no bash");
            return;
        };
        let read = String::from_utf8(output.stdout).unwrap();
        assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), words);
    }
}
