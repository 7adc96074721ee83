use core::fmt;

use super::VerifiedCertificate;
use crate::claims::Lineage;

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
        let (before, after) = (earlier.certificate(), self.certificate());
        let (old, new) = (before.claims(), after.claims());
        let same = old.guarantor_id == new.guarantor_id
            && old.number == new.number
            && old.kind == new.kind;
        if !same {
            return Err(ChainError::OtherGuarantee);
        }
        if before.revision().next() != Some(after.revision()) {
            return Err(ChainError::Revision);
        }
        match &new.lineage {
            Lineage::Amendment { previous, .. } if *previous == earlier.fingerprint() => (),
            _ => return Err(ChainError::Previous),
        }
        if before.ending().is_some() {
            return Err(ChainError::AfterEnding);
        }
        Ok(())
    }
}
