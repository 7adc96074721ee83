use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use hosho::{Fingerprint, KeyRole};
use hosho_issue::{InitOrder, init};
use serde_json::{Value, json};

use crate::workshop::{Workshop, codes, contents, copy_folder, issue_and_tell, time};

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

const KEYS: [&str; 3] = ["keys/certificate-1.pem", "keys/status-1.pem", "keys/master-1.key"];

#[test]
fn the_journal_command_finds_a_key_that_is_missing_foreign_or_open_to_others() {
    for name in KEYS {
        let workshop = issued();
        let other = InitOrder { home: workshop.path("other"), ..workshop.init_order() };
        init(&other).unwrap();
        let file = workshop.home().join(name);
        let intact = fs::read(&file).unwrap();
        for foreign in [fs::read(workshop.path("other").join(name)).unwrap(), b"no key".to_vec()] {
            fs::write(&file, foreign).unwrap();
            assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name}");
        }
        fs::write(&file, intact).unwrap();
        workshop.audit().unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
        assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name}");
        fs::remove_file(&file).unwrap();
        assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"], "{name}");
    }
}

#[test]
fn refuses_an_auth_master_key_that_is_not_the_one_of_the_journal() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let file = workshop.home().join("keys/master-1.key");
    fs::write(&file, format!("{}\n", "0".repeat(64))).unwrap();
    let before = contents(&workshop.home());
    // Amending, and beginning a guarantee.
    for (number, revision) in [("A-1", 2), ("B-1", 1)] {
        let mut order = workshop.issue_order(&[workshop.request(number, revision)]);
        order.out = workshop.path("elsewhere");
        let failure = issue_and_tell(&order).unwrap_err();
        let line = format!(
            "E9-DAMAGED: {}: its bytes are not those that were recorded; put it back from a backup",
            file.display()
        );
        assert_eq!(failure.to_string(), line);
        assert_eq!(contents(&workshop.home()), before);
        assert!(!order.out.exists());
    }
    // Delivering again.
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.out = workshop.path("elsewhere");
    assert_eq!(codes(issue_and_tell(&order)), ["E9-DAMAGED"]);
    assert!(!order.out.join("A-1.auth-key").exists());
}

/// Rewrites the last record of the journal, and hash and mark with it.
fn forge_last_record(workshop: &Workshop, edit: impl FnOnce(&mut Value)) {
    let journal = workshop.home().join("journal");
    let text = fs::read_to_string(&journal).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut entry: Value = serde_json::from_str(&lines.pop().unwrap()[65..]).unwrap();
    edit(&mut entry);
    let before = &lines.last().unwrap()[..64];
    let mut bytes = b"hosho/v1/journal".to_vec();
    bytes.extend((0..32).map(|n| u8::from_str_radix(&before[2 * n..2 * n + 2], 16).unwrap()));
    let body = entry.to_string();
    bytes.extend_from_slice(body.as_bytes());
    let hash = Fingerprint::of(&bytes);
    lines.push(format!("{hash} {body}"));
    fs::write(&journal, lines.join("\n") + "\n").unwrap();
    fs::write(workshop.home().join("high-water"), format!("{} {hash}\n", lines.len())).unwrap();
}

#[test]
fn signs_no_intent_whose_fields_say_something_else_than_its_bytes() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    // Recorded, the mark raised, not yet signed.
    let stopped = workshop.issue_until(&[workshop.request("A-1", 2)], 1);
    assert_eq!(codes(stopped), ["E9-STOPPED"]);
    workshop.copy_home("stopped");
    let forge = |edit: &dyn Fn(&mut Value)| {
        fs::remove_dir_all(workshop.home()).unwrap();
        copy_folder(&workshop.path("stopped"), &workshop.home());
        forge_last_record(&workshop, edit);
        let signed = contents(&workshop.home().join("certificates"));
        let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
        order.now = time("2026-11-22T03:04:06Z");
        let code = issue_and_tell(&order).map_or_else(|failure| failure.code(), |_| "issued");
        let unchanged = contents(&workshop.home().join("certificates")) == signed;
        (code, unchanged)
    };
    assert_eq!(forge(&|_| ()), ("issued", false));
    assert_eq!(forge(&|entry| entry["at"] = "2026-11-22T03:04:06Z".into()), ("E9-DAMAGED", true));
    for (field, value) in [
        ("effect", json!("voids")),
        ("governs_from", json!("2025-06-21")),
        ("list", json!("2")),
        ("index", json!("131071")),
    ] {
        let forged = forge(&|entry| {
            assert_ne!(entry["record"]["intent"][field], value);
            entry["record"]["intent"][field] = value.clone();
        });
        assert_eq!(forged, ("E9-DAMAGED", true), "{field}");
    }
    // The bytes of another revision: revision 1 as the journal has it.
    let journal = fs::read_to_string(workshop.home().join("journal")).unwrap();
    let first: Value = serde_json::from_str(&journal.lines().nth(2).unwrap()[65..]).unwrap();
    let bytes = &first["record"]["intent"]["to_be_signed"];
    assert!(bytes.is_string());
    let forged = forge(&|entry| entry["record"]["intent"]["to_be_signed"] = bytes.clone());
    assert_eq!(forged, ("E9-DAMAGED", true));
    // These break a rule between lines.
    for (field, value) in [
        ("kind", json!("interim")),
        ("bind", json!("00".repeat(32))),
        // Only a rekey takes the next serial, and it says so.
        ("serial", json!("2")),
        ("epoch", json!("2")),
        ("effect", json!("rekeys")),
        ("reseal", json!("00".repeat(32))),
    ] {
        let forged = forge(&|entry| entry["record"]["intent"][field] = value.clone());
        assert_eq!(forged, ("E9-JOURNAL", true), "{field}");
    }
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

#[test]
fn signs_no_draft_whose_fields_say_something_else_than_its_bytes() {
    let workshop = Workshop::new();
    workshop.export("usb").unwrap();
    workshop.rotate(KeyRole::Certificate).unwrap();
    workshop.copy_home("waiting");
    let forge = |edit: &dyn Fn(&mut Value)| {
        fs::remove_dir_all(workshop.home()).unwrap();
        copy_folder(&workshop.path("waiting"), &workshop.home());
        forge_last_record(&workshop, edit);
        workshop.renew().map_or_else(|failure| failure.code(), |_| "waiting")
    };
    assert_eq!(forge(&|_| ()), "waiting");
    let kid = |key: &str| json!([{ "role": "certificate", "number": 2, "key": key }]);
    for (field, value) in [
        ("sequence", json!("3")),
        ("payload", json!("oA==")),
        ("made", kid("0123456789abcdef")),
        ("made", json!([{ "role": "status", "number": 2, "key": "0123456789abcdef" }])),
    ] {
        let forged = forge(&|entry| entry["record"]["draft"][field] = value.clone());
        assert_eq!(forged, "E9-JOURNAL", "{field}");
    }
}

#[test]
fn the_audit_goes_on_after_the_first_damage_and_names_all_of_it() {
    let workshop = Workshop::new();
    let requests = ["A-1", "B-1", "C-1"].map(|number| workshop.request(number, 1));
    workshop.issue(&requests).unwrap();
    workshop.issue(&[workshop.request("A-1", 2), workshop.request("A-1", 3)]).unwrap();
    let stored = workshop.home().join("certificates");
    fs::remove_file(stored.join("A-1-r2.hosho")).unwrap();
    fs::write(stored.join("B-1-r1.sealed.hosho"), b"other").unwrap();
    fs::remove_file(workshop.home().join("keys/status-1.pem")).unwrap();
    fs::remove_file(workshop.home().join("keys/master-1.key")).unwrap();
    let failure = workshop.audit().unwrap_err();
    assert_eq!((failure.code(), failure.exit_code()), ("E9-DAMAGED", 3));
    let lines = failure.lines(hosho_cli::lang::Lang::En);
    let names = ["master-1.key", "status-1.pem", "A-1-r2.hosho", "B-1-r1.sealed.hosho"];
    assert_eq!(lines.len(), names.len(), "{lines:?}");
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with("E9-DAMAGED: ") && line.contains(name), "{line}");
    }
}
