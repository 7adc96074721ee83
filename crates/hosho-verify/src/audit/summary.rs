//! The counts of an audit.

use std::collections::BTreeMap;

use super::Finding;
use crate::outcome::{Class, Outcome};

/// How many files of each kind and verdict there were.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    pub(super) sealed: u64,
    pub(super) skipped: u64,
}

impl Summary {
    pub(super) fn count(&mut self, finding: &Finding) {
        let counter = match finding {
            Finding::Judged(answer) => self.outcomes.entry(answer.outcome).or_default(),
            Finding::Sealed => &mut self.sealed,
            Finding::Skipped => &mut self.skipped,
        };
        *counter = counter.saturating_add(1);
    }

    /// How many certificates were judged.
    pub(super) fn judged(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// Whether all that was found was sealed, so that nothing could be judged.
    pub(super) fn is_only_sealed(&self) -> bool {
        self.sealed > 0 && self.judged() == 0
    }

    pub(super) fn of_class(&self, class: Class) -> u64 {
        let of_class = self.outcomes.iter().filter(|(outcome, _)| outcome.class() == class);
        of_class.map(|(_, count)| count).sum()
    }
}
