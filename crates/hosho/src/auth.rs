//! Auth keys (認証キー): their text, their derivation and what is derived from them
//! (spec section 8).

use alloc::vec::Vec;
use core::fmt;

use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::cbor::Writer;
use crate::claims::AuthKeyBinding;
use crate::counter::{Epoch, Serial};
use crate::number::{GuaranteeNumber, GuarantorId};

mod alphabet;
#[cfg(feature = "issue")]
mod master;
mod reed_solomon;
mod text;

#[cfg(feature = "issue")]
pub use master::AuthMasterKey;
pub use text::{AuthKeyError, AuthKeyText};

/// The AEAD that `commit`, `k_enc` and `k_answer` are made for: ChaCha20/Poly1305 (RFC 9053).
const SEAL_ALGORITHM: u8 = 24;

/// The secret that a contractor hands to the obligee with the guarantee number (認証キー).
///
/// 100 bits, wiped when dropped. It opens every revision of one guarantee.
#[derive(ZeroizeOnDrop)]
pub struct AuthKey {
    /// Invariant: the last four bits are zero.
    secret: [u8; 13],
}

impl AuthKey {
    pub(crate) fn from_secret(secret: &Zeroizing<[u8; 13]>) -> Self {
        Self { secret: **secret }
    }

    /// Tells whether both are the same key, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        publish(self.secret.ct_eq(&other.secret))
    }

    /// Returns the handle under which a confirmation service keeps the sealed certificate of
    /// `number` (spec R-DERIVE-2).
    pub fn locator(&self, number: &GuaranteeNumber<'_>) -> Locator {
        let mut bytes = [0_u8; 16];
        self.expand(&info(&["hosho/v1/locator", number.as_str()]), &mut bytes);
        Locator(bytes)
    }

    /// Returns the value that a certificate for this key carries (spec R-DERIVE-2).
    pub fn bind(
        &self,
        guarantor_id: &GuarantorId<'_>,
        number: &GuaranteeNumber<'_>,
        epoch: Epoch,
        serial: Serial,
    ) -> [u8; 32] {
        let mut w = Writer::with_capacity(160);
        w.array(5);
        w.text("hosho/v1/bind");
        w.text(guarantor_id.as_str());
        w.text(number.as_str());
        w.uint(epoch.number());
        w.uint(serial.number());
        let mut bind = [0_u8; 32];
        self.expand(&w.into_bytes(), &mut bind);
        bind
    }

    /// Tells in constant time whether `binding` of a certificate was made for this key.
    pub(crate) fn fits(
        &self,
        guarantor_id: &GuarantorId<'_>,
        number: &GuaranteeNumber<'_>,
        binding: &AuthKeyBinding,
    ) -> bool {
        let bind = self.bind(guarantor_id, number, binding.epoch, binding.serial);
        publish(bind.ct_eq(&binding.bind))
    }

    /// Returns the key commitment of a sealed certificate (spec section 8.4).
    pub(crate) fn commit(&self, salt: &[u8; 16]) -> [u8; 32] {
        let mut commit = [0_u8; 32];
        self.expand(&seal_info("hosho/v1/commit", salt), &mut commit);
        commit
    }

    /// Tells in constant time whether `commit` was made with this key.
    pub(crate) fn committed(&self, salt: &[u8; 16], commit: &[u8; 32]) -> bool {
        publish(self.commit(salt).ct_eq(commit))
    }

    /// Returns the AEAD key of a sealed certificate (spec section 8.4).
    pub(crate) fn seal_key(&self, salt: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0_u8; 32]);
        self.expand(&seal_info("hosho/v1/enc", salt), key.as_mut());
        key
    }

    /// Returns the AEAD key of one answer (spec R-DERIVE-3).
    pub(crate) fn answer_key(&self, salt: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0_u8; 32]);
        self.expand(&seal_info("hosho/v1/answer", salt), key.as_mut());
        key
    }

    fn expand(&self, info: &[u8], output: &mut [u8]) {
        expand("hosho/v1/code-extract", &self.secret, info, output);
    }
}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthKey(..)")
    }
}

/// The handle under which a confirmation service keeps a sealed certificate.
///
/// Not a secret, but it tells nothing about number or key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Locator([u8; 16]);

impl Locator {
    /// Takes a locator that was derived before.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Makes the outcome of a comparison public: the only place where control depends on a secret.
///
/// It is a function of its own in the program, and the value that it returns comes from memory, so
/// that a checker which follows secrets through the program can be told that this one place is
/// meant, and that what follows is public.
#[inline(never)]
fn publish(outcome: Choice) -> bool {
    let outcomes = core::hint::black_box(&[false, true]);
    outcomes.get(usize::from(outcome.unwrap_u8())).copied().unwrap_or(false)
}

/// HKDF with SHA-256 (RFC 5869), its salt the SHA-256 of `label`.
fn expand(label: &str, secret: &[u8], info: &[u8], output: &mut [u8]) {
    let salt = Sha256::digest(label.as_bytes());
    #[expect(clippy::expect_used, reason = "32 bytes is below HKDF's limit of 8 160")]
    Hkdf::<Sha256>::new(Some(&salt), secret).expand(info, output).expect("short output");
}

fn info(parts: &[&str]) -> Vec<u8> {
    let mut w = Writer::with_capacity(96);
    w.array(parts.len());
    for part in parts {
        w.text(part);
    }
    w.into_bytes()
}

fn seal_info(label: &str, salt: &[u8; 16]) -> Vec<u8> {
    let mut w = Writer::with_capacity(48);
    w.array(3);
    w.text(label);
    w.uint(SEAL_ALGORITHM);
    w.bytes(salt);
    w.into_bytes()
}
