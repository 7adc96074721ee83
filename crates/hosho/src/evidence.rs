//! Evidence files: a certificate with everything that its verdict rests on (spec section 16).

use alloc::vec::Vec;

use crate::attestation::AttestationProof;
use crate::cbor::{Reader, Writer};
use crate::certificate::Certificate;
use crate::certificate::decode::version;
use crate::cose::{EVIDENCE, media_type, open};
use crate::counter::Revision;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::Fingerprint;
use crate::signed::SignedCertificate;
use crate::status::SignedStatusSnapshot;
use crate::trust::{SignedTrustBundle, TrustBundle, TrustError};
use crate::verify::{ChainError, VerifiedCertificate, follows};

/// Self-described CBOR (RFC 8949 section 3.4.6).
const TAG: u64 = 55_799;
const MAX_EARLIER: u64 = 1_023;
const MAX_BUNDLES: u64 = 64;
const MAX_SNAPSHOTS: u64 = 16;

/// An evidence file whose form is right; nothing in it is believed yet.
///
/// Its parts are bytes, to be parsed and judged as if each had come alone, with two exceptions:
/// a trust bundle that came with a certificate is no trust by itself, so [`Evidence::trust_from`]
/// and [`Evidence::trust_inside`] say which of them serves; and earlier revisions have to lead up
/// to the certificate ([`Evidence::check_chain`]).
///
/// ```text
/// evidence-file = #6.55799(["application/vnd.hosho.evidence+cbor", evidence])
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence<'a> {
    bytes: &'a [u8],
    parts: EvidenceDraft<'a>,
}

/// The parts of an evidence file to be made; every field is required.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvidenceDraft<'a> {
    /// The signed certificate that the evidence is about.
    pub certificate: &'a [u8],
    /// All signed certificates of its earlier revisions in their order, or none.
    pub earlier: Vec<&'a [u8]>,
    /// The trust bundles from the first to the newest, at least one.
    pub bundles: Vec<&'a [u8]>,
    /// Status snapshots; their order does not matter.
    pub snapshots: Vec<&'a [u8]>,
    /// The proof that the certificate is attested, if its key was compromised.
    pub proof: Option<&'a [u8]>,
    /// A timestamp token over [`Evidence::imprint`], DER (RFC 3161).
    pub timestamp: Option<&'a [u8]>,
}

impl<'a> Evidence<'a> {
    /// The most bytes it can have (spec R-SIZE-6).
    pub const MAX_LEN: usize = 16 << 20;

    /// The most bytes of a timestamp token (spec R-EVID-9).
    pub const MAX_TIMESTAMP_LEN: usize = 32_768;

    /// Reads an evidence file, accepting only its one spelling (spec R-EVID-1 to R-EVID-4).
    ///
    /// # Errors
    /// The first broken rule, with its offset; codes of the class E3.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = open(bytes, Self::MAX_LEN, TAG)?;
        let r = &mut reader;
        r.array_of(2)?;
        media_type(r, EVIDENCE)?;
        let parts = parts(r)?;
        reader.finish()?;
        Ok(Self { bytes, parts })
    }

    /// Returns the signed certificate that it is about, not parsed.
    pub const fn certificate(&self) -> &'a [u8] {
        self.parts.certificate
    }

    /// Returns the earlier revisions in their order, not parsed.
    pub fn earlier(&self) -> &[&'a [u8]] {
        &self.parts.earlier
    }

    /// Returns the trust bundles, from the first to the newest, not parsed.
    pub fn bundles(&self) -> &[&'a [u8]] {
        &self.parts.bundles
    }

    /// Returns the status snapshots, not parsed.
    pub fn snapshots(&self) -> &[&'a [u8]] {
        &self.parts.snapshots
    }

    /// Returns the attestation proof, not parsed.
    pub const fn proof(&self) -> Option<&'a [u8]> {
        self.parts.proof
    }

    /// Returns the timestamp token, not parsed.
    pub const fn timestamp(&self) -> Option<&'a [u8]> {
        self.parts.timestamp
    }

    /// Returns the parts, to make another evidence file of them.
    pub fn into_draft(self) -> EvidenceDraft<'a> {
        self.parts
    }

    /// Returns what a timestamp token is over: the SHA-256 of this file without its token (spec
    /// R-EVID-9).
    pub fn imprint(&self) -> Fingerprint {
        match self.parts.timestamp {
            None => Fingerprint::of(self.bytes),
            Some(_) => {
                Fingerprint::of(&EvidenceDraft { timestamp: None, ..self.parts.clone() }.write())
            }
        }
    }

    /// Returns the bundle that serves for one who has pinned `pin` (spec R-EVID-6): the newest
    /// that lawful steps lead to from there. The bundles inside are such steps, and never a pin.
    ///
    /// A pin of another guarantor stays as it is.
    ///
    /// # Errors
    /// When a bundle inside is not in its form, is another one of the pin's sequence, or is no
    /// lawful step.
    pub fn trust_from(&self, pin: &TrustBundle) -> Result<TrustBundle, TrustError> {
        let mut current = pin.clone();
        for bytes in &self.parts.bundles {
            let next = SignedTrustBundle::parse(bytes)?;
            if next.guarantor_id() != pin.guarantor_id() || next.sequence() < pin.sequence() {
                continue;
            }
            if next.sequence() > pin.sequence() {
                current = current.update(next)?;
            } else if next.fingerprint() != pin.fingerprint() {
                return Err(TrustError::Sequence);
            }
        }
        Ok(current)
    }

    /// Returns the newest bundle inside, for one who knows the fingerprint of the root set that
    /// signs the first from elsewhere (spec R-EVID-7).
    ///
    /// # Errors
    /// `E8-ROOTS` if the first bundle has other roots; otherwise what is wrong with a bundle.
    pub fn trust_inside(&self, roots: Fingerprint) -> Result<TrustBundle, TrustError> {
        let mut bundles = self.parts.bundles.iter();
        let first = bundles.next().ok_or(TrustError::Sequence)?;
        let mut current = SignedTrustBundle::parse(first)?.pin()?;
        if current.roots().fingerprint() != roots {
            return Err(TrustError::Roots { offset: None });
        }
        for bytes in bundles {
            current = current.update(SignedTrustBundle::parse(bytes)?)?;
        }
        Ok(current)
    }

    /// Checks that the earlier revisions, if there are any, are all there and lead up to the
    /// verified certificate of this file (spec R-EVID-5).
    ///
    /// They need no signature checked: each is named, by its hash, in the one after it.
    ///
    /// # Errors
    /// The first condition of R-CHAIN-1 that is broken.
    pub fn check_chain(&self, newest: &VerifiedCertificate<'_>) -> Result<(), ChainError> {
        let mut before: Option<SignedCertificate<'_>> = None;
        for bytes in &self.parts.earlier {
            let signed = SignedCertificate::parse(bytes).map_err(|_| ChainError::Previous)?;
            match &before {
                None if signed.certificate().revision() == Revision::FIRST => (),
                None => return Err(ChainError::Revision),
                Some(before) => {
                    follows(signed.certificate(), before.certificate(), before.fingerprint())?;
                }
            }
            before = Some(signed);
        }
        match before {
            Some(last) => follows(newest.certificate(), last.certificate(), last.fingerprint()),
            None => Ok(()),
        }
    }
}

impl EvidenceDraft<'_> {
    /// Returns the evidence file.
    ///
    /// # Errors
    /// When a reader would refuse it, because a part is missing or too large.
    pub fn to_canonical_cbor(&self) -> Result<Vec<u8>, ParseError> {
        let mut ordered = self.clone();
        ordered.snapshots.sort_unstable();
        ordered.snapshots.dedup();
        let bytes = ordered.write();
        Evidence::parse(&bytes)?;
        Ok(bytes)
    }

    fn write(&self) -> Vec<u8> {
        let lists = [&self.earlier, &self.snapshots];
        let optional = lists.into_iter().filter(|list| !list.is_empty()).count()
            + [self.proof, self.timestamp].into_iter().flatten().count();
        let mut w = Writer::with_capacity(self.len() + 256);
        w.tag(TAG);
        w.array(2);
        w.text(EVIDENCE.0);
        w.map(3 + optional);
        w.uint(1_u8);
        w.uint(1_u8);
        w.uint(2_u8);
        w.bytes(self.certificate);
        if !self.earlier.is_empty() {
            write_list(&mut w, 3, &self.earlier);
        }
        write_list(&mut w, 4, &self.bundles);
        if !self.snapshots.is_empty() {
            write_list(&mut w, 5, &self.snapshots);
        }
        for (key, part) in [(6_u8, self.proof), (7, self.timestamp)] {
            if let Some(part) = part {
                w.uint(key);
                w.bytes(part);
            }
        }
        w.into_bytes()
    }

    fn len(&self) -> usize {
        let lists = self.earlier.iter().chain(&self.bundles).chain(&self.snapshots);
        let single = [Some(self.certificate), self.proof, self.timestamp];
        lists.copied().chain(single.into_iter().flatten()).map(|part| part.len() + 5).sum()
    }
}

fn write_list(w: &mut Writer, key: u8, parts: &[&[u8]]) {
    w.uint(key);
    w.array(parts.len());
    for part in parts {
        w.bytes(part);
    }
}

fn parts<'a>(r: &mut Reader<'a>) -> Result<EvidenceDraft<'a>, ParseError> {
    const CERTIFICATE: usize = Certificate::MAX_SIGNED_LEN;
    const BUNDLE: usize = SignedTrustBundle::MAX_LEN;
    const SNAPSHOT: usize = SignedStatusSnapshot::MAX_LEN;
    const PROOF: usize = AttestationProof::MAX_LEN;
    const TOKEN: usize = Evidence::MAX_TIMESTAMP_LEN;
    let mut map = r.map()?;
    /// Reads one entry of the map, and names it in a refusal.
    macro_rules! entry {
        (required $key:literal, $read:expr) => {{
            map.required(r, $key)
                .and_then(|()| $read(r))
                .map_err(|error: ParseError| error.in_claim($key))?
        }};
        (optional $key:literal, $read:expr) => {{
            let there = map.optional(r, $key).map_err(|error| error.in_claim($key))?;
            let read = there.then(|| $read(r));
            read.transpose().map_err(|error: ParseError| error.in_claim($key))?
        }};
    }
    entry!(required 1, version);
    let certificate = entry!(required 2, |r: &mut Reader<'a>| part(r, CERTIFICATE));
    let earlier =
        entry!(optional 3, |r: &mut Reader<'a>| list(r, MAX_EARLIER, CERTIFICATE, Order::Given));
    let bundles =
        entry!(required 4, |r: &mut Reader<'a>| list(r, MAX_BUNDLES, BUNDLE, Order::Given));
    let snapshots =
        entry!(optional 5, |r: &mut Reader<'a>| list(r, MAX_SNAPSHOTS, SNAPSHOT, Order::Rising));
    let proof = entry!(optional 6, |r: &mut Reader<'a>| part(r, PROOF));
    let timestamp = entry!(optional 7, |r: &mut Reader<'a>| part(r, TOKEN));
    map.finish(r)?;
    let (earlier, snapshots) = (earlier.unwrap_or_default(), snapshots.unwrap_or_default());
    Ok(EvidenceDraft { certificate, earlier, bundles, snapshots, proof, timestamp })
}

/// Reads the bytes of a part: some, and no more than one of its kind can have (R-EVID-3).
fn part<'a>(r: &mut Reader<'a>, max: usize) -> Result<&'a [u8], ParseError> {
    let start = r.offset();
    let bytes = r.bytes()?;
    if bytes.is_empty() || bytes.len() > max {
        return Err(ParseError::at(Kind::Length, start));
    }
    Ok(bytes)
}

/// How the parts of a list stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    /// As their meaning has it, which their bytes do not show.
    Given,
    /// Strictly rising, bytewise (R-EVID-4).
    Rising,
}

fn list<'a>(
    r: &mut Reader<'a>,
    most: u64,
    max: usize,
    order: Order,
) -> Result<Vec<&'a [u8]>, ParseError> {
    let start = r.offset();
    let count = r.array()?;
    if count == 0 || count > most {
        return Err(ParseError::at(Kind::Length, start));
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for _ in 0..count {
        let at = r.offset();
        let part = part(r, max)?;
        if order == Order::Rising && parts.last().is_some_and(|last| *last >= part) {
            return Err(ParseError::at(Kind::Order, at));
        }
        parts.push(part);
    }
    Ok(parts)
}
