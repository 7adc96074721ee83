use std::fs;

use hosho::{AuthKey, Text};
use hosho_issue::Level;
use hosho_publish::confirmation::Deed;
use hosho_publish::portal::EventKind;
use hosho_publish::{Answer, Base64, Judgement};

use crate::guarantor::Guarantor;

fn text(text: &str) -> Text<'static> {
    Text::parse(text.to_owned()).unwrap()
}

fn returned() -> Answer {
    Answer::new(Judgement::Returned, Some(text("金額が違います")), text("瑞穂県 契約課")).unwrap()
}

fn accepted() -> Answer {
    Answer::new(Judgement::Accepted, None, text("瑞穂県 契約課")).unwrap()
}

#[test]
fn answers_reach_the_portal_in_words() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.conclude("2", "A-1", 2);
    guarantor.work_well();
    let key = guarantor.town.portal().key("A-1");
    guarantor.town.confirm().record("A-1", &key, 1, None);
    guarantor.town.confirm().record("A-1", &key, 1, Some(&returned()));
    guarantor.town.confirm().record("A-1", &key, 2, Some(&accepted()));
    guarantor.work_well();
    let portal = guarantor.town.portal();
    let told: Vec<_> = portal
        .events
        .iter()
        .map(|event| {
            let reason = event.reason.as_ref().map(|reason| reason.0.as_str());
            let by = event.by.as_ref().map(|by| by.0.as_str());
            (event.number.0.as_str(), event.revision.0.number(), event.event, reason, by)
        })
        .collect();
    let by = Some("瑞穂県 契約課");
    assert_eq!(
        told,
        [
            ("A-1", 1, EventKind::Opened, None, None),
            ("A-1", 1, EventKind::Returned, Some("金額が違います"), by),
            ("A-1", 2, EventKind::Accepted, None, by),
        ]
    );
}

#[test]
fn an_answer_under_the_old_key_is_read_after_a_rekey() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let old = guarantor.town.portal().key("A-1");
    guarantor.town.confirm().record("A-1", &old, 1, Some(&accepted()));
    guarantor.conclude_rekey("2", "A-1", 2);
    guarantor.work_well();
    let portal = guarantor.town.portal();
    assert_eq!(portal.events.len(), 1);
    assert_eq!(portal.events[0].event, EventKind::Accepted);
}

#[test]
fn events_are_fetched_from_where_it_stopped_or_from_the_beginning() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let key = guarantor.town.portal().key("A-1");
    for _ in 0..2 {
        guarantor.town.confirm().record("A-1", &key, 1, None);
        guarantor.work_well();
    }
    let asked = |guarantor: &Guarantor| {
        let confirm = guarantor.town.confirm();
        let asked = confirm.common.requests.iter().rev();
        asked.clone().find(|request| request.contains("events")).unwrap().clone()
    };
    assert_eq!(asked(&guarantor), "GET /publish/v1/events?after=2");
    let before = guarantor.town.portal().events.clone();
    fs::remove_file(guarantor.workshop.home().join("worker/progress.json")).unwrap();
    guarantor.work_well();
    let confirm = guarantor.town.confirm();
    assert!(confirm.common.requests.iter().filter(|r| r.ends_with("after=0")).count() >= 2);
    assert_eq!(guarantor.town.portal().events, before);
}

#[test]
fn more_events_than_a_page_holds_are_fetched_at_once() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let key = guarantor.town.portal().key("A-1");
    guarantor.town.confirm().record("A-1", &key, 1, None);
    let first = guarantor.town.confirm().events[0].clone();
    for id in 2..=1_201_u64 {
        let mut event = first.clone();
        event.id = id;
        event.at.0 = hosho::UnixTime::from_seconds(guarantor.now.seconds() + id).unwrap();
        guarantor.town.confirm().events.push(event);
    }
    guarantor.work_well();
    assert_eq!(guarantor.town.portal().events.len(), 1_201);
}

#[test]
fn what_is_no_answer_is_told_of_and_does_not_hold_up_the_rest() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let key = guarantor.town.portal().key("A-1");
    let stranger = AuthKey::parse("10JT6-4Z5E1-8H60F-XWX85-H6N6Y").unwrap();
    {
        let mut confirm = guarantor.town.confirm();
        confirm.record("A-1", &stranger, 1, Some(&accepted()));
        confirm.record("A-1", &key, 1, Some(&accepted()));
        confirm.events[1].sealed_answer = Some(Base64(vec![0; 40]));
        confirm.record("A-1", &key, 1, Some(&accepted()));
        confirm.events[2].sealed_answer = None;
        // Sealed for revision 1, said to be of revision 2.
        confirm.record("A-1", &key, 1, Some(&accepted()));
        confirm.events[3].revision.0 = hosho::Revision::new(2).unwrap();
        // An answer where none belongs.
        confirm.record("A-1", &key, 1, Some(&accepted()));
        confirm.events[4].event = Deed::Opened;
        confirm.record("A-1", &key, 1, Some(&returned()));
    }
    let told = guarantor.work_well();
    let errors: Vec<_> =
        told.iter().filter(|entry| entry.level == Level::Error).map(|entry| entry.event).collect();
    assert_eq!(
        errors,
        [
            "locator-unknown",
            "answer-unreadable",
            "answer-unreadable",
            "answer-unreadable",
            "answer-unreadable"
        ]
    );
    let portal = guarantor.town.portal();
    assert_eq!(portal.events.len(), 1);
    assert_eq!(portal.events[0].event, EventKind::Returned);
}
