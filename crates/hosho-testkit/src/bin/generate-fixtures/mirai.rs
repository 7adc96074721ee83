//! What an obligee and an auditor have: every sample signed and sealed, its auth key, the bundle
//! and the snapshot.

use hosho::{AuthKey, SealNonce, SignedCertificate, seal};

use crate::fixture::Fixture;
use crate::guarantor::{auth_key, first_bundle};
use crate::ledger::{Issued, Ledger};

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let guarantor = &ledger.guarantor;
    let mut fixtures = Vec::new();
    for one in &ledger.all {
        let path = |extension: &str| format!("mirai/{}.{extension}", one.name);
        let key = auth_key(guarantor, &one.certificate.claims().number);
        fixtures.push(Fixture::new(path("hosho"), one.signed.clone()));
        fixtures.push(Fixture::new(path("sealed.hosho"), sealed(one, &key)));
        fixtures.push(Fixture::new(path("auth-key"), format!("{}\n", key.expose_text().as_str())));
    }
    let bundle = guarantor.sign_bundle(first_bundle(guarantor));
    fixtures.push(Fixture::new("mirai/mirai.trust", bundle));
    let snapshot = guarantor.sign_snapshot(&ledger.snapshot_draft());
    fixtures.push(Fixture::new("mirai/mirai.status", snapshot));
    fixtures
}

fn sealed(issued: &Issued, key: &AuthKey) -> Vec<u8> {
    let signed = SignedCertificate::parse(&issued.signed).expect("a signed certificate");
    seal(&signed, key, &SealNonce { salt: [9; 16], iv: [8; 12] })
}
