//! Who signed a certificate: the key, its signature, and whether it may (spec section 10.4).

use alloc::vec::Vec;

use super::{Confirmation, Verifier, VerifyError};
use crate::keys::{PublicKey, SignatureMismatch};
use crate::signed::SignedCertificate;
use crate::trust::{KeyEntry, KeyRole, KeyState, TrustBundle};

/// The entry that a certificate names as its author, in the bundle of its guarantor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Author<'v> {
    trust: &'v TrustBundle,
    entry: &'v KeyEntry,
}

impl<'v> Author<'v> {
    pub(super) const fn key(&self) -> &'v PublicKey {
        &self.entry.key
    }
}

impl Verifier<'_> {
    pub(super) fn author_of(
        &self,
        signed: &SignedCertificate<'_>,
    ) -> Result<Author<'_>, VerifyError> {
        let key_id = signed.key_id();
        let guarantor_id = &signed.certificate().claims().guarantor_id;
        self.bundles
            .iter()
            .find(|bundle| *bundle.guarantor_id() == *guarantor_id)
            .and_then(|trust| Some(Author { trust, entry: trust.key(key_id)? }))
            .ok_or(VerifyError::KeyUnknown { key_id })
    }

    /// Verifies one signature (spec R-SIG-1 to R-SIG-4).
    pub(super) fn check_signature(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), VerifyError> {
        #[cfg(feature = "std")]
        let verified = self.prepared.verify(key, message, signature);
        #[cfg(not(feature = "std"))]
        let verified = key.verify(message, signature);
        self.confirm(key, message, signature, verified);
        verified.map_err(|_| VerifyError::Signature)
    }

    /// Compares a verdict with that of the second implementation, if that is asked for.
    fn confirm(
        &self,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8; 64],
        verdict: Result<(), SignatureMismatch>,
    ) {
        if let Confirmation::Always = self.confirmation {
            key.confirm(message, signature, verdict);
        }
    }

    /// Verifies the signatures of certificates whose author was found; the result of another is
    /// of no meaning.
    pub(super) fn check_signatures(
        &self,
        certificates: &[SignedCertificate<'_>],
        authors: &[Result<Author<'_>, VerifyError>],
    ) -> Vec<Result<(), VerifyError>> {
        let messages: Vec<_> =
            certificates.iter().map(|signed| signed.envelope().to_be_signed()).collect();
        let jobs =
            certificates.iter().zip(&messages).zip(authors).map(|((signed, message), author)| {
                let key = author.as_ref().ok().map(Author::key);
                (key, message.as_slice(), &signed.envelope().signature)
            });
        #[cfg(feature = "std")]
        return {
            let jobs: Vec<_> = jobs.collect();
            let verdicts = self.prepared.verify_many(&jobs);
            for ((key, message, signature), verdict) in jobs.into_iter().zip(&verdicts) {
                if let Some(key) = key {
                    let verdict = verdict.map_err(|_| SignatureMismatch);
                    self.confirm(key, message, signature, verdict);
                }
            }
            verdicts
        };
        #[cfg(not(feature = "std"))]
        jobs.map(|(key, message, signature)| match key {
            Some(key) => self.check_signature(key, message, signature),
            None => Err(VerifyError::Signature),
        })
        .collect()
    }

    /// Judges the key at the certificate's issued-at (spec R-TRUST-8).
    pub(super) fn check_author(
        &self,
        author: &Author<'_>,
        signed: &SignedCertificate<'_>,
    ) -> Result<(), VerifyError> {
        let key_id = signed.key_id();
        let issued_at = signed.certificate().claims().issued_at;
        if author.entry.role != KeyRole::Certificate {
            return Err(VerifyError::KeyRole { key_id });
        }
        if !author.entry.covers(issued_at) {
            return Err(VerifyError::KeyWindow { key_id, issued_at });
        }
        match &author.entry.state {
            KeyState::Active | KeyState::Retired { .. } => Ok(()),
            KeyState::Compromised { .. } => self.check_attested(author.trust, signed),
        }
    }

    fn check_attested(
        &self,
        trust: &TrustBundle,
        signed: &SignedCertificate<'_>,
    ) -> Result<(), VerifyError> {
        let key_id = signed.key_id();
        let mut proofs = self.proofs.iter().filter(|proof| proof.key_id() == key_id).peekable();
        let (Some(attestation), Some(_)) = (trust.attestation(key_id), proofs.peek()) else {
            return Err(VerifyError::KeyCompromised { key_id });
        };
        let fingerprint = signed.fingerprint();
        if proofs.any(|proof| attestation.covers(fingerprint, proof)) {
            return Ok(());
        }
        Err(VerifyError::Proof { key_id })
    }
}
