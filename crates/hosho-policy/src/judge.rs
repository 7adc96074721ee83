//! The rules, applied to one certificate.

use hosho::{Certificate, ChangeKind, Claims, GuaranteeKind, LowPriceSurvey};

use crate::case::Case;
use crate::figure::{Base, Figure, Payment, Percent, Ratio};
use crate::finding::Finding;
use crate::past::{Past, kinds};
use crate::policy::Field;
use crate::related::{Identity, Related, Relative};
use crate::rule::Rule;
use crate::settings::{Level, Settings};

mod amounts;
mod changes;
mod limits;
mod periods;

/// Returns what the rules say about a certificate.
pub(crate) fn findings(
    certificate: &Certificate<'_>,
    related: &Related,
    settings: &Settings,
    field: Field,
) -> Vec<Finding> {
    // A revision that ends the guarantee promises nothing that could be compared.
    if certificate.ending().is_some() {
        return Vec::new();
    }
    let this = Relative::of(certificate);
    let past = Past::of(this, related);
    let findings = Vec::new();
    let mut desk = Desk { certificate, this, past, related, settings, field, findings };
    limits::judge(&mut desk);
    amounts::judge(&mut desk);
    periods::judge(&mut desk);
    changes::judge(&mut desk);
    let mut findings = desk.findings;
    findings.sort_by_key(Finding::rule);
    findings
}

/// One certificate with all that is known about it, and what was found so far.
struct Desk<'d> {
    certificate: &'d Certificate<'d>,
    this: Relative,
    past: Past<'d>,
    related: &'d Related,
    settings: &'d Settings,
    field: Field,
    findings: Vec<Finding>,
}

impl<'d> Desk<'d> {
    fn claims(&self) -> &'d Claims<'d> {
        self.certificate.claims()
    }

    fn level(&self, rule: Rule) -> Level {
        self.settings.level(rule)
    }

    /// Notes a finding, unless findings of this kind are not wanted.
    fn note(&mut self, rule: Rule, level: Level, case: Case, figures: Vec<(&'static str, Figure)>) {
        if let Some(severity) = level {
            self.findings.push(Finding::new(rule, severity, case, figures));
        }
    }

    fn is_changed(&self, kind: ChangeKind) -> bool {
        kinds(self.certificate).is_some_and(|kinds| kinds.contains(kind))
    }

    fn is_surveyed(&self) -> bool {
        self.claims().work.low_price_survey == LowPriceSurvey::Made
    }

    /// Returns what the advance of this certificate is; nothing for a performance guarantee.
    fn payment(&self) -> Option<(Payment, u64)> {
        let payment = match self.claims().kind {
            GuaranteeKind::Advance => Payment::Advance,
            GuaranteeKind::Interim => Payment::Interim,
            GuaranteeKind::Performance => return None,
        };
        Some((payment, self.claims().guarantee.advance?.amount()))
    }

    /// Returns what limits are taken of: R10 puts the planned amount in the place of the price.
    fn base(&self) -> (Base, u64) {
        let work = &self.claims().work;
        match &work.multi_year {
            Some(year) if self.level(Rule::R10).is_some() => (Base::Planned, year.planned.amount()),
            _ => (Base::Price, work.price.amount()),
        }
    }

    /// Returns the certificate of the first advance as it was when this one was issued, if it is
    /// known. A number is one of the same guarantor.
    fn first_advance(&self) -> Option<&'d Relative> {
        let number = self.claims().guarantee.first_advance.as_ref()?;
        let guarantee = Identity::of_guarantee(&self.claims().guarantor_id, number);
        self.related.advance_on(guarantee, self.this.issued_on)
    }

    /// Returns the performance guarantee of the same contract as it was before this certificate was
    /// amended, or as it is now, if it is known.
    fn performance(&self) -> Option<&'d Relative> {
        let amended = self.related.successor(&self.this).map(|it| it.issued_on);
        self.related.performance(&self.this, amended)
    }

    /// Returns the newest certificate of an advance of the same contract, if it was issued later
    /// than this one, and this one was not amended since.
    fn later_advance(&self) -> Option<&'d Relative> {
        if self.related.successor(&self.this).is_some() {
            return None;
        }
        self.related.newest_advance(&self.this).filter(|it| it.issued_on > self.this.issued_on)
    }
}

/// An amount and the most or least that it may be.
#[derive(Clone, Copy, Debug)]
struct Share {
    payment: Option<Payment>,
    amount: u64,
    base: Base,
    base_amount: u64,
    limit: Percent,
}

impl Share {
    #[must_use]
    fn is_exceeded(&self) -> bool {
        self.limit.is_exceeded_by(self.amount, self.base_amount)
    }

    #[must_use]
    fn is_missed(&self) -> bool {
        self.limit.is_missed_by(self.amount, self.base_amount)
    }

    /// Returns the figures, with the most that the amount may be.
    fn figures(&self) -> Vec<(&'static str, Figure)> {
        self.figures_with(self.limit.floor_of(self.base_amount))
    }

    /// Returns the figures, with how much is too much.
    fn figures_of_excess(&self) -> Vec<(&'static str, Figure)> {
        let limit = self.limit.floor_of(self.base_amount);
        let mut figures = self.figures_with(limit);
        figures.push(("excess_jpy", Figure::Amount(self.amount.saturating_sub(limit))));
        figures
    }

    /// Returns the figures, with the least that the amount may be and how much is missing.
    fn figures_of_lack(&self) -> Vec<(&'static str, Figure)> {
        let limit = self.limit.ceil_of(self.base_amount);
        let mut figures = self.figures_with(limit);
        figures.push(("missing_jpy", Figure::Amount(limit.saturating_sub(self.amount))));
        figures
    }

    fn figures_with(&self, limit: u64) -> Vec<(&'static str, Figure)> {
        let payment = self.payment.map(|payment| ("payment", Figure::Payment(payment)));
        let others = [
            ("amount_jpy", Figure::Amount(self.amount)),
            ("base", Figure::Base(self.base)),
            ("base_jpy", Figure::Amount(self.base_amount)),
            ("ratio", Figure::Ratio(Ratio::of(self.amount, self.base_amount))),
            ("limit_percent", Figure::Percent(self.limit)),
            ("limit_jpy", Figure::Amount(limit)),
        ];
        payment.into_iter().chain(others).collect()
    }
}
