//! Signed certificates whose encoding breaks a rule of spec section 2.

use super::Set;
use super::fault::{
    declare, indefinite, longer, missing, repeated, split_head, surplus, with_head,
};
use super::format::VectorFile;
use super::good::Certificates;
use crate::hostile::{Mark, Node, head};

mod values;

pub(super) fn parse_certificate() -> VectorFile {
    let mut c = Certificates::new(Set::new(
        "certificate-encoding",
        "parse-certificate",
        "Canonical bytes (spec section 2): heads, map keys, types, UTF-8, lengths, ends.",
    ));
    let all = "R-CBOR-1 R-CBOR-2 R-CBOR-3 R-CBOR-4 R-CBOR-5 R-CBOR-6 R-CBOR-7 R-CBOR-8 R-CBOR-9 R-CBOR-10";
    c.accept_plain("plain", all, "a first revision with few optional fields", |_| ());
    c.accept("rich", all, "a second revision with every optional field", |_| ());
    for (amount, name) in [
        (0_i64, "0"),
        (23, "23"),
        (24, "24"),
        (255, "255"),
        (256, "256"),
        (65_535, "65535"),
        (65_536, "65536"),
        (4_294_967_295, "4294967295"),
        (4_294_967_296, "4294967296"),
    ] {
        let id = format!("head-of-{name}");
        c.accept(&id, "R-CBOR-1", "an amount at the edge of a shortest head", |n| {
            n.put(&[2, 15, 1], Node::int(amount));
        });
    }
    non_minimal(&mut c);
    indefinite_lengths(&mut c);
    key_order(&mut c);
    unknown_keys(&mut c);
    missing_keys(&mut c);
    values::types(&mut c);
    values::utf8(&mut c);
    lengths(&mut c);
    truncated(&mut c);
    trailing(&mut c);
    c.set.file
}

fn non_minimal(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-1", "E3-NON-MINIMAL");
    let places: &[(&str, &[i64], usize, &str)] = &[
        ("uint", &[2, 9], 1, "the kind 2 as 18 02"),
        ("uint-16", &[2, 4], 2, "the revision in two bytes"),
        ("uint-32", &[2, 10], 4, "a date in four bytes"),
        ("uint-64", &[2, 15, 1], 8, "an amount in eight bytes"),
        ("uint-64-in-array", &[2, 15, 2, 0], 8, "a date of a period in eight bytes"),
        ("text", &[2, 14, 2], 1, "a text of 12 bytes with its length in one byte more"),
        ("text-16", &[2, 12, 1], 2, "a text length in two bytes"),
        ("text-64", &[2, 16, 2], 8, "a text length in eight bytes"),
        ("bytes", &[2, 7, 2], 2, "the length 32 in two bytes"),
        ("bytes-64", &[2, 5], 8, "the length 32 in eight bytes"),
        ("array", &[2, 7], 1, "an array of three as 98 03"),
        ("array-of-members", &[2, 13, 4], 4, "an array length in four bytes"),
        ("array-of-kinds", &[2, 16, 1], 1, "an array of two as 98 02"),
        ("map", &[2, 11], 1, "a map of four as b8 04"),
        ("map-of-a-member", &[2, 13, 4, 1], 2, "a map size in two bytes"),
        ("header-algorithm", &[0, 1], 1, "alg -19 as 38 12"),
        ("header-kid", &[0, 4], 1, "the kid's length in one byte more"),
        ("header-typ", &[0, 16], 2, "the typ's length in two bytes"),
        ("unprotected", &[1], 1, "the empty map as b8 00"),
        ("protected", &[0], 2, "the protected header's length in two bytes"),
        ("payload", &[2], 4, "the payload's length in four bytes"),
    ];
    for (id, path, width, comment) in places {
        c.rich(&format!("non-minimal-{id}"), rule, comment, code, |n| longer(n, path, *width));
    }
    c.unsigned("non-minimal-signature", rule, "the length 64 in two bytes", code, |n| {
        longer(n, &[3], 2);
    });
    for (id, path, comment) in [
        ("map-key", &[2, 4][..], "the payload key 4 as 18 04"),
        ("map-key-1", &[2, 1], "the payload key 1 as 18 01"),
        ("inner-map-key", &[2, 14, 3], "the key 3 of the work as 18 03"),
        ("header-label", &[0, 4], "the label 4 as 18 04"),
    ] {
        c.rich(&format!("non-minimal-{id}"), rule, comment, code, |n| {
            let (key, map) = path.split_last().expect("a path");
            let entries = n.map(map);
            let at = entries.iter().position(|(found, _)| found.as_int() == Some(*key));
            let entry = &mut entries[at.expect("a key")].0;
            *entry = with_head(entry, 1).marked();
        });
    }
    c.unsigned("non-minimal-tag", rule, "tag 18 as d8 12", code, |n| {
        *n = with_head(n, 1).marked();
    });
    c.unsigned("non-minimal-envelope", rule, "the array of four as 98 04", code, |n| {
        let Node::Tag(_, inner) = n else { panic!("a tag") };
        **inner = with_head(inner, 1).marked();
    });
}

fn indefinite_lengths(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-2", "E3-INDEFINITE");
    for (id, path) in [
        ("text", &[2, 3][..]),
        ("inner-text", &[2, 12, 2]),
        ("bytes", &[2, 5]),
        ("bind", &[2, 7, 2]),
        ("array", &[2, 7]),
        ("period", &[2, 14, 6]),
        ("members", &[2, 13, 4]),
        ("kinds", &[2, 16, 1]),
        ("map", &[2, 11]),
        ("member", &[2, 13, 4, 0]),
        ("kid", &[0, 4]),
        ("typ", &[0, 16]),
        ("unprotected", &[1]),
    ] {
        c.rich(&format!("indefinite-{id}"), rule, "a length that is not declared", code, |n| {
            indefinite(n, path);
        });
    }
    for (id, path) in [("protected-header-map", 0), ("payload-map", 2)] {
        c.rich(&format!("indefinite-{id}"), rule, "the map in the byte string", code, |n| {
            let Node::Wrapped(inner) = n.at(&[path]) else { panic!("a byte string") };
            indefinite(inner, &[]);
        });
    }
    for (id, path) in [("protected", 0), ("payload", 2), ("signature", 3)] {
        c.unsigned(&format!("indefinite-{id}"), rule, "a byte string in chunks", code, |n| {
            indefinite(n, &[path]);
        });
    }
    c.unsigned("indefinite-envelope", rule, "the array of four", code, |n| {
        let Node::Tag(_, inner) = n else { panic!("a tag") };
        indefinite(inner, &[]);
    });
}

fn key_order(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-3", "E3-KEY-ORDER");
    for (id, path) in [
        ("payload", &[2, 3][..]),
        ("payload-first", &[2, 1]),
        ("payload-last", &[2, 16]),
        ("guarantor", &[2, 11, 2]),
        ("obligee", &[2, 12, 3]),
        ("contractor", &[2, 13, 1]),
        ("member", &[2, 13, 4, 1, 3]),
        ("work", &[2, 14, 10]),
        ("guarantee", &[2, 15, 6]),
        ("change", &[2, 16, 4]),
        ("header", &[0, 1]),
        ("header-kid", &[0, 4]),
        ("header-typ", &[0, 16]),
    ] {
        c.rich(&format!("key-twice-{id}"), rule, "a key with the same value again", code, |n| {
            repeated(n, path);
        });
    }
    for (id, map, first) in [
        ("guarantor", &[2, 11][..], 1),
        ("work", &[2, 14], 8),
        ("guarantee", &[2, 15], 2),
        ("change", &[2, 16], 2),
    ] {
        c.rich(
            &format!("keys-swapped-{id}"),
            rule,
            "an optional key after a larger one",
            code,
            |n| {
                let entries = n.map(map);
                entries.swap(first, first + 1);
                let after = (first + 1..entries.len())
                    .find(|at| entries[*at].0.as_int() < entries[at - 1].0.as_int());
                let at = after.expect("a key that falls");
                entries[at].0 = entries[at].0.clone().marked();
            },
        );
    }
    c.rich("keys-fall", rule, "key 1 stands again at the end", code, |n| {
        let entries = n.map(&[2]);
        entries.push((Node::int(1).marked(), Node::int(1)));
    });
}

fn unknown_keys(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-4", "E3-KEY-UNKNOWN");
    for (id, path) in [
        ("payload-17", &[2, 17][..]),
        ("payload-0", &[2, 0]),
        ("payload-23", &[2, 23]),
        ("payload-24", &[2, 24]),
        ("payload-2-64", &[2, i64::MAX]),
        ("payload-negative", &[2, -1]),
        ("guarantor", &[2, 11, 5]),
        ("guarantor-0", &[2, 11, 0]),
        ("obligee", &[2, 12, 4]),
        ("contractor", &[2, 13, 5]),
        ("member", &[2, 13, 4, 0, 4]),
        ("work", &[2, 14, 11]),
        ("work-0", &[2, 14, 0]),
        ("guarantee", &[2, 15, 7]),
        ("change", &[2, 16, 5]),
    ] {
        c.rich(
            &format!("unknown-key-{id}"),
            rule,
            "a key that the CDDL does not name",
            code,
            |n| {
                surplus(n, path, Node::int(0));
            },
        );
    }
}

fn missing_keys(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-5", "E3-KEY-MISSING");
    let required: &[(&str, &[i64], &[i64])] = &[
        ("payload", &[2], &[1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        ("guarantor", &[2, 11], &[1]),
        ("obligee", &[2, 12], &[1, 2]),
        ("contractor", &[2, 13], &[1, 2, 3]),
        ("member", &[2, 13, 4, 0], &[1, 2]),
        ("work", &[2, 14], &[1, 2, 3, 4, 6, 7, 8]),
        ("guarantee", &[2, 15], &[1, 2, 5]),
        ("change", &[2, 16], &[1, 2]),
    ];
    for (name, map, keys) in required {
        for key in *keys {
            let path = [map, &[*key][..]].concat();
            c.rich(
                &format!("missing-{name}-{key}"),
                rule,
                "a required key is not there",
                code,
                |n| {
                    missing(n, &path);
                },
            );
        }
    }
    c.rich(
        "missing-change-2-at-the-end",
        rule,
        "the map ends before its required key",
        code,
        |n| {
            n.remove(&[2, 16, 3]);
            n.remove(&[2, 16, 4]);
            missing(n, &[2, 16, 2]);
        },
    );
    c.rich(
        "required-keys-swapped",
        rule,
        "keys 2 and 3 are swapped, so key 2 can no longer come",
        code,
        |n| {
            n.map(&[2]).swap(1, 2);
            n.mark_key(&[2, 3]);
        },
    );
}

fn lengths(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-8", "E3-LENGTH");
    for (id, path, length) in [
        ("kid-short", &[0, 4][..], 7),
        ("kid-long", &[0, 4], 9),
        ("previous-short", &[2, 5], 31),
        ("previous-long", &[2, 5], 33),
        ("bind-short", &[2, 7, 2], 31),
        ("bind-empty", &[2, 7, 2], 0),
        ("clauses-long", &[2, 15, 6], 64),
    ] {
        c.rich(&format!("length-{id}"), rule, "a byte string of another length", code, |n| {
            n.put(path, Node::bytes(vec![1; length]).marked());
        });
    }
    for (id, path) in [
        ("binding", &[2, 7][..]),
        ("status", &[2, 8]),
        ("term", &[2, 14, 6]),
        ("period", &[2, 15, 2]),
        ("multi-year", &[2, 14, 9]),
    ] {
        c.rich(&format!("length-{id}-short"), rule, "an array lacks its last item", code, |n| {
            n.array(path).pop();
            n.mark(path, Mark::At(0));
        });
        c.rich(&format!("length-{id}-long"), rule, "an array has one more item", code, |n| {
            n.array(path).push(Node::int(1));
            n.mark(path, Mark::At(0));
        });
    }
    for (id, length) in [("short", 63), ("long", 65), ("empty", 0)] {
        c.unsigned(
            &format!("length-signature-{id}"),
            rule,
            "the signature does not have 64 bytes",
            code,
            |n| {
                n.put(&[3], Node::bytes(vec![1; length]).marked());
            },
        );
    }
    c.unsigned("length-envelope-short", rule, "the array has three items", code, |n| {
        let items = n.array(&[]);
        items.pop();
        let Node::Tag(_, inner) = n else { panic!("a tag") };
        **inner = inner.clone().marked();
    });
    c.unsigned("length-envelope-long", rule, "the array has five items", code, |n| {
        n.array(&[]).push(Node::bytes([]));
        let Node::Tag(_, inner) = n else { panic!("a tag") };
        **inner = inner.clone().marked();
    });
}

fn truncated(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-9", "E3-TRUNCATED");
    let (good, _) = c.plain.encode();
    c.set.refuse("truncated-empty", rule, "no bytes at all", code, &[], 0);
    c.set.refuse("truncated-tag", rule, "only the tag", code, &good[..1], 1);
    c.set.refuse("truncated-array", rule, "only tag and array", code, &good[..2], 2);
    c.set.refuse("truncated-protected", rule, "half of the protected header", code, &good[..20], 4);
    let signature = good.len() - 64;
    c.set.refuse(
        "truncated-last-byte",
        rule,
        "the last byte is not there",
        code,
        &good[..good.len() - 1],
        signature,
    );
    c.set.refuse(
        "truncated-signature",
        rule,
        "the signature is not there",
        code,
        &good[..signature],
        signature,
    );
    c.set.refuse(
        "truncated-signature-head",
        rule,
        "the signature's length is not there",
        code,
        &good[..signature - 1],
        signature - 1,
    );
    for (id, path, length) in [
        ("text", &[2, 16, 2][..], 1_u64 << 63),
        ("text-by-one", &[2, 16, 2], 0),
        ("bytes", &[2, 15, 6], u64::MAX),
        ("kid", &[0, 4], 1 << 32),
    ] {
        c.rich(
            &format!("truncated-declared-{id}"),
            rule,
            "a declared length beyond the payload",
            code,
            |n| {
                let (bytes, _) = n.at(path).encode();
                let (outer, _) = n.at(&[path[0]]).encode();
                let inside = u64::try_from(split_head(&outer).2.len()).expect("short");
                let length = if length == 0 { inside } else { length };
                let (major, _, rest) = split_head(&bytes);
                let long = head(major, length);
                let mark = long.len();
                n.put(path, Node::Raw([long, rest.to_vec()].concat()).marked_at(Mark::At(mark)));
            },
        );
    }
    c.rich("truncated-map-count", rule, "the payload's map declares 23 entries", code, |n| {
        let Node::Wrapped(inner) = n.at(&[2]) else { panic!("a byte string") };
        let (bytes, _) = inner.encode();
        **inner = Node::Raw([vec![0xb7], bytes[1..].to_vec()].concat()).marked_at(Mark::End);
    });
    c.rich("truncated-inside-a-head", rule, "the payload ends inside a two-byte head", code, |n| {
        let (mut bytes, _) = n.at(&[2, 16]).encode();
        let length = bytes.len();
        bytes.truncate(length - 1);
        n.put(&[2, 16], Node::Raw(bytes).marked_at(Mark::At(length - 2)));
    });
    c.unsigned("truncated-payload-declared", rule, "the payload declares 2^63 bytes", code, |n| {
        declare(n, &[2], 1 << 63);
        n.mark(&[2], Mark::Content(0));
    });
}

fn trailing(c: &mut Certificates) {
    let (rule, code) = ("R-CBOR-10", "E3-TRAILING");
    let (good, _) = c.plain.encode();
    for (id, more) in
        [("zero", &[0][..]), ("break", &[0xff]), ("line-feed", b"\n"), ("another", &good.clone())]
    {
        let bytes = [&good, more].concat();
        c.set.refuse(
            &format!("trailing-{id}"),
            rule,
            "bytes after the object",
            code,
            &bytes,
            good.len(),
        );
    }
    for (id, path) in [("payload", 2), ("protected", 0)] {
        c.rich(
            &format!("trailing-in-{id}"),
            rule,
            "a byte after the map in the byte string",
            code,
            |n| {
                let content = n.at(&[path]).content();
                let end = content.len();
                let raw = Node::Raw([content, vec![0]].concat()).marked_at(Mark::At(end));
                n.put(&[path], Node::Wrapped(Box::new(raw)));
            },
        );
    }
}
