//! The revisions after a rekey vouch for those before it (spec R-SEAL-4).

use super::Verifier;
use super::chain::follows;
use crate::auth::AuthKey;
use crate::signed::SignedCertificate;

/// Tells whether a certificate's bind is that of an auth key.
#[must_use]
pub(super) fn fits(key: &AuthKey, signed: &SignedCertificate<'_>) -> bool {
    let claims = signed.certificate().claims();
    key.fits(&claims.guarantor_id, &claims.number, &claims.binding)
}

impl Verifier<'_> {
    /// Tells whether a later revision that is genuine and that the key fits leads to this one.
    ///
    /// Those between need no signature of their own: each is the one that the revision after it
    /// names by its hash.
    #[must_use]
    pub(super) fn leads_to(&self, signed: &SignedCertificate<'_>, key: &AuthKey) -> bool {
        let vouches = |later: &&SignedCertificate<'_>| fits(key, later) && self.is_genuine(later);
        self.later.iter().filter(vouches).any(|later| self.descends(later, signed))
    }

    #[must_use]
    fn is_genuine(&self, signed: &SignedCertificate<'_>) -> bool {
        let Ok(author) = self.author_of(signed) else { return false };
        let envelope = signed.envelope();
        self.check_signature(author.key(), &envelope.to_be_signed(), &envelope.signature).is_ok()
            && self.check_author(&author, signed).is_ok()
    }

    /// Goes down from `newest`, revision by revision. Each has a lower number than the one before,
    /// so this comes to an end.
    #[must_use]
    fn descends(&self, newest: &SignedCertificate<'_>, signed: &SignedCertificate<'_>) -> bool {
        let mut at = newest;
        let leads = |to: &SignedCertificate<'_>, at: &SignedCertificate<'_>| {
            // The number is looked at first, since a hash costs more.
            to.certificate().revision().next() == Some(at.certificate().revision())
                && follows(at.certificate(), to.certificate(), to.fingerprint()).is_ok()
        };
        while !leads(signed, at) {
            let Some(before) = self.later.iter().find(|before| leads(before, at)) else {
                return false;
            };
            at = before;
        }
        true
    }
}
