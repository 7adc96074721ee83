//! What the policy says is told, recorded, and refused only where that is asked for.

use std::fs;
use std::path::{Path, PathBuf};

use hosho::Fingerprint;
use hosho_issue::{Failure, Review, Unacknowledged};
use hosho_policy::{Policy, Rule};
use serde_json::{Value, json};

use crate::workshop::{Workshop, codes, contents, issue_and_tell, samples};

fn sample(name: &str) -> PathBuf {
    let named = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == name);
    samples().into_iter().find(named).unwrap()
}

fn negative(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/negative");
    folder.join(format!("{name}.json"))
}

fn review(acknowledged: &[Rule], unacknowledged: Unacknowledged) -> Review {
    Review {
        policy: Policy::usual(),
        acknowledged: acknowledged.iter().copied().collect(),
        unacknowledged,
    }
}

/// Issues, and returns the findings that were told, as `NUMBER rN RULE SEVERITY CASE`.
fn issue(
    workshop: &Workshop,
    requests: &[PathBuf],
    review: Review,
) -> Result<Vec<String>, Failure> {
    let order = hosho_issue::IssueOrder { review, ..workshop.issue_order(requests) };
    let told = issue_and_tell(&order)?;
    let findings = told.into_iter().filter_map(|it| it.strip_prefix("found ").map(str::to_owned));
    Ok(findings.collect())
}

/// What the intents of the journal say about the policy, by revision.
fn recorded(workshop: &Workshop) -> Vec<Value> {
    let journal = fs::read_to_string(workshop.home().join("journal")).unwrap();
    let entries = journal.lines().map(|line| serde_json::from_str::<Value>(&line[65..]).unwrap());
    let intents = entries.filter_map(|entry| entry["record"].get("intent").cloned());
    intents.map(|intent| intent["reviewed"].clone()).collect()
}

#[test]
fn findings_are_told_and_recorded_and_refuse_nothing() {
    let workshop = Workshop::new();
    let told = issue(&workshop, &[negative("N01")], Review::usual()).unwrap();
    assert_eq!(told, ["31-07-1-0000123-9 r1 R1 warning above-limit"]);
    let finding = json!({
        "rule": "R1", "severity": "warning", "case": "above-limit", "acknowledged": false,
    });
    assert_eq!(recorded(&workshop), [json!({"policy": "usual", "findings": [finding]})]);
    assert_eq!(workshop.audit().unwrap().certificates, 1);
}

#[test]
fn the_record_names_the_policy_and_what_was_accepted() {
    let workshop = Workshop::new();
    let text = "version = 1\nrules.R9.severity = \"error\"";
    let review = Review {
        policy: Policy::parse(text).unwrap(),
        ..review(&[Rule::R9, Rule::R5], Unacknowledged::Refuse)
    };
    issue(&workshop, &[negative("N03")], review).unwrap();
    let policy = Fingerprint::of(text.as_bytes()).to_string();
    let finding = json!({
        "rule": "R9", "severity": "error", "case": "expires-before-term", "acknowledged": true,
    });
    assert_eq!(recorded(&workshop), [json!({"policy": policy, "findings": [finding]})]);
}

#[test]
fn a_finding_that_nobody_has_accepted_refuses_the_whole_call() {
    let workshop = Workshop::new();
    let before = contents(&workshop.home());
    let requests = [negative("N01"), sample("G02-1"), negative("N09")];
    let strict = |acknowledged: &[Rule]| {
        issue(&workshop, &requests, review(acknowledged, Unacknowledged::Refuse))
    };
    assert_eq!(codes(strict(&[])), ["E9-ACK", "E9-ACK"]);
    assert_eq!(codes(strict(&[Rule::R1])), ["E9-ACK"]);
    assert_eq!(contents(&workshop.home()), before);
    assert!(!workshop.out().exists());
    assert_eq!(strict(&[Rule::R1, Rule::R4]).unwrap().len(), 3);
}

#[test]
fn the_refusal_names_each_rule_once() {
    let workshop = Workshop::new();
    let both = workshop.request_with("K-1", 1, |request| {
        request["guarantee"]["amount_jpy"] = json!(1);
        request["guarantee"]["period"]["to"] = json!("2026-03-12");
    });
    let refused = issue(&workshop, &[both], review(&[], Unacknowledged::Refuse)).unwrap_err();
    assert_eq!(
        refused.lines(hosho_cli::lang::Lang::En)[0],
        "E9-ACK: K-1 r1: nobody has accepted the findings of R8, R9; accept them with --ack R8 --ack R9"
    );
    assert_eq!(refused.exit_code(), 1);
}

#[test]
fn reminders_and_exceptions_need_no_acknowledgement() {
    let workshop = Workshop::new();
    let requests = ["G03-1", "G04-1", "G04-2", "G07-1", "G10-1"].map(sample);
    let told = issue(&workshop, &requests, review(&[], Unacknowledged::Refuse)).unwrap();
    assert!(told.len() > 4, "{told:?}");
}

#[test]
fn a_request_that_was_answered_before_is_not_reviewed_again() {
    let workshop = Workshop::new();
    issue(&workshop, &[negative("N01")], Review::usual()).unwrap();
    let again = issue(&workshop, &[negative("N01")], review(&[], Unacknowledged::Refuse));
    assert_eq!(again.unwrap(), [""; 0]);
}

const FELL: &str = "31-07-1-0000145-2 r4 R11 inform stands-after-decrease";

#[test]
fn earlier_revisions_are_known_from_the_home() {
    let workshop = Workshop::new();
    workshop.issue(&["G04-1", "G04-2", "G04-3"].map(sample)).unwrap();
    let told = issue(&workshop, &[sample("G04-4")], Review::usual()).unwrap();
    assert_eq!(told[0], FELL);
}

#[test]
fn earlier_revisions_are_known_from_the_same_call() {
    let workshop = Workshop::new();
    let chain = ["G04-4", "G04-3", "G04-2", "G04-1"].map(sample);
    let told = issue(&workshop, &chain, Review::usual()).unwrap();
    assert!(told.contains(&FELL.to_owned()), "{told:?}");
}

#[test]
fn the_first_advance_is_known_from_the_home_and_from_the_same_call() {
    for (before, now) in [(vec!["G01-1"], vec!["G03-1"]), (vec![], vec!["G03-1", "G01-1"])] {
        let workshop = Workshop::new();
        workshop.issue(&before.into_iter().map(sample).collect::<Vec<_>>()).unwrap();
        let now: Vec<_> = now.into_iter().map(sample).collect();
        let told = issue(&workshop, &now, Review::usual()).unwrap();
        assert_eq!(told, ["31-07-2-0000411-7 r1 R4 remind interim-needs"]);
    }
    let workshop = Workshop::new();
    let told = issue(&workshop, &[sample("G03-1")], Review::usual()).unwrap();
    assert_eq!(told[0], "31-07-2-0000411-7 r1 R3 inform total-not-compared");
}

#[test]
fn the_performance_guarantee_is_known_from_the_same_call() {
    let workshop = Workshop::new();
    let policy = Policy::parse("version = 1\nrules.R15.increase_percent = 10").unwrap();
    let requests = ["G04-1", "G04-2", "G05-1", "G05-2"].map(sample);
    let told = issue(&workshop, &requests, Review { policy, ..Review::usual() }).unwrap();
    // The newest of the performance guarantee has the new price already.
    assert!(!told.iter().any(|it| it.contains("R15")), "{told:?}");
}

/// What is told of each of the requests, given in one call, without its number and revision.
fn told_of(names: &[PathBuf]) -> Vec<String> {
    issue(&Workshop::new(), names, Review::usual()).unwrap()
}

#[test]
fn lawful_exceptions_are_explained_and_refuse_nothing() {
    let exceptions = told_of(&["G07-1", "G08-1", "G10-1", "G10-2"].map(sample));
    let expected = [
        "31-07-1-0000201-3 r1 R10 inform planned-amount-counts",
        "31-07-1-0000201-3 r1 R10 inform expires-with-fiscal-year",
        "31-07-1-0000201-3 r2 R10 inform planned-amount-counts",
        "31-07-1-0000201-3 r2 R10 inform extended-past-fiscal-year",
        "31-07-1-0000201-3 r2 R12 remind pay-after-increase",
        "31-07-1-0000268-2 r1 R2 inform within-low-price-limit",
        "31-08-1-0000057-7 r1 R2 inform within-services-limit",
    ];
    assert_eq!(exceptions, expected);
    let chain = told_of(&["G04-1", "G04-2", "G04-3", "G04-4"].map(sample));
    let last: Vec<_> = chain.iter().filter(|it| it.contains(" r4 ")).collect();
    let decrease = [
        FELL,
        "31-07-1-0000145-2 r4 R13 remind hand-in-after-decrease",
        "31-07-1-0000145-2 r4 R15 remind performance-change-depends",
    ];
    assert_eq!(last, decrease.each_ref());
}

#[test]
fn requests_that_break_a_rule_are_found_before_they_are_issued() {
    let found = ["N01", "N02", "N03", "N04", "N09"].map(|name| told_of(&[negative(name)]));
    let expected: [&[&str]; 5] = [
        &["31-07-1-0000123-9 r1 R1 warning above-limit"],
        &["31-07-1-0000123-9 r1 R8 warning guaranteed-below-advance"],
        &["31-07-1-0000123-9 r1 R9 warning expires-before-term"],
        &["31-07-3-0000098-1 r1 R5 warning below-minimum"],
        &[
            "31-07-2-0000411-7 r1 R4 warning first-advance-not-named",
            "31-07-2-0000411-7 r1 R4 remind interim-needs",
        ],
    ];
    assert_eq!(found, expected);
}

#[test]
fn each_revision_is_compared_with_the_performance_guarantee_of_its_time() {
    let workshop = Workshop::new();
    let policy =
        Policy::parse("version = 1\nrules.R15 = { increase_percent = 10, decrease_percent = 10 }");
    let names = ["G04-1", "G04-2", "G04-3", "G04-4", "G05-1", "G05-2", "G05-3", "G05-4"];
    let review = Review { policy: policy.unwrap(), ..Review::usual() };
    let told = issue(&workshop, &names.map(sample), review).unwrap();
    // It was amended on the same days as the advance.
    assert!(told.len() > 2 && !told.iter().any(|it| it.contains("R15")), "{told:?}");
}

#[test]
fn a_journal_of_before_policies_is_read_and_continued() {
    let workshop = Workshop::new();
    workshop.issue(&[sample("G04-1"), sample("G04-2")]).unwrap();
    forget_reviews(&workshop.home());
    assert_eq!(recorded(&workshop), [Value::Null, Value::Null]);
    assert_eq!(workshop.audit().unwrap().certificates, 2);
    issue(&workshop, &[sample("G04-3")], Review::usual()).unwrap();
    let reviewed = recorded(&workshop);
    assert_eq!(reviewed[2], json!({"policy": "usual", "findings": []}));
    assert_eq!(workshop.audit().unwrap().certificates, 3);
}

/// Writes the journal as programs without policies did, with the hashes that follow.
fn forget_reviews(home: &Path) {
    let journal = fs::read_to_string(home.join("journal")).unwrap();
    let (mut tip, mut text) = (Fingerprint::from_bytes([0; 32]), String::new());
    for line in journal.lines() {
        let mut body = line[65..].to_owned();
        if let Some(at) = body.find(",\"reviewed\":{") {
            // The last field of the intent.
            body.replace_range(at.., "}}}");
        }
        let hashed = [&b"hosho/v1/journal"[..], tip.as_bytes(), body.as_bytes()].concat();
        tip = Fingerprint::of(&hashed);
        text.extend([&tip.to_string(), " ", &body, "\n"]);
    }
    let count = journal.lines().count();
    fs::write(home.join("journal"), text).unwrap();
    fs::write(home.join("high-water"), format!("{count} {tip}\n")).unwrap();
}
