//! The commands that make the letter again, as they can be pasted.

use benches::results::Header;

use super::Subject;
use crate::harmless::shell;

pub(super) fn commands(subject: &Subject<'_>) -> Vec<String> {
    let runs = &subject.analysis.runs;
    let mut lines = vec![subject.details.repository.as_ref().map_or_else(
        || "  # in a clone of the repository of bootalloc:".to_owned(),
        |url| format!("  {} && cd bootalloc", line(&["git", "clone", url, "bootalloc"])),
    )];
    let mut commit = None;
    let mut files = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        if run.commit.as_ref().map(|commit| &commit.id) != commit {
            commit = run.commit.as_ref().map(|commit| &commit.id);
            lines.extend(checkout(run));
        }
        let (words, file) = measuring(run, (runs.len() > 1).then_some(index + 1));
        lines.push(continued(&words));
        files.push(file);
    }
    let mut from = files.first().cloned().unwrap_or_else(|| "results.jsonl".into());
    if files.len() > 1 {
        let merge = ["cargo", "xtask", "merge"].map(str::to_owned).into_iter().chain(files);
        let out = ["--out".to_owned(), MERGED.to_owned()];
        lines.push(continued(&merge.chain(out).collect::<Vec<_>>()));
        from = MERGED.into();
    }
    // What measured for this very letter has written it.
    let written = runs.len() == 1 && is_letter_of(&runs[0], subject);
    if !written {
        let (candidate, baseline) = (&subject.compare.candidate, &subject.compare.baseline);
        let words = ["cargo", "xtask", "letter", candidate, "--baseline", baseline, "--from", &from];
        lines.push(continued(&words.map(str::to_owned)));
    }
    lines
}

const MERGED: &str = "merged.jsonl";

fn checkout(run: &Header) -> Option<String> {
    let commit = run.commit.as_ref()?;
    let short: String = commit.id.chars().take(12).collect();
    let dirty = if commit.dirty { "   # and changes that were not committed" } else { "" };
    Some(format!("  {}{dirty}", line(&["git", "checkout", &short])))
}

/// The command of a run with its seed, and the file that its results are in. Of several runs each has a file of its own.
fn measuring(run: &Header, number: Option<usize>) -> (Vec<String>, String) {
    let mut words = run.command.clone();
    if value(&words, "--seed").is_none() {
        words.extend(["--seed".to_owned(), run.plan.seed.to_string()]);
    }
    let has = |command: &str| words.iter().take(3).any(|word| word == command);
    let file = if has("report") {
        let folder = value(&words, "--out").unwrap_or("target/report");
        format!("{}/results.jsonl", folder.trim_end_matches('/'))
    } else if has("compare") {
        value(&words, "--out").unwrap_or("target/compare.jsonl").to_owned()
    } else if has("letter") {
        value(&words, "--results").unwrap_or("target/letter.jsonl").to_owned()
    } else if let Some(number) = number {
        let file = format!("run-{number}.jsonl");
        set(&mut words, "--out", &file);
        file
    } else {
        value(&words, "--out").unwrap_or("target/results.jsonl").to_owned()
    };
    (words, file)
}

fn is_letter_of(run: &Header, subject: &Subject<'_>) -> bool {
    let words = &run.command;
    let letter = words.iter().position(|word| word == "letter");
    let about = letter.and_then(|at| words.get(at + 1)) == Some(&subject.compare.candidate);
    about && value(words, "--baseline").unwrap_or("memblock") == subject.compare.baseline
}

/// The value of an option, written `--name value` or `--name=value`.
fn value<'w>(words: &'w [String], name: &str) -> Option<&'w str> {
    let joined = format!("{name}=");
    let inline = words.iter().find_map(|word| word.strip_prefix(&joined));
    inline.or_else(|| words.iter().skip_while(|word| *word != name).nth(1).map(String::as_str))
}

fn set(words: &mut Vec<String>, name: &str, value: &str) {
    let joined = format!("{name}=");
    words.retain(|word| !word.starts_with(&joined));
    if let Some(at) = words.iter().position(|word| word == name) {
        words.drain(at..(at + 2).min(words.len()));
    }
    words.extend([name.to_owned(), value.to_owned()]);
}

fn line(words: &[&str]) -> String {
    shell(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

/// A command of at most 72 columns a line, as a shell reads it.
fn continued(words: &[String]) -> String {
    let mut text = String::from(" ");
    let mut column = 1;
    for word in words.iter().map(|word| shell(std::slice::from_ref(word))) {
        if column > 4 && column + 1 + word.len() > 70 {
            text.push_str(" \\\n   ");
            column = 3;
        }
        text.extend([" ", &word]);
        column += 1 + word.len();
    }
    text
}
