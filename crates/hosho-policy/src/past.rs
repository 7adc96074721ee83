//! What earlier revisions tell about a certificate.

use hosho::{Certificate, ChangeKinds, Lineage, Revision, Yen};

use crate::related::{Change, Related, Relative};

/// The earlier revisions of a guarantee, as far as they are known.
#[derive(Debug)]
pub(crate) struct Past<'r> {
    /// In rising order of revision, each once.
    earlier: &'r [Relative],
    this: Relative,
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

impl<'r> Past<'r> {
    pub(crate) fn of(this: Relative, related: &'r Related) -> Self {
        Self { earlier: related.earlier(&this), this }
    }

    /// Returns the revision directly before this one, if it is known.
    pub(crate) fn directly_before(&self) -> Option<&'r Relative> {
        let newest = self.earlier.last()?;
        (newest.revision.next() == Some(self.this.revision)).then_some(newest)
    }

    /// Tells whether the contract price fell on the way to this revision.
    pub(crate) fn fall(&self) -> Fall {
        if let Some(higher) = self.earlier.iter().rfind(|it| it.price > self.this.price) {
            return Fall::Fell { before: higher.price, advance: higher.advance };
        }
        if self.is_complete() {
            return Fall::None;
        }
        if self.this.change == Change::Decrease && self.directly_before().is_none() {
            return Fall::PerhapsNow;
        }
        if self.may_have_decreased() { Fall::PerhapsEarlier } else { Fall::None }
    }

    /// Tells whether no earlier revision is missing.
    fn is_complete(&self) -> bool {
        self.earlier.len() + 1 == usize::from(self.this.revision.number())
    }

    /// Tells whether an amendment before this one may have lowered the price: one that is not
    /// known, or a decrease whose revision before is not known.
    fn may_have_decreased(&self) -> bool {
        let amendments = usize::from(self.this.revision.number()).saturating_sub(2);
        let known = self.earlier.iter().filter(|other| other.revision != Revision::FIRST);
        let has_before = |other: &Relative| {
            self.earlier.iter().any(|it| it.revision.next() == Some(other.revision))
        };
        known.clone().count() < amendments
            || known.into_iter().any(|it| it.change == Change::Decrease && !has_before(it))
    }
}

/// Returns what an amendment changes.
pub(crate) fn kinds(certificate: &Certificate<'_>) -> Option<ChangeKinds> {
    match &certificate.claims().lineage {
        Lineage::Original => None,
        Lineage::Amendment { change, .. } => Some(change.kinds),
    }
}
