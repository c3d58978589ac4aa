//! Strategies that hung on a boot: what they cost once they do not cost again.

use std::collections::BTreeMap;

use crate::plan::Member;
use crate::results::{Cell, Failure, FailureKind};

/// Who hung on which boot, and in what.
#[derive(Debug, Default)]
pub(super) struct Lost(BTreeMap<(String, String), String>);

impl Lost {
    /// Takes note of those of `cells` that hung.
    pub(super) fn note<'c>(&mut self, cells: impl IntoIterator<Item = &'c Cell>) {
        for cell in cells {
            if cell.outcome.failure().is_some_and(|failure| failure.kind == FailureKind::Hung) {
                let place = (cell.key.trace.clone(), cell.key.strategy.clone());
                self.0.entry(place).or_insert_with(|| cell.key.quantity.to_string());
            }
        }
    }

    /// Why the strategy is not to be tried on this boot, if it is not.
    pub(super) fn of(&self, boot: &str, member: &Member) -> Option<Failure> {
        let quantity = self.0.get(&(boot.to_owned(), member.label.clone()))?;
        let message = format!("not tried, since it hung on this boot when {quantity} was measured");
        Some(Failure { kind: FailureKind::Hung, message })
    }
}
