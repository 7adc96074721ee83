//! The published schema and the reader agree.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use hosho_request::Request;
use jsonschema::Validator;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> Validator {
    let text = fs::read(root().join("docs/request.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn sample(name: &str) -> Value {
    let path = root().join("samples/requests").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_sample_keeps_the_schema() {
    let schema = schema();
    let mut count = 0;
    for entry in fs::read_dir(root().join("samples/requests")).unwrap() {
        let path = entry.unwrap().path();
        let value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(schema.is_valid(&value), "{}: {:?}", path.display(), schema.validate(&value));
        count += 1;
    }
    assert_eq!(count, 20);
}

#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    let schema = schema();
    for (name, pointer, field, value) in [
        ("G01-1.json", "", "colour", json!("red")),
        ("G01-1.json", "/obligee", "tel", json!("1")),
        ("G01-1.json", "/work/term", "days", json!(3)),
        ("G01-1.json", "", "branch", Value::Null),
        ("G01-1.json", "", "revision", json!(0)),
        ("G01-1.json", "", "revision", json!(2)),
        ("G01-1.json", "", "kind", json!("bid")),
        ("G01-1.json", "", "number", json!("３１")),
        ("G01-1.json", "", "issued_on", json!("2025/06/20")),
        ("G01-1.json", "/work", "price_jpy", json!("1")),
        ("G01-1.json", "/work", "price_jpy", json!(0.5)),
        ("G01-1.json", "/work", "low_price_survey", json!("yes")),
        ("G01-1.json", "/guarantee", "amount_jpy", json!(10_000_000_000_000_u64)),
        ("G01-1.json", "/guarantee", "prior_advance_guarantee_number", json!("1")),
        ("G02-1.json", "/guarantee", "advance_jpy", json!(1)),
        (
            "G02-1.json",
            "/work",
            "multi_year",
            json!({"fiscal_year": "令和7年度", "planned_jpy": 1}),
        ),
        ("G04-2.json", "", "revision", json!(1)),
        ("G04-2.json", "/change", "kinds", json!([])),
        ("G04-2.json", "/change", "kinds", json!(["increase", "increase"])),
        ("G04-2.json", "/change", "kinds", json!(["increase", "rekey"])),
        ("G10-1.json", "/contractor", "jv_members", json!([])),
        ("G10-1.json", "/contractor/jv_members/0", "share_percent", json!(0)),
        ("G10-1.json", "/contractor/jv_members/0", "share_percent", json!(100.5)),
    ] {
        let mut request = sample(name);
        let place = request.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        place.insert(field.to_owned(), value);
        assert!(!schema.is_valid(&request), "schema passes {pointer}/{field}");
        let read = Request::parse(request.to_string().as_bytes());
        assert!(read.is_err(), "reader passes {pointer}/{field}");
    }
}
