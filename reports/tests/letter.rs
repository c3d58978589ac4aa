//! Comparisons and letters, of results that hold every case. `UPDATE_EXPECT=1 cargo test` writes the files anew.

use expect_test::expect_file;
use reports::analysis::{Questions, analyse};
use reports::compare::{Compare, Rule, broken, compare, csv, markdown, text};
use reports::letter::{Details, letter, likely_candidate, objections};
use reports::text::Terminal;

mod common;

use common::{analysis, pair};

fn compared(candidate: &str) -> Compare {
    compare(&pair(candidate), candidate).unwrap()
}

fn fits(text: &str, width: usize) {
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn a_comparison_reads_well_everywhere() {
    let found = compared("wordscan");
    let plain = text(&found, Terminal { width: 80, colour: false });
    fits(&plain, 80);
    expect_file!["golden/compare.txt"].assert_eq(&plain);
    expect_file!["golden/compare.md"].assert_eq(&markdown(&found));
    expect_file!["golden/compare.csv"].assert_eq(&csv(&found));
    let json = serde_json::to_string_pretty(&found).unwrap() + "\n";
    expect_file!["golden/compare.json"].assert_eq(&json);
}

#[test]
fn the_baseline_and_strangers_are_not_compared() {
    assert!(compare(&analysis(), "memblock").is_none());
    assert!(compare(&analysis(), "nobody").is_none());
    assert!(letter(&analysis(), "memblock", &Details::default()).is_none());
}

#[test]
fn letters_are_mail() {
    for (candidate, golden) in [
        ("wordscan", expect_file!["golden/letter-wordscan.txt"]),
        ("bootmem", expect_file!["golden/letter-bootmem.txt"]),
    ] {
        let despite = Some("it shows what a letter looks like".to_owned());
        let details = Details { repository: Some("https://example.org/bootalloc".into()), despite };
        let text = letter(&pair(candidate), candidate, &details).unwrap();
        fits(&text, 72);
        assert!(text.is_ascii());
        let before = text.lines().take_while(|line| *line != "Appendix").count();
        assert!(before <= 60, "{before} lines before the appendix");
        assert!(!text.contains("-0.00 %"), "{text}");
        golden.assert_eq(&text);
    }
    assert!(!objections(&analysis()).is_empty(), "a cell of the fixture failed");
    assert!(likely_candidate(&analysis()).is_some_and(|candidate| candidate != "memblock"));
}

/// Expect names that are longer than columns, and words longer than lines, to make no line of a letter longer than 72; commands
/// stand as a shell reads them.
#[test]
fn long_names_make_no_long_lines() {
    let (base, own) = ("linux-6.12.117+deb13+cflags", "topic/memblock-search-from-the-last-hint+cflags");
    let mut results = common::results();
    let longer = |name: &mut String| match name.as_str() {
        "memblock" => *name = base.into(),
        "wordscan" => *name = own.into(),
        _ => {}
    };
    results.cells.iter_mut().for_each(|cell| longer(&mut cell.key.strategy));
    for header in &mut results.headers {
        header.plan.members.iter_mut().for_each(|member| longer(&mut member.label));
    }
    let questions = Questions {
        baseline: Some(base.into()),
        only: vec![base.into(), own.into()],
        traces: common::traces(&results),
        ..Questions::default()
    };
    let mut analysis = analyse(&results, &questions);
    analysis.notes.push(format!("{own} is of /{}", "a-folder-with-a-long-name/".repeat(6)));
    let details = Details { despite: Some("x".repeat(200)), ..Details::default() };
    let text = letter(&analysis, own, &details).unwrap();
    let commands = |line: &&str| !line.starts_with("  ") || line.starts_with("   ");
    for line in text.lines().filter(commands) {
        assert!(line.chars().count() <= 72, "{} columns: {line}", line.chars().count());
    }
    assert!(text.contains("(`candidate`") && text.contains("baseline  candidate"), "{text}");
}

/// Expect a letter about boots of which none was counted to say so, and to claim no bound.
#[test]
fn a_letter_without_counted_boots_says_so() {
    let mut analysis = pair("wordscan");
    for facts in analysis.boots.iter_mut().filter_map(|boot| boot.facts.as_mut()) {
        facts.paid = None;
    }
    let text = letter(&analysis, "wordscan", &Details::default()).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("none of these boots was counted, which `cargo xtask boot-cost` does"), "{text}");
    assert!(!words.contains("saves at most") && !words.contains("not recorded"), "{text}");
}

/// Expect a part of the boots to be told as a part, and all of the share to be the bound where no replay was counted.
#[test]
fn a_bound_without_counted_replays_is_the_whole_share() {
    let mut analysis = pair("wordscan");
    analysis.boots[0].facts.as_mut().unwrap().paid = None;
    for subject in analysis.boots.iter_mut().flat_map(|boot| &mut boot.subjects) {
        subject.figures = benches::figures::Figures::default();
    }
    let text = letter(&analysis, "wordscan", &Details::default()).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("1 of 2 boots were counted; `cargo xtask boot-cost` counts others"), "{text}");
    assert!(
        words.contains("takes 0.772 % on x86_64-6.1-8node-64cpu-16g [2]; the patch saves at most 0.772 %"),
        "{text}"
    );
}

#[test]
fn rules_read_back_and_nonsense_is_refused() {
    for text in ["time>2%", "instructions>0.5%", "intact-2m<-1%", "release-buddy-2-threads>10%"] {
        assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
    }
    assert_eq!(" time > 2 % ".parse::<Rule>().unwrap(), "time>2%".parse().unwrap());
    for text in
        ["", "time", "time>", "time>2", "time>x%", "speed>2%", ">2%", "time=2%", "time>NaN%", "time>inf%"]
    {
        let error = text.parse::<Rule>().unwrap_err().to_string();
        assert!(error.contains(&format!("`{text}` is not a rule")), "{error}");
    }
}

#[test]
fn a_rule_is_broken_by_what_is_significant_or_exact_and_by_what_was_not_measured() {
    let of = |candidate: &str, rule: &str| {
        let findings = broken(&rule.parse().unwrap(), &compared(candidate));
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(!of("rootmem", "time>2%").is_empty());
    // Twenty times as long is no difference that a limit of a million per cent minds.
    assert!(of("rootmem", "time>1000000%").iter().all(|finding| finding.contains("cannot be told")));
    assert!(
        of("wordscan", "metadata>0%")
            .iter()
            .any(|finding| finding.contains("the sum of all boots went from"))
    );
    assert_eq!(of("wordscan", "violations>0%"), [] as [&str; 0]);
    let missing = of("wordscan", "release-buddy-64-threads>1%");
    assert_eq!(missing, ["release-buddy-64-threads>1%: release-buddy-64-threads was not measured"]);
}
