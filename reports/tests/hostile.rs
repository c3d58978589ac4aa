//! Names and texts that mean harm reach no terminal, page, file or shell.

use benches::results::{Outcome, Results};
use reports::analysis::Analysis;
use reports::compare::{compare, csv, markdown as compared_markdown, text};
use reports::letter::{Details, letter};
use reports::text::{Details as Much, Terminal, summary};

mod common;

/// An escape sequence, a bell, a forged line, a bidirectional override, and markup.
const EVIL: &str = "x\u{1b}[2J\u{7}\nINCOMPLETE: no\u{202e}evil<script>alert(1)</script>|`$(rm -rf .)`'\"";

fn hostile() -> Analysis {
    let mut results: Results = common::results();
    for header in &mut results.headers {
        header.command = ["cargo", "xtask", "measure", "--trace", EVIL, "--out", "my results.jsonl"]
            .map(str::to_owned)
            .into();
        header.machine.cpu = Some(EVIL.into());
        header.toolchain.rustc = EVIL.into();
        header.toolchain.flags = EVIL.into();
        header.machine.system = EVIL.into();
        if let Some(commit) = &mut header.commit {
            commit.id = format!("{EVIL}; reboot");
        }
        for member in &mut header.plan.members {
            member.label.push_str(EVIL);
        }
        for boot in &mut header.plan.boots {
            boot.name.push_str(EVIL);
        }
        for warning in &mut header.warnings {
            warning.what.push_str(EVIL);
        }
    }
    for cell in &mut results.cells {
        cell.key.trace.push_str(EVIL);
        cell.key.strategy.push_str(EVIL);
        match &mut cell.outcome {
            Outcome::Latency(latency) => {
                latency.slowest.iter_mut().for_each(|slow| slow.caller = Some(EVIL.into()));
            }
            Outcome::Exact(exact) => {
                exact.violations.push(EVIL.into());
                exact.zones.iter_mut().for_each(|zone| zone.zone.push_str(EVIL));
                exact.layout.zones.iter_mut().for_each(|zone| zone.name.push_str(EVIL));
                exact.breakers.iter_mut().for_each(|breaker| breaker.caller.push_str(EVIL));
            }
            Outcome::Failed(failure) => failure.message = EVIL.into(),
            _ => {}
        }
    }
    common::analysis_of(&results, Vec::new())
}

fn harmless(what: &str, text: &str) {
    for letter in text.chars() {
        let acts = letter.is_control() && letter != '\n';
        assert!(!acts && !"\u{202e}\u{2066}\u{200b}".contains(letter), "{what}: {letter:?} in {text:.200}");
    }
    assert!(text.lines().all(|line| !line.starts_with("INCOMPLETE: no")), "{what}: a line was forged");
}

#[test]
fn nothing_that_acts_is_shown_anywhere() {
    let analysis = hostile();
    let candidate =
        analysis.strategies.iter().find(|one| one.name.starts_with("wordscan")).unwrap().name.clone();
    let terminal = Terminal { width: 80, colour: false };
    harmless("terminal", &summary(&analysis, terminal, Much::EachBoot));
    let found = compare(&analysis, &candidate).unwrap();
    harmless("compare", &text(&found, terminal));
    harmless("compare.md", &compared_markdown(&found));
    harmless("compare.csv", &csv(&found));
    let plots = reports::plot::all(&analysis).unwrap();
    for plot in &plots {
        harmless(&plot.id, &plot.file);
        assert!(!plot.file.contains("<script"), "{}", plot.id);
        assert!(
            plot.id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter)),
            "{}",
            plot.id
        );
    }
    let page = reports::html::page(&analysis, &plots).unwrap();
    harmless("page", &page);
    assert!(!page.contains("<script"));
    let markdown = reports::markdown::report(&analysis, &plots);
    harmless("markdown", &markdown);
    assert!(!markdown.replace("\\<", "").contains("<script"));
    harmless(
        "letter",
        &letter(&analysis, &candidate, &Details { despite: Some(EVIL.into()), ..Details::default() })
            .unwrap(),
    );
}

/// Expect the commands to be what a shell reads as the words that they were, and no commit that is not a hash.
#[test]
fn a_letters_commands_do_what_they_say() {
    let analysis = hostile();
    let candidate =
        analysis.strategies.iter().find(|one| one.name.starts_with("wordscan")).unwrap().name.clone();
    let text = letter(&analysis, &candidate, &Details::default()).unwrap();
    let (_, commands) = text.split_once("How to reproduce?\n").unwrap();
    let (commands, _) = commands.split_once("\n\nAppendix").unwrap();
    assert!(commands.contains("--out 'my results.jsonl'"), "{commands}");
    assert!(!commands.contains("checkout"), "{commands}");
    assert!(
        commands.contains("--from 'my results.jsonl'") || commands.contains("'my results.jsonl'"),
        "{commands}"
    );
    // In a shell that has no such programs, every word is printed as it is.
    let script = format!("cargo() {{ printf '%s\\0' \"$@\"; printf '\\n\\0'; }}\n{commands}\n");
    let folder = tempfile::tempdir().unwrap();
    let Ok(output) =
        std::process::Command::new("bash").arg("-c").arg(script).current_dir(folder.path()).output()
    else {
        eprintln!("skipped: there is no bash");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = printed.split('\0').collect();
    assert!(words.contains(&EVIL), "{words:?}");
    assert!(words.contains(&"my results.jsonl"), "{words:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
