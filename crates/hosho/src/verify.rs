//! The verifier: from signed bytes to a verdict (spec section 12).

#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::attestation::AttestationProof;
use crate::auth::AuthKey;
use crate::certificate::Certificate;
use crate::counter::{ListNumber, Sequence};
use crate::date::{Date, UnixTime};
use crate::error::ParseError;
use crate::fingerprint::{Fingerprint, KeyId};
#[cfg(feature = "std")]
use crate::keys::PreparedKeys;
use crate::number::{GuaranteeNumber, GuarantorId};
use crate::seal::OpenedCertificate;
use crate::signed::SignedCertificate;
use crate::status::{StatusError, StatusSnapshot};
use crate::text::fold;
use crate::trust::TrustBundle;

mod author;
mod chain;
mod error;
mod later;
mod standing;
mod verdict;

use author::Author;
pub use chain::ChainError;
pub(crate) use chain::follows;
pub use error::VerifyError;
use later::fits;
pub use verdict::{NumberCheck, Regressed, Reissued, Standing, StatusGap, Verdict};

/// Verifies certificates against pinned trust bundles and status snapshots.
///
/// It opens no connection and reads no clock: everything it needs is given.
#[derive(Clone, Debug)]
pub struct Verifier<'t> {
    bundles: Vec<&'t TrustBundle>,
    snapshots: Vec<&'t StatusSnapshot>,
    unusable_status: Option<StatusError>,
    proofs: Vec<&'t AttestationProof>,
    later: Vec<SignedCertificate<'t>>,
    remembered: Vec<(GuarantorId<'t>, ListNumber, Sequence)>,
    confirmation: Confirmation,
    #[cfg(feature = "std")]
    prepared: Arc<PreparedKeys>,
}

/// Whether verdicts on signatures are compared with those of a second implementation.
#[derive(Clone, Copy, Debug)]
enum Confirmation {
    Always,
    Never,
}

/// What the obligee expects the certificate to be; a genuine one about something else is refused.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'e> {
    /// The number that the contractor gave.
    pub number: Expected<'e>,
    /// The obligee's own name, compared after folding (spec R-NAME-1).
    pub obligee: Option<&'e str>,
    /// The auth key, for a certificate that came unsealed.
    pub auth_key: Option<&'e AuthKey>,
}

/// Which guarantee the certificate is expected to be about.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'e> {
    /// The guarantee of this number.
    Number(&'e GuaranteeNumber<'e>),
    /// Any: for audits, and for looking at what a refused certificate is about. The verdict
    /// remembers that nothing was expected.
    Unspecified,
}

impl<'t> Verifier<'t> {
    /// Makes a verifier that trusts the keys of one guarantor.
    pub fn new(trust: &'t TrustBundle) -> Self {
        Self {
            bundles: alloc::vec![trust],
            snapshots: Vec::new(),
            unusable_status: None,
            proofs: Vec::new(),
            later: Vec::new(),
            remembered: Vec::new(),
            confirmation: Confirmation::Never,
            #[cfg(feature = "std")]
            prepared: Arc::default(),
        }
    }

    /// Trusts the keys of one more guarantor. Of two bundles of one guarantor the first serves: a
    /// later one is reached by [`TrustBundle::update`], not by its own word (spec R-TRUST-10).
    #[must_use]
    pub fn also_trusting(mut self, trust: &'t TrustBundle) -> Self {
        self.bundles.push(trust);
        self
    }

    /// Answers from this snapshot too. Of two snapshots of one list the newer serves; two that
    /// differ and have the same sequence answer nothing (spec R-STAT-7).
    #[must_use]
    pub fn with_status(mut self, snapshot: &'t StatusSnapshot) -> Self {
        self.snapshots.push(snapshot);
        self
    }

    /// Records that a snapshot was given which cannot be used: then the certificate alone does
    /// not decide, and a status that no other snapshot tells is unknown for this reason.
    #[must_use]
    pub fn with_unusable_status(mut self, error: StatusError) -> Self {
        self.unusable_status = Some(error);
        self
    }

    /// Accepts this proof that a certificate of a compromised key is genuine.
    #[must_use]
    pub fn with_proof(mut self, proof: &'t AttestationProof) -> Self {
        self.proofs.push(proof);
        self
    }

    /// Takes a later revision of the certificate that will be judged. An auth key that a rekey has
    /// made fits no earlier revision by itself; it fits one that a later revision which it fits
    /// leads to by hashes (spec R-SEAL-4).
    #[must_use]
    pub fn with_later(mut self, later: SignedCertificate<'t>) -> Self {
        self.later.push(later);
        self
    }

    /// Remembers the highest sequence seen of a status list; a snapshot below it is stale.
    #[must_use]
    pub fn remembering(
        mut self,
        guarantor_id: GuarantorId<'t>,
        list: ListNumber,
        sequence: Sequence,
    ) -> Self {
        self.remembered.push((guarantor_id, list, sequence));
        self
    }

    /// Uses tables of keys that other verifiers share, and adds to them.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn sharing(mut self, prepared: Arc<PreparedKeys>) -> Self {
        self.prepared = prepared;
        self
    }

    /// Compares each verdict on a certificate's signature, whichever way it was reached (without a
    /// table, with one, in bulk), with that of dalek's `verify_strict` and the rules on keys.
    ///
    /// A debug option: each signature costs `verify_strict` besides, so a certificate takes twice
    /// as long as without this, and several times as long if its key has a table.
    ///
    /// # Panics
    /// The verifying functions then panic where the verdicts differ, which no sound build shows on a
    /// sound machine: neither verdict could be believed.
    #[must_use]
    pub fn confirming(mut self) -> Self {
        self.confirmation = Confirmation::Always;
        self
    }

    /// Verifies a certificate and judges it on the day `on`, seen from `now` (spec R-VER-1).
    ///
    /// # Errors
    /// Why it is refused, or cannot be judged.
    pub fn verify<'a>(
        &self,
        signed: SignedCertificate<'a>,
        expectation: &Expectation<'_>,
        on: Date,
        now: UnixTime,
    ) -> Result<VerifiedCertificate<'a>, VerifyError> {
        let author = self.author_of(&signed)?;
        let envelope = signed.envelope();
        self.check_signature(author.key(), &envelope.to_be_signed(), &envelope.signature)?;
        self.check_author(&author, &signed)?;
        self.check_expectation(signed, expectation, on, now)
    }

    /// Verifies many certificates as [`Verifier::verify`] does, several times faster.
    ///
    /// Returns one result for each, in their order; none depends on the others.
    pub fn verify_many<'a>(
        &self,
        certificates: Vec<SignedCertificate<'a>>,
        expectation: &Expectation<'_>,
        on: Date,
        now: UnixTime,
    ) -> Vec<Result<VerifiedCertificate<'a>, VerifyError>> {
        let authors: Vec<_> = certificates.iter().map(|signed| self.author_of(signed)).collect();
        let checked = self.check_signatures(&certificates, &authors);
        let judge = |((signed, author), checked): ((_, Result<Author<'_>, _>), _)| {
            let author = author?;
            let () = checked?;
            self.check_author(&author, &signed)?;
            self.check_expectation(signed, expectation, on, now)
        };
        certificates.into_iter().zip(authors).zip(checked).map(judge).collect()
    }

    /// Verifies what came out of a sealed certificate, and that the key which opened it is the one
    /// that the guarantor issued it for (spec R-SEAL-1).
    ///
    /// # Errors
    /// Why it is refused, or cannot be judged.
    pub fn verify_opened<'a>(
        &self,
        opened: &'a OpenedCertificate<'_>,
        expectation: &Expectation<'_>,
        on: Date,
        now: UnixTime,
    ) -> Result<VerifiedCertificate<'a>, VerifyError> {
        let signed = SignedCertificate::parse(opened.as_bytes()).map_err(VerifyError::Form)?;
        let expectation = Expectation { auth_key: Some(opened.key()), ..*expectation };
        self.verify(signed, &expectation, on, now)
    }

    fn check_expectation<'a>(
        &self,
        signed: SignedCertificate<'a>,
        expectation: &Expectation<'_>,
        on: Date,
        now: UnixTime,
    ) -> Result<VerifiedCertificate<'a>, VerifyError> {
        let key_id = signed.key_id();
        let claims = signed.certificate().claims();
        if let Some(key) = expectation.auth_key
            && !fits(key, &signed)
            && !self.leads_to(&signed, key)
        {
            return Err(VerifyError::KeyDoesNotFit);
        }
        let number_check = match expectation.number {
            Expected::Number(number) if *number == claims.number => NumberCheck::Matched,
            Expected::Number(_) => return Err(VerifyError::OtherGuarantee),
            Expected::Unspecified => NumberCheck::Unspecified,
        };
        if let Some(obligee) = expectation.obligee
            && fold_name(obligee) != fold_name(claims.obligee.name.as_str())
        {
            return Err(VerifyError::OtherObligee);
        }
        let verdict = self.judge(signed.certificate(), number_check, on, now);
        let bytes = signed.as_bytes();
        Ok(VerifiedCertificate { bytes, key_id, certificate: signed.into_certificate(), verdict })
    }
}

/// Returns a name as names are compared: in NFKC, without white space (spec R-NAME-1).
///
/// ```
/// assert_eq!(hosho::fold_name("瑞穂県 (ﾐｽﾞﾎ)"), hosho::fold_name("瑞穂県（ミズホ）"));
/// ```
pub fn fold_name(name: &str) -> alloc::string::String {
    fold(name, |c| (!c.is_whitespace()).then_some(c))
}

/// A certificate that a guarantor's key signed, with the verdict on the day asked about.
///
/// Only a [`Verifier`] makes one.
///
/// ```compile_fail
/// # fn forge(genuine: hosho::VerifiedCertificate<'static>) {
/// let forged = hosho::VerifiedCertificate { bytes: b"other", ..genuine };
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "the verdict says whether it is in force"]
pub struct VerifiedCertificate<'a> {
    bytes: &'a [u8],
    key_id: KeyId,
    certificate: Certificate<'a>,
    verdict: Verdict,
}

impl<'a> VerifiedCertificate<'a> {
    /// Returns what the certificate says.
    pub const fn certificate(&self) -> &Certificate<'a> {
        &self.certificate
    }

    /// Returns whether it is in force on the day asked about.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns the identity of this revision.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.bytes)
    }

    /// Returns which key signed it.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the signed bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl From<ParseError> for VerifyError {
    fn from(error: ParseError) -> Self {
        Self::Form(error)
    }
}
