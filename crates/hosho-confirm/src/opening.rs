//! From a number and an auth key to what an obligee is shown: no database and no clock.
//!
//! Everything from the commitment of the sealing to the binding of the certificate is one miss for
//! the caller (spec R-SEAL-2); the operator's log is told more.

use hosho::{
    AttestationProof, AuthKey, Certificate, ChangeKind, Date, Expectation, Expected, Fingerprint,
    GuaranteeNumber, GuarantorId, KeyId, Lineage, OpenedCertificate, Revision, SealedCertificate,
    SignedCertificate, Standing, UnixTime, Verdict, VerifiedCertificate, VerifyError,
};
use hosho_store::Shelf;

use crate::trust::Trust;

/// What lay under the locator does not open: for the caller a miss, for the operator damage.
///
/// Whoever gets here has the number and the auth key from which the locator is derived, so this is
/// not what a guesser meets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// The rule that failed first.
    pub code: &'static str,
}

/// The revisions of a shelf, unsealed: their signatures are not verified yet.
#[derive(Debug)]
pub struct Unsealed<'k> {
    guarantor: GuarantorId<'static>,
    revisions: Vec<(Revision, OpenedCertificate<'k>)>,
}

/// A guarantee as its guarantor's certificates tell it, on the day asked about.
#[derive(Clone, Debug)]
pub struct Opened {
    earlier: Vec<OpenedRevision>,
    newest: GenuineRevision,
    /// Which of the earlier ones governs on the day, if one does and the newest does not.
    governing: Option<usize>,
    on: Date,
    now: UnixTime,
}

/// One revision of an opened guarantee.
#[derive(Clone, Debug)]
pub enum OpenedRevision {
    /// Its signature verified.
    Genuine(Box<GenuineRevision>),
    /// The revision after it names its hash, but it cannot be judged by itself: its key was
    /// compromised, and no proof is there.
    Unjudged {
        /// Which one it is.
        revision: Revision,
        /// The signed bytes.
        signed: Vec<u8>,
        /// Why.
        error: VerifyError,
    },
}

/// A revision whose signature verified.
#[derive(Clone, Debug)]
pub struct GenuineRevision {
    /// The signed bytes.
    pub signed: Vec<u8>,
    /// What the guarantor signed.
    pub certificate: Certificate<'static>,
    /// The SHA-256 of the signed bytes.
    pub fingerprint: Fingerprint,
    /// The key that signed it.
    pub key_id: KeyId,
    /// Whether it is in force on the day asked about, as snapshots and its own claims tell.
    pub verdict: Verdict,
    /// A later revision that governs on that day or ended the guarantee, where no snapshot tells of
    /// it yet.
    pub overtaken_by: Option<Revision>,
}

impl<'k> Unsealed<'k> {
    /// Opens every sealed revision with the key.
    ///
    /// # Errors
    /// When one of them is not in its form or does not open.
    pub fn open(shelf: &Shelf, key: &'k AuthKey) -> Result<Self, Closed> {
        let unseal = |(revision, bytes): &(Revision, Vec<u8>)| {
            let sealed = SealedCertificate::parse(bytes).map_err(|e| Closed { code: e.code() })?;
            let opened = key.open(&sealed).map_err(|e| Closed { code: e.code() })?;
            Ok((*revision, opened))
        };
        let revisions = shelf.sealed.iter().map(unseal).collect::<Result<_, _>>()?;
        Ok(Self { guarantor: shelf.guarantor.clone(), revisions })
    }

    /// Returns the hashes of the signed certificates, to look their proofs up.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.revisions.iter().map(|(_, opened)| Fingerprint::of(opened.as_bytes())).collect()
    }

    /// Verifies the newest revision with the number as expectation, reaches the earlier ones by
    /// their hashes (spec R-CHAIN-1), and judges each on the day.
    ///
    /// # Errors
    /// The first thing that fails between the signature and the binding.
    pub fn judge(
        &self,
        number: &GuaranteeNumber<'_>,
        trust: &Trust,
        proofs: &[AttestationProof],
        on: Date,
        now: UnixTime,
    ) -> Result<Opened, Closed> {
        let closed = |code| Closed { code };
        if *trust.bundle().guarantor_id() != self.guarantor {
            return Err(closed("E5-KEY-UNKNOWN"));
        }
        let judge = trust.verifier(proofs);
        let expectation =
            Expectation { number: Expected::Number(number), obligee: None, auth_key: None };
        let (revision, newest) = self.revisions.last().ok_or(closed("E6-CHAIN"))?;
        let verified = judge
            .verify_opened(newest, &expectation, on, now)
            .map_err(|error| closed(error.code()))?;
        if verified.certificate().revision() != *revision {
            return Err(closed("E6-CHAIN"));
        }
        let candidates: Vec<&[u8]> = self.revisions.iter().map(|(_, it)| it.as_bytes()).collect();
        let earlier = verified.earlier_among(&candidates).map_err(|e| closed(e.code()))?;
        if earlier.len().saturating_add(1) != self.revisions.len() {
            return Err(closed("E6-CHAIN"));
        }
        let mut revisions = Vec::with_capacity(earlier.len());
        for (bytes, (revision, _)) in earlier.into_iter().zip(&self.revisions) {
            let signed = SignedCertificate::parse(bytes).map_err(|e| closed(e.code()))?;
            // After a rekey its own binding is that of the old key: the newest vouches for it.
            revisions.push(match judge.verify(signed, &expectation, on, now) {
                Ok(verified) if verified.certificate().revision() != *revision => {
                    return Err(closed("E6-CHAIN"));
                }
                Ok(verified) => OpenedRevision::Genuine(Box::new(GenuineRevision::of(&verified))),
                Err(error) => {
                    OpenedRevision::Unjudged { revision: *revision, signed: bytes.to_vec(), error }
                }
            });
        }
        Ok(Opened::new(revisions, GenuineRevision::of(&verified), on, now))
    }
}

impl Opened {
    fn new(
        mut earlier: Vec<OpenedRevision>,
        newest: GenuineRevision,
        on: Date,
        now: UnixTime,
    ) -> Self {
        overtake(&mut earlier, &newest, on);
        let in_force = |it: &GenuineRevision| it.standing() == Standing::InForce;
        let governing = if in_force(&newest) {
            None
        } else {
            earlier.iter().rposition(|it| it.genuine().is_some_and(in_force))
        };
        Self { earlier, newest, governing, on, now }
    }

    /// Returns the revision that answers for the day: the one that governs, or else the newest.
    pub fn shown(&self) -> &GenuineRevision {
        let governing = self.governing.and_then(|at| self.earlier.get(at));
        governing.and_then(OpenedRevision::genuine).unwrap_or(&self.newest)
    }

    /// Returns the newest revision.
    pub const fn newest(&self) -> &GenuineRevision {
        &self.newest
    }

    /// Returns the revisions before the newest, from the first on.
    pub fn earlier(&self) -> &[OpenedRevision] {
        &self.earlier
    }

    /// Returns the certificates of the genuine revisions, from the first to the newest.
    pub fn certificates(&self) -> Vec<&Certificate<'static>> {
        let earlier = self.earlier.iter().filter_map(OpenedRevision::genuine);
        earlier.chain([&self.newest]).map(|it| &it.certificate).collect()
    }

    /// Returns the signed bytes of a revision.
    pub fn signed(&self, revision: Revision) -> Option<&[u8]> {
        if self.newest.certificate.revision() == revision {
            return Some(&self.newest.signed);
        }
        self.earlier.iter().find(|it| it.revision() == revision).map(OpenedRevision::signed)
    }

    /// Returns the signed bytes of every revision with its number, from the first to the newest.
    pub fn all_signed(&self) -> Vec<(Revision, &[u8])> {
        let newest = (self.newest.certificate.revision(), self.newest.signed.as_slice());
        let earlier = self.earlier.iter().map(|it| (it.revision(), it.signed()));
        earlier.chain([newest]).collect()
    }

    /// Returns the day asked about.
    pub const fn on(&self) -> Date {
        self.on
    }

    /// Returns when it was asked.
    pub const fn now(&self) -> UnixTime {
        self.now
    }
}

impl OpenedRevision {
    /// Returns which one it is.
    pub fn revision(&self) -> Revision {
        match self {
            Self::Genuine(genuine) => genuine.certificate.revision(),
            Self::Unjudged { revision, .. } => *revision,
        }
    }

    /// Returns the signed bytes.
    pub fn signed(&self) -> &[u8] {
        match self {
            Self::Genuine(genuine) => &genuine.signed,
            Self::Unjudged { signed, .. } => signed,
        }
    }

    /// Returns what its guarantor signed, if its signature verified.
    pub fn genuine(&self) -> Option<&GenuineRevision> {
        match self {
            Self::Genuine(genuine) => Some(genuine),
            Self::Unjudged { .. } => None,
        }
    }
}

impl GenuineRevision {
    pub(crate) fn of(verified: &VerifiedCertificate<'_>) -> Self {
        Self {
            signed: verified.as_bytes().to_vec(),
            certificate: verified.certificate().clone().into_owned(),
            fingerprint: verified.fingerprint(),
            key_id: verified.key_id(),
            verdict: *verified.verdict(),
            overtaken_by: None,
        }
    }

    /// Returns whether it is in force on the day asked about.
    pub const fn standing(&self) -> Standing {
        match self.overtaken_by {
            Some(_) => Standing::Superseded,
            None => self.verdict.standing(),
        }
    }

    /// Returns the newest revision, if that is another one.
    pub fn superseded_by(&self) -> Option<Revision> {
        self.verdict.superseded_by().or(self.overtaken_by)
    }

    /// Returns the code of the class E7 that goes with the standing.
    pub const fn error_code(&self) -> Option<&'static str> {
        match self.overtaken_by {
            Some(_) => None,
            None => self.verdict.error_code(),
        }
    }
}

/// Marks the revisions that a snapshot calls in force because it was made before a later revision
/// that is here: that one is in the guarantor's hand too, and says from when it governs (spec
/// R-GOV-1).
fn overtake(earlier: &mut [OpenedRevision], newest: &GenuineRevision, on: Date) {
    let ends = |certificate: &Certificate<'_>| match &certificate.claims().lineage {
        Lineage::Original => false,
        Lineage::Amendment { change, .. } => change.kinds.contains(ChangeKind::Voidance),
    };
    let governs =
        |certificate: &Certificate<'_>| ends(certificate) || certificate.governs_from() <= on;
    let mut later_governs = governs(&newest.certificate);
    for revision in earlier.iter_mut().rev() {
        let OpenedRevision::Genuine(genuine) = revision else { continue };
        if later_governs && genuine.verdict.standing() == Standing::InForce {
            genuine.overtaken_by = Some(newest.certificate.revision());
        }
        later_governs |= governs(&genuine.certificate);
    }
}
