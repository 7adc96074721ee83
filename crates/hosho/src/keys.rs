//! Ed25519 keys and the one predicate for signatures (spec sections 4 and 7).

use core::fmt;

use hosho_ed25519::{SignatureError, VerifyingKey};

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
        Ok(Self { point, id: KeyId::of(thumbprint(&bytes)) })
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// Returns the first 8 bytes of the RFC 9679 thumbprint.
    pub const fn key_id(&self) -> KeyId {
        self.id
    }

    /// Returns the RFC 9679 thumbprint (SHA-256), by which people compare keys.
    pub fn thumbprint(&self) -> Fingerprint {
        thumbprint(self.as_bytes())
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

    /// Asks a second implementation whether it accepts or refuses the signature too.
    ///
    /// # Panics
    /// If it says something else.
    #[expect(clippy::panic, reason = "a debug option, for a fault that leaves no verdict to give")]
    pub(crate) fn confirm(
        &self,
        message: &[u8],
        signature: &[u8; 64],
        verdict: Result<(), SignatureMismatch>,
    ) {
        if self.point.confirm(message, signature, verdict.map_err(|_| SignatureError)).is_err() {
            let (said, other) = match verdict {
                Ok(()) => ("accepted", "refuses"),
                Err(SignatureMismatch) => ("refused", "accepts"),
            };
            panic!(
                "a signature of the key {} was {said}, but dalek's verify_strict {other} it: \
                 neither this build nor this machine can be trusted",
                self.id
            );
        }
    }

    /// Returns the checked point, to be prepared.
    #[cfg(feature = "std")]
    pub(crate) const fn point(&self) -> &VerifyingKey {
        &self.point
    }

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

fn thumbprint(x: &[u8; 32]) -> Fingerprint {
    let mut w = Writer::with_capacity(40);
    write_cose_key(&mut w, x);
    Fingerprint::of(&w.into_bytes())
}

/// `{1: 1, -1: 6, -2: x}`: OKP, Ed25519, x.
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

#[cfg(test)]
mod cases;

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _};

    use super::*;

    /// The encoding of the identity: x = 0, y = 1.
    const IDENTITY: [u8; 32] = {
        let mut y = [0; 32];
        y[0] = 1;
        y
    };

    /// The same key, as dalek holds it.
    fn dalek(key: &PublicKey) -> ed25519_dalek::VerifyingKey {
        ed25519_dalek::VerifyingKey::from_bytes(key.as_bytes()).expect("a key")
    }

    /// The verdict of `verify_strict`, which the predicate must give.
    fn strict(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
        dalek(key).verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    fn key() -> (SigningKey, PublicKey) {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let public = PublicKey::from_bytes(secret.verifying_key().to_bytes()).expect("a key");
        (secret, public)
    }

    #[test]
    fn refuses_an_r_of_small_order_that_fits_the_equation() {
        // S = k a for R the identity: whoever holds the secret can make it, and dalek's plain
        // `verify` takes it.
        let s = [
            0x7f, 0x54, 0xa8, 0xfb, 0xbc, 0xf1, 0xa9, 0x99, 0x9d, 0x7c, 0xf2, 0x75, 0xad, 0x4c,
            0x78, 0x1c, 0x3a, 0xd7, 0xc7, 0xef, 0x3f, 0xae, 0x8b, 0x4b, 0x0b, 0xfa, 0x00, 0xa9,
            0x2d, 0xca, 0x20, 0x01,
        ];
        let message = b"R is the identity";
        let mut signature = [0; 64];
        let parts = IDENTITY.into_iter().chain(s);
        signature.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let (_, key) = key();
        assert!(dalek(&key).verify(message, &Signature::from_bytes(&signature)).is_ok());
        assert!(!strict(&key, message, &signature));
        assert_eq!(key.verify(message, &signature), Err(SignatureMismatch));
    }

    #[test]
    fn gives_the_verdict_of_verify_strict_on_every_changed_bit() {
        let (secret, key) = key();
        let message = b"a message";
        let signature = secret.sign(message).to_bytes();
        assert_eq!(key.verify(message, &signature), Ok(()));
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!strict(&key, message, &changed), "bit {bit}");
            assert_eq!(key.verify(message, &changed), Err(SignatureMismatch), "bit {bit}");
        }
        assert_eq!(key.verify(b"another", &signature), Err(SignatureMismatch));
    }

    #[test]
    fn refuses_every_r_of_small_order_and_an_s_beyond_the_order() {
        let (secret, key) = key();
        let message = b"a message";
        let signature = secret.sign(message).to_bytes();
        // The eight points of small order by their y and sign, and two encodings that are not
        // canonical.
        let minus_one = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let eighth = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
        let other = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
        let beyond = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let more = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        let zero = "0000000000000000000000000000000000000000000000000000000000000000";
        let one = "0100000000000000000000000000000000000000000000000000000000000000";
        for y in [zero, one, minus_one, eighth, other, beyond, more] {
            for sign in [0, 0x80] {
                let mut changed = signature;
                for (place, byte) in changed.iter_mut().take(32).enumerate() {
                    let digits = y.get(2 * place..2 * place + 2).expect("two digits");
                    *byte = u8::from_str_radix(digits, 16).expect("hexadecimal");
                }
                changed[31] |= sign;
                assert!(!strict(&key, message, &changed), "{y}");
                assert_eq!(key.verify(message, &changed), Err(SignatureMismatch), "{y}");
            }
        }
        let order = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10_u8,
        ];
        let mut changed = signature;
        let mut carry = 0;
        for (byte, add) in changed.iter_mut().skip(32).zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!strict(&key, message, &changed));
        assert_eq!(key.verify(message, &changed), Err(SignatureMismatch));
    }
}
