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
}

impl AttestedCertificates {
    /// Takes the fingerprints of the genuine certificates, in any order; nothing if there are
    /// none, or more than an attestation can count.
    pub fn new(key_id: KeyId, mut fingerprints: Vec<Fingerprint>) -> Option<Self> {
        fingerprints.sort();
        fingerprints.dedup();
        let countable = u32::try_from(fingerprints.len()).is_ok();
        (countable && !fingerprints.is_empty()).then_some(Self { key_id, fingerprints })
    }

    /// Returns the attestation for the next trust bundle.
    pub fn attest(&self, since: UnixTime) -> Attestation {
        let leaves: Vec<_> = self.fingerprints.iter().copied().map(leaf).collect();
        Attestation {
            key_id: self.key_id,
            since,
            count: u32::try_from(leaves.len()).unwrap_or(u32::MAX),
            root: root(&leaves),
        }
    }

    /// Returns the proof for one of the certificates (RFC 9162 section 2.1.3.1).
    pub fn prove(&self, certificate: Fingerprint) -> Option<AttestationProof> {
        let at = self.fingerprints.binary_search(&certificate).ok()?;
        let leaves: Vec<_> = self.fingerprints.iter().copied().map(leaf).collect();
        let mut path = Vec::new();
        collect_path(&leaves, at, &mut path);
        Some(AttestationProof { key_id: self.key_id, index: u32::try_from(at).ok()?, path })
    }
}

/// Splits off the largest full subtree on the left.
fn split(hashes: &[Fingerprint]) -> (&[Fingerprint], &[Fingerprint]) {
    let left = hashes.len().div_ceil(2).next_power_of_two();
    hashes.split_at_checked(left).unwrap_or((hashes, &[]))
}

fn root(hashes: &[Fingerprint]) -> Fingerprint {
    match hashes {
        [] => Fingerprint::of(b""),
        [hash] => *hash,
        _ => {
            let (left, right) = split(hashes);
            parent(root(left), root(right))
        }
    }
}

fn collect_path(hashes: &[Fingerprint], at: usize, path: &mut Vec<Fingerprint>) {
    if hashes.len() < 2 {
        return;
    }
    let (left, right) = split(hashes);
    match at.checked_sub(left.len()) {
        None => {
            collect_path(left, at, path);
            path.push(root(right));
        }
        Some(at) => {
            collect_path(right, at, path);
            path.push(root(left));
        }
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
