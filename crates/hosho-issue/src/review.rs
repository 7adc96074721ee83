//! What the obligees' policy says about certificates before they are issued (`docs/policy.md`).

use std::collections::{BTreeMap, BTreeSet};

use hosho::{
    Certificate, Date, Expectation, Expected, GuaranteeKind, GuaranteeNumber, GuarantorId,
    Revision, SignedCertificate, UnixTime, Verifier,
};
use hosho_policy::{Finding, Policy, Rule};

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
        let archive = Archive::of(items, home, now);
        for item in &*items {
            let (number, revision) = (&item.request.number, item.request.revision);
            let findings = archive.findings(&self.policy, item)?;
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

/// The certificates that can be compared: those of the same call, and those that the home stores.
struct Archive<'s> {
    items: &'s [Item],
    /// Places in `items` by number of the guarantee.
    by_number: BTreeMap<&'s GuaranteeNumber<'static>, Vec<usize>>,
    by_contract: BTreeMap<Contract<'s>, Newest>,
    home: &'s Home,
    now: UnixTime,
}

/// The names of an obligee and of its contract.
type Contract<'s> = (&'s str, &'s str);

/// The places in `items` of what a policy compares with others of the same contract. However many
/// requests name one contract, each is compared with these two.
#[derive(Clone, Copy, Debug, Default)]
struct Newest {
    advance: Option<usize>,
    performance: Option<usize>,
}

fn contract(item: &Item) -> Contract<'_> {
    (item.request.obligee.name.as_str(), item.request.work.contract_number.as_str())
}

impl<'s> Archive<'s> {
    fn of(items: &'s [Item], home: &'s Home, now: UnixTime) -> Self {
        let mut by_number: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut by_contract: BTreeMap<_, Newest> = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            by_number.entry(&item.request.number).or_default().push(place);
            let newest = by_contract.entry(contract(item)).or_default();
            let known = match item.request.kind {
                GuaranteeKind::Performance => &mut newest.performance,
                _ => &mut newest.advance,
            };
            let age = |item: &Item| (item.request.issued_on, item.request.revision);
            let before = known.and_then(|before| items.get(before));
            if before.is_none_or(|before| age(before) <= age(item)) {
                *known = Some(place);
            }
        }
        Self { items, by_number, by_contract, home, now }
    }

    fn findings(&self, policy: &Policy, item: &Item) -> Result<Vec<Finding>, Failure> {
        let request = &item.request;
        let mut history = self.stored(&request.number)?;
        history.extend(self.asked(self.numbered(&request.number))?);
        let newest = self.by_contract.get(&contract(item)).copied().unwrap_or_default();
        let mut others = self.asked(newest.advance.into_iter().chain(newest.performance))?;
        if let Some(first) = &request.guarantee.first_advance {
            others.extend(self.stored(first)?);
            others.extend(self.asked(self.numbered(first))?);
        }
        let certificate = self.certificate(item)?;
        let history: Vec<&Certificate<'_>> = history.iter().collect();
        let companions: Vec<&Certificate<'_>> =
            others.iter().chain(history.iter().copied()).collect();
        Ok(policy.findings(&certificate, &history, &companions))
    }

    fn numbered(&self, number: &GuaranteeNumber<'static>) -> impl Iterator<Item = usize> {
        self.by_number.get(number).into_iter().flatten().copied()
    }

    /// Returns the certificates that other requests of this call ask for.
    fn asked(
        &self,
        places: impl Iterator<Item = usize>,
    ) -> Result<Vec<Certificate<'static>>, Failure> {
        let items = places.filter_map(|place| self.items.get(place));
        items.map(|item| self.certificate(item)).collect()
    }

    fn certificate(&self, item: &Item) -> Result<Certificate<'static>, Failure> {
        let id: GuarantorId<'static> = self.home.profile.id.clone();
        stand_in(&item.request, id)
            .map_err(|reason| Failure::Refused(vec![Refusal::at(&item.file, reason)]))
    }

    /// Returns the stored revisions of a guarantee; one whose key can no longer be relied on counts
    /// as not known.
    fn stored(
        &self,
        number: &GuaranteeNumber<'static>,
    ) -> Result<Vec<Certificate<'static>>, Failure> {
        let chain = self.home.journal.ledger().chains().get(number);
        let steps = chain.into_iter().flat_map(Chain::steps);
        let signed = steps.filter(|step| matches!(step.stage, Stage::Signed(_)));
        let mut certificates = Vec::new();
        for step in signed {
            certificates.extend(self.read(number, step.revision)?);
        }
        Ok(certificates)
    }

    fn read(
        &self,
        number: &GuaranteeNumber<'static>,
        revision: Revision,
    ) -> Result<Option<Certificate<'static>>, Failure> {
        let stored = Stored::read(self.home, number, revision)?;
        let expectation =
            Expectation { number: Expected::Number(number), obligee: None, auth_key: None };
        let day = Date::in_japan(self.now);
        let verified = SignedCertificate::parse(&stored.signed).ok().and_then(|signed| {
            let verifier = Verifier::new(&self.home.trust);
            verifier.verify(signed, &expectation, day, self.now).ok()
        });
        Ok(verified.map(|verified| verified.certificate().clone().into_owned()))
    }
}
