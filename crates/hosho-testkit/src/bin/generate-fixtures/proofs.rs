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
    let attested = attested(ledger);
    let prove = |name: &str| {
        let proof = attested.prove(Fingerprint::of(&ledger.issued(name).signed));
        let bytes = proof.expect("an attested certificate").to_canonical_cbor();
        Fixture::new(format!("proofs/{name}.proof"), bytes)
    };
    vec![prove("G01-1"), prove("G02-1")]
}
