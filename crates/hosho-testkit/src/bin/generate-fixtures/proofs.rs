//! Proofs that a certificate was issued before its key was stolen.

use hosho::{AttestedCertificates, Fingerprint, Signer as _};

use crate::fixture::Fixture;
use crate::ledger::Ledger;

/// Returns everything that the key of the certificates signed.
pub(crate) fn attested(ledger: &Ledger) -> AttestedCertificates {
    let key_id = ledger.guarantor.certificate_key.public_key().key_id();
    let prints = ledger.all.iter().map(|one| Fingerprint::of(&one.signed)).collect();
    AttestedCertificates::new(key_id, prints).expect("certificates to attest")
}

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let fixture = |name| Fixture::new(format!("proofs/{name}.proof"), proof(ledger, name));
    vec![fixture("G01-1"), fixture("G02-1")]
}

/// Returns the proof for a sample.
pub(crate) fn proof(ledger: &Ledger, name: &str) -> Vec<u8> {
    let proof = attested(ledger).prove(Fingerprint::of(&ledger.issued(name).signed));
    proof.expect("an attested certificate").to_canonical_cbor()
}
