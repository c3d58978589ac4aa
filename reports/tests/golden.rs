//! What is printed and written about the results of the fixture. `UPDATE_EXPECT=1 cargo test` writes the files anew.

mod common;

use std::collections::BTreeSet;

use expect_test::expect_file;
use reports::list::{Listed, list};
use reports::plot::Plot;
use reports::text::{Terminal, summary};
use serde_json::Value;

const PLAIN: Terminal = Terminal { width: 80, colour: false };
const COLOURED: Terminal = Terminal { width: 80, colour: true };

fn plots() -> Vec<Plot> {
    reports::plot::all(&common::analysis()).unwrap()
}

/// Text without what sets colours.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn the_summary_of_few_boots_tells_of_each() {
    let text = summary(&common::analysis(), PLAIN);
    fits(&text);
    expect_file!["golden/summary.txt"].assert_eq(&text);
}

#[test]
fn colours_add_nothing_but_colour() {
    let (plain, coloured) = (summary(&common::analysis(), PLAIN), summary(&common::analysis(), COLOURED));
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&uncoloured(&coloured)), trimmed(&plain));
    assert!(!plain.contains('\u{1b}'));
    expect_file!["golden/summary-coloured.txt"].assert_eq(&coloured);
}

/// Expect a line for each boot, however many there are, in place of two tables.
#[test]
fn the_summary_of_many_boots_has_a_line_for_each() {
    let mut analysis = common::analysis();
    let again = analysis.boots.clone();
    analysis.boots.extend(again);
    let text = summary(&analysis, PLAIN);
    fits(&text);
    expect_file!["golden/summary-many.txt"].assert_eq(&text);
}

#[test]
fn the_report_for_a_repository() {
    expect_file!["golden/report.md"].assert_eq(&reports::markdown::report(&common::analysis(), &plots()));
}

/// Expect the same fields with the same kinds of values: others read this file.
#[test]
fn the_shape_of_the_data() {
    let mut shape = BTreeSet::new();
    paths(&serde_json::to_value(common::analysis()).unwrap(), "", &mut shape);
    let shape: String = shape.into_iter().map(|path| path + "\n").collect();
    expect_file!["golden/results-json-shape.txt"].assert_eq(&shape);
}

fn paths(value: &Value, path: &str, shape: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => return,
        Value::Bool(_) => "truth",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(all) => return all.iter().for_each(|each| paths(each, &format!("{path}[]"), shape)),
        Value::Object(fields) => {
            return fields.iter().for_each(|(name, field)| paths(field, &format!("{path}.{name}"), shape));
        }
    };
    shape.insert(format!("{path}: {kind}"));
}

#[test]
fn what_there_is_to_choose_from() {
    let analysis = common::analysis();
    let facts = analysis.boots.iter().filter_map(|boot| boot.facts.clone());
    let traces: Vec<Listed> =
        facts.zip([true, false]).map(|(facts, curated)| Listed { facts, curated }).collect();
    let text = list(&analysis.strategies, &traces, PLAIN);
    fits(&text);
    expect_file!["golden/list.txt"].assert_eq(&text);
}

/// Expect the page to hold every plot, table and boot, and nothing that is fetched or run.
#[test]
fn the_page_is_whole_and_stands_alone() {
    let (analysis, plots) = (common::analysis(), plots());
    let page = reports::html::page(&analysis, &plots).unwrap();
    for plot in &plots {
        assert_eq!(page.matches(&format!("<figure id=\"{}\">", plot.id)).count(), 1, "{}", plot.id);
        assert!(page.contains(&plot.svg), "{}", plot.id);
    }
    for boot in &analysis.boots {
        assert!(page.contains(&format!("<section id=\"machine-{}\">", boot.name)), "{}", boot.name);
    }
    for section in [
        "answer",
        "overview",
        "picture",
        "boot",
        "scan",
        "release",
        "fragmentation",
        "metadata",
        "instructions",
    ] {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
    }
    for sentence in reports::analysis::answer(&analysis) {
        assert!(page.contains(&sentence.replace('\'', "&#x27;")), "{sentence}");
    }
    let fetched = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for foreign in ["<script", "http:", "https:", "@import", "url(", "src="] {
        assert!(!fetched.contains(foreign), "{foreign}");
    }
}

/// Expect each plot to say in words what it shows, for those who cannot see it, and how it is made.
#[test]
fn every_plot_has_words() {
    let plots = plots();
    assert!(plots.len() > 8, "{}", plots.len());
    for plot in &plots {
        assert!(plot.svg.contains("<title") && plot.svg.contains("<desc"), "{}", plot.id);
        assert!(plot.file.contains(&plot.title) && plot.file.contains("<style>"), "{}", plot.id);
        assert!(plot.caption.len() > 80 && plot.caption.ends_with('.'), "{}: {}", plot.id, plot.caption);
        assert!(plot.command.starts_with("cargo xtask report"), "{}", plot.command);
    }
}
