//! Auth keys that take the place of others, and auth master keys that do.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use hosho::{
    AuthKey, ChangeKind, Claims, Epoch, Lineage, SealedCertificate, SignedCertificate,
    SignedTrustBundle,
};
use hosho_issue::{
    Chosen, Earlier, Existing, Failure, Patience, RekeyOrder, RotateMasterOrder, SnapshotOrder,
    rekey, rotate_master, snapshot,
};

use crate::keysmith::{LATER, noticed, quietly, until};
use crate::obligee::ask;
use crate::workshop::{NOW, Workshop, codes, contents, copy_folder, time};

const PATIENCE: Patience = Patience(Duration::from_secs(2));

impl Workshop {
    pub(crate) fn rekey_order(&self, numbers: &[&str]) -> RekeyOrder {
        let parse = |number: &&str| hosho::GuaranteeNumber::parse((*number).to_owned()).unwrap();
        RekeyOrder {
            home: self.home(),
            chosen: Chosen::Numbers(numbers.iter().map(parse).collect()),
            reason: None,
            out: self.out(),
            earlier: Earlier::Keep,
            now: time(LATER),
            patience: PATIENCE,
        }
    }

    /// Writes a request for a guarantee that is still in force when it is rekeyed.
    pub(crate) fn lasting(&self, number: &str, revision: u16) -> PathBuf {
        self.request_with(number, revision, |r| {
            r["guarantee"]["period"]["to"] = "2027-03-31".into();
        })
    }

    pub(crate) fn rekey(&self, numbers: &[&str]) -> Result<(), Failure> {
        quietly(|watch| rekey(&self.rekey_order(numbers), watch))
    }

    pub(crate) fn rekey_with_earlier(&self, numbers: &[&str]) -> Result<(), Failure> {
        let order = RekeyOrder { earlier: Earlier::HandOut, ..self.rekey_order(numbers) };
        quietly(|watch| rekey(&order, watch))
    }

    fn rotate_master(&self) -> Result<Epoch, Failure> {
        let order = RotateMasterOrder { home: self.home(), now: time(LATER), patience: PATIENCE };
        quietly(|watch| rotate_master(&order, watch))
    }

    /// Writes the trust bundle and a new snapshot where the obligee finds them.
    pub(crate) fn publish(&self) {
        let order = SnapshotOrder {
            home: self.home(),
            out: self.path("status.hosho"),
            existing: Existing::Replace,
            valid_days: None,
            now: time(LATER),
            patience: PATIENCE,
        };
        quietly(|watch| snapshot(&order, watch)).unwrap();
        fs::copy(self.home().join("trust/bundle-000001.hosho"), self.path("trust.hosho")).unwrap();
    }

    /// Returns the verdict of `hosho-verify check` on a file of the folder, opened with a key file.
    fn verdict(&self, file: &str, key: &str, on: &str) -> String {
        let status = ["--status".into(), self.path("status.hosho").into()];
        self.verdict_with(file, key, (on, LATER), &status).0
    }

    /// Returns the verdict and its code, with other options, for a day as seen from a time.
    pub(crate) fn verdict_with(
        &self,
        file: &str,
        key: &str,
        (on, now): (&str, &str),
        options: &[OsString],
    ) -> (String, String) {
        let arguments = [
            "check".into(),
            self.out().join(file).into(),
            "--trust".into(),
            self.path("trust.hosho").into(),
            "--number".into(),
            "A-1".into(),
            "--auth-key-file".into(),
            self.out().join(key).into(),
            "--on".into(),
            on.into(),
            "--now".into(),
            now.into(),
        ];
        ask(&[&arguments, options].concat())
    }

    fn claims(&self, name: &str) -> Claims<'static> {
        let trust = fs::read(self.home().join("trust/bundle-000001.hosho")).unwrap();
        let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
        let bytes = fs::read(self.home().join("certificates").join(name)).unwrap();
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let anything = hosho::Expectation {
            number: hosho::Expected::Unspecified,
            obligee: None,
            auth_key: None,
        };
        let day = hosho::Date::parse("2026-11-23").unwrap();
        let verified = hosho::Verifier::new(&trust).verify(signed, &anything, day, time(LATER));
        verified.unwrap().certificate().claims().clone().into_owned()
    }

    fn key(&self, name: &str) -> AuthKey {
        AuthKey::parse(fs::read_to_string(self.out().join(name)).unwrap().trim()).unwrap()
    }

    fn opens(&self, key: &str, file: &str) -> bool {
        let bytes = fs::read(self.out().join(file)).unwrap();
        self.key(key).open(&SealedCertificate::parse(&bytes).unwrap()).is_ok()
    }

    fn binding(&self, name: &str) -> (u32, u32) {
        let binding = self.claims(name).binding;
        (binding.epoch.number(), binding.serial.number())
    }
}

fn names(workshop: &Workshop) -> BTreeSet<String> {
    let files = contents(&workshop.out()).into_keys();
    files.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A guarantee of one revision, rekeyed once.
fn rekeyed() -> Workshop {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.lasting("A-1", 1)]).unwrap();
    workshop.rekey_with_earlier(&["A-1"]).unwrap();
    workshop
}

#[test]
fn after_a_rekey_only_the_new_key_opens_what_is_handed_out_and_the_old_revision_is_superseded() {
    let workshop = rekeyed();
    workshop.publish();
    let (old, new) = ("A-1.auth-key", "A-1.k2.auth-key");
    let (before, again, after) =
        ("A-1-r1.sealed.hosho", "A-1-r1.k2.sealed.hosho", "A-1-r2.sealed.hosho");
    for (file, key, on, expected) in [
        (before, old, "2026-11-23", "superseded"),
        // It did govern on that day, whoever asks.
        (before, old, "2026-01-10", "in-force"),
        (before, new, "2026-11-23", "key-does-not-fit"),
        (again, old, "2026-11-23", "key-does-not-fit"),
        // It opens, but its own binding is that of the old key: only the chain from the newest
        // revision leads to it.
        (again, new, "2026-01-10", "key-does-not-fit"),
        (after, old, "2026-11-23", "key-does-not-fit"),
        (after, new, "2026-11-23", "in-force"),
        (after, new, "2026-01-10", "superseded"),
        ("A-1-r2.hosho", old, "2026-11-23", "key-does-not-fit"),
        ("A-1-r2.hosho", new, "2026-11-23", "in-force"),
        ("A-1-r1.hosho", old, "2026-11-23", "superseded"),
        ("A-1-r1.hosho", new, "2026-11-23", "key-does-not-fit"),
    ] {
        assert_eq!(workshop.verdict(file, key, on), expected, "{file} with {key} on {on}");
    }
    assert!(workshop.opens(new, again));
    assert_eq!(workshop.audit().unwrap().owed, 0);
}

#[test]
fn a_rekey_changes_nothing_but_the_binding() {
    let workshop = rekeyed();
    let (before, after) = (workshop.claims("A-1-r1.hosho"), workshop.claims("A-1-r2.hosho"));
    let Lineage::Amendment { revision, change, .. } = &after.lineage else { panic!() };
    assert_eq!(revision.number(), 2);
    assert!(change.kinds.contains(ChangeKind::Rekey));
    assert_eq!(change.reason.as_str(), "認証キーの再発行");
    assert_eq!((before.binding.serial.number(), after.binding.serial.number()), (1, 2));
    assert_ne!(before.binding.bind, after.binding.bind);
    let same = Claims {
        lineage: before.lineage.clone(),
        issued_at: before.issued_at,
        binding: before.binding,
        status: before.status,
        issued_on: before.issued_on,
        ..after
    };
    assert_eq!(same, before);
}

#[test]
fn a_rekey_hands_out_nothing_that_a_verifier_refuses() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.lasting("A-1", 1), workshop.lasting("A-1", 2)]).unwrap();
    fs::remove_dir_all(workshop.out()).unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    let expected = ["A-1-r3.hosho", "A-1-r3.sealed.hosho", "A-1.k2.auth-key"];
    assert_eq!(names(&workshop), expected.map(str::to_owned).into());
    workshop.publish();
    for file in &expected[..2] {
        assert_eq!(workshop.verdict(file, expected[2], "2026-11-23"), "in-force", "{file}");
    }
    let stored = workshop.home().join("certificates");
    for name in ["A-1-r1.k2.sealed.hosho", "A-1-r2.k2.sealed.hosho"] {
        assert!(stored.join(name).exists(), "{name}");
    }
}

#[test]
fn a_rekey_that_is_asked_to_hands_out_every_earlier_revision_sealed_again() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1), workshop.request("A-1", 2)]).unwrap();
    fs::remove_dir_all(workshop.out()).unwrap();
    workshop.rekey_with_earlier(&["A-1"]).unwrap();
    assert_eq!(
        names(&workshop),
        [
            "A-1-r1.k2.sealed.hosho",
            "A-1-r2.k2.sealed.hosho",
            "A-1-r3.hosho",
            "A-1-r3.sealed.hosho",
            "A-1.k2.auth-key",
        ]
        .map(str::to_owned)
        .into()
    );
    let mode = |name: &str| fs::metadata(workshop.out().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("A-1.k2.auth-key") & 0o777, 0o600);
    assert!(workshop.opens("A-1.k2.auth-key", "A-1-r1.k2.sealed.hosho"));
    assert!(workshop.opens("A-1.k2.auth-key", "A-1-r2.k2.sealed.hosho"));
}

#[test]
fn an_amendment_after_a_rekey_keeps_the_serial() {
    let workshop = rekeyed();
    let mut order = workshop.issue_order(&[workshop.request("A-1", 3)]);
    order.now = time(LATER);
    crate::workshop::issue_and_tell(&order).unwrap();
    assert_eq!(workshop.binding("A-1-r3.hosho"), (1, 2));
    assert!(workshop.opens("A-1.k2.auth-key", "A-1-r3.sealed.hosho"));
    workshop.rekey_with_earlier(&["A-1"]).unwrap();
    assert_eq!(workshop.binding("A-1-r4.hosho"), (1, 3));
    assert!(workshop.opens("A-1.k3.auth-key", "A-1-r1.k3.sealed.hosho"));
    assert!(!workshop.opens("A-1.k2.auth-key", "A-1-r3.k3.sealed.hosho"));
    assert_eq!(workshop.audit().unwrap().certificates, 4);
}

#[test]
fn an_old_request_again_gives_the_certificate_that_the_new_key_fits_beside_the_old_one() {
    let workshop = Workshop::new();
    let request = [workshop.request("A-1", 1)];
    workshop.issue(&request).unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    fs::remove_dir_all(workshop.out()).unwrap();
    let mut order = workshop.issue_order(&request);
    order.now = time(LATER);
    let (done, told) = noticed(|watch| hosho_issue::issue(&order, watch));
    done.unwrap();
    assert_eq!(
        told,
        ["1 of these are from before a new auth key, which does not fit them; the newest \
          certificate, which it fits, was put beside each (`hosho-issue rekey --earlier` also \
          hands out earlier revisions)"]
    );
    let expected = ["A-1-r1.hosho", "A-1-r2.hosho", "A-1-r2.sealed.hosho", "A-1.k2.auth-key"];
    assert_eq!(names(&workshop), expected.map(str::to_owned).into());
    workshop.publish();
    let key = "A-1.k2.auth-key";
    assert_eq!(workshop.verdict("A-1-r2.sealed.hosho", key, "2026-01-10"), "superseded");
    let later = ["--later".into(), workshop.out().join("A-1-r2.sealed.hosho").into()];
    let options = [&["--status".into(), workshop.path("status.hosho").into()], &later[..]].concat();
    let told = workshop.verdict_with("A-1-r1.hosho", key, ("2026-01-10", LATER), &options);
    assert_eq!(told, ("in-force".to_owned(), String::new()));
    // The same call again finds them there.
    crate::workshop::issue_and_tell(&order).unwrap();
    assert_eq!(names(&workshop), expected.map(str::to_owned).into());
}

#[test]
fn a_change_that_is_to_come_does_not_come_earlier_with_a_new_key() {
    let workshop = Workshop::new();
    let amended =
        workshop.request_with("A-1", 2, |r| r["change"]["effective_from"] = "2027-01-01".into());
    workshop.issue(&[workshop.request("A-1", 1), amended]).unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    let Lineage::Amendment { change, .. } = workshop.claims("A-1-r3.hosho").lineage else {
        panic!()
    };
    assert_eq!(change.effective_from.unwrap().to_string(), "2027-01-01");
}

#[test]
fn rekeys_several_guarantees_or_none() {
    let workshop = Workshop::new();
    let end = workshop.request_with("C-1", 2, |r| {
        r["change"]["kinds"] = serde_json::json!(["voidance"]);
    });
    let requests = ["A-1", "B-1", "C-1"].map(|number| workshop.request(number, 1));
    workshop.issue(&requests).unwrap();
    workshop.issue(&[end]).unwrap();
    let before = contents(&workshop.path(""));
    assert_eq!(codes(workshop.rekey(&["A-1", "C-1", "X-9"])), ["E6-CHAIN", "E9-NUMBER"]);
    assert_eq!(contents(&workshop.path("")), before);
    workshop.rekey(&["B-1", "A-1", "B-1"]).unwrap();
    assert_eq!(workshop.binding("A-1-r2.hosho"), (1, 2));
    assert_eq!(workshop.binding("B-1-r2.hosho"), (1, 2));
    assert_eq!(workshop.audit().unwrap().certificates, 6);
}

#[test]
fn refuses_to_rekey_over_files_that_are_in_the_way() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    for name in ["A-1-r2.hosho", "A-1-r1.k2.sealed.hosho"] {
        fs::write(workshop.out().join(name), b"other").unwrap();
        let before = contents(&workshop.path(""));
        assert_eq!(codes(workshop.rekey_with_earlier(&["A-1"])), ["E1-EXISTS"], "{name}");
        assert_eq!(contents(&workshop.path("")), before);
        fs::remove_file(workshop.out().join(name)).unwrap();
    }
    fs::copy(workshop.out().join("A-1.auth-key"), workshop.out().join("A-1.k2.auth-key")).unwrap();
    assert_eq!(codes(workshop.rekey(&["A-1"])), ["E9-AUTH-KEY"]);
}

#[test]
fn a_stopped_rekey_is_finished_by_the_next_one_and_makes_one_new_key() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1), workshop.request("B-1", 1)]).unwrap();
    let fresh = workshop.copy_home("fresh");
    let handed_out = names(&workshop);
    for place in 0.. {
        fs::remove_dir_all(workshop.home()).unwrap();
        fs::remove_dir_all(workshop.out()).unwrap();
        copy_folder(&fresh, &workshop.home());
        let rekeyed = workshop.rekey_order(&["A-1", "B-1"]);
        let order = RekeyOrder { earlier: Earlier::HandOut, ..rekeyed };
        let stopped = until(place, |watch| rekey(&order, watch));
        let stored = contents(&workshop.home().join("certificates"));
        let delivered = contents(&workshop.out());
        let is_done = workshop.audit().unwrap();
        if stopped.is_err() && (is_done.certificates, is_done.owed) != (4, 0) {
            workshop.rekey_with_earlier(&["A-1", "B-1"]).unwrap();
        }
        let census = workshop.audit().unwrap();
        assert_eq!((census.certificates, census.unfinished, census.owed), (4, 0, 0), "{place}");
        assert_eq!(workshop.binding("A-1-r2.hosho"), (1, 2), "place {place}");
        let after = contents(&workshop.home().join("certificates"));
        assert!(stored.iter().all(|(file, bytes)| after.get(file) == Some(bytes)), "{place}");
        let out = contents(&workshop.out());
        assert!(delivered.iter().all(|(file, bytes)| out.get(file) == Some(bytes)), "{place}");
        assert_eq!(names(&workshop).len(), handed_out.len() + 2, "place {place}");
        assert!(workshop.opens("B-1.k2.auth-key", "B-1-r1.k2.sealed.hosho"), "place {place}");
        match stopped {
            // Planned; two appends and marks; two stored; four files each; appended and raised;
            // two told.
            Ok(()) => return assert_eq!(place, 1 + 4 + 2 + 8 + 2 + 2),
            Err(Failure::Stopped) => {}
            Err(other) => panic!("place {place}: {other}"),
        }
    }
}

#[test]
fn tells_of_a_rekey_that_is_handed_out_late() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    let order = workshop.rekey_order(&["A-1"]);
    // Planned, intent and mark, stored, signed and mark: the files are not handed out yet.
    assert_eq!(codes(until(6, |watch| rekey(&order, watch))), ["E9-STOPPED"]);
    assert_eq!(workshop.audit().unwrap().owed, 1);
    let (done, told) = noticed(|watch| rekey(&order, watch));
    done.unwrap();
    assert_eq!(
        told,
        ["handed out 1 new auth keys that an earlier run had made; run it again if yet another \
          key is wanted"]
    );
    assert_eq!(workshop.audit().unwrap().certificates, 2);
}

#[test]
fn the_audit_finds_a_damaged_file_that_was_sealed_again() {
    let workshop = rekeyed();
    let file = workshop.home().join("certificates/A-1-r1.k2.sealed.hosho");
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::remove_file(&file).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
}

#[test]
fn a_new_epoch_serves_new_guarantees_at_once_and_old_ones_once_they_are_rekeyed() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.lasting("A-1", 1), workshop.request("B-1", 1)]).unwrap();
    assert_eq!(workshop.rotate_master().unwrap().number(), 2);
    let mut order = workshop.issue_order(&[workshop.lasting("A-1", 2), workshop.request("N-1", 1)]);
    order.now = time(LATER);
    crate::workshop::issue_and_tell(&order).unwrap();
    // An amendment keeps the key that the obligee has.
    assert_eq!(workshop.binding("A-1-r2.hosho"), (1, 1));
    assert_eq!(workshop.binding("N-1-r1.hosho"), (2, 1));
    let census = workshop.audit().unwrap();
    assert_eq!((census.epoch, census.outdated), (2, 2));

    let chosen = Chosen::Outdated;
    let order = RekeyOrder { chosen, ..workshop.rekey_order(&[]) };
    quietly(|watch| rekey(&order, watch)).unwrap();
    assert_eq!(workshop.binding("A-1-r3.hosho"), (2, 2));
    assert_eq!(workshop.binding("B-1-r2.hosho"), (2, 2));
    assert_eq!(workshop.audit().unwrap().outdated, 0);
    workshop.publish();
    assert_eq!(
        workshop.verdict("A-1-r3.sealed.hosho", "A-1.k2.auth-key", "2026-11-23"),
        "in-force"
    );
    assert_eq!(
        workshop.verdict("A-1-r3.sealed.hosho", "A-1.auth-key", "2026-11-23"),
        "key-does-not-fit"
    );
}

#[test]
fn an_old_master_can_be_deleted_once_no_guarantee_in_force_needs_it() {
    let workshop = Workshop::new();
    let requests = ["A-1", "B-1"].map(|number| workshop.request(number, 1));
    workshop.issue(&requests).unwrap();
    workshop.rotate_master().unwrap();
    let master = workshop.home().join("keys/master-1.key");
    let kept = fs::read(&master).unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    fs::remove_file(&master).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::write(&master, kept).unwrap();
    fs::set_permissions(&master, fs::Permissions::from_mode(0o600)).unwrap();
    workshop.audit().unwrap();
    workshop.rekey(&["B-1"]).unwrap();
    fs::remove_file(&master).unwrap();
    workshop.audit().unwrap();
    workshop.rekey(&["A-1"]).unwrap();
    assert_eq!(workshop.binding("A-1-r3.hosho"), (2, 3));
}

#[test]
fn refuses_a_master_of_another_epoch_in_its_place() {
    let workshop = Workshop::new();
    workshop.rotate_master().unwrap();
    let keys = workshop.home().join("keys");
    fs::copy(keys.join("master-1.key"), keys.join("master-2.key")).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    let mut order = workshop.issue_order(&[workshop.request("A-1", 1)]);
    order.now = time(LATER);
    assert_eq!(codes(crate::workshop::issue_and_tell(&order)), ["E9-DAMAGED"]);
}

#[test]
fn a_stopped_rotation_of_the_master_is_begun_anew_with_another_key() {
    let workshop = Workshop::new();
    let order = RotateMasterOrder { home: workshop.home(), now: time(NOW), patience: PATIENCE };
    let keys = workshop.home().join("keys");
    // The key is stored, and stopped before it is recorded.
    assert_eq!(codes(until(0, |watch| rotate_master(&order, watch))), ["E9-STOPPED"]);
    let left = fs::read(keys.join("master-2.key")).unwrap();
    assert_eq!(workshop.audit().unwrap().epoch, 1);
    // A notice comes first; once recorded, the key stays.
    assert_eq!(codes(until(2, |watch| rotate_master(&order, watch))), ["E9-STOPPED"]);
    assert_eq!(workshop.audit().unwrap().epoch, 2);
    assert_eq!(fs::read(keys.join("master-2.unrecorded-1")).unwrap(), left);
    assert_ne!(fs::read(keys.join("master-2.key")).unwrap(), left);
}

#[test]
fn a_master_that_no_record_names_never_serves() {
    let workshop = Workshop::new();
    let keys = workshop.home().join("keys");
    fs::write(keys.join("master-2.unrecorded-1"), b"of another day").unwrap();
    let planted = format!("{}\n", "5a".repeat(32));
    fs::write(keys.join("master-2.key"), &planted).unwrap();
    let order = RotateMasterOrder { home: workshop.home(), now: time(LATER), patience: PATIENCE };
    let (rotated, told) = noticed(|watch| rotate_master(&order, watch));
    assert_eq!(rotated.unwrap().number(), 2);
    assert_eq!(
        told,
        ["keys/master-2.key was there, and no record names it: it is now \
          keys/master-2.unrecorded-2 and serves nothing; destroy it, and find out who put it \
          there unless a stopped rotate-master did"]
    );
    assert_eq!(fs::read_to_string(keys.join("master-2.unrecorded-2")).unwrap(), planted);
    assert_ne!(fs::read_to_string(keys.join("master-2.key")).unwrap(), planted);
    assert_eq!(workshop.audit().unwrap().epoch, 2);
}
