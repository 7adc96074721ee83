//! Accepting a certificate or sending it back.

use axum::http::StatusCode;
use hosho_publish::Answer;
use hosho_publish::confirmation::{Deed, Page, events};
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{AMENDED, PLAIN, Stage, on_stage};

const FORM: [(&str, &str); 4] = [
    ("revision", "1"),
    ("answer", "accepted"),
    ("reason", ""),
    ("by", "瑞穂県 青嶺土木事務所\u{3000}契約係 山田"),
];

async fn events_of(stage: &Stage) -> Page {
    let answer = stage.get_signed(&events(0), [0xEE; 16]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn an_answer_is_shown_and_reaches_the_guarantor_sealed() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        let given = browser.post("/certificate", "/certificate/answer", &FORM).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text());
        let page = browser.get(given.header("location")).await.text();
        assert!(page.contains("回答を受け付けました") && page.contains("契約係 山田"), "{page}");
        assert!(!page.contains("受理・差し戻しを回答する"), "{page}");

        let page = events_of(&stage).await;
        assert_eq!(page.events.len(), 2);
        assert_eq!(page.next, 2);
        assert_eq!(page.events[0].event, Deed::Opened);
        let answered = &page.events[1];
        assert_eq!(answered.event, Deed::Answered);
        assert_eq!(answered.locator.0, stage.locator(PLAIN));
        let sealed = &answered.sealed_answer.as_ref().unwrap().0;
        let sample = stage.newest(PLAIN);
        let number = &sample.request.number;
        let opened = Answer::open(sealed, &sample.auth_key, number, answered.revision.0).unwrap();
        assert_eq!(opened.by().as_str(), "瑞穂県 青嶺土木事務所 契約係 山田");
    });
}

#[test]
fn the_first_answer_stands_and_the_second_person_is_shown_it() {
    on_stage(async |stage| {
        let mut first = Browser::new(&stage);
        let mut second = Browser::new(&stage);
        first.visit(PLAIN, "").await;
        second.visit(PLAIN, "").await;
        // Both have the form open.
        let form = second.get("/certificate").await.text();
        let token = crate::browser::token_in(&form);
        first.post("/certificate", "/certificate/answer", &FORM).await;
        let body = format!("form_token={token}&revision=1&answer=returned&reason=x&by=y");
        let late = second.post_raw("/certificate/answer", body).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let text = late.text();
        assert!(text.contains("E10-ANSWERED") && text.contains("契約係 山田"), "{text}");
    });
}

#[test]
fn each_revision_is_answered_by_itself() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        let page = browser.visit(AMENDED, "").await.text();
        assert!(page.contains("name=\"revision\" value=\"4\""), "{page}");
        let mut form = FORM;
        form[0].1 = "4";
        let given = browser.post("/certificate", "/certificate/answer", &form).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER);
        form[0].1 = "2";
        let given = browser.post_again(&form).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text());
        form[0].1 = "9";
        let given = browser.post_again(&form).await;
        assert_eq!(given.status, StatusCode::BAD_REQUEST);
        assert!(given.text().contains("E10-INPUT"));
    });
}

#[test]
fn what_is_missing_in_an_answer_is_told_and_what_was_typed_is_kept() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        for (answer, reason, by, field) in [
            ("returned", "", "山田", "reason"),
            ("accepted", "", " ", "by"),
            ("", "", "山田", "answer"),
            ("returned", "宛名\u{202e}違い", "山田", "reason"),
        ] {
            let mut form: Vec<(&str, &str)> =
                vec![("revision", "1"), ("reason", reason), ("by", by)];
            if !answer.is_empty() {
                form.push(("answer", answer));
            }
            let refused = browser.post("/certificate", "/certificate/answer", &form).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{field}");
            let text = refused.text();
            assert!(text.contains(&format!("href=\"#{field}\"")), "{field}: {text}");
            assert!(text.contains(&format!("value=\"{by}\"")), "{field}: {text}");
        }
        assert_eq!(events_of(&stage).await.events.len(), 1);
    });
}

#[test]
fn programs_answer_too_and_may_send_it_again() {
    on_stage(async |stage| {
        let mut question = json!({
            "number": PLAIN,
            "auth_key": stage.key(PLAIN),
            "revision": 1,
            "answer": "returned",
            "reason": "保証期限が工期に足りない",
            "by": "瑞穂県",
        });
        for _ in 0..2 {
            let given = stage.api("/api/v1/answer", &question).await;
            assert_eq!(given.status, StatusCode::OK, "{}", given.text());
            assert_eq!(given.json()["answer"], "returned");
            assert_eq!(given.json()["at"], "2026-03-10T03:00:00Z");
        }
        question["answer"] = "accepted".into();
        let other = stage.api("/api/v1/answer", &question).await;
        assert_eq!(
            (other.status, other.json()["code"].clone()),
            (StatusCode::CONFLICT, "E10-ANSWERED".into())
        );
        let opened = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        let opened = stage.api("/api/v1/open", &opened).await.json();
        assert_eq!(opened["answers"][0]["reason"], "保証期限が工期に足りない");
    });
}
