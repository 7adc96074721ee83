//! Nothing that opens a certificate, and nothing of what it says, is left anywhere.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use base64::Engine as _;
use serde_json::json;

use crate::browser::Browser;
use crate::stage::{AMENDED, PLAIN, Stage, on_stage};

/// Everything that must not be found, with the spellings that it could hide in.
fn secrets(stage: &Stage) -> Vec<Vec<u8>> {
    let mut texts: Vec<String> =
        vec!["山田花子".to_owned(), "keiyaku@aomine.example.jp".to_owned()];
    for number in [PLAIN, AMENDED] {
        let request = &stage.newest(number).request;
        texts.push(number.to_owned());
        texts.push(stage.key(number));
        texts.push(stage.key(number).replace('-', ""));
        texts.push(request.obligee.name.to_string());
        texts.push(request.obligee.representative.to_string());
        texts.push(request.contractor.name.to_string());
        texts.push(request.contractor.address.to_string());
        texts.push(request.work.name.to_string());
        texts.push(request.work.site.to_string());
        texts.push(request.work.contract_number.to_string());
    }
    let mut all = Vec::new();
    for text in texts {
        let bytes = text.clone().into_bytes();
        all.push(hosho_testkit::to_hex(&bytes).into_bytes());
        all.push(hosho_testkit::to_hex(&bytes).to_uppercase().into_bytes());
        // In base64 a text stands at one of three offsets; its inner letters are the same.
        for shift in 0..3 {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(&bytes);
            let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&shifted);
            let inner = &coded.as_bytes()[(shift * 4).div_ceil(3)..coded.len() - 1];
            if inner.len() >= 8 {
                all.push(inner.to_vec());
            }
        }
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(bytes);
    }
    all
}

fn assert_none_in(stage: &Stage, what: &str, haystack: &[u8]) {
    for secret in secrets(stage) {
        let found = haystack.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{what} holds {}", String::from_utf8_lossy(&secret));
    }
}

/// A log that is kept in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that somebody can do, once.
async fn whole_flow(stage: &Stage) {
    let mut browser = Browser::new(stage);
    browser.visit(PLAIN, "2026-01-10").await;
    let form =
        [("revision", "1"), ("answer", "returned"), ("reason", "山田花子"), ("by", "山田花子")];
    let given = browser.post("/certificate", "/certificate/answer", &form).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    let watch = [("address", "keiyaku@aomine.example.jp")];
    browser.post("/certificate", "/certificate/watch", &watch).await;
    for path in ["/certificate/1/signed", "/certificate/evidence", "/certificate/report"] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK);
    }
    for number in [PLAIN, AMENDED] {
        for path in ["/api/v1/open", "/api/v1/revisions"] {
            let question = json!({ "number": number, "auth_key": stage.key(number) });
            assert_eq!(stage.api(path, &question).await.status, StatusCode::OK);
        }
        // A miss, a mistyped key, and a body that is no JSON but holds both.
        let wrong = json!({ "number": number, "auth_key": "10JT6-4Z5E1-8H60F-XWX85-H6N6Y" });
        stage.api("/api/v1/open", &wrong).await;
        let mistyped = format!("{}X", stage.key(number));
        stage.api("/api/v1/open", &json!({ "number": number, "auth_key": mistyped })).await;
        stage.api("/api/v1/open", &json!([number, stage.key(number)])).await;
        browser.open(&[("number", number), ("auth_key", &mistyped)]).await;
        // Somebody who puts them where they do not belong.
        browser.get(&format!("/certificate?on={number}&number={number}")).await;
        browser.get(&format!("/{number}")).await;
    }
    // A change: the mail waits in the outbox.
    let mut moved = stage.sealed(PLAIN);
    moved.replaces = vec![moved.locator];
    moved.locator = hosho_publish::Spelling(hosho::Locator::from_bytes([3; 16]));
    assert_eq!(stage.publish_sealed(&moved).await.status, StatusCode::OK);
}

#[test]
fn neither_the_database_nor_the_log_holds_what_opens_or_is_said() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    runtime.block_on(async {
        let stage = Stage::with_samples().await;
        whole_flow(&stage).await;
        let database = stage.database.dump();
        let locator = stage.locator(PLAIN);
        let stored = |bytes: &[u8]| database.windows(bytes.len()).any(|window| window == bytes);
        assert!(stored(locator.as_bytes()), "what is stored is searched");
        assert_none_in(&stage, "the database", &database);
        let lines = log.0.lock().unwrap().clone();
        let told = String::from_utf8_lossy(&lines);
        assert!(told.contains("\"message\":\"request\""), "something was logged: {told}");
        assert_none_in(&stage, "the log", &lines);
    });
}

#[test]
fn the_search_finds_what_it_looks_for() {
    on_stage(async |stage| {
        for spelled in [
            PLAIN.to_owned(),
            hosho_testkit::to_hex(PLAIN.as_bytes()),
            base64::engine::general_purpose::STANDARD.encode(format!("ab{PLAIN}cd")),
        ] {
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                assert_none_in(&stage, "a control", spelled.as_bytes());
            }));
            assert!(found.is_err(), "{spelled}");
        }
    });
}
