//! Clocks that are wrong, days that are rare, and the moment at which a day begins.

use std::fs;

use hosho::{
    Certificate, Date, Expectation, Expected, KeyRole, PreparedCertificate, SecretKey,
    SignedCertificate, SignedStatusSnapshot, Signer as _, Standing, TrustBundle, UnixTime,
    Verifier,
};
use hosho_issue::{
    AssembleOrder, CompromiseOrder, Existing, ExportOrder, InitOrder, RenewOrder, RotateOrder,
    SnapshotOrder, assemble_root, compromised, export_roots, init, renew, rotate_key, snapshot,
};

use crate::keysmith::{PATIENCE, quietly, secret_key_of, verify};
use crate::workshop::{NOW, Workshop, codes, contents, issue_and_tell, time};

#[test]
fn every_command_that_writes_refuses_a_clock_behind_the_last_record() {
    let workshop = Workshop::new();
    workshop.rotate(KeyRole::Certificate).unwrap();
    let before = contents(&workshop.home());
    let early = time("2026-11-23T03:04:04Z");
    let kid = workshop.active(KeyRole::Certificate);
    let since = time(NOW);
    let refused = [
        codes(quietly(|watch| {
            rotate_key(&RotateOrder { now: early, ..workshop.rotate_order(KeyRole::Status) }, watch)
        })),
        codes(quietly(|watch| renew(&RenewOrder { now: early, ..workshop.renew_order() }, watch))),
        codes(quietly(|watch| {
            let order = CompromiseOrder { now: early, since, ..workshop.compromise_order(kid) };
            compromised(&order, watch)
        })),
        codes(quietly(|watch| {
            export_roots(&ExportOrder { now: early, ..workshop.export_order("usb") }, watch)
        })),
        codes(quietly(|watch| {
            assemble_root(&AssembleOrder { now: early, ..workshop.assemble_order(&[]) }, watch)
        })),
        codes(quietly(|watch| snapshot(&snapshot_order(&workshop, early), watch))),
        codes(issue_and_tell(&{
            let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
            order.now = early;
            order
        })),
    ];
    for codes in refused {
        assert_eq!(codes, ["E9-CLOCK"]);
    }
    assert_eq!(contents(&workshop.home()), before);
    assert!(!workshop.path("usb").exists() && !workshop.out().exists());
}

fn snapshot_order(workshop: &Workshop, now: UnixTime) -> SnapshotOrder {
    SnapshotOrder {
        home: workshop.home(),
        out: workshop.path("status.hosho"),
        existing: Existing::Replace,
        valid_days: None,
        now,
        patience: PATIENCE,
    }
}

/// Returns how a certificate stands at `now`, on the day that it is in Japan.
fn standing(workshop: &Workshop, trust: &TrustBundle, name: &str, now: &str) -> Standing {
    let bytes = fs::read(workshop.out().join(name)).unwrap();
    let signed = SignedCertificate::parse(&bytes).unwrap();
    let status = fs::read(workshop.path("status.hosho")).unwrap();
    let status = SignedStatusSnapshot::parse(&status).unwrap().verify(trust).unwrap();
    let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let verifier = Verifier::new(trust).with_status(&status);
    let judged = verifier.verify(signed, &any, Date::in_japan(time(now)), time(now)).unwrap();
    judged.verdict().standing()
}

#[test]
fn a_leap_day_is_a_day_like_any_other_where_there_is_one() {
    let workshop = Workshop::new();
    let leap = |year: &str| {
        let day = format!("{year}-02-29");
        workshop.request_with("A-1", 1, |r| {
            r["issued_on"] = day.clone().into();
            r["guarantee"]["period"] = serde_json::json!({ "from": day, "to": day });
        })
    };
    let mut order = workshop.issue_order(&[leap("2027")]);
    order.now = time("2027-02-28T12:00:00Z");
    assert_eq!(codes(issue_and_tell(&order)), ["E6-DATE"]);
    let mut order = workshop.issue_order(&[leap("2028")]);
    order.now = time("2028-02-29T12:00:00Z");
    issue_and_tell(&order).unwrap();
    quietly(|watch| snapshot(&snapshot_order(&workshop, time("2028-02-29T12:00:00Z")), watch))
        .unwrap();
    let trust = workshop.trust();
    let on = |now| standing(&workshop, &trust, "A-1-r1.hosho", now);
    assert_eq!(on("2028-02-28T14:59:59Z"), Standing::NotYetInForce);
    assert_eq!(on("2028-02-28T15:00:00Z"), Standing::InForce);
    assert_eq!(on("2028-02-29T14:59:59Z"), Standing::InForce);
    assert_eq!(on("2028-02-29T15:00:00Z"), Standing::Expired);
}

#[test]
fn windows_count_days_of_24_hours_across_a_leap_day() {
    let workshop = Workshop::new();
    fs::remove_dir_all(workshop.home()).unwrap();
    let now = time("2028-02-29T00:00:00Z");
    init(&InitOrder { now, key_days: 366, ..workshop.init_order() }).unwrap();
    let trust = workshop.trust();
    assert_eq!(trust.next_update(), time("2029-02-28T00:00:00Z"));
    assert_eq!(trust.keys()[0].not_after, time("2029-03-01T00:00:00Z"));
}

#[test]
fn a_day_ends_at_midnight_in_japan_for_issuing_and_for_judging() {
    let workshop = Workshop::new();
    // The clock stands on both sides of midnight; what is printed is what was asked for.
    for (number, now) in [("A-1", "2026-11-22T14:59:59Z"), ("B-1", "2026-11-22T15:00:00Z")] {
        let request = workshop.request_with(number, 1, |r| {
            r["issued_on"] = "2026-11-23".into();
            r["guarantee"]["period"] =
                serde_json::json!({ "from": "2026-11-23", "to": "2026-11-24" });
        });
        let mut order = workshop.issue_order(&[request]);
        order.now = time(now);
        issue_and_tell(&order).unwrap();
    }
    quietly(|watch| snapshot(&snapshot_order(&workshop, time("2026-11-22T15:00:00Z")), watch))
        .unwrap();
    let trust = workshop.trust();
    for name in ["A-1-r1.hosho", "B-1-r1.hosho"] {
        let on = |now| standing(&workshop, &trust, name, now);
        assert_eq!(on("2026-11-22T14:59:59Z"), Standing::NotYetInForce, "{name}");
        assert_eq!(on("2026-11-22T15:00:00Z"), Standing::InForce, "{name}");
        assert_eq!(on("2026-11-24T14:59:59Z"), Standing::InForce, "{name}");
        assert_eq!(on("2026-11-24T15:00:00Z"), Standing::Expired, "{name}");
    }
}

/// Signs what a genuine certificate says with any key, as if made at another time.
fn signed_as(workshop: &Workshop, key: &SecretKey, issued_at: &str) -> std::path::PathBuf {
    let bytes = fs::read(workshop.out().join("A-1-r1.hosho")).unwrap();
    let signed = SignedCertificate::parse(&bytes).unwrap();
    let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let trust = workshop.trust();
    let now = time(NOW);
    let genuine = Verifier::new(&trust).verify(signed, &any, Date::in_japan(now), now).unwrap();
    let mut claims = genuine.certificate().claims().clone();
    claims.issued_at = time(issued_at);
    let certificate = Certificate::new(claims).unwrap();
    let prepared = PreparedCertificate::new(&certificate, key.public_key().key_id()).unwrap();
    let file = workshop.path("signed.hosho");
    fs::write(&file, prepared.sign(key).unwrap()).unwrap();
    file
}

#[test]
fn a_key_serves_for_its_own_time_and_role_only() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    workshop.rotate(KeyRole::Certificate).unwrap();
    let trust = workshop.trust();
    let key = |name: &str| secret_key_of(&workshop.home().join("keys").join(name));
    let (old, new, status) =
        (key("certificate-1.pem"), key("certificate-2.pem"), key("status-1.pem"));
    let judged = |key: &SecretKey, at: &str| {
        verify(&trust, &signed_as(&workshop, key, at), None).map(|_| ())
    };
    // The old key to the moment of its retirement, the new one from its making.
    assert_eq!(judged(&old, "2026-11-23T03:04:05Z"), Ok(()));
    assert_eq!(judged(&old, "2026-11-23T03:04:06Z"), Err("E5-KEY-WINDOW"));
    assert_eq!(judged(&new, "2026-11-23T03:04:04Z"), Err("E5-KEY-WINDOW"));
    assert_eq!(judged(&new, "2026-11-23T03:04:05Z"), Ok(()));
    assert_eq!(judged(&status, "2026-11-23T03:04:05Z"), Err("E5-KEY-ROLE"));
    let stranger = SecretKey::take(&mut [9; 32]);
    assert_eq!(judged(&stranger, "2026-11-23T03:04:05Z"), Err("E5-KEY-UNKNOWN"));
}
