use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use hosho::{
    AuthKey, Date, EndedBy, Expectation, Expected, GuaranteeNumber, SealedCertificate,
    SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, Standing, StatusEntry,
    StatusSnapshot, SupersededBy, TrustBundle, Verifier,
};
use hosho_issue::{BundleOrder, Existing, Patience, SnapshotOrder, Watch, bundle, snapshot};

use crate::workshop::{NOW, Workshop, codes, contents, samples, time};

/// A home that issued the samples, with its bundle and snapshot as a verifier has them.
struct Published {
    workshop: Workshop,
    trust: TrustBundle,
    status: StatusSnapshot,
}

fn snapshot_order(workshop: &Workshop) -> SnapshotOrder {
    SnapshotOrder {
        home: workshop.home(),
        out: workshop.path("status.hosho"),
        existing: Existing::Keep,
        valid_days: None,
        now: time(NOW),
        patience: Patience(Duration::from_secs(2)),
    }
}

fn bundle_order(workshop: &Workshop) -> BundleOrder {
    BundleOrder {
        home: workshop.home(),
        out: workshop.path("trust.hosho"),
        existing: Existing::Keep,
        now: time(NOW),
        patience: Patience(Duration::from_secs(2)),
    }
}

fn publish() -> Published {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let mut quiet = |_: &_| ControlFlow::Continue(());
    bundle(&bundle_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    snapshot(&snapshot_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    let trust = fs::read(workshop.path("trust.hosho")).unwrap();
    let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
    let status = fs::read(workshop.path("status.hosho")).unwrap();
    let status = SignedStatusSnapshot::parse(&status).unwrap().verify(&trust).unwrap();
    Published { workshop, trust, status }
}

impl Published {
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.workshop.out().join(name)).unwrap()
    }

    fn standing(&self, number: &str, revision: u16, on: &str) -> Standing {
        let bytes = self.read(&format!("{number}-r{revision}.hosho"));
        let number = GuaranteeNumber::parse(number).unwrap();
        let expectation =
            Expectation { number: Expected::Number(&number), obligee: None, auth_key: None };
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let verifier = Verifier::new(&self.trust).with_status(&self.status);
        let on = Date::parse(on).unwrap();
        verifier.verify(signed, &expectation, on, time(NOW)).unwrap().verdict().standing()
    }
}

#[test]
fn issues_every_sample_with_the_names_of_the_contract() {
    let workshop = Workshop::new();
    workshop.issue(&samples()).unwrap();
    let names: Vec<String> = contents(&workshop.out())
        .into_keys()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    // 20 revisions, signed and sealed, of eleven guarantees with a key each.
    assert_eq!(names.len(), 2 * 20 + 11);
    for name in [
        "31-07-1-0000145-2-r4.hosho",
        "31-07-1-0000145-2-r4.sealed.hosho",
        "31-07-1-0000145-2.auth-key",
    ] {
        assert!(names.iter().any(|n| n == name), "{name} of {names:?}");
    }
}

#[test]
fn the_auth_key_file_is_one_line_for_its_owner_and_opens_every_revision() {
    let published = publish();
    let name = "31-07-1-0000145-2";
    let path = published.workshop.out().join(format!("{name}.auth-key"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let line = fs::read_to_string(&path).unwrap();
    let key = AuthKey::parse(line.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(line.len(), 30);
    let number = GuaranteeNumber::parse(name).unwrap();
    let expectation =
        Expectation { number: Expected::Number(&number), obligee: None, auth_key: None };
    for revision in 1..=4 {
        let sealed = published.read(&format!("{name}-r{revision}.sealed.hosho"));
        let opened = key.open(&SealedCertificate::parse(&sealed).unwrap()).unwrap();
        assert_eq!(opened.as_bytes(), published.read(&format!("{name}-r{revision}.hosho")));
        let judge = Verifier::new(&published.trust);
        let on = Date::parse("2026-03-02").unwrap();
        let verified = judge.verify_opened(&opened, &expectation, on, time(NOW)).unwrap();
        assert_eq!(verified.certificate().revision().number(), revision);
    }
}

#[test]
fn no_auth_key_opens_the_certificate_of_another_guarantee() {
    let published = publish();
    let names: Vec<_> = published.status_names();
    for (i, key) in names.iter().enumerate() {
        let text = String::from_utf8(published.read(&format!("{key}.auth-key"))).unwrap();
        let key = AuthKey::parse(text.trim_end()).unwrap();
        for (j, number) in names.iter().enumerate() {
            let sealed = published.read(&format!("{number}-r1.sealed.hosho"));
            let opened = key.open(&SealedCertificate::parse(&sealed).unwrap());
            assert_eq!(opened.is_ok(), i == j, "key {i}, certificate {j}");
        }
    }
}

impl Published {
    fn status_names(&self) -> Vec<String> {
        contents(&self.workshop.out())
            .into_keys()
            .filter_map(|path| {
                Some(path.file_name()?.to_str()?.strip_suffix(".auth-key")?.to_owned())
            })
            .collect()
    }
}

#[test]
fn the_snapshot_tells_which_revision_governs_on_a_day() {
    let published = publish();
    let amended = "31-07-1-0000145-2";
    let expected = [
        (1, "2025-09-01", Standing::InForce),
        (1, "2025-10-15", Standing::Superseded),
        (2, "2025-10-14", Standing::Superseded),
        (2, "2025-10-15", Standing::InForce),
        (3, "2026-03-01", Standing::InForce),
        (3, "2026-03-02", Standing::Superseded),
        (4, "2026-03-31", Standing::InForce),
        (4, "2026-04-01", Standing::Expired),
    ];
    for (revision, on, standing) in expected {
        assert_eq!(published.standing(amended, revision, on), standing, "r{revision} on {on}");
    }
}

#[test]
fn the_snapshot_ends_all_revisions_of_an_ended_guarantee() {
    let published = publish();
    for revision in [1, 2] {
        let voided = published.standing("31-08-3-0000064-1", revision, "2026-05-12");
        assert_eq!(voided, Standing::Voided);
        let terminated = published.standing("31-07-3-0000177-5", revision, "2026-04-15");
        assert_eq!(terminated, Standing::Terminated);
    }
    assert_eq!(published.standing("31-07-3-0000177-5", 1, "2026-04-14"), Standing::InForce);
}

#[test]
fn the_snapshot_remembers_what_a_termination_would_hide() {
    let workshop = Workshop::new();
    let dated = |day: &'static str| move |r: &mut serde_json::Value| r["issued_on"] = day.into();
    let ended = workshop.request_with("A-1", 3, |r| {
        r["issued_on"] = "2025-09-01".into();
        r["change"]["kinds"] = serde_json::json!(["termination"]);
        r["change"]["effective_from"] = "2025-09-10".into();
    });
    let requests = [
        workshop.request_with("A-1", 1, dated("2025-07-01")),
        workshop.request_with("A-1", 2, dated("2025-08-01")),
        ended,
    ];
    workshop.issue(&requests).unwrap();
    let mut quiet = |_: &_| ControlFlow::Continue(());
    snapshot(&snapshot_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    bundle(&bundle_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    let trust = fs::read(workshop.path("trust.hosho")).unwrap();
    let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
    let status = fs::read(workshop.path("status.hosho")).unwrap();
    let status = SignedStatusSnapshot::parse(&status).unwrap().verify(&trust).unwrap();
    let day = |text: &str| Date::parse(text).unwrap();
    let expected = [Some(day("2025-08-01")), None, None];
    for (revision, replaced_on) in (1..).zip(expected) {
        let bytes = fs::read(workshop.out().join(format!("A-1-r{revision}.hosho"))).unwrap();
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        let verified =
            Verifier::new(&trust).verify(signed, &any, day("2025-08-15"), time(NOW)).unwrap();
        let entry = status.entry(verified.certificate().claims().status.index);
        let StatusEntry::Ended { on, current, cause } = entry else { panic!("{entry:?}") };
        assert_eq!((on, current.number()), (day("2025-09-10"), 3));
        assert_eq!(cause, EndedBy::Termination { replaced_on }, "revision {revision}");
    }
}

#[test]
fn a_superseded_revision_names_the_first_day_of_any_later_one() {
    let workshop = Workshop::new();
    let from = |day: &'static str| {
        move |r: &mut serde_json::Value| r["change"]["effective_from"] = day.into()
    };
    let requests = [
        workshop.request("A-1", 1),
        workshop.request_with("A-1", 2, from("2025-12-01")),
        workshop.request_with("A-1", 3, from("2025-10-01")),
    ];
    workshop.issue(&requests).unwrap();
    let mut quiet = |_: &_| ControlFlow::Continue(());
    snapshot(&snapshot_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    bundle(&bundle_order(&workshop), &mut Watch::new(&mut quiet)).unwrap();
    let trust = fs::read(workshop.path("trust.hosho")).unwrap();
    let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
    let status = fs::read(workshop.path("status.hosho")).unwrap();
    let status = SignedStatusSnapshot::parse(&status).unwrap().verify(&trust).unwrap();
    let mut days = BTreeMap::new();
    for revision in 1..=3_u16 {
        let bytes = fs::read(workshop.out().join(format!("A-1-r{revision}.hosho"))).unwrap();
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        let on = Date::parse("2026-01-01").unwrap();
        let verified = Verifier::new(&trust).verify(signed, &any, on, time(NOW)).unwrap();
        match status.entry(verified.certificate().claims().status.index) {
            StatusEntry::Superseded { on, cause: SupersededBy::Amendment, .. } => {
                days.insert(revision, on.to_string());
            }
            entry => assert_eq!((revision, entry), (3, StatusEntry::InForce)),
        }
    }
    let expected = [(1, "2025-10-01".to_owned()), (2, "2025-10-01".to_owned())];
    assert_eq!(days, BTreeMap::from(expected));
}

#[test]
fn an_identical_request_again_gives_the_same_files() {
    let workshop = Workshop::new();
    let first = workshop.issue(&samples()).unwrap();
    assert!(first.contains(&"delivered 31-07-1-0000123-9 r1 Now".to_owned()), "{first:?}");
    let (files, home) = (contents(&workshop.out()), contents(&workshop.home()));
    let again = workshop.issue(&samples()).unwrap();
    assert!(again.iter().all(|event| event.ends_with(" Before")), "{again:?}");
    assert_eq!(contents(&workshop.out()), files);
    assert_eq!(contents(&workshop.home()), home);

    fs::remove_dir_all(workshop.out()).unwrap();
    workshop.issue(&samples()).unwrap();
    assert_eq!(contents(&workshop.out()), files);
}

#[test]
fn a_request_in_other_words_is_the_same_request() {
    let workshop = Workshop::new();
    let request = workshop.request("A-1", 1);
    workshop.issue(std::slice::from_ref(&request)).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&fs::read(&request).unwrap()).unwrap();
    fs::write(&request, serde_json::to_string_pretty(&value).unwrap()).unwrap();
    let again = workshop.issue(&[request.clone(), request]).unwrap();
    assert_eq!(again, ["delivered A-1 r1 Before"]);
}

#[test]
fn revisions_of_one_call_are_put_in_order() {
    let workshop = Workshop::new();
    let requests =
        [workshop.request("A-1", 3), workshop.request("A-1", 1), workshop.request("A-1", 2)];
    workshop.issue(&requests).unwrap();
    let census = workshop.audit().unwrap();
    assert_eq!((census.guarantees, census.certificates), (1, 3));
}

#[test]
fn the_journal_counts_what_was_issued() {
    let published = publish();
    let census = published.workshop.audit().unwrap();
    assert_eq!((census.guarantees, census.certificates, census.ended), (11, 20, 2));
    assert_eq!((census.records, census.unfinished, census.bundles), (2 + 40 + 1, 0, 1));
    assert_eq!(census.snapshots, BTreeMap::from([(1, 1)]));
}

#[test]
fn each_snapshot_has_the_next_sequence_and_leaves_the_last_one_alone() {
    let workshop = Workshop::new();
    let mut quiet = |_: &_| ControlFlow::Continue(());
    let order = snapshot_order(&workshop);
    let first = snapshot(&order, &mut Watch::new(&mut quiet)).unwrap();
    assert_eq!(first[0].sequence.number(), 1);
    let bytes = fs::read(&order.out).unwrap();
    let refused = snapshot(&order, &mut Watch::new(&mut quiet));
    assert_eq!(codes(refused), ["E1-EXISTS"]);
    assert_eq!(fs::read(&order.out).unwrap(), bytes);
    let forced = SnapshotOrder { existing: Existing::Replace, ..order };
    let second = snapshot(&forced, &mut Watch::new(&mut quiet)).unwrap();
    assert_eq!(second[0].sequence.number(), 2);
}

#[test]
fn secret_files_are_for_their_owner_only() {
    let workshop = Workshop::new();
    for name in
        ["keys/certificate-1.pem", "keys/status-1.pem", "keys/master-1.key", "roots/root-3.pem"]
    {
        let mode = fs::metadata(workshop.home().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
    for name in ["", "keys", "roots"] {
        let mode = fs::metadata(workshop.home().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700, "{name}");
    }
}

#[test]
fn neither_journal_nor_certificates_nor_output_hold_a_secret() {
    let workshop = Workshop::new();
    let told = workshop.issue(&samples()).unwrap().join("\n");
    let mut secrets = Vec::new();
    let files = contents(&workshop.home()).into_iter().chain(contents(&workshop.out()));
    let (secret, public): (Vec<_>, Vec<_>) = files.partition(|(path, _)| {
        let path = path.to_str().unwrap();
        path.contains("/keys/") || path.contains("/roots/") || path.ends_with(".auth-key")
    });
    for (path, bytes) in &secret {
        let text = std::str::from_utf8(bytes).unwrap();
        let line = usize::from(path.extension().is_some_and(|e| e == "pem"));
        // The end of the line: base64 of a seed, hex of a master, or the text of an auth key.
        let canary = text.lines().nth(line).unwrap();
        secrets.push(canary.as_bytes()[canary.len() - 24..].to_vec());
    }
    assert_eq!(secrets.len(), 6 + 11);
    for (path, bytes) in public
        .iter()
        .map(|(p, b)| (p.as_path(), b.as_slice()))
        .chain([(std::path::Path::new("events"), told.as_bytes())])
    {
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{}", path.display());
        }
    }
}
