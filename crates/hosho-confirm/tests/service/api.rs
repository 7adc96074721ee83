//! The API for programs.

use axum::http::StatusCode;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::stage::{AMENDED, PLAIN, Stage, on_stage};

fn question(stage: &Stage, number: &str) -> Value {
    json!({ "number": number, "auth_key": stage.key(number) })
}

#[test]
fn an_answer_is_the_object_of_check_with_revisions() {
    on_stage(async |stage| {
        let mut asked = question(&stage, AMENDED);
        asked["on"] = "2025-11-01".into();
        let answer = stage.api("/api/v1/open", &asked).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = answer.json();
        for (field, expected) in [
            ("verdict", json!("in-force")),
            ("number", json!(AMENDED)),
            ("revision", json!(2)),
            ("superseded_by", json!(4)),
            ("ended_on", Value::Null),
            ("as_of", json!("2026-03-10T00:00:00Z")),
            ("code", Value::Null),
            ("offset", Value::Null),
            ("on", json!("2025-11-01")),
            ("answers", json!([])),
        ] {
            assert_eq!(answer[field], expected, "{field}");
        }
        assert_eq!(answer["certificate"]["guarantee"]["amount_jpy"], {
            let chains = stage.chains();
            json!(chains[AMENDED][1].request.guarantee.amount.amount())
        });
        let verdicts: Vec<_> = answer["revisions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["revision"].as_u64().unwrap(), it["verdict"].as_str().unwrap()))
            .collect();
        assert_eq!(
            verdicts,
            [(1, "superseded"), (2, "in-force"), (3, "superseded"), (4, "superseded")]
        );
    });
}

#[test]
fn revisions_are_the_signed_bytes() {
    on_stage(async |stage| {
        let answer = stage.api("/api/v1/revisions", &question(&stage, AMENDED)).await.json();
        let chains = stage.chains();
        let revisions = answer["revisions"].as_array().unwrap();
        assert_eq!(revisions.len(), 4);
        for (revision, sample) in revisions.iter().zip(&chains[AMENDED]) {
            let signed = revision["signed"].as_str().unwrap();
            let bytes = base64::engine::general_purpose::STANDARD.decode(signed).unwrap();
            assert_eq!(bytes, sample.signed);
        }
    });
}

#[test]
fn a_batch_answers_each_item_in_order() {
    on_stage(async |stage| {
        let mut mistyped = question(&stage, PLAIN);
        mistyped["auth_key"] = "10JT6-4Z5E1-8H60F-XWX85-H6N6Z".into();
        let wrong = json!({ "number": PLAIN, "auth_key": stage.key(AMENDED) });
        let items = json!([question(&stage, AMENDED), mistyped, wrong, question(&stage, PLAIN)]);
        let answer = stage.api("/api/v1/batch", &json!({ "items": items })).await.json();
        let told: Vec<_> = answer["answers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["verdict"].as_str().unwrap(), it["code"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(
            told,
            [
                ("in-force", ""),
                ("key-mistyped", "E2-CHECK"),
                ("key-does-not-fit", "E4-OPEN"),
                ("in-force", "")
            ]
        );
    });
}

#[test]
fn what_cannot_be_read_is_a_problem_document() {
    on_stage(async |stage| {
        let key = stage.key(PLAIN);
        let many: Vec<_> = (0..201).map(|_| question(&stage, PLAIN)).collect();
        for (path, object, code, field) in [
            ("open", json!({}), "E10-INPUT", None),
            ("open", json!({ "number": PLAIN }), "E10-INPUT", None),
            ("open", json!({ "number": PLAIN, "auth_key": key, "extra": 1 }), "E10-INPUT", None),
            ("open", json!({ "number": "第1号", "auth_key": key }), "E1-NUMBER", Some("number")),
            ("open", json!({ "number": PLAIN, "auth_key": "x" }), "E2-LENGTH", Some("auth_key")),
            (
                "open",
                json!({ "number": PLAIN, "auth_key": key, "on": "tomorrow" }),
                "E6-DATE",
                Some("on"),
            ),
            ("open", json!({ "number": PLAIN, "auth_key": key, "on": "" }), "E6-DATE", Some("on")),
            ("batch", json!({ "items": many }), "E10-INPUT", None),
            (
                "batch",
                json!({ "items": [question(&stage, PLAIN), { "number": "", "auth_key": key }] }),
                "E10-INPUT",
                Some("items[1].number"),
            ),
            (
                "answer",
                json!({ "number": PLAIN, "auth_key": key, "revision": 0, "answer": "accepted", "by": "a" }),
                "E10-INPUT",
                Some("revision"),
            ),
            (
                "answer",
                json!({ "number": PLAIN, "auth_key": key, "revision": 1, "answer": "returned", "by": "a" }),
                "E10-INPUT",
                Some("reason"),
            ),
        ] {
            let answer = stage.api(&format!("/api/v1/{path}"), &object).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {object}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            let document = answer.json();
            assert_eq!(document["code"], code, "{path} {object}");
            assert_eq!(document["errors"][0]["field"].as_str(), field, "{path}: {document}");
        }
    });
}

#[test]
fn the_description_names_every_path_and_is_openapi_3_1() {
    on_stage(async |stage| {
        let answer = stage
            .send(
                axum::http::Request::get("/api/openapi.json")
                    .body(axum::body::Body::empty())
                    .unwrap(),
            )
            .await;
        let document = answer.json();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(paths, ["/api/v1/answer", "/api/v1/batch", "/api/v1/open", "/api/v1/revisions"]);
        assert_eq!(hosho_confirm::openapi_document(), answer.text());
    });
}

#[test]
fn an_opening_by_a_program_is_told_to_the_guarantor() {
    on_stage(async |stage| {
        for _ in 0..2 {
            stage.api("/api/v1/open", &question(&stage, PLAIN)).await;
        }
        let path = hosho_publish::confirmation::events(1);
        let page = stage.get_signed(&path, [1; 16]).await.json();
        assert_eq!((page["events"].as_array().unwrap().len(), page["next"].clone()), (1, json!(2)));
    });
}
