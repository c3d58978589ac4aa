//! How cost grows, where a sweep was given.

use benches::growth::Kind;

use super::Subject;
use crate::growth::{in_words, mail};
use crate::tables::Table;

/// A sentence for each shape of machine; nothing without a sweep.
pub(super) fn answer(subject: &Subject<'_>) -> Vec<String> {
    let Some(grown) = &subject.analysis.growth else { return Vec::new() };
    let growth = &grown.growth;
    let of = |shape: benches::growth::Shape| {
        let kind = if shape.kinds().contains(&Kind::BootCost) { Kind::BootCost } else { Kind::AllocFailing };
        let side = |name: &str| growth.of_shape(shape).find(|curve| curve.strategy == name);
        let both = [&subject.compare.baseline, &subject.compare.candidate];
        let [base, own] = both.map(|name| in_words(side(name)?, kind));
        Some(format!("With n {}, {} grows as {}, as {}.", shape.unit(), kind.word(), base?, own?))
    };
    let mut said: Vec<String> = growth.shapes().into_iter().filter_map(of).collect();
    said.push(
        "Of machines that are made, not recorded; the appendix has all kinds of calls, and the sizes at which they take 1 ms \
         and 1 s."
            .into(),
    );
    said
}

/// The growth of both sides.
pub(super) fn tables(subject: &Subject<'_>) -> Vec<Table> {
    let sides = [&subject.compare.baseline, &subject.compare.candidate];
    let of_both = |strategy: &str| sides.iter().any(|side| *side == strategy);
    subject.analysis.growth.iter().flat_map(|grown| mail(&grown.growth, &of_both)).collect()
}

/// How to read them, and the command of the sweep.
pub(super) fn notes(subject: &Subject<'_>) -> Vec<String> {
    let of = |grown: &crate::growth::Grown| {
        format!(
            "Growth: exponents over the last three decades of sizes, with intervals of 95 %; of instructions with the least and \
             greatest slope between neighbouring sizes. Swept by: {}",
            grown.growth.command.join(" ")
        )
    };
    subject.analysis.growth.iter().map(of).collect()
}
