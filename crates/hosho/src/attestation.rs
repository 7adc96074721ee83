//! Attestations: which certificates of a compromised key are genuine (spec section 10.4).

use alloc::vec::Vec;

use crate::cbor::Reader;
use crate::certificate::decode::{fingerprint, version};
use crate::date::UnixTime;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::fingerprint::{Fingerprint, KeyId};

#[cfg(feature = "issue")]
mod tree;

#[cfg(feature = "issue")]
pub use tree::AttestedCertificates;

/// A guarantor's word which certificates of a compromised key it made: the Merkle root of their
/// fingerprints (RFC 9162 section 2.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attestation {
    /// The compromised key.
    pub key_id: KeyId,
    /// Since when it is feared to be in other hands.
    pub since: UnixTime,
    /// How many certificates it covers; not zero.
    pub count: u32,
    /// The Merkle root over their fingerprints, rising.
    pub root: Fingerprint,
}

impl Attestation {
    /// Tells whether `proof` leads from a certificate to the root (RFC 9162 section 2.1.3.2).
    pub(crate) fn covers(&self, certificate: Fingerprint, proof: &AttestationProof) -> bool {
        if proof.key_id != self.key_id || proof.index >= self.count {
            return false;
        }
        let (mut node, mut last) = (proof.index, self.count - 1);
        let mut hash = leaf(certificate);
        for sibling in &proof.path {
            if last == 0 {
                return false;
            }
            if node & 1 == 1 || node == last {
                hash = parent(*sibling, hash);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = parent(hash, *sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        last == 0 && hash == self.root
    }
}

fn leaf(certificate: Fingerprint) -> Fingerprint {
    Fingerprint::of_parts(&[&[0], certificate.as_bytes()])
}

fn parent(left: Fingerprint, right: Fingerprint) -> Fingerprint {
    Fingerprint::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The way from one certificate to the root of an attestation; it travels beside the certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttestationProof {
    key_id: KeyId,
    index: u32,
    path: Vec<Fingerprint>,
}

impl AttestationProof {
    /// The most bytes it can have (spec R-SIZE-5).
    pub const MAX_LEN: usize = 1_200;

    /// Reads a proof, accepting only its one spelling (spec R-PROOF-2).
    ///
    /// # Errors
    /// The first broken rule of spec section 2, with its offset.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(Kind::Size.into());
        }
        let mut reader = Reader::new(bytes, 0);
        let r = &mut reader;
        let mut map = r.map()?;
        map.required(r, 1)?;
        version(r)?;
        map.required(r, 2)?;
        let key_id = KeyId::from_bytes(r.bytes_of()?);
        map.required(r, 3)?;
        let index_at = r.offset();
        let index = match u32::try_from(r.uint()?) {
            Ok(index) if index < u32::MAX => index,
            _ => return Err(ParseError::at(Kind::Length, index_at)),
        };
        map.required(r, 4)?;
        let path_at = r.offset();
        let length = r.array()?;
        if length > 32 {
            return Err(ParseError::at(Kind::Length, path_at));
        }
        let path = (0..length).map(|_| fingerprint(r)).collect::<Result<_, _>>()?;
        map.finish(r)?;
        reader.finish()?;
        Ok(Self { key_id, index, path })
    }

    /// Returns the compromised key that it is about.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the canonical bytes.
    pub fn to_canonical_cbor(&self) -> Vec<u8> {
        let mut w = crate::cbor::Writer::with_capacity(32 + 34 * self.path.len());
        w.map(4);
        w.uint(1_u8);
        w.uint(1_u8);
        w.uint(2_u8);
        w.bytes(self.key_id.as_bytes());
        w.uint(3_u8);
        w.uint(self.index);
        w.uint(4_u8);
        w.array(self.path.len());
        for hash in &self.path {
            w.bytes(hash.as_bytes());
        }
        w.into_bytes()
    }
}
