//! What workers publish.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hosho::{Fingerprint, KeyEntry, KeyRole, KeyState, Sequence};
use hosho_publish::confirmation::{
    BUNDLE, EVENTS, MOST_REPLACED, Proof, Proofs, SEALED, SNAPSHOTS,
};
use hosho_publish::{Base64, HEADER_NAME, SealedRevision, Spelling};
use hosho_testkit::{Guarantor, secret_key, time};
use serde_json::json;

use crate::stage::{AMENDED, PLAIN, Stage, on_empty_stage, on_stage, signature};

fn code(answer: &crate::stage::Answer) -> (StatusCode, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn is(status: StatusCode, code: &str) -> (StatusCode, String) {
    (status, code.to_owned())
}

#[test]
fn what_was_published_may_be_sent_again_and_nothing_else() {
    on_stage(async |stage| {
        stage.clock.set(time("2026-03-10T03:00:01Z"));
        let mut sealed = stage.sealed(AMENDED);
        let again = stage.publish_sealed(&sealed).await;
        // Not the same request: its nonce was used.
        assert_eq!(code(&again), is(StatusCode::UNAUTHORIZED, "E10-REPLAYED"));
        let body = serde_json::to_vec(&sealed).unwrap();
        let request = stage.signed(Method::POST, SEALED, &body, &stage.guarantor, [2; 16]);
        let again = stage.send(request).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, json!({ "stored": 0 })));
        // Other bytes of a revision that is there.
        let other = stage.sealed(PLAIN).revisions[0].1.clone();
        sealed.revisions[1] = SealedRevision(sealed.revisions[1].0, other);
        let refused = stage.publish_sealed(&sealed).await;
        assert_eq!(code(&refused), is(StatusCode::CONFLICT, "E10-CONFLICT"));
    });
}

#[test]
fn what_is_no_sealed_certificate_is_refused() {
    on_empty_stage(async |stage| {
        let whole = stage.sealed(AMENDED);
        let mut gap = whole.clone();
        gap.revisions.remove(1);
        let mut late = whole.clone();
        late.revisions.remove(0);
        let mut empty = whole.clone();
        empty.revisions.clear();
        let mut signed = whole.clone();
        signed.revisions[0].1 = Base64(stage.newest(PLAIN).signed.clone());
        for refused in [gap, late, empty, signed] {
            let answer = stage.publish_sealed(&refused).await;
            assert_eq!(code(&answer), is(StatusCode::BAD_REQUEST, "E10-INPUT"), "{refused:?}");
        }
        let answer = stage.post_signed(SEALED, b"{\"locator\": 1}").await;
        assert_eq!(code(&answer), is(StatusCode::BAD_REQUEST, "E10-INPUT"));
        // Nothing of it was stored.
        assert_eq!(stage.publish_sealed(&whole).await.json(), json!({ "stored": 4 }));
    });
}

#[test]
fn a_request_that_is_not_signed_as_it_should_be_is_one_answer() {
    on_empty_stage(async |stage| {
        let body = serde_json::to_vec(&stage.sealed(PLAIN)).unwrap();
        let now = stage.clock.now();
        let good = |guarantor: &Guarantor| {
            signature(&Method::POST, SEALED, &body, guarantor, [7; 16], now)
        };
        let send = async |path: &str, header: Option<String>, body: &[u8]| {
            let mut request = Request::post(path);
            if let Some(header) = header {
                request = request.header(HEADER_NAME, header);
            }
            let answer = stage.send(request.body(Body::from(body.to_vec())).unwrap()).await;
            (code(&answer), answer.text())
        };
        let mut wrong_role = Guarantor::new("g-mirai");
        wrong_role.publish_key = secret_key("hosho-testkit/g-mirai/status");
        let mut unknown_key = Guarantor::new("g-mirai");
        unknown_key.publish_key = secret_key("somebody");
        let stranger = Guarantor::new("g-stranger");
        let cases = [
            (SEALED, None, body.clone()),
            (SEALED, Some(String::new()), body.clone()),
            (SEALED, Some(good(&stage.guarantor).replace("v1", "v2")), body.clone()),
            (SEALED, Some(good(&wrong_role)), body.clone()),
            (SEALED, Some(good(&unknown_key)), body.clone()),
            (SEALED, Some(good(&stranger)), body.clone()),
            (SNAPSHOTS, Some(good(&stage.guarantor)), body.clone()),
            (SEALED, Some(good(&stage.guarantor)), [body.as_slice(), b" "].concat()),
        ];
        let mut expected = None;
        for (path, header, body) in cases {
            let (told, text) = send(path, header.clone(), &body).await;
            assert_eq!(told, is(StatusCode::UNAUTHORIZED, "E10-SIGNATURE"), "{header:?}");
            assert_eq!(expected.get_or_insert_with(|| text.clone()), &text, "{header:?}");
        }
        let (told, _) = send(SEALED, Some(good(&stage.guarantor)), &body).await;
        assert_eq!(told.0, StatusCode::OK);
    });
}

#[test]
fn an_old_request_is_refused_by_its_time() {
    on_empty_stage(async |stage| {
        let body = serde_json::to_vec(&stage.sealed(PLAIN)).unwrap();
        for (at, status) in [
            ("2026-03-10T02:54:59Z", StatusCode::UNAUTHORIZED),
            ("2026-03-10T02:55:00Z", StatusCode::OK),
            ("2026-03-10T03:05:00Z", StatusCode::OK),
            ("2026-03-10T03:05:01Z", StatusCode::UNAUTHORIZED),
        ] {
            let nonce: [u8; 16] =
                Fingerprint::of(at.as_bytes()).as_bytes()[..16].try_into().unwrap();
            let header = signature(&Method::POST, SEALED, &body, &stage.guarantor, nonce, time(at));
            let request =
                Request::post(SEALED).header(HEADER_NAME, header).body(Body::from(body.clone()));
            let answer = stage.send(request.unwrap()).await;
            assert_eq!(answer.status, status, "{at}");
            if status != StatusCode::OK {
                assert_eq!(code(&answer).1, "E10-CLOCK", "{at}");
            }
        }
    });
}

#[test]
fn a_locator_is_its_first_guarantors() {
    on_stage(async |stage| {
        let other = Guarantor::new("g-other");
        let mut theirs = stage.sealed(AMENDED);
        let body = serde_json::to_vec(&theirs).unwrap();
        let request = stage.signed(Method::POST, SEALED, &body, &other, [4; 16]);
        assert_eq!(code(&stage.send(request).await), is(StatusCode::CONFLICT, "E10-CONFLICT"));
        // Nor can they withdraw it.
        theirs.replaces = vec![theirs.locator];
        theirs.locator = Spelling(hosho::Locator::from_bytes([8; 16]));
        let body = serde_json::to_vec(&theirs).unwrap();
        let request = stage.signed(Method::POST, SEALED, &body, &other, [5; 16]);
        assert_eq!(code(&stage.send(request).await), is(StatusCode::CONFLICT, "E10-CONFLICT"));
        let question = json!({ "number": AMENDED, "auth_key": stage.key(AMENDED) });
        assert_eq!(stage.api("/api/v1/open", &question).await.status, StatusCode::OK);
    });
}

#[test]
fn so_many_locators_are_replaced_at_a_time_and_no_more() {
    on_stage(async |stage| {
        let locator = |at: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&at.to_be_bytes());
            Spelling(hosho::Locator::from_bytes(bytes))
        };
        let mut order = stage.sealed(AMENDED);
        order.replaces = (0..=MOST_REPLACED).map(locator).collect();
        let refused = stage.publish_sealed(&order).await;
        assert_eq!(code(&refused), is(StatusCode::BAD_REQUEST, "E10-INPUT"));
        order.replaces.pop();
        assert_eq!(stage.publish_sealed(&order).await.status, StatusCode::OK);
    });
}

#[test]
fn a_snapshot_is_stored_when_it_is_newer() {
    on_stage(async |stage| {
        for (sequence, expected) in [
            (7, is(StatusCode::UNAUTHORIZED, "E10-REPLAYED")),
            (6, is(StatusCode::CONFLICT, "E10-REGRESSED")),
            (8, is(StatusCode::OK, "")),
        ] {
            let answer = stage.post_signed(SNAPSHOTS, &stage.snapshot(sequence)).await;
            assert_eq!(code(&answer), expected, "{sequence}");
        }
        // The same bytes with a new nonce.
        let same = stage.snapshot(8);
        let request = stage.signed(Method::POST, SNAPSHOTS, &same, &stage.guarantor, [6; 16]);
        assert_eq!(stage.send(request).await.json(), json!({ "sequence": 8 }));
        let mut forged = stage.snapshot(9);
        *forged.last_mut().unwrap() ^= 1;
        let answer = stage.post_signed(SNAPSHOTS, &forged).await;
        assert_eq!(code(&answer), is(StatusCode::BAD_REQUEST, "E10-INPUT"));
    });
}

/// The next bundle of a guarantor, with another key to publish with.
fn second_bundle(guarantor: &Guarantor, publish: &hosho::SecretKey) -> Vec<u8> {
    let mut draft = guarantor.bundle_draft();
    draft.sequence = Sequence::new(2).unwrap();
    draft.previous = Some(Fingerprint::of(&guarantor.bundle()));
    for entry in &mut draft.keys {
        if entry.role == KeyRole::Publish {
            entry.state = KeyState::Retired {
                since: time("2025-12-01T00:00:00Z"),
                reason: hosho::Text::parse("交換").unwrap(),
            };
        }
    }
    let entry: KeyEntry = Guarantor::entry(publish, KeyRole::Publish);
    draft.keys.push(entry);
    guarantor.sign_bundle(draft)
}

#[test]
fn a_bundle_proves_itself_and_its_keys_serve_at_once() {
    on_stage(async |stage| {
        let key = secret_key("hosho-testkit/g-mirai/publish-2");
        let second = second_bundle(&stage.guarantor, &key);
        let mut renewed = Guarantor::new("g-mirai");
        renewed.publish_key = secret_key("hosho-testkit/g-mirai/publish-2");
        let body = serde_json::to_vec(&stage.sealed(PLAIN)).unwrap();
        let by = async |stage: &Stage, guarantor: &Guarantor, nonce| {
            let request = stage.signed(Method::POST, SEALED, &body, guarantor, [nonce; 16]);
            stage.send(request).await.status
        };
        assert_eq!(by(&stage, &renewed, 1).await, StatusCode::UNAUTHORIZED);
        for _ in 0..2 {
            let answer = stage.publish_bundle(&second).await;
            assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({ "sequence": 2 })));
        }
        assert_eq!(by(&stage, &renewed, 2).await, StatusCode::OK);
        assert_eq!(by(&stage, &stage.guarantor, 3).await, StatusCode::UNAUTHORIZED);
        // The pin again is nothing new.
        let pin = stage.publish_bundle(&stage.guarantor.bundle()).await;
        assert_eq!(pin.json(), json!({ "sequence": 2 }));
        // Certificates of before still open, and evidence leads from the pin to the newest bundle.
        let question = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        assert_eq!(stage.api("/api/v1/open", &question).await.json()["verdict"], "in-force");
        let mut browser = crate::browser::Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        let evidence = browser.get("/certificate/evidence").await.body;
        assert_eq!(hosho::Evidence::parse(&evidence).unwrap().bundles().len(), 2);
    });
}

#[test]
fn a_bundle_that_is_no_lawful_step_is_refused() {
    on_empty_stage(async |stage| {
        let key = secret_key("hosho-testkit/g-mirai/publish-2");
        let second = second_bundle(&stage.guarantor, &key);
        let stranger = Guarantor::new("g-stranger").bundle();
        let mut other_first = stage.guarantor.bundle_draft();
        other_first.next_update = time("2027-01-01T00:00:00Z");
        let other_first = stage.guarantor.sign_bundle(other_first);
        let mut third = stage.guarantor.bundle_draft();
        third.sequence = Sequence::new(3).unwrap();
        third.previous = Some(Fingerprint::of(&second));
        let third = stage.guarantor.sign_bundle(third);
        let mut flipped = second.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for (bundle, expected) in [
            (stranger, is(StatusCode::UNAUTHORIZED, "E10-SIGNATURE")),
            (flipped, is(StatusCode::UNAUTHORIZED, "E10-SIGNATURE")),
            (b"no bundle".to_vec(), is(StatusCode::UNAUTHORIZED, "E10-SIGNATURE")),
            (other_first, is(StatusCode::CONFLICT, "E10-CONFLICT")),
            (third, is(StatusCode::CONFLICT, "E10-GAP")),
        ] {
            assert_eq!(code(&stage.publish_bundle(&bundle).await), expected);
        }
        assert_eq!(stage.publish_bundle(&second).await.status, StatusCode::OK);
    });
}

#[test]
fn after_a_rekey_only_the_new_key_opens() {
    on_stage(async |stage| {
        let sample = stage.newest(PLAIN);
        let serial = hosho::Serial::new(2).unwrap();
        let number = sample.request.number.clone();
        let new_key = stage.guarantor.auth_key(&number, serial);
        // Revision 2 says that the key was replaced; revision 1 is sealed again for it.
        let (second, first) = rekeyed(&stage, serial);
        let order = hosho_publish::confirmation::Sealed {
            locator: Spelling(new_key.locator(&number)),
            revisions: vec![
                SealedRevision(Spelling(hosho::Revision::FIRST), Base64(first)),
                SealedRevision(Spelling(hosho::Revision::new(2).unwrap()), Base64(second)),
            ],
            replaces: vec![Spelling(stage.locator(PLAIN))],
        };
        let answer = stage.publish_sealed(&order).await;
        assert_eq!(answer.json(), json!({ "stored": 2 }), "{}", answer.text());
        let ask = |key: &str| json!({ "number": PLAIN, "auth_key": key });
        let old = stage.api("/api/v1/open", &ask(&stage.key(PLAIN))).await;
        assert_eq!(code(&old), is(StatusCode::NOT_FOUND, "E4-OPEN"));
        let new = new_key.expose_text();
        let new = stage.api("/api/v1/open", &ask(new.as_str())).await.json();
        assert_eq!(new["revisions"].as_array().unwrap().len(), 2, "{new}");
        // The snapshot does not know of it yet: what it says of revision 1 is overtaken.
        assert_eq!(
            (new["verdict"].clone(), new["code"].clone()),
            (json!("status-unknown"), json!("E7-NOT-ISSUED"))
        );
        assert_eq!(new["certificate"]["change"]["kinds"], json!(["rekey"]));
        assert_eq!(new["revisions"][0]["verdict"], "superseded");
        assert_eq!(new["revisions"][0]["superseded_by"], 2);
    });
}

/// The rekey of the plain guarantee, sealed for the new key: revision 2 and revision 1.
fn rekeyed(stage: &Stage, serial: hosho::Serial) -> (Vec<u8>, Vec<u8>) {
    use hosho::{Change, ChangeKind, ChangeKinds, Lineage, SealNonce, SignedCertificate, seal};
    let sample = stage.newest(PLAIN);
    let number = sample.request.number.clone();
    let anything =
        hosho::Expectation { number: hosho::Expected::Unspecified, obligee: None, auth_key: None };
    let trust = stage.guarantor.trust();
    let signed = SignedCertificate::parse(&sample.signed).unwrap();
    let first = hosho::Verifier::new(&trust)
        .verify(signed, &anything, hosho_testkit::date("2026-03-10"), stage.clock.now())
        .unwrap();
    let mut claims = first.certificate().clone().into_owned().claims().clone();
    claims.lineage = Lineage::Amendment {
        revision: hosho::Revision::new(2).unwrap(),
        previous: Fingerprint::of(&sample.signed),
        change: Change {
            kinds: ChangeKinds::new([ChangeKind::Rekey]).unwrap(),
            reason: hosho::Text::parse("認証キーの再発行").unwrap(),
            contract_changed_on: None,
            effective_from: None,
        },
    };
    claims.binding = stage.guarantor.binding(&number, serial);
    claims.issued_on = hosho_testkit::date("2026-03-09");
    claims.issued_at = time("2026-03-09T03:00:00Z");
    claims.status.index = hosho::StatusIndex::new(201).unwrap();
    let second = stage.guarantor.issue(claims);
    let key = stage.guarantor.auth_key(&number, serial);
    let seal_again = |bytes: &[u8], salt| {
        let signed = SignedCertificate::parse(bytes).unwrap();
        seal(&signed, &key, &SealNonce { salt: [salt; 16], iv: [salt; 12] })
    };
    (seal_again(&second, 1), seal_again(&sample.signed, 2))
}

#[test]
fn proofs_are_taken_when_they_have_their_form() {
    on_stage(async |stage| {
        let fingerprint = Spelling(Fingerprint::of(b"a certificate"));
        let proofs = |bytes: &[u8]| {
            let proof = Proof { fingerprint, proof: Base64(bytes.to_vec()) };
            serde_json::to_vec(&Proofs { proofs: vec![proof] }).unwrap()
        };
        // {1: 1, 2: kid, 3: 0, 4: []}
        let good = b"\xa4\x01\x01\x02\x48\0\0\0\0\0\0\0\0\x03\0\x04\x80";
        let path = hosho_publish::confirmation::PROOFS;
        let answer = stage.post_signed(path, &proofs(good)).await;
        assert_eq!(answer.json(), json!({ "stored": 1 }), "{}", answer.text());
        let answer = stage.post_signed(path, &proofs(b"\xa0")).await;
        assert_eq!(code(&answer), is(StatusCode::BAD_REQUEST, "E10-INPUT"));
    });
}

#[test]
fn events_are_told_to_their_guarantor_only() {
    on_stage(async |stage| {
        let question = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        stage.api("/api/v1/open", &question).await;
        let path = hosho_publish::confirmation::events(0);
        let mine = stage.get_signed(&path, [1; 16]).await.json();
        assert_eq!(
            (mine["events"][0]["event"].clone(), mine["next"].clone()),
            (json!("opened"), json!(1))
        );
        let other = Guarantor::new("g-other");
        let request = stage.signed(Method::GET, &path, &[], &other, [1; 16]);
        assert_eq!(stage.send(request).await.json(), json!({ "events": [], "next": 0 }));
        let request = Request::get(EVENTS).body(Body::empty()).unwrap();
        assert!(stage.send(request).await.status.is_client_error());
        assert_eq!(
            crate::browser::status_of(&stage, Method::GET, BUNDLE).await,
            StatusCode::METHOD_NOT_ALLOWED
        );
    });
}
