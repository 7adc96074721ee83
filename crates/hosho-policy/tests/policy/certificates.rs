//! Certificates that answer the sample requests, after some of their fields were changed.

use std::fs;
use std::path::{Path, PathBuf};

use hosho::{
    AuthKeyBinding, Certificate, Epoch, Fingerprint, GuarantorId, ListNumber, Revision, Serial,
    StatusIndex, StatusReference, Text, UnixTime,
};
use hosho_policy::{Finding, Policy};
use hosho_request::{Issuance, Request};
use serde_json::Value;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The certificate of a sample, such as `G04-2`.
pub(crate) fn sample(name: &str) -> Certificate<'static> {
    with(name, &[])
}

/// The certificate of a sample with the values at these JSON pointers; `null` removes a field.
pub(crate) fn with(name: &str, changes: &[(&str, Value)]) -> Certificate<'static> {
    let path = root().join("samples/requests").join(format!("{name}.json"));
    let mut request: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = request.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(field).unwrap();
        } else {
            parent.insert(field.to_owned(), value.clone());
        }
    }
    certify(Request::parse(request.to_string().as_bytes()).unwrap())
}

/// The certificate of a request that breaks a rule, such as `N01`.
pub(crate) fn negative(name: &str) -> Certificate<'static> {
    let path = root().join("samples/negative").join(format!("{name}.json"));
    certify(Request::parse(&fs::read(path).unwrap()).unwrap())
}

fn certify(request: Request) -> Certificate<'static> {
    let previous = (request.revision != Revision::FIRST).then(|| Fingerprint::of(b"previous"));
    let issuance = Issuance {
        guarantor_id: GuarantorId::parse("g-mirai").unwrap(),
        name: Text::parse("架空みらい建設業保証株式会社").unwrap(),
        representative: None,
        address: None,
        issued_at: UnixTime::from_seconds(1_795_000_000).unwrap(),
        binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind: [7; 32] },
        status: StatusReference { list: ListNumber::FIRST, index: StatusIndex::new(5).unwrap() },
        previous,
        clauses: None,
    };
    Certificate::new(request.into_claims(issuance).unwrap()).unwrap()
}

/// What a policy says of a certificate by itself: rule, severity and case of each finding.
pub(crate) fn alone(policy: &Policy, certificate: &Certificate<'_>) -> Vec<String> {
    told(&policy.findings(certificate, &[], &[]))
}

/// What the usual policy says of a certificate by itself.
pub(crate) fn usual(certificate: &Certificate<'_>) -> Vec<String> {
    alone(&Policy::usual(), certificate)
}

/// What the usual policy says of a certificate whose earlier revisions are known.
pub(crate) fn after(history: &[&Certificate<'_>], certificate: &Certificate<'_>) -> Vec<String> {
    told(&Policy::usual().findings(certificate, history, &[]))
}

pub(crate) fn told(findings: &[Finding]) -> Vec<String> {
    let tell = |it: &Finding| format!("{} {} {}", it.rule(), it.severity(), it.case());
    findings.iter().map(tell).collect()
}

pub(crate) fn policy(rules: &str) -> Policy {
    Policy::parse(&format!("version = 1\n{rules}")).unwrap()
}

/// No findings.
pub(crate) const NOTHING: [&str; 0] = [];
