//! What an obligee without a network is told after a rekey, with the old auth key and with the new.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use hosho_issue::{Existing, SnapshotOrder, snapshot};

use crate::keysmith::{LATER, PATIENCE, quietly};
use crate::workshop::{NOW, Workshop, time};

#[test]
fn the_old_key_is_refused_offline_by_the_newest_snapshot_and_no_other() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.lasting("A-1", 1), workshop.lasting("A-1", 2)]).unwrap();
    let before = workshop.path("before.hosho");
    let order = SnapshotOrder {
        home: workshop.home(),
        out: before.clone(),
        existing: Existing::Keep,
        valid_days: None,
        now: time(NOW),
        patience: PATIENCE,
    };
    quietly(|watch| snapshot(&order, watch)).unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    workshop.publish();
    let (status, old) = (workshop.path("status.hosho"), "A-1.auth-key");
    let with = |file: &PathBuf| vec!["--status".into(), file.clone().into()];
    for (file, options, now, expected) in [
        ("A-1-r2.sealed.hosho", vec![], LATER, ("status-unknown", "E7-NO-SNAPSHOT")),
        // Nothing that is here tells of the new key yet; the answer says as of when.
        ("A-1-r2.sealed.hosho", with(&before), LATER, ("in-force", "")),
        (
            "A-1-r2.sealed.hosho",
            with(&before),
            "2026-11-30T00:00:00Z",
            ("status-stale", "E7-STALE"),
        ),
        ("A-1-r2.sealed.hosho", with(&status), LATER, ("superseded", "E7-REKEYED")),
        ("A-1-r2.hosho", with(&status), LATER, ("superseded", "E7-REKEYED")),
        // It was superseded by an amendment first, and its key was reissued all the same.
        ("A-1-r1.sealed.hosho", with(&status), LATER, ("superseded", "E7-REKEYED")),
        ("A-1-r3.sealed.hosho", with(&status), LATER, ("key-does-not-fit", "E4-OPEN")),
    ] {
        let told = workshop.verdict_with(file, old, ("2026-11-24", now), &options);
        assert_eq!((told.0.as_str(), told.1.as_str()), expected, "{file} {options:?} {now}");
    }
}

#[test]
fn the_new_key_reaches_every_earlier_revision_through_the_later_ones() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.lasting("A-1", 1), workshop.lasting("A-1", 2)]).unwrap();
    let old = workshop.path("old.auth-key");
    fs::copy(workshop.out().join("A-1.auth-key"), &old).unwrap();
    fs::remove_dir_all(workshop.out()).unwrap();
    workshop.rekey_with_earlier(&["A-1"]).unwrap();
    workshop.publish();
    fs::copy(&old, workshop.out().join("old.auth-key")).unwrap();
    let out = |name: &str| OsString::from(workshop.out().join(name));
    let (second, third) = (out("A-1-r2.k2.sealed.hosho"), out("A-1-r3.sealed.hosho"));
    let new = "A-1.k2.auth-key";
    for (file, key, later, on, expected) in [
        ("A-1-r2.k2", new, vec![third.clone()], "2026-01-10", ("in-force", "")),
        ("A-1-r2.k2", new, vec![third.clone()], "2026-11-23", ("superseded", "E7-REKEYED")),
        (
            "A-1-r1.k2",
            new,
            vec![third.clone(), second.clone()],
            "2026-11-23",
            ("superseded", "E7-REKEYED"),
        ),
        ("A-1-r1.k2", new, vec![workshop.out().into()], "2026-11-23", ("superseded", "E7-REKEYED")),
        ("A-1-r1.k2", new, vec![third.clone()], "2026-11-23", ("key-does-not-fit", "E4-OPEN")),
        ("A-1-r1.k2", new, vec![second.clone()], "2026-11-23", ("key-does-not-fit", "E4-OPEN")),
        ("A-1-r1.k2", new, vec![out("nothing")], "2026-11-23", ("key-does-not-fit", "E4-OPEN")),
        (
            "A-1-r2.k2",
            "old.auth-key",
            vec![third.clone()],
            "2026-11-23",
            ("key-does-not-fit", "E4-OPEN"),
        ),
    ] {
        let mut options =
            vec!["--status".into(), workshop.path("status.hosho").into(), "--later".into()];
        options.extend(later.iter().cloned());
        let file = format!("{file}.sealed.hosho");
        let told = workshop.verdict_with(&file, key, (on, LATER), &options);
        assert_eq!((told.0.as_str(), told.1.as_str()), expected, "{file} {later:?} {on}");
    }
}
