use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hosho::{KeyRole, SignedTrustBundle, Signer as _};
use hosho_cli::lang::Lang;
use hosho_issue::{
    AssembleOrder, Confirmation, Published, ReplaceOrder, RotateOrder, SignOrder, assemble_root,
    export_roots, new_root, replace_roots, rotate_key, sign_request,
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::keysmith::{LATER, noticed, quietly, secret_key_of, until, verify};
use crate::workshop::{Workshop, codes, contents, issue_and_tell, time};

/// A home whose root keys lie elsewhere.
fn away() -> Workshop {
    let workshop = Workshop::new();
    workshop.export("usb").unwrap();
    workshop
}

fn root(workshop: &Workshop, number: u8) -> PathBuf {
    workshop.path(&format!("usb/root-{number}.pem"))
}

/// Makes root keys on machines of their own; returns the files with the secrets.
fn fresh_roots(workshop: &Workshop, numbers: &[u8]) -> Vec<PathBuf> {
    numbers
        .iter()
        .map(|number| {
            let machine = workshop.path(&format!("machine-{number}"));
            fs::create_dir(&machine).unwrap();
            let file = machine.join("root.pem");
            new_root(&file).unwrap();
            file
        })
        .collect()
}

fn public(files: &[PathBuf]) -> Vec<PathBuf> {
    files.iter().map(|file| file.with_extension("pub")).collect()
}

fn thumbprints(workshop: &Workshop) -> Vec<String> {
    let trust = workshop.trust();
    trust.roots().keys().iter().map(|key| key.thumbprint().to_string()).collect()
}

#[test]
fn a_root_key_is_for_its_owner_only_and_openssl_would_read_its_public_part() {
    let workshop = Workshop::new();
    let file = workshop.path("root-9.pem");
    let made = new_root(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
    let text = fs::read_to_string(&made.public).unwrap();
    assert!(text.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{text}");
    assert!(text.ends_with("-----END PUBLIC KEY-----\n"), "{text}");
    assert_eq!(codes(new_root(&file)), ["E1-EXISTS"]);
    fs::remove_file(&file).unwrap();
    assert_eq!(codes(new_root(&file)), ["E1-EXISTS"]);
    assert!(!file.exists());
}

#[test]
fn root_keys_leave_the_home_whole_and_alone() {
    let workshop = Workshop::new();
    let before: Vec<_> = (1..4)
        .map(|n| fs::read(workshop.home().join(format!("roots/root-{n}.pem"))).unwrap())
        .collect();
    let exported = workshop.export("usb").unwrap();
    for (number, bytes) in (1..).zip(before) {
        assert_eq!(fs::read(root(&workshop, number)).unwrap(), bytes);
        let mode = fs::metadata(root(&workshop, number)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    let mut prints: Vec<_> = exported.iter().map(|root| root.thumbprint.to_string()).collect();
    let mut expected = thumbprints(&workshop);
    prints.sort();
    expected.sort();
    assert_eq!(prints, expected);
    assert_eq!(fs::read_dir(workshop.home().join("roots")).unwrap().count(), 0);
    assert_eq!(codes(workshop.export("usb")), ["E9-ROOTS"]);
    workshop.audit().unwrap();
}

#[test]
fn a_stop_at_any_place_of_the_export_loses_no_root_key() {
    let workshop = Workshop::new();
    workshop.copy_home("fresh");
    let keys = |folder: PathBuf| -> Vec<Vec<u8>> {
        (1..4).filter_map(|n| fs::read(folder.join(format!("root-{n}.pem"))).ok()).collect()
    };
    let all = keys(workshop.home().join("roots"));
    for place in 0.. {
        let _gone = fs::remove_dir_all(workshop.home());
        let _gone = fs::remove_dir_all(workshop.path("usb"));
        crate::workshop::copy_folder(&workshop.path("fresh"), &workshop.home());
        let order = workshop.export_order("usb");
        let stopped = until(place, |watch| export_roots(&order, watch));
        for key in &all {
            let here = keys(workshop.home().join("roots")).contains(key);
            assert!(here || keys(workshop.path("usb")).contains(key), "place {place}");
        }
        if stopped.is_ok() {
            // Three copies, the record and the mark, three removals.
            assert_eq!(place, 8);
            return;
        }
        // A command in between changes nothing of it, and says what is left to do.
        let order = workshop.renew_order();
        let (renewed, told) = noticed(|watch| hosho_issue::renew(&order, watch));
        let recorded = matches!(renewed.unwrap(), Published::Waiting { .. });
        let left = !keys(workshop.home().join("roots")).is_empty();
        assert_eq!(told.iter().any(|line| line.contains("still lie")), recorded && left);
        match workshop.export("usb") {
            Ok(_) => {}
            refused => assert_eq!((codes(refused), left), (vec!["E9-ROOTS"], false)),
        }
        assert_eq!(keys(workshop.path("usb")), all, "place {place}");
        assert_eq!(keys(workshop.home().join("roots")), [[0_u8; 0]; 0]);
    }
}

#[test]
fn refuses_to_move_root_keys_to_where_they_come_from() {
    let workshop = Workshop::new();
    symlink(workshop.home().join("roots"), workshop.path("link")).unwrap();
    let before = contents(&workshop.home());
    for out in ["home/roots", "home", "home/new", "link"] {
        assert_eq!(codes(workshop.export(out)), ["E9-INSIDE"], "{out}");
        assert_eq!(contents(&workshop.home()), before, "{out}");
    }
    // Hard links, which would go with the originals.
    fs::create_dir(workshop.path("linked")).unwrap();
    for number in 1..4 {
        let name = format!("root-{number}.pem");
        let copy = workshop.path("linked").join(&name);
        fs::hard_link(workshop.home().join("roots").join(&name), copy).unwrap();
    }
    assert_eq!(codes(workshop.export("linked")), ["E9-INSIDE"]);
    assert_eq!(contents(&workshop.home()), before);
}

#[test]
fn refuses_to_move_root_keys_over_other_files() {
    let workshop = Workshop::new();
    let other = Workshop::new();
    other.export("usb").unwrap();
    let before = contents(&workshop.home());
    // Whichever of them is in the way, no copy of another one is left there.
    for left in [["root-1.pem"; 2], ["root-2.pem", "root-2.pub"], ["root-3.pub"; 2]] {
        fs::create_dir(workshop.path("usb")).unwrap();
        for name in left {
            fs::copy(other.path("usb").join(name), workshop.path("usb").join(name)).unwrap();
        }
        let there = contents(&workshop.path("usb"));
        assert_eq!(codes(workshop.export("usb")), ["E1-EXISTS"], "{left:?}");
        assert_eq!(contents(&workshop.path("usb")), there, "{left:?}");
        assert_eq!(contents(&workshop.home()), before, "{left:?}");
        fs::remove_dir_all(workshop.path("usb")).unwrap();
    }
    workshop.export("usb").unwrap();
}

#[test]
fn with_the_roots_away_a_request_waits_and_two_signatures_install_it() {
    let workshop = away();
    let made = workshop.rotate(KeyRole::Certificate).unwrap();
    let Published::Waiting { request, .. } = &made.published else { panic!("{made:?}") };
    assert_eq!(made.until, time("2026-12-23T03:04:05Z"));
    assert_eq!(workshop.audit().unwrap().unsigned_bundle, Some(2));
    // The key before goes on signing.
    let before = workshop.active(KeyRole::Certificate);
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time(LATER);
    issue_and_tell(&order).unwrap();
    let previous = workshop.bundle_file(1);
    let signatures = [1, 2].map(|n| workshop.sign(request, &root(&workshop, n), Some(&previous)));
    workshop.assemble(&signatures).unwrap();
    assert_eq!(workshop.active(KeyRole::Certificate), made.key);
    assert!(!request.exists());
    let trust = workshop.trust();
    let file = workshop.out().join("A-1-r1.hosho");
    assert_eq!(verify(&trust, &file, None), Ok(before));
    assert_eq!(workshop.audit().unwrap().unsigned_bundle, None);
}

#[test]
fn a_key_stops_signing_when_the_time_of_its_retirement_comes_and_the_ceremony_has_not() {
    let workshop = away();
    let order = RotateOrder { grace_days: Some(1), ..workshop.rotate_order(KeyRole::Certificate) };
    quietly(|watch| rotate_key(&order, watch)).unwrap();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time("2026-11-24T03:04:05Z");
    issue_and_tell(&order).unwrap();
    let mut order = workshop.issue_order(&[workshop.request("B-1", 1)]);
    order.now = time("2026-11-24T03:04:06Z");
    assert_eq!(codes(issue_and_tell(&order)), ["E9-REQUEST"]);
}

#[test]
fn refuses_too_few_signatures_and_counts_keys_not_signatures() {
    let workshop = away();
    workshop.renew().unwrap();
    let request = workshop.request_of(2);
    let (one, again) = (
        workshop.sign(&request, &root(&workshop, 1), None),
        workshop.sign(&request, &root(&workshop, 1), None),
    );
    let before = contents(&workshop.home());
    for given in [vec![], vec![one.clone()], vec![one, again]] {
        assert_eq!(codes(workshop.assemble(&given)), ["E8-THRESHOLD"]);
        assert_eq!(contents(&workshop.home()), before);
    }
}

#[test]
fn refuses_a_signature_that_is_wrong_foreign_or_for_another_request() {
    let workshop = away();
    workshop.renew().unwrap();
    let request = workshop.request_of(2);
    let good = [1, 2].map(|n| workshop.sign(&request, &root(&workshop, n), None));
    let text = fs::read_to_string(&good[0]).unwrap();
    let file = workshop.path("changed.signature");
    let with = |line: usize, value: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[line] = value;
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        codes(workshop.assemble(&[file.clone(), good[1].clone()]))
    };
    assert_eq!(with(1, format!("request {}", "0".repeat(64))), ["E9-REQUEST"]);
    assert_eq!(with(2, format!("key {}", "0".repeat(16))), ["E9-ROOTS"]);
    assert_eq!(with(3, format!("signature {}", "0".repeat(128))), ["E5-SIGNATURE"]);
    assert_eq!(with(0, "hosho bundle signature 2".to_owned()), ["E9-PAPER"]);
    workshop.assemble(&good).unwrap();
}

#[test]
fn a_signature_over_an_earlier_request_no_longer_serves() {
    let workshop = away();
    workshop.renew().unwrap();
    let request = workshop.request_of(2);
    let early = [1, 2].map(|n| workshop.sign(&request, &root(&workshop, n), None));
    let rotated = workshop.rotate(KeyRole::Status).unwrap();
    assert_eq!(codes(workshop.assemble(&early)), ["E9-REQUEST"]);
    // Both changes are in the one request that is open.
    let second = workshop.rotate(KeyRole::Certificate).unwrap();
    let signatures = [2, 3].map(|n| workshop.sign(&request, &root(&workshop, n), None));
    workshop.assemble(&signatures).unwrap();
    assert_eq!(workshop.active(KeyRole::Status), rotated.key);
    assert_eq!(workshop.active(KeyRole::Certificate), second.key);
    assert_eq!(workshop.trust().sequence().number(), 2);
}

#[test]
fn taking_back_opens_the_change_before_again() {
    let workshop = away();
    workshop.renew().unwrap();
    let first = fs::read(workshop.request_of(2)).unwrap();
    workshop.rotate(KeyRole::Certificate).unwrap();
    assert_ne!(fs::read(workshop.request_of(2)).unwrap(), first);
    assert!(workshop.withdraw().unwrap().is_some());
    assert_eq!(fs::read(workshop.request_of(2)).unwrap(), first);
    assert_eq!(workshop.withdraw().unwrap(), None);
    assert_eq!(codes(workshop.withdraw()), ["E9-REQUEST"]);
    assert!(!workshop.request_of(2).exists());
    // The number of the key that was taken back is not used again.
    workshop.rotate(KeyRole::Certificate).unwrap();
    assert!(workshop.home().join("keys/certificate-3.pem").exists());
    workshop.audit().unwrap();
}

#[test]
fn the_root_set_changes_over_three_generations() {
    let workshop = away();
    let first = workshop.trust();
    // Generation 2: one of three; the two that stay suffice.
    let fourth = fresh_roots(&workshop, &[4]);
    let gone = first.roots().keys()[0].thumbprint().to_string();
    let kept: Vec<PathBuf> =
        (1..4).map(|n| root(&workshop, n)).filter(|file| thumbprint_of(file) != gone).collect();
    workshop.replace(&[gone], &public(&fourth)).unwrap();
    let request = workshop.request_of(2);
    let sign = |file: &PathBuf, sequence| {
        let previous = workshop.bundle_file(sequence);
        workshop.sign(&request, file, Some(&previous))
    };
    assert_eq!(
        codes(workshop.assemble(&[sign(&kept[0], 1), sign(&fourth[0], 1)])),
        ["E8-THRESHOLD"]
    );
    workshop.assemble(&[sign(&kept[0], 1), sign(&kept[1], 1)]).unwrap();
    // Generation 3: all of them; two old ones and two new ones.
    let new = fresh_roots(&workshop, &[5, 6, 7]);
    workshop.replace(&thumbprints(&workshop), &public(&new)).unwrap();
    let request = workshop.request_of(3);
    let previous = workshop.bundle_file(2);
    let sign = |file: &PathBuf| workshop.sign(&request, file, Some(&previous));
    let old = [sign(&kept[0]), sign(&fourth[0])];
    let new = [sign(&new[0]), sign(&new[2])];
    for given in [old.to_vec(), new.to_vec(), [&old[..1], &new[..]].concat()] {
        assert_eq!(codes(workshop.assemble(&given)), ["E8-THRESHOLD"]);
    }
    workshop.assemble(&[&old[..], &new[..]].concat()).unwrap();
    let trust = workshop.trust();
    assert_eq!(trust.sequence().number(), 3);
    assert!(trust.roots().keys().iter().all(|key| !first.roots().keys().contains(key)));
    // Whoever pinned the first goes step by step, and not by leaps.
    let bytes: Vec<_> = (1..4).map(|n| fs::read(workshop.bundle_file(n)).unwrap()).collect();
    let skipped = first.update(SignedTrustBundle::parse(&bytes[2]).unwrap());
    assert_eq!(skipped.unwrap_err().code(), "E8-SEQUENCE");
    let back = trust.update(SignedTrustBundle::parse(&bytes[1]).unwrap());
    assert_eq!(back.unwrap_err().code(), "E8-SEQUENCE");
    workshop.audit().unwrap();
}

fn thumbprint_of(file: &Path) -> String {
    secret_key_of(file).public_key().thumbprint().to_string()
}

#[test]
fn with_the_roots_at_home_a_change_of_one_root_key_needs_nobody_else() {
    let workshop = Workshop::new();
    let fourth = fresh_roots(&workshop, &[4]);
    let gone = thumbprints(&workshop).remove(0);
    let made = workshop.replace(&[gone], &public(&fourth)).unwrap();
    assert_eq!(made, Published::Installed { sequence: workshop.trust().sequence() });
    // All of them: the home signs for the old set, the new ones for theirs.
    let new = fresh_roots(&workshop, &[5, 6, 7]);
    workshop.replace(&thumbprints(&workshop), &public(&new)).unwrap();
    let request = workshop.request_of(3);
    let signatures: Vec<_> = new[..2].iter().map(|f| workshop.sign(&request, f, None)).collect();
    workshop.assemble(&signatures).unwrap();
    assert_eq!(workshop.trust().sequence().number(), 3);
    workshop.audit().unwrap();
}

#[test]
fn refuses_root_sets_that_cannot_be() {
    let workshop = Workshop::new();
    let fresh = public(&fresh_roots(&workshop, &[4]));
    let here = thumbprints(&workshop);
    let before = contents(&workshop.home());
    assert_eq!(codes(workshop.replace(&["0".repeat(64)], &fresh)), ["E9-ROOTS"]);
    assert_eq!(codes(workshop.replace(&here[..1], &[])), ["E8-ROOTS"]);
    let twice = [fresh.clone(), fresh.clone()].concat();
    assert_eq!(codes(workshop.replace(&[], &twice)), ["E9-ROOTS"]);
    let order = ReplaceOrder { threshold: Some(5), ..workshop.replace_order(&[], &fresh) };
    assert_eq!(codes(quietly(|watch| replace_roots(&order, watch))), ["E8-ROOTS"]);
    let failure = workshop.replace(&here[..1], &[]).unwrap_err();
    let advice = "name 3 to 8 different root keys";
    assert!(failure.to_string().contains(advice), "{failure}");
    let no_key = workshop.path("no.pub");
    fs::write(&no_key, b"no key").unwrap();
    assert_eq!(codes(workshop.replace(&here[..1], &[no_key])), ["E9-PAPER"]);
    assert_eq!(contents(&workshop.home()), before);
}

#[test]
fn asks_with_everything_that_is_signed_and_signs_nothing_without_a_yes() {
    let workshop = away();
    let made = workshop.rotate(KeyRole::Certificate).unwrap();
    let before = workshop.active(KeyRole::Certificate);
    let order = SignOrder {
        request: workshop.request_of(2),
        key: root(&workshop, 1),
        previous: Some(workshop.bundle_file(1)),
        out: workshop.path("root-1.signature"),
    };
    for lang in [Lang::En, Lang::Ja] {
        let mut shown = String::new();
        let refused = sign_request(&order, lang, |asked| {
            shown = asked.lines.join("\n");
            Err(Confirmation::Denied)
        });
        assert_eq!(codes(refused), ["E9-CONFIRM"]);
        assert!(!order.out.exists());
        let trust = workshop.trust();
        let mut expected = vec![
            "g-demo".to_owned(),
            trust.fingerprint().to_string(),
            made.key.to_string(),
            before.to_string(),
            LATER.to_owned(),
            "2026-12-23T03:04:05Z".to_owned(),
            "rotated".to_owned(),
        ];
        expected.extend(thumbprints(&workshop));
        for part in expected {
            assert!(shown.contains(&part), "{part} in {shown}");
        }
        let marks: Vec<_> =
            shown.lines().filter_map(|line| line.trim_start().chars().next()).collect();
        assert_eq!(marks.iter().filter(|mark| **mark == '+').count(), 2, "{shown}");
        assert_eq!(marks.iter().filter(|mark| **mark == '-').count(), 1, "{shown}");
    }
}

#[test]
fn refuses_to_sign_what_does_not_follow_or_with_a_key_of_neither_set() {
    let workshop = away();
    workshop.renew().unwrap();
    let request = workshop.request_of(2);
    let stranger = fresh_roots(&workshop, &[8]).remove(0);
    let other = Workshop::new();
    let sign = |key: PathBuf, previous: Option<PathBuf>| {
        let out = workshop.path("never.signature");
        let order = SignOrder { request: request.clone(), key, previous, out: out.clone() };
        let refused = codes(sign_request(&order, Lang::En, |_| panic!("asked")));
        assert!(!out.exists());
        refused
    };
    assert_eq!(sign(stranger, None), ["E9-ROOTS"]);
    let foreign = other.bundle_file(1);
    assert_eq!(sign(root(&workshop, 1), Some(foreign)), ["E8-PREVIOUS"]);
    assert_eq!(sign(root(&workshop, 1), Some(workshop.path("none"))), ["E1-IO"]);
}

#[test]
fn assembles_anywhere_what_the_home_would_assemble() {
    let workshop = away();
    workshop.renew().unwrap();
    let request = workshop.request_of(2);
    let signatures = [1, 2].map(|n| workshop.sign(&request, &root(&workshop, n), None));
    let out = workshop.path("assembled.hosho");
    let order = AssembleOrder {
        target: request,
        previous: Some(workshop.bundle_file(1)),
        out: Some(out.clone()),
        ..workshop.assemble_order(&signatures)
    };
    let without = AssembleOrder { previous: None, ..order.clone() };
    assert_eq!(codes(quietly(|watch| assemble_root(&without, watch))), ["E8-PREVIOUS"]);
    let nowhere = AssembleOrder { out: None, ..order.clone() };
    assert_eq!(codes(quietly(|watch| assemble_root(&nowhere, watch))), ["E9-REQUEST"]);
    let few = AssembleOrder { signatures: signatures[..1].to_vec(), ..order.clone() };
    assert_eq!(codes(quietly(|watch| assemble_root(&few, watch))), ["E8-THRESHOLD"]);
    assert!(!out.exists());
    quietly(|watch| assemble_root(&order, watch)).unwrap();
    workshop.assemble(&signatures).unwrap();
    assert_eq!(fs::read(&out).unwrap(), fs::read(workshop.bundle_file(2)).unwrap());
}

#[test]
fn root_sign_shows_on_the_terminal_what_it_asks_there_wherever_its_output_goes() {
    let workshop = away();
    workshop.renew().unwrap();
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let name = OsStr::from_bytes(name.as_bytes());
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let out = workshop.path("asked.signature");
    let mut child = Command::new(env!("CARGO_BIN_EXE_hosho-issue"))
        .args(["--lang", "en", "root", "sign"])
        .arg(workshop.request_of(2))
        .arg("--key")
        .arg(root(&workshop, 1))
        .arg("--out")
        .arg(&out)
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::null())
        .stderr(terminal)
        .spawn()
        .unwrap();
    let mut person = File::from(person);
    let mut shown = String::new();
    while !shown.ends_with("Type yes to sign: ") {
        let mut buffer = [0; 4096];
        // Ends with an error when the program has gone without asking.
        let count = person.read(&mut buffer).unwrap();
        shown.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    for fact in ["sequence: 2", "next update: ", "Keys:", "Root keys (2 of 3 must sign):"] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    assert!(!out.exists());
    person.write_all(b"yes\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(out.exists());
}
