//! What `check` found out about one certificate.

use hosho::{
    AuthKeyError, Certificate, Date, Fingerprint, KeyId, ParseError, Revision, UnixTime,
    VerifiedCertificate,
};
use hosho_policy::Finding;

use crate::outcome::Outcome;
use crate::trust::Problem;

/// The verdict with everything that may be told about it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    /// The rule behind a refusal or an undecided answer.
    pub(crate) code: Option<&'static str>,
    pub(crate) offset: Option<usize>,
    /// What breaks that rule.
    pub(crate) fault_of: Part,
    /// The group of the auth key that holds the typing error, if it is a single one.
    pub(crate) group: Option<u8>,
    pub(crate) superseded_by: Option<Revision>,
    pub(crate) ended_on: Option<Date>,
    pub(crate) as_of: Option<UnixTime>,
    /// Whether the auth key was compared with the certificate and fits.
    pub(crate) key_fits: bool,
    /// What the guarantor signed, if its signature verified by a key that can be relied on.
    pub(crate) genuine: Option<Genuine>,
    /// What a policy says, if there is one.
    pub(crate) findings: Option<Vec<Finding>>,
    /// What a timestamp says besides, which changes no verdict (spec R-EVID-9).
    pub(crate) timestamp: Timestamp,
    /// Since when the key is feared stolen, if that is the verdict.
    pub(crate) stolen_since: Option<UnixTime>,
}

/// What became of the timestamp of an evidence file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Timestamp {
    /// The evidence existed at this time.
    At(UnixTime),
    /// There is none to verify.
    Missing,
    /// Nobody asked.
    NotAsked,
    /// It does not verify (E5-TIMESTAMP).
    Refused,
}

/// One of the things that an answer rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    Bundle,
    Certificate,
    Proof,
    Snapshot,
}

/// A certificate whose signature verified.
#[derive(Debug)]
pub(crate) struct Genuine {
    pub(crate) certificate: Certificate<'static>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) key_id: KeyId,
}

impl Genuine {
    pub(crate) fn of(verified: &VerifiedCertificate<'_>) -> Self {
        Self {
            certificate: verified.certificate().clone().into_owned(),
            fingerprint: verified.fingerprint(),
            key_id: verified.key_id(),
        }
    }
}

impl Answer {
    /// An answer without claims: nothing was verified.
    pub(crate) const fn refused(
        outcome: Outcome,
        code: &'static str,
        offset: Option<usize>,
    ) -> Self {
        Self {
            outcome,
            code: Some(code),
            offset,
            fault_of: Part::Certificate,
            group: None,
            superseded_by: None,
            ended_on: None,
            as_of: None,
            key_fits: false,
            genuine: None,
            findings: None,
            timestamp: Timestamp::NotAsked,
            stolen_since: None,
        }
    }

    /// An answer without claims, because no bundle can be relied on.
    pub(crate) fn trust_unusable(problem: Problem) -> Self {
        let refused = Self::refused(Outcome::TrustUnusable, problem.code, problem.offset);
        Self { fault_of: Part::Bundle, ..refused }
    }

    pub(crate) fn mistyped(error: AuthKeyError) -> Self {
        let refused = Self::refused(Outcome::KeyMistyped, error.code(), None);
        Self { group: error.group(), ..refused }
    }

    pub(crate) fn not_genuine(error: ParseError) -> Self {
        Self::refused(Outcome::NotGenuine, error.code(), Some(error.offset()))
    }
}
