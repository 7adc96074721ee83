use hosho::{Date, Expectation, Expected, SignedCertificate, StatusEntry, Verifier};
use hosho_issue::{IssueOrder, Level, Patience, Review};
use hosho_publish::portal::Task;
use serde_json::json;

use crate::guarantor::{Guarantor, events};
use crate::workshop::issue_and_tell;

#[test]
fn a_job_becomes_a_certificate_that_obligee_and_portal_have() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    let told = guarantor.work_well();
    assert!(events(&told).contains(&"done"), "{told:#?}");
    let (portal, confirm) = (guarantor.town.portal(), guarantor.town.confirm());
    let key = portal.key("A-1");
    assert_eq!(confirm.open("A-1", &key).unwrap(), [guarantor.stored("A-1-r1.hosho")]);

    // What the obligee's service says of it.
    let bytes = guarantor.stored("A-1-r1.hosho");
    let number = hosho::GuaranteeNumber::parse("A-1").unwrap();
    let expectation =
        Expectation { number: Expected::Number(&number), obligee: None, auth_key: Some(&key) };
    let snapshot = confirm.common.newest_snapshot(1);
    let verified = Verifier::new(&confirm.common.trust)
        .with_status(&snapshot)
        .verify(
            SignedCertificate::parse(&bytes).unwrap(),
            &expectation,
            Date::in_japan(guarantor.now),
            guarantor.now,
        )
        .unwrap();
    let status = verified.certificate().claims().status;
    assert_eq!(snapshot.entry(status.index), StatusEntry::InForce);
}

#[test]
fn a_job_is_done_only_when_the_certificate_is_published() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.town.confirm().common.failing = Some(503);
    let (worked, told) = guarantor.work();
    assert_eq!(worked.unwrap_err().code(), "E9-SERVICE");
    assert!(events(&told).contains(&"service-away"));
    // A confirmation service that is away is no reason to take jobs from another worker.
    assert!(guarantor.town.portal().done.is_empty());
    assert!(!guarantor.town.portal().common.requests.iter().any(|r| r.contains("claim")));
    guarantor.town.confirm().common.failing = None;
    guarantor.work_well();
    assert_eq!(guarantor.town.portal().done.len(), 1);
}

#[test]
fn a_service_that_goes_away_in_the_middle_leaves_the_job_open() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    let confirm = std::sync::Arc::clone(&guarantor.town.confirm);
    guarantor.town.portal().at_claim =
        Some(Box::new(move || confirm.lock().unwrap().common.failing = Some(500)));
    let (worked, _) = guarantor.work();
    assert_eq!(worked.unwrap_err().code(), "E9-SERVICE");
    // It is signed, and nobody was told.
    let signed = guarantor.stored("A-1-r1.hosho");
    assert!(guarantor.town.portal().done.is_empty());
    guarantor.town.confirm().common.failing = None;
    guarantor.work_well();
    assert_eq!(guarantor.stored("A-1-r1.hosho"), signed);
    assert_eq!(guarantor.town.portal().done.len(), 1);
}

#[test]
fn amendments_and_new_keys_reach_the_obligee_under_one_locator() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.conclude("2", "A-1", 2);
    guarantor.work_well();
    let old = guarantor.town.portal().key("A-1");
    guarantor.conclude_rekey("3", "A-1", 3);
    guarantor.conclude("4", "A-1", 4);
    guarantor.work_well();
    let new = guarantor.town.portal().key("A-1");
    assert!(!new.matches(&old));
    let confirm = guarantor.town.confirm();
    let names = ["A-1-r1.hosho", "A-1-r2.hosho", "A-1-r3.hosho", "A-1-r4.hosho"];
    assert_eq!(confirm.open("A-1", &new).unwrap(), names.map(|name| guarantor.stored(name)));
    assert_eq!(confirm.open("A-1", &old), None);
    assert_eq!(confirm.withdrawn.len(), 1);
    assert_eq!(guarantor.town.portal().done.len(), 4);
}

#[test]
fn two_new_keys_in_a_row_leave_no_locator_behind() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let first = guarantor.town.portal().key("A-1");
    guarantor.conclude_rekey("2", "A-1", 2);
    guarantor.conclude_rekey("3", "A-1", 3);
    guarantor.work_well();
    let confirm = guarantor.town.confirm();
    assert_eq!(confirm.open("A-1", &first), None);
    assert_eq!(confirm.sealed.len(), 1);
    // The portal was told both keys, in order.
    let key = guarantor.town.portal().key("A-1");
    assert_eq!(confirm.open("A-1", &key).unwrap().len(), 3);
}

#[test]
fn what_the_home_refuses_is_told_to_the_desk_and_stops_nothing_else() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 2);
    guarantor.conclude_with("2", "B-1", 1, |request| request["colour"] = json!("red"));
    guarantor.conclude_rekey("3", "C-1", 2);
    guarantor.give("4", Task::Issue, "D-1", 1, json!({}));
    guarantor.conclude("5", "E-1", 1);
    guarantor.conclude_with("6", "F-1", 1, |request| request["number"] = json!("G-1"));
    guarantor.give("7", Task::Rekey, "E-1", 2, json!({"reason": "a\nb"}));
    let told = guarantor.work_well();
    let portal = guarantor.town.portal();
    let code = |id: &str| portal.refused[id].code.as_str();
    let codes = ["1", "2", "3", "4", "6", "7"].map(code);
    let expected =
        ["E6-CHAIN", "E1-REQUEST", "E9-NUMBER", "E1-REQUEST", "E9-JOB", "E6-TEXT-CHARACTER"];
    assert_eq!(codes, expected);
    let message = &portal.refused["1"].message;
    assert!(message.contains("E6-CHAIN") && message.contains('版'), "{message}");
    assert_eq!(portal.done.keys().collect::<Vec<_>>(), ["5"]);
    assert_eq!(told.iter().filter(|entry| entry.event == "refused").count(), 6);
}

#[test]
fn the_policy_is_asked_and_what_it_says_is_handed_on() {
    let guarantor = Guarantor::new();
    // A guaranteed amount far above what is usual.
    guarantor.conclude_with("1", "A-1", 1, |request| {
        let price = request["work"]["price_jpy"].clone();
        request["guarantee"]["amount_jpy"] = price.clone();
        request["guarantee"]["advance_jpy"] = price;
    });
    guarantor.work_well();
    let portal = guarantor.town.portal();
    let done: serde_json::Value = serde_json::from_slice(&portal.done["1"]).unwrap();
    let findings = done["findings"].as_array().unwrap();
    let first = findings.iter().find(|finding| finding["rule"] == "R1").unwrap();
    assert_eq!(first["acknowledged"], true, "{findings:?}");
}

#[test]
fn a_worker_starts_over_with_the_same_bytes() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.conclude_rekey("2", "A-1", 2);
    guarantor.work_well();
    let before = guarantor.town.portal().done.clone();
    // The portal lost the answers: the leases ran out.
    guarantor.town.portal().done.clear();
    guarantor.work_well();
    assert_eq!(guarantor.town.portal().done, before);
    assert_eq!(guarantor.workshop.audit().unwrap().certificates, 2);
}

#[test]
fn other_commands_work_in_the_home_while_services_are_waited_for() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    let order = IssueOrder {
        home: guarantor.workshop.home(),
        requests: vec![guarantor.workshop.request("B-1", 1)],
        out: guarantor.workshop.out(),
        now: guarantor.now,
        patience: Patience(std::time::Duration::ZERO),
        review: Review::usual(),
    };
    let (tell, told) = std::sync::mpsc::channel();
    guarantor.town.portal().at_claim = Some(Box::new(move || {
        tell.send(issue_and_tell(&order).map(|_| ()).map_err(|failure| failure.code())).unwrap();
    }));
    guarantor.work_well();
    assert_eq!(told.recv().unwrap(), Ok(()));
    // What was issued by hand is published with the rest.
    assert_eq!(guarantor.town.confirm().sealed.len(), 2);
    assert_eq!(guarantor.workshop.audit().unwrap().certificates, 2);
}

#[test]
fn many_jobs_are_done_in_one_go() {
    let guarantor = Guarantor::new();
    for place in 0..40 {
        guarantor.conclude(&place.to_string(), &format!("A-{place}"), 1);
    }
    guarantor.work_well();
    assert_eq!(guarantor.town.portal().done.len(), 40);
    assert_eq!(guarantor.town.confirm().sealed.len(), 40);
}

#[test]
fn the_log_holds_no_key_and_nothing_of_a_request() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.conclude("2", "B-1", 2);
    guarantor.conclude_rekey("3", "A-1", 2);
    let told = guarantor.work_well();
    let lines: String = told.iter().map(|entry| entry.to_line() + "\n").collect();
    let portal = guarantor.town.portal();
    for key in portal.keys.values() {
        assert!(!lines.contains(key.as_str()), "{lines}");
        assert!(!lines.contains(&key[..11]), "{lines}");
    }
    for secret in ["瑞穂", "工事", "紛失"] {
        assert!(!lines.contains(secret), "{lines}");
    }
    assert!(told.iter().all(|entry| entry.level < Level::Error), "{lines}");
}
