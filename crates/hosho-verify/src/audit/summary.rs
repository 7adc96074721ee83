//! The counts of an audit.

use std::collections::BTreeMap;

use super::ledger::balance::{About, Finding};
use super::record::{Found, Record};
use crate::outcome::{Class, Outcome};

/// How many things that were passed over are named.
const MAX_PASSED_OVER: usize = 1_000;

/// How many things of each kind and verdict there were.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    pub(super) sealed: u64,
    pub(super) skipped: u64,
    /// What was passed over, the first of it.
    pub(super) passed_over: Vec<String>,
    /// Findings of the policy, by rule and weight.
    pub(super) findings: BTreeMap<String, u64>,
}

/// How the rows of the ledger came out.
#[derive(Debug, Default)]
pub(super) struct LedgerSummary {
    pub(super) rows: u64,
    pub(super) counts: BTreeMap<About, u64>,
    /// Differing fields by their names.
    pub(super) fields: BTreeMap<String, u64>,
}

impl Summary {
    pub(super) fn count(&mut self, record: &Record) {
        let counter = match &record.found {
            Found::Judged { outcome, .. } => self.outcomes.entry(*outcome).or_default(),
            Found::Sealed => &mut self.sealed,
            Found::Skipped => &mut self.skipped,
        };
        *counter = counter.saturating_add(1);
        if let Some(place) = &record.place
            && self.passed_over.len() < MAX_PASSED_OVER
        {
            self.passed_over.push(place.clone());
        }
        for rule in &record.findings {
            let counter = self.findings.entry(rule.clone()).or_default();
            *counter = counter.saturating_add(1);
        }
    }

    /// How many certificates were judged.
    pub(super) fn judged(&self) -> u64 {
        self.outcomes.values().sum()
    }

    pub(super) fn of_class(&self, class: Class) -> u64 {
        let of_class = self.outcomes.iter().filter(|(outcome, _)| outcome.class() == class);
        of_class.map(|(_, count)| count).sum()
    }
}

impl LedgerSummary {
    pub(super) fn count(&mut self, finding: &Finding) {
        let counter = self.counts.entry(finding.about).or_default();
        *counter = counter.saturating_add(1);
        for difference in &finding.differences {
            let counter = self.fields.entry(difference.field.clone()).or_default();
            *counter = counter.saturating_add(1);
        }
    }

    /// Rows of which nothing was told.
    pub(super) fn agreeing(&self) -> u64 {
        let of_rows = self.counts.iter().filter(|(about, _)| **about != About::NoRow);
        self.rows.saturating_sub(of_rows.map(|(_, count)| count).sum())
    }

    pub(super) fn contradicts(&self) -> bool {
        self.counts.iter().any(|(about, count)| about.contradicts() && *count > 0)
    }
}
