//! Every number that follows from others follows from them as they are printed: a reader who computes gets the same.

use reports::compare::compare;
use reports::letter::{Details, letter};
use reports::text::{Details as Much, Terminal, summary};
use reports::{html, markdown, plot};

mod common;

const PLAIN: Terminal = Terminal { width: 80, colour: false };

/// A printed number in its base unit; `None` for words.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_start_matches('<');
    let mut words = text.split_whitespace();
    let value: f64 = words.next()?.replace(',', "").parse().ok()?;
    let factor = match words.next() {
        // A ratio may have a mark: `1.02 ~`.
        None | Some("ns" | "B" | "~" | "n.s." | "?") => 1.0,
        Some("us" | "µs") => 1e3,
        Some("ms") => 1e6,
        Some("s") => 1e9,
        Some("KiB") => 1024.0,
        Some("MiB") => 1024.0 * 1024.0,
        Some("GiB") => 1024.0 * 1024.0 * 1024.0,
        Some(_) => return None,
    };
    Some(value * factor)
}

/// Half a unit of the third digit, of each of so many numbers that were rounded.
fn close(one: f64, other: f64, rounded: f64) -> bool {
    (one / other - 1.0).abs() <= 0.0051 * rounded
}

/// Columns of a table of text are two blanks apart at least.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

/// The tables of a text: the head, and the rows until a line that has another number of cells and is no mean.
fn tables<'t>(text: &'t str, head: &str) -> Vec<Vec<Vec<&'t str>>> {
    let lines: Vec<&str> = text.lines().collect();
    let heads = (0..lines.len()).filter(|&at| lines[at].starts_with(head));
    heads
        .map(|at| {
            lines[at..].iter().take_while(|line| !line.trim().is_empty()).map(|line| cells(line)).collect()
        })
        .collect()
}

/// Expect the candidate's time to be the baseline's times the ratio, and the mean the geometric mean of the rows.
fn times_agree(table: &[Vec<&str>]) -> usize {
    let place = |head: &str| table[0].iter().position(|cell| *cell == head);
    let Some(ratio) = place("ratio") else { return 0 };
    let (base, own) = (ratio - 2, ratio - 1);
    let mut ratios = Vec::new();
    let mut checked = 0;
    for row in &table[1..] {
        if row[0] == "mean" {
            let mean = ratios.iter().map(|ratio: &f64| ratio.ln()).sum::<f64>() / ratios.len() as f64;
            assert!(close(number(row[1]).unwrap(), mean.exp(), 2.0), "{row:?}: {}", mean.exp());
            checked += 1;
        } else if let Some(printed) = row.get(ratio).and_then(|cell| number(cell)) {
            let (base, own) = (number(row[base]).unwrap(), number(row[own]).unwrap());
            assert!(close(own / base, printed, 3.0), "{row:?}: {}", own / base);
            ratios.push(printed);
            checked += 1;
        }
    }
    checked
}

/// Expect the parts of a cost to sum up to it.
fn parts_agree(times: &[Vec<&str>], parts: &[Vec<&str>]) -> usize {
    let row = |table: &[Vec<&str>], boot: &str| -> Vec<f64> {
        let row = table.iter().find(|row| row[0] == boot).unwrap();
        row.iter().filter_map(|cell| number(cell)).collect()
    };
    let of_boots = parts[1..].iter().map(|row| row[0]);
    of_boots
        .map(|boot| {
            let (whole, parts) = (row(times, boot), row(parts, boot));
            let parts = &parts[parts.len() - 4..];
            let whole = &whole[whole.len().saturating_sub(3)..];
            assert!(close(parts[0] + parts[1], whole[0], 2.0), "{boot}: {parts:?} {whole:?}");
            assert!(close(parts[2] + parts[3], whole[1], 2.0), "{boot}: {parts:?} {whole:?}");
        })
        .count()
}

/// Expect a change to follow from both values beside it.
fn changes_agree(table: &[Vec<&str>]) -> usize {
    let mut checked = 0;
    for row in &table[1..] {
        let [_, before, after, change] = row[..] else { continue };
        let (Some(before), Some(after)) = (number(before), number(after)) else { continue };
        match change {
            "=" => assert!((before - after).abs() < f64::EPSILON, "{row:?}"),
            "new" => assert!(before == 0.0 && after > 0.0, "{row:?}"),
            "gone" => assert!(before > 0.0 && after == 0.0, "{row:?}"),
            change if change.starts_with("x ") => {
                assert!(close(after / before, change[2..].parse().unwrap(), 3.0), "{row:?}");
            }
            change if change.starts_with(['<', '>']) => assert!(close(before, after, 2.0), "{row:?}"),
            change => {
                let percent: f64 = change.trim_end_matches(" %").parse().unwrap();
                assert!(close(after / before, 1.0 + percent / 100.0, 2.0), "{row:?}");
            }
        }
        checked += 1;
    }
    checked
}

/// A printed percentage as a fraction.
fn fraction(cell: &str) -> f64 {
    cell.strip_suffix(" %").unwrap().parse::<f64>().unwrap() / 100.0
}

/// Expect the share to follow from both counts, the bound from the share and what the replay saves, and the first answer to say
/// the same.
fn shares_agree(text: &str) -> usize {
    let answer = text.split("What does it change for users?").nth(1).unwrap();
    let answer = answer.split("\n* ").nth(1).unwrap().replace("\n  ", " ");
    let table = &tables(text, "boot  instructions")[0];
    let rows = table[1..].iter().filter(|row| row[0].starts_with('['));
    rows.map(|row| {
        let [boot, all, allocator, share, saves, at_most] = row[..] else { panic!("{row:?}") };
        let (all, allocator) = (number(all).unwrap(), number(allocator).unwrap());
        assert!(close(allocator / all, fraction(share), 1.0), "{row:?}");
        let product = fraction(share) * fraction(saves);
        let nothing = product.abs() < f64::EPSILON && fraction(at_most).abs() < f64::EPSILON;
        assert!(nothing || close(product, fraction(at_most), 3.0), "{row:?}");
        assert!(answer.contains(&format!("{share} on x86_64-6.1-")) && answer.contains(boot), "{answer}");
        assert!(answer.split("at most").nth(1).unwrap().contains(at_most), "{answer}");
    })
    .count()
}

#[test]
fn the_letters_numbers_agree() {
    for candidate in ["wordscan", "rootmem", "bootmem"] {
        let text = letter(&common::pair(candidate), candidate, &Details::default()).unwrap();
        let all = tables(&text, "boot ");
        let timed: usize = all.iter().map(|table| times_agree(table)).sum();
        assert!(timed >= 10, "{candidate}: only {timed} ratios were recomputed");
        assert_eq!(shares_agree(&text), 2, "{candidate}");
        let parts = all.iter().find(|table| table[0].contains(&"calls")).unwrap();
        let costs = all.iter().find(|table| table[0].contains(&"interval")).unwrap();
        assert_eq!(parts_agree(costs, parts), 2);
        let exact: usize = tables(&text, "figure").iter().map(|table| changes_agree(table)).sum();
        assert!(exact >= 10, "{candidate}: only {exact} changes were recomputed");
    }
}

#[test]
fn the_comparisons_numbers_agree() {
    for candidate in ["wordscan", "rootmem", "bootmem"] {
        let found = compare(&common::pair(candidate), candidate).unwrap();
        let text = reports::compare::text(&found, PLAIN);
        let timed: usize = tables(&text, "boot ").iter().map(|table| times_agree(table)).sum();
        assert!(timed >= 10, "{candidate}: only {timed} ratios were recomputed");
        let exact: usize = tables(&text, "figure").iter().map(|table| changes_agree(table)).sum();
        assert!(exact >= 10, "{candidate}: only {exact} changes were recomputed");
    }
}

/// Expect the mean of each strategy to be that of the boots below it.
fn means_agree(means: &[Vec<String>], boots: &[Vec<Vec<String>>]) -> usize {
    let place = means[0].iter().position(|head| head == "boot cost").unwrap();
    let mut checked = 0;
    for row in &means[1..] {
        let (name, Some(mean)) = (&row[0], row.get(place).and_then(|cell| number(cell))) else { continue };
        let columns =
            boots.iter().filter_map(|table| Some((table, table[0].iter().position(|head| head == name)?)));
        for (table, column) in columns.filter(|(_, column)| *column > 2) {
            let ratios: Vec<f64> = table[1..].iter().filter_map(|row| number(row.get(column)?)).collect();
            let logs = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
            assert!(close(logs.exp(), mean, 2.0), "{name}: {ratios:?} and {mean}");
            checked += 1;
        }
    }
    checked
}

fn owned(tables: Vec<Vec<Vec<&str>>>) -> Vec<Vec<Vec<String>>> {
    let cell = |cell: &str| cell.to_owned();
    tables
        .into_iter()
        .map(|table| table.into_iter().map(|row| row.into_iter().map(cell).collect()).collect())
        .collect()
}

#[test]
fn the_terminals_numbers_agree() {
    let text = summary(&common::analysis(), PLAIN, Much::EachBoot);
    let means = owned(tables(&text, "strategy  boot cost  95"));
    assert_eq!(means_agree(&means[0], &owned(tables(&text, "boot "))), 3);
    // Of each boot, the cost is the sum of its parts, and its ratio that to the baseline's.
    let mut checked = 0;
    for table in tables(&text, "strategy  boot cost  ").iter().filter(|table| table[0].contains(&"hand-over"))
    {
        if table[0].contains(&"95 % interval") {
            continue;
        }
        let base = table.iter().find(|row| row[0] == "memblock").unwrap();
        for row in &table[1..] {
            let Some(cost) = row.get(1).and_then(|cell| number(cell)) else { continue };
            let (calls, handing) = (number(row[3]).unwrap(), number(row[4]).unwrap());
            assert!(close(calls + handing, cost, 2.0), "{row:?}");
            assert!(close(cost / number(base[1]).unwrap(), number(row[2]).unwrap(), 3.0), "{row:?}");
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} costs were recomputed");
}

/// The rows of Markdown's and of the page's tables, cells without what stands in brackets below them.
#[test]
fn the_pages_numbers_agree() {
    let analysis = common::analysis();
    let plots = plot::all(&analysis).unwrap();
    let page = html::page(&analysis, &plots).unwrap();
    let table = |html: &str| -> Vec<Vec<String>> {
        let row = |row: &str| {
            let cells = row.split("<t").skip(1).filter(|cell| cell.starts_with(['d', 'h']));
            let text = |cell: &str| {
                cell.split_once('>')
                    .map_or("", |(_, text)| text)
                    .split('<')
                    .next()
                    .unwrap_or("")
                    .trim()
                    .to_owned()
            };
            cells.map(text).collect::<Vec<_>>()
        };
        html.split("<tr>").skip(1).map(row).collect()
    };
    let all: Vec<_> =
        page.split("<table>").skip(1).map(|html| table(html.split("</table>").next().unwrap())).collect();
    let costs =
        all.iter().filter(|table| table[0][0] == "boot" && table[0].contains(&"memory".to_owned())).take(1);
    assert_eq!(means_agree(&all[0], &costs.cloned().collect::<Vec<_>>()), 3);
    // The plot says the same as the table beside it.
    let ratios = plots.iter().find(|plot| plot.id == "ratios").unwrap();
    let shown = all.iter().find(|table| table[0][0] == "boot").unwrap();
    for row in &shown[1..] {
        for (name, cell) in shown[0].iter().zip(row).skip(3) {
            let ratio = cell.split(' ').next().unwrap();
            assert!(
                ratios.description.contains(&format!("{name} {ratio} (")),
                "{name} {ratio}: {}",
                ratios.description
            );
        }
    }
    let text = markdown::report(&analysis, &plots);
    for row in &all[0][1..] {
        assert!(text.contains(&format!("| {} | {} |", row[0], row[1])), "{row:?}");
    }
}

/// Expect the sum and the ratios of the kernel's own table to follow from the numbers that stand in it.
#[test]
fn the_kernels_own_row_agrees_with_those_below() {
    let text = summary(&common::analysis(), PLAIN, Much::EachBoot);
    let tables = tables(&text, "code ");
    assert_eq!(tables.len(), 2);
    for table in tables {
        let numbers = |row: &[&str]| row[1..].iter().filter_map(|cell| number(cell)).collect::<Vec<_>>();
        let sums = |row: &[f64]| (row[0] + row[1] + row[2] - row[3]).abs() < 0.5;
        // The boot has no ratios; the head is not of numbers.
        assert!(sums(&numbers(&table[1])), "{table:?}");
        let logged = numbers(&table[2]);
        let replays: Vec<_> = table[2..].iter().take_while(|row| row.len() == table[0].len()).collect();
        assert_eq!(replays.len(), 5, "the logged calls and four strategies: {table:?}");
        for row in replays {
            let [reserve, free, alloc, sum, ratio, hand_over, of_it] = numbers(row)[..] else {
                panic!("{row:?}")
            };
            assert!(sums(&[reserve, free, alloc, sum]), "{row:?}");
            assert!(close(sum / logged[3], ratio, 3.0), "{row:?}");
            assert!(close(hand_over / logged[5], of_it, 3.0), "{row:?}");
        }
    }
}
