use core::fmt;

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimestampError {
    /// It is not a token in DER, or not of version 1.
    Form,
    /// It is over something else.
    Imprint,
    /// The authority refused to make one.
    NotGranted,
    /// No path of certificates inside leads to a pinned root at its time.
    Path,
    /// The signer's certificate is not for time-stamping alone.
    Purpose,
    /// The signature, or what it covers, does not fit.
    Signature,
    /// The signer's certificate is not inside, or not the one that the signer named.
    Signer,
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "it is not a timestamp token in its form",
            Self::Imprint => "it is over something else",
            Self::NotGranted => "the authority did not grant it",
            Self::Path => "no path of certificates leads to the pinned root at its time",
            Self::Purpose => "the signer's certificate is not for time-stamping alone",
            Self::Signature => "its signature does not match",
            Self::Signer => "the signer's certificate is not in it",
        })
    }
}

impl core::error::Error for TimestampError {}

/// The file holds no root certificate that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorityError;

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no root certificate that can be used")
    }
}

impl core::error::Error for AuthorityError {}
