//! What the guarantor's side derives from an auth key, and the fingerprint of its root set, in hex.

use hosho_testkit::to_hex;

use crate::fixture::Fixture;
use crate::guarantor::auth_key;
use crate::ledger::Ledger;

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let claims = ledger.issued("G01-1").certificate.claims();
    let locator = auth_key(&ledger.guarantor, &claims.number).locator(&claims.number);
    let roots = ledger.guarantor.root_set().fingerprint();
    vec![
        Fixture::new("derived/mirai.roots", roots.to_string()),
        Fixture::new("derived/G01-1.bind", to_hex(&claims.binding.bind)),
        Fixture::new("derived/G01-1.locator", to_hex(locator.as_bytes())),
    ]
}
