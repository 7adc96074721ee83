//! Values of another type, and texts that are not UTF-8.

use super::{Certificates, Mark, Node, head};

pub(super) fn types(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-6", "E3-TYPE");
    let raw = |bytes: &[u8]| Node::Raw(bytes.to_vec());
    let places: Vec<(&str, &[i64], Node)> = vec![
        ("version-text", &[2, 1], Node::text("1")),
        ("guarantor-id-bytes", &[2, 2], Node::bytes(*b"g-mirai")),
        ("number-uint", &[2, 3], Node::int(31)),
        ("revision-negative", &[2, 4], Node::int(-2)),
        ("revision-true", &[2, 4], raw(&[0xf5])),
        ("previous-text", &[2, 5], Node::text("0")),
        ("issued-at-float", &[2, 6], raw(&[0xfb, 0x41, 0xda, 0, 0, 0, 0, 0, 0])),
        ("issued-at-half-float", &[2, 6], raw(&[0xf9, 0, 0])),
        ("issued-at-tag-1", &[2, 6], raw(&[0xc1, 0])),
        ("issued-at-text", &[2, 6], Node::text("2025-06-20T01:00:00Z")),
        ("binding-map", &[2, 7], Node::Map(vec![])),
        ("epoch-null", &[2, 7, 0], raw(&[0xf6])),
        ("bind-text", &[2, 7, 2], Node::text("0")),
        ("status-uint", &[2, 8], Node::int(1)),
        ("kind-text", &[2, 9], Node::text("advance")),
        ("issued-on-tag-100", &[2, 10], raw(&[0xd8, 100, 0x19, 0x4f, 0])),
        ("issued-on-tag-1004", &[2, 10], raw(&[0xd9, 3, 0xec, 0x60])),
        ("guarantor-array", &[2, 11], Node::Array(vec![])),
        ("guarantor-text", &[2, 11], Node::text("架空")),
        ("name-null", &[2, 12, 1], raw(&[0xf6])),
        ("name-bytes", &[2, 12, 1], Node::bytes("瑞穂県".as_bytes())),
        ("address-undefined", &[2, 12, 3], raw(&[0xf7])),
        ("members-map", &[2, 13, 4], Node::Map(vec![])),
        ("member-text", &[2, 13, 4, 0], Node::text("会社")),
        ("share-float", &[2, 13, 4, 0, 3], raw(&[0xf9, 0x3c, 0])),
        ("term-map", &[2, 14, 6], Node::Map(vec![])),
        ("price-bignum", &[2, 14, 7], raw(&[0xc2, 0x41, 1])),
        ("price-negative", &[2, 14, 7], Node::int(-1)),
        ("price-float", &[2, 14, 7], raw(&[0xfa, 0x4c, 0, 0, 0])),
        ("survey-false", &[2, 14, 10], raw(&[0xf4])),
        ("survey-one", &[2, 14, 10], Node::int(1)),
        ("survey-simple-in-two-bytes", &[2, 14, 10], raw(&[0xf8, 0xf5])),
        ("amount-text", &[2, 15, 1], Node::text("52800000")),
        ("clauses-text", &[2, 15, 6], Node::text("0")),
        ("kinds-uint", &[2, 16, 1], Node::int(1)),
        ("kind-of-change-text", &[2, 16, 1, 0], Node::text("increase")),
        ("reserved-head", &[2, 4], raw(&[0x1c])),
        ("self-described-text", &[2, 12, 1], raw(&[0xd9, 0xd9, 0xf7, 0x61, 0x61])),
        ("kid-text", &[0, 4], Node::text("01234567")),
        ("unprotected-array", &[1], Node::Array(vec![])),
        ("unprotected-null", &[1], raw(&[0xf6])),
    ];
    for (id, path, node) in places {
        c.rich(&format!("type-{id}"), rule, "another type stands in the place", code, |n| {
            n.put(path, node.marked());
        });
    }
    for (id, key) in [
        ("text", Node::text("1")),
        ("bytes", Node::bytes([1])),
        ("array", Node::Array(vec![])),
        ("float", raw(&[0xf9, 0x3c, 0])),
    ] {
        c.rich(
            &format!("type-of-key-{id}"),
            rule,
            "a key of the payload is no integer",
            code,
            |n| {
                n.map(&[2]).push((key.marked(), Node::int(0)));
            },
        );
    }
    c.unsigned("type-payload-nil", rule, "a detached payload", code, |n| {
        n.put(&[2], raw(&[0xf6]).marked());
    });
    c.unsigned(
        "type-protected-map",
        rule,
        "a protected header without its byte string",
        code,
        |n| {
            let content = n.at(&[0]).content();
            n.put(&[0], Node::Raw(content).marked());
        },
    );
    c.unsigned("type-signature-array", rule, "several signatures, as in COSE_Sign", code, |n| {
        n.put(&[3], Node::Array(vec![]).marked());
    });
}

pub(super) fn utf8(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-7", "E3-UTF8");
    for (id, content, good) in [
        ("lone-continuation", &[b'a', 0x80][..], 1),
        ("overlong", &[0xc0, 0x80], 0),
        ("surrogate", &[0xed, 0xa0, 0x80], 0),
        ("beyond-unicode", &[0xf4, 0x90, 0x80, 0x80], 0),
        ("cut-character", &[0xe7, 0xa5, 0x9e, 0xe7, 0xa5], 3),
        ("shift-jis", &[0x90, 0x5f], 0),
        ("latin-1", &[b'c', b'a', b'f', 0xe9], 3),
    ] {
        c.rich(&format!("utf8-{id}"), rule, "the bytes of a text are not UTF-8", code, |n| {
            let length = u64::try_from(content.len()).expect("short");
            let raw = [head(3, length), content.to_vec()].concat();
            n.put(&[2, 16, 2], Node::Raw(raw).marked_at(Mark::Content(good)));
        });
    }
}
