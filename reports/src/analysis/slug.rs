//! Names of boots as parts of the names of files and anchors.

/// A word for each name, of letters that files and anchors take; no two are alike, not even where case does not count.
pub(super) fn slugs(names: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' }
        };
        let word: String = name.chars().map(plain).take(LONGEST).collect();
        let free = |word: &String| taken.iter().all(|known| !known.eq_ignore_ascii_case(word));
        let numbered = (2_u32..).map(|number| format!("{word}-{number}"));
        let mut words = std::iter::once(word.clone()).chain(numbered);
        taken.push(words.find(free).unwrap_or(word));
    }
    taken
}

/// Files' names end somewhere, and kinds and numbers are still to be added.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::slugs;

    #[test]
    fn boots_of_like_names_have_words_of_their_own() {
        let names =
            ["p q", "p-q", "P-Q", "p-q-2", "a/x.trace", "b/x.trace", "../..", "é", "ü"].map(str::to_owned);
        let words = slugs(&names);
        assert_eq!(words[..4], ["p-q", "p-q-2", "P-Q-3", "p-q-2-2"]);
        for (index, word) in words.iter().enumerate() {
            assert!(words[..index].iter().all(|other| !other.eq_ignore_ascii_case(word)), "{words:?}");
            assert!(!word.contains('/') && word.is_ascii(), "{word}");
        }
    }
}
