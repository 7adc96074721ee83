//! Sealed certificates: a signed certificate that only its auth key opens (spec section 9).

use alloc::vec::Vec;
use core::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use crate::auth::AuthKey;
use crate::cose::Encrypt0;
use crate::error::ParseError;
use crate::fingerprint::Fingerprint;
use crate::signed::SignedCertificate;

/// A sealed certificate whose form is right; nothing in it is believed.
#[derive(Clone, Debug)]
pub struct SealedCertificate<'a> {
    bytes: &'a [u8],
    envelope: Encrypt0<'a>,
}

impl<'a> SealedCertificate<'a> {
    /// The most bytes it can have (spec R-SIZE-2).
    pub const MAX_LEN: usize = 4_256;

    /// Reads a sealed certificate, accepting only its one spelling.
    ///
    /// # Errors
    /// The first broken rule of spec sections 2, 3 and 9, with its offset.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self { bytes, envelope: Encrypt0::parse(bytes, Self::MAX_LEN)? })
    }

    /// Returns the bytes that were read.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the identity of these sealed bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.bytes)
    }
}

/// What came out of a sealed certificate, with the key that opened it.
///
/// [`Verifier::verify_opened`](crate::Verifier::verify_opened) verifies it and compares its
/// binding with the key.
#[derive(Debug)]
pub struct OpenedCertificate<'k> {
    key: &'k AuthKey,
    bytes: Vec<u8>,
}

impl OpenedCertificate<'_> {
    /// Returns the bytes of the signed certificate.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn key(&self) -> &AuthKey {
        self.key
    }
}

/// The auth key does not open the sealed certificate, and no more is said (spec R-SEAL-2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OpenError;

impl OpenError {
    /// Returns the stable code.
    pub const fn code(&self) -> &'static str {
        "E4-OPEN"
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the auth key does not open this certificate (E4-OPEN)")
    }
}

impl core::error::Error for OpenError {}

impl AuthKey {
    /// Opens a sealed certificate (spec R-SEAL-1).
    ///
    /// Deriving, comparing the commitment and decrypting take the same time for every key that
    /// fails; parsing what came out does not, and takes the right key to reach.
    ///
    /// # Errors
    /// One error for every reason.
    pub fn open(&self, sealed: &SealedCertificate<'_>) -> Result<OpenedCertificate<'_>, OpenError> {
        let Encrypt0 { protected, salt, commit, iv, ciphertext } = &sealed.envelope;
        if !self.committed(salt, commit) {
            return Err(OpenError);
        }
        let aad = Encrypt0::additional_data(protected);
        let payload = Payload { msg: ciphertext, aad: &aad };
        let bytes =
            cipher(self, salt).decrypt(&Nonce::from(*iv), payload).map_err(|_| OpenError)?;
        match SignedCertificate::parse(&bytes) {
            Ok(_) => Ok(OpenedCertificate { key: self, bytes }),
            Err(_) => Err(OpenError),
        }
    }
}

fn cipher(key: &AuthKey, salt: &[u8; 16]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(<&Key>::from(&*key.seal_key(salt)))
}

/// What a sealing draws at random, once for each sealing.
#[cfg(feature = "issue")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SealNonce {
    /// The salt of commitment and key.
    pub salt: [u8; 16],
    /// The AEAD's nonce.
    pub iv: [u8; 12],
}

/// Seals a signed certificate for `key`; the same arguments give the same bytes.
///
/// A nonce must never be used for two different certificates.
#[cfg(feature = "issue")]
pub fn seal(signed: &SignedCertificate<'_>, key: &AuthKey, nonce: &SealNonce) -> Vec<u8> {
    let protected = Encrypt0::header(&nonce.salt, &key.commit(&nonce.salt));
    let aad = Encrypt0::additional_data(&protected);
    let payload = Payload { msg: signed.as_bytes(), aad: &aad };
    #[expect(clippy::expect_used, reason = "4 096 bytes is below the cipher's limit")]
    let ciphertext =
        cipher(key, &nonce.salt).encrypt(&Nonce::from(nonce.iv), payload).expect("short plaintext");
    Encrypt0::assemble(&protected, &nonce.iv, &ciphertext)
}
