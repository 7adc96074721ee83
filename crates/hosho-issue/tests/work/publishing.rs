use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hosho::{AttestationProof, Fingerprint, SignedTrustBundle};
use hosho_issue::{
    CompromiseOrder, Level, Patience, RenewOrder, Rounds, Scope, Watch, WorkEntry, compromised,
    renew, work,
};

use crate::guarantor::{Guarantor, events, work_as};
use crate::town::confirm_server;
use crate::workshop::{codes, time};

fn bundle_of(guarantor: &Guarantor) -> u64 {
    guarantor.town.confirm().common.trust.sequence().number()
}

#[test]
fn without_a_key_to_publish_with_it_says_how_to_make_one() {
    let guarantor = Guarantor::without_key();
    let (worked, _) = guarantor.work();
    assert_eq!(codes(worked), ["E9-PUBLISH-KEY"]);
}

#[test]
fn every_bundle_from_the_pin_on_is_published() {
    let guarantor = Guarantor::new();
    for _ in 0..3 {
        let order = RenewOrder {
            home: guarantor.workshop.home(),
            bundle_days: 365,
            now: guarantor.now,
            patience: Patience(Duration::from_secs(2)),
        };
        renew(&order, &mut Watch::new(&mut |_| ControlFlow::Continue(()))).unwrap();
    }
    assert_eq!(bundle_of(&guarantor), 1);
    guarantor.work_well();
    assert_eq!(bundle_of(&guarantor), 5);
    assert_eq!(guarantor.town.portal().common.trust.sequence().number(), 5);
    // A new key takes over at once, though the services have never heard of it.
    guarantor.rotate_publish_key();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    assert_eq!(bundle_of(&guarantor), 6);
    assert_eq!(guarantor.town.portal().done.len(), 1);
}

#[test]
fn a_bundle_of_somebody_else_stops_publishing() {
    let guarantor = Guarantor::new();
    guarantor.work_well();
    // The home is put back to before the newest bundle, which the services have.
    let other = Guarantor::new();
    let pin = fs::read(other.workshop.home().join("trust/bundle-000001.hosho")).unwrap();
    guarantor.town.confirm().common.trust = SignedTrustBundle::parse(&pin).unwrap().pin().unwrap();
    let (worked, told) = guarantor.work();
    assert_eq!(codes(worked), ["E9-SERVICE"]);
    assert!(told.iter().any(|entry| entry.level == Level::Error && entry.event == "service-away"));
}

#[test]
fn a_snapshot_is_made_after_issuing_and_when_the_one_before_is_old() {
    let mut guarantor = Guarantor::new();
    let newest = |guarantor: &Guarantor| guarantor.town.confirm().common.snapshots[&1].0;
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 1);
    // Nothing happened, and it is fresh.
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 1);
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 2);
    guarantor.wait(24 * 3_600 - 1);
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 2);
    guarantor.wait(1);
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 3);
    assert_eq!(guarantor.town.portal().common.snapshots[&1].0, 3);
    // Losing what it remembers costs one snapshot.
    fs::remove_dir_all(guarantor.workshop.home().join("worker")).unwrap();
    guarantor.work_well();
    assert_eq!(newest(&guarantor), 4);
}

#[test]
fn nothing_is_published_twice_unless_everything_is() {
    let guarantor = Guarantor::new();
    for place in 0..3 {
        guarantor.conclude(&place.to_string(), &format!("A-{place}"), 1);
    }
    guarantor.work_well();
    let published = |guarantor: &Guarantor| {
        let confirm = guarantor.town.confirm();
        confirm.common.requests.iter().filter(|r| r.ends_with("/sealed")).count()
    };
    assert_eq!(published(&guarantor), 3);
    guarantor.work_well();
    assert_eq!(published(&guarantor), 3);
    // The service was restored from before.
    let lost = std::mem::take(&mut guarantor.town.confirm().sealed);
    let mut order = guarantor.order();
    order.scope = Scope::Everything;
    work_as(&order).0.unwrap();
    assert_eq!(published(&guarantor), 6);
    assert_eq!(guarantor.town.confirm().sealed, lost);
}

#[test]
fn the_audit_of_the_home_is_not_disturbed_by_what_the_worker_keeps() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    assert_eq!(guarantor.workshop.audit().unwrap().certificates, 1);
    let progress = fs::read_to_string(guarantor.workshop.home().join("worker/progress.json"));
    let key = guarantor.town.portal().keys["A-1"].clone();
    assert!(!progress.unwrap().contains(&key));
}

#[test]
fn spoilt_memory_is_as_good_as_none() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    let worker = guarantor.workshop.home().join("worker");
    fs::write(worker.join("progress.json"), "{").unwrap();
    fs::write(worker.join("snapshot-1.hosho"), "x").unwrap();
    guarantor.conclude("2", "B-1", 1);
    guarantor.work_well();
    assert_eq!(guarantor.town.portal().done.len(), 2);
    // Further than the journal has ever been: of another home.
    let far = r#"{"services":{"confirm.example":{"published":99999,"events":0,"proved":[]}}}"#;
    fs::write(worker.join("progress.json"), far).unwrap();
    guarantor.conclude("3", "C-1", 1);
    guarantor.work_well();
    assert_eq!(guarantor.town.confirm().sealed.len(), 3);
}

#[test]
fn a_service_that_holds_something_else_is_told_of_and_stops_only_that() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    for revisions in guarantor.town.confirm().sealed.values_mut() {
        revisions.insert(1, vec![0]);
    }
    guarantor.conclude("2", "A-1", 2);
    guarantor.conclude("3", "B-1", 1);
    let (worked, told) = guarantor.work();
    assert_eq!(codes(worked), ["E9-SERVICE"]);
    let contested = told.iter().find(|entry| entry.event == "contested").unwrap();
    assert_eq!(contested.level, Level::Error);
    assert!(contested.fields.contains(&("number", "A-1".into())));
    let done = guarantor.town.portal().done.keys().cloned().collect::<Vec<_>>();
    assert_eq!(done, ["1", "3"]);
}

#[test]
fn what_is_contested_does_not_make_the_rest_be_published_again() {
    let guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.work_well();
    for revisions in guarantor.town.confirm().sealed.values_mut() {
        revisions.insert(1, vec![0]);
    }
    guarantor.town.confirm().common.requests.clear();
    guarantor.conclude("2", "A-1", 2);
    guarantor.conclude("3", "B-3", 1);
    let mut order = guarantor.order();
    order.rounds = Rounds::UntilStopped;
    let stop = AtomicBool::new(false);
    let mut done = 3;
    let mut log = |entry: &WorkEntry| {
        if entry.event == "done" {
            done += 1;
            stop.store(done == 6, Ordering::Relaxed);
            guarantor.conclude(&done.to_string(), &format!("B-{done}"), 1);
        }
    };
    work(&order, &stop, &mut log).unwrap();
    // The contested one, and each of the others once.
    let confirm = guarantor.town.confirm();
    let sealed = confirm.common.requests.iter().filter(|r| r.ends_with("/sealed")).count();
    assert_eq!(sealed, 4);
}

#[test]
fn after_a_compromise_the_proofs_are_published() {
    let mut guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    guarantor.conclude("2", "B-1", 1);
    guarantor.work_well();
    guarantor.wait(60);
    let trust = guarantor.town.confirm().common.trust.clone();
    let kid = trust.keys().iter().find(|entry| entry.role == hosho::KeyRole::Certificate);
    let order = CompromiseOrder {
        home: guarantor.workshop.home(),
        key: kid.unwrap().key.key_id(),
        since: time("2026-11-22T00:00:00Z"),
        reason: None,
        out: None,
        to: None,
        key_days: 365,
        bundle_days: 365,
        now: guarantor.now,
        patience: Patience(Duration::from_secs(2)),
    };
    compromised(&order, &mut Watch::new(&mut |_| ControlFlow::Continue(()))).unwrap();
    let told = guarantor.work_well();
    assert!(events(&told).contains(&"proofs-published"));
    let confirm = guarantor.town.confirm();
    assert_eq!(confirm.proofs.len(), 2);
    for name in ["A-1-r1", "B-1-r1"] {
        let print = Fingerprint::of(&guarantor.stored(&format!("{name}.hosho")));
        let proof = &confirm.proofs[print.as_bytes()];
        assert_eq!(*proof, guarantor.stored(&format!("{name}.proof")));
        assert!(AttestationProof::parse(proof).is_ok());
    }
    drop(confirm);
    let told = guarantor.work_well();
    assert!(!events(&told).contains(&"proofs-published"));
}

#[test]
fn a_service_that_is_not_there_is_tried_again() {
    let mut guarantor = Guarantor::new();
    guarantor.conclude("1", "A-1", 1);
    let port = guarantor.town.servers[1].port;
    let nothing = Arc::new(|_: &crate::http::Request| (200, serde_json::Value::Null));
    let elsewhere = crate::http::Server::start(nothing);
    let order = guarantor.order();
    guarantor.town.servers[1] = elsewhere;
    // The port is closed when the listener has gone.
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        std::thread::yield_now();
    }
    let (worked, told) = work_as(&order);
    assert_eq!(codes(worked), ["E9-SERVICE"]);
    let away = told.iter().find(|entry| entry.event == "service-away").unwrap();
    assert!(away.fields.contains(&("why", "no connection".into())), "{away:?}");
    guarantor.town.servers[1] = confirm_server(&guarantor.town.confirm, port);
    work_as(&order).0.unwrap();
    assert_eq!(guarantor.town.portal().done.len(), 1);
}
