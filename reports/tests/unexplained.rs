//! A boot whose log leaves answers unexplained is marked wherever it stands, and every total is that of its trace.

mod common;

use benches::plan::{Boot, BootSource};
use benches::results::Results;
use reports::analysis::{Analysis, analyse};
use reports::compare::{compare, csv, markdown, text};
use reports::letter::{Details, letter};
use reports::list::{Listed, list};
use reports::text::Terminal;
use workloads::corpus;
use workloads::trace::{Answers, Evidence, Op, Proof, Trace};

const PLAIN: Terminal = Terminal { width: 100, colour: false };

/// The first recorded boot of the fixture, with this many of its answers turned into reservations that nothing explains.
fn doubtful(unexplained: usize) -> (Boot, Answers) {
    let name = common::results().headers[0].plan.boots[0].name.clone();
    let mut trace: Trace = corpus::trace(&name).unwrap().unwrap();
    let mut left = unexplained;
    let (mut proving, mut fitted) = (0, 0);
    for record in &mut trace.records {
        let Op::Alloc(request, Some(at)) = record.op else { continue };
        if left > 0 {
            left -= 1;
            record.op = Op::Reserve(allocators::AddrRange::from_size(at, request.size).unwrap());
            record.evidence = Evidence::Unexplained;
        } else if record.evidence == Evidence::Logged {
            proving += 1;
        } else {
            fitted += 1;
        }
    }
    assert_eq!(left, 0, "the boot has too few answers");
    // What is stored is computed from the trace as it is written and read.
    let trace: Trace = trace.to_string().parse().unwrap();
    let counted = Answers { proving, fitted, unexplained: unexplained as u64 };
    (Boot::new(name.clone(), BootSource::Corpus(name), trace), counted)
}

/// The fixture's results with what such a boot says of itself, written and read once.
fn results(proof: Option<Proof>) -> Results {
    let mut results = common::results();
    results.headers[0].plan.boots[0].proof = proof;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.jsonl");
    std::fs::write(&file, results.to_text()).unwrap();
    Results::read(&file).unwrap()
}

/// Lines that name the boot and have no mark behind the name, but for commands and names of files and anchors.
fn unmarked<'t>(text: &'t str, name: &str, mark: &str) -> Vec<&'t str> {
    let bare = |line: &&str| {
        line.match_indices(name).any(|(at, _)| {
            let after = &line[at + name.len()..];
            let goes_on =
                after.starts_with(|char: char| char.is_ascii_alphanumeric() || "-.'`".contains(char));
            let is_command = line[..at].contains("cargo xtask") || line[..at].contains("--trace");
            let is_anchor = line[..at].ends_with('-');
            !goes_on && !is_command && !is_anchor && !after.starts_with(mark)
        })
    };
    text.lines().filter(bare).collect()
}

fn everywhere(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let pair = compare(analysis, "wordscan").unwrap();
    let plots = reports::plot::all(analysis).unwrap();
    vec![
        ("summary", reports::text::summary(analysis, PLAIN, reports::text::Details::EachBoot)),
        ("report", reports::markdown::report(analysis, &plots)),
        ("page", reports::html::page(analysis, &plots).unwrap()),
        ("compare", text(&pair, PLAIN)),
        ("compare, Markdown", markdown(&pair)),
    ]
}

#[test]
fn a_boot_with_unexplained_answers_is_marked_wherever_it_stands() {
    let (boot, counted) = doubtful(3);
    assert_eq!(boot.facts.proof, Some(Proof { answers: counted, is_state: false }));
    let analysis = common::analysis_of(&results(boot.facts.proof), Vec::new());
    let name = boot.name();
    let told = format!("3 of the {} answers in its log are unexplained", counted.all());
    for (place, text) in everywhere(&analysis) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&told), "{place} does not say it");
        let bare = unmarked(&text, name, " (!)");
        assert!(bare.is_empty(), "{place}: {bare:#?}");
    }
    let pair = common::analysis_of(&results(boot.facts.proof), vec!["memblock".into(), "wordscan".into()]);
    let letter = letter(&pair, "wordscan", &Details::default()).unwrap();
    assert!(letter.split_whitespace().collect::<Vec<_>>().join(" ").contains(&told), "{letter}");
    let number = pair.boots.iter().position(|known| known.name == name).unwrap() + 1;
    assert!(letter.contains(&format!("[{number}] (!)")), "{letter}");
    assert_eq!(unmarked(&letter, &format!("[{number}]"), " (!)"), Vec::<&str>::new());
    let facts = analysis.boots.iter().find(|known| known.name == name).unwrap().facts.clone().unwrap();
    let facts = reports::analysis::TraceFacts { proof: boot.facts.proof, ..facts };
    let listed = list(&analysis.strategies, &[Listed { facts, curated: true }], PLAIN);
    assert!(listed.contains(&format!("{name} (!)")), "{listed}");
}

/// Expect the data to hold the figures of the boot's trace, and those of no other boot.
#[test]
fn the_data_holds_every_total() {
    let (boot, counted) = doubtful(2);
    let analysis = common::analysis_of(&results(boot.facts.proof), Vec::new());
    let json = serde_json::to_value(&analysis).unwrap();
    let of = |known: &serde_json::Value| known["name"] == *boot.name();
    let found = json["boots"].as_array().unwrap().iter().find(|known| of(known)).unwrap();
    let answers: Answers = serde_json::from_value(found["proof"]["answers"].clone()).unwrap();
    assert_eq!(answers, counted);
    let pair = compare(&analysis, "wordscan").unwrap();
    let data = serde_json::to_value(&pair).unwrap();
    assert_eq!(data["boots"].as_array().unwrap().len(), analysis.boots.len());
    let table = csv(&pair);
    let mut rows = table.lines();
    assert!(rows.next().unwrap().ends_with("answers,unexplained"));
    let end = format!(",{},2", counted.all());
    for row in rows {
        let is_its = row.split(',').nth(1) == Some(boot.name());
        assert_eq!(row.ends_with(&end), is_its, "{row}");
    }
}

/// Expect the totals of every trace of the corpus to be what its text says, and no boot of it to need a mark.
#[test]
fn totals_of_the_corpus_are_those_of_its_text() {
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let text = corpus::text(name).unwrap();
        let records = text.lines().filter(|line| line.starts_with(|char: char| char.is_ascii_digit()));
        let mut counted = Answers::default();
        for record in records {
            let answered = record.contains(" alloc ") && !record.contains("-> failed");
            let has = |word: &str| record.split_whitespace().any(|part| part.starts_with(word));
            counted.unexplained += u64::from(has("unexplained"));
            counted.fitted += u64::from(answered && (has("fitted") || has("inferred")));
            counted.proving += u64::from(answered && !has("fitted") && !has("inferred"));
        }
        assert_eq!(trace.answers(), counted, "{name}");
        assert_eq!(trace.proof().unwrap().objection(), None, "{name}");
    }
}

/// Expect a listing alone to be called a state.
#[test]
fn a_state_is_marked_as_one() {
    let state = Proof { is_state: true, ..Proof::default() };
    let analysis = analyse(&results(Some(state)), &reports::analysis::Questions::default());
    let marked: Vec<_> = analysis.boots.iter().filter(|boot| boot.objection().is_some()).collect();
    assert_eq!(marked.len(), 1);
    assert!(
        analysis.objections()[0].contains("(!): its log holds a listing alone"),
        "{:?}",
        analysis.objections()
    );
}
