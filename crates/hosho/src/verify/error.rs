use core::fmt;

use crate::date::UnixTime;
use crate::error::ParseError;
use crate::fingerprint::KeyId;

/// Why a certificate is refused or cannot be judged (spec section 12.2, 2 to 7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The form is wrong; the code is that of the inner error.
    Form(ParseError),
    /// `E5-KEY-COMPROMISED`: someone else may have signed it, and no proof was given.
    KeyCompromised {
        /// The compromised key.
        key_id: KeyId,
    },
    /// `E4-OPEN`: it was not issued for this auth key.
    KeyDoesNotFit,
    /// `E5-KEY-ROLE`: its key is not one for certificates.
    KeyRole {
        /// The key.
        key_id: KeyId,
    },
    /// `E5-KEY-UNKNOWN`: its key is in no trust bundle of its guarantor.
    KeyUnknown {
        /// The key.
        key_id: KeyId,
    },
    /// `E5-KEY-WINDOW`: its key was not in use when it was issued.
    KeyWindow {
        /// The key.
        key_id: KeyId,
        /// When it says that it was issued.
        issued_at: UnixTime,
    },
    /// `E5-OTHER-GUARANTEE`: it is genuine and about another guarantee.
    OtherGuarantee,
    /// `E5-OTHER-OBLIGEE`: it is genuine and made out to another obligee.
    OtherObligee,
    /// `E5-PROOF`: its key is compromised, and the proof does not lead to the attestation.
    Proof {
        /// The compromised key.
        key_id: KeyId,
    },
    /// `E5-SIGNATURE`: the signature is not one of that key over these bytes.
    Signature,
}

impl VerifyError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => error.code(),
            Self::KeyCompromised { .. } => "E5-KEY-COMPROMISED",
            Self::KeyDoesNotFit => "E4-OPEN",
            Self::KeyRole { .. } => "E5-KEY-ROLE",
            Self::KeyUnknown { .. } => "E5-KEY-UNKNOWN",
            Self::KeyWindow { .. } => "E5-KEY-WINDOW",
            Self::OtherGuarantee => "E5-OTHER-GUARANTEE",
            Self::OtherObligee => "E5-OTHER-OBLIGEE",
            Self::Proof { .. } => "E5-PROOF",
            Self::Signature => "E5-SIGNATURE",
        }
    }

    /// Returns the verdict of spec section 12.2.
    pub const fn verdict(&self) -> &'static str {
        match self {
            Self::Form(_) | Self::KeyRole { .. } | Self::KeyWindow { .. } | Self::Signature => {
                "not-genuine"
            }
            Self::KeyUnknown { .. } => "key-unknown",
            Self::KeyCompromised { .. } | Self::Proof { .. } => "key-compromised",
            Self::KeyDoesNotFit => "key-does-not-fit",
            Self::OtherGuarantee => "other-guarantee",
            Self::OtherObligee => "other-obligee",
        }
    }

    /// Returns the offset in bytes from the start of the certificate, where there is one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Form(error) => Some(error.offset()),
            _ => None,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => return error.fmt(f),
            Self::KeyCompromised { key_id } => {
                write!(f, "key {key_id} is compromised and no proof was given")
            }
            Self::KeyDoesNotFit => f.write_str("the auth key does not fit this certificate"),
            Self::KeyRole { key_id } => write!(f, "key {key_id} is not one for certificates"),
            Self::KeyUnknown { key_id } => write!(f, "key {key_id} is in no trust bundle"),
            Self::KeyWindow { key_id, issued_at } => {
                write!(f, "key {key_id} was not in use at {issued_at}")
            }
            Self::OtherGuarantee => f.write_str("the certificate is about another guarantee"),
            Self::OtherObligee => f.write_str("the certificate is made out to another obligee"),
            Self::Proof { key_id } => {
                write!(f, "key {key_id} is compromised and the proof does not fit")
            }
            Self::Signature => f.write_str("the signature does not verify"),
        }?;
        write!(f, " ({})", self.code())
    }
}

impl core::error::Error for VerifyError {}
