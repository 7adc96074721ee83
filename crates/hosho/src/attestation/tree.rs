use alloc::vec::Vec;

use super::{Attestation, AttestationProof, leaf, parent};
use crate::date::UnixTime;
use crate::fingerprint::{Fingerprint, KeyId};

/// All genuine certificates of a compromised key, ready to be attested and proved.
#[derive(Clone, Debug)]
pub struct AttestedCertificates {
    key_id: KeyId,
    /// Invariant: rising strictly, at least one, at most `u32::MAX`.
    fingerprints: Vec<Fingerprint>,
    /// The tree from its leaves up. A node without a neighbour on its right stands in the level
    /// above as it is, which gives the tree of RFC 9162 section 2.1.1.
    levels: Vec<Vec<Fingerprint>>,
}

impl AttestedCertificates {
    /// Takes the fingerprints of the genuine certificates, in any order; nothing if there are
    /// none, or more than an attestation can count.
    pub fn new(key_id: KeyId, mut fingerprints: Vec<Fingerprint>) -> Option<Self> {
        fingerprints.sort();
        fingerprints.dedup();
        let countable = u32::try_from(fingerprints.len()).is_ok();
        if !countable || fingerprints.is_empty() {
            return None;
        }
        let mut level: Vec<_> = fingerprints.iter().copied().map(leaf).collect();
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(2).filter_map(joined).collect();
            levels.push(core::mem::replace(&mut level, above));
        }
        levels.push(level);
        Some(Self { key_id, fingerprints, levels })
    }

    /// Returns the attestation for the next trust bundle.
    pub fn attest(&self, since: UnixTime) -> Attestation {
        let root = self.levels.last().and_then(|top| top.first());
        Attestation {
            key_id: self.key_id,
            since,
            count: u32::try_from(self.fingerprints.len()).unwrap_or(u32::MAX),
            root: root.copied().unwrap_or_else(|| Fingerprint::of(b"")),
        }
    }

    /// Returns the proof for one of the certificates (RFC 9162 section 2.1.3.1).
    pub fn prove(&self, certificate: Fingerprint) -> Option<AttestationProof> {
        let at = self.fingerprints.binary_search(&certificate).ok()?;
        let mut path = Vec::new();
        let mut place = at;
        for level in &self.levels {
            path.extend(level.get(place ^ 1));
            place /= 2;
        }
        Some(AttestationProof { key_id: self.key_id, index: u32::try_from(at).ok()?, path })
    }
}

fn joined(pair: &[Fingerprint]) -> Option<Fingerprint> {
    match pair {
        [left, right] => Some(parent(*left, *right)),
        other => other.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates(count: u8) -> (AttestedCertificates, Vec<Fingerprint>) {
        let all: Vec<_> = (0..count).map(|n| Fingerprint::of(&[n])).collect();
        let set = AttestedCertificates::new(KeyId::from_bytes([7; 8]), all.clone());
        (set.expect("some"), all)
    }

    #[test]
    fn every_certificate_of_a_tree_of_any_size_is_proved() {
        let since = UnixTime::from_seconds(0).expect("time");
        for count in 1..=65 {
            let (set, all) = certificates(count);
            let attestation = set.attest(since);
            for fingerprint in &all {
                let proof = set.prove(*fingerprint).expect("a member");
                assert!(attestation.covers(*fingerprint, &proof), "{count}");
                let read = AttestationProof::parse(&proof.to_canonical_cbor());
                assert_eq!(read, Ok(proof));
            }
        }
    }

    #[test]
    fn a_proof_serves_no_other_certificate_place_or_tree() {
        let since = UnixTime::from_seconds(0).expect("time");
        let (set, all) = certificates(13);
        let attestation = set.attest(since);
        let proof = set.prove(all[4]).expect("a member");
        for other in all.iter().filter(|other| **other != all[4]) {
            assert!(!attestation.covers(*other, &proof));
        }
        for index in (0..20).filter(|index| *index != proof.index) {
            let moved = AttestationProof { index, ..proof.clone() };
            assert!(!attestation.covers(all[4], &moved));
        }
        let stranger = Attestation { key_id: KeyId::from_bytes([8; 8]), ..attestation };
        assert!(!stranger.covers(all[4], &proof));
        assert_eq!(set.prove(Fingerprint::of(b"stranger")), None);
    }

    /// The definition of RFC 9162 section 2.1.1, word for word.
    fn defined(leaves: &[Fingerprint]) -> Fingerprint {
        if let [leaf] = leaves {
            return *leaf;
        }
        let (left, right) = leaves.split_at(leaves.len().div_ceil(2).next_power_of_two());
        parent(defined(left), defined(right))
    }

    #[test]
    fn the_root_is_the_defined_one_for_any_number_of_certificates() {
        for count in 1..=130 {
            let (set, mut all) = certificates(count);
            all.sort();
            let leaves: Vec<_> = all.into_iter().map(leaf).collect();
            assert_eq!(set.attest(UnixTime::MAX).root, defined(&leaves), "{count}");
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_9162() {
        let (set, mut all) = certificates(3);
        all.sort();
        let left = parent(leaf(all[0]), leaf(all[1]));
        let expected = parent(left, leaf(all[2]));
        assert_eq!(set.attest(UnixTime::MAX).root, expected);
        assert_eq!(set.attest(UnixTime::MAX).count, 3);
    }
}
