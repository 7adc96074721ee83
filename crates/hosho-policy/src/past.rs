//! What earlier revisions tell about a certificate.

use hosho::{Certificate, ChangeKind, ChangeKinds, Lineage, Revision, Yen};

/// The earlier revisions of a guarantee, as far as they are known.
#[derive(Debug)]
pub(crate) struct Past<'c> {
    /// In rising order of revision, each once.
    earlier: Vec<&'c Certificate<'c>>,
    /// Whether none is missing.
    complete: bool,
}

/// Whether the contract price fell along the revisions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fall {
    /// It did.
    Fell {
        /// The price of the latest revision that had a higher one.
        before: Yen,
        /// The advance of that revision.
        advance: Option<Yen>,
    },
    /// An earlier revision, which is not known, may have lowered it.
    PerhapsEarlier,
    /// This revision is a decrease; the one before is not known.
    PerhapsNow,
    /// It did not.
    None,
}

impl<'c> Past<'c> {
    pub(crate) fn of(certificate: &Certificate<'_>, history: &[&'c Certificate<'c>]) -> Self {
        let claims = certificate.claims();
        let revision = certificate.revision();
        let mut earlier: Vec<&Certificate<'_>> = history
            .iter()
            .copied()
            .filter(|other| {
                let theirs = other.claims();
                theirs.number == claims.number
                    && theirs.guarantor_id == claims.guarantor_id
                    && other.revision() < revision
            })
            .collect();
        earlier.sort_by_key(|other| other.revision());
        earlier.dedup_by_key(|other| other.revision());
        let complete = earlier.len() + 1 == usize::from(revision.number());
        Self { earlier, complete }
    }

    /// Returns the revision directly before `certificate`, if it is known.
    pub(crate) fn directly_before(
        &self,
        certificate: &Certificate<'_>,
    ) -> Option<&'c Certificate<'c>> {
        let newest = self.earlier.last().copied()?;
        (newest.revision().next() == Some(certificate.revision())).then_some(newest)
    }

    /// Tells whether the contract price fell on the way to `certificate`.
    pub(crate) fn fall(&self, certificate: &Certificate<'_>) -> Fall {
        let price = certificate.claims().work.price;
        let higher = self.earlier.iter().rev().find(|other| other.claims().work.price > price);
        if let Some(higher) = higher {
            let claims = higher.claims();
            return Fall::Fell { before: claims.work.price, advance: claims.guarantee.advance };
        }
        if self.complete {
            return Fall::None;
        }
        if decreases(certificate) && self.directly_before(certificate).is_none() {
            return Fall::PerhapsNow;
        }
        if self.may_have_decreased(certificate) { Fall::PerhapsEarlier } else { Fall::None }
    }

    /// Tells whether an amendment before `certificate` may have lowered the price: one that is not
    /// known, or a decrease whose revision before is not known.
    fn may_have_decreased(&self, certificate: &Certificate<'_>) -> bool {
        let amendments = usize::from(certificate.revision().number()).saturating_sub(2);
        let known = self.earlier.iter().filter(|other| other.revision() != Revision::FIRST);
        let has_before = |other: &Certificate<'_>| {
            self.earlier.iter().any(|it| it.revision().next() == Some(other.revision()))
        };
        known.clone().count() < amendments
            || known.into_iter().any(|other| decreases(other) && !has_before(other))
    }
}

fn decreases(certificate: &Certificate<'_>) -> bool {
    kinds(certificate).is_some_and(|kinds| kinds.contains(ChangeKind::Decrease))
}

/// Returns what an amendment changes.
pub(crate) fn kinds(certificate: &Certificate<'_>) -> Option<ChangeKinds> {
    match &certificate.claims().lineage {
        Lineage::Original => None,
        Lineage::Amendment { change, .. } => Some(change.kinds),
    }
}
