//! Trust bundles that break a rule of spec sections 10.1 and 10.2.

use hosho::{KeyRole, KeyState, RootSet, SecretKey, Signer as _, Text};

use super::Set;
use super::fault::{indefinite, longer, missing, repeated, surplus};
use super::format::{Fields, VectorFile};
use super::good::guarantor;
use super::signature::torsion;
use crate::hostile::{Mark, Node, head};
use crate::world::{Guarantor, secret_key, time};

/// Signs a bundle anew with each root key that its signatures name.
pub(super) fn sign_again(root: &mut Node, keys: &[SecretKey]) {
    let (body, payload) = (root.at(&[0]).content(), root.at(&[2]).content());
    let Node::Array(mut signatures) = root.at(&[3]).clone() else { return };
    for signature in &mut signatures {
        let Node::Array(items) = signature else { continue };
        let protected = items[0].content();
        let named = |key: &&SecretKey| {
            let id = *key.public_key().key_id().as_bytes();
            protected.windows(8).any(|window| window == id)
        };
        let Some(key) = keys.iter().find(named) else { continue };
        let message = Node::Array(vec![
            Node::text("Signature"),
            Node::bytes(body.clone()),
            Node::bytes(protected.clone()),
            Node::bytes([]),
            Node::bytes(payload.clone()),
        ]);
        items[2] = Node::bytes(key.sign(&message.encode().0).expect("a signature"));
    }
    root.put(&[3], Node::Array(signatures));
}

/// Returns a bundle with a retired and a compromised key, an attestation, and a root that
/// threatens nobody.
pub(super) fn rich_bundle(guarantor: &Guarantor) -> Vec<u8> {
    let mut draft = guarantor.bundle_draft();
    let reason = || Text::parse("鍵の更新").expect("a text");
    let since = time("2025-03-01T00:00:00Z");
    let mut retired = Guarantor::entry(&secret_key("vectors/retired"), KeyRole::Certificate);
    retired.state = KeyState::Retired { since, reason: reason() };
    let stolen = secret_key("vectors/stolen");
    let mut compromised = Guarantor::entry(&stolen, KeyRole::Certificate);
    compromised.state = KeyState::Compromised { since, reason: reason() };
    draft.keys.extend([retired, compromised]);
    let genuine = vec![hosho::Fingerprint::of(b"one"), hosho::Fingerprint::of(b"two")];
    let attested = hosho::AttestedCertificates::new(stolen.public_key().key_id(), genuine);
    draft.attestations.push(attested.expect("some").attest(since));
    draft.sequence = hosho::Sequence::new(2).expect("a sequence");
    draft.previous = Some(hosho::Fingerprint::of(b"the bundle before"));
    guarantor.sign_bundle(draft)
}

mod claims;

struct Bundles {
    set: Set,
    good: Node,
    rich: Node,
    roots: [SecretKey; 3],
}

impl Bundles {
    /// Adds a refusal with the offset of the mark, or with none if nothing is marked.
    fn bad(
        &mut self,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        self.bad_of(&self.rich.clone(), id, rule, comment, code, edit);
    }

    fn bad_of(
        &mut self,
        base: &Node,
        id: &str,
        rule: &str,
        comment: &str,
        code: &str,
        edit: impl FnOnce(&mut Node),
    ) {
        let mut node = base.clone();
        edit(&mut node);
        // Signatures with a mark of their own are left as they are.
        let (_, mark) = node.at(&[3]).encode();
        if mark.is_none() {
            sign_again(&mut node, &self.roots);
        }
        let (bytes, mark) = node.encode();
        let expect = Fields::refuse(code).with_some("offset", mark);
        self.set.add(id, rule, comment, Fields::bytes(&bytes), expect);
    }
}

pub(super) fn parse_bundle() -> VectorFile {
    let guarantor = guarantor();
    let set = Set::new(
        "bundle",
        "parse-bundle",
        "Trust bundles, read and pinned (spec sections 2, 3, 10.1 and 10.2).",
    );
    let (good, rich) = (guarantor.bundle(), rich_bundle(&guarantor));
    let mut b = Bundles {
        set,
        good: Node::read_object(&good),
        rich: Node::read_object(&rich),
        roots: Guarantor::new("g-mirai").roots,
    };
    let all = "R-COSE-1 R-COSE-2 R-COSE-3 R-COSE-4 R-COSE-5 R-SIZE-3 R-SIG-3 R-SEQ-1 R-TRUST-1 \
               R-TRUST-2 R-TRUST-3 R-TRUST-4 R-TRUST-5 R-TRUST-6 R-TRUST-7";
    b.set.accept("first", all, "a first bundle", &good);
    b.set.accept("second", all, "retired and compromised keys and an attestation", &rich);
    accepted(&mut b, &guarantor);
    envelope(&mut b);
    signatures(&mut b, &guarantor);
    order(&mut b);
    claims::entries(&mut b);
    claims::roots(&mut b);
    claims::content(&mut b);
    encoding(&mut b);
    b.set.file
}

fn accepted(b: &mut Bundles, guarantor: &Guarantor) {
    let mut wide = guarantor.bundle_draft();
    let more = ["a", "b", "c", "d", "e"].map(|name| secret_key(&format!("vectors/root-{name}")));
    let keys = guarantor.roots.iter().chain(&more).map(|key| key.public_key().clone()).collect();
    wide.roots = RootSet::new(2, keys).expect("a root set");
    b.set.accept("eight-roots", "R-TRUST-4", "the most root keys", &guarantor.sign_bundle(wide));
    let prepared = guarantor.bundle_draft().prepare().expect("a bundle");
    let all = guarantor.roots.iter().map(|root| prepared.sign(root).expect("signed")).collect();
    let bytes = prepared.assemble(all).expect("over the threshold");
    b.set.accept("three-signatures", "R-TRUST-7", "one signature more than the threshold", &bytes);
    let stranger = secret_key("vectors/stranger");
    let mut signed: Vec<_> =
        guarantor.roots[..2].iter().map(|root| prepared.sign(root).expect("signed")).collect();
    signed.push(hosho::BundleSignature::from_parts(stranger.public_key().key_id(), [0; 64]));
    let bytes = prepared.assemble(signed).expect("over the threshold");
    b.set.accept(
        "stranger-signature",
        "R-TRUST-7",
        "a signature of a key that is no root is passed over",
        &bytes,
    );
    let mut last = guarantor.bundle_draft();
    last.sequence = hosho::Sequence::new(9_007_199_254_740_991).expect("a sequence");
    last.previous = Some(hosho::Fingerprint::of(b"before"));
    b.set.accept("sequence-last", "R-SEQ-1", "the last sequence", &guarantor.sign_bundle(last));
}

fn envelope(b: &mut Bundles) {
    b.bad("tag-18", "R-COSE-1", "the tag of COSE_Sign1", "E3-TAG", |n| {
        let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
        *n = Node::Tag(18, inner).marked();
    });
    b.bad("untagged", "R-COSE-1", "no tag", "E3-TAG", |n| {
        let Node::Tag(_, inner) = n.clone() else { panic!("a tag") };
        *n = inner.marked();
    });
    for label in [1, 3, 4, 15, 17, -1] {
        b.bad(
            &format!("body-header-{label}"),
            "R-COSE-2",
            "one label more in the body's header",
            "E3-HEADER",
            |n| {
                n.insert(&[0, label], Node::int(0));
                // A larger label after typ is met there; a smaller one is met first.
                n.mark_key(&[0, label]);
            },
        );
    }
    b.bad("body-header-empty", "R-COSE-2", "no typ", "E3-HEADER", |n| missing(n, &[0, 16]));
    b.bad("body-typ", "R-COSE-4", "the typ of a certificate", "E3-TYP", |n| {
        n.put(&[0, 16], Node::text("application/vnd.hosho.certificate+cose").marked());
    });
    b.bad("body-unprotected", "R-COSE-5", "a kid beside the body", "E3-UNPROTECTED", |n| {
        n.put(&[1], Node::Map(vec![(Node::int(4), Node::bytes([0; 8]))]).marked());
    });
    let good = b.rich.encode().0;
    let zeros = 65_537 - good.len();
    let expect = Fields::refuse("E3-SIZE").with("offset", 0);
    let input = Fields::bytes(&good).with("then_zeros", zeros);
    b.set.add("size-65537", "R-SIZE-3", "zeros up to one byte too many", input, expect);
    let input = Fields::bytes(&good).with("then_zeros", zeros - 1);
    let expect = Fields::refuse("E3-TRAILING").with("offset", good.len());
    b.set.add("trailing-to-65536", "R-CBOR-10", "zeros up to the limit", input, expect);
}

fn signatures(b: &mut Bundles, guarantor: &Guarantor) {
    b.bad("signature-alg-8", "R-COSE-3", "EdDSA instead of Ed25519", "E3-ALG", |n| {
        n.put(&[3, 0, 0, 1], Node::int(-8).marked());
    });
    b.bad("signature-typ", "R-COSE-2", "a typ in a signature's header", "E3-HEADER", |n| {
        surplus(n, &[3, 0, 0, 16], Node::text("application/vnd.hosho.trust+cose"));
    });
    b.bad("signature-without-kid", "R-COSE-2", "a signature that names no key", "E3-HEADER", |n| {
        missing(n, &[3, 1, 0, 4]);
    });
    b.bad(
        "signature-unprotected",
        "R-COSE-5",
        "a label beside a signature",
        "E3-UNPROTECTED",
        |n| {
            n.put(&[3, 1, 1], Node::Map(vec![(Node::int(1), Node::int(-19))]).marked());
        },
    );
    b.bad("signature-short", "R-CBOR-8", "63 bytes", "E3-LENGTH", |n| {
        n.put(&[3, 0, 2], Node::bytes([1; 63]).marked());
    });
    b.bad("signature-of-four", "R-CBOR-8", "a signature of four items", "E3-LENGTH", |n| {
        n.array(&[3, 0]).push(Node::int(0));
        n.mark(&[3, 0], Mark::At(0));
    });
    b.bad("signatures-none", "R-CBOR-8", "no signature at all", "E3-LENGTH", |n| {
        n.put(&[3], Node::Array(vec![]).marked());
    });
    b.bad("signatures-17", "R-CBOR-8", "17 signatures", "E3-LENGTH", |n| {
        let one = n.at(&[3, 0]).clone();
        n.put(&[3], Node::Array(vec![one; 17]).marked());
    });
    b.bad("signatures-swapped", "R-TRUST-1", "signatures that fall", "E8-ORDER", |n| {
        n.array(&[3]).swap(0, 1);
        n.mark(&[3, 1], Mark::At(0));
    });
    b.bad("signature-twice", "R-TRUST-1", "one root key signed twice", "E8-ORDER", |n| {
        let one = n.at(&[3, 0]).clone();
        n.array(&[3])[1] = one.marked();
    });
    b.bad("one-signature", "R-TRUST-7", "one of two signatures", "E8-THRESHOLD", |n| {
        n.array(&[3]).pop();
    });
    for at in [0, 1] {
        let mut node = b.rich.clone();
        let mut signature = node.at(&[3, at, 2]).content();
        signature[7] ^= 1;
        node.put(&[3, at, 2], Node::bytes(signature));
        let expect = Fields::refuse("E8-THRESHOLD");
        b.set.add(
            &format!("wrong-signature-{at}"),
            "R-TRUST-7",
            "a root's signature does not verify",
            Fields::bytes(&node.encode().0),
            expect,
        );
    }
    let prepared = guarantor.bundle_draft().prepare().expect("a bundle");
    let three = guarantor.roots.iter().map(|root| prepared.sign(root).expect("signed")).collect();
    let mut node = Node::read_object(&prepared.assemble(three).expect("over the threshold"));
    node.put(&[3, 2, 2], Node::bytes([0; 64]));
    b.set.add(
        "wrong-signature-beyond-the-threshold",
        "R-TRUST-7",
        "two good signatures and a bad one of a third root",
        Fields::bytes(&node.encode().0),
        Fields::refuse("E8-THRESHOLD"),
    );
    let strangers = [secret_key("vectors/stranger"), secret_key("vectors/stranger-2")];
    let mut node = b.good.clone();
    strangers.iter().zip(0..).for_each(|(key, at)| {
        node.put(&[3, at, 0, 4], Node::bytes(*key.public_key().key_id().as_bytes()));
    });
    sign_again(&mut node, &strangers);
    node.array(&[3]).sort_by_key(|signature| signature.encode().0);
    b.set.add(
        "strangers-only",
        "R-TRUST-7",
        "two signatures, none of a root",
        Fields::bytes(&node.encode().0),
        Fields::refuse("E8-THRESHOLD"),
    );
    let mut node = b.good.clone();
    node.put(&[2, 5], Node::int(1_798_761_600));
    b.set.add(
        "payload-changed",
        "R-TRUST-7",
        "next-update differs from what was signed",
        Fields::bytes(&node.encode().0),
        Fields::refuse("E8-THRESHOLD"),
    );
}

fn order(b: &mut Bundles) {
    let (rule, code) = ("R-TRUST-1", "E8-ORDER");
    b.bad("keys-swapped", rule, "entries that fall by kid", code, |n| {
        n.array(&[2, 6]).swap(1, 2);
        n.mark(&[2, 6, 2], Mark::At(0));
    });
    b.bad("key-twice", rule, "two entries of one kid", code, |n| {
        let one = n.at(&[2, 6, 0]).clone();
        n.array(&[2, 6]).insert(1, one.marked());
    });
    b.bad("roots-swapped", rule, "root keys that fall by x", code, |n| {
        n.array(&[2, 7, 1]).swap(0, 1);
        n.mark(&[2, 7, 1, 1], Mark::At(0));
    });
    b.bad("root-twice", rule, "a root key stands twice", code, |n| {
        let one = n.at(&[2, 7, 1, 0]).clone();
        n.array(&[2, 7, 1])[1] = one.marked();
    });
    b.bad("attestation-twice", rule, "two attestations of one key", code, |n| {
        let one = n.at(&[2, 8, 0]).clone();
        n.array(&[2, 8]).push(one.marked());
    });
}

fn encoding(b: &mut Bundles) {
    for (id, path) in [("keys", &[2, 6][..]), ("attestations", &[2, 8])] {
        b.bad(&format!("{id}-none"), "R-CBOR-8", "an empty array", "E3-LENGTH", |n| {
            n.put(path, Node::Array(vec![]).marked());
        });
    }
    b.bad("keys-257", "R-CBOR-8", "an array that declares 257 keys", "E3-LENGTH", |n| {
        n.put(&[2, 6], Node::Raw(head(4, 257)).marked());
    });
    b.bad(
        "attestations-65",
        "R-CBOR-8",
        "an array that declares 65 attestations",
        "E3-LENGTH",
        |n| {
            let one = n.at(&[2, 8, 0]).clone();
            n.put(&[2, 8], Node::Array(vec![one; 65]).marked());
        },
    );
    for key in [1, 2, 3, 4, 5, 6, 7] {
        b.bad(
            &format!("missing-{key}"),
            "R-CBOR-5",
            "a required key is not there",
            "E3-KEY-MISSING",
            |n| missing(n, &[2, key]),
        );
    }
    for (id, path) in [
        ("payload", &[2, 10][..]),
        ("payload-0", &[2, 0]),
        ("entry", &[2, 6, 0, 7]),
        ("attestation", &[2, 8, 0, 5]),
    ] {
        b.bad(
            &format!("unknown-key-{id}"),
            "R-CBOR-4",
            "a key that the CDDL does not name",
            "E3-KEY-UNKNOWN",
            |n| {
                surplus(n, path, Node::int(0));
            },
        );
    }
    b.bad("key-twice-payload", "R-CBOR-3", "a payload key stands twice", "E3-KEY-ORDER", |n| {
        repeated(n, &[2, 9]);
    });
    b.bad("non-minimal-time", "R-CBOR-1", "a time in eight bytes", "E3-NON-MINIMAL", |n| {
        longer(n, &[2, 4], 8);
    });
    b.bad("indefinite-keys", "R-CBOR-2", "keys without a declared length", "E3-INDEFINITE", |n| {
        indefinite(n, &[2, 6]);
    });
    b.bad("type-reason", "R-CBOR-6", "no text as a reason", "E3-TYPE", |n| {
        let at = (0..5).find(|at| n.at(&[2, 6, *at, 5]).as_int() == Some(3)).expect("a key");
        n.put(&[2, 6, at, 6, 1], Node::int(1).marked());
    });
    b.bad(
        "trailing-in-payload",
        "R-CBOR-10",
        "a byte after the payload's map",
        "E3-TRAILING",
        |n| {
            let content = n.at(&[2]).content();
            let end = content.len();
            let raw = Node::Raw([content, vec![0]].concat()).marked_at(Mark::At(end));
            n.put(&[2], Node::Wrapped(Box::new(raw)));
        },
    );
}
