//! What the obligees' policy says about certificates before they are issued (`docs/policy.md`).

use std::collections::BTreeSet;

use hosho::{
    Certificate, Date, Expectation, Expected, GuaranteeNumber, GuarantorId, SignedCertificate,
    UnixTime, Verifier,
};
use hosho_policy::{Finding, Policy, Related, Relative, Rule};

use crate::deliver::Stored;
use crate::event::{Event, Watch};
use crate::failure::{Failure, Reason, Refusal};
use crate::home::Home;
use crate::journal::{Chain, Noted, Reviewed, Stage};
use crate::plan::{Item, stand_in};

/// How new certificates are looked at before they are issued.
#[derive(Clone, Debug)]
pub struct Review {
    /// What the obligees ask for.
    pub policy: Policy,
    /// The rules whose findings somebody has accepted.
    pub acknowledged: BTreeSet<Rule>,
    /// What becomes of findings that nobody has accepted.
    pub unacknowledged: Unacknowledged,
}

/// What becomes of warnings and errors of a policy that nobody has accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unacknowledged {
    /// They are told and recorded.
    Record,
    /// Nothing is issued.
    Refuse,
}

impl Review {
    /// Returns the review by the usual policy, which refuses nothing.
    pub fn usual() -> Self {
        Self {
            policy: Policy::usual(),
            acknowledged: BTreeSet::new(),
            unacknowledged: Unacknowledged::Record,
        }
    }

    /// Looks at every certificate that will be issued, tells the findings, and notes them for the
    /// journal.
    pub(crate) fn look_at(
        &self,
        items: &mut [Item],
        home: &Home,
        now: UnixTime,
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        let mut reviewed = Vec::with_capacity(items.len());
        let mut refusals = Vec::new();
        let related = related(items, home, now)?;
        for item in &*items {
            let (number, revision) = (&item.request.number, item.request.revision);
            let findings = self.policy.findings_among(&certificate(item, home)?, &related);
            let missing = self.missing(&findings);
            if self.unacknowledged == Unacknowledged::Refuse && !missing.is_empty() {
                let reason = Reason::Unacknowledged { rules: missing };
                refusals.push(Refusal::of(number, revision, reason));
            }
            let note = |finding: &Finding| Noted::of(finding, &self.acknowledged);
            reviewed.push(Reviewed {
                policy: self.policy.fingerprint(),
                findings: findings.iter().map(note).collect(),
            });
            for finding in findings {
                watch.tell(&Event::Found { number: number.clone(), revision, finding })?;
            }
        }
        for (item, reviewed) in items.iter_mut().zip(reviewed) {
            item.reviewed = Some(reviewed);
        }
        if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
    }

    /// Returns the rules that somebody would have to accept, each once.
    fn missing(&self, findings: &[Finding]) -> Vec<Rule> {
        let needed = findings.iter().filter(|finding| finding.severity().needs_acknowledgement());
        let rules: BTreeSet<Rule> = needed.map(Finding::rule).collect();
        rules.difference(&self.acknowledged).copied().collect()
    }
}

/// Returns everything that can be compared: the certificates of the same call, and those that the
/// home stores of the same guarantees and of the first advances that are named.
fn related(items: &[Item], home: &Home, now: UnixTime) -> Result<Related, Failure> {
    let mut relatives = Vec::with_capacity(items.len());
    let mut numbers = BTreeSet::new();
    for item in items {
        relatives.push(Relative::of(&certificate(item, home)?));
        numbers.insert(&item.request.number);
        numbers.extend(&item.request.guarantee.first_advance);
    }
    for number in numbers {
        stored(number, home, now, &mut relatives)?;
    }
    Ok(Related::of(relatives))
}

/// Returns the certificate that a request asks for, as far as policies look at it.
fn certificate(item: &Item, home: &Home) -> Result<Certificate<'static>, Failure> {
    let id: GuarantorId<'static> = home.profile.id.clone();
    stand_in(&item.request, id)
        .map_err(|reason| Failure::Refused(vec![Refusal::at(&item.file, reason)]))
}

/// Adds the stored revisions of a guarantee; one whose key can no longer be relied on counts as not
/// known.
fn stored(
    number: &GuaranteeNumber<'static>,
    home: &Home,
    now: UnixTime,
    relatives: &mut Vec<Relative>,
) -> Result<(), Failure> {
    let chain = home.journal.ledger().chains().get(number);
    let steps = chain.into_iter().flat_map(Chain::steps);
    let expectation =
        Expectation { number: Expected::Number(number), obligee: None, auth_key: None };
    let (verifier, day) = (Verifier::new(&home.trust), Date::in_japan(now));
    for step in steps.filter(|step| matches!(step.stage, Stage::Signed(_))) {
        let stored = Stored::read(home, number, step.revision)?;
        let genuine = SignedCertificate::parse(&stored.signed)
            .ok()
            .and_then(|signed| verifier.verify(signed, &expectation, day, now).ok());
        relatives.extend(genuine.map(|genuine| Relative::of(genuine.certificate())));
    }
    Ok(())
}
