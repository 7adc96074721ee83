//! Sealed certificates: their form, and what opens them (spec section 9).

use hosho::{AuthKey, SealNonce, Serial, SignedCertificate, seal};

use super::Set;
use super::envelope::certificate_of;
use super::fault::{declare, indefinite, longer, missing, repeated, surplus};
use super::format::{Fields, VectorFile, to_hex};
use super::good::{guarantor, rich_claims};
use crate::hostile::{Mark, Node};
use crate::world::{Guarantor, number, sample_claims};

const NONCE: SealNonce = SealNonce { salt: [0x5a; 16], iv: [0xa5; 12] };

fn key(guarantor: &Guarantor) -> AuthKey {
    guarantor.auth_key(&number("31-07-1-0000123-9"), Serial::FIRST)
}

fn sealed(guarantor: &Guarantor, signed: &[u8]) -> Vec<u8> {
    seal(&SignedCertificate::parse(signed).expect("a certificate"), &key(guarantor), &NONCE)
}

/// Sealed certificates with one fault each.
struct Sealed {
    set: Set,
    good: Node,
}

impl Sealed {
    fn bad(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let mut node = self.good.clone();
        edit(&mut node);
        self.set.refuse_node(id, rule, comment, code, &node);
    }
}

pub(super) fn parse_sealed() -> VectorFile {
    let guarantor = guarantor();
    let bytes = sealed(&guarantor, &guarantor.issue(sample_claims(&guarantor)));
    let set = Set::new(
        "sealed",
        "parse-sealed",
        "The COSE_Encrypt0 around a sealed certificate (spec sections 2, 3 and 9).",
    );
    let mut s = Sealed { set, good: Node::read_object(&bytes) };
    let all = "R-CBOR-1 R-COSE-1 R-COSE-2 R-COSE-3 R-COSE-4 R-COSE-5 R-SIZE-2 R-SEAL-3";
    s.set.accept("sealed", all, "an ordinary sealed certificate", &bytes);
    let mut shortest = s.good.clone();
    shortest.put(&[2], Node::bytes([7; 17]));
    s.set.accept("ciphertext-17", "R-SEAL-3", "the shortest ciphertext", &shortest.encode().0);
    let largest = sealed(&guarantor, &certificate_of(&guarantor, 4_096).encode().0);
    s.set.accept("largest", "R-SIZE-2", "the largest certificate, sealed", &largest);
    envelope(&mut s);
    headers(&mut s);
    seal_parameters(&mut s);
    encoding(&mut s);
    s.set.file
}

fn envelope(s: &mut Sealed) {
    for (id, tag) in [("18", 18), ("96", 96), ("17", 17)] {
        s.bad(&format!("tag-{id}"), "R-COSE-1", "another tag than 16", "E3-TAG", |n| {
            let Node::Tag(found, _) = n else { panic!("a tag") };
            *found = tag;
            *n = n.clone().marked();
        });
    }
    s.bad("envelope-of-four", "R-CBOR-8", "recipients, as in COSE_Encrypt", "E3-LENGTH", |n| {
        n.array(&[]).push(Node::Array(vec![]));
        let Node::Tag(_, inner) = n else { panic!("a tag") };
        **inner = inner.clone().marked();
    });
    for length in [0, 1, 16] {
        s.bad(
            &format!("ciphertext-{length}"),
            "R-SEAL-3",
            "a ciphertext without content",
            "E3-LENGTH",
            |n| {
                n.put(&[2], Node::bytes(vec![7; length]).marked());
            },
        );
    }
    let mut largest = s.good.clone();
    let room = 4_256 - largest.encode().0.len() + largest.at(&[2]).content().len();
    largest.put(&[2], Node::bytes(vec![7; room]));
    let (bytes, _) = largest.encode();
    assert_eq!(bytes.len(), 4_256);
    s.set.accept("size-4256", "R-SIZE-2", "the most bytes", &bytes);
    largest.put(&[2], Node::bytes(vec![7; room + 1]));
    s.set.refuse("size-4257", "R-SIZE-2", "one byte more", "E3-SIZE", &largest.encode().0, 0);
    let (good, _) = s.good.encode();
    s.set.refuse(
        "trailing",
        "R-CBOR-10",
        "a byte after the object",
        "E3-TRAILING",
        &[&good[..], &[0]].concat(),
        good.len(),
    );
    let end = good.len() - s.good.at(&[2]).content().len();
    s.set.refuse(
        "truncated",
        "R-CBOR-9",
        "the last byte is not there",
        "E3-TRUNCATED",
        &good[..good.len() - 1],
        end,
    );
    s.set.refuse("truncated-tag", "R-CBOR-9", "only the tag", "E3-TRUNCATED", &good[..1], 1);
}

fn headers(s: &mut Sealed) {
    for (id, algorithm) in
        [("a128gcm", 1), ("a256gcm", 3), ("ccm", 10), ("ed25519", -19), ("direct", -6), ("25", 25)]
    {
        s.bad(&format!("alg-{id}"), "R-COSE-3", "an algorithm that is not 24", "E3-ALG", |n| {
            n.put(&[0, 1], Node::int(algorithm).marked());
        });
    }
    for (id, typ) in
        [("certificate", "application/vnd.hosho.certificate+cose"), ("cose", "application/cose")]
    {
        s.bad(&format!("typ-{id}"), "R-COSE-4", "another media type", "E3-TYP", |n| {
            n.put(&[0, 16], Node::text(typ).marked());
        });
    }
    for label in [2, 3, 4, 5, 6, 10, 17, -1, -65_536, -65_538] {
        s.bad(&format!("header-{label}"), "R-COSE-2", "one label more", "E3-HEADER", |n| {
            surplus(n, &[0, label], Node::int(0));
        });
    }
    for label in [1, 16, -65_537] {
        s.bad(
            &format!("header-without-{label}"),
            "R-COSE-2",
            "a label is not there",
            "E3-HEADER",
            |n| {
                missing(n, &[0, label]);
            },
        );
    }
    for label in [1, 16, -65_537] {
        s.bad(
            &format!("header-twice-{label}"),
            "R-CBOR-3",
            "a label stands twice",
            "E3-KEY-ORDER",
            |n| {
                repeated(n, &[0, label]);
            },
        );
    }
    let unprotected: &[(&str, Vec<(Node, Node)>)] = &[
        ("empty", vec![]),
        ("kid", vec![(Node::int(4), Node::bytes([0; 8]))]),
        ("partial-iv", vec![(Node::int(6), Node::bytes([0; 12]))]),
        (
            "iv-and-kid",
            vec![(Node::int(4), Node::bytes([0; 8])), (Node::int(5), Node::bytes([0; 12]))],
        ),
        (
            "iv-and-more",
            vec![(Node::int(5), Node::bytes([0; 12])), (Node::int(6), Node::bytes([0; 2]))],
        ),
        (
            "iv-and-negative",
            vec![(Node::int(5), Node::bytes([0; 12])), (Node::int(-1), Node::int(0))],
        ),
        ("text", vec![(Node::text("iv"), Node::bytes([0; 12]))]),
    ];
    for (id, entries) in unprotected {
        s.bad(
            &format!("unprotected-{id}"),
            "R-COSE-5",
            "not exactly the iv",
            "E3-UNPROTECTED",
            |n| {
                n.put(&[1], Node::Map(entries.clone()).marked());
            },
        );
    }
}

fn seal_parameters(s: &mut Sealed) {
    for (id, path, length) in [
        ("iv-short", &[1, 5][..], 11),
        ("iv-long", &[1, 5], 24),
        ("salt-short", &[0, -65_537, 1], 15),
        ("salt-long", &[0, -65_537, 1], 32),
        ("commit-short", &[0, -65_537, 2], 16),
        ("commit-long", &[0, -65_537, 2], 33),
    ] {
        s.bad(id, "R-CBOR-8", "a byte string of another length", "E3-LENGTH", |n| {
            n.put(path, Node::bytes(vec![1; length]).marked());
        });
    }
    for version in [0, 2] {
        s.bad(
            &format!("version-{version}"),
            "R-CERT-1",
            "another version of the parameters",
            "E3-VERSION",
            |n| {
                n.put(&[0, -65_537, 0], Node::int(version).marked());
            },
        );
    }
    s.bad("parameters-of-two", "R-CBOR-8", "no commitment", "E3-LENGTH", |n| {
        n.array(&[0, -65_537]).pop();
        n.mark(&[0, -65_537], Mark::At(0));
    });
    s.bad("parameters-of-four", "R-CBOR-8", "one parameter more", "E3-LENGTH", |n| {
        n.array(&[0, -65_537]).push(Node::int(0));
        n.mark(&[0, -65_537], Mark::At(0));
    });
    s.bad("iv-text", "R-CBOR-6", "the iv is a text", "E3-TYPE", |n| {
        n.put(&[1, 5], Node::text("aaaaaaaaaaaa").marked());
    });
    s.bad("ciphertext-nil", "R-CBOR-6", "a detached ciphertext", "E3-TYPE", |n| {
        n.put(&[2], Node::Raw(vec![0xf6]).marked());
    });
}

fn encoding(s: &mut Sealed) {
    for (id, path, width) in [
        ("iv", &[1, 5][..], 1),
        ("unprotected", &[1], 1),
        ("salt", &[0, -65_537, 1], 1),
        ("ciphertext", &[2], 4),
        ("label", &[0, -65_537, 0], 1),
        ("alg", &[0, 1], 2),
    ] {
        s.bad(
            &format!("non-minimal-{id}"),
            "R-CBOR-1",
            "a head in a longer form",
            "E3-NON-MINIMAL",
            |n| {
                longer(n, path, width);
            },
        );
    }
    for (id, path) in [
        ("iv", &[1, 5][..]),
        ("unprotected", &[1]),
        ("ciphertext", &[2]),
        ("parameters", &[0, -65_537]),
    ] {
        s.bad(
            &format!("indefinite-{id}"),
            "R-CBOR-2",
            "a length that is not declared",
            "E3-INDEFINITE",
            |n| {
                indefinite(n, path);
            },
        );
    }
    s.bad("iv-twice", "R-CBOR-3", "the iv stands twice", "E3-KEY-ORDER", |n| repeated(n, &[1, 5]));
    s.bad("ciphertext-declared", "R-CBOR-9", "2^62 bytes are declared", "E3-TRUNCATED", |n| {
        declare(n, &[2], 1 << 62);
        n.mark(&[2], Mark::Content(0));
    });
}

pub(super) fn open() -> VectorFile {
    let guarantor = guarantor();
    let mut set = Set::new(
        "open",
        "open",
        "Opening a sealed certificate (spec section 9): one error for every reason.",
    );
    let good = key(&guarantor);
    let mut add = |id: &str, rules: &str, comment: &str, sealed: &[u8], key: &AuthKey| {
        let input =
            Fields::of("sealed", to_hex(sealed)).with("auth_key", key.expose_text().as_str());
        if comment.starts_with("opens") {
            set.add_computed(id, rules, comment, input);
        } else {
            set.add(id, rules, comment, input, Fields::refuse("E4-OPEN"));
        }
    };
    let signed = guarantor.issue(sample_claims(&guarantor));
    let plain = sealed(&guarantor, &signed);
    let all = "R-SEAL-1 R-SEAL-2 R-DERIVE-1 R-DERIVE-2";
    add("opens", all, "opens with its key", &plain, &good);
    let rich = sealed(&guarantor, &guarantor.issue(rich_claims(&guarantor)));
    add("opens-amendment", all, "opens a later revision with the same key", &rich, &good);

    let second = Serial::FIRST.next().expect("a serial");
    let ours = number("31-07-1-0000123-9");
    let keys = [
        ("other-number", guarantor.auth_key(&number("31-07-1-0000123-8"), Serial::FIRST)),
        ("other-serial", guarantor.auth_key(&ours, second)),
        ("other-guarantor", Guarantor::new("g-other").auth_key(&ours, Serial::FIRST)),
        (
            "other-epoch",
            guarantor.master.derive(
                &guarantor.id,
                hosho::Epoch::new(2).expect("an epoch"),
                &ours,
                Serial::FIRST,
            ),
        ),
    ];
    for (id, key) in &keys {
        add(
            &format!("key-{id}"),
            "R-SEAL-1 R-SEAL-2 R-DERIVE-1 R-DERIVE-2",
            "a key derived for something else",
            &plain,
            key,
        );
    }
    let mut change = |id: &str, rules: &str, comment: &str, path: &[i64], at: usize| {
        let mut node = Node::read_object(&plain);
        let mut content = node.at(path).content();
        let at = if at == usize::MAX { content.len() - 1 } else { at };
        content[at] ^= 1;
        node.put(path, Node::bytes(content));
        add(id, rules, comment, &node.encode().0, &good);
    };
    change("commit-first-bit", "R-SEAL-2", "a bit of the commitment differs", &[0, -65_537, 2], 0);
    change(
        "commit-last-bit",
        "R-SEAL-2",
        "the last bit of the commitment differs",
        &[0, -65_537, 2],
        31,
    );
    change("salt", "R-SEAL-2 R-DERIVE-2", "a bit of the salt differs", &[0, -65_537, 1], 3);
    change("iv", "R-SEAL-2", "a bit of the iv differs", &[1, 5], 0);
    change("ciphertext", "R-SEAL-2", "a bit of the ciphertext differs", &[2], 10);
    change("tag", "R-SEAL-2", "the last bit of the tag differs", &[2], usize::MAX);
    two_keys(&mut add, &guarantor, &plain, &keys[0].1, &good);
    set.file
}

/// What a sealer without the commitment could do: a header with the commitment of one key around
/// a ciphertext of another, and contents that are no certificate.
fn two_keys(
    add: &mut impl FnMut(&str, &str, &str, &[u8], &AuthKey),
    guarantor: &Guarantor,
    plain: &[u8],
    other: &AuthKey,
    good: &AuthKey,
) {
    let signed = guarantor.issue(sample_claims(guarantor));
    let signed = SignedCertificate::parse(&signed).expect("a certificate");
    let theirs = Node::read_object(&seal(&signed, other, &NONCE));
    let mut swapped = Node::read_object(plain);
    swapped.put(&[2], theirs.clone().at(&[2]).clone());
    let bytes = swapped.encode().0;
    let comment = "the commitment of one key around the ciphertext of another";
    add("two-keys-committed", "R-SEAL-2", comment, &bytes, good);
    add("two-keys-encrypted", "R-SEAL-2", comment, &bytes, other);
    for (id, content) in inner_contents(guarantor) {
        let comment = "committed and encrypted for this key, but what is inside is no certificate";
        let sealed = super::seal_by_hand::seal_bytes(good, &NONCE, &content);
        add(&format!("inner-{id}"), "R-SEAL-2", comment, &sealed, good);
    }
}

fn inner_contents(guarantor: &Guarantor) -> Vec<(&'static str, Vec<u8>)> {
    let signed = guarantor.issue(sample_claims(guarantor));
    let mut untagged = signed.clone();
    untagged.remove(0);
    let mut trailing = signed.clone();
    trailing.push(0);
    vec![
        ("byte", vec![0]),
        ("text", b"hello".to_vec()),
        ("untagged", untagged),
        ("trailing", trailing),
        ("cut", signed[..signed.len() - 1].to_vec()),
        ("sealed-again", sealed(guarantor, &signed)),
        ("snapshot", guarantor.sign_snapshot(&guarantor.snapshot_draft([]))),
        ("bundle", guarantor.bundle()),
    ]
}
