use core::fmt;

use crate::error::ParseError;

/// Why a status snapshot answers nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusError {
    /// `E5-KEY-COMPROMISED`: its key is compromised.
    KeyCompromised,
    /// `E5-KEY-ROLE`: its key is not one for status.
    KeyRole,
    /// `E5-KEY-UNKNOWN`: its key is not in the trust bundle.
    KeyUnknown,
    /// `E5-KEY-WINDOW`: its key was not in use when it was made.
    KeyWindow,
    /// `E7-OTHER-GUARANTOR`: it speaks for another guarantor.
    OtherGuarantor,
    /// A rule of the encoding or of a value is broken; the code is that of the inner error.
    Parse(ParseError),
    /// `E5-SIGNATURE`: the signature is not one of that key over these bytes.
    Signature,
}

impl StatusError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyCompromised => "E5-KEY-COMPROMISED",
            Self::KeyRole => "E5-KEY-ROLE",
            Self::KeyUnknown => "E5-KEY-UNKNOWN",
            Self::KeyWindow => "E5-KEY-WINDOW",
            Self::OtherGuarantor => "E7-OTHER-GUARANTOR",
            Self::Parse(error) => error.code(),
            Self::Signature => "E5-SIGNATURE",
        }
    }

    /// Returns the offset in bytes from the start of the snapshot, where there is one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Parse(error) => Some(error.offset()),
            _ => None,
        }
    }
}

impl From<ParseError> for StatusError {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phrase = match self {
            Self::KeyCompromised => "the key of the status snapshot is compromised",
            Self::KeyRole => "the key of the status snapshot is not one for status",
            Self::KeyUnknown => "the key of the status snapshot is not in the trust bundle",
            Self::KeyWindow => "the key of the status snapshot was not in use when it was made",
            Self::OtherGuarantor => "the status snapshot is of another guarantor",
            Self::Parse(error) => return error.fmt(f),
            Self::Signature => "the signature of the status snapshot does not verify",
        };
        write!(f, "{phrase} ({})", self.code())
    }
}

impl core::error::Error for StatusError {}
