//! From one bundle to the next (spec section 10.3), and from one revision to the next (6.2).

use hosho::{
    BundleDraft, ChangeKind, Fingerprint, GuaranteeKind, GuarantorId, KeyRole, KeyState, RootSet,
    SecretKey, Sequence, Signer as _, Text,
};

use super::Set;
use super::format::{Fields, VectorFile, to_hex};
use super::good::{amendment, guarantor};
use crate::world::{Guarantor, number, sample_claims, secret_key, time};

/// Returns what the bundle after `before` says, if nothing changes.
fn following(guarantor: &Guarantor, before: &[u8], sequence: u64) -> BundleDraft<'static> {
    let mut draft = guarantor.bundle_draft();
    draft.sequence = Sequence::new(sequence).expect("a sequence");
    draft.issued_at = time("2025-06-01T00:00:00Z");
    draft.previous = Some(Fingerprint::of(before));
    draft
}

fn sign(draft: BundleDraft<'_>, roots: &[&SecretKey]) -> Vec<u8> {
    let prepared = draft.prepare().expect("a bundle in its form");
    let signatures = roots.iter().map(|root| prepared.sign(*root).expect("signed"));
    prepared.assemble(signatures.collect()).expect("over its own threshold")
}

pub(super) fn update_bundle() -> VectorFile {
    let mut set = Set::new(
        "bundle-update",
        "update-bundle",
        "From a pinned bundle to the next ones, in order (spec section 10.3).",
    );
    let g = guarantor();
    let pinned = g.bundle();
    let mut add = |id: &str, rules: &str, comment: &str, next: &[&[u8]], code: Option<&str>| {
        let next: Vec<_> = next.iter().map(|bytes| to_hex(bytes)).collect();
        let input = Fields::of("pinned", to_hex(&pinned)).with("next", next);
        let expect = code.map_or_else(Fields::accept, Fields::refuse);
        set.add(id, rules, comment, input, expect);
    };
    let second = g.sign_bundle(following(&g, &pinned, 2));
    let third = g.sign_bundle(following(&g, &second, 3));
    let rule = "R-TRUST-9";
    add("next", "R-TRUST-6 R-TRUST-7 R-TRUST-9", "nothing changes but the times", &[&second], None);
    add("two-steps", rule, "two steps in order", &[&second, &third], None);
    add("no-step", rule, "nothing new", &[], None);
    add("step-left-out", rule, "the third right after the first", &[&third], Some("E8-SEQUENCE"));
    add(
        "steps-swapped",
        rule,
        "the third before the second",
        &[&third, &second],
        Some("E8-SEQUENCE"),
    );
    add("same-again", rule, "the second twice", &[&second, &second], Some("E8-SEQUENCE"));
    add("back-to-the-first", rule, "the first again", &[&pinned], Some("E8-SEQUENCE"));

    let mut draft = following(&g, &pinned, 2);
    draft.issued_at = draft.issued_at.min(time("2024-12-31T23:59:59Z"));
    add("issued-before", rule, "issued-at falls", &[&g.sign_bundle(draft)], Some("E8-SEQUENCE"));
    let mut draft = following(&g, &pinned, 2);
    draft.issued_at = time("2025-01-01T00:00:00Z");
    add("issued-at-once", rule, "issued-at stays", &[&g.sign_bundle(draft)], None);
    let draft = following(&g, b"another bundle", 2);
    add(
        "other-previous",
        rule,
        "the hash of other bytes",
        &[&g.sign_bundle(draft)],
        Some("E8-PREVIOUS"),
    );
    let mut draft = following(&g, &pinned, 2);
    draft.guarantor_id = GuarantorId::parse("g-other").expect("an id");
    add(
        "other-guarantor",
        rule,
        "another guarantor-id",
        &[&g.sign_bundle(draft)],
        Some("E8-GUARANTOR"),
    );
    entries(&mut add, &g, &pinned);
    roots(&mut add, &g, &pinned);
    set.file
}

fn entries(
    add: &mut impl FnMut(&str, &str, &str, &[&[u8]], Option<&str>),
    g: &Guarantor,
    pinned: &[u8],
) {
    let rule = "R-TRUST-9";
    let reason = Text::parse("漏えいのおそれ").expect("a text");
    let since = time("2025-05-01T00:00:00Z");
    let edit = |change: &dyn Fn(&mut BundleDraft<'static>)| {
        let mut draft = following(g, pinned, 2);
        change(&mut draft);
        g.sign_bundle(draft)
    };
    let added = edit(&|draft| {
        draft.keys.push(Guarantor::entry(&secret_key("vectors/new"), KeyRole::Certificate));
    });
    add("key-added", rule, "a new certificate key", &[&added], None);
    let removed = edit(&|draft| draft.keys.truncate(2));
    add("key-removed", rule, "the publish key is gone", &[&removed], None);
    let retired = edit(&|draft| {
        draft.keys[0].state = KeyState::Retired { since, reason: reason.clone() };
    });
    add("key-retired", rule, "the certificate key retires", &[&retired], None);
    let stolen = edit(&|draft| {
        draft.keys[0].state = KeyState::Compromised { since, reason: reason.clone() };
    });
    add("key-compromised", rule, "the certificate key is compromised", &[&stolen], None);
    let healed = g.sign_bundle(following(g, &stolen, 3));
    add(
        "key-healed",
        rule,
        "a compromised key is active again",
        &[&stolen, &healed],
        Some("E8-ENTRY"),
    );
    let mut draft = following(g, &stolen, 3);
    draft.keys[0].state = KeyState::Retired { since, reason: reason.clone() };
    let healed = g.sign_bundle(draft);
    add(
        "key-compromised-retires",
        rule,
        "a compromised key is only retired",
        &[&stolen, &healed],
        Some("E8-ENTRY"),
    );
    let mut draft = following(g, &stolen, 3);
    draft.keys.remove(0);
    let forgotten = g.sign_bundle(draft);
    add(
        "key-compromised-left-out",
        rule,
        "a compromised key is left out, from where it could come back",
        &[&stolen, &forgotten],
        Some("E8-ENTRY"),
    );
    for (id, at, role) in [
        ("status", 0, KeyRole::Status),
        ("publish", 0, KeyRole::Publish),
        ("certificate", 1, KeyRole::Certificate),
    ] {
        let other = edit(&|draft| draft.keys[at].role = role);
        add(
            &format!("role-becomes-{id}"),
            rule,
            "a key gets another role",
            &[&other],
            Some("E8-ENTRY"),
        );
    }
}

fn roots(
    add: &mut impl FnMut(&str, &str, &str, &[&[u8]], Option<&str>),
    g: &Guarantor,
    pinned: &[u8],
) {
    let rule = "R-TRUST-9";
    let [one, two, three] = &g.roots;
    let new = ["a", "b", "c"].map(|name| secret_key(&format!("vectors/new-root-{name}")));
    let set = |keys: &[&SecretKey], threshold| {
        RootSet::new(threshold, keys.iter().map(|key| key.public_key().clone()).collect())
            .expect("roots")
    };
    let with = |roots: RootSet, signers: &[&SecretKey]| {
        let mut draft = following(g, pinned, 2);
        draft.roots = roots;
        sign(draft, signers)
    };
    let replaced = set(&[&new[0], two, three], 2);
    add(
        "root-replaced",
        rule,
        "one root is replaced, two old ones sign",
        &[&with(replaced.clone(), &[two, three])],
        None,
    );
    add(
        "root-replaced-by-itself",
        rule,
        "the new root and one old one sign",
        &[&with(replaced, &[&new[0], two])],
        Some("E8-THRESHOLD"),
    );
    let all_new = set(&[&new[0], &new[1], &new[2]], 2);
    add(
        "roots-all-new",
        rule,
        "two old and two new roots sign",
        &[&with(all_new.clone(), &[one, two, &new[0], &new[1]])],
        None,
    );
    add(
        "roots-all-new-alone",
        rule,
        "only new roots sign",
        &[&with(all_new.clone(), &[&new[0], &new[1]])],
        Some("E8-THRESHOLD"),
    );
    add(
        "roots-all-new-one-old",
        rule,
        "one old root signs",
        &[&with(all_new, &[one, &new[0], &new[1]])],
        Some("E8-THRESHOLD"),
    );
    let higher = set(&[one, two, three], 3);
    add("threshold-rises", rule, "all three sign", &[&with(higher, &[one, two, three])], None);
    let mut node = crate::Node::read_object(&g.sign_bundle(following(g, pinned, 2)));
    let mut signature = node.at(&[3, 0, 2]).content();
    signature[40] ^= 0x10;
    node.put(&[3, 0, 2], crate::Node::bytes(signature));
    add(
        "wrong-signature",
        "R-TRUST-7 R-TRUST-9",
        "one signature does not verify",
        &[&node.encode().0],
        Some("E8-THRESHOLD"),
    );
    let other = Guarantor::new("g-other");
    let mut draft = following(g, pinned, 2);
    draft.roots = other.root_set();
    let foreign = sign(draft, &[&other.roots[0], &other.roots[1]]);
    add(
        "roots-of-another",
        rule,
        "the root set of another guarantor",
        &[&foreign],
        Some("E8-THRESHOLD"),
    );
}

pub(super) fn chain() -> VectorFile {
    let mut set = Set::new(
        "chain",
        "chain",
        "Whether a revision follows another (spec section 6.2); both are genuine.",
    );
    let g = guarantor();
    let trust = g.bundle();
    let first = g.issue(sample_claims(&g));
    let next = |revision: u16, before: &[u8], kinds: &[ChangeKind]| {
        let mut claims = sample_claims(&g);
        claims.lineage = amendment(revision, Fingerprint::of(before), kinds);
        claims
    };
    let second = g.issue(next(2, &first, &[ChangeKind::Increase]));
    let third = g.issue(next(3, &second, &[ChangeKind::Correction]));
    let mut add = |id: &str, comment: &str, earlier: &[u8], later: &[u8], follows: bool| {
        let input = Fields::of("earlier", to_hex(earlier))
            .with("later", to_hex(later))
            .with("trust", to_hex(&trust));
        let expect = if follows { Fields::accept() } else { Fields::refuse("E6-CHAIN") };
        set.add(id, "R-CHAIN-1", comment, input, expect);
    };
    add("second", "the second after the first", &first, &second, true);
    add("third", "the third after the second", &second, &third, true);
    add("third-after-first", "a revision is left out", &first, &third, false);
    add("first-after-second", "backwards", &second, &first, false);
    add("itself", "a revision after itself", &second, &second, false);
    add("first-twice", "the first after itself", &first, &first, false);
    let fork = g.issue(next(2, b"other bytes", &[ChangeKind::Increase]));
    add("other-previous", "the hash of other bytes", &first, &fork, false);
    let mut claims = next(2, &first, &[ChangeKind::Increase]);
    claims.number = number("31-07-1-0000123-8");
    add("other-number", "another number", &first, &g.issue(claims), false);
    let mut claims = next(2, &first, &[ChangeKind::Increase]);
    claims.kind = GuaranteeKind::Interim;
    add("other-kind", "another kind of guarantee", &first, &g.issue(claims), false);
    for (id, kind, ends) in [
        ("termination", ChangeKind::Termination, true),
        ("voidance", ChangeKind::Voidance, true),
        ("rekey", ChangeKind::Rekey, false),
    ] {
        let end = g.issue(next(2, &first, &[kind]));
        add(id, "a revision that may come last", &first, &end, true);
        let after = g.issue(next(3, &end, &[ChangeKind::Correction]));
        add(&format!("after-{id}"), "a revision after that", &end, &after, !ends);
    }
    set.file
}
