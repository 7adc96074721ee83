//! COSE envelopes with exactly one form each (spec section 3, RFC 9052).

use alloc::vec::Vec;

use crate::cbor::{Map, Reader, Writer};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::KeyId;

/// alg -19 as `-1 - n` (RFC 9864).
const ED25519: u64 = 18;
const CHACHA20_POLY1305: u64 = 24;
/// The private label -65537 as `-1 - n`.
const SEAL_LABEL: u64 = 65_536;
const IV_LABEL: u8 = 5;

const SIGN1_TAG: u64 = 18;
const ENCRYPT0_TAG: u64 = 16;
const SIGN_TAG: u64 = 98;

/// The typ of an object, which with payload key 1 is its version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MediaType(pub(crate) &'static str);

pub(crate) const CERTIFICATE: MediaType = MediaType("application/vnd.hosho.certificate+cose");
pub(crate) const SEALED: MediaType = MediaType("application/vnd.hosho.sealed+cose");
pub(crate) const TRUST: MediaType = MediaType("application/vnd.hosho.trust+cose");
pub(crate) const STATUS: MediaType = MediaType("application/vnd.hosho.status+cose");
pub(crate) const EVIDENCE: MediaType = MediaType("application/vnd.hosho.evidence+cbor");

/// What a byte string claims to be, by its tag and typ; nothing else of it is checked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ObjectKind {
    /// An evidence file.
    Evidence,
    /// A signed certificate.
    SignedCertificate,
    /// A sealed certificate.
    SealedCertificate,
    /// A trust bundle.
    TrustBundle,
    /// A status snapshot.
    StatusSnapshot,
}

impl ObjectKind {
    /// Returns what `bytes` claim to be, or nothing if they are none of our objects.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let has = |typ: MediaType| {
            let window = bytes.get(..128).unwrap_or(bytes);
            window.windows(typ.0.len()).any(|part| part == typ.0.as_bytes())
        };
        match bytes {
            [0xd2, 0x84, ..] if has(STATUS) => Some(Self::StatusSnapshot),
            [0xd2, 0x84, ..] => Some(Self::SignedCertificate),
            [0xd0, 0x83, ..] => Some(Self::SealedCertificate),
            [0xd8, 0x62, 0x84, ..] => Some(Self::TrustBundle),
            // Tag 55799 marks any self-described CBOR.
            [0xd9, 0xd9, 0xf7, 0x82, ..] if has(EVIDENCE) => Some(Self::Evidence),
            _ => None,
        }
    }
}

/// A `COSE_Sign1` whose form is right; nothing is verified.
#[derive(Clone, Debug)]
pub(crate) struct Sign1<'a> {
    pub(crate) protected: &'a [u8],
    pub(crate) key_id: KeyId,
    pub(crate) payload: &'a [u8],
    pub(crate) payload_at: usize,
    pub(crate) signature: [u8; 64],
}

impl<'a> Sign1<'a> {
    pub(crate) fn parse(object: &'a [u8], max: usize, typ: MediaType) -> Result<Self, ParseError> {
        let mut r = open(object, max, SIGN1_TAG)?;
        r.array_of(4)?;
        let (protected, mut header) = r.nested()?;
        let mut map = header.map()?;
        label(map.required(&mut header, 1))?;
        algorithm(&mut header, Reader::negative, ED25519)?;
        label(map.required(&mut header, 4))?;
        let key_id = KeyId::from_bytes(header.bytes_of()?);
        label(map.required(&mut header, 16))?;
        media_type(&mut header, typ)?;
        label(map.finish(&header))?;
        header.finish()?;
        empty_unprotected(&mut r)?;
        let (payload, payload_reader) = r.nested()?;
        let payload_at = payload_reader.offset();
        let signature = r.bytes_of()?;
        r.finish()?;
        Ok(Self { protected, key_id, payload, payload_at, signature })
    }

    /// Returns the bytes that the signature covers (RFC 9052 section 4.4).
    pub(crate) fn to_be_signed(&self) -> Vec<u8> {
        sign1_structure(self.protected, self.payload)
    }
}

pub(crate) fn sign1_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut w = Writer::with_capacity(protected.len() + payload.len() + 32);
    w.array(4);
    w.text("Signature1");
    w.bytes(protected);
    w.bytes(b"");
    w.bytes(payload);
    w.into_bytes()
}

#[cfg(feature = "issue")]
pub(crate) fn sign1_header(key_id: KeyId, typ: MediaType) -> Vec<u8> {
    let mut w = Writer::with_capacity(64);
    w.map(3);
    w.uint(1_u8);
    w.negative(ED25519);
    w.uint(4_u8);
    w.bytes(key_id.as_bytes());
    w.uint(16_u8);
    w.text(typ.0);
    w.into_bytes()
}

#[cfg(feature = "issue")]
pub(crate) fn assemble_sign1(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let mut w = Writer::with_capacity(protected.len() + payload.len() + 96);
    w.tag(SIGN1_TAG);
    w.array(4);
    w.bytes(protected);
    w.map(0);
    w.bytes(payload);
    w.bytes(signature);
    w.into_bytes()
}

/// A `COSE_Encrypt0` whose form is right; nothing is opened.
#[derive(Clone, Debug)]
pub(crate) struct Encrypt0<'a> {
    pub(crate) protected: &'a [u8],
    pub(crate) salt: [u8; 16],
    pub(crate) commit: [u8; 32],
    pub(crate) iv: [u8; 12],
    pub(crate) ciphertext: &'a [u8],
}

impl<'a> Encrypt0<'a> {
    pub(crate) fn parse(object: &'a [u8], max: usize) -> Result<Self, ParseError> {
        let mut r = open(object, max, ENCRYPT0_TAG)?;
        r.array_of(3)?;
        let (protected, mut header) = r.nested()?;
        let mut map = header.map()?;
        label(map.required(&mut header, 1))?;
        algorithm(&mut header, Reader::uint, CHACHA20_POLY1305)?;
        label(map.required(&mut header, 16))?;
        media_type(&mut header, SEALED)?;
        label(map.required_negative(&mut header, SEAL_LABEL))?;
        header.array_of(3)?;
        crate::certificate::decode::version(&mut header)?;
        let (salt, commit) = (header.bytes_of()?, header.bytes_of()?);
        label(map.finish(&header))?;
        header.finish()?;
        let unprotected_at = r.offset();
        let mut unprotected = r.map()?;
        let only_iv = |step: Result<(), ParseError>| {
            header_step(step, ParseError::at(Kind::Unprotected, unprotected_at))
        };
        only_iv(unprotected.required(&mut r, IV_LABEL))?;
        let iv = r.bytes_of()?;
        only_iv(unprotected.finish(&r))?;
        let ciphertext_at = r.offset();
        let ciphertext = r.bytes()?;
        r.finish()?;
        if ciphertext.len() < 17 {
            return Err(ParseError::at(Kind::Length, ciphertext_at));
        }
        Ok(Self { protected, salt, commit, iv, ciphertext })
    }

    /// Returns the additional data of the AEAD (RFC 9052 section 5.3).
    pub(crate) fn additional_data(protected: &[u8]) -> Vec<u8> {
        let mut w = Writer::with_capacity(protected.len() + 16);
        w.array(3);
        w.text("Encrypt0");
        w.bytes(protected);
        w.bytes(b"");
        w.into_bytes()
    }

    #[cfg(feature = "issue")]
    pub(crate) fn header(salt: &[u8; 16], commit: &[u8; 32]) -> Vec<u8> {
        let mut w = Writer::with_capacity(112);
        w.map(3);
        w.uint(1_u8);
        w.uint(CHACHA20_POLY1305);
        w.uint(16_u8);
        w.text(SEALED.0);
        w.negative(SEAL_LABEL);
        w.array(3);
        w.uint(1_u8);
        w.bytes(salt);
        w.bytes(commit);
        w.into_bytes()
    }

    #[cfg(feature = "issue")]
    pub(crate) fn assemble(protected: &[u8], iv: &[u8; 12], ciphertext: &[u8]) -> Vec<u8> {
        let mut w = Writer::with_capacity(protected.len() + ciphertext.len() + 32);
        w.tag(ENCRYPT0_TAG);
        w.array(3);
        w.bytes(protected);
        w.map(1);
        w.uint(IV_LABEL);
        w.bytes(iv);
        w.bytes(ciphertext);
        w.into_bytes()
    }
}

/// A `COSE_Sign` whose form is right; nothing is verified.
#[derive(Clone, Debug)]
pub(crate) struct Sign<'a> {
    pub(crate) protected: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) payload_at: usize,
    pub(crate) signatures: Vec<RootSignature<'a>>,
}

/// One signature of a `COSE_Sign`.
#[derive(Clone, Debug)]
pub(crate) struct RootSignature<'a> {
    pub(crate) at: usize,
    pub(crate) protected: &'a [u8],
    pub(crate) key_id: KeyId,
    pub(crate) signature: [u8; 64],
}

/// The most signatures of a trust bundle: a full change of the largest root set.
const MAX_SIGNATURES: u64 = 16;

impl<'a> Sign<'a> {
    pub(crate) fn parse(object: &'a [u8], max: usize) -> Result<Self, ParseError> {
        let mut r = open(object, max, SIGN_TAG)?;
        r.array_of(4)?;
        let (protected, mut header) = r.nested()?;
        let mut map = header.map()?;
        label(map.required(&mut header, 16))?;
        media_type(&mut header, TRUST)?;
        label(map.finish(&header))?;
        header.finish()?;
        empty_unprotected(&mut r)?;
        let (payload, payload_reader) = r.nested()?;
        let payload_at = payload_reader.offset();
        let signatures_at = r.offset();
        let count = r.array()?;
        if count == 0 || count > MAX_SIGNATURES {
            return Err(ParseError::at(Kind::Length, signatures_at));
        }
        let signatures = (0..count).map(|_| RootSignature::parse(&mut r)).collect::<Result<_, _>>();
        let signatures = signatures?;
        r.finish()?;
        Ok(Self { protected, payload, payload_at, signatures })
    }
}

impl<'a> RootSignature<'a> {
    fn parse(r: &mut Reader<'a>) -> Result<Self, ParseError> {
        let at = r.offset();
        r.array_of(3)?;
        let (protected, mut header) = r.nested()?;
        let mut map = header.map()?;
        label(map.required(&mut header, 1))?;
        algorithm(&mut header, Reader::negative, ED25519)?;
        label(map.required(&mut header, 4))?;
        let key_id = KeyId::from_bytes(header.bytes_of()?);
        label(map.finish(&header))?;
        header.finish()?;
        empty_unprotected(r)?;
        Ok(Self { at, protected, key_id, signature: r.bytes_of()? })
    }
}

/// Returns the bytes that one root signature covers (RFC 9052 section 4.4).
pub(crate) fn sign_structure(body: &[u8], signer: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut w = Writer::with_capacity(body.len() + signer.len() + payload.len() + 32);
    w.array(5);
    w.text("Signature");
    w.bytes(body);
    w.bytes(signer);
    w.bytes(b"");
    w.bytes(payload);
    w.into_bytes()
}

#[cfg(feature = "issue")]
pub(crate) fn sign_body_header() -> Vec<u8> {
    let mut w = Writer::with_capacity(48);
    w.map(1);
    w.uint(16_u8);
    w.text(TRUST.0);
    w.into_bytes()
}

#[cfg(feature = "issue")]
pub(crate) fn signer_header(key_id: KeyId) -> Vec<u8> {
    let mut w = Writer::with_capacity(16);
    w.map(2);
    w.uint(1_u8);
    w.negative(ED25519);
    w.uint(4_u8);
    w.bytes(key_id.as_bytes());
    w.into_bytes()
}

#[cfg(feature = "issue")]
pub(crate) fn assemble_sign(
    body: &[u8],
    payload: &[u8],
    signatures: &[(Vec<u8>, [u8; 64])],
) -> Vec<u8> {
    let mut w = Writer::with_capacity(body.len() + payload.len() + 96 * signatures.len() + 16);
    w.tag(SIGN_TAG);
    w.array(4);
    w.bytes(body);
    w.map(0);
    w.bytes(payload);
    w.array(signatures.len());
    for (protected, signature) in signatures {
        w.array(3);
        w.bytes(protected);
        w.map(0);
        w.bytes(signature);
    }
    w.into_bytes()
}

pub(crate) fn open(object: &[u8], max: usize, tag: u64) -> Result<Reader<'_>, ParseError> {
    if object.len() > max {
        return Err(Kind::Size.into());
    }
    let mut reader = Reader::new(object, 0);
    reader.tag(tag)?;
    Ok(reader)
}

/// A missing, unknown or foreign label of a protected header breaks R-COSE-2.
fn label(step: Result<(), ParseError>) -> Result<(), ParseError> {
    let offset = step.as_ref().map_or_else(ParseError::offset, |()| 0);
    header_step(step, ParseError::at(Kind::Header, offset))
}

/// Reports a missing, unknown or foreign label as `refusal`, and everything else as it is.
fn header_step(step: Result<(), ParseError>, refusal: ParseError) -> Result<(), ParseError> {
    step.map_err(|error| match error.kind() {
        Kind::KeyMissing | Kind::KeyUnknown | Kind::Type => refusal,
        _ => error,
    })
}

fn algorithm<'a>(
    r: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<u64, ParseError>,
    expected: u64,
) -> Result<(), ParseError> {
    let start = r.offset();
    match read(r) {
        Ok(found) if found == expected => Ok(()),
        Err(error) if error.kind() != Kind::Type => Err(error),
        _ => Err(ParseError::at(Kind::Algorithm, start)),
    }
}

pub(crate) fn media_type(r: &mut Reader<'_>, typ: MediaType) -> Result<(), ParseError> {
    let start = r.offset();
    match r.text() {
        Ok((found, _)) if found == typ.0 => Ok(()),
        Err(error) if error.kind() != Kind::Type => Err(error),
        _ => Err(ParseError::at(Kind::MediaType, start)),
    }
}

fn empty_unprotected(r: &mut Reader<'_>) -> Result<(), ParseError> {
    let start = r.offset();
    let map: Map = r.map()?;
    if map.is_empty() { Ok(()) } else { Err(ParseError::at(Kind::Unprotected, start)) }
}
