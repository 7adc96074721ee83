//! Requests are read strictly, and a certificate gives its request back.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

use hosho::{
    AuthKeyBinding, Certificate, Epoch, Fingerprint, GuarantorId, ListNumber, Revision, Serial,
    StatusIndex, StatusReference, Text, UnixTime,
};
use hosho_request::{Issuance, Request, RequestProblem, certificate_json};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = root().join("samples/requests");
    let mut samples: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    samples.sort();
    assert_eq!(samples.len(), 20);
    samples
}

fn sample(name: &str) -> Value {
    let path = root().join("samples/requests").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn certify(request: Request) -> Certificate<'static> {
    let previous = (request.revision != Revision::FIRST).then(|| Fingerprint::of(b"previous"));
    let issuance = Issuance {
        guarantor_id: GuarantorId::parse("g-mirai").unwrap(),
        name: Text::parse("架空みらい建設業保証株式会社").unwrap(),
        representative: None,
        address: None,
        issued_at: UnixTime::from_seconds(1_795_000_000).unwrap(),
        binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind: [7; 32] },
        status: StatusReference { list: ListNumber::FIRST, index: StatusIndex::new(5).unwrap() },
        previous,
        clauses: Some(Fingerprint::of(b"clauses")),
    };
    Certificate::new(request.into_claims(issuance).unwrap()).unwrap()
}

/// Puts `value` at a JSON pointer, or removes what is there.
fn with(mut request: Value, pointer: &str, value: Option<Value>) -> Vec<u8> {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = request.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.to_owned(), value)),
        (Value::Object(fields), None) => drop(fields.remove(name).unwrap()),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other:?}"),
    }
    serde_json::to_vec(&request).unwrap()
}

fn refusal(bytes: &[u8]) -> (String, &'static str, RequestProblem) {
    let error = Request::parse(bytes).unwrap_err();
    (error.path().to_owned(), error.code(), error.problem())
}

#[test]
fn a_certificate_gives_back_the_request_that_it_answers() {
    for (name, bytes) in samples() {
        let request = Request::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let certificate = certify(request.clone());
        let shown = certificate_json(&certificate);
        assert_eq!(shown, serde_json::from_slice::<Value>(&bytes).unwrap(), "{name}");
        let again = Request::parse(shown.to_string().as_bytes()).unwrap();
        assert_eq!(again, request, "{name}");
    }
}

#[test]
fn shares_with_decimals_survive_the_round_trip() {
    let shares = [("0.01", 1), ("33.3", 3_330), ("33.34", 3_334), ("60", 6_000), ("100.0", 10_000)];
    for (share, hundredths) in shares {
        let value: Value = serde_json::from_str(share).unwrap();
        let bytes =
            with(sample("G10-1.json"), "/contractor/jv_members/0/share_percent", Some(value));
        let request = Request::parse(&bytes).unwrap();
        let read = request.contractor.members[0].share.unwrap().basis_points();
        assert_eq!(read, hundredths, "{share}");
        let shown = certificate_json(&certify(request.clone()));
        assert_eq!(Request::parse(shown.to_string().as_bytes()).unwrap(), request, "{share}");
    }
}

#[test]
fn refuses_unknown_fields_at_every_level() {
    let places = [
        ("G01-1.json", "/colour", "colour"),
        ("G01-1.json", "/obligee/tel", "obligee.tel"),
        ("G01-1.json", "/contractor/tel", "contractor.tel"),
        ("G10-1.json", "/contractor/jv_members/1/tel", "contractor.jv_members[1].tel"),
        ("G01-1.json", "/work/tel", "work.tel"),
        ("G01-1.json", "/work/term/tel", "work.term.tel"),
        ("G10-1.json", "/work/multi_year/tel", "work.multi_year.tel"),
        ("G01-1.json", "/guarantee/tel", "guarantee.tel"),
        ("G01-1.json", "/guarantee/period/tel", "guarantee.period.tel"),
        ("G04-2.json", "/change/tel", "change.tel"),
    ];
    for (name, pointer, path) in places {
        let bytes = with(sample(name), pointer, Some(json!("00-0000-0101")));
        let expected = (path.to_owned(), "E1-REQUEST", RequestProblem::Unknown);
        assert_eq!(refusal(&bytes), expected);
    }
}

#[test]
fn refuses_a_field_given_twice() {
    let text = sample("G01-1.json").to_string();
    let twice = text.replacen("\"name\":", "\"name\":\"瑞穂県\",\"name\":", 1);
    let (path, code, problem) = refusal(twice.as_bytes());
    assert_eq!((code, problem), ("E1-REQUEST", RequestProblem::Duplicate));
    assert_eq!(path.rsplit_once('.').unwrap().1, "name");
}

#[test]
fn names_the_field_that_is_missing() {
    for (pointer, path) in [
        ("/kind", "kind"),
        ("/number", "number"),
        ("/revision", "revision"),
        ("/issued_on", "issued_on"),
        ("/obligee", "obligee"),
        ("/obligee/representative", "obligee.representative"),
        ("/contractor/address", "contractor.address"),
        ("/work/term/to", "work.term.to"),
        ("/work/price_tax_jpy", "work.price_tax_jpy"),
        ("/guarantee/terms", "guarantee.terms"),
    ] {
        let bytes = with(sample("G01-1.json"), pointer, None);
        let expected = (path.to_owned(), "E1-REQUEST", RequestProblem::Missing);
        assert_eq!(refusal(&bytes), expected);
    }
}

#[test]
fn null_is_not_a_value_anywhere() {
    for (pointer, path) in [
        ("/number", "number"),
        ("/branch", "branch"),
        ("/work", "work"),
        ("/work/term/to", "work.term.to"),
        ("/work/low_price_survey", "work.low_price_survey"),
        ("/guarantee/amount_jpy", "guarantee.amount_jpy"),
        ("/contractor/jv_members", "contractor.jv_members"),
    ] {
        let bytes = with(sample("G01-1.json"), pointer, Some(Value::Null));
        let expected = (path.to_owned(), "E1-REQUEST", RequestProblem::Null);
        assert_eq!(refusal(&bytes), expected);
    }
}

#[test]
fn amounts_are_integers_and_nothing_else() {
    for value in [json!("132000000"), json!(1.5), json!(132_000_000.0), json!(-1), json!([1])] {
        let bytes = with(sample("G01-1.json"), "/work/price_jpy", Some(value.clone()));
        let expected = ("work.price_jpy".to_owned(), "E1-REQUEST", RequestProblem::NotInteger);
        assert_eq!(refusal(&bytes), expected, "{value}");
    }
    let text = sample("G01-1.json").to_string().replace("132000000", "1e3");
    assert_eq!(refusal(text.as_bytes()).2, RequestProblem::NotInteger);
    let bytes = with(sample("G01-1.json"), "/work/price_jpy", Some(json!(10_000_000_000_000_u64)));
    let (path, code, _) = refusal(&bytes);
    assert_eq!((path.as_str(), code), ("work.price_jpy", "E6-YEN"));
}

#[test]
fn values_keep_the_rules_of_the_format() {
    for (name, pointer, value, path, code) in [
        ("G01-1.json", "/issued_on", json!("2025-6-20"), "issued_on", "E6-DATE"),
        ("G01-1.json", "/work/term/to", json!("2026-02-30"), "work.term.to", "E6-DATE"),
        ("G01-1.json", "/work/term/to", json!("2025-06-16"), "work.term", "E6-PERIOD"),
        ("G01-1.json", "/number", json!("３１－０７"), "number", "E6-NUMBER"),
        ("G01-1.json", "/revision", json!(0), "revision", "E6-REVISION"),
        ("G01-1.json", "/revision", json!(65_536), "revision", "E6-REVISION"),
        ("G01-1.json", "/revision", json!(2), "change", "E6-LINEAGE"),
        ("G04-2.json", "/revision", json!(1), "change.supersedes", "E6-CHAIN"),
        ("G04-2.json", "/change/supersedes", json!(2), "change.supersedes", "E6-CHAIN"),
        ("G04-2.json", "/change/kinds", json!([]), "change.kinds", "E6-CHANGE"),
        ("G04-2.json", "/change/kinds", json!(["rekey", "increase"]), "change.kinds", "E6-CHANGE"),
        ("G04-2.json", "/change/kinds/0", json!("growth"), "change.kinds[0]", "E1-REQUEST"),
        ("G01-1.json", "/kind", json!("bid"), "kind", "E1-REQUEST"),
        ("G01-1.json", "/kind", json!(1), "kind", "E1-REQUEST"),
        ("G01-1.json", "/obligee/name", json!(" 瑞穂県"), "obligee.name", "E6-TEXT-SPACE"),
        ("G01-1.json", "/obligee/name", json!(""), "obligee.name", "E6-TEXT-LENGTH"),
        ("G01-1.json", "/obligee/name", json!("か\u{3099}"), "obligee.name", "E6-TEXT-NFC"),
        ("G01-1.json", "/work/site", json!("青\u{202E}嶺"), "work.site", "E6-TEXT-CHARACTER"),
        ("G01-1.json", "/work/price_tax_jpy", json!(132_000_001), "work.price_tax_jpy", "E6-TAX"),
        ("G01-1.json", "/work/low_price_survey", json!(1), "work.low_price_survey", "E1-REQUEST"),
        (
            "G02-1.json",
            "/guarantee/advance_jpy",
            json!(1),
            "guarantee.advance_jpy",
            "E6-KIND-FIELD",
        ),
        (
            "G01-1.json",
            "/guarantee/prior_advance_guarantee_number",
            json!("31-07-1-0000123-9"),
            "guarantee.prior_advance_guarantee_number",
            "E6-KIND-FIELD",
        ),
        (
            "G10-1.json",
            "/contractor/jv_members/0/share_percent",
            json!(33.333),
            "contractor.jv_members[0].share_percent",
            "E1-REQUEST",
        ),
        (
            "G10-1.json",
            "/contractor/jv_members/0/share_percent",
            json!(100.01),
            "contractor.jv_members[0].share_percent",
            "E6-MEMBERS",
        ),
        ("G10-1.json", "/contractor/jv_members", json!([]), "contractor.jv_members", "E6-MEMBERS"),
    ] {
        let bytes = with(sample(name), pointer, Some(value.clone()));
        let (at, found, _) = refusal(&bytes);
        assert_eq!((at.as_str(), found), (path, code), "{pointer} = {value}");
    }
}

#[test]
fn fields_that_a_kind_needs_are_named() {
    let (path, code, _) = refusal(&with(sample("G01-1.json"), "/guarantee/advance_jpy", None));
    assert_eq!((path.as_str(), code), ("guarantee.advance_jpy", "E6-KIND-FIELD"));
    let (path, code, _) = refusal(&with(sample("G01-1.json"), "/work/concluded_on", None));
    assert_eq!((path.as_str(), code), ("work.concluded_on", "E6-CONCLUDED-ON"));
}

#[test]
fn refuses_what_is_not_one_json_object() {
    let at = |line, column| RequestProblem::NotJson { line, column };
    assert_eq!(refusal(b"").2, at(1, 0));
    assert_eq!(refusal(b"{} {}").2, at(1, 4));
    assert_eq!(refusal(b"{\n \"kind\": 1,\n}").2, at(3, 1));
    assert_eq!(refusal(b"[]").2, RequestProblem::NotObject);
    assert_eq!(refusal(b"null").2, RequestProblem::Null);
    assert_eq!(refusal(b"{\"kind\": \"\xFF\"}").1, "E1-REQUEST");
    assert_eq!(refusal(&vec![b'['; 60_000]).1, "E1-REQUEST");
    let huge = vec![b' '; Request::MAX_LEN + 1];
    assert_eq!(refusal(&huge), (String::new(), "E1-TOO-LARGE", RequestProblem::TooLarge));
}

#[test]
fn messages_name_path_code_and_next_step_but_no_value() {
    let bytes = with(sample("G01-1.json"), "/work/term/to", Some(json!("2026-02-30")));
    let error = Request::parse(&bytes).unwrap_err();
    assert!(error.to_string().starts_with("work.term.to: E6-DATE: "), "{error}");
    assert!(error.to_string().ends_with("write an existing day as YYYY-MM-DD"), "{error}");
    assert_eq!(
        error.to_japanese(),
        "work.term.to: E6-DATE: 実在する日付を YYYY-MM-DD で書いてください"
    );
    assert!(!error.to_string().contains("2026-02-30"));
}

#[test]
fn a_hostile_name_cannot_garble_a_message() {
    let bytes = r#"{"\u001b[2J\nE9": 1}"#;
    let error = Request::parse(bytes.as_bytes()).unwrap_err();
    assert_eq!(error.path(), "2JE9");
}
