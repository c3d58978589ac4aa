//! What is printed and written about the results of the fixture. `UPDATE_EXPECT=1 cargo test` writes the files anew.

mod common;

use std::collections::BTreeSet;

use expect_test::expect_file;
use reports::list::{Listed, list};
use reports::plot::Plot;
use reports::text::{Details, Terminal, summary};
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
fn the_summary_leads_with_the_table_and_tells_of_each_boot_on_request() {
    let text = summary(&common::analysis(), PLAIN, Details::Overview);
    fits(&text);
    assert!(text.lines().count() <= 40, "{} lines", text.lines().count());
    expect_file!["golden/summary.txt"].assert_eq(&text);
    let text = summary(&common::analysis(), PLAIN, Details::EachBoot);
    fits(&text);
    expect_file!["golden/summary-details.txt"].assert_eq(&text);
}

#[test]
fn colours_add_nothing_but_colour() {
    let of = |terminal| summary(&common::analysis(), terminal, Details::Overview);
    let (plain, coloured) = (of(PLAIN), of(COLOURED));
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&uncoloured(&coloured)), trimmed(&plain));
    assert!(!plain.contains('\u{1b}'));
    expect_file!["golden/summary-coloured.txt"].assert_eq(&coloured);
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

/// Expect the page to hold what stands first in it, every boot, and nothing that is fetched or run.
#[test]
fn the_page_is_whole_and_stands_alone() {
    let (analysis, plots) = (common::analysis(), plots());
    let page = reports::html::page(&analysis, &plots).unwrap();
    for id in ["ratios", "breakers"] {
        let plot = plots.iter().find(|plot| plot.id == id).unwrap();
        assert_eq!(page.matches(&format!("<figure id=\"{id}\">")).count(), 1, "{id}");
        assert!(page.contains(&plot.svg), "{id}");
    }
    for boot in &analysis.boots {
        assert!(page.contains(&format!("<details id=\"machine-{}\">", boot.slug)), "{}", boot.name);
        assert!(page.contains(&format!("<figure id=\"memory-{}\">", boot.slug)), "{}", boot.name);
    }
    for section in
        ["answer", "overview", "boot", "scan", "parts", "instructions", "fragmentation", "metadata"]
    {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
    }
    assert!(page.contains(&reports::analysis::answer(&analysis).replace('\'', "&#x27;")));
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
        assert!(
            plot.caption.len() > 40 && plot.caption.matches(". ").count() == 0 && plot.caption.ends_with('.'),
            "{}: {}",
            plot.id,
            plot.caption
        );
        assert!(plot.command.starts_with("cargo xtask report"), "{}", plot.command);
    }
}
