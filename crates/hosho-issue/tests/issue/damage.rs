use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::workshop::{Workshop, codes, copy_folder};

fn issued() -> Workshop {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1), workshop.request("A-1", 2)]).unwrap();
    workshop
}

fn flip(file: &Path, place: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[place] ^= 0x01;
    fs::write(file, bytes).unwrap();
}

#[test]
fn detects_a_flipped_byte_anywhere_in_the_journal() {
    let workshop = issued();
    let journal = workshop.home().join("journal");
    let intact = fs::read(&journal).unwrap();
    let step = 29;
    for place in (0..intact.len()).step_by(step).chain([intact.len() - 1]) {
        flip(&journal, place);
        assert_eq!(codes(workshop.audit()), ["E9-JOURNAL"], "byte {place}");
        let refused = workshop.issue(&[workshop.request("B-1", 1)]);
        assert_eq!(codes(refused), ["E9-JOURNAL"], "byte {place}");
        fs::write(&journal, &intact).unwrap();
    }
    workshop.audit().unwrap();
}

#[test]
fn detects_a_flipped_byte_in_every_file_that_was_recorded() {
    let workshop = issued();
    for name in [
        "certificates/A-1-r1.hosho",
        "certificates/A-1-r2.sealed.hosho",
        "trust/bundle-000001.hosho",
        "guarantor.json",
    ] {
        let file = workshop.home().join(name);
        let length = fs::read(&file).unwrap().len();
        for place in [0, length / 2, length - 1] {
            flip(&file, place);
            assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name} byte {place}");
            flip(&file, place);
        }
    }
    workshop.audit().unwrap();
}

#[test]
fn detects_a_missing_file_and_a_link_in_its_place() {
    for name in [
        "certificates/A-1-r1.hosho",
        "trust/bundle-000001.hosho",
        "guarantor.json",
        "high-water",
        "journal",
    ] {
        let workshop = issued();
        let file = workshop.home().join(name);
        let elsewhere = workshop.path("elsewhere");
        fs::rename(&file, &elsewhere).unwrap();
        assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name}");
        symlink(&elsewhere, &file).unwrap();
        assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name}");
    }
}

#[test]
fn refuses_to_go_on_from_an_old_copy_of_the_journal() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let journal = workshop.home().join("journal");
    let yesterday = fs::read(&journal).unwrap();
    workshop.issue(&[workshop.request("A-1", 2)]).unwrap();
    fs::write(&journal, yesterday).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("A-1", 2)])), ["E9-HIGH-WATER"]);
    assert_eq!(codes(workshop.audit()), ["E9-HIGH-WATER"]);
}

#[test]
fn refuses_to_go_on_from_a_journal_that_forked_from_the_mark() {
    // The same home continued in two places; then the journal of one with the mark of the other.
    let workshop = Workshop::new();
    workshop.copy_home("fork");
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let here = fs::read(workshop.home().join("journal")).unwrap();
    fs::remove_dir_all(workshop.home()).unwrap();
    copy_folder(&workshop.path("fork"), &workshop.home());
    fs::remove_dir_all(workshop.out()).unwrap();
    workshop.issue(&[workshop.request("B-1", 1)]).unwrap();
    fs::write(workshop.home().join("journal"), here).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("C-1", 1)])), ["E9-HIGH-WATER"]);
}

#[test]
fn cuts_off_an_unfinished_last_record_and_says_so() {
    let workshop = issued();
    let journal = workshop.home().join("journal");
    let intact = fs::read(&journal).unwrap();
    for tail in [&b"5"[..], b"not a record\n", &[0; 5000]] {
        fs::write(&journal, [&intact, tail].concat()).unwrap();
        workshop.audit().unwrap();
        let told = workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
        let expected = format!("Noticed(TailCut {{ bytes: {} }})", tail.len());
        assert_eq!(told, [expected, "delivered A-1 r1 Before".to_owned()]);
        assert_eq!(fs::read(&journal).unwrap(), intact);
    }
}

#[test]
fn cuts_off_a_record_that_stopped_at_any_byte_and_issues_again() {
    let workshop = Workshop::new();
    let request = workshop.request("A-1", 1);
    let journal = workshop.home().join("journal");
    let start = fs::read(&journal).unwrap().len();
    // Stopped after the intent was written and before the mark followed.
    let stopped = workshop.issue_until(std::slice::from_ref(&request), 0);
    assert_eq!(codes(stopped), ["E9-STOPPED"]);
    let whole = fs::read(&journal).unwrap();
    workshop.copy_home("stopped");
    for length in (start..whole.len()).step_by(97).chain([whole.len() - 1]) {
        fs::remove_dir_all(workshop.home()).unwrap();
        copy_folder(&workshop.path("stopped"), &workshop.home());
        fs::write(&journal, &whole[..length]).unwrap();
        let _gone = fs::remove_dir_all(workshop.out());
        workshop.issue(std::slice::from_ref(&request)).unwrap();
        assert_eq!(workshop.audit().unwrap().certificates, 1, "cut at {length}");
    }
}

#[test]
fn refuses_key_files_that_others_may_read() {
    for name in ["keys/certificate-1.pem", "keys/master-1.key"] {
        let workshop = Workshop::new();
        let file = workshop.home().join(name);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(codes(workshop.issue(&[workshop.request("A-1", 1)])), ["E9-DAMAGED"], "{name}");
    }
}

#[test]
fn refuses_a_key_that_the_trust_bundle_does_not_name() {
    let workshop = Workshop::new();
    let keys = workshop.home().join("keys");
    fs::copy(keys.join("status-1.pem"), keys.join("certificate-1.pem")).unwrap();
    assert_eq!(codes(workshop.issue(&[workshop.request("A-1", 1)])), ["E5-KEY-UNKNOWN"]);
}

#[test]
fn no_message_shows_a_secret() {
    let workshop = Workshop::new();
    let keys = workshop.home().join("keys");
    let master = fs::read_to_string(keys.join("master-1.key")).unwrap();
    let pem = fs::read_to_string(keys.join("certificate-1.pem")).unwrap();
    for (name, text) in [("master-1.key", &master[1..]), ("certificate-1.pem", &pem[..90])] {
        let intact = fs::read(keys.join(name)).unwrap();
        fs::write(keys.join(name), text).unwrap();
        let failure = workshop.issue(&[workshop.request("A-1", 1)]).unwrap_err();
        fs::write(keys.join(name), intact).unwrap();
        let shown = format!("{failure} {failure:?}");
        assert!(shown.contains(name), "{shown}");
        let secret_parts =
            master.as_bytes().windows(8).chain(pem.lines().nth(1).unwrap().as_bytes().windows(8));
        for part in secret_parts {
            assert!(!shown.contains(std::str::from_utf8(part).unwrap()), "{shown}");
        }
    }
}
