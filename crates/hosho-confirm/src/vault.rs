//! The addresses of those who watch, encrypted under a key that the operator holds in a file.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hosho::Locator;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The bytes of a nonce of XChaCha20-Poly1305, which may be drawn at random.
pub(crate) const NONCE_LEN: usize = 24;

/// Bytes that were encrypted here do not open: they were changed, or another key encrypted them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VaultError;

/// The key under which the addresses of watchers are kept.
///
/// Two keys are derived from it, one that encrypts addresses and one that marks them, so that the
/// same address is found again without being read.
#[derive(ZeroizeOnDrop)]
pub struct MailKey {
    sealing: [u8; 32],
    marking: [u8; 32],
}

impl MailKey {
    /// The bytes of the key.
    pub const LEN: usize = 32;

    /// Takes the key and derives what is needed.
    pub fn take(secret: &Zeroizing<[u8; Self::LEN]>) -> Self {
        let mut key = Self { sealing: [0; 32], marking: [0; 32] };
        derive(secret, b"hosho/v1/confirm/mail-address", &mut key.sealing);
        derive(secret, b"hosho/v1/confirm/mail-mark", &mut key.marking);
        key
    }

    /// Returns the mark by which the watch of an address on a locator is found again.
    pub fn mark(&self, locator: &Locator, address: &str) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.marking).expect("a key");
        // The locator has one length, so the two parts cannot run together.
        mac.update(locator.as_bytes());
        mac.update(address.to_lowercase().as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Encrypts an address.
    pub fn seal(&self, address: &str, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let cipher = XChaCha20Poly1305::new(<&Key>::from(&self.sealing));
        let payload = Payload { msg: address.as_bytes(), aad: ADDRESS };
        #[expect(clippy::expect_used, reason = "an address is far below the cipher's limit")]
        let ciphertext = cipher.encrypt(&XNonce::from(nonce), payload).expect("short content");
        [nonce.as_slice(), &ciphertext].concat()
    }

    /// Decrypts an address.
    ///
    /// # Errors
    /// When it was not encrypted under this key.
    pub fn open(&self, sealed: &[u8]) -> Result<Zeroizing<String>, VaultError> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(VaultError)?;
        let cipher = XChaCha20Poly1305::new(<&Key>::from(&self.sealing));
        let payload = Payload { msg: ciphertext, aad: ADDRESS };
        let bytes = cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError)?;
        String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| VaultError)
    }
}

impl std::fmt::Debug for MailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailKey(..)")
    }
}

const ADDRESS: &[u8] = b"hosho/v1/confirm/address";

fn derive(secret: &Zeroizing<[u8; 32]>, label: &[u8], output: &mut [u8; 32]) {
    #[expect(clippy::expect_used, reason = "32 bytes is below HKDF's limit of 8 160")]
    Hkdf::<Sha256>::new(None, secret.as_slice()).expand(label, output).expect("short output");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail_key(byte: u8) -> MailKey {
        MailKey::take(&Zeroizing::new([byte; 32]))
    }

    #[test]
    fn an_address_is_read_under_its_key_only() {
        let sealed = mail_key(1).seal("hatchu@example.jp", [3; NONCE_LEN]);
        assert!(!sealed.windows(6).any(|window| window == b"hatchu"));
        let opened = mail_key(1).open(&sealed).map(|address| address.to_string());
        assert_eq!(opened, Ok("hatchu@example.jp".to_owned()));
        assert_eq!(mail_key(2).open(&sealed).map(|_| ()), Err(VaultError));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(mail_key(1).open(&changed).map(|_| ()), Err(VaultError), "byte {at}");
        }
        assert_eq!(mail_key(1).open(&sealed[..20]).map(|_| ()), Err(VaultError));
    }

    #[test]
    fn a_mark_is_that_of_one_address_on_one_locator() {
        let locator = Locator::from_bytes;
        let mark = mail_key(1).mark(&locator([1; 16]), "a@example.jp");
        assert_eq!(mark, mail_key(1).mark(&locator([1; 16]), "A@Example.jp"));
        assert_ne!(mark, mail_key(1).mark(&locator([2; 16]), "a@example.jp"));
        assert_ne!(mark, mail_key(1).mark(&locator([1; 16]), "b@example.jp"));
        assert_ne!(mark, mail_key(2).mark(&locator([1; 16]), "a@example.jp"));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", mail_key(1)), "MailKey(..)");
    }
}
