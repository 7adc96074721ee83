//! The files that hold secrets: PKCS#8 PEM for Ed25519 keys, one line of hex for an auth master key.
//!
//! They are made for their owner only. Buffers are wiped. What may leak is that a file exists and how
//! long it is. `hosho-signer` reads them.

use std::ffi::OsStr;
use std::path::Path;

use hosho::AuthKey;
use hosho_cli::input::read_own;
use hosho_cli::output::{Folder, Mode, OutputError};
use hosho_signer::{SecretText, SignerUri, secret_key_pem};
use zeroize::Zeroizing;

use crate::failure::{Damage, Failure};
use crate::journal::spelled::to_hex;

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
    let pem = secret_key_pem(seed);
    let pem = pem.ok_or_else(|| Failure::damaged(Path::new(name), Damage::Form))?;
    write(folder, name, pem.as_bytes())
}

/// Returns whether a file holds the public part of a key; it is no secret, whoever may read it.
pub(crate) fn is_public_part(path: &Path) -> bool {
    let text = SecretText::read_open(path);
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
    let text = SecretText::read_open(path).ok()?;
    AuthKey::parse(text.as_str().ok()?.trim_end()).ok()
}

fn write(folder: &Folder, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    folder
        .write_new(OsStr::new(name), bytes, Mode::Secret)
        .map_err(|e| Failure::output(Path::new(name), e))
}
