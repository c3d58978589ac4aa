//! What standard output is.

use std::ffi::OsStr;
use std::io::IsTerminal;

use reports::text::Terminal;

/// How to write to `out`: in colour only to a terminal whose user does not refuse it.
///
/// Source: <https://no-color.org>, by which any value of `NO_COLOR` but the empty one refuses.
pub(crate) fn of(out: &impl IsTerminal) -> Terminal {
    let colour = coloured(
        out.is_terminal(),
        std::env::var_os("NO_COLOR").as_deref(),
        std::env::var_os("TERM").as_deref(),
    );
    // All text fits 80 columns; wider lines are harder to read.
    Terminal { width: 80, colour }
}

fn coloured(terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_that_wants_it_gets_colour() {
        let word = |word: &'static str| Some(OsStr::new(word));
        assert!(coloured(true, None, word("xterm")));
        assert!(coloured(true, word(""), None));
        assert!(!coloured(true, word("1"), word("xterm")));
        assert!(!coloured(true, None, word("dumb")));
        assert!(!coloured(false, None, word("xterm")));
    }
}
