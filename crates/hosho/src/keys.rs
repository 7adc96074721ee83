//! Ed25519 keys and the one predicate for signatures (spec sections 4 and 7).

use core::fmt;

use hosho_ed25519::VerifyingKey;

use crate::cbor::{Reader, Writer};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::{Fingerprint, KeyId};

#[cfg(feature = "std")]
mod prepared;
#[cfg(feature = "issue")]
mod secret;

#[cfg(feature = "std")]
pub use prepared::PreparedKeys;
#[cfg(feature = "issue")]
pub use secret::{SecretKey, Signer, SignerError};

/// A public key that obeys spec R-SIG-3: a canonical encoding of a point that is not of small
/// order and has no torsion component.
#[derive(Clone, Eq, PartialEq)]
pub struct PublicKey {
    point: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    /// Reads the 32 bytes of a public key and checks the point, once.
    ///
    /// # Errors
    /// `E8-KEY` if the bytes break R-SIG-3.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let point = VerifyingKey::parse(&bytes).map_err(|_| KeyError)?;
        let thumbprint = Fingerprint::of(&cose_key(&bytes));
        Ok(Self { point, id: KeyId::of(thumbprint) })
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// Returns the first 8 bytes of the RFC 9679 thumbprint.
    pub const fn key_id(&self) -> KeyId {
        self.id
    }

    /// Verifies that this key signed `message`, by R-SIG-1 to R-SIG-4.
    ///
    /// Everything here is public, and time depends on it.
    pub(crate) fn verify(
        &self,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), SignatureMismatch> {
        self.point.verify(message, signature).map_err(|_| SignatureMismatch)
    }

    /// Returns the checked point, to be prepared.
    #[cfg(feature = "std")]
    pub(crate) const fn point(&self) -> &VerifyingKey {
        &self.point
    }

    #[cfg(feature = "issue")]
    pub(crate) fn write(&self, w: &mut Writer) {
        write_cose_key(w, self.as_bytes());
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// Reads the x of a `COSE_Key`, which has one form (spec section 7).
pub(crate) fn parse_cose_key(r: &mut Reader<'_>) -> Result<[u8; 32], ParseError> {
    let start = r.offset();
    let mut map = r.map()?;
    map.required(r, 1)?;
    let key_type = r.uint()?;
    map.required_negative(r, 0)?;
    let curve = r.uint()?;
    map.required_negative(r, 1)?;
    let x = r.bytes_of()?;
    map.finish(r)?;
    if (key_type, curve) != (1, 6) {
        return Err(ParseError::at(Kind::Type, start));
    }
    Ok(x)
}

/// `{1: 1, -1: 6, -2: x}`: OKP, Ed25519, x.
fn cose_key(x: &[u8; 32]) -> alloc::vec::Vec<u8> {
    let mut w = Writer::with_capacity(40);
    write_cose_key(&mut w, x);
    w.into_bytes()
}

fn write_cose_key(w: &mut Writer, x: &[u8; 32]) {
    w.map(3);
    w.uint(1_u8);
    w.uint(1_u8);
    w.negative(0);
    w.uint(6_u8);
    w.negative(1);
    w.bytes(x);
}

/// The signature is not one of this key over these bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SignatureMismatch;

/// The bytes are not a public key of spec R-SIG-3 (`E8-KEY`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyError;

impl KeyError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        "E8-KEY"
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the public key is not a canonical point of the prime-order group (E8-KEY)")
    }
}

impl core::error::Error for KeyError {}
