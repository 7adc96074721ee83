//! Replays `test-vectors/` in full, and checks that it covers the spec.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use std::collections::{BTreeMap, BTreeSet};

use hosho_testkit::{directory, generate, replay};
use serde_json::Value;

/// Reads every file of vectors.
fn files() -> Vec<(String, Value)> {
    let mut files: Vec<_> = std::fs::read_dir(directory())
        .expect("the folder of vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(files.len() >= 20, "all files are there");
    files
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

fn vectors(file: &Value) -> &[Value] {
    file["vectors"].as_array().expect("vectors")
}

fn rules(vector: &Value) -> Vec<&str> {
    match &vector["rule"] {
        Value::String(rule) => vec![rule],
        Value::Array(rules) => rules.iter().map(|rule| rule.as_str().expect("a rule")).collect(),
        other => panic!("no rule: {other}"),
    }
}

/// A refusal, or a verdict other than that the certificate is in force.
fn refuses(vector: &Value) -> bool {
    let expect = &vector["expect"];
    match expect.get("verdict") {
        Some(verdict) => verdict != "in-force" && expect["code"] != "E7-NO-SNAPSHOT",
        None => expect.get("result").is_some_and(|result| result == "refuse"),
    }
}

#[test]
fn every_vector_is_answered_as_expected() {
    let mut count = 0;
    for (name, file) in files() {
        assert_eq!(text(&file, "format"), "hosho-vectors/1", "{name}");
        let operation = text(&file, "operation");
        for vector in vectors(&file) {
            let id = text(vector, "id");
            assert_eq!(replay(operation, &vector["input"]), vector["expect"], "{name} {id}");
            count += 1;
        }
    }
    assert!(count >= 1_000, "{count} vectors");
}

#[test]
fn generating_the_vectors_again_leaves_no_difference() {
    let generated = generate();
    for file in &generated {
        let path = directory().join(format!("{}.json", file.name));
        let committed = std::fs::read_to_string(&path).expect("a committed file");
        assert!(committed == file.to_json(), "{} differs from what is generated", file.name);
    }
    assert_eq!(generated.len(), files().len(), "no file is left over");
}

#[test]
fn every_vector_has_a_name_of_its_own_and_says_what_is_special() {
    for (name, file) in files() {
        let ids: BTreeSet<_> = vectors(&file).iter().map(|vector| text(vector, "id")).collect();
        assert_eq!(ids.len(), vectors(&file).len(), "{name}");
        assert!(vectors(&file).iter().all(|vector| !text(vector, "comment").is_empty()));
    }
}

/// Returns the ids of the rules, such as `R-CBOR-1`, that a text names.
fn rule_ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let is_rule = |word: &&str| {
        let mut parts = word.split('-');
        parts.next() == Some("R")
            && parts.next().is_some_and(|part| part.bytes().all(|b| b.is_ascii_uppercase()))
            && parts.next().is_some_and(|part| part.parse::<u8>().is_ok())
            && parts.next().is_none()
    };
    words.filter(is_rule).map(str::to_owned).collect()
}

#[test]
fn every_rule_of_the_spec_has_a_vector_that_is_accepted_and_one_that_is_refused() {
    let spec = include_str!("../../../docs/spec.md");
    let ids = rule_ids(spec);
    assert!(ids.len() >= 60, "{} rules", ids.len());
    let mut seen: BTreeMap<String, [u32; 2]> = BTreeMap::new();
    let mut refused = 0;
    for (_, file) in files() {
        for vector in vectors(&file) {
            refused += u32::from(refuses(vector));
            for rule in rules(vector) {
                assert!(ids.contains(rule), "{rule} is not in the spec");
                seen.entry(rule.to_owned()).or_default()[usize::from(refuses(vector))] += 1;
            }
        }
    }
    let lacking: Vec<_> =
        ids.iter().filter(|id| seen.get(*id).is_none_or(|counts| counts.contains(&0))).collect();
    assert!(lacking.is_empty(), "rules without both: {lacking:?}");
    assert!(refused >= 400, "{refused} refusals");
}

#[test]
fn every_code_of_the_core_is_expected_by_a_vector() {
    let files = files();
    let mut expected: BTreeSet<&str> = BTreeSet::new();
    for vector in files.iter().flat_map(|(_, file)| vectors(file)) {
        expected.extend(vector["expect"].get("code").and_then(Value::as_str));
    }
    let kinds = hosho::ParseErrorKind::ALL.iter().map(|kind| kind.code());
    let others = [
        "E2-LENGTH",
        "E2-SYMBOL",
        "E2-CHECK",
        "E2-VERSION",
        "E4-OPEN",
        "E5-SIGNATURE",
        "E5-KEY-UNKNOWN",
        "E5-KEY-ROLE",
        "E5-KEY-WINDOW",
        "E5-KEY-COMPROMISED",
        "E5-PROOF",
        "E5-OTHER-GUARANTEE",
        "E5-OTHER-OBLIGEE",
        "E6-CHAIN",
        "E7-NO-SNAPSHOT",
        "E7-OTHER-GUARANTOR",
        "E7-OTHER-LIST",
        "E7-NOT-ISSUED",
        "E7-STALE",
        "E7-REGRESSED",
        "E8-KEY",
        "E8-ORDER",
        "E8-ENTRY",
        "E8-WINDOW",
        "E8-ROOTS",
        "E8-ATTESTATION",
        "E8-SEQUENCE",
        "E8-THRESHOLD",
        "E8-GUARANTOR",
        "E8-PREVIOUS",
    ];
    let lacking: Vec<_> = kinds.chain(others).filter(|code| !expected.contains(code)).collect();
    assert!(lacking.is_empty(), "codes without a vector: {lacking:?}");
}
