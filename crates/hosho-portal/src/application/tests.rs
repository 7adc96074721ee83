//! Forms as a whole: samples survive them, and whatever is sent is answered.

use hosho::Date;
use hosho_request::Request;
use hosho_store::portal::AskedKind;
use hosho_web::Lang;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use super::entries::{ENDING, Entries, PARTIES};
use super::field::FIELDS;
use super::reading::{Frame, read, read_ending, read_rekey};
use super::slip::Slip;
use crate::draft::{Conclusion, Draft};

struct Sample {
    name: String,
    request: Request,
    fields: Map<String, Value>,
    draft: Draft,
    kind: AskedKind,
}

fn samples() -> Vec<Sample> {
    let samples = hosho_testkit::sample_requests().into_iter();
    let sample = |(name, bytes): (String, Vec<u8>)| {
        let fields: Map<String, Value> = serde_json::from_slice(&bytes).unwrap();
        Sample {
            name,
            request: Request::parse(&bytes).unwrap(),
            draft: Draft::new(fields.clone()).unwrap(),
            kind: AskedKind::parse(fields["kind"].as_str().unwrap()).unwrap(),
            fields,
        }
    };
    samples.map(sample).collect()
}

fn sample(name: &str) -> Sample {
    samples().into_iter().find(|sample| sample.name == name).unwrap()
}

/// The frame of a new guarantee like the sample.
fn frame(sample: &Sample) -> Frame<'_> {
    Frame {
        kind: sample.kind,
        terms: sample.fields["guarantee"]["terms"].as_str().unwrap(),
        branch: sample.fields.get("branch").and_then(Value::as_str),
        obligee: None,
        base: None,
    }
}

/// Sends a form with what stands in it, and reads what arrives.
fn sent(entries: &Entries) -> Entries {
    Entries::of_form(&entries.to_form()).unwrap()
}

fn base_of(sample: &Sample, samples: &[Sample]) -> Option<Draft> {
    let before = sample.request.supersedes?;
    let earlier = samples
        .iter()
        .find(|it| it.request.number == sample.request.number && it.request.revision == before);
    let mut fields = earlier.unwrap().fields.clone();
    fields.remove("change");
    Some(Draft::new(fields).unwrap())
}

fn read_sample(sample: &Sample, base: Option<&Draft>) -> Result<Draft, Vec<Slip>> {
    let mut entries = Entries::of_request(&sample.fields);
    match sample.fields.get("change").map(|change| change["kinds"][0].as_str().unwrap()) {
        Some(ending @ ("termination" | "voidance")) => {
            entries.set(ENDING, ending);
            read_ending(&sent(&entries), base.unwrap())
        }
        _ => read(&sent(&entries), &Frame { base, ..frame(sample) }),
    }
}

fn conclude(draft: &Draft, like: &Request) -> Request {
    let conclusion =
        Conclusion { number: &like.number, revision: like.revision, issued_on: like.issued_on };
    Request::parse(draft.conclude(&conclusion).as_bytes()).unwrap()
}

#[test]
fn every_sample_survives_the_form_unchanged() {
    let samples = samples();
    assert_eq!(samples.len(), 20);
    for sample in &samples {
        let base = base_of(sample, &samples);
        let draft = read_sample(sample, base.as_ref()).unwrap();
        assert_eq!(draft, sample.draft, "{}", sample.name);
        assert_eq!(conclude(&draft, &sample.request), sample.request, "{}", sample.name);
    }
}

/// Names the fields that are wrong, with their codes.
fn wrong(result: Result<Draft, Vec<Slip>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|slip| (slip.field, slip.code)).collect()
}

fn changed(name: &str, changes: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let sample = sample(name);
    wrong(read(&typed(&sample, changes), &frame(&sample)))
}

fn typed(sample: &Sample, changes: &[(&str, &str)]) -> Entries {
    let mut fields = Entries::of_request(&sample.fields).to_form();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    Entries::of_form(&fields).unwrap()
}

fn places(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    expected.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect()
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_page() {
    let found = changed(
        "G10-1",
        &[
            ("guarantee.period.to", "令和8年2月30日"),
            ("contractor.jv_members.1.share_percent", "120"),
            ("contractor.jv_members.1.role", ""),
            ("obligee.name", "  "),
            ("work.price_jpy", "十六億円"),
            ("work.multi_year.fiscal_year", ""),
            ("work.term.from", "R10.1.1"),
        ],
    );
    let expected = [
        ("obligee.name", "E1-REQUEST"),
        ("contractor.jv_members.1.role", "E1-REQUEST"),
        ("contractor.jv_members.1.share_percent", "E6-MEMBERS"),
        ("work.term.to", "E6-PERIOD"),
        ("work.price_jpy", "E6-YEN"),
        ("work.multi_year.fiscal_year", "E1-REQUEST"),
        ("guarantee.period.to", "E6-DATE"),
    ];
    assert_eq!(found, places(&expected));
}

#[test]
fn rules_about_several_fields_name_the_one_to_correct() {
    let tax = changed("G01-1", &[("work.price_tax_jpy", "200,000,000")]);
    assert_eq!(tax, places(&[("work.price_tax_jpy", "E6-TAX")]));
    let period = changed("G01-1", &[("guarantee.period.to", "2025-06-19")]);
    assert_eq!(period, places(&[("guarantee.period.to", "E6-PERIOD")]));
    let concluded = changed("G01-1", &[("work.concluded_on", "")]);
    assert_eq!(concluded, places(&[("work.concluded_on", "E6-CONCLUDED-ON")]));
    let advance = changed("G01-1", &[("guarantee.advance_jpy", "")]);
    assert_eq!(advance, places(&[("guarantee.advance_jpy", "E6-KIND-FIELD")]));
    let prior = changed("G03-1", &[("guarantee.prior_advance_guarantee_number", "")]);
    assert_eq!(prior, places(&[("guarantee.prior_advance_guarantee_number", "E10-INPUT")]));
}

#[test]
fn an_empty_form_names_every_field_that_is_needed() {
    for name in ["G01-1", "G03-1", "G02-1"] {
        let sample = sample(name);
        let found = wrong(read(&Entries::default(), &frame(&sample)));
        let needed = FIELDS.iter().filter(|field| {
            field.part != super::field::Part::Change && field.is_needed(sample.kind)
        });
        let needed: Vec<&str> = needed.map(|field| field.name).collect();
        let named: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(named, needed, "{name}");
    }
}

#[test]
fn rows_left_blank_are_no_members_and_slips_stay_with_their_row() {
    let sample = sample("G10-1");
    let moved = [
        ("contractor.jv_members.1.name", ""),
        ("contractor.jv_members.1.role", " "),
        ("contractor.jv_members.1.share_percent", "\u{3000}"),
        ("contractor.jv_members.4.name", "株式会社青嶺架空土建"),
        ("contractor.jv_members.4.role", "構成員"),
        ("contractor.jv_members.4.share_percent", "４０％"),
    ];
    assert_eq!(read(&typed(&sample, &moved), &frame(&sample)), Ok(sample.draft.clone()));
    let mut lacking = moved;
    lacking[4].1 = "";
    let found = wrong(read(&typed(&sample, &lacking), &frame(&sample)));
    assert_eq!(found, places(&[("contractor.jv_members.4.role", "E1-REQUEST")]));
}

#[test]
fn what_the_guarantor_gives_is_not_read_from_a_form() {
    let sample = sample("G01-1");
    let mut fields = Entries::of_request(&sample.fields).to_form();
    for (name, value) in [
        ("guarantee.terms", "約款なし"),
        ("branch", "よその支店"),
        ("number", "31-07-1-0000999-9"),
        ("change.kinds", "voidance"),
        ("change.reason", "なし"),
        ("guarantee.prior_advance_guarantee_number", "1"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let entries = Entries::of_form(&fields).unwrap();
    assert_eq!(read(&entries, &frame(&sample)), Ok(sample.draft.clone()));
}

#[test]
fn an_amendment_of_nothing_is_none() {
    let sample = sample("G10-1");
    let frame = Frame { base: Some(&sample.draft), ..frame(&sample) };
    let mut entries = Entries::of_request(&sample.fields);
    entries.set("change.reason", "変更なし");
    assert_eq!(wrong(read(&entries, &frame)), places(&[("", "E10-INPUT")]));
    entries.set("contractor.name", "架空東海・青嶺架空土建共同企業体");
    assert_eq!(wrong(read(&entries, &frame)), places(&[(PARTIES, "E10-INPUT")]));
    entries.set(PARTIES, "novation");
    let draft = read(&entries, &frame).unwrap();
    assert_eq!(draft.fields()["change"]["kinds"], serde_json::json!(["novation"]));
    entries.set("change.reason", "");
    assert_eq!(wrong(read(&entries, &frame)), places(&[("change.reason", "E1-REQUEST")]));
}

#[test]
fn a_termination_has_a_day_within_the_period() {
    let sample = sample("G11-1");
    let ended = |ending: &str, day: &str| {
        let mut entries = Entries::default();
        entries.set(ENDING, ending);
        entries.set("change.effective_from", day);
        entries.set("change.reason", "合意解除");
        read_ending(&entries, &sample.draft)
    };
    let place = || places(&[("change.effective_from", "E10-INPUT")]);
    assert_eq!(wrong(ended("termination", "")), place());
    assert_eq!(wrong(ended("termination", "R7.7.23")), place());
    assert_eq!(wrong(ended("termination", "R8.12.26")), place());
    assert_eq!(wrong(ended("", "R8.4.15")), places(&[("ending", "E10-INPUT")]));
    let unreadable = places(&[("change.effective_from", "E6-DATE")]);
    assert_eq!(
        wrong(ended("termination", "8.4.15")),
        [("change.effective_from".to_owned(), "E6-DATE")]
    );
    assert_eq!(wrong(ended("voidance", "きのう")), unreadable);
    let kept = ended("termination", "R8.4.15").unwrap();
    assert_eq!(kept.fields()["guarantee"], sample.fields["guarantee"]);
    assert_eq!(ended("voidance", "").unwrap().fields()["guarantee"]["amount_jpy"], 0);
}

#[test]
fn another_auth_key_is_asked_for_with_a_reason() {
    let sample = sample("G01-1");
    let mut entries = Entries::default();
    let refused = |entries: &Entries| {
        let slips = read_rekey(entries, &sample.draft).unwrap_err();
        slips.into_iter().map(|slip| (slip.field, slip.code)).collect::<Vec<_>>()
    };
    assert_eq!(refused(&entries), places(&[("change.reason", "E1-REQUEST")]));
    entries.set("change.reason", "紛失\u{202e}");
    assert_eq!(refused(&entries), places(&[("change.reason", "E6-TEXT-CHARACTER")]));
    entries.set("change.reason", " 認証キーを誤送信したため ");
    let expected = serde_json::json!({ "kinds": ["rekey"], "reason": "認証キーを誤送信したため" });
    assert_eq!(read_rekey(&entries, &sample.draft).unwrap().fields()["change"], expected);
}

#[test]
fn an_obligee_of_the_list_is_taken_from_the_list() {
    let sample = sample("G01-1");
    let obligee = hosho_store::portal::Obligee {
        id: hosho_store::portal::ObligeeId::parse("7").unwrap(),
        name: "青嶺市".to_owned(),
        representative: "青嶺市長 水原 千鶴".to_owned(),
        address: None,
        kinds: Vec::new(),
    };
    let frame = Frame { obligee: Some(&obligee), ..frame(&sample) };
    let draft = read(&Entries::of_request(&sample.fields), &frame).unwrap();
    let expected = serde_json::json!({ "name": "青嶺市", "representative": "青嶺市長 水原 千鶴" });
    assert_eq!(draft.fields()["obligee"], expected);
}

fn names() -> Vec<&'static str> {
    FIELDS.iter().map(|field| field.name).collect()
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        select(vec![
            "",
            "0",
            "-1",
            "￥",
            "億",
            "R",
            "令和年月日",
            "99999999999999999999",
            "1e9",
            "\0",
            "<script>alert(1)</script>",
            "\" onfocus=\"",
            "null",
            "[]",
            "{\"a\":1}",
            "2026-13-45",
            "\u{202e}",
            "\u{fa19}",
            "'; DROP TABLE applications;--",
            "𠮷\u{e0100}",
            "R999999.1.1",
        ])
        .prop_map(str::to_owned),
        "[0-9０-９,，￥円万億./年月日RH-]{0,24}",
        Just("長".repeat(4_000)),
    ]
}

proptest! {
    /// Whatever is sent is read or refused with fields of the page, and kept as it was typed.
    #[test]
    fn any_form_is_answered(
        values in vec((select(names()), hostile()), 0..30),
        rows in vec((0..20_usize, select(vec!["name", "role", "share_percent"]), hostile()), 0..6),
        kind in select(AskedKind::ALL),
    ) {
        let mut fields: Vec<(String, String)> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (row, part, value) in rows {
            fields.push((format!("contractor.jv_members.{row}.{part}"), value));
        }
        fields.sort();
        fields.dedup_by(|a, b| a.0 == b.0);
        let entries = Entries::of_form(&fields).unwrap();
        prop_assert_eq!(&sent(&entries), &entries);
        let frame = Frame { kind, terms: "約款", branch: None, obligee: None, base: None };
        match read(&entries, &frame) {
            Ok(draft) => prop_assert!(draft.request(Date::MAX).is_ok()),
            Err(slips) => {
                prop_assert!(!slips.is_empty());
                for slip in slips {
                    let known = slip.field.starts_with("contractor.jv_members")
                        || FIELDS.iter().any(|field| field.name == slip.field);
                    prop_assert!(known, "{}", slip.field);
                    prop_assert!(!slip.message(Lang::Ja).is_empty());
                }
            }
        }
    }

    /// One hostile value in a good form spoils that field and no other.
    #[test]
    fn one_wrong_field_is_the_only_one_named(
        field in select(names()),
        value in hostile(),
    ) {
        let sample = sample("G10-1");
        let entries = typed(&sample, &[(field, &value)]);
        let answer = read(&entries, &frame(&sample));
        if let Ok(draft) = &answer {
            let understood = Entries::of_request(draft.fields());
            let again = read(&sent(&understood), &frame(&sample));
            prop_assert_eq!(again.as_ref(), Ok(draft));
        }
        if let Err(slips) = answer {
            let pair = field.replace(".from", ".to");
            let partner = match field {
                "work.price_jpy" => "work.price_tax_jpy",
                "work.multi_year.fiscal_year" => "work.multi_year.planned_jpy",
                "work.multi_year.planned_jpy" => "work.multi_year.fiscal_year",
                other => other,
            };
            let named: Vec<&str> = slips.iter().map(|slip| slip.field.as_str()).collect();
            let close = [field, pair.as_str(), partner];
            prop_assert!(named.len() == 1 && close.contains(&named[0]), "{named:?}");
        }
    }
}
