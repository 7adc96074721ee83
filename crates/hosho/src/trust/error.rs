use core::fmt;

use crate::error::ParseError;

/// Why a trust bundle is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TrustError {
    /// `E8-ATTESTATION`: an attestation names no compromised certificate key (R-TRUST-5).
    Attestation {
        /// Where the attestations begin.
        offset: usize,
    },
    /// `E8-ENTRY`: a key entry is not in its form (R-TRUST-2), or changed what must stay
    /// (R-TRUST-9).
    Entry {
        /// Where the entry begins, if it lies in one bundle.
        offset: Option<usize>,
    },
    /// `E8-GUARANTOR`: the next bundle is of another guarantor (R-TRUST-9).
    Guarantor,
    /// `E8-KEY`: a public key breaks R-SIG-3.
    Key {
        /// Where the key begins.
        offset: usize,
    },
    /// `E8-ORDER`: entries, attestations, root keys or signatures do not rise (R-TRUST-1).
    Order {
        /// Where the first one begins that does not rise.
        offset: usize,
    },
    /// A rule of the encoding or of a value is broken; the code is that of the inner error.
    Parse(ParseError),
    /// `E8-PREVIOUS`: the next bundle does not name the one before (R-TRUST-9).
    Previous,
    /// `E8-ROOTS`: the root set is not in its form (R-TRUST-4).
    Roots {
        /// Where it begins, if it was read.
        offset: Option<usize>,
    },
    /// `E8-SEQUENCE`: sequence, issued-at and previous hash do not go together (R-TRUST-6,
    /// R-TRUST-9).
    Sequence,
    /// `E8-THRESHOLD`: too few root keys have signed, or a signature does not verify (R-TRUST-7).
    Threshold,
    /// `E8-WINDOW`: a time span ends before it begins (R-TRUST-3).
    Window {
        /// Where it stands.
        offset: usize,
    },
}

impl TrustError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Attestation { .. } => "E8-ATTESTATION",
            Self::Entry { .. } => "E8-ENTRY",
            Self::Guarantor => "E8-GUARANTOR",
            Self::Key { .. } => "E8-KEY",
            Self::Order { .. } => "E8-ORDER",
            Self::Parse(error) => error.code(),
            Self::Previous => "E8-PREVIOUS",
            Self::Roots { .. } => "E8-ROOTS",
            Self::Sequence => "E8-SEQUENCE",
            Self::Threshold => "E8-THRESHOLD",
            Self::Window { .. } => "E8-WINDOW",
        }
    }

    /// Returns the offset in bytes from the start of the bundle, where there is one.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Attestation { offset }
            | Self::Key { offset }
            | Self::Order { offset }
            | Self::Window { offset } => Some(*offset),
            Self::Entry { offset } | Self::Roots { offset } => *offset,
            Self::Parse(error) => Some(error.offset()),
            _ => None,
        }
    }
}

impl From<ParseError> for TrustError {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phrase = match self {
            Self::Attestation { .. } => "an attestation names no compromised certificate key",
            Self::Entry { .. } => "a key entry is not in its form",
            Self::Guarantor => "the bundle is of another guarantor",
            Self::Key { .. } => "a public key is not a canonical point of the prime-order group",
            Self::Order { .. } => "keys, attestations or signatures repeat or are out of order",
            Self::Parse(error) => return error.fmt(f),
            Self::Previous => "the bundle does not follow the one before",
            Self::Roots { .. } => "the root set is not in its form",
            Self::Sequence => "sequence, time and previous hash do not go together",
            Self::Threshold => "too few root keys have signed the bundle",
            Self::Window { .. } => "a time span ends before it begins",
        };
        write!(f, "{phrase} ({})", self.code())
    }
}

impl core::error::Error for TrustError {}
