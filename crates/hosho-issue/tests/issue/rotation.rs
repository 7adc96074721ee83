use std::fs;
use std::os::unix::fs::PermissionsExt;

use hosho::{KeyRole, KeyState, SignedTrustBundle};
use hosho_issue::{
    BundleOrder, Existing, Published, RotateOrder, WrittenBundle, every_bundle, rotate_key,
};

use crate::keysmith::{LATER, PATIENCE, quietly, verify};
use crate::workshop::{NOW, Workshop, codes, contents, issue_and_tell, time};

fn later(
    workshop: &Workshop,
    number: &str,
    revision: u16,
) -> Result<Vec<String>, hosho_issue::Failure> {
    let mut order = workshop.issue_order(&[workshop.request(number, revision)]);
    order.now = time(LATER);
    issue_and_tell(&order)
}

#[test]
fn a_new_key_signs_and_what_the_one_before_signed_stands() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let before = workshop.active(KeyRole::Certificate);
    let rotated = workshop.rotate(KeyRole::Certificate).unwrap();
    assert_eq!(rotated.until, time(LATER));
    let trust = workshop.trust();
    let installed = Published::Installed { sequence: trust.sequence() };
    assert_eq!((rotated.published, trust.sequence().number()), (installed, 2));
    later(&workshop, "A-1", 2).unwrap();
    let out = workshop.out();
    assert_eq!(verify(&trust, &out.join("A-1-r1.hosho"), None), Ok(before));
    assert_eq!(verify(&trust, &out.join("A-1-r2.hosho"), None), Ok(rotated.key));
    let census = workshop.audit().unwrap();
    assert_eq!((census.certificates, census.bundles, census.unsigned_bundle), (2, 2, None));
}

#[test]
fn the_key_before_is_retired_at_the_moment_of_the_rotation() {
    let workshop = Workshop::new();
    let before = workshop.active(KeyRole::Certificate);
    workshop.rotate(KeyRole::Certificate).unwrap();
    let trust = workshop.trust();
    let entry = trust.key(before).unwrap();
    assert_eq!(entry.not_after, time(LATER));
    let KeyState::Retired { since, reason } = &entry.state else { panic!("{entry:?}") };
    assert_eq!((*since, reason.as_str()), (time(LATER), "rotated"));
}

#[test]
fn a_rotation_in_the_second_in_which_the_home_was_made_leaves_a_window_that_is_not_empty() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let before = workshop.active(KeyRole::Certificate);
    let order = RotateOrder { now: time(NOW), ..workshop.rotate_order(KeyRole::Certificate) };
    quietly(|watch| rotate_key(&order, watch)).unwrap();
    let trust = workshop.trust();
    assert_eq!(trust.key(before).unwrap().not_after, time("2026-11-22T03:04:06Z"));
    assert_eq!(verify(&trust, &workshop.out().join("A-1-r1.hosho"), None), Ok(before));
}

#[test]
fn every_role_has_keys_of_its_own() {
    let workshop = Workshop::new();
    let certificate = workshop.active(KeyRole::Certificate);
    let status = workshop.active(KeyRole::Status);
    let publish = workshop.rotate(KeyRole::Publish).unwrap().key;
    assert_eq!(workshop.active(KeyRole::Publish), publish);
    let second = workshop.rotate(KeyRole::Status).unwrap().key;
    assert_ne!(second, status);
    assert_eq!(workshop.active(KeyRole::Status), second);
    assert_eq!(workshop.active(KeyRole::Certificate), certificate);
    for name in ["publish-1.pem", "status-2.pem"] {
        assert!(workshop.home().join("keys").join(name).exists(), "{name}");
    }
    workshop.audit().unwrap();
}

#[test]
fn the_file_of_a_retired_key_may_be_destroyed_and_that_of_an_active_one_may_not() {
    let workshop = Workshop::new();
    workshop.rotate(KeyRole::Certificate).unwrap();
    let keys = workshop.home().join("keys");
    fs::remove_file(keys.join("certificate-1.pem")).unwrap();
    workshop.audit().unwrap();
    later(&workshop, "A-1", 1).unwrap();
    fs::remove_file(keys.join("certificate-2.pem")).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    assert_eq!(codes(later(&workshop, "B-1", 1)), ["E9-DAMAGED"]);
}

#[test]
fn a_renewed_bundle_says_the_same_and_stays_fresh_for_longer() {
    let workshop = Workshop::new();
    let before = workshop.trust();
    workshop.renew().unwrap();
    let after = workshop.trust();
    assert_eq!(after.next_update(), time("2027-12-28T03:04:05Z"));
    assert_eq!((after.keys(), after.roots()), (before.keys(), before.roots()));
    assert_eq!(after.sequence().number(), 2);
}

#[test]
fn leaves_a_key_file_alone_that_no_record_names() {
    let workshop = Workshop::new();
    let stray = workshop.home().join("keys/certificate-2.pem");
    fs::write(&stray, b"planted").unwrap();
    let journal = fs::read(workshop.home().join("journal")).unwrap();
    assert_eq!(codes(workshop.rotate(KeyRole::Certificate)), ["E1-EXISTS"]);
    assert_eq!(fs::read(&stray).unwrap(), b"planted");
    assert_eq!(fs::read(workshop.home().join("journal")).unwrap(), journal);
}

#[test]
fn refuses_a_clock_behind_the_last_record_before_it_makes_a_key() {
    let workshop = Workshop::new();
    let order = RotateOrder {
        now: time("2026-11-22T03:04:04Z"),
        ..workshop.rotate_order(KeyRole::Certificate)
    };
    assert_eq!(codes(quietly(|watch| rotate_key(&order, watch))), ["E9-CLOCK"]);
    assert!(!workshop.home().join("keys/certificate-2.pem").exists());
}

#[test]
fn refuses_a_bundle_that_was_changed_or_taken_back() {
    let workshop = Workshop::new();
    let first = fs::read(workshop.bundle_file(1)).unwrap();
    workshop.renew().unwrap();
    fs::write(workshop.bundle_file(2), &first).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    assert_eq!(codes(workshop.renew()), ["E9-DAMAGED"]);
    fs::remove_file(workshop.bundle_file(2)).unwrap();
    assert_eq!(codes(workshop.renew()), ["E9-DAMAGED"]);
}

#[test]
fn eight_rotations_make_a_chain_that_a_verifier_follows() {
    let workshop = Workshop::new();
    for round in 0..8 {
        workshop.rotate([KeyRole::Certificate, KeyRole::Status][round % 2]).unwrap();
    }
    let trust = workshop.trust();
    assert_eq!((trust.sequence().number(), trust.keys().len()), (9, 10));
    // No step may be left out.
    let first = fs::read(workshop.bundle_file(1)).unwrap();
    let third = fs::read(workshop.bundle_file(3)).unwrap();
    let pinned = SignedTrustBundle::parse(&first).unwrap().pin().unwrap();
    let skipped = pinned.update(SignedTrustBundle::parse(&third).unwrap());
    assert_eq!(skipped.unwrap_err().code(), "E8-SEQUENCE");
}

#[test]
fn a_key_can_be_in_a_file_elsewhere_which_the_home_only_names() {
    let workshop = Workshop::new();
    let away = workshop.path("away.pem");
    workshop.rotate(KeyRole::Certificate).unwrap();
    // Any key file will do that no bundle names yet.
    fs::write(&away, fs::read(Workshop::new().home().join("keys/status-1.pem")).unwrap()).unwrap();
    fs::set_permissions(&away, fs::Permissions::from_mode(0o600)).unwrap();
    let to = format!("file:{}", away.display());
    let order = RotateOrder { to: Some(to.clone()), ..workshop.rotate_order(KeyRole::Certificate) };
    quietly(|watch| rotate_key(&order, watch)).unwrap();
    let named = workshop.home().join("keys/certificate-3.uri");
    assert_eq!(fs::read_to_string(&named).unwrap(), format!("{to}\n"));
    assert_eq!(fs::metadata(&named).unwrap().permissions().mode() & 0o777, 0o600);
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time(LATER);
    issue_and_tell(&order).unwrap();
    workshop.audit().unwrap();

    fs::set_permissions(&away, fs::Permissions::from_mode(0o644)).unwrap();
    order.requests = vec![workshop.request("B-1", 1)];
    assert_eq!(codes(issue_and_tell(&order)), ["E9-DAMAGED"]);
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::set_permissions(&away, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&named, "file:nowhere.pem\n").unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
}

#[test]
fn refuses_a_uri_with_a_pin_and_repeats_nothing_of_it() {
    let workshop = Workshop::new();
    let before = contents(&workshop.path(""));
    let to = "pkcs11:token=t;object=o?module-path=/m.so&pin-value=86421357";
    let order =
        RotateOrder { to: Some(to.to_owned()), ..workshop.rotate_order(KeyRole::Certificate) };
    let refused = quietly(|watch| rotate_key(&order, watch)).unwrap_err();
    assert_eq!(refused.code(), "E9-URI");
    assert!(!refused.to_string().contains("86421357"), "{refused}");
    assert_eq!(refused.exit_code(), 1);
    assert_eq!(contents(&workshop.path("")), before);
}

#[test]
fn a_token_that_cannot_be_reached_changes_nothing() {
    let workshop = Workshop::new();
    let before = contents(&workshop.path(""));
    let to = "pkcs11:token=t;object=o?module-path=/nowhere/m.so&pin-source=/nowhere/pin";
    let order =
        RotateOrder { to: Some(to.to_owned()), ..workshop.rotate_order(KeyRole::Certificate) };
    let refused = quietly(|watch| rotate_key(&order, watch)).unwrap_err();
    assert_eq!((refused.code(), refused.exit_code()), ("E9-TOKEN", 3));
    assert_eq!(contents(&workshop.path("")), before);
}

#[test]
fn every_bundle_is_handed_out_under_its_sequence_and_nothing_is_overwritten() {
    let workshop = Workshop::new();
    let order = BundleOrder {
        home: workshop.home(),
        out: workshop.path("published"),
        existing: Existing::Keep,
        now: time(LATER),
        patience: PATIENCE,
    };
    for count in 1..4 {
        let written = quietly(|watch| every_bundle(&order, watch)).unwrap();
        let sequences: Vec<_> = written.iter().map(|one| one.sequence.number()).collect();
        assert_eq!(sequences, (1..=count).collect::<Vec<u64>>());
        for WrittenBundle { file, roots, .. } in &written {
            assert_eq!(*roots, workshop.trust().roots().fingerprint());
            let kept = workshop.home().join("trust").join(file.file_name().unwrap());
            assert_eq!(fs::read(file).unwrap(), fs::read(kept).unwrap());
        }
        workshop.renew().unwrap();
    }
    let second = workshop.path("published/bundle-000002.hosho");
    fs::write(&second, b"another").unwrap();
    assert_eq!(codes(quietly(|watch| every_bundle(&order, watch))), ["E1-EXISTS"]);
    assert_eq!(fs::read(&second).unwrap(), b"another");
}
