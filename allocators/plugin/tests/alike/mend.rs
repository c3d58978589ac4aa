//! Defects that are taken out of foreign code by their names, before it is compiled.

use allocators::{PageSize, Strategy};
use plugin::Plugin;

use super::random::{Defined, first_difference};

/// A defect, and the texts that are replaced in order to be rid of it.
pub(crate) struct Mend {
    pub(crate) defect: &'static str,
    /// Lines without the blanks that begin them: mail archives lose tabs. Each occurs once.
    pub(crate) edits: &'static [(&'static str, &'static str)],
}

/// The text without the defects, but for the one at place `left_in`.
pub(crate) fn apply(text: &str, mends: &[Mend], left_in: Option<usize>) -> String {
    let kept = mends.iter().enumerate().filter(|(place, _)| Some(*place) != left_in).map(|(_, mend)| mend);
    let edits = kept.flat_map(|mend| mend.edits.iter().map(move |edit| (mend, edit)));
    edits.fold(text.to_owned(), |text, (mend, (from, to))| {
        assert_eq!(text.matches(from).count(), 1, "{}: `{from}`", mend.defect);
        text.replace(from, to)
    })
}

/// Expects each defect to be noticed by random calls when it is left in: a mend that changes nothing is none.
pub(crate) fn each_is_noticed(
    ours: &'static impl Strategy,
    defined: Defined,
    mends: &[Mend],
    theirs: impl Fn(PageSize, Option<usize>) -> &'static Plugin,
) {
    let unnoticed = mends.iter().enumerate().filter(|(place, _)| {
        first_difference(ours, theirs(PageSize::KIB_4, Some(*place)), defined).is_none()
    });
    let unnoticed: Vec<&str> = unnoticed.map(|(_, mend)| mend.defect).collect();
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}
