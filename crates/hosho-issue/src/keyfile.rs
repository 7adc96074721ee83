//! The files that hold secrets: PKCS#8 PEM for Ed25519 keys, one line of hex for an auth master key.
//!
//! They are made for their owner only, read without following links, and refused when others may
//! read them. Buffers are wiped. What may leak is that a file exists and how long it is.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ed25519::KeypairBytes;
use ed25519::pkcs8::spki::der::pem::LineEnding;
use ed25519::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use hosho::{AuthKey, AuthMasterKey, SecretKey};
use hosho_cli::input::{open_regular, read_own};
use hosho_cli::output::{Folder, Mode, OutputError};
use hosho_signer::SignerUri;
use rustix::fs::OFlags;
use zeroize::{Zeroize, Zeroizing};

use crate::failure::{Damage, Failure};
use crate::journal::spelled::{fill_from_hex, to_hex};

// A PKCS#8 PEM of an Ed25519 key has 119 bytes, with the public key 192; a CRLF a line is allowed.
const MAX_LEN: usize = 512;

const PUBLIC_PART: &str = "-----BEGIN PUBLIC KEY-----";

/// Draws 32 secret bytes from the system.
pub(crate) fn draw_secret() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut_slice())?;
    Ok(secret)
}

/// Writes a new file with an Ed25519 key.
pub(crate) fn write_secret_key(
    folder: &Folder,
    name: &str,
    seed: &[u8; 32],
) -> Result<(), Failure> {
    let pair = KeypairBytes { secret_key: *seed, public_key: None };
    let file = Path::new(name);
    let pem =
        pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| Failure::damaged(file, Damage::Form))?;
    write(folder, name, pem.as_bytes())
}

/// Reads an Ed25519 key.
pub(crate) fn read_secret_key(path: &Path) -> Result<SecretKey, Failure> {
    let text = read(path)?;
    let pair = KeypairBytes::from_pkcs8_pem(text.as_str()?)
        .map_err(|_| Failure::damaged(path, Damage::Form))?;
    let mut seed = Zeroizing::new(pair.secret_key);
    Ok(SecretKey::take(&mut seed))
}

/// Returns whether a file holds the public part of a key; it is no secret, whoever may read it.
pub(crate) fn is_public_part(path: &Path) -> bool {
    let Ok(file) = open_regular(path, OFlags::NOFOLLOW) else { return false };
    let text = SecretText::fill(path, file);
    text.is_ok_and(|text| text.as_str().is_ok_and(|text| text.starts_with(PUBLIC_PART)))
}

/// Writes a new file that says where a key is.
pub(crate) fn write_key_uri(folder: &Folder, name: &str, uri: &SignerUri) -> Result<(), Failure> {
    write(folder, name, format!("{}\n", uri.to_text()).as_bytes())
}

/// Reads where a key is.
pub(crate) fn read_key_uri(path: &Path) -> Result<SignerUri, Failure> {
    let bytes = read_own(path, SignerUri::MAX_LEN + 1).map_err(|e| Failure::own(path, e))?;
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
    let uri = text.and_then(|text| SignerUri::parse(text).ok());
    uri.ok_or_else(|| Failure::damaged(path, Damage::Form))
}

/// Writes a new file with an auth master key.
pub(crate) fn write_master(folder: &Folder, name: &str, secret: &[u8; 32]) -> Result<(), Failure> {
    let mut line = Zeroizing::new(to_hex(secret));
    line.push('\n');
    write(folder, name, line.as_bytes())
}

/// Reads an auth master key.
pub(crate) fn read_master(path: &Path) -> Result<AuthMasterKey, Failure> {
    let text = read(path)?;
    let mut secret = Zeroizing::new([0; 32]);
    let digits = text.as_str()?.strip_suffix('\n').unwrap_or_default();
    fill_from_hex(digits, secret.as_mut_slice())
        .ok_or_else(|| Failure::damaged(path, Damage::Form))?;
    Ok(AuthMasterKey::take(&mut secret))
}

/// Writes a new file with an auth key.
pub(crate) fn write_auth_key(
    folder: &Folder,
    name: &str,
    key: &AuthKey,
) -> Result<(), OutputError> {
    let text = key.expose_text();
    let mut line = Zeroizing::new(String::with_capacity(text.as_str().len() + 1));
    line.push_str(text.as_str());
    line.push('\n');
    folder.write_new(OsStr::new(name), line.as_bytes(), Mode::Secret)
}

/// Reads an auth key, and nothing when the file holds none.
pub(crate) fn read_auth_key(path: &Path) -> Option<AuthKey> {
    let file = open_regular(path, OFlags::NOFOLLOW).ok()?;
    let text = SecretText::fill(path, file).ok()?;
    AuthKey::parse(text.as_str().ok()?.trim_end()).ok()
}

fn write(folder: &Folder, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    folder
        .write_new(OsStr::new(name), bytes, Mode::Secret)
        .map_err(|e| Failure::output(Path::new(name), e))
}

fn read(path: &Path) -> Result<SecretText<'_>, Failure> {
    let file = open_regular(path, OFlags::NOFOLLOW).map_err(|e| Failure::own(path, e))?;
    let mode = file.metadata().map_err(|e| Failure::io(path, e))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::damaged(path, Damage::Exposed));
    }
    SecretText::fill(path, file)
}

/// The bytes of a key file, in a buffer that does not move and is wiped.
struct SecretText<'a> {
    bytes: Box<[u8; MAX_LEN]>,
    length: usize,
    path: &'a Path,
}

impl<'a> SecretText<'a> {
    fn fill(path: &'a Path, mut file: impl Read) -> Result<Self, Failure> {
        let mut text = Self { bytes: Box::new([0; MAX_LEN]), length: 0, path };
        while let Some(rest) = text.bytes.get_mut(text.length..).filter(|rest| !rest.is_empty()) {
            match file.read(rest) {
                Ok(0) => return Ok(text),
                Ok(count) => text.length += count,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Failure::io(path, e)),
            }
        }
        Err(Failure::damaged(path, Damage::Form))
    }

    fn as_str(&self) -> Result<&str, Failure> {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| Failure::damaged(self.path, Damage::Form))
    }
}

impl Drop for SecretText<'_> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}
