//! What `check` found out about one certificate.

use hosho::{
    AuthKeyError, Certificate, Date, Fingerprint, GuarantorId, KeyId, ParseError, Revision,
    Sequence, TrustBundle, UnixTime, VerifiedCertificate,
};
use hosho_policy::Finding;

use crate::outcome::Outcome;
use crate::trust::{Problem, is_overdue};

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
    /// The trust bundle that names the key, if one does.
    pub(crate) trust: Option<Trusted>,
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

/// A trust bundle that an answer rests on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Trusted {
    pub(crate) guarantor_id: GuarantorId<'static>,
    pub(crate) sequence: Sequence,
    /// By when the guarantor promised a newer one.
    pub(crate) next_update: UnixTime,
    /// Whether that time is over: the bundle still says who signed, and may miss what was
    /// withdrawn since.
    pub(crate) overdue: bool,
}

impl Trusted {
    pub(crate) fn of(bundle: &TrustBundle, now: UnixTime) -> Self {
        Self {
            guarantor_id: bundle.guarantor_id().clone(),
            sequence: bundle.sequence(),
            next_update: bundle.next_update(),
            overdue: is_overdue(bundle, now),
        }
    }
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
            trust: None,
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
