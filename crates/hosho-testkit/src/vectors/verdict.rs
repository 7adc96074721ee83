//! Every verdict of spec section 12.2, and the borders between neighbours.

use hosho::{
    AttestedCertificates, ChangeKind, Fingerprint, KeyState, Lineage, SecretKey, Signer as _,
    StatusEntry, SupersededBy, Text,
};

use serde_json::json;

use super::Set;
use super::format::{Fields, VectorFile, to_hex};
use super::good::{amendment, guarantor};
use super::snapshot::{superseded, terminated, voided};
use crate::hostile::Node;
use crate::world::{Guarantor, date, sample_claims, secret_key, time};

mod key;
mod later;
mod rivals;
mod standing;

/// When the ordinary snapshot was made.
const AS_OF: &str = "2025-12-01T00:00:00Z";

/// What a verifier is asked, ordinary unless changed.
#[derive(Clone)]
struct Ask {
    signed: Vec<u8>,
    trust: Vec<Vec<u8>>,
    status: Vec<Vec<u8>>,
    proof: Option<Vec<u8>>,
    later: Vec<Vec<u8>>,
    number: Option<String>,
    obligee: Option<String>,
    auth_key: Option<String>,
    on: &'static str,
    now: &'static str,
    remembered: Option<(u16, u64)>,
    /// The highest sequence of a trust bundle that was seen.
    seen_bundle: Option<u64>,
}

impl Ask {
    fn input(&self) -> Fields {
        let list = |items: &[Vec<u8>]| items.iter().map(|item| to_hex(item)).collect::<Vec<_>>();
        let remembered = match (self.remembered, self.seen_bundle) {
            (Some((list, sequence)), _) => Some(json!({ "list": list, "sequence": sequence })),
            (None, Some(bundle)) => Some(json!({ "bundle": bundle })),
            (None, None) => None,
        };
        Fields::of("signed", to_hex(&self.signed))
            .with("trust", list(&self.trust))
            .with("status", list(&self.status))
            .with_some("proof", self.proof.as_deref().map(to_hex))
            .with_some("later", (!self.later.is_empty()).then(|| list(&self.later)))
            .with_some("number", self.number.clone())
            .with_some("obligee", self.obligee.clone())
            .with_some("auth_key", self.auth_key.clone())
            .with("on", self.on)
            .with("now", time(self.now).seconds())
            .with_some("remembered", remembered)
    }
}

/// The verdict of a genuine certificate that an ordinary snapshot answers for.
fn standing(verdict: &str) -> Fields {
    Fields::of("verdict", verdict)
}

fn answered(verdict: &str) -> Fields {
    standing(verdict).with("as_of", time(AS_OF).seconds())
}

fn refused(verdict: &str, code: &str) -> Fields {
    Fields::of("verdict", verdict).with("code", code)
}

/// The vectors in the making, and what they are made from.
struct Verdicts {
    set: Set,
    g: Guarantor,
    first: Vec<u8>,
    second: Vec<u8>,
}

impl Verdicts {
    fn new() -> Self {
        let set = Set::new(
            "verdict",
            "verify",
            "Every verdict of spec section 12.2, and which comes first when two apply.",
        );
        let g = guarantor();
        let first = g.issue(sample_claims(&g));
        let mut claims = sample_claims(&g);
        claims.lineage = amendment(2, Fingerprint::of(&first), &[ChangeKind::Increase]);
        let second = g.issue(claims);
        Self { set, g, first, second }
    }

    fn snapshot(&self, entry: StatusEntry) -> Vec<u8> {
        self.g.sign_snapshot(&self.g.snapshot_draft([(5, entry)]))
    }

    /// Asks about the first revision on the first of December 2025, with everything expected.
    fn ask(&self, entry: StatusEntry) -> Ask {
        Ask {
            signed: self.first.clone(),
            trust: vec![self.g.bundle()],
            status: vec![self.snapshot(entry)],
            proof: None,
            later: vec![],
            number: Some("31-07-1-0000123-9".into()),
            obligee: None,
            auth_key: None,
            on: "2025-12-01",
            now: "2025-12-02T00:00:00Z",
            remembered: None,
            seen_bundle: None,
        }
    }

    fn ordinary(&self) -> Ask {
        self.ask(StatusEntry::InForce)
    }

    fn no_status(&self) -> Ask {
        Ask { status: vec![], ..self.ordinary() }
    }

    fn add(&mut self, id: &str, rules: &str, comment: &str, ask: &Ask, expect: Fields) {
        self.set.add(id, rules, comment, ask.input(), expect);
    }
}

pub(super) fn verify() -> VectorFile {
    let mut v = Verdicts::new();
    let all = "R-VER-1 R-VER-2 R-VER-3 R-VER-4 R-VER-5 R-FRESH-1 R-GOV-1 R-TRUST-8 R-COSE-6";
    v.add("in-force", all, "the revision governs", &v.ordinary(), answered("in-force"));
    unreadable(&mut v);
    key::judged(&mut v);
    key::compromised(&mut v);
    expectations(&mut v);
    precedence(&mut v);
    standing::without_status(&mut v);
    standing::unknown(&mut v);
    standing::fresh(&mut v);
    standing::ended(&mut v);
    standing::governing(&mut v);
    later::vouched(&mut v);
    rivals::bundles(&mut v);
    rivals::snapshots(&mut v);
    v.set.file
}

fn unreadable(v: &mut Verdicts) {
    for (id, bytes) in [("empty", vec![]), ("text", b"hello".to_vec()), ("json", b"{}".to_vec())] {
        let ask = Ask { signed: bytes, ..v.ordinary() };
        v.add(
            &format!("unreadable-{id}"),
            "R-VER-1",
            "none of our objects",
            &ask,
            refused("unreadable", "E1-NOT-RECOGNISED"),
        );
    }
    let ask = Ask { signed: [&v.first[..], &[0]].concat(), ..v.ordinary() };
    v.add(
        "form-trailing",
        "R-VER-1 R-CBOR-10",
        "a byte after the certificate",
        &ask,
        refused("not-genuine", "E3-TRAILING"),
    );
    let mut node = Node::read_object(&v.first);
    node.put(&[2, 9], Node::int(4));
    super::fault::sign_again(&mut node, &v.g.certificate_key);
    let ask = Ask { signed: node.encode().0, ..v.ordinary() };
    v.add(
        "form-kind",
        "R-VER-1 R-CERT-3",
        "genuinely signed, but of an unknown kind",
        &ask,
        refused("not-genuine", "E6-KIND"),
    );
    let mut bundle = Node::read_object(&v.g.bundle());
    bundle.array(&[3]).pop();
    let ask = Ask { trust: vec![bundle.encode().0], ..v.ordinary() };
    v.add(
        "trust-threshold",
        "R-VER-1 R-TRUST-7",
        "a bundle with one signature",
        &ask,
        refused("trust-unusable", "E8-THRESHOLD"),
    );
    let ask = Ask { trust: vec![v.first.clone()], ..v.ordinary() };
    v.add(
        "trust-no-bundle",
        "R-VER-1",
        "a certificate instead of a bundle",
        &ask,
        refused("trust-unusable", "E3-TAG"),
    );
}

fn right_key(v: &Verdicts) -> String {
    v.g.auth_key(&crate::world::number("31-07-1-0000123-9"), hosho::Serial::FIRST)
        .expose_text()
        .as_str()
        .to_owned()
}

fn expectations(v: &mut Verdicts) {
    let ask = Ask { number: None, ..v.ordinary() };
    v.add("number-unspecified", "R-VER-1", "no number is expected", &ask, answered("in-force"));
    let ask = Ask { number: Some("31-07-1-0000123-8".into()), ..v.ordinary() };
    v.add(
        "number-other",
        "R-VER-1",
        "another number is expected",
        &ask,
        refused("other-guarantee", "E5-OTHER-GUARANTEE"),
    );
    for (id, typed) in
        [("same", "瑞穂県"), ("spaces", " 瑞 穂\u{3000}県 "), ("no-break-space", "瑞\u{a0}穂県")]
    {
        let ask = Ask { obligee: Some(typed.into()), ..v.ordinary() };
        v.add(
            &format!("obligee-{id}"),
            "R-NAME-1",
            "the obligee, as typed",
            &ask,
            answered("in-force"),
        );
    }
    for (id, typed) in [
        ("other", "瑞穂市"),
        ("longer", "瑞穂県庁"),
        ("empty", ""),
        ("representative", "青嶺土木事務所長 高瀬 光一"),
    ] {
        let ask = Ask { obligee: Some(typed.into()), ..v.ordinary() };
        v.add(
            &format!("obligee-{id}"),
            "R-NAME-1 R-VER-1",
            "another obligee",
            &ask,
            refused("other-obligee", "E5-OTHER-OBLIGEE"),
        );
    }
    let mut claims = sample_claims(&v.g);
    claims.obligee.name = Text::parse("ミズホ 1号 ABC").expect("a text");
    let ask =
        Ask {
            signed: v.g.issue(claims), obligee: Some("ﾐｽﾞﾎ１号ＡＢＣ".into()), ..v.ordinary()
        };
    v.add(
        "obligee-compatibility-forms",
        "R-NAME-1",
        "half-width kana and full-width letters",
        &ask,
        answered("in-force"),
    );
    let key = right_key(v);
    let ask = Ask { auth_key: Some(key.clone()), ..v.ordinary() };
    v.add("auth-key", "R-SEAL-1 R-DERIVE-2", "the auth key fits", &ask, answered("in-force"));
    let other = v.g.auth_key(&crate::world::number("31-07-1-0000123-8"), hosho::Serial::FIRST);
    let ask = Ask { auth_key: Some(other.expose_text().as_str().into()), ..v.ordinary() };
    v.add(
        "auth-key-other",
        "R-SEAL-2 R-DERIVE-2",
        "the auth key of another guarantee",
        &ask,
        refused("key-does-not-fit", "E4-OPEN"),
    );
    let mut mistyped = key;
    mistyped.replace_range(0..2, "1U");
    let ask = Ask { auth_key: Some(mistyped), ..v.ordinary() };
    v.add(
        "auth-key-mistyped",
        "R-VER-1 R-KEY-2",
        "a typing error",
        &ask,
        refused("key-mistyped", "E2-SYMBOL"),
    );
    for (id, number, epoch, serial) in [
        ("number", "31-07-1-0000123-8", 1, 1),
        ("serial", "31-07-1-0000123-9", 1, 2),
        ("epoch", "31-07-1-0000123-9", 2, 1),
    ] {
        let mut claims = sample_claims(&v.g);
        claims.number = crate::world::number(number);
        claims.binding.epoch = hosho::Epoch::new(epoch).expect("an epoch");
        claims.binding.serial = hosho::Serial::new(serial).expect("a serial");
        let ask = Ask {
            signed: v.g.issue(claims),
            number: None,
            auth_key: Some(right_key(v)),
            ..v.ordinary()
        };
        v.add(
            &format!("bind-of-other-{id}"),
            "R-SEAL-2 R-DERIVE-2",
            "bind was not computed from these claims",
            &ask,
            refused("key-does-not-fit", "E4-OPEN"),
        );
    }
}

/// Two things are wrong, and the one higher in the table is told.
fn precedence(v: &mut Verdicts) {
    let other_key = v.g.auth_key(&crate::world::number("31-07-1-0000123-8"), hosho::Serial::FIRST);
    let other_key = Some(other_key.expose_text().as_str().to_owned());
    let everything = Ask {
        number: Some("1".into()),
        obligee: Some("瑞穂市".into()),
        auth_key: other_key,
        on: "2030-01-01",
        status: vec![],
        ..v.ordinary()
    };
    let rule = "R-VER-1";
    let mut node = Node::read_object(&v.first);
    node.put(&[2, 15, 1], Node::int(1));
    let ask = Ask { signed: node.encode().0, ..everything.clone() };
    v.add(
        "order-2",
        rule,
        "not genuine, and everything else is wrong too",
        &ask,
        refused("not-genuine", "E5-SIGNATURE"),
    );
    let ask = Ask { trust: vec![Guarantor::new("g-other").bundle()], ..everything.clone() };
    v.add(
        "order-3",
        rule,
        "an unknown key, and everything after it",
        &ask,
        refused("key-unknown", "E5-KEY-UNKNOWN"),
    );
    let ask = Ask { trust: vec![key::compromised_bundle(&v.g, &[])], ..everything.clone() };
    v.add(
        "order-4",
        rule,
        "a compromised key, and everything after it",
        &ask,
        refused("key-compromised", "E5-KEY-COMPROMISED"),
    );
    v.add(
        "order-5",
        rule,
        "a key that does not fit, and everything after it",
        &everything,
        refused("key-does-not-fit", "E4-OPEN"),
    );
    let ask = Ask { auth_key: None, ..everything.clone() };
    v.add(
        "order-6",
        rule,
        "another number, and everything after it",
        &ask,
        refused("other-guarantee", "E5-OTHER-GUARANTEE"),
    );
    let ask = Ask { number: None, ..ask };
    v.add(
        "order-7",
        rule,
        "another obligee, and everything after it",
        &ask,
        refused("other-obligee", "E5-OTHER-OBLIGEE"),
    );
    let ask = Ask { obligee: None, ..ask };
    v.add("order-8", rule, "expired, without a snapshot", &ask, standing("expired"));
    let stale = "2026-02-01T00:00:00Z";
    let ask = Ask { now: stale, on: "2030-01-01", ..v.ask(StatusEntry::NotIssued) };
    v.add(
        "order-9",
        rule,
        "not issued, in a stale snapshot",
        &ask,
        answered_with("status-unknown", "E7-NOT-ISSUED"),
    );
    let ask = Ask { now: stale, ..v.ask(voided("2025-06-20", 2)) };
    v.add(
        "order-10",
        rule,
        "voided, in a stale snapshot",
        &ask,
        answered_with("status-stale", "E7-STALE"),
    );
    let ended = |verdict: &str, on: &str, current: u16| {
        standing(verdict)
            .with("superseded_by", current)
            .with("ended_on", on)
            .with("as_of", time(AS_OF).seconds())
    };
    let ask = Ask { on: "2026-03-14", ..v.ask(voided("2025-06-20", 2)) };
    v.add("order-11", rule, "voided, and past the period", &ask, ended("voided", "2025-06-20", 2));
    let ask = Ask { on: "2026-03-14", ..v.ask(terminated("2025-11-01", 3, Some("2025-10-01"))) };
    v.add(
        "order-12",
        rule,
        "terminated, replaced before, and past the period",
        &ask,
        ended("terminated", "2025-11-01", 3),
    );
    let ask =
        Ask { on: "2026-03-14", ..v.ask(superseded("2025-10-01", 2, SupersededBy::Amendment)) };
    let expect =
        standing("superseded").with("superseded_by", 2).with("as_of", time(AS_OF).seconds());
    v.add("order-13", rule, "superseded, and past the period", &ask, expect);
}

fn answered_with(verdict: &str, code: &str) -> Fields {
    refused(verdict, code).with("as_of", time(AS_OF).seconds())
}
