use std::collections::BTreeSet;

use super::*;

#[test]
fn each_figure_is_named_once_and_says_what_it_is() {
    let ids: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.id).collect();
    assert_eq!(ids.len(), FIGURES.len());
    for one in FIGURES {
        assert!(
            one.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            one.id
        );
        assert!(
            !one.title.is_empty() && one.definition.ends_with('.') && !one.source.is_empty(),
            "{}",
            one.id
        );
        assert_eq!(figure(one.id).map(|found| found.title), Some(one.title));
    }
    assert!(figure("none").is_none());
}

/// Expect a sum that does not fit to be an error that names the figure, and the largest of two to be no sum.
#[test]
fn a_sum_that_does_not_fit_is_refused() {
    let asked = figure("bytes-asked").unwrap();
    assert_eq!(asked.over([3, 4]), Ok(Some(7)));
    assert_eq!(asked.over([]), Ok(None));
    let error = asked.over([u64::MAX, 1]).unwrap_err();
    assert_eq!((error.id, error.value), ("bytes-asked", 1 << 64));
    assert_eq!(figure("largest-run").unwrap().over([u64::MAX, 1]), Ok(Some(u64::MAX)));
}

#[test]
fn values_are_kept_as_id_and_number() {
    let mut figures: Figures = [("failed", 0), ("calls", 7)].into_iter().collect();
    let text = serde_json::to_string(&figures).unwrap();
    assert_eq!(text, r#"{"calls":7,"failed":0}"#);
    assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
    assert_eq!((figures.get("failed"), figures.get("ranges")), (Some(0), None));
    figures.extend(&[("calls", 8), ("ranges", 1)].into_iter().collect());
    assert_eq!(figures.iter().collect::<Vec<_>>(), [("calls", 8), ("failed", 0), ("ranges", 1)]);
}
