use super::*;

fn reason() -> Text<'static> {
    Text::parse("漏えいのおそれ").expect("a text")
}

fn with_entry(g: &Guarantor, change: impl FnOnce(&mut hosho::KeyEntry)) -> Vec<u8> {
    let mut draft = g.bundle_draft();
    change(&mut draft.keys[0]);
    g.sign_bundle(draft)
}

/// Returns a bundle whose certificate key is compromised, with an attestation of these
/// certificates if there are any.
pub(super) fn compromised_bundle(g: &Guarantor, genuine: &[Fingerprint]) -> Vec<u8> {
    let since = time("2025-07-01T00:00:00Z");
    let mut draft = g.bundle_draft();
    draft.keys[0].state = KeyState::Compromised { since, reason: reason() };
    let key_id = g.certificate_key.public_key().key_id();
    let attested = AttestedCertificates::new(key_id, genuine.to_vec());
    draft.attestations.extend(attested.map(|attested| attested.attest(since)));
    g.sign_bundle(draft)
}

/// Keys at the edges of their windows, and of other roles.
pub(super) fn judged(v: &mut Verdicts) {
    let rule = "R-TRUST-8";
    let issued_at = sample_claims(&v.g).issued_at.seconds();
    let at = |seconds| hosho::UnixTime::from_seconds(seconds).expect("an instant");
    let window = || refused("not-genuine", "E5-KEY-WINDOW");
    let cases: [(&str, u64, u64, Fields); 4] = [
        ("window-first", issued_at, issued_at + 1, answered("in-force")),
        ("window-last", issued_at - 1, issued_at, answered("in-force")),
        ("window-before", issued_at + 1, issued_at + 2, window()),
        ("window-after", issued_at - 2, issued_at - 1, window()),
    ];
    for (id, from, to, expect) in cases {
        let bundle = with_entry(&v.g, |entry| {
            entry.not_before = at(from);
            entry.not_after = at(to);
        });
        let ask = Ask { trust: vec![bundle], ..v.ordinary() };
        v.add(id, rule, "issued-at and the key's window", &ask, expect);
    }
    let since = time("2025-06-01T00:00:00Z");
    let retired =
        with_entry(&v.g, |entry| entry.state = KeyState::Retired { since, reason: reason() });
    let ask = Ask { trust: vec![retired], ..v.ordinary() };
    v.add(
        "key-retired",
        rule,
        "the key retired, its window covers issued-at",
        &ask,
        answered("in-force"),
    );
    let signers: [(&str, &SecretKey); 2] =
        [("status", &v.g.status_key), ("publish", &v.g.publish_key)];
    let wrong: Vec<_> =
        signers.map(|(id, key)| (id, v.g.issue_with(key, sample_claims(&v.g)))).into();
    for (id, signed) in wrong {
        let ask = Ask { signed, ..v.ordinary() };
        v.add(
            &format!("role-{id}"),
            rule,
            "signed with a key of another role",
            &ask,
            refused("not-genuine", "E5-KEY-ROLE"),
        );
    }
    let unknown = || refused("key-unknown", "E5-KEY-UNKNOWN");
    let stranger = v.g.issue_with(&secret_key("vectors/stranger"), sample_claims(&v.g));
    let ask = Ask { signed: stranger, ..v.ordinary() };
    v.add(
        "key-of-nobody",
        "R-TRUST-8 R-COSE-6",
        "signed with a key that is in no bundle",
        &ask,
        unknown(),
    );
    let root = v.g.issue_with(&v.g.roots[0], sample_claims(&v.g));
    let ask = Ask { signed: root, ..v.ordinary() };
    v.add("key-of-a-root", rule, "signed with a root key", &ask, unknown());
    let other = Guarantor::new("g-other");
    let ask = Ask { trust: vec![other.bundle()], ..v.ordinary() };
    v.add("bundle-of-another", rule, "only the bundle of another guarantor", &ask, unknown());
    let ask = Ask { trust: vec![other.bundle(), v.g.bundle()], ..v.ordinary() };
    v.add("two-bundles", rule, "bundles of two guarantors", &ask, answered("in-force"));
    let foreign = v.g.issue_with(&other.certificate_key, sample_claims(&v.g));
    let ask = Ask { signed: foreign, trust: vec![v.g.bundle(), other.bundle()], ..v.ordinary() };
    v.add("key-of-another", rule, "another guarantor signs in this one's name", &ask, unknown());
}

/// Certificates of a compromised key, with and without an attestation (spec section 10.4).
pub(super) fn compromised(v: &mut Verdicts) {
    let rule = "R-TRUST-8 R-PROOF-1";
    let undecided = || refused("key-compromised", "E5-KEY-COMPROMISED");
    let no_proof = || refused("key-compromised", "E5-PROOF");
    let key_id = v.g.certificate_key.public_key().key_id();
    let ours = Fingerprint::of(&v.first);
    for count in [1_u8, 2, 3, 6, 13] {
        let mut genuine: Vec<_> = (1..count).map(|n| Fingerprint::of(&[n])).collect();
        genuine.push(ours);
        let attested = AttestedCertificates::new(key_id, genuine.clone()).expect("some");
        let proof = attested.prove(ours).expect("a member").to_canonical_cbor();
        let bundle = compromised_bundle(&v.g, &genuine);
        let ask = Ask { trust: vec![bundle], proof: Some(proof), ..v.ordinary() };
        v.add(
            &format!("attested-of-{count}"),
            rule,
            "attested, with its proof",
            &ask,
            answered("in-force"),
        );
        if count < 6 {
            continue;
        }
        let without = Ask { proof: None, ..ask.clone() };
        v.add(
            &format!("attested-of-{count}-no-proof"),
            rule,
            "attested, without its proof",
            &without,
            undecided(),
        );
        let neighbour = attested.prove(genuine[0]).expect("a member").to_canonical_cbor();
        let other = Ask { proof: Some(neighbour), ..ask.clone() };
        v.add(
            &format!("attested-of-{count}-proof-of-another"),
            rule,
            "the proof of another certificate",
            &other,
            no_proof(),
        );
        for (id, edit) in edits() {
            let mut node = Node::read(ask.proof.as_deref().expect("a proof"));
            edit(&mut node);
            let other = Ask { proof: Some(node.encode().0), ..ask.clone() };
            let expect = if id == "kid" { undecided() } else { no_proof() };
            v.add(
                &format!("attested-of-{count}-{id}"),
                rule,
                "a proof that does not lead to the root",
                &other,
                expect,
            );
        }
        let mut claims = sample_claims(&v.g);
        claims.guarantee.amount = crate::world::yen(99_000_000);
        let forged = Ask { signed: v.g.issue(claims), ..ask };
        v.add(
            &format!("attested-of-{count}-forged"),
            rule,
            "a forged certificate with the proof of a genuine one",
            &forged,
            no_proof(),
        );
    }
    let bundle = compromised_bundle(&v.g, &[]);
    let ask = Ask { trust: vec![bundle], ..v.ordinary() };
    v.add("compromised", "R-TRUST-8", "no attestation", &ask, undecided());
    let attested = AttestedCertificates::new(key_id, vec![ours]).expect("some");
    let proof = attested.prove(ours).expect("a member").to_canonical_cbor();
    let ask = Ask { proof: Some(proof), ..ask };
    v.add(
        "compromised-proof-of-nothing",
        rule,
        "a proof without an attestation",
        &ask,
        undecided(),
    );
}

type Edit = (&'static str, fn(&mut Node));

fn edits() -> [Edit; 6] {
    fn index(n: &mut Node, by: i64) {
        let index = n.at(&[3]).as_int().expect("an index");
        n.put(&[3], Node::int(index + by));
    }
    [
        ("index", |n| index(n, 1)),
        ("index-beyond", |n| index(n, 4_000_000)),
        ("path-short", |n| {
            n.array(&[4]).pop();
        }),
        ("path-long", |n| n.array(&[4]).push(Node::bytes([1; 32]))),
        ("path-swapped", |n| n.array(&[4]).swap(0, 1)),
        ("kid", |n| n.put(&[2], Node::bytes([1; 8]))),
    ]
}
