//! Attestation proofs (spec section 10.4).

use hosho::{AttestedCertificates, Fingerprint, KeyId};

use super::Set;
use super::fault::{indefinite, longer, missing, repeated, surplus};
use super::format::{Fields, VectorFile};
use crate::hostile::{Mark, Node};

pub(super) fn parse_proof() -> VectorFile {
    let mut set =
        Set::new("proof", "parse-proof", "The form of an attestation proof (spec R-PROOF-2).");
    let fingerprints: Vec<_> = (0..13_u8).map(|n| Fingerprint::of(&[n])).collect();
    let attested = AttestedCertificates::new(KeyId::from_bytes([7; 8]), fingerprints.clone());
    let proof = attested.and_then(|all| all.prove(fingerprints[4])).expect("a member");
    let bytes = proof.to_canonical_cbor();
    let good = Node::read(&bytes);
    let all = "R-PROOF-2 R-SIZE-5 R-CBOR-1 R-CBOR-5 R-CBOR-8";
    set.accept("proof", all, "one of thirteen certificates", &bytes);
    let mut add =
        |id: &str, rule: &str, comment: &str, code: Option<&str>, edit: &dyn Fn(&mut Node)| {
            let mut node = good.clone();
            edit(&mut node);
            match code {
                Some(code) => set.refuse_node(id, rule, comment, code, &node),
                None => set.accept(id, rule, comment, &node.encode().0),
            }
        };
    add("of-a-single-one", "R-PROOF-2", "an empty path", None, &|n| {
        n.put(&[4], Node::Array(vec![]));
    });
    add("of-32", "R-PROOF-2 R-SIZE-5", "the longest path", None, &|n| {
        n.put(&[4], Node::Array(vec![Node::bytes([9; 32]); 32]));
    });
    add("index-last", "R-PROOF-2", "the last index", None, &|n| {
        n.put(&[3], Node::int(4_294_967_294_i64));
    });
    add("index-2-32-1", "R-PROOF-2", "an index that no tree has", Some("E3-LENGTH"), &|n| {
        n.put(&[3], Node::int(4_294_967_295_i64).marked());
    });
    add("index-large", "R-PROOF-2", "an index of 64 bits", Some("E3-LENGTH"), &|n| {
        n.put(&[3], Node::int(i64::MAX).marked());
    });
    add("of-33", "R-PROOF-2 R-CBOR-8", "a path of 33", Some("E3-LENGTH"), &|n| {
        n.put(&[4], Node::Array(vec![Node::bytes([9; 32]); 33]).marked());
    });
    add("version-0", "R-PROOF-2", "version 0", Some("E3-VERSION"), &|n| {
        n.put(&[1], Node::int(0).marked());
    });
    add("version-2", "R-PROOF-2", "a newer version", Some("E3-VERSION"), &|n| {
        n.put(&[1], Node::int(2).marked());
    });
    add("kid-short", "R-PROOF-2", "a kid of 7 bytes", Some("E3-LENGTH"), &|n| {
        n.put(&[2], Node::bytes([7; 7]).marked());
    });
    add("hash-short", "R-PROOF-2", "a hash of 31 bytes", Some("E3-LENGTH"), &|n| {
        n.put(&[4, 1], Node::bytes([7; 31]).marked());
    });
    add("hash-text", "R-PROOF-2", "a hash as text", Some("E3-TYPE"), &|n| {
        n.put(&[4, 0], Node::text("00").marked());
    });
    add("key-5", "R-PROOF-2", "an unknown key", Some("E3-KEY-UNKNOWN"), &|n| {
        surplus(n, &[5], Node::int(0));
    });
    add("key-twice", "R-PROOF-2", "the index stands twice", Some("E3-KEY-ORDER"), &|n| {
        repeated(n, &[3]);
    });
    for key in 1..=4 {
        add(
            &format!("missing-{key}"),
            "R-PROOF-2",
            "a required key is not there",
            Some("E3-KEY-MISSING"),
            &|n| missing(n, &[key]),
        );
    }
    add("non-minimal", "R-PROOF-2", "the index in two bytes", Some("E3-NON-MINIMAL"), &|n| {
        longer(n, &[3], 1);
    });
    add(
        "indefinite",
        "R-PROOF-2",
        "a path without a declared length",
        Some("E3-INDEFINITE"),
        &|n| indefinite(n, &[4]),
    );
    add("tagged", "R-PROOF-2", "a tag around it", Some("E3-TYPE"), &|n| {
        *n = Node::Tag(18, Box::new(n.clone())).marked_at(Mark::At(0));
    });
    set.refuse("empty", "R-PROOF-2", "no bytes", "E3-TRUNCATED", &[], 0);
    set.refuse(
        "cut",
        "R-PROOF-2",
        "the last byte is not there",
        "E3-TRUNCATED",
        &bytes[..bytes.len() - 1],
        bytes.len() - 32,
    );
    set.refuse(
        "trailing",
        "R-PROOF-2",
        "a byte more",
        "E3-TRAILING",
        &[&bytes[..], &[0]].concat(),
        bytes.len(),
    );
    let zeros = 1_201 - bytes.len();
    let input = Fields::bytes(&bytes).with("then_zeros", zeros);
    set.add(
        "size-1201",
        "R-SIZE-5",
        "zeros up to one byte too many",
        input,
        Fields::refuse("E3-SIZE").with("offset", 0),
    );
    set.file
}
