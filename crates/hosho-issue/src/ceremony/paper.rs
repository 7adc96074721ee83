//! The files that travel between the home and the machines of the root keys: requests, signatures
//! and public keys. All are public, and short enough to be read.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519::pkcs8::spki::der::pem::LineEnding;
use ed25519::pkcs8::{DecodePublicKey, EncodePublicKey, PublicKeyBytes};
use hosho::{BundleSignature, Fingerprint, KeyId, PreparedBundle, PublicKey};
use hosho_cli::input::read_bounded;

use crate::failure::Failure;
use crate::journal::spelled::{Spelled, from_hex, to_hex};
use crate::objection::Objection;

const REQUEST: &str = "hosho bundle request 1";
const SIGNATURE: &str = "hosho bundle signature 1";
const COLUMNS: usize = 64;
// 65 536 bytes are 87 384 in base64, in lines of 64 with CRLF.
const MAX_REQUEST: usize = 96 * 1024;
// Four lines; the longest has 138 bytes.
const MAX_SIGNATURE: usize = 512;
// A PEM of 44 bytes.
const MAX_PUBLIC_KEY: usize = 512;

/// The signature of one root key over one request.
#[derive(Debug)]
pub(crate) struct SignedRequest {
    /// The fingerprint of what was signed.
    pub(crate) request: Fingerprint,
    pub(crate) signature: BundleSignature,
}

/// Returns the text of a request: a heading, and the bundle's payload in base64.
pub(crate) fn request_text(prepared: &PreparedBundle) -> String {
    let base64 = BASE64_STANDARD.encode(prepared.as_bytes());
    let mut text = format!("{REQUEST}\n");
    for (place, symbol) in base64.chars().enumerate() {
        if place > 0 && place % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(symbol);
    }
    text.push('\n');
    text
}

/// Reads a request.
pub(crate) fn read_request(file: &Path) -> Result<PreparedBundle, Failure> {
    read(file, MAX_REQUEST, |text| {
        let base64: String = text.strip_prefix(REQUEST)?.lines().collect();
        let prepared = PreparedBundle::parse(&BASE64_STANDARD.decode(base64).ok()?).ok()?;
        (request_text(&prepared) == text).then_some(prepared)
    })
}

/// Returns the text of a signature over a request.
pub(crate) fn signature_text(request: Fingerprint, signature: &BundleSignature) -> String {
    let (key, bytes) = (signature.key_id(), to_hex(signature.as_bytes()));
    format!("{SIGNATURE}\nrequest {request}\nkey {key}\nsignature {bytes}\n")
}

/// Reads a signature over a request.
pub(crate) fn read_signature(file: &Path) -> Result<SignedRequest, Failure> {
    read(file, MAX_SIGNATURE, |text| {
        let rest = text.strip_prefix(SIGNATURE)?.strip_prefix("\nrequest ")?;
        let (request, rest) = rest.split_once("\nkey ")?;
        let (key, rest) = rest.split_once("\nsignature ")?;
        let bytes = from_hex::<64>(rest.strip_suffix('\n')?)?;
        let signature = BundleSignature::from_parts(KeyId::parse(key).ok()?, bytes);
        Some(SignedRequest { request: Fingerprint::read(request)?, signature })
    })
}

/// Returns the text of a public key: a `SubjectPublicKeyInfo` in PEM (RFC 8410).
pub(crate) fn public_key_text(key: &PublicKey) -> Option<String> {
    PublicKeyBytes(*key.as_bytes()).to_public_key_pem(LineEnding::LF).ok()
}

/// Reads a public key.
pub(crate) fn read_public_key(file: &Path) -> Result<PublicKey, Failure> {
    read(file, MAX_PUBLIC_KEY, |text| {
        let key = PublicKeyBytes::from_public_key_pem(text).ok()?;
        PublicKey::from_bytes(key.to_bytes()).ok()
    })
}

// Mail and other systems end lines with CR LF, which changes nothing here.
fn read<T>(file: &Path, limit: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Failure> {
    let bytes = read_bounded(file, limit).map_err(|e| Failure::input(file, e))?;
    let text = String::from_utf8(bytes).ok().map(|text| text.replace("\r\n", "\n"));
    let parsed = text.as_deref().and_then(parse);
    parsed.ok_or_else(|| Failure::objected_at(file, Objection::Paper))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hosho::{
        BundleDraft, GuarantorId, KeyEntry, KeyRole, KeyState, RootSet, SecretKey, Sequence,
        Signer as _, UnixTime,
    };

    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::take(&mut [seed; 32])
    }

    fn prepared() -> PreparedBundle {
        let time = |seconds| UnixTime::from_seconds(seconds).unwrap();
        let roots = (1..4).map(|seed| key(seed).public_key().clone()).collect();
        BundleDraft {
            guarantor_id: GuarantorId::parse("g-demo").unwrap(),
            sequence: Sequence::FIRST,
            issued_at: time(1),
            next_update: time(2),
            keys: vec![KeyEntry {
                key: key(9).public_key().clone(),
                role: KeyRole::Certificate,
                not_before: time(1),
                not_after: time(3),
                state: KeyState::Active,
            }],
            roots: RootSet::new(2, roots).unwrap(),
            attestations: Vec::new(),
            previous: None,
        }
        .prepare()
        .unwrap()
    }

    #[test]
    fn reads_back_what_it_wrote_with_any_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        let prepared = prepared();
        let signature = prepared.sign(&key(1)).unwrap();
        let print = Fingerprint::of(prepared.as_bytes());
        for ends in ["\n", "\r\n"] {
            fs::write(&file, request_text(&prepared).replace('\n', ends)).unwrap();
            assert_eq!(read_request(&file).unwrap().as_bytes(), prepared.as_bytes());
            fs::write(&file, signature_text(print, &signature).replace('\n', ends)).unwrap();
            let read = read_signature(&file).unwrap();
            assert_eq!((read.request, read.signature.as_bytes()), (print, signature.as_bytes()));
            let public = key(1).public_key().clone();
            fs::write(&file, public_key_text(&public).unwrap().replace('\n', ends)).unwrap();
            assert_eq!(read_public_key(&file).unwrap(), public);
        }
    }

    #[test]
    fn refuses_a_request_and_a_signature_with_any_byte_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        let prepared = prepared();
        let text = request_text(&prepared);
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] ^= 1;
            fs::write(&file, changed).unwrap();
            if let Ok(read) = read_request(&file) {
                assert_ne!(read.as_bytes(), prepared.as_bytes(), "byte {place}");
            }
        }
        let print = Fingerprint::of(prepared.as_bytes());
        let signature = prepared.sign(&key(1)).unwrap();
        let text = signature_text(print, &signature);
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] ^= 0x20;
            fs::write(&file, &changed).unwrap();
            let refused = read_signature(&file).unwrap_err();
            assert_eq!(refused.code(), "E9-PAPER", "byte {place}");
        }
    }
}
