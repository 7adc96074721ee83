//! SHA-256 and the identity of objects and keys.

use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::{ParseError, ParseErrorKind as Kind};

/// The SHA-256 of a whole object, which is its identity because an object has one spelling
/// (spec section 2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of `object`.
    pub fn of(object: &[u8]) -> Self {
        Self(Sha256::digest(object).into())
    }

    /// Returns the SHA-256 of `parts` in a row.
    pub(crate) fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Takes a fingerprint that was computed before.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The first 8 bytes of a key's RFC 9679 thumbprint: a look-up hint, never trust (spec R-COSE-6).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; 8]);

impl KeyId {
    pub(crate) fn of(thumbprint: Fingerprint) -> Self {
        let mut id = [0_u8; 8];
        for (to, from) in id.iter_mut().zip(thumbprint.0) {
            *to = from;
        }
        Self(id)
    }

    /// Takes the 8 bytes.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Reads 16 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut bytes = [0_u8; 8];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(Kind::Length.into());
        }
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(high)? << 4 | nibble(low)?;
        }
        Ok(Self(bytes))
    }

    /// Returns the 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

fn nibble(digit: u8) -> Result<u8, ParseError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Kind::Type.into()),
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn shows_the_known_hash_of_nothing() {
        assert_eq!(
            Fingerprint::of(b"").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn reads_back_a_key_id() {
        let id = KeyId::from_bytes([0, 1, 0x7f, 0x80, 0xff, 9, 0xa, 0xbc]);
        assert_eq!(KeyId::parse(&id.to_string()), Ok(id));
        assert_eq!(KeyId::parse("0001"), Err(Kind::Length.into()));
        assert_eq!(KeyId::parse("000102030405060G"), Err(Kind::Type.into()));
    }
}
