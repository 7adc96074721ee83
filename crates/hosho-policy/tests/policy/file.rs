//! The TOML of a policy: the reader, the published schema and the documentation agree.

use std::fs;

use hosho_policy::{Policy, PolicyProblem as Problem, Rule};
use jsonschema::Validator;
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use crate::certificates::{NOTHING, alone, root, sample};

fn schema() -> Validator {
    let text = fs::read(root().join("docs/policy.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// TOML as JSON, for the schema.
fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Boolean(truth) => (*truth).into(),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Float(digits) => serde_json::from_str(digits.as_str()).unwrap_or(Value::Null),
        DeValue::Integer(digits) => serde_json::from_str(digits.as_str()).unwrap_or(Value::Null),
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Table(table) => object(table),
    }
}

fn object(table: &DeTable<'_>) -> Value {
    let fields =
        table.iter().map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref())));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn keeps_schema(schema: &Validator, text: &str) -> bool {
    DeTable::parse(text).is_ok_and(|table| schema.is_valid(&object(table.get_ref())))
}

/// The TOML blocks of docs/policy.md.
fn documented() -> Vec<String> {
    let page = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

pub(crate) fn example() -> String {
    fs::read_to_string(root().join("samples/policies/mizuho.toml")).unwrap()
}

#[test]
fn the_examples_keep_the_schema_and_are_read() {
    let schema = schema();
    let documented = documented();
    assert_eq!(documented.len(), 1);
    for text in documented.iter().chain([&example()]) {
        assert!(keeps_schema(&schema, text), "{text}");
        Policy::parse(text).unwrap();
    }
}

#[test]
fn the_documented_example_is_the_sample_without_its_comments() {
    let bare = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    assert_eq!(bare(&documented()[0]), bare(&example()));
}

#[test]
fn the_sample_policy_finds_nothing_new_in_the_samples() {
    let policy = Policy::parse(&example()).unwrap();
    for name in ["G01-1", "G02-1", "G04-1", "G05-1", "G06-1"] {
        assert_eq!(alone(&policy, &sample(name)), NOTHING, "{name}");
    }
    assert_eq!(alone(&policy, &sample("G08-1")), ["R2 inform within-services-limit"]);
}

/// Every key of every rule with a value that is not the usual one.
pub(crate) const EVERY_KEY: &str = r#"
version = 1
service_categories = ["a"]
[rules]
R1 = { severity = "error", percent = 39 }
R2 = { severity = "remind", percent = 29.5, low_price_percent = 19.99, low_price_severity = "off" }
R3 = { severity = "inform", percent = 0, total_percent = 100 }
R4 = { severity = "off", missing_severity = "error" }
R5 = { severity = "off", percent = 11 }
R6 = { severity = "off", percent = 31 }
R7 = { severity = "off", unit_jpy = 1, cap_jpy = 9_999_999_999_999 }
R8 = { severity = "off", larger_severity = "warning" }
R9 = { severity = "off", later_severity = "inform" }
R10 = { severity = "off" }
R11 = { severity = "off", percent = 49, total_percent = 59 }
R12 = { severity = "off" }
R13 = { severity = "off" }
R15 = { severity = "off", increase_percent = 25, decrease_percent = "none" }
R17 = { severity = "off", rate_percent = 8 }
[[override]]
obligees = ["瑞穂県"]
kinds = ["advance", "interim", "performance"]
categories = ["construction"]
rules = { R7 = { unit_jpy = "none", cap_jpy = "none" } }
"#;

#[test]
fn schema_reader_and_documentation_know_the_same_keys() {
    assert!(keeps_schema(&schema(), EVERY_KEY));
    Policy::parse(EVERY_KEY).unwrap();
    let schema: Value =
        serde_json::from_slice(&fs::read(root().join("docs/policy.schema.json")).unwrap()).unwrap();
    let page = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let table = DeTable::parse(EVERY_KEY).unwrap();
    let rules = table.get_ref()["rules"].get_ref().as_table().unwrap();
    let listed = schema["$defs"]["rules"]["properties"].as_object().unwrap();
    assert_eq!(listed.len(), Rule::ALL.len());
    for (rule, fields) in listed {
        let fields = match fields["$ref"].as_str() {
            Some(name) => &schema["$defs"][name.strip_prefix("#/$defs/").unwrap()],
            None => fields,
        };
        let here = rules.get(rule.as_str()).unwrap().get_ref().as_table().unwrap();
        let known: Vec<&String> = fields["properties"].as_object().unwrap().keys().collect();
        let ours: Vec<&str> = here.keys().map(|name| name.get_ref().as_ref()).collect();
        assert_eq!(known, ours, "{rule}");
        for key in ours.into_iter().filter(|key| *key != "severity") {
            assert!(page.contains(&format!("`{rule}.{key}`")), "{rule}.{key}");
        }
    }
}

fn refusal(text: &str) -> (String, Problem) {
    let error = Policy::parse(text).unwrap_err();
    assert_eq!(error.code(), "E1-POLICY");
    (error.path().to_owned(), error.problem())
}

#[test]
fn what_the_schema_refuses_the_reader_refuses_with_the_path_of_the_key() {
    let schema = schema();
    for (text, path, problem) in [
        ("", "version", Problem::Missing),
        ("version = 2", "version", Problem::Version),
        ("version = \"1\"", "version", Problem::Version),
        ("version = 1\ncolour = 1", "colour", Problem::Unknown),
        ("version = 1\nrules = 1", "rules", Problem::NotTable),
        ("version = 1\nrules.R14.severity = \"off\"", "rules.R14", Problem::Unknown),
        ("version = 1\nrules.r1.percent = 1", "rules.r1", Problem::Unknown),
        ("version = 1\nrules.R1 = 40", "rules.R1", Problem::NotTable),
        ("version = 1\nrules.R1.percents = 40", "rules.R1.percents", Problem::Unknown),
        ("version = 1\nrules.R10.percent = 40", "rules.R10.percent", Problem::Unknown),
        ("version = 1\nrules.R1.percent = \"40\"", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.percent = \"none\"", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.percent = 100.01", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.percent = -1", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.percent = 33.333", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.percent = nan", "rules.R1.percent", Problem::NotPercentage),
        ("version = 1\nrules.R1.severity = \"loud\"", "rules.R1.severity", Problem::UnknownWord),
        ("version = 1\nrules.R1.severity = false", "rules.R1.severity", Problem::NotText),
        ("version = 1\nrules.R7.unit_jpy = 0", "rules.R7.unit_jpy", Problem::NotAmount),
        ("version = 1\nrules.R7.unit_jpy = 0.5", "rules.R7.unit_jpy", Problem::NotAmount),
        ("version = 1\nrules.R7.unit_jpy = \"off\"", "rules.R7.unit_jpy", Problem::NotAmount),
        (
            "version = 1\nrules.R7.cap_jpy = 10_000_000_000_000",
            "rules.R7.cap_jpy",
            Problem::NotAmount,
        ),
        (
            "version = 1\nrules.R15.increase_percent = true",
            "rules.R15.increase_percent",
            Problem::NotPercentage,
        ),
        ("version = 1\nservice_categories = []", "service_categories", Problem::Count { most: 64 }),
        ("version = 1\nservice_categories = \"a\"", "service_categories", Problem::NotList),
        ("version = 1\nservice_categories = [1]", "service_categories[0]", Problem::NotText),
        ("version = 1\nservice_categories = [\"\"]", "service_categories[0]", Problem::TextLength),
        ("version = 1\noverride = []", "override", Problem::Count { most: 1_024 }),
        ("version = 1\n[override]", "override", Problem::NotList),
        ("version = 1\noverride = [1]", "override[0]", Problem::NotTable),
        ("version = 1\n[[override]]\nrules = {}", "override[0]", Problem::NoCondition),
        ("version = 1\n[[override]]\nkinds = [\"advance\"]", "override[0].rules", Problem::Missing),
        (
            "version = 1\n[[override]]\nkinds = [\"bid\"]\nrules = {}",
            "override[0].kinds[0]",
            Problem::UnknownWord,
        ),
        (
            "version = 1\n[[override]]\nkinds = [\"advance\"]\nname = \"x\"\nrules = {}",
            "override[0].name",
            Problem::Unknown,
        ),
        (
            "version = 1\n[[override]]\nobligees = [\"a\"]\nrules.R1.percent = 40\n\
             [[override]]\nobligees = [\"b\"]\nrules.R7.unit_jpy = -5",
            "override[1].rules.R7.unit_jpy",
            Problem::NotAmount,
        ),
    ] {
        assert_eq!(refusal(text), (path.to_owned(), problem), "{text}");
        assert!(!keeps_schema(&schema, text), "the schema passes {text}");
    }
}

#[test]
fn sizes_are_bounded() {
    let long = |count: usize, text: &str| vec![format!("\"{text}\""); count].join(",");
    let obligees = |count| {
        format!("version = 1\n[[override]]\nobligees = [{}]\nrules = {{}}", long(count, "a"))
    };
    assert!(Policy::parse(&obligees(256)).is_ok());
    let most = Problem::Count { most: 256 };
    assert_eq!(refusal(&obligees(257)), ("override[0].obligees".to_owned(), most));
    let categories =
        |length| format!("version = 1\nservice_categories = [\"{}\"]", "a".repeat(length));
    assert!(Policy::parse(&categories(64)).is_ok());
    let path = "service_categories[0]".to_owned();
    assert_eq!(refusal(&categories(65)), (path, Problem::TextLength));
    let large = format!("version = 1\n{}", "#".repeat(Policy::MAX_LEN));
    let error = Policy::parse(&large).unwrap_err();
    assert_eq!((error.code(), error.problem()), ("E1-TOO-LARGE", Problem::TooLarge));
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_place() {
    let at = |line, column| (String::new(), Problem::NotToml { line, column });
    assert_eq!(refusal("version = 1\nrules = \n"), at(2, 9));
    let (path, problem) = refusal("version = 1\nversion = 1\n");
    assert_eq!(path, "");
    assert!(matches!(problem, Problem::NotToml { line: 2, .. }), "{problem:?}");
    let deep = format!("version = 1\nrules = {}", "[".repeat(100_000));
    assert_eq!(refusal(&deep).0, "");
}

#[test]
fn a_file_is_utf_8_with_or_without_a_mark() {
    assert!(Policy::from_file(b"\xEF\xBB\xBFversion = 1\r\n").is_ok());
    let error = Policy::from_file(b"version = 1\n# \xFF").unwrap_err();
    assert_eq!(error.problem(), Problem::NotToml { line: 2, column: 3 });
    let error = Policy::from_file(&vec![0xFF; Policy::MAX_LEN + 1]).unwrap_err();
    assert_eq!(error.problem(), Problem::TooLarge);
}

#[test]
fn messages_name_path_and_next_step_but_no_value() {
    let error = Policy::parse("version = 1\nrules.R1.severity = \"loud\"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "rules.R1.severity: choose one of the words that docs/policy.md lists"
    );
    assert_eq!(
        error.to_japanese(),
        "rules.R1.severity: 使えない語です。docs/policy.md の一覧から選んでください"
    );
    let error = Policy::parse("version = 1\n\"\\u001b[2J\\nE9\" = 1").unwrap_err();
    assert_eq!(error.path(), "2JE9");
}

#[test]
fn the_fingerprint_is_that_of_the_text() {
    assert_eq!(Policy::usual().fingerprint(), None);
    let expected = hosho::Fingerprint::of(b"version = 1");
    assert_eq!(Policy::parse("version = 1").unwrap().fingerprint(), Some(expected));
}
