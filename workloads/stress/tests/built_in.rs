//! Built-in strategies on machines that nobody has: by themselves, against each other, and against a naive model.

use stress::{Hunt, Rules, built_in};

const BOOTS: u64 = 1_200;

/// Plays boots through a strategy, and through another that must answer alike if one is named.
fn passes(head: &str, base: Option<&str>) {
    let head = built_in(head).unwrap();
    let base = base.and_then(built_in);
    let rules = Rules { same_answers: base.is_some(), ..Rules::default() };
    let mut hunt = Hunt::new(&*head, base.as_deref(), rules);
    for index in 0..BOOTS {
        let scenario = hunt.scenario(11, index);
        let failure = hunt.scenario_fails(&scenario).0;
        assert_eq!(failure, None, "boot {index} of {}\n{}", head.name(), hunt.trace(&scenario).unwrap());
    }
}

#[test]
fn bootmem_keeps_the_rules() {
    passes("bootmem", None);
}

#[test]
fn wordscan_answers_as_rootmem_does() {
    passes("wordscan", Some("rootmem"));
}

#[test]
fn memblock_answers_as_the_naive_model_does() {
    passes("memblock", Some("naive-memblock"));
}
