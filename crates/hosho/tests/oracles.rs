//! Other people's readers see in our objects what we see: `coset` the envelopes, `ciborium` the
//! payloads, `cddl` the structures of `docs/hosho.cddl`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use cddl::validator::Validator as _;
use cddl::validator::cbor::CBORValidator;
use ciborium::Value;
use coset::{
    CborSerializable as _, CoseEncrypt0, CoseSign, CoseSign1, TaggedCborSerializable as _,
};
use hosho::PreparedCertificate;
use hosho_testkit::{Node, directory, from_hex};
use serde_json::Value as Json;

/// Returns the bytes of every accepted vector of an operation.
fn accepted(operation: &str) -> Vec<(String, Vec<u8>)> {
    let mut objects = Vec::new();
    for entry in std::fs::read_dir(directory()).expect("the folder of vectors") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file: Json = serde_json::from_str(&text).expect("JSON");
        if file["operation"] != operation {
            continue;
        }
        for vector in file["vectors"].as_array().expect("vectors") {
            if vector["expect"]["result"] == "accept" {
                let bytes = from_hex(vector["input"]["bytes"].as_str().expect("bytes"));
                objects.push((vector["id"].to_string(), bytes));
            }
        }
    }
    assert!(!objects.is_empty(), "no accepted vector of {operation}");
    objects
}

/// Reads a payload with `ciborium`; writing it again must give the same bytes.
fn ciborium_agrees(id: &str, payload: &[u8]) {
    let value: Value = ciborium::from_reader(payload).expect("CBOR");
    let mut again = Vec::new();
    ciborium::into_writer(&value, &mut again).expect("a vector takes all");
    assert_eq!(again, payload, "{id}");
}

#[test]
fn coset_and_ciborium_read_every_accepted_certificate_and_snapshot_as_we_do() {
    let certificates = accepted("parse-certificate").into_iter().map(|object| (object, true));
    let snapshots = accepted("parse-snapshot").into_iter().map(|object| (object, false));
    for ((id, bytes), certificate) in certificates.chain(snapshots) {
        let mut ours = Node::read_object(&bytes);
        let theirs = CoseSign1::from_tagged_slice(&bytes).expect("COSE_Sign1");
        assert_eq!(theirs.protected.original_data, Some(ours.at(&[0]).content()), "{id}");
        assert_eq!(theirs.payload, Some(ours.at(&[2]).content()), "{id}");
        assert_eq!(theirs.signature, ours.at(&[3]).content(), "{id}");
        assert_eq!(theirs.protected.header.key_id, ours.at(&[0, 4]).content(), "{id}");
        assert!(theirs.unprotected.is_empty(), "{id}");
        if certificate {
            let signed_over = theirs.tbs_data(b"");
            let prepared = PreparedCertificate::parse(&signed_over).expect("our Sig_structure");
            assert_eq!(prepared.to_be_signed(), signed_over, "{id}");
        }
        ciborium_agrees(&id, theirs.payload.as_deref().expect("a payload"));
        assert_eq!(theirs.to_tagged_vec().expect("CBOR"), bytes, "{id}");
    }
}

#[test]
fn coset_reads_every_accepted_sealed_certificate_as_we_do() {
    for (id, bytes) in accepted("parse-sealed") {
        let mut ours = Node::read_object(&bytes);
        let theirs = CoseEncrypt0::from_tagged_slice(&bytes).expect("COSE_Encrypt0");
        assert_eq!(theirs.protected.original_data, Some(ours.at(&[0]).content()), "{id}");
        assert_eq!(theirs.unprotected.iv, ours.at(&[1, 5]).content(), "{id}");
        assert_eq!(theirs.ciphertext, Some(ours.at(&[2]).content()), "{id}");
        assert_eq!(theirs.to_tagged_vec().expect("CBOR"), bytes, "{id}");
    }
}

#[test]
fn coset_and_ciborium_read_every_accepted_bundle_as_we_do() {
    for (id, bytes) in accepted("parse-bundle") {
        let mut ours = Node::read_object(&bytes);
        let theirs = CoseSign::from_tagged_slice(&bytes).expect("COSE_Sign");
        assert_eq!(theirs.protected.original_data, Some(ours.at(&[0]).content()), "{id}");
        assert_eq!(theirs.payload, Some(ours.at(&[2]).content()), "{id}");
        for (signature, at) in theirs.signatures.iter().zip(0..) {
            assert_eq!(signature.protected.header.key_id, ours.at(&[3, at, 0, 4]).content());
            assert_eq!(signature.signature, ours.at(&[3, at, 2]).content(), "{id}");
            assert!(signature.clone().to_vec().is_ok(), "{id}");
        }
        ciborium_agrees(&id, theirs.payload.as_deref().expect("a payload"));
        assert_eq!(theirs.to_tagged_vec().expect("CBOR"), bytes, "{id}");
    }
}

/// Validates accepted vectors against a rule of `docs/hosho.cddl`.
fn cddl_agrees(rule: &str, operation: &str) {
    let rules = include_str!("../../../docs/hosho.cddl");
    let cddl = format!("start = {rule}\n{rules}");
    let cddl = cddl::cddl_from_str(&cddl, true).expect("CDDL");
    for (id, bytes) in accepted(operation) {
        let value: Value = ciborium::from_reader(bytes.as_slice()).expect("CBOR");
        let result = CBORValidator::new(&cddl, value.into(), None).validate();
        assert!(result.is_ok(), "{rule} {id}: {result:?}");
    }
}

#[test]
fn the_cddl_describes_every_accepted_certificate() {
    cddl_agrees("signed-certificate", "parse-certificate");
}

#[test]
fn the_cddl_describes_every_accepted_sealed_certificate() {
    cddl_agrees("sealed-certificate", "parse-sealed");
}

#[test]
fn the_cddl_describes_every_accepted_bundle() {
    cddl_agrees("trust-bundle", "parse-bundle");
}

#[test]
fn the_cddl_describes_every_accepted_snapshot() {
    cddl_agrees("status-snapshot", "parse-snapshot");
}

#[test]
fn the_cddl_describes_every_accepted_proof() {
    cddl_agrees("attestation-proof", "parse-proof");
}

#[test]
fn the_cddl_describes_every_accepted_evidence_file() {
    cddl_agrees("evidence-file", "parse-evidence");
}

#[test]
fn ciborium_reads_every_accepted_evidence_file_as_we_do() {
    for (id, bytes) in accepted("parse-evidence") {
        ciborium_agrees(&id, &bytes);
    }
}

#[test]
fn the_cddl_refuses_what_it_does_not_describe() {
    let rules = include_str!("../../../docs/hosho.cddl");
    let (_, good) = accepted("parse-certificate").swap_remove(0);
    for (path, node) in
        [(&[2, 9][..], Node::int(4)), (&[0, 1], Node::int(-8)), (&[2, 2], Node::text("G"))]
    {
        let mut changed = Node::read_object(&good);
        changed.put(path, node);
        let result = cddl::validate_cbor_from_slice(rules, &changed.encode().0, None);
        assert!(result.is_err(), "{path:?}");
    }
}
