//! The files that hold secrets: PKCS#8 PEM for Ed25519 keys, one line of hexadecimal digits for an
//! auth master key.
//!
//! They are read without following links, and refused when others than their owner may read them.
//! Buffers are wiped. What may leak is that a file exists and how long it is.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ed25519::KeypairBytes;
use ed25519::pkcs8::spki::der::pem::LineEnding;
use ed25519::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use hosho::{AuthMasterKey, SecretKey};
use hosho_cli::input::{InputError, open_regular};
use rustix::fs::OFlags;
use zeroize::{Zeroize, Zeroizing};

/// A PKCS#8 PEM of an Ed25519 key has 119 bytes, with the public key 192; a CRLF a line is allowed.
const MAX_LEN: usize = 512;

/// A file with a secret cannot be used. It holds nothing of the secret.
#[derive(Debug)]
pub struct KeyFileError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub fault: KeyFileFault,
}

/// What is wrong with a file that should hold a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyFileFault {
    /// Others than its owner may read it.
    Exposed,
    /// It holds no such secret.
    Form,
    /// It cannot be read.
    Unread(InputError),
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.fault {
            KeyFileFault::Exposed => write!(f, "{file}: others than its owner may read it"),
            KeyFileFault::Form => write!(f, "{file}: it holds no such secret"),
            KeyFileFault::Unread(error) => write!(f, "{file} {error}"),
        }
    }
}

impl std::error::Error for KeyFileError {}

/// Reads an Ed25519 key.
///
/// # Errors
/// When the file is missing, others may read it, or it holds no such key.
pub fn read_secret_key(file: &Path) -> Result<SecretKey, KeyFileError> {
    let text = SecretText::read(file)?;
    let pair = KeypairBytes::from_pkcs8_pem(text.as_str()?).map_err(|_| text.form())?;
    let mut seed = Zeroizing::new(pair.secret_key);
    Ok(SecretKey::take(&mut seed))
}

/// Returns the PEM of an Ed25519 key, to be written to a file for its owner only; nothing if its
/// form cannot be made.
pub fn secret_key_pem(seed: &[u8; 32]) -> Option<Zeroizing<String>> {
    let pair = KeypairBytes { secret_key: *seed, public_key: None };
    pair.to_pkcs8_pem(LineEnding::LF).ok()
}

/// Reads an auth master key: 64 hexadecimal digits in lower case and a line end.
///
/// # Errors
/// When the file is missing, others may read it, or it holds no such key.
pub fn read_master(file: &Path) -> Result<AuthMasterKey, KeyFileError> {
    let text = SecretText::read(file)?;
    let digits = text.as_str()?.strip_suffix('\n').unwrap_or_default();
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let mut secret = Zeroizing::new([0; 32]);
    if pairs.len() != secret.len() || !rest.is_empty() {
        return Err(text.form());
    }
    for (byte, &[high, low]) in secret.iter_mut().zip(pairs) {
        let value = nibble(high).zip(nibble(low)).ok_or_else(|| text.form())?;
        *byte = value.0 << 4 | value.1;
    }
    Ok(AuthMasterKey::take(&mut secret))
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The bytes of a file with a secret, in a buffer that does not move and is wiped.
pub struct SecretText<'a> {
    bytes: Box<[u8; MAX_LEN]>,
    length: usize,
    file: &'a Path,
}

impl<'a> SecretText<'a> {
    /// Reads a file that nobody but its owner may read.
    ///
    /// # Errors
    /// When it is missing, others may read it, or it is longer than a key file can be.
    pub fn read(file: &'a Path) -> Result<Self, KeyFileError> {
        let opened = open(file)?;
        let mode = opened.metadata().map_err(|e| unread(file, e.into()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyFileError { file: file.to_owned(), fault: KeyFileFault::Exposed });
        }
        Self::fill(file, opened)
    }

    /// Reads a file whoever may read it.
    ///
    /// # Errors
    /// When it is missing, or longer than a key file can be.
    pub fn read_open(file: &'a Path) -> Result<Self, KeyFileError> {
        Self::fill(file, open(file)?)
    }

    /// Returns the text.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn as_str(&self) -> Result<&str, KeyFileError> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| self.form())
    }

    fn fill(file: &'a Path, mut from: impl Read) -> Result<Self, KeyFileError> {
        let mut text = Self { bytes: Box::new([0; MAX_LEN]), length: 0, file };
        while let Some(rest) = text.bytes.get_mut(text.length..).filter(|rest| !rest.is_empty()) {
            match from.read(rest) {
                Ok(0) => return Ok(text),
                Ok(count) => text.length += count,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(unread(file, e.into())),
            }
        }
        Err(text.form())
    }

    fn form(&self) -> KeyFileError {
        KeyFileError { file: self.file.to_owned(), fault: KeyFileFault::Form }
    }
}

impl fmt::Debug for SecretText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl Drop for SecretText<'_> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

fn open(file: &Path) -> Result<File, KeyFileError> {
    open_regular(file, OFlags::NOFOLLOW).map_err(|error| unread(file, error))
}

fn unread(file: &Path, error: InputError) -> KeyFileError {
    KeyFileError { file: file.to_owned(), fault: KeyFileFault::Unread(error) }
}
