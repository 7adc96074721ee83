//! What an evidence file says, part by part (spec R-EVID-5 to R-EVID-8).

use hosho::{
    AttestedCertificates, ChangeKind, EvidenceDraft, Fingerprint, KeyState, Sequence, Signer as _,
    StatusEntry, SupersededBy, Text,
};

use crate::hostile::Node;
use crate::vectors::Set;
use crate::vectors::format::{Fields, VectorFile, to_hex};
use crate::vectors::good::{amendment, guarantor};
use crate::vectors::snapshot::{superseded, voided};
use crate::world::{Guarantor, sample_claims, time};

const AS_OF: &str = "2025-12-01T00:00:00Z";

/// Two revisions of a guarantee, three bundles, and what goes into an ordinary file.
struct Archive {
    set: Set,
    g: Guarantor,
    revisions: [Vec<u8>; 3],
    bundles: [Vec<u8>; 3],
    snapshot: Vec<u8>,
}

/// The parts of a file, and what is asked about it.
#[derive(Clone)]
struct Ask {
    certificate: Vec<u8>,
    earlier: Vec<Vec<u8>>,
    bundles: Vec<Vec<u8>>,
    snapshots: Vec<Vec<u8>>,
    proof: Option<Vec<u8>>,
    trust: Vec<Vec<u8>>,
    roots: Option<Fingerprint>,
    status: Vec<Vec<u8>>,
    seen_bundle: Option<u64>,
}

impl Ask {
    fn input(&self) -> Fields {
        fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
            parts.iter().map(Vec::as_slice).collect()
        }
        let list = |items: &[Vec<u8>]| items.iter().map(|item| to_hex(item)).collect::<Vec<_>>();
        let evidence = EvidenceDraft {
            certificate: &self.certificate,
            earlier: slices(&self.earlier),
            bundles: slices(&self.bundles),
            snapshots: slices(&self.snapshots),
            proof: self.proof.as_deref(),
            timestamp: None,
        };
        let evidence = evidence.to_canonical_cbor().expect("an evidence file");
        let fields = Fields::of("evidence", to_hex(&evidence));
        let fields = match self.roots {
            Some(roots) => fields.with("roots", roots.to_string()),
            None => fields.with("trust", list(&self.trust)),
        };
        fields
            .with("status", list(&self.status))
            .with("number", "31-07-1-0000123-9")
            .with("on", "2025-12-01")
            .with("now", time("2025-12-02T00:00:00Z").seconds())
            .with_some(
                "remembered",
                self.seen_bundle.map(|bundle| serde_json::json!({ "bundle": bundle })),
            )
    }
}

fn answered(verdict: &str) -> Fields {
    Fields::of("verdict", verdict).with("as_of", time(AS_OF).seconds())
}

fn refused(verdict: &str, code: &str) -> Fields {
    Fields::of("verdict", verdict).with("code", code)
}

fn next_bundle(g: &Guarantor, previous: &[u8], sequence: u64) -> Vec<u8> {
    let mut draft = g.bundle_draft();
    draft.sequence = Sequence::new(sequence).expect("a sequence");
    draft.previous = Some(Fingerprint::of(previous));
    g.sign_bundle(draft)
}

impl Archive {
    fn new() -> Self {
        let about = "Evidence files are judged as their parts would be, if they had come alone \
                     (spec section 16).";
        let set = Set::new("verdict-evidence", "verify-evidence", about);
        let g = guarantor();
        let first = g.issue(sample_claims(&g));
        let later = |revision, previous: &[u8]| {
            let mut claims = sample_claims(&g);
            claims.lineage =
                amendment(revision, Fingerprint::of(previous), &[ChangeKind::Increase]);
            g.issue(claims)
        };
        let second = later(2, &first);
        let third = later(3, &second);
        let bundle = g.bundle();
        let next = next_bundle(&g, &bundle, 2);
        let last = next_bundle(&g, &next, 3);
        let snapshot = g.sign_snapshot(&g.snapshot_draft([(5, StatusEntry::InForce)]));
        Self { set, g, revisions: [first, second, third], bundles: [bundle, next, last], snapshot }
    }

    /// The first revision with one bundle and a snapshot, and that bundle as the pin.
    fn ordinary(&self) -> Ask {
        Ask {
            certificate: self.revisions[0].clone(),
            earlier: vec![],
            bundles: vec![self.bundles[0].clone()],
            snapshots: vec![self.snapshot.clone()],
            proof: None,
            trust: vec![self.bundles[0].clone()],
            roots: None,
            status: vec![],
            seen_bundle: None,
        }
    }

    fn add(&mut self, id: &str, rules: &str, comment: &str, ask: &Ask, expect: Fields) {
        self.set.add(id, rules, comment, ask.input(), expect);
    }
}

pub(in crate::vectors) fn verify_evidence() -> VectorFile {
    let mut a = Archive::new();
    let all = "R-EVID-5 R-EVID-6 R-EVID-8";
    a.add("in-force", all, "an ordinary file", &a.ordinary(), answered("in-force"));
    pinned(&mut a);
    inside(&mut a);
    chains(&mut a);
    verdicts(&mut a);
    recognised(&mut a);
    a.set.file
}

fn pinned(a: &mut Archive) {
    let rule = "R-EVID-6";
    let all = a.bundles.to_vec();
    for (id, pin, bundles, comment) in [
        ("first", 0, 0..3, "the first bundle is pinned, and steps are inside"),
        ("middle", 1, 0..3, "the second is pinned; the one before serves for nothing"),
        ("last", 2, 0..3, "the last is pinned"),
        ("newer", 2, 0..1, "the pin is newer than anything inside"),
    ] {
        let (trust, bundles) = (vec![all[pin].clone()], all[bundles].to_vec());
        let ask = Ask { bundles, trust, ..a.ordinary() };
        a.add(&format!("pin-{id}"), rule, comment, &ask, answered("in-force"));
    }
    let thief = Guarantor { id: a.g.id.clone(), ..Guarantor::new("g-thief") };
    let forged = |trust: Vec<Vec<u8>>, bundles: Vec<Vec<u8>>| Ask {
        certificate: thief.issue(sample_claims(&thief)),
        snapshots: vec![thief.sign_snapshot(&thief.snapshot_draft([(5, StatusEntry::InForce)]))],
        trust,
        bundles,
        ..a.ordinary()
    };
    let lone = forged(vec![all[0].clone()], vec![thief.bundle()]);
    let stranger = next_bundle(&thief, &all[0], 2);
    let step = forged(vec![all[0].clone()], vec![all[0].clone(), stranger]);
    let old = forged(vec![all[1].clone()], vec![thief.bundle()]);
    let gap = Ask { bundles: all[2..].to_vec(), ..a.ordinary() };
    let broken = Ask { bundles: vec![all[0].clone(), b"no bundle".to_vec()], ..a.ordinary() };
    let other = Ask { trust: vec![Guarantor::new("g-other").bundle()], ..a.ordinary() };
    for (id, comment, ask, verdict, code) in [
        ("forged-pin", "a forger's own bundle is no pin", lone, "trust-unusable", "E8-SEQUENCE"),
        ("forged-step", "nor a step from the pin", step, "trust-unusable", "E8-THRESHOLD"),
        ("forged-older", "nor is one below the pin", old, "key-unknown", "E5-KEY-UNKNOWN"),
        ("gap", "a step is left out", gap, "trust-unusable", "E8-SEQUENCE"),
        ("broken-bundle", "a bundle without its form", broken, "trust-unusable", "E3-TAG"),
        (
            "pin-of-another",
            "only another guarantor is trusted",
            other,
            "key-unknown",
            "E5-KEY-UNKNOWN",
        ),
    ] {
        a.add(id, rule, comment, &ask, refused(verdict, code));
    }
    let ask = Ask { seen_bundle: Some(3), bundles: all.clone(), ..a.ordinary() };
    let comment = "the newest inside is the newest that was seen";
    a.add("seen", "R-TRUST-11 R-EVID-6", comment, &ask, answered("in-force"));
    let ask = Ask { seen_bundle: Some(4), bundles: all, ..a.ordinary() };
    let expect = refused("trust-unusable", "E8-SEQUENCE");
    a.add("seen-newer", "R-TRUST-11", "a newer bundle was seen before", &ask, expect);
}

fn inside(a: &mut Archive) {
    let rule = "R-EVID-7";
    let all = a.bundles.to_vec();
    let roots = Some(a.g.root_set().fingerprint());
    let ask = Ask { roots, ..a.ordinary() };
    a.add("roots", rule, "the root set is the one that is named", &ask, answered("in-force"));
    let ask = Ask { bundles: all.clone(), ..ask };
    a.add("roots-steps", rule, "and steps follow", &ask, answered("in-force"));
    let ask = Ask { bundles: all[1..].to_vec(), ..ask };
    a.add(
        "roots-later",
        rule,
        "the first inside need not be sequence 1",
        &ask,
        answered("in-force"),
    );
    let thief = Guarantor { id: a.g.id.clone(), ..Guarantor::new("g-thief") };
    let whole = Some(Fingerprint::of(&all[0]));
    let mut unsigned = Node::read_object(&all[0]);
    unsigned.array(&[3]).pop();
    for (id, comment, bundles, roots, code) in [
        (
            "other",
            "another root set",
            all.clone(),
            Some(thief.root_set().fingerprint()),
            "E8-ROOTS",
        ),
        (
            "of-the-bundle",
            "the hash of the bundle is not that of its roots",
            all.clone(),
            whole,
            "E8-ROOTS",
        ),
        ("forged", "a forger's bundle", vec![thief.bundle()], roots, "E8-ROOTS"),
        ("unsigned", "one root key has signed", vec![unsigned.encode().0], roots, "E8-THRESHOLD"),
        ("gap", "a step is left out", vec![all[0].clone(), all[2].clone()], roots, "E8-SEQUENCE"),
        (
            "order",
            "steps the wrong way round",
            vec![all[1].clone(), all[0].clone()],
            roots,
            "E8-SEQUENCE",
        ),
    ] {
        let ask = Ask { bundles, roots, ..a.ordinary() };
        a.add(&format!("roots-{id}"), rule, comment, &ask, refused("trust-unusable", code));
    }
}

fn chains(a: &mut Archive) {
    let rule = "R-EVID-5";
    let [first, second, third] = a.revisions.clone();
    let ordinary = a.ordinary();
    let of = |certificate: &Vec<u8>, earlier: &[&Vec<u8>]| Ask {
        certificate: certificate.clone(),
        earlier: earlier.iter().map(|bytes| (*bytes).clone()).collect(),
        ..ordinary.clone()
    };
    let mut claims = sample_claims(&a.g);
    claims.guarantee.amount = crate::world::yen(1);
    let twin = a.g.issue(claims);
    let whole = of(&third, &[&first, &second]);
    a.add("chain", rule, "three revisions", &whole, answered("in-force"));
    a.add("chain-of-two", rule, "two", &of(&second, &[&first]), answered("in-force"));
    a.add("no-chain", rule, "none of the earlier ones", &of(&third, &[]), answered("in-force"));
    for (id, comment, ask) in [
        ("without-first", "the first is left out", of(&third, &[&second])),
        ("without-second", "the second is left out", of(&third, &[&first])),
        ("swapped", "the wrong way round", of(&third, &[&second, &first])),
        ("with-itself", "the certificate again", of(&second, &[&first, &second])),
        ("of-the-first", "nothing comes before the first", of(&first, &[&first])),
        ("twin", "another first revision", of(&second, &[&twin])),
        ("broken", "not a certificate", of(&second, &[&b"broken".to_vec()])),
    ] {
        let expect = refused("not-genuine", "E6-CHAIN");
        a.add(&format!("chain-{id}"), rule, comment, &ask, expect);
    }
}

fn verdicts(a: &mut Archive) {
    let rule = "R-EVID-8";
    let snapshot = |entry| a.g.sign_snapshot(&a.g.snapshot_draft([(5, entry)]));
    let gone = snapshot(voided("2025-06-20", 2));
    let replaced = snapshot(superseded("2025-07-02", 2, SupersededBy::Amendment));
    let mut draft = a.g.snapshot_draft([(5, voided("2025-06-20", 2))]);
    draft.sequence = Sequence::new(8).expect("a sequence");
    let newer = a.g.sign_snapshot(&draft);
    let of = |snapshots: &[&Vec<u8>], status: &[&Vec<u8>]| Ask {
        snapshots: snapshots.iter().map(|bytes| (*bytes).clone()).collect(),
        status: status.iter().map(|bytes| (*bytes).clone()).collect(),
        ..a.ordinary()
    };
    let fresh = a.snapshot.clone();
    let ended = |verdict: &str, ended_on: Option<&str>| {
        Fields::of("verdict", verdict)
            .with("superseded_by", 2)
            .with_some("ended_on", ended_on)
            .with("as_of", time(AS_OF).seconds())
    };
    let voided_on = || ended("voided", Some("2025-06-20"));
    let no_snapshot = refused("status-unknown", "E7-NO-SNAPSHOT");
    for (id, comment, ask, expect) in [
        ("voided", "voided", of(&[&gone], &[]), voided_on()),
        ("superseded", "superseded", of(&[&replaced], &[]), ended("superseded", None)),
        ("no-snapshot", "no snapshot", of(&[], &[]), no_snapshot),
        ("snapshot-beside", "a snapshot came besides", of(&[], &[&fresh]), answered("in-force")),
        ("newer-beside", "the newer one answers", of(&[&fresh], &[&newer]), voided_on()),
        ("newer-inside", "wherever it is", of(&[&newer], &[&fresh]), voided_on()),
        (
            "twins",
            "two of one sequence",
            of(&[&fresh], &[&gone]),
            refused("status-unknown", "E7-CONFLICTING"),
        ),
    ] {
        a.add(id, rule, comment, &ask, expect);
    }
    compromised(a);
}

fn compromised(a: &mut Archive) {
    let rule = "R-EVID-8";
    let key_id = a.g.certificate_key.public_key().key_id();
    let ours = Fingerprint::of(&a.revisions[0]);
    let attested = AttestedCertificates::new(key_id, vec![ours]).expect("some");
    let proof = attested.prove(ours).expect("a member").to_canonical_cbor();
    let since = time("2025-11-01T00:00:00Z");
    let mut draft = a.g.bundle_draft();
    draft.sequence = Sequence::new(2).expect("a sequence");
    draft.previous = Some(Fingerprint::of(&a.bundles[0]));
    let reason = Text::parse("盗難").expect("a text");
    draft.keys[0].state = KeyState::Compromised { since, reason };
    draft.attestations = vec![attested.attest(since)];
    let stolen = a.g.sign_bundle(draft);
    let bundles = vec![a.bundles[0].clone(), stolen];
    let ask = Ask { bundles, proof: Some(proof), ..a.ordinary() };
    a.add("attested", rule, "a stolen key, and the proof", &ask, answered("in-force"));
    let ask = Ask { proof: None, ..ask };
    let expect = refused("key-compromised", "E5-KEY-COMPROMISED");
    a.add("stolen", rule, "a stolen key, and no proof", &ask, expect);
    let ask = Ask { certificate: [&a.revisions[0][..], &[0]].concat(), ..a.ordinary() };
    let expect = refused("not-genuine", "E3-TRAILING");
    a.add("certificate-form", rule, "a byte after the certificate", &ask, expect);
}

fn recognised(a: &mut Archive) {
    let good = a.ordinary().input();
    let Some(evidence) = good.to_value()["evidence"].as_str().map(str::to_owned) else {
        panic!("an evidence file")
    };
    for (id, bytes, verdict, code) in [
        ("certificate-alone", to_hex(&a.revisions[0]), "unreadable", "E1-NOT-RECOGNISED"),
        ("self-described", "d9d9f78200a0".into(), "unreadable", "E1-NOT-RECOGNISED"),
        ("trailing", format!("{evidence}00"), "not-genuine", "E3-TRAILING"),
    ] {
        let input = Fields::of("evidence", bytes)
            .with("trust", vec![to_hex(&a.bundles[0])])
            .with("on", "2025-12-01")
            .with("now", time("2025-12-02T00:00:00Z").seconds());
        a.set.add(
            id,
            "R-EVID-1",
            "not an evidence file in its form",
            input,
            refused(verdict, code),
        );
    }
}
