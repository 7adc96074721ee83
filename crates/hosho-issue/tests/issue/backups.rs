//! A backup is put back, and issuing from it would use numbers twice.

use std::fs;
use std::path::PathBuf;

use hosho::KeyRole;
use hosho_issue::{
    AuditOrder, Existing, Failure, HighWaterOrder, MarkBefore, SnapshotOrder, audit, keep_apart,
    snapshot,
};

use crate::keysmith::{PATIENCE, noticed, quietly, until};
use crate::workshop::{NOW, Workshop, codes, contents, copy_folder, time};

fn order(workshop: &Workshop, apart: &str) -> HighWaterOrder {
    HighWaterOrder {
        home: workshop.home(),
        apart: workshop.path(apart),
        before: MarkBefore::Compared,
        now: time(NOW),
        patience: PATIENCE,
    }
}

fn keep(workshop: &Workshop, apart: &str) -> Result<u64, Failure> {
    quietly(|watch| keep_apart(&order(workshop, apart), watch))
}

fn issue(workshop: &Workshop, number: &str) -> Result<Vec<String>, Failure> {
    workshop.issue(&[workshop.request(number, 1)])
}

/// Puts a copy of the whole home back.
fn restore(workshop: &Workshop, copy: &str) {
    fs::remove_dir_all(workshop.home()).unwrap();
    copy_folder(&workshop.path(copy), &workshop.home());
}

#[test]
fn a_home_without_a_mark_elsewhere_says_so_until_there_is_one() {
    let workshop = Workshop::new();
    let journal = || {
        let order = AuditOrder { home: workshop.home(), now: time(NOW), patience: PATIENCE };
        noticed(|watch| audit(&order, watch).unwrap()).1
    };
    let snapshot = || {
        let order = SnapshotOrder {
            home: workshop.home(),
            out: workshop.path("status.hosho"),
            existing: Existing::Replace,
            valid_days: None,
            now: time(NOW),
            patience: PATIENCE,
        };
        noticed(|watch| snapshot(&order, watch).unwrap()).1
    };
    for told in [journal(), snapshot()] {
        assert!(told[0].contains("hosho-issue high-water HOME --apart FILE"), "{told:?}");
        assert_eq!(told.len(), 1, "{told:?}");
    }
    keep(&workshop, "mark").unwrap();
    assert_eq!((journal(), snapshot()), (Vec::new(), Vec::new()));
}

#[test]
fn refuses_to_issue_from_yesterdays_copy_of_the_whole_home() {
    let workshop = Workshop::new();
    keep(&workshop, "mark").unwrap();
    issue(&workshop, "A-1").unwrap();
    workshop.copy_home("yesterday");
    issue(&workshop, "B-1").unwrap();
    let mark = fs::read(workshop.path("mark")).unwrap();
    workshop.copy_home("today");
    restore(&workshop, "yesterday");
    let before = contents(&workshop.home());
    assert_eq!(codes(issue(&workshop, "B-1")), ["E9-HIGH-WATER"]);
    assert_eq!(codes(workshop.rotate(KeyRole::Certificate)), ["E9-HIGH-WATER"]);
    assert_eq!(codes(workshop.audit()), ["E9-HIGH-WATER"]);
    assert_eq!(contents(&workshop.home()), before);
    assert_eq!(fs::read(workshop.path("mark")).unwrap(), mark);
    restore(&workshop, "today");
    issue(&workshop, "C-1").unwrap();
    workshop.audit().unwrap();
}

#[test]
fn refuses_a_home_that_went_on_beside_the_one_of_the_mark() {
    let workshop = Workshop::new();
    keep(&workshop, "mark").unwrap();
    workshop.copy_home("fork");
    issue(&workshop, "A-1").unwrap();
    // The copy goes on with a mark of its own, and has come as far.
    let mark = fs::read(workshop.path("mark")).unwrap();
    let home = workshop.copy_home("here");
    restore(&workshop, "fork");
    fs::remove_dir_all(workshop.out()).unwrap();
    let early = fs::read(workshop.path("fork/high-water")).unwrap();
    fs::write(workshop.path("mark"), early).unwrap();
    issue(&workshop, "B-1").unwrap();
    fs::write(workshop.path("mark"), mark).unwrap();
    assert_eq!(codes(issue(&workshop, "C-1")), ["E9-HIGH-WATER"]);
    assert_eq!(codes(workshop.audit()), ["E9-HIGH-WATER"]);
    assert!(home.exists());
}

#[test]
fn refuses_everything_while_the_mark_is_away_until_somebody_says_that_it_is_lost() {
    let workshop = Workshop::new();
    keep(&workshop, "mark").unwrap();
    fs::rename(workshop.path("mark"), workshop.path("elsewhere")).unwrap();
    assert_eq!(codes(issue(&workshop, "A-1")), ["E9-HIGH-WATER"]);
    assert_eq!(codes(workshop.audit()), ["E9-HIGH-WATER"]);
    assert_eq!(codes(keep(&workshop, "second")), ["E9-HIGH-WATER"]);
    let lost = HighWaterOrder { before: MarkBefore::Lost, ..order(&workshop, "second") };
    quietly(|watch| keep_apart(&lost, watch)).unwrap();
    issue(&workshop, "A-1").unwrap();
    assert_eq!(
        fs::read(workshop.path("second")).unwrap(),
        fs::read(workshop.home().join("high-water")).unwrap()
    );
}

#[test]
fn a_stop_at_any_place_leaves_a_home_that_goes_on() {
    let workshop = Workshop::new();
    let fresh = workshop.copy_home("fresh");
    for place in 0.. {
        fs::remove_dir_all(workshop.home()).unwrap();
        copy_folder(&fresh, &workshop.home());
        let _gone = fs::remove_file(workshop.path("mark"));
        let _gone = fs::remove_dir_all(workshop.out());
        let order = order(&workshop, "mark");
        let stopped = until(place, |watch| keep_apart(&order, watch));
        issue(&workshop, "A-1").unwrap();
        workshop.audit().unwrap();
        if stopped.is_ok() {
            assert_eq!(place, 2);
            return;
        }
    }
}

#[test]
fn refuses_a_mark_in_the_home_or_over_another_file() {
    let workshop = Workshop::new();
    let before = contents(&workshop.home());
    for name in ["home/mark", "home/keys/mark"] {
        assert_eq!(codes(keep(&workshop, name)), ["E9-INSIDE"], "{name}");
    }
    let other = Workshop::new();
    issue(&other, "A-1").unwrap();
    let theirs: PathBuf = workshop.path("theirs");
    fs::copy(other.home().join("high-water"), &theirs).unwrap();
    assert_eq!(codes(keep(&workshop, "theirs")), ["E1-EXISTS"]);
    fs::write(workshop.path("note"), b"something else").unwrap();
    assert_eq!(codes(keep(&workshop, "note")), ["E1-EXISTS"]);
    assert_eq!(codes(keep(&workshop, "none/mark")), ["E1-IO"]);
    assert_eq!(contents(&workshop.home()), before);
}
