//! Signed certificates: well formed, not yet believed (spec section 6).

use crate::certificate::Certificate;
use crate::cose::{CERTIFICATE, Sign1};
use crate::error::ParseError;
use crate::fingerprint::{Fingerprint, KeyId};

/// A signed certificate whose form is right.
///
/// Its claims cannot be read: give it to a [`Verifier`](crate::Verifier).
///
/// ```compile_fail
/// # fn peek(signed: hosho::SignedCertificate<'_>) {
/// signed.certificate(); // private
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SignedCertificate<'a> {
    bytes: &'a [u8],
    envelope: Sign1<'a>,
    certificate: Certificate<'a>,
}

impl<'a> SignedCertificate<'a> {
    /// Reads a signed certificate, accepting only its one spelling (spec sections 2 to 6).
    ///
    /// # Errors
    /// The first broken rule, with its offset; codes of the classes E3 and E6.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let envelope = Sign1::parse(bytes, Certificate::MAX_SIGNED_LEN, CERTIFICATE)?;
        let certificate = Certificate::parse(envelope.payload, envelope.payload_at)?;
        Ok(Self { bytes, envelope, certificate })
    }

    /// Returns the bytes that were read.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the identity of this revision.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.bytes)
    }

    /// Returns the hint which key signed it.
    pub const fn key_id(&self) -> KeyId {
        self.envelope.key_id
    }

    pub(crate) const fn envelope(&self) -> &Sign1<'a> {
        &self.envelope
    }

    pub(crate) const fn certificate(&self) -> &Certificate<'a> {
        &self.certificate
    }

    pub(crate) fn into_certificate(self) -> Certificate<'a> {
        self.certificate
    }
}
