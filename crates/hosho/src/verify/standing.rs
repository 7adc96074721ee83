//! Whether a genuine certificate is in force on a day (spec sections 12.2 and 12.3).

use super::verdict::{Regressed, Reissued};
use super::{NumberCheck, Standing, StatusGap, Verdict, Verifier};
use crate::certificate::Certificate;
use crate::counter::Revision;
use crate::date::{Date, UnixTime};
use crate::status::{EndedBy, StatusEntry, StatusSnapshot, SupersededBy};

impl Verifier<'_> {
    pub(super) fn judge(
        &self,
        certificate: &Certificate<'_>,
        number_check: NumberCheck,
        on: Date,
        now: UnixTime,
    ) -> Verdict {
        let mut verdict = Verdict {
            standing: Standing::InForce,
            on,
            as_of: None,
            superseded_by: None,
            reissued: None,
            ended_on: None,
            number_check,
        };
        let entry = match self.snapshot_for(certificate) {
            Ok(snapshot) => {
                verdict.as_of = Some(snapshot.issued_at());
                self.fresh_entry(snapshot, certificate, on, now)
            }
            Err(gap) => Err(without_status(certificate, on, gap)),
        };
        verdict.standing = match entry {
            Ok(entry) => {
                let (current, ended_on) = facts(&entry);
                verdict.superseded_by = current.filter(|newest| *newest != certificate.revision());
                verdict.ended_on = ended_on;
                verdict.reissued = reissued(&entry, on);
                standing(certificate, &entry, on)
            }
            Err(standing) => standing,
        };
        verdict
    }

    fn snapshot_for(&self, certificate: &Certificate<'_>) -> Result<&StatusSnapshot, StatusGap> {
        let claims = certificate.claims();
        let ours = || {
            self.snapshots.iter().filter(|snapshot| *snapshot.guarantor_id() == claims.guarantor_id)
        };
        let newest = ours()
            .filter(|snapshot| snapshot.list() == claims.status.list)
            .max_by_key(|snapshot| snapshot.sequence());
        let conflicts = |chosen: &StatusSnapshot| {
            ours().any(|other| {
                other.list() == chosen.list()
                    && other.sequence() == chosen.sequence()
                    && !core::ptr::eq(*other, chosen)
                    && *other != chosen
            })
        };
        match (newest, self.unusable_status) {
            (Some(snapshot), _) if conflicts(snapshot) => Err(StatusGap::Conflicting),
            (Some(snapshot), _) => Ok(snapshot),
            (None, Some(error)) => Err(StatusGap::Unusable(error)),
            (None, None) if ours().next().is_some() => Err(StatusGap::OtherList),
            (None, None) if self.snapshots.is_empty() => Err(StatusGap::NoSnapshot),
            (None, None) => Err(StatusGap::OtherGuarantor),
        }
    }

    /// Returns the entry if the snapshot is fresh for the day (spec R-FRESH-1).
    fn fresh_entry(
        &self,
        snapshot: &StatusSnapshot,
        certificate: &Certificate<'_>,
        on: Date,
        now: UnixTime,
    ) -> Result<StatusEntry, Standing> {
        let entry = snapshot.entry(certificate.claims().status.index);
        if entry == StatusEntry::NotIssued {
            return Err(Standing::StatusUnknown(StatusGap::NotIssued));
        }
        if on.has_ended_by(snapshot.issued_at()) {
            return Ok(entry);
        }
        let regressed = self.remembered.iter().any(|(guarantor_id, list, sequence)| {
            *guarantor_id == *snapshot.guarantor_id()
                && *list == snapshot.list()
                && *sequence > snapshot.sequence()
        });
        if regressed || now > snapshot.next_update() {
            return Err(Standing::StatusStale {
                regressed: regressed.then_some(Regressed),
                since: snapshot.next_update(),
            });
        }
        Ok(entry)
    }
}

/// With no snapshot given the certificate alone can decide that it is not in force.
fn without_status(certificate: &Certificate<'_>, on: Date, gap: StatusGap) -> Standing {
    let period = certificate.claims().guarantee.period;
    match gap {
        StatusGap::NoSnapshot if on < period.from().max(certificate.governs_from()) => {
            Standing::NotYetInForce
        }
        StatusGap::NoSnapshot if on > period.to() => Standing::Expired,
        _ => Standing::StatusUnknown(gap),
    }
}

fn facts(entry: &StatusEntry) -> (Option<Revision>, Option<Date>) {
    match entry {
        StatusEntry::NotIssued | StatusEntry::InForce => (None, None),
        StatusEntry::Superseded { current, .. } => (Some(*current), None),
        StatusEntry::Ended { current, on, .. } => (Some(*current), Some(*on)),
    }
}

/// Tells whether a rekey took the place of the revision by this day (spec R-VER-6).
fn reissued(entry: &StatusEntry, on: Date) -> Option<Reissued> {
    match entry {
        StatusEntry::Superseded { on: day, cause: SupersededBy::Rekey, .. } if on >= *day => {
            Some(Reissued)
        }
        _ => None,
    }
}

fn standing(certificate: &Certificate<'_>, entry: &StatusEntry, on: Date) -> Standing {
    let period = certificate.claims().guarantee.period;
    let governs_from = certificate.governs_from();
    let original = certificate.revision() == Revision::FIRST;
    let replaced_on = match entry {
        StatusEntry::NotIssued | StatusEntry::InForce => None,
        StatusEntry::Superseded { on, .. } => Some(*on),
        StatusEntry::Ended { cause: EndedBy::Voidance, .. } => return Standing::Voided,
        StatusEntry::Ended { on: end, cause: EndedBy::Termination { replaced_on }, .. } => {
            if on >= *end {
                return Standing::Terminated;
            }
            *replaced_on
        }
    };
    if replaced_on.is_some_and(|day| on >= day) {
        return Standing::Superseded;
    }
    if !original && on < governs_from && on >= period.from() {
        return Standing::Superseded;
    }
    if on < period.from() || on < governs_from {
        return Standing::NotYetInForce;
    }
    if on > period.to() {
        return Standing::Expired;
    }
    Standing::InForce
}
