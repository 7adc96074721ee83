//! What does not open is told in one way, for the same work.

use axum::http::{HeaderMap, StatusCode};
use hosho::{GuaranteeNumber, Serial};
use hosho_publish::Spelling;
use hosho_testkit::Guarantor;
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{AMENDED, Answer, PLAIN, Stage, on_stage};

/// Everything of an answer but the id of the request.
fn comparable(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let mut headers: HeaderMap = answer.headers.clone();
    headers.remove("x-request-id");
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    (answer.status, headers, answer.text())
}

/// A key of the guarantor that opens nothing that was published.
fn other_key(stage: &Stage, number: &str) -> String {
    let number = GuaranteeNumber::parse(number.to_owned()).unwrap();
    let key = stage.guarantor.auth_key(&number, Serial::new(9).unwrap());
    key.expose_text().as_str().to_owned()
}

/// Reissues the key of a guarantee: the old locator is withdrawn.
async fn rekey(stage: &Stage, number: &str) {
    let mut moved = stage.sealed(number);
    moved.replaces = vec![moved.locator];
    moved.locator = Spelling(hosho::Locator::from_bytes([0x55; 16]));
    let answer = stage.publish_sealed(&moved).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// Number and key of each kind of miss.
async fn misses(stage: &Stage) -> Vec<(&'static str, String, String)> {
    rekey(stage, AMENDED).await;
    let foreign = Guarantor::new("g-other");
    let plain = GuaranteeNumber::parse(PLAIN).unwrap();
    let foreign_key = foreign.auth_key(&plain, Serial::FIRST).expose_text().as_str().to_owned();
    vec![
        ("unknown number", "99-99-9-9999999-9".to_owned(), stage.key(PLAIN)),
        ("wrong key", PLAIN.to_owned(), other_key(stage, PLAIN)),
        ("withdrawn locator", AMENDED.to_owned(), stage.key(AMENDED)),
        ("another guarantor's key", PLAIN.to_owned(), foreign_key),
        ("the key of another guarantee", PLAIN.to_owned(), stage.key("31-07-3-0000177-5")),
    ]
}

#[test]
fn every_miss_is_the_same_page_byte_for_byte() {
    on_stage(async |stage| {
        let misses = misses(&stage).await;
        let mut browser = Browser::new(&stage);
        browser.token().await;
        let mut expected = None;
        for (what, number, key) in &misses {
            let answer = browser.open(&[("number", number), ("auth_key", key)]).await;
            let answer = comparable(&answer);
            assert_eq!(answer.0, StatusCode::NOT_FOUND, "{what}");
            assert!(answer.2.contains("E4-OPEN"), "{what}");
            assert_eq!(expected.get_or_insert_with(|| answer.clone()), &answer, "{what}");
        }
    });
}

#[test]
fn every_miss_is_the_same_problem_document_byte_for_byte() {
    on_stage(async |stage| {
        let mut expected = None;
        for (what, number, key) in misses(&stage).await {
            let question = json!({ "number": number, "auth_key": key });
            let answer = comparable(&stage.api("/api/v1/open", &question).await);
            assert_eq!(answer.0, StatusCode::NOT_FOUND, "{what}");
            assert_eq!(expected.get_or_insert_with(|| answer.clone()), &answer, "{what}");
        }
    });
}

#[test]
fn a_guesser_waits_and_the_right_key_still_opens() {
    on_stage(async |stage| {
        let wrong = other_key(&stage, PLAIN);
        let question = json!({ "number": PLAIN, "auth_key": wrong });
        for _ in 0..13 {
            let answer = stage.api("/api/v1/open", &question).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        let begun = std::time::Instant::now();
        let right = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        let answer = stage.api("/api/v1/open", &right).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert!(begun.elapsed() >= std::time::Duration::from_millis(900));
    });
}
