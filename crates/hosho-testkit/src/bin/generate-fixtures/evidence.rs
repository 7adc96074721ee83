//! Evidence files to which `crates/hosho-timestamp/tests/data/make` makes timestamps: an ordinary
//! one, and one of a certificate whose key was stolen, without a proof.

use hosho::EvidenceDraft;

use crate::bundles::stolen;
use crate::fixture::Fixture;
use crate::guarantor::first_bundle;
use crate::ledger::Ledger;

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let mirai = &ledger.guarantor;
    let snapshot = mirai.sign_snapshot(&ledger.snapshot_draft());
    let evidence = |bundle: &[u8]| {
        let draft = EvidenceDraft {
            certificate: &ledger.issued("G01-1").signed,
            earlier: vec![],
            bundles: vec![bundle],
            snapshots: vec![&snapshot],
            proof: None,
            timestamp: None,
        };
        draft.to_canonical_cbor().expect("an evidence file")
    };
    vec![
        Fixture::new("evidence/G01-1.evidence", evidence(&mirai.sign_bundle(first_bundle(mirai)))),
        Fixture::new("evidence/stolen.evidence", evidence(&stolen(ledger))),
    ]
}
