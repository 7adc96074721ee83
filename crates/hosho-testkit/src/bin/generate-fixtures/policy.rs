//! Genuine certificates that break a rule of policy, in the places of those that keep it.

use std::path::Path;

use hosho_request::Request;

use crate::fixture::Fixture;
use crate::ledger::{Ledger, issue};

/// Each request of `samples/negative`, and the sample that it takes the place of.
const NEGATIVE: [(&str, &str); 5] =
    [("N01", "G01-1"), ("N02", "G01-1"), ("N03", "G01-1"), ("N04", "G02-1"), ("N09", "G03-1")];

pub(crate) fn fixtures(ledger: &Ledger) -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/negative");
    let fixture = |(name, base): (&str, &str)| {
        let bytes = std::fs::read(folder.join(format!("{name}.json"))).expect("a sample");
        let request = Request::parse(&bytes).expect("a request");
        let index = ledger.issued(base).index;
        let issued = issue(&ledger.guarantor, name, request, None, index);
        Fixture::new(format!("policy/{name}.hosho"), issued.signed)
    };
    NEGATIVE.into_iter().map(fixture).collect()
}
