//! The judgement of one certificate: no files, no terminal, no clock.

use std::sync::Arc;

use hosho::{
    AttestationProof, AuthKey, Date, Evidence, Expectation, Expected, KeyId, KeyState,
    OpenedCertificate, PreparedKeys, SealedCertificate, SignedCertificate, Standing, StatusGap,
    TrustBundle, UnixTime, VerifiedCertificate, Verifier, VerifyError,
};

use super::answer::{Answer, Genuine, Part, Timestamp, Trusted};
use crate::arguments::SignatureArguments;
use crate::outcome::Outcome;
use crate::remembered::Seen;
use crate::source;
use crate::trust::{Bundles, Problem, Snapshots};

/// What an answer rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis<'e> {
    pub(crate) bundles: &'e Bundles,
    pub(crate) snapshots: &'e Snapshots,
    pub(crate) proof: Option<&'e AttestationProof>,
    /// Why a proof that was given is of no use.
    pub(crate) proof_problem: Option<Problem>,
    /// What was seen before.
    pub(crate) seen: Option<&'e Seen>,
    /// The evidence file that the certificate comes from.
    pub(crate) container: Option<&'e Evidence<'e>>,
    /// Certificates that may vouch for it as later revisions (spec R-SEAL-4).
    pub(crate) later: &'e [Vec<u8>],
    pub(crate) signatures: SignatureArguments,
}

/// What is asked about a certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q> {
    pub(crate) expected: Expected<'q>,
    pub(crate) obligee: Option<&'q str>,
    pub(crate) auth_key: Option<&'q AuthKey>,
    pub(crate) on: Date,
    pub(crate) now: UnixTime,
}

impl<'q> Question<'q> {
    fn expectation(&self) -> Expectation<'q> {
        Expectation { number: self.expected, obligee: self.obligee, auth_key: self.auth_key }
    }
}

impl<'e> Basis<'e> {
    /// The verifier that knows all of this, if there is a bundle at all.
    pub(crate) fn verifier(&self) -> Result<Verifier<'e>, Problem> {
        let (first, others) = self.bundles.usable()?;
        let mut verifier = Verifier::new(first);
        for bundle in others {
            verifier = verifier.also_trusting(bundle);
        }
        for snapshot in self.snapshots.all() {
            verifier = verifier.with_status(snapshot);
        }
        if let Some(proof) = self.proof {
            verifier = verifier.with_proof(proof);
        }
        for later in self.later.iter().filter_map(|bytes| SignedCertificate::parse(bytes).ok()) {
            verifier = verifier.with_later(later);
        }
        for (guarantor_id, list, sequence) in self.seen.into_iter().flat_map(Seen::lists) {
            verifier = verifier.remembering(guarantor_id.clone(), list, sequence);
        }
        if let Some(path) = self.signatures.path {
            verifier = verifier.sharing(Arc::new(PreparedKeys::new().on_path(path)));
        }
        if self.signatures.confirm {
            verifier = verifier.confirming();
        }
        Ok(verifier)
    }
}

/// Expects nothing: shows what a genuine certificate is about that was refused as the wrong one.
pub(crate) const ANYTHING: Expectation<'static> =
    Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };

/// Judges a signed certificate.
pub(crate) fn signed(bytes: &[u8], question: &Question<'_>, basis: &Basis<'_>) -> Answer {
    let verifier = match basis.verifier() {
        Ok(verifier) => verifier,
        Err(problem) => return Answer::trust_unusable(problem),
    };
    let signed = match SignedCertificate::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => return Answer::not_genuine(error),
    };
    let Question { on, now, .. } = *question;
    match verifier.verify(signed.clone(), &question.expectation(), on, now) {
        Ok(genuine) => match basis.container.map(|file| file.check_chain(&genuine)) {
            Some(Err(error)) => Answer::refused(Outcome::NotGenuine, error.code(), None),
            _ => verdict(&genuine, question.auth_key.is_some(), question, basis),
        },
        Err(error) => {
            let again = || verifier.verify(signed, &ANYTHING, on, now).ok();
            refusal(error, bytes, again, question, basis)
        }
    }
}

/// Judges the certificate of an evidence file, which is a signed one.
pub(crate) fn inside(file: &Evidence<'_>, question: &Question<'_>, basis: &Basis<'_>) -> Answer {
    let certificate = file.certificate();
    if source::starts_signed(certificate) {
        return signed(certificate, question, basis);
    }
    Answer::refused(Outcome::Unreadable, "E1-NOT-RECOGNISED", None)
}

/// Judges many signed certificates at once, none of which is expected to be a certain one.
pub(crate) fn signed_many(
    certificates: &[Vec<u8>],
    verifier: &Verifier<'_>,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Vec<Answer> {
    let (mut well_formed, mut sources) = (Vec::new(), Vec::new());
    let mut refused = Vec::with_capacity(certificates.len());
    for bytes in certificates {
        refused.push(match SignedCertificate::parse(bytes) {
            Ok(signed) => {
                well_formed.push(signed);
                sources.push(bytes);
                None
            }
            Err(error) => Some(Answer::not_genuine(error)),
        });
    }
    let Question { on, now, .. } = *question;
    let results = verifier.verify_many(well_formed, &ANYTHING, on, now);
    let mut answers = results.into_iter().zip(sources).map(|(result, bytes)| match result {
        Ok(genuine) => verdict(&genuine, false, question, basis),
        Err(error) => refusal(error, bytes, || None, question, basis),
    });
    refused.into_iter().filter_map(|refusal| refusal.or_else(|| answers.next())).collect()
}

/// Opens a sealed certificate with the key and judges what is in it.
pub(crate) fn sealed(
    sealed: &SealedCertificate<'_>,
    key: &AuthKey,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Answer {
    let verifier = match basis.verifier() {
        Ok(verifier) => verifier,
        Err(problem) => return Answer::trust_unusable(problem),
    };
    match key.open(sealed) {
        Ok(inner) => opened(&inner, &verifier, question, basis),
        Err(error) => Answer::refused(Outcome::KeyDoesNotFit, error.code(), None),
    }
}

/// Judges what came out of a sealed certificate.
pub(crate) fn opened(
    opened: &OpenedCertificate<'_>,
    verifier: &Verifier<'_>,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Answer {
    let Question { on, now, .. } = *question;
    match verifier.verify_opened(opened, &question.expectation(), on, now) {
        Ok(genuine) => verdict(&genuine, true, question, basis),
        Err(error) => {
            let again = || verifier.verify_opened(opened, &ANYTHING, on, now).ok();
            refusal(error, opened.as_bytes(), again, question, basis)
        }
    }
}

/// The answer for a genuine certificate.
fn verdict(
    verified: &VerifiedCertificate<'_>,
    key_fits: bool,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Answer {
    let verdict = verified.verdict();
    let standing = verdict.standing();
    let mut answer = Answer {
        outcome: Outcome::from_word(standing.code()).unwrap_or(Outcome::StatusUnknown),
        code: verdict.error_code(),
        offset: None,
        fault_of: Part::Snapshot,
        group: None,
        superseded_by: verdict.superseded_by(),
        ended_on: verdict.ended_on(),
        as_of: verdict.as_of(),
        key_fits,
        trust: trust_of(verified, question, basis),
        genuine: Some(Genuine::of(verified)),
        findings: None,
        timestamp: Timestamp::NotAsked,
        stolen_since: None,
    };
    let conflicting = matches!(standing, Standing::StatusUnknown(StatusGap::Conflicting));
    // A snapshot was given, but none that could be used: the certificate alone does not decide.
    if let (None, Some(problem)) = (verdict.as_of(), basis.snapshots.problem())
        && !conflicting
    {
        answer.outcome = Outcome::StatusUnknown;
        (answer.code, answer.offset) = (Some(problem.code), problem.offset);
    }
    answer
}

/// The answer for a refused certificate; `again` verifies it without any expectation.
fn refusal<'a>(
    error: VerifyError,
    bytes: &[u8],
    again: impl FnOnce() -> Option<VerifiedCertificate<'a>>,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Answer {
    let outcome = Outcome::from_word(error.verdict()).unwrap_or(Outcome::NotGenuine);
    let mut answer = Answer::refused(outcome, error.code(), error.offset());
    match error {
        VerifyError::KeyUnknown { .. } => {
            let signed = SignedCertificate::parse(bytes).ok();
            if let Some(problem) = signed.and_then(|it| basis.bundles.dispute_about(&it)) {
                return Answer::trust_unusable(problem);
            }
        }
        VerifyError::Proof { key_id } | VerifyError::KeyCompromised { key_id } => {
            let bundle = basis.bundles.all().iter().find(|bundle| bundle.key(key_id).is_some());
            answer.trust = bundle.map(|bundle| Trusted::of(bundle, question.now));
            answer.stolen_since = bundle.and_then(|bundle| stolen_since(bundle, key_id));
            if let (VerifyError::KeyCompromised { .. }, Some(problem)) =
                (&error, basis.proof_problem)
            {
                (answer.code, answer.offset) = (Some(problem.code), problem.offset);
                answer.fault_of = Part::Proof;
            }
        }
        VerifyError::KeyDoesNotFit | VerifyError::OtherGuarantee | VerifyError::OtherObligee => {
            let verified = again();
            answer.trust = verified.as_ref().and_then(|it| trust_of(it, question, basis));
            answer.genuine = verified.as_ref().map(Genuine::of);
        }
        _ => (),
    }
    answer
}

/// Returns the bundle of the guarantor that signed.
fn trust_of(
    verified: &VerifiedCertificate<'_>,
    question: &Question<'_>,
    basis: &Basis<'_>,
) -> Option<Trusted> {
    let guarantor_id = &verified.certificate().claims().guarantor_id;
    let bundle = basis.bundles.all().iter().find(|it| it.guarantor_id() == guarantor_id)?;
    Some(Trusted::of(bundle, question.now))
}

/// Returns since when the guarantor fears a key to be in other hands.
fn stolen_since(bundle: &TrustBundle, key_id: KeyId) -> Option<UnixTime> {
    match &bundle.key(key_id)?.state {
        KeyState::Compromised { since, .. } => Some(*since),
        _ => None,
    }
}
