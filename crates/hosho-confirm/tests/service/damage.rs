//! Rows that were changed behind the service's back.

use axum::http::StatusCode;
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{AMENDED, PLAIN, Stage, on_stage};

async fn open(stage: &Stage, number: &str, key: &str) -> (StatusCode, String) {
    let answer = stage.api("/api/v1/open", &json!({ "number": number, "auth_key": key })).await;
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_flipped_byte_fails_closed_for_whom_it_concerns_and_is_a_miss_for_others() {
    on_stage(async |stage| {
        let key = stage.key(PLAIN);
        let row = format!("locator = {}", stage.database.literal(stage.locator(PLAIN).as_bytes()));
        let length = stage.newest(PLAIN).sealed.len();
        for at in (0..length).step_by(length / 24) {
            assert_eq!(stage.database.flip("sealed", "bytes", &row, at).await, 1);
            assert_eq!(
                open(&stage, PLAIN, &key).await,
                (StatusCode::INTERNAL_SERVER_ERROR, "E10-INTERNAL".to_owned()),
                "byte {at}"
            );
            assert_eq!(stage.database.flip("sealed", "bytes", &row, at).await, 1);
        }
        assert_eq!(open(&stage, PLAIN, &key).await, (StatusCode::OK, String::new()));
        assert_eq!(stage.database.flip("sealed", "bytes", &row, length / 2).await, 1);
        let wrong = open(&stage, PLAIN, &stage.key(AMENDED)).await;
        assert_eq!(wrong, (StatusCode::NOT_FOUND, "E4-OPEN".to_owned()));
        let mut browser = Browser::new(&stage);
        let page = browser.open(&[("number", PLAIN), ("auth_key", &key)]).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(page.text().contains("E10-INTERNAL"));
        assert!(!page.text().contains("damaged"), "the cause is for the log");
    });
}

#[test]
fn a_row_that_was_made_to_look_whole_does_not_open() {
    on_stage(async |stage| {
        let (key, other) = (stage.key(PLAIN), stage.locator("31-07-3-0000177-5"));
        let here = stage.database.literal(stage.locator(PLAIN).as_bytes());
        let there = stage.database.literal(other.as_bytes());
        // Another guarantee's rows under this locator, digests and all, are told by their digest,
        // which is over the locator too.
        stage
            .database
            .meddle(&format!(
                "UPDATE sealed SET bytes = (SELECT bytes FROM sealed WHERE locator = {there} AND revision = 1), \
                 digest = (SELECT digest FROM sealed WHERE locator = {there} AND revision = 1) \
                 WHERE locator = {here}"
            ))
            .await;
        let told = open(&stage, PLAIN, &key).await;
        assert_eq!(told, (StatusCode::INTERNAL_SERVER_ERROR, "E10-INTERNAL".to_owned()));
    });
}

#[test]
fn a_shelf_of_another_guarantor_is_a_miss() {
    on_stage(async |stage| {
        stage.database.meddle("UPDATE shelves SET guarantor = 'g-other'").await;
        let told = open(&stage, PLAIN, &stage.key(PLAIN)).await;
        assert_eq!(told, (StatusCode::NOT_FOUND, "E4-OPEN".to_owned()));
    });
}

#[test]
fn a_changed_snapshot_answers_nothing() {
    on_stage(async |stage| {
        stage.database.meddle("UPDATE snapshots SET sequence = sequence + 1").await;
        // The last byte is of the signature.
        let last = stage.snapshot(7).len() - 1;
        assert_eq!(stage.database.flip("snapshots", "bytes", "1 = 1", last).await, 1);
        let question = json!({ "number": PLAIN, "auth_key": stage.key(PLAIN) });
        let answer = stage.api("/api/v1/open", &question).await.json();
        assert_eq!(answer["verdict"], "status-unknown");
        assert_eq!(answer["code"], "E5-SIGNATURE");
    });
}

#[test]
fn a_changed_visit_or_answer_opens_for_nobody() {
    on_stage(async |stage| {
        let mut browser = Browser::new(&stage);
        browser.visit(PLAIN, "").await;
        let form = [("revision", "1"), ("answer", "accepted"), ("reason", ""), ("by", "山田")];
        browser.post("/certificate", "/certificate/answer", &form).await;
        let answered = "sealed_answer IS NOT NULL";
        assert_eq!(stage.database.flip("events", "sealed_answer", answered, 40).await, 1);
        let page = browser.get("/certificate").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text().contains("山田"));
        assert_eq!(stage.database.flip("sessions", "sealed", "1 = 1", 40).await, 1);
        assert_eq!(browser.get("/certificate").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    });
}
