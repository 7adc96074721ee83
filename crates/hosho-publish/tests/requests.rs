//! Signed requests: what is taken, and that nothing in them can be changed.

#![allow(clippy::expect_used, reason = "a test stops at the first broken assumption")]

use hosho::{KeyRole, KeyState, SecretKey, SignedTrustBundle, Text, TrustBundle, UnixTime};
use hosho_publish::{
    MalformedHeader, Nonce, Outgoing, Received, RequestHeader, RequestRefusal, sign_request,
    verify_request,
};
use hosho_testkit::{Guarantor, secret_key, time};
use proptest::prelude::*;

const REQUEST: Received<'static> = Received {
    audience: "confirm.example",
    method: "POST",
    path_and_query: "/publish/v1/sealed?a=b",
    body: br#"{"locator":"00"}"#,
};

/// A change of an entry of the trust bundle.
type Edit<'a> = &'a dyn Fn(&mut hosho::KeyEntry);

fn now() -> UnixTime {
    time("2026-11-22T03:04:05Z")
}

fn sign_at(guarantor: &Guarantor, key: &SecretKey, at: UnixTime) -> RequestHeader {
    let nonce = Nonce::from_bytes([7; 16]);
    let outgoing = Outgoing { guarantor_id: &guarantor.id, at, nonce, request: REQUEST };
    sign_request(&outgoing, key).expect("a signature")
}

fn sign(guarantor: &Guarantor, key: &SecretKey) -> RequestHeader {
    sign_at(guarantor, key, now())
}

fn trust(guarantor: &Guarantor, change: impl FnOnce(&mut hosho::BundleDraft<'_>)) -> TrustBundle {
    let mut draft = guarantor.bundle_draft();
    change(&mut draft);
    let bytes = guarantor.sign_bundle(draft);
    SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin).expect("a bundle")
}

fn judge(header: &RequestHeader, bundle: &TrustBundle) -> Result<(), RequestRefusal> {
    verify_request(header, &REQUEST, bundle, now()).map(|_| ())
}

#[test]
fn takes_a_request_signed_with_the_publish_key() {
    let guarantor = Guarantor::new("g-mirai");
    let header = sign(&guarantor, &guarantor.publish_key);
    let verified =
        verify_request(&header, &REQUEST, &guarantor.trust(), now()).expect("a genuine request");
    assert_eq!(verified.guarantor_id(), &guarantor.id);
    assert_eq!(verified.key_id(), header.key_id());
    assert_eq!(verified.nonce(), Nonce::from_bytes([7; 16]));
}

#[test]
fn the_header_has_the_form_of_the_document() {
    let guarantor = Guarantor::new("g-mirai");
    let text = sign(&guarantor, &guarantor.publish_key).to_string();
    let (start, signature) = text.split_at(text.len() - 86);
    let key_id = hosho::Signer::public_key(&guarantor.publish_key).key_id();
    assert_eq!(
        start,
        format!(
            "v1; guarantor=g-mirai; kid={key_id}; at=1795316645; \
             nonce=07070707070707070707070707070707; signature="
        )
    );
    assert!(signature.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
}

#[test]
fn refuses_other_keys_than_an_active_publish_key_in_its_window() {
    let guarantor = Guarantor::new("g-mirai");
    let bundle = guarantor.trust();
    for (key, refusal) in [
        (&guarantor.certificate_key, RequestRefusal::KeyRole),
        (&guarantor.status_key, RequestRefusal::KeyRole),
        (&guarantor.roots[0], RequestRefusal::KeyUnknown),
        (&secret_key("a stranger"), RequestRefusal::KeyUnknown),
    ] {
        assert_eq!(judge(&sign(&guarantor, key), &bundle), Err(refusal));
    }
    let header = sign(&guarantor, &guarantor.publish_key);
    let publish = |draft: &mut hosho::BundleDraft<'_>, change: &dyn Fn(&mut hosho::KeyEntry)| {
        let entries = draft.keys.iter_mut().filter(|entry| entry.role == KeyRole::Publish);
        entries.for_each(change);
    };
    let reason = || Text::parse("lost").expect("a text");
    let retired = |entry: &mut hosho::KeyEntry| {
        entry.state = KeyState::Retired { since: time("2026-11-30T00:00:00Z"), reason: reason() };
    };
    let compromised = |entry: &mut hosho::KeyEntry| {
        entry.state = KeyState::Compromised { since: now(), reason: reason() };
    };
    let early = |entry: &mut hosho::KeyEntry| entry.not_after = time("2026-11-22T03:04:04Z");
    let late = |entry: &mut hosho::KeyEntry| entry.not_before = time("2026-11-22T03:04:06Z");
    let cases: [(Edit<'_>, RequestRefusal); 4] = [
        (&retired, RequestRefusal::KeyState),
        (&compromised, RequestRefusal::KeyState),
        (&early, RequestRefusal::KeyWindow),
        (&late, RequestRefusal::KeyWindow),
    ];
    for (change, refusal) in cases {
        let bundle = trust(&guarantor, |draft| publish(draft, change));
        assert_eq!(judge(&header, &bundle), Err(refusal));
        assert_eq!(refusal.code(), "E10-SIGNATURE");
    }
}

#[test]
fn refuses_the_bundle_of_another_guarantor() {
    let guarantor = Guarantor::new("g-mirai");
    let other = trust(&Guarantor::new("g-other"), |draft| {
        draft.keys.push(Guarantor::entry(&guarantor.publish_key, KeyRole::Publish));
    });
    let header = sign(&guarantor, &guarantor.publish_key);
    assert_eq!(judge(&header, &other), Err(RequestRefusal::Guarantor));
}

#[test]
fn refuses_a_clock_that_differs_by_more_than_five_minutes() {
    let guarantor = Guarantor::new("g-mirai");
    let bundle = guarantor.trust();
    for (at, expected) in [
        ("2026-11-22T02:59:04Z", Err(RequestRefusal::Clock)),
        ("2026-11-22T02:59:05Z", Ok(())),
        ("2026-11-22T03:09:05Z", Ok(())),
        ("2026-11-22T03:09:06Z", Err(RequestRefusal::Clock)),
    ] {
        let header = sign_at(&guarantor, &guarantor.publish_key, time(at));
        assert_eq!(judge(&header, &bundle), expected, "{at}");
    }
    assert_eq!(RequestRefusal::Clock.code(), "E10-CLOCK");
    // Who cannot sign learns nothing about the clock.
    let late = sign_at(&guarantor, &secret_key("a stranger"), time("2020-01-01T00:00:00Z"));
    assert_eq!(judge(&late, &bundle), Err(RequestRefusal::KeyUnknown));
}

#[test]
fn refuses_a_change_of_any_part() {
    let guarantor = Guarantor::new("g-mirai");
    let bundle = guarantor.trust();
    let header = sign(&guarantor, &guarantor.publish_key);
    for (part, changed) in [
        ("audience", Received { audience: "portal.example", ..REQUEST }),
        ("audience in capitals", Received { audience: "Confirm.example", ..REQUEST }),
        ("method", Received { method: "GET", ..REQUEST }),
        ("path", Received { path_and_query: "/publish/v1/proofs?a=b", ..REQUEST }),
        ("query", Received { path_and_query: "/publish/v1/sealed?a=c", ..REQUEST }),
        ("no query", Received { path_and_query: "/publish/v1/sealed", ..REQUEST }),
        (
            "spelling of the path",
            Received { path_and_query: "/publish/v1/sealed?a=%62", ..REQUEST },
        ),
        ("body", Received { body: br#"{"locator":"01"}"#, ..REQUEST }),
        ("white space in the body", Received { body: br#"{"locator": "00"}"#, ..REQUEST }),
        ("no body", Received { body: b"", ..REQUEST }),
        // What one part loses the next one gains.
        (
            "method and path",
            Received { method: "POST/", path_and_query: "publish/v1/sealed?a=b", ..REQUEST },
        ),
        (
            "audience and method",
            Received { audience: "confirm.exampleP", method: "OST", ..REQUEST },
        ),
    ] {
        let verified = verify_request(&header, &changed, &bundle, now());
        assert_eq!(verified, Err(RequestRefusal::Mismatch), "{part}");
    }
    let text = header.to_string();
    for (part, from, to) in
        [("time", "at=1795316645", "at=1795316646"), ("nonce", "nonce=0707", "nonce=0708")]
    {
        let changed = RequestHeader::parse(&text.replace(from, to)).expect("its form");
        assert_ne!(changed, header, "{part}");
        assert_eq!(judge(&changed, &bundle), Err(RequestRefusal::Mismatch), "{part}");
    }
}

#[test]
fn refuses_a_header_with_any_changed_byte() {
    let guarantor = Guarantor::new("g-mirai");
    let bundle = guarantor.trust();
    let text = sign(&guarantor, &guarantor.publish_key).to_string();
    for at in 0..text.len() {
        for replacement in [b'0', b'A', b' ', b';', b'=', b'-', 0x7f] {
            let mut changed = text.clone().into_bytes();
            if changed.get(at) == Some(&replacement) {
                continue;
            }
            changed.splice(at..=at, [replacement]);
            let changed = String::from_utf8(changed).expect("ASCII");
            let judged = RequestHeader::parse(&changed)
                .map_err(RequestRefusal::from)
                .and_then(|header| judge(&header, &bundle));
            assert_eq!(judged.map_err(RequestRefusal::code), Err("E10-SIGNATURE"), "{changed}");
        }
    }
}

#[test]
fn refuses_other_spellings_of_the_header() {
    let guarantor = Guarantor::new("g-mirai");
    let text = sign(&guarantor, &guarantor.publish_key).to_string();
    assert!(RequestHeader::parse(&text).is_ok());
    for changed in [
        String::new(),
        format!(" {text}"),
        format!("{text} "),
        format!("{text}="),
        format!("{text}; "),
        format!("{text}; more=1"),
        text.replace("; ", ";"),
        text.replace("; ", ";  "),
        text.replace("v1", "v2"),
        text.replace("v1", "V1"),
        text.replace("at=", "at=0"),
        text.replace("at=", "at=+"),
        text.replace("at=", "at=-"),
        text.replace("at=1795316645", "at=99999999999999999999"),
        text.replace("guarantor=g-mirai", "guarantor=G-MIRAI"),
        text.replace("guarantor=g-mirai", "guarantor=g"),
        text.replace("guarantor=g-mirai; ", ""),
        text.replace("nonce=0707", "nonce=07"),
        text.replace("nonce=", "nonce=07"),
        text.replace("kid=", "kid=A"),
        text.replace("guarantor=g-mirai; kid", "kid"),
        "x".repeat(100_000),
    ] {
        assert_eq!(RequestHeader::parse(&changed), Err(MalformedHeader), "{changed}");
    }
    // 64 bytes have 512 bits, 86 digits 516: the last four must be zero.
    let last = text.chars().last().expect("a digit");
    for digit in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']) {
        let changed = format!("{}{digit}", &text[..text.len() - 1]);
        let parsed = RequestHeader::parse(&changed).is_ok();
        assert_eq!(parsed, "AQgw".contains(digit), "{digit} for {last}");
    }
}

proptest! {
    #[test]
    fn a_header_is_read_back_as_it_was_written(
        guarantor_id in hosho_testkit::strategies::guarantor_id(),
        at in hosho_testkit::strategies::instant(),
        nonce: [u8; 16],
    ) {
        let nonce = Nonce::from_bytes(nonce);
        let outgoing = Outgoing { guarantor_id: &guarantor_id, at, nonce, request: REQUEST };
        let header = sign_request(&outgoing, &secret_key("publish")).expect("a signature");
        prop_assert!(header.to_string().len() <= RequestHeader::MAX_LEN);
        prop_assert_eq!(RequestHeader::parse(&header.to_string()), Ok(header));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,300}") {
        if let Ok(header) = RequestHeader::parse(&text) {
            prop_assert_eq!(header.to_string(), text);
        }
    }
}
