//! Signatures and public keys at the edges of Ed25519 (spec section 4).

use curve25519_dalek::Scalar;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use hosho::{KeyRole, PublicKey, SecretKey, Signer as _};
use sha2::{Digest as _, Sha512};

use super::Set;
use super::format::{Fields, VectorFile, to_hex};
use super::good::guarantor;
use crate::hostile::Node;
use crate::world::{Guarantor, sample_claims, secret_key, time};

pub(super) mod torsion;

pub(super) fn public_key() -> VectorFile {
    let mut set = Set::new("public-key", "public-key", "Public keys (spec R-SIG-3).");
    for label in ["one", "two", "three"] {
        let key = secret_key(&format!("vectors/public-{label}"));
        set.accept(label, "R-SIG-3", "the public key of a seed", key.public_key().as_bytes());
    }
    let base = curve25519_dalek::constants::ED25519_BASEPOINT_COMPRESSED.to_bytes();
    set.accept("base-point", "R-SIG-3", "the base point", &base);
    for (id, point) in torsion::refused_keys() {
        set.add(
            &format!("refused-{id}"),
            "R-SIG-3",
            "no key",
            Fields::bytes(&point),
            Fields::refuse("E8-KEY"),
        );
    }
    for length in [0, 31, 33] {
        let bytes = vec![9; length];
        set.add(
            &format!("bytes-{length}"),
            "R-SIG-3",
            "not 32 bytes",
            Fields::bytes(&bytes),
            Fields::refuse("E8-KEY"),
        );
    }
    set.file
}

/// The secret scalar, the prefix and the public key of a seed (RFC 8032 section 5.1.5).
struct Expanded {
    scalar: Scalar,
    public: [u8; 32],
}

impl Expanded {
    fn of(key: &SecretKey) -> Self {
        let hash = Sha512::digest(*key.expose_seed());
        let mut low = [0; 32];
        low.copy_from_slice(&hash[..32]);
        low[0] &= 0xf8;
        low[31] = low[31] & 0x7f | 0x40;
        Self { scalar: Scalar::from_bytes_mod_order(low), public: *key.public_key().as_bytes() }
    }

    /// Returns R || S with this R and S = r + k a.
    fn sign(&self, r_bytes: [u8; 32], r: Scalar, message: &[u8]) -> [u8; 64] {
        let hash =
            Sha512::new().chain_update(r_bytes).chain_update(self.public).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        join(r_bytes, (r + k * self.scalar).to_bytes())
    }
}

fn join(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// Adds `times` L to S; the sum has at most 256 bits.
fn plus_order(s: &[u8], times: u16) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0_u16;
    for ((to, s), l) in sum.iter_mut().zip(s).zip(torsion::ORDER) {
        let value = u16::from(*s) + u16::from(l) * times + carry;
        *to = value.to_le_bytes()[0];
        carry = value >> 8;
    }
    assert_eq!(carry, 0, "256 bits");
    sum
}

pub(super) fn verify() -> VectorFile {
    let mut set = Set::new(
        "signature",
        "verify",
        "Signatures at the edges of the predicate of spec section 4: each verdict is not-genuine.",
    );
    let g = guarantor();
    let trust = to_hex(&g.bundle());
    let good = g.issue(sample_claims(&g));
    let tree = Node::read_object(&good);
    let mut add = |id: &str, rules: &str, comment: &str, signed: &[u8], verdict: Fields| {
        let input = Fields::of("signed", to_hex(signed))
            .with("trust", vec![trust.clone()])
            .with("on", "2025-12-01")
            .with("now", time("2025-12-01T00:00:00Z").seconds());
        set.add(id, rules, comment, input, verdict);
    };
    let no_status = || Fields::of("verdict", "status-unknown").with("code", "E7-NO-SNAPSHOT");
    add(
        "good",
        "R-SIG-1 R-SIG-2 R-SIG-3 R-SIG-4 R-COSE-6",
        "a signature as RFC 8032 makes it",
        &good,
        no_status(),
    );
    let with = |signature: [u8; 64]| {
        let mut node = tree.clone();
        node.put(&[3], Node::bytes(signature));
        node.encode().0
    };
    let message = message(&good);
    let key = Expanded::of(&g.certificate_key);
    let signature = tree.clone().at(&[3]).content();
    let mut bad = |id: &str, rule: &str, comment: &str, signature: [u8; 64]| {
        let refused = Fields::of("verdict", "not-genuine").with("code", "E5-SIGNATURE");
        add(id, rule, comment, &with(signature), refused);
    };
    let (r, s) = signature.split_first_chunk::<32>().expect("64 bytes");
    for times in [1, 2, 7, 14] {
        let comment = "S plus a multiple of L";
        bad(&format!("s-plus-{times}-l"), "R-SIG-1", comment, join(*r, plus_order(s, times)));
    }
    bad("s-is-l", "R-SIG-1", "S = L", join(*r, torsion::ORDER));
    bad("s-all-ones", "R-SIG-1", "S = 2^256 - 1", join(*r, [0xff; 32]));
    bad("s-zero", "R-SIG-4", "S = 0", join(*r, [0; 32]));
    bad("all-zero", "R-SIG-2 R-SIG-4", "64 zeros", [0; 64]);
    for (id, point) in torsion::small_order_encodings() {
        bad(
            &format!("r-{id}"),
            "R-SIG-2",
            "R of small order, S to fit",
            key.sign(point, Scalar::ZERO, &message),
        );
    }
    for (id, point) in torsion::torsion_points() {
        let nonce = Scalar::from(0x1234_5678_9abc_def1_u64);
        let mixed = (EdwardsPoint::mul_base(&nonce) + point).compress().to_bytes();
        let comment = "R with a torsion component: only the equation with the cofactor holds";
        bad(&format!("cofactor-{id}"), "R-SIG-4", comment, key.sign(mixed, nonce, &message));
    }
    let other = Expanded::of(&secret_key("vectors/other"));
    let nonce = Scalar::from(77_u8);
    let r_bytes = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
    bad("other-key", "R-SIG-4", "a signature of another key", other.sign(r_bytes, nonce, &message));
    bad(
        "other-message",
        "R-SIG-4",
        "a signature over other bytes",
        key.sign(r_bytes, nonce, b"other"),
    );
    bad(
        "r-not-on-curve",
        "R-SIG-2 R-SIG-4",
        "R is no point",
        key.sign(off_curve(), nonce, &message),
    );
    let mut negated = signature.clone();
    negated[31] ^= 0x80;
    bad("r-negated", "R-SIG-4", "the sign of R differs", negated.try_into().expect("64 bytes"));
    for bit in [0, 255, 256, 507] {
        let mut flipped: [u8; 64] = signature.clone().try_into().expect("64 bytes");
        flipped[bit / 8] ^= 1 << (bit % 8);
        bad(&format!("bit-{bit}"), "R-SIG-4", "a bit differs", flipped);
    }
    contexts(&mut add, &g, &tree);
    set.file
}

/// Returns the bytes that the signature of a certificate covers.
fn message(signed: &[u8]) -> Vec<u8> {
    let mut node = Node::read_object(signed);
    structure("Signature1", node.at(&[0]).content(), &[], node.at(&[2]).content())
}

fn structure(context: &str, protected: Vec<u8>, additional: &[u8], payload: Vec<u8>) -> Vec<u8> {
    let items = vec![
        Node::text(context),
        Node::bytes(protected),
        Node::bytes(additional),
        Node::bytes(payload),
    ];
    Node::Array(items).encode().0
}

fn off_curve() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = 2;
    assert!(CompressedEdwardsY(bytes).decompress().is_none(), "no point");
    bytes
}

/// Signatures over another structure than the one of RFC 9052 section 4.4, and changed content.
fn contexts(add: &mut impl FnMut(&str, &str, &str, &[u8], Fields), g: &Guarantor, tree: &Node) {
    let mut tree = tree.clone();
    let (protected, payload) = (tree.at(&[0]).content(), tree.at(&[2]).content());
    let refused = || Fields::of("verdict", "not-genuine").with("code", "E5-SIGNATURE");
    let messages = [
        ("context-signature", structure("Signature", protected.clone(), &[], payload.clone())),
        (
            "context-countersignature",
            structure("CounterSignature", protected.clone(), &[], payload.clone()),
        ),
        ("external-aad", structure("Signature1", protected.clone(), b"aad", payload.clone())),
        ("no-protected", structure("Signature1", vec![], &[], payload.clone())),
        ("empty-map-protected", structure("Signature1", vec![0xa0], &[], payload.clone())),
        ("payload-alone", payload.clone()),
    ];
    for (id, message) in messages {
        let mut node = tree.clone();
        node.put(&[3], Node::bytes(g.certificate_key.sign(&message).expect("signed")));
        add(
            id,
            "R-SIG-4",
            "signed over other bytes than the Sig_structure",
            &node.encode().0,
            refused(),
        );
    }
    for (id, path, value) in [
        ("amount", &[2, 15, 1][..], Node::int(52_800_001)),
        ("number", &[2, 3], Node::text("31-07-1-0000123-8")),
        ("obligee", &[2, 12, 1], Node::text("瑞穂市")),
        ("expiry", &[2, 15, 2, 1], Node::int(20_600)),
        ("index", &[2, 8, 1], Node::int(6)),
    ] {
        let mut node = tree.clone();
        node.put(path, value);
        add(
            &format!("changed-{id}"),
            "R-SIG-4",
            "a claim differs from what was signed",
            &node.encode().0,
            refused(),
        );
    }
    let status = Guarantor::entry(&g.status_key, KeyRole::Status);
    let mut node = tree.clone();
    node.put(&[0, 4], Node::bytes(*status.key.key_id().as_bytes()));
    add(
        "kid-of-another-key",
        "R-COSE-6 R-SIG-4",
        "the kid names the status key",
        &node.encode().0,
        refused(),
    );
    let unknown = PublicKey::from_bytes(*secret_key("vectors/other").public_key().as_bytes());
    let mut node = tree;
    node.put(&[0, 4], Node::bytes(*unknown.expect("a key").key_id().as_bytes()));
    let expect = Fields::of("verdict", "key-unknown").with("code", "E5-KEY-UNKNOWN");
    add("kid-of-nobody", "R-COSE-6", "the kid is in no bundle", &node.encode().0, expect);
}
