//! Signed certificates whose envelope breaks a rule of spec section 3.

use hosho::{Member, ShortText, Text};

use super::Set;
use super::fault::{missing, sign_again, surplus};
use super::format::{Fields, VectorFile};
use super::good::{Certificates, guarantor, rich_claims};
use crate::hostile::Node;
use crate::world::Guarantor;

pub(super) fn parse_certificate() -> VectorFile {
    let mut c = Certificates::new(Set::new(
        "certificate-envelope",
        "parse-certificate",
        "The COSE_Sign1 around a certificate (spec section 3): tag, headers, algorithm, typ, size.",
    ));
    let all = "R-COSE-1 R-COSE-2 R-COSE-3 R-COSE-4 R-COSE-5";
    c.accept_plain("envelope", all, "the one form of the envelope", |_| ());
    tags(&mut c);
    labels(&mut c);
    algorithms(&mut c);
    media_types(&mut c);
    unprotected(&mut c);
    sizes(&mut c);
    c.set.file
}

fn tags(c: &mut Certificates) {
    let (rule, code) = ("R-COSE-1", "E3-TAG");
    for (id, tag) in [("17", 17), ("16", 16), ("98", 98), ("61", 61), ("55799", 55_799), ("0", 0)] {
        c.unsigned(&format!("tag-{id}"), rule, "another tag than 18", code, |n| {
            let Node::Tag(found, _) = n else { panic!("a tag") };
            *found = tag;
            *n = n.clone().marked();
        });
    }
    c.unsigned("tag-none", rule, "the array without its tag", code, |n| {
        let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
        *n = inner.marked();
    });
    for (id, tag) in [("cwt", 61), ("self-described", 55_799)] {
        let comment = "a tag around the tagged object";
        c.unsigned(&format!("tag-around-{id}"), rule, comment, code, |n| {
            *n = Node::Tag(tag, Box::new(n.clone())).marked();
        });
    }
    c.unsigned("tag-twice", "R-CBOR-6", "tag 18 stands twice", "E3-TYPE", |n| {
        *n = Node::Tag(18, Box::new(n.clone().marked()));
    });
    for (id, bytes) in [
        ("text", b"-----BEGIN".as_slice()),
        ("json", b"{\"kind\":"),
        ("zero", &[0]),
        ("map", &[0xa0]),
        ("true", &[0xf5]),
    ] {
        c.set.refuse(&format!("tag-not-{id}"), rule, "no tag at all", code, bytes, 0);
    }
}

fn labels(c: &mut Certificates) {
    let (rule, code) = ("R-COSE-2", "E3-HEADER");
    let extra: &[(&str, i64, Node)] = &[
        ("crit", 2, Node::Array(vec![Node::int(16)])),
        ("content-type", 3, Node::text("application/cbor")),
        ("iv", 5, Node::bytes([0; 12])),
        ("partial-iv", 6, Node::bytes([0; 2])),
        ("countersignature", 11, Node::Array(vec![])),
        ("kid-context", 10, Node::bytes([0])),
        ("cwt-claims", 15, Node::Map(vec![])),
        ("x5bag", 32, Node::bytes([0])),
        ("x5chain", 33, Node::bytes([0])),
        ("x5t", 34, Node::Array(vec![])),
        ("x5u", 35, Node::text("https://example.invalid/key")),
        ("label-0", 0, Node::int(0)),
        ("label-23", 23, Node::int(0)),
        ("label-256", 256, Node::int(0)),
        ("private", -65_537, Node::int(0)),
        ("negative", -1, Node::int(0)),
    ];
    for (id, label, value) in extra {
        c.plain(&format!("header-{id}"), rule, "one label more", code, |n| {
            surplus(n, &[0, *label], value.clone());
        });
    }
    for label in [1, 4, 16] {
        c.plain(&format!("header-without-{label}"), rule, "a label is not there", code, |n| {
            missing(n, &[0, label]);
        });
    }
    c.plain("header-empty", rule, "no label at all", code, |n| {
        let empty = Node::Map(vec![]).marked_at(crate::Mark::End);
        n.put(&[0], Node::Wrapped(Box::new(empty)));
    });
    c.plain("header-text-label", rule, "a label that is a text", code, |n| {
        n.map(&[0]).push((Node::text("typ").marked(), Node::int(0)));
    });
    c.plain(
        "header-swapped",
        rule,
        "labels 1 and 4 are swapped, so label 1 can no longer come",
        code,
        |n| {
            n.map(&[0]).swap(0, 1);
            n.mark_key(&[0, 4]);
        },
    );
}

fn algorithms(c: &mut Certificates) {
    let (rule, code) = ("R-COSE-3", "E3-ALG");
    for (name, algorithm) in [
        ("eddsa", -8),
        ("es256", -7),
        ("es384", -35),
        ("es512", -36),
        ("esp256", -9),
        ("ed448", -53),
        ("ps256", -37),
        ("rs256", -257),
        ("rs1", -65_535),
        ("es256k", -47),
        ("ml-dsa-44", -48),
        ("ml-dsa-65", -49),
        ("minus-18", -18),
        ("minus-20", -20),
        ("hmac", 5),
        ("chacha20", 24),
        ("plus-19", 19),
        ("plus-18", 18),
        ("zero", 0),
    ] {
        c.plain(&format!("alg-{name}"), rule, "an algorithm that is not -19", code, |n| {
            n.put(&[0, 1], Node::int(algorithm).marked());
        });
    }
    for (name, algorithm) in
        [("text-ed25519", "Ed25519"), ("text-eddsa", "EdDSA"), ("text-none", "none")]
    {
        c.plain(&format!("alg-{name}"), rule, "an algorithm by its name", code, |n| {
            n.put(&[0, 1], Node::text(algorithm).marked());
        });
    }
}

fn media_types(c: &mut Certificates) {
    let (rule, code) = ("R-COSE-4", "E3-TYP");
    for (name, typ) in [
        ("status", "application/vnd.hosho.status+cose"),
        ("sealed", "application/vnd.hosho.sealed+cose"),
        ("trust", "application/vnd.hosho.trust+cose"),
        ("upper-case", "application/vnd.hosho.Certificate+cose"),
        ("short", "vnd.hosho.certificate+cose"),
        ("parameter", "application/vnd.hosho.certificate+cose;v=1"),
        ("space", "application/vnd.hosho.certificate+cose "),
        ("next", "application/vnd.hosho.certificate2+cose"),
        ("empty", ""),
    ] {
        c.plain(&format!("typ-{name}"), rule, "another media type", code, |n| {
            n.put(&[0, 16], Node::text(typ).marked());
        });
    }
    c.plain("typ-content-format", rule, "a CoAP content format", code, |n| {
        n.put(&[0, 16], Node::int(18).marked());
    });
    c.plain("typ-bytes", rule, "the media type as a byte string", code, |n| {
        n.put(&[0, 16], Node::bytes(*b"application/vnd.hosho.certificate+cose").marked());
    });
}

fn unprotected(c: &mut Certificates) {
    let (rule, code) = ("R-COSE-5", "E3-UNPROTECTED");
    for (name, label, value) in [
        ("alg", 1, Node::int(-19)),
        ("kid", 4, Node::bytes([0; 8])),
        ("iv", 5, Node::bytes([0; 12])),
        ("typ", 16, Node::text("application/vnd.hosho.certificate+cose")),
        ("x5chain", 33, Node::bytes([0])),
        ("zero", 0, Node::int(0)),
        ("negative", -1, Node::int(0)),
    ] {
        c.plain(
            &format!("unprotected-{name}"),
            rule,
            "a label in the unprotected header",
            code,
            |n| {
                n.put(&[1], Node::Map(vec![(Node::int(label), value)]).marked());
            },
        );
    }
}

/// Returns a certificate of exactly this size, filled up by the members of a joint venture.
pub(super) fn certificate_of(guarantor: &Guarantor, size: usize) -> Node {
    let mut claims = rich_claims(guarantor);
    let member = |length: usize| Member {
        name: Text::parse("a".repeat(length)).expect("a text"),
        role: ShortText::parse("member").expect("a short text"),
        share: None,
    };
    claims.contractor.members.clear();
    let length = |claims: &hosho::Claims<'static>| guarantor.issue(claims.clone()).len();
    // A member takes 213 bytes with a name of 200, and 273 with one of 260.
    while length(&claims) + 520 < size {
        claims.contractor.members.push(member(200));
    }
    claims.contractor.members.push(member(260));
    let rest = (size + 260).checked_sub(length(&claims)).expect("room for a name");
    claims.contractor.members.pop();
    claims.contractor.members.push(member(rest));
    let node = Node::read_object(&guarantor.issue(claims));
    assert_eq!(node.encode().0.len(), size);
    node
}

fn sizes(c: &mut Certificates) {
    let guarantor = guarantor();
    let largest = certificate_of(&guarantor, 4_096);
    c.set.accept("size-4096", "R-SIZE-1", "the largest certificate", &largest.encode().0);
    let mut larger = largest;
    let name = larger.at(&[2, 16, 2]);
    *name = Node::text(format!("{}a", "設計変更による増額"));
    sign_again(&mut larger, &guarantor.certificate_key);
    let (bytes, _) = larger.encode();
    assert_eq!(bytes.len(), 4_097);
    c.set.refuse("size-4097", "R-SIZE-1", "a certificate of one byte more", "E3-SIZE", &bytes, 0);
    let (good, _) = c.plain.encode();
    let input = Fields::bytes(&good).with("then_zeros", 100_000);
    let expect = Fields::refuse("E3-SIZE").with("offset", 0);
    c.set.add("size-with-zeros", "R-SIZE-1", "a certificate and 100 000 zeros", input, expect);
}
