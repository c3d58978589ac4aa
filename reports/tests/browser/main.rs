//! The page in a real browser: opened from disk, narrow and wide, light, dark and on paper.
//!
//! Says so and passes where no Chromium is installed.

#[path = "../common/mod.rs"]
mod common;
mod devtools;

use devtools::{Browser, Tab};
use serde_json::{Value, json};

/// Finds what is wrong with the page as it is shown; returns sentences.
const AUDIT: &str = include_str!("audit.js");

/// A telephone and a desk, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 1400];

/// What A4 leaves between its margins, at 96 pixels an inch.
const PAPER_WIDTH: u32 = 718;

#[test]
fn the_page_is_whole_and_legible_in_a_browser() {
    let Some(mut browser) = Browser::start() else {
        eprintln!("there is no chromium on the path; the page was not looked at");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.html");
    let analysis = common::analysis();
    let plots = reports::plot::all(&analysis).unwrap();
    std::fs::write(&path, reports::html::page(&analysis, &plots).unwrap()).unwrap();
    let url = format!("file://{}", path.display());
    // The plots of single boots are folded, and some of them are files only.
    let shown = plots.iter().filter(|plot| ["ratios", "breakers"].contains(&plot.id.as_str())).count();

    let mut tab = browser.tab();
    let mut wrong: Vec<String> = Vec::new();
    for scheme in ["light", "dark"] {
        for width in WIDTHS {
            show(&mut tab, &url, width, "screen", scheme);
            wrong.extend(audit(&mut tab, shown, &format!("{scheme}, {width} pixels wide")));
        }
        show(&mut tab, &url, PAPER_WIDTH, "print", scheme);
        wrong.extend(audit(&mut tab, shown, &format!("on paper, {scheme} screen")));
    }
    let pdf = tab.call("Page.printToPDF", &json!({"printBackground": true}));
    assert!(pdf["data"].as_str().is_some_and(|data| data.starts_with("JVBERi0")), "no PDF was printed");

    wrong.extend(strangers(tab.events(), &url));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn show(tab: &mut Tab<'_>, url: &str, width: u32, media: &str, scheme: &str) {
    // Not as a telephone: that would widen the viewport until the page fits, and hide that it does not.
    let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    tab.call("Emulation.setDeviceMetricsOverride", &metrics);
    let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    tab.call("Emulation.setEmulatedMedia", &json!({"media": media, "features": features}));
    tab.open(url);
}

fn audit(tab: &mut Tab<'_>, plots: usize, when: &str) -> Vec<String> {
    let said = tab.evaluate(&format!("({AUDIT})({plots})"));
    let said = said.as_array().unwrap_or_else(|| panic!("{when}: the audit failed: {said}")).clone();
    said.iter().map(|what| format!("{when}: {}", what.as_str().unwrap_or("?"))).collect()
}

/// Errors on the console, and requests for anything but the page itself.
fn strangers(events: &[Value], url: &str) -> Vec<String> {
    let of = |event: &Value| match event["method"].as_str()? {
        "Network.requestWillBeSent" => {
            let wanted = event["params"]["request"]["url"].as_str()?;
            (wanted != url && !wanted.starts_with("data:")).then(|| format!("a request for {wanted}"))
        }
        "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
            Some(format!("the console says {}", event["params"]))
        }
        _ => None,
    };
    events.iter().filter_map(of).collect()
}
