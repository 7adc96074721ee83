//! Auth keys at rest: encrypted under the reveal key, which is a file and not in the database.

use std::fmt;
use std::path::Path;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hosho::{AuthKey, GuaranteeNumber, Serial};
use hosho_web::{ConfigError, make_key_file, read_key_file};
use zeroize::Zeroizing;

/// A nonce of `XChaCha20`: long enough to be drawn at random for ever.
const NONCE_LEN: usize = 24;

/// The key under which the portal keeps auth keys; wiped when dropped.
pub struct RevealKey {
    secret: Zeroizing<[u8; 32]>,
}

/// Why an auth key cannot be kept or handed out.
#[derive(Debug)]
#[non_exhaustive]
pub enum VaultError {
    /// The system gives no random bytes.
    Random,
    /// The stored bytes were not encrypted under this key for this guarantee.
    Stored,
}

impl RevealKey {
    /// Reads the key from a file of 64 hexadecimal digits that only its owner can read.
    ///
    /// # Errors
    /// [`ConfigError`] with the next step.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Ok(Self { secret: read_key_file(path)? })
    }

    /// Makes a file with a fresh key, which [`RevealKey::read`] reads.
    ///
    /// # Errors
    /// [`ConfigError`], also when the file is there already.
    pub fn make(path: &Path) -> Result<(), ConfigError> {
        make_key_file(path)
    }

    /// Returns the auth key of a guarantee, encrypted: a random nonce, then the ciphertext.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn seal(
        &self,
        auth_key: &AuthKey,
        number: &GuaranteeNumber<'_>,
        serial: Serial,
    ) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let text = auth_key.expose_text();
        let aad = additional_data(number, serial);
        let payload = Payload { msg: text.as_str().as_bytes(), aad: &aad };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| VaultError::Stored)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Returns the auth key of a guarantee.
    ///
    /// # Errors
    /// [`VaultError::Stored`] unless the bytes were encrypted under this key for this number and
    /// serial.
    pub fn open(
        &self,
        stored: &[u8],
        number: &GuaranteeNumber<'_>,
        serial: Serial,
    ) -> Result<AuthKey, VaultError> {
        let (nonce, sealed) = stored.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::Stored)?;
        let aad = additional_data(number, serial);
        let payload = Payload { msg: sealed, aad: &aad };
        let text = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        let text = Zeroizing::new(text.map_err(|_| VaultError::Stored)?);
        let text = str::from_utf8(&text).map_err(|_| VaultError::Stored)?;
        AuthKey::parse(text).map_err(|_| VaultError::Stored)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.secret))
    }
}

impl fmt::Debug for RevealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevealKey(..)")
    }
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random => "the system gives no random bytes",
            Self::Stored => "a stored auth key was not encrypted under this reveal key",
        })
    }
}

impl std::error::Error for VaultError {}

/// Each part after its length, so that no two guarantees share what is authenticated.
fn additional_data(number: &GuaranteeNumber<'_>, serial: Serial) -> Vec<u8> {
    let serial = serial.number().to_be_bytes();
    let parts: [&[u8]; 3] = [b"hosho/v1/reveal", number.as_str().as_bytes(), &serial];
    let mut data = Vec::with_capacity(96);
    for part in parts {
        // Invariant: a number has at most 64 bytes.
        data.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const KEY: &str = "10JT6-4Z5E1-8H60F-XWX85-H6N6Y";

    fn number(text: &'static str) -> GuaranteeNumber<'static> {
        GuaranteeNumber::parse(text).unwrap()
    }

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reveal.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    fn fresh() -> RevealKey {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reveal.key");
        RevealKey::make(&path).unwrap();
        RevealKey::read(&path).unwrap()
    }

    #[test]
    fn a_key_comes_back_for_its_guarantee_only() {
        let vault = fresh();
        let auth_key = AuthKey::parse(KEY).unwrap();
        let first = number("31-07-1-0000123-9");
        let stored = vault.seal(&auth_key, &first, Serial::FIRST).unwrap();
        assert!(vault.open(&stored, &first, Serial::FIRST).unwrap().matches(&auth_key));
        let second = Serial::FIRST.next().unwrap();
        for (number, serial) in [(&number("31-07-1-0000123-8"), Serial::FIRST), (&first, second)] {
            let refused = vault.open(&stored, number, serial).map(|_| ());
            assert!(matches!(refused, Err(VaultError::Stored)));
        }
        let other = fresh().open(&stored, &first, Serial::FIRST).map(|_| ());
        assert!(matches!(other, Err(VaultError::Stored)));
    }

    #[test]
    fn what_is_stored_shows_nothing_and_never_repeats() {
        let vault = fresh();
        let auth_key = AuthKey::parse(KEY).unwrap();
        let first = number("31-07-1-0000123-9");
        let one = vault.seal(&auth_key, &first, Serial::FIRST).unwrap();
        let two = vault.seal(&auth_key, &first, Serial::FIRST).unwrap();
        assert_ne!(one, two);
        for group in KEY.split('-') {
            assert!(!one.windows(group.len()).any(|bytes| bytes == group.as_bytes()));
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let vault = fresh();
        let auth_key = AuthKey::parse(KEY).unwrap();
        let first = number("31-07-1-0000123-9");
        let stored = vault.seal(&auth_key, &first, Serial::FIRST).unwrap();
        for bit in 0..stored.len() * 8 {
            let mut flipped = stored.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let refused = vault.open(&flipped, &first, Serial::FIRST).map(|_| ());
            assert!(matches!(refused, Err(VaultError::Stored)), "bit {bit}");
        }
        let short = vault.open(&stored[..10], &first, Serial::FIRST).map(|_| ());
        assert!(matches!(short, Err(VaultError::Stored)));
    }

    #[test]
    fn a_key_file_of_another_form_or_that_others_can_read_is_refused() {
        let good = "a".repeat(64);
        for (text, mode, said) in [
            (good.as_str(), 0o644, "can be read by others; protect it with chmod 600"),
            (&good[1..], 0o600, "holds no key; write one line of 64 hexadecimal digits"),
        ] {
            let (_folder, path) = file(text, mode);
            let error = RevealKey::read(&path).map(|_| ()).unwrap_err().to_string();
            assert!(error.ends_with(said), "{error}");
        }
    }
}
