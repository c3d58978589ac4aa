//! What somebody may have meant who mistyped a name.

/// How alike two names have to be, from 0 to 1. Below this, what is suggested puzzles more than it helps.
const ALIKE: f64 = 0.85;

/// A clause that names what may be meant, or nothing where no name is like what was typed.
pub(crate) fn meant<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> String {
    let alike = names.map(|name| (strsim::jaro_winkler(&typed.to_lowercase(), &name.to_lowercase()), name));
    let best = alike.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(alike, _)| *alike >= ALIKE);
    best.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn what_is_alike_is_suggested_and_nothing_else() {
        let names = || ["memblock", "bootmem", "rootmem"].into_iter();
        for (typed, expected) in [
            ("membloc", "; did you mean `memblock`?"),
            ("Memblock", "; did you mean `memblock`?"),
            ("rotmem", "; did you mean `rootmem`?"),
            ("slab", ""),
            ("", ""),
        ] {
            assert_eq!(meant(typed, names()), expected, "{typed}");
        }
    }
}
