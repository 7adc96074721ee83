use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::VerifiedCertificate;
use crate::certificate::Certificate;
use crate::fingerprint::Fingerprint;
use crate::signed::SignedCertificate;

/// The certificate does not follow the one it was held against (`E6-CHAIN`, spec R-CHAIN-1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChainError {
    /// The earlier revision ended the guarantee; nothing follows.
    AfterEnding,
    /// It is about another guarantee, or of another kind.
    OtherGuarantee,
    /// It names other bytes as the revision before.
    Previous,
    /// Its number is not one higher.
    Revision,
}

impl ChainError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        "E6-CHAIN"
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AfterEnding => "a revision follows one that ended the guarantee",
            Self::OtherGuarantee => "the revisions are of different guarantees",
            Self::Previous => "the revision names another one as the one before",
            Self::Revision => "the revisions do not follow each other",
        })?;
        write!(f, " ({})", self.code())
    }
}

impl core::error::Error for ChainError {}

impl VerifiedCertificate<'_> {
    /// Checks that this certificate is the revision right after `earlier` (spec R-CHAIN-1).
    ///
    /// # Errors
    /// The first condition that it breaks.
    pub fn follows(&self, earlier: &VerifiedCertificate<'_>) -> Result<(), ChainError> {
        follows(self.certificate(), earlier.certificate(), earlier.fingerprint())
    }

    /// Returns the signed certificates of all earlier revisions, from the first on, out of
    /// `candidates` in any order. They are found by their hashes: the guarantor named each in the
    /// revision after it.
    ///
    /// # Errors
    /// [`ChainError::Previous`] if one is not among them.
    pub fn earlier_among<'c>(&self, candidates: &[&'c [u8]]) -> Result<Vec<&'c [u8]>, ChainError> {
        let known: BTreeMap<_, _> =
            candidates.iter().map(|bytes| (*Fingerprint::of(bytes).as_bytes(), *bytes)).collect();
        let mut found = Vec::new();
        let mut previous = self.certificate().previous();
        while let Some(named) = previous {
            let bytes = *known.get(named.as_bytes()).ok_or(ChainError::Previous)?;
            let signed = SignedCertificate::parse(bytes).map_err(|_| ChainError::Previous)?;
            previous = signed.certificate().previous();
            found.push(bytes);
        }
        found.reverse();
        Ok(found)
    }
}

/// Checks that `after` is the revision right after `before`, whose bytes have the fingerprint
/// (spec R-CHAIN-1).
pub(crate) fn follows(
    after: &Certificate<'_>,
    before: &Certificate<'_>,
    fingerprint: Fingerprint,
) -> Result<(), ChainError> {
    let (old, new) = (before.claims(), after.claims());
    let same =
        old.guarantor_id == new.guarantor_id && old.number == new.number && old.kind == new.kind;
    if !same {
        return Err(ChainError::OtherGuarantee);
    }
    if before.revision().next() != Some(after.revision()) {
        return Err(ChainError::Revision);
    }
    if after.previous() != Some(fingerprint) {
        return Err(ChainError::Previous);
    }
    if before.ending().is_some() {
        return Err(ChainError::AfterEnding);
    }
    Ok(())
}
