//! Making signed certificates: prepare, record, sign, verify (spec sections 4 and 6).

use alloc::vec::Vec;
use core::fmt;

use crate::cbor::Reader;
use crate::certificate::Certificate;
use crate::cose::{CERTIFICATE, assemble_sign1, sign1_header, sign1_structure};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::KeyId;
use crate::keys::{Signer, SignerError};
use crate::signed::SignedCertificate;

/// Why nothing was signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueError {
    /// A reader would refuse what was to be signed; the code is that of the inner error.
    Refused(ParseError),
    /// The signer made no signature.
    Signer(SignerError),
    /// The signer's signature does not verify; nothing leaves (spec section 4).
    SignatureMismatch,
    /// The signer has another key than the one that the certificate was prepared for.
    WrongKey,
}

impl IssueError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Signer(_) | Self::SignatureMismatch => "E5-SIGNATURE",
            Self::WrongKey => "E5-KEY-UNKNOWN",
        }
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Signer(error) => write!(f, "{error} ({})", self.code()),
            Self::SignatureMismatch => {
                write!(f, "the signer made a wrong signature ({})", self.code())
            }
            Self::WrongKey => write!(f, "the signer has another key ({})", self.code()),
        }
    }
}

impl core::error::Error for IssueError {}

/// Signs, and verifies the signature before it leaves (spec section 4).
pub(crate) fn checked_signature(
    signer: &dyn Signer,
    message: &[u8],
) -> Result<[u8; 64], IssueError> {
    let signature = signer.sign(message).map_err(IssueError::Signer)?;
    match signer.public_key().verify(message, &signature) {
        Ok(()) => Ok(signature),
        Err(_) => Err(IssueError::SignatureMismatch),
    }
}

/// A certificate whose bytes to be signed are fixed: record them, then sign.
///
/// Ed25519 is deterministic, so signing the same bytes again after a crash gives the same
/// certificate.
#[derive(Clone, Debug)]
pub struct PreparedCertificate {
    key_id: KeyId,
    to_be_signed: Vec<u8>,
    protected: Vec<u8>,
    payload: Vec<u8>,
}

impl PreparedCertificate {
    /// Prepares a certificate for the key named `key_id`.
    ///
    /// # Errors
    /// `E3-SIZE` if the signed certificate would be too large.
    pub fn new(certificate: &Certificate<'_>, key_id: KeyId) -> Result<Self, IssueError> {
        let payload = certificate.to_canonical_cbor();
        Self::checked(sign1_header(key_id, CERTIFICATE), payload)
    }

    /// Reads the bytes to be signed that were recorded before.
    ///
    /// # Errors
    /// The rule that they break; offsets count from the start of the certificate.
    pub fn parse(to_be_signed: &[u8]) -> Result<Self, IssueError> {
        let mut r = Reader::new(to_be_signed, 0);
        r.array_of(4)?;
        let (context, _) = r.text()?;
        let (protected, additional, payload) = (r.bytes()?, r.bytes()?, r.bytes()?);
        if context != "Signature1" || !additional.is_empty() {
            return Err(ParseError::from(Kind::Header).into());
        }
        r.finish()?;
        Self::checked(protected.to_vec(), payload.to_vec())
    }

    fn checked(protected: Vec<u8>, payload: Vec<u8>) -> Result<Self, IssueError> {
        let unsigned = assemble_sign1(&protected, &payload, &[0; 64]);
        let key_id = SignedCertificate::parse(&unsigned)?.key_id();
        let to_be_signed = sign1_structure(&protected, &payload);
        Ok(Self { key_id, to_be_signed, protected, payload })
    }

    /// Returns the bytes that the signature will cover; they hold everything of the certificate.
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// Returns which key it was prepared for.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the signed certificate, verified by the predicate of spec section 4.
    ///
    /// # Errors
    /// When the signer has another key, makes no signature, or a wrong one.
    pub fn sign(self, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        if signer.public_key().key_id() != self.key_id {
            return Err(IssueError::WrongKey);
        }
        let signature = checked_signature(signer, &self.to_be_signed)?;
        Ok(assemble_sign1(&self.protected, &self.payload, &signature))
    }
}
