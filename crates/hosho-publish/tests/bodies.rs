//! The bodies of requests: their JSON, answers of obligees, and bundles that arrive.

#![allow(clippy::expect_used, reason = "a test stops at the first broken assumption")]

use hosho::{
    AuthKey, GuaranteeNumber, Locator, Revision, Sequence, SignedTrustBundle, Text, TrustBundle,
};
use hosho_publish::{
    Answer, AnswerError, Base64, BundleRefusal, BundleStep, Judgement, SealedRevision, Spelling,
    confirmation, judge_bundle, portal,
};
use hosho_testkit::{Guarantor, number, time};
use proptest::prelude::*;
use serde_json::json;

fn key() -> AuthKey {
    AuthKey::parse("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD").expect("a key")
}

fn text(text: &str) -> Text<'static> {
    Text::parse(text.to_owned()).expect("a text")
}

#[test]
fn the_bodies_have_the_form_of_the_document() {
    let revision = Spelling(Revision::FIRST);
    let sealed = confirmation::Sealed {
        locator: Spelling(Locator::from_bytes([0xab; 16])),
        revisions: vec![SealedRevision(revision, Base64(vec![0xff, 0xee]))],
        replaces: vec![Spelling(Locator::from_bytes([1; 16]))],
    };
    let expected = json!({
        "locator": "abababababababababababababababab",
        "revisions": [[1, "/+4="]],
        "replaces": ["01010101010101010101010101010101"],
    });
    assert_eq!(serde_json::to_value(&sealed).expect("JSON"), expected);
    assert_eq!(serde_json::from_value::<confirmation::Sealed>(expected).expect("a body"), sealed);

    let done = portal::Done {
        signed: Base64(vec![1]),
        sealed: vec![SealedRevision(revision, Base64(vec![2]))],
        auth_key: portal::HandedOver(key()),
        findings: vec![portal::Finding {
            rule: "P-RATIO".to_owned(),
            severity: "warning".to_owned(),
            acknowledged: true,
        }],
    };
    let expected = json!({
        "signed": "AQ==",
        "sealed": [[1, "Ag=="]],
        "auth_key": "1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD",
        "findings": [{"rule": "P-RATIO", "severity": "warning", "acknowledged": true}],
    });
    assert_eq!(serde_json::to_value(&done).expect("JSON"), expected);
    let read: portal::Done = serde_json::from_value(expected).expect("a body");
    assert!(read.auth_key.0.matches(&key()));
    assert!(!format!("{read:?}").contains("SXAS"), "the key is not shown");

    let event = json!({
        "number": "31-07-1-0000123-9", "revision": 2, "event": "returned",
        "at": 1_795_316_645, "reason": "金額が違います", "by": "瑞穂県 契約課",
    });
    let read: portal::Event = serde_json::from_value(event.clone()).expect("an event");
    assert_eq!(read.at.0, time("2026-11-22T03:04:05Z"));
    assert_eq!(serde_json::to_value(&read).expect("JSON"), event);
}

#[test]
fn a_long_message_is_cut_between_characters() {
    let refused = portal::Refused::new("E6-CHAIN", "保".repeat(2_000));
    assert_eq!(refused.message.len(), 3_999);
    assert_eq!(portal::Refused::new("E6-CHAIN", "版".to_owned()).message, "版");
}

#[test]
fn the_paths_have_the_form_of_the_document() {
    let id = portal::JobId::parse("17").expect("a name");
    assert_eq!(portal::done(&id), "/worker/v1/jobs/17/done");
    assert_eq!(portal::refused(&id), "/worker/v1/jobs/17/refused");
    assert_eq!(confirmation::events(0), "/publish/v1/events?after=0");
    for name in ["", "a/b", "..", ".a", "a b", "é", &"x".repeat(65)] {
        assert_eq!(portal::JobId::parse(name), None, "{name}");
    }
}

#[test]
fn refuses_bodies_out_of_form() {
    let body = json!({"locator": "00000000000000000000000000000000", "revisions": [[1, ""]]});
    let parse = |body: serde_json::Value| serde_json::from_value::<confirmation::Sealed>(body);
    assert!(parse(body.clone()).is_ok());
    for (name, value) in [
        ("more", json!(1)),
        ("locator", json!("0000000000000000000000000000000")),
        ("locator", json!("0000000000000000000000000000000A")),
        ("locator", json!(0)),
        ("revisions", json!([[0, ""]])),
        ("revisions", json!([[65_536, ""]])),
        ("revisions", json!([[1]])),
        ("revisions", json!([[1, "", ""]])),
        ("revisions", json!([[1, "AA"]])),
        ("revisions", json!([[1, "AB=="]])),
        ("revisions", json!([[1, "-_8="]])),
    ] {
        let mut changed = body.clone();
        changed.as_object_mut().expect("an object").insert(name.to_owned(), value.clone());
        assert!(parse(changed).is_err(), "{name}: {value}");
    }
    let number =
        |text: &str| serde_json::from_value::<Spelling<GuaranteeNumber<'static>>>(json!(text));
    assert!(number("31-07-1-0000123-9").is_ok());
    assert!(number("３１").is_err());
    let key = |text: &str| serde_json::from_value::<portal::HandedOver>(json!(text));
    let error = key("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DE").expect_err("refused").to_string();
    assert_eq!(error, "E2-CHECK");
}

#[test]
fn revisions_are_whole_from_the_first_without_gap() {
    let whole = |revisions: &[u16], replaces: &[u8]| {
        let revision = |n: &u16| {
            SealedRevision(Spelling(Revision::new(*n).expect("a revision")), Base64(vec![0]))
        };
        let locator = |n: &u8| Spelling(Locator::from_bytes([*n; 16]));
        confirmation::Sealed {
            locator: locator(&1),
            revisions: revisions.iter().map(revision).collect(),
            replaces: replaces.iter().map(locator).collect(),
        }
        .is_whole()
    };
    assert!(whole(&[1], &[]));
    assert!(whole(&[1, 2, 3], &[2, 3]));
    for revisions in [&[][..], &[2], &[1, 3], &[1, 1], &[2, 1], &[1, 2, 2]] {
        assert!(!whole(revisions, &[]), "{revisions:?}");
    }
    assert!(!whole(&[1], &[1]), "a locator that replaces itself");
}

#[test]
fn an_answer_is_read_by_its_key_alone() {
    let ours = number("31-07-1-0000123-9");
    let answer =
        Answer::new(Judgement::Returned, Some(text("金額が違います")), text("瑞穂県 契約課"))
            .expect("an answer");
    let sealed = answer.seal(&key(), &ours, Revision::FIRST, [1; 16]);
    assert_eq!(Answer::open(&sealed, &key(), &ours, Revision::FIRST), Ok(answer.clone()));
    let other = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y").expect("a key");
    let second = Revision::new(2).expect("a revision");
    assert_eq!(Answer::open(&sealed, &other, &ours, Revision::FIRST), Err(AnswerError::Closed));
    assert_eq!(Answer::open(&sealed, &key(), &ours, second), Err(AnswerError::Closed));
    assert_eq!(Answer::open(b"short", &key(), &ours, second), Err(AnswerError::Closed));
}

#[test]
fn what_was_sealed_and_is_no_answer_is_refused() {
    let ours = number("31-07-1-0000123-9");
    for content in [
        "{}",
        r#"{"answer":"accepted","by":"a","more":1}"#,
        r#"{"answer":"perhaps","reason":null,"by":"a"}"#,
        r#"{"answer":"returned","reason":null,"by":"a"}"#,
        r#"{"answer":"accepted","reason":null,"by":""}"#,
        r#"{"answer":"accepted","reason":null,"by":"a\nb"}"#,
        r#"{"answer":"accepted","reason":null,"by":"a"} "more""#,
    ] {
        let sealed = key().seal_answer(&ours, Revision::FIRST, content.as_bytes(), [2; 16]);
        let sealed = sealed.expect("sealed");
        let opened = Answer::open(&sealed, &key(), &ours, Revision::FIRST);
        assert_eq!(opened, Err(AnswerError::Content), "{content}");
    }
}

#[test]
fn who_returns_a_certificate_says_why() {
    let made = Answer::new(Judgement::Returned, None, text("a"));
    assert_eq!(made, Err(AnswerError::ReasonMissing));
    assert!(Answer::new(Judgement::Accepted, None, text("a")).is_ok());
}

#[test]
fn the_longest_answer_fits() {
    // Quotes take two bytes each in JSON.
    let longest = text(&"\"".repeat(512));
    let answer = Answer::new(Judgement::Returned, Some(longest.clone()), longest).expect("made");
    let ours = number("31-07-1-0000123-9");
    let sealed = answer.seal(&key(), &ours, Revision::FIRST, [3; 16]);
    assert_eq!(Answer::open(&sealed, &key(), &ours, Revision::FIRST), Ok(answer));
}

proptest! {
    #[test]
    fn an_answer_is_read_back_as_it_was_made(
        reason in proptest::option::of(hosho_testkit::strategies::text()),
        by in hosho_testkit::strategies::text(),
        ours in hosho_testkit::strategies::guarantee_number(),
        revision in hosho_testkit::strategies::later_revision(),
        salt: [u8; 16],
    ) {
        let judgement = if reason.is_some() { Judgement::Returned } else { Judgement::Accepted };
        let answer = Answer::new(judgement, reason, by).expect("an answer");
        let sealed = answer.seal(&key(), &ours, revision, salt);
        prop_assert_eq!(Answer::open(&sealed, &key(), &ours, revision), Ok(answer));
    }
}

/// The bundles 1 to 4 of a guarantor.
fn series(guarantor: &Guarantor) -> Vec<Vec<u8>> {
    let mut series = vec![guarantor.bundle()];
    for sequence in 2..=4 {
        let newest = pin(series.last().expect("a bundle"));
        let mut draft = guarantor.bundle_draft();
        draft.sequence = Sequence::new(sequence).expect("a sequence");
        draft.previous = Some(newest.fingerprint());
        series.push(guarantor.sign_bundle(draft));
    }
    series
}

fn pin(bytes: &[u8]) -> TrustBundle {
    SignedTrustBundle::parse(bytes).and_then(SignedTrustBundle::pin).expect("a bundle")
}

#[test]
fn a_bundle_proves_itself() {
    let guarantor = Guarantor::new("g-mirai");
    let series = series(&guarantor);
    let newest = pin(series.get(1).expect("the second"));
    let judge =
        |bytes: &[u8]| judge_bundle(&newest, SignedTrustBundle::parse(bytes).expect("its form"));
    let place = |at: usize| series.get(at).expect("a bundle").as_slice();
    assert_eq!(judge(place(0)), Ok(BundleStep::Known));
    assert_eq!(judge(place(1)), Ok(BundleStep::Known));
    assert_eq!(judge(place(2)), Ok(BundleStep::Next(Box::new(pin(place(2))))));
    assert_eq!(judge(place(3)), Err(BundleRefusal::Gap));
    let mut fork = guarantor.bundle_draft();
    fork.sequence = newest.sequence();
    fork.previous = Some(pin(place(0)).fingerprint());
    fork.next_update = time("2026-02-01T00:00:00Z");
    assert_eq!(judge(&guarantor.sign_bundle(fork)), Err(BundleRefusal::Conflict));
}

#[test]
fn refuses_a_bundle_that_is_no_lawful_step() {
    let guarantor = Guarantor::new("g-mirai");
    let newest = guarantor.trust();
    let judge =
        |bytes: &[u8]| judge_bundle(&newest, SignedTrustBundle::parse(bytes).expect("its form"));
    let mut next = guarantor.bundle_draft();
    next.sequence = Sequence::new(2).expect("a sequence");
    // Names no bundle before it.
    assert_eq!(
        next.clone().prepare().map(|_| ()).err().map(|error| error.code()),
        Some("E8-SEQUENCE")
    );
    next.previous = Some(hosho::Fingerprint::of(b"another"));
    assert_eq!(judge(&guarantor.sign_bundle(next.clone())), Err(BundleRefusal::Unlawful));
    // Signed by roots of somebody else.
    next.previous = Some(newest.fingerprint());
    let stranger = Guarantor { id: guarantor.id.clone(), ..Guarantor::new("g-stranger") };
    next.roots = stranger.root_set();
    assert_eq!(judge(&stranger.sign_bundle(next)), Err(BundleRefusal::Unlawful));
    let other = Guarantor::new("g-other");
    assert_eq!(judge(&other.bundle()), Err(BundleRefusal::Unlawful));
    assert_eq!(BundleRefusal::Unlawful.code(), "E10-SIGNATURE");
}
