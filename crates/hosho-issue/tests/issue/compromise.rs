use std::fs;

use hosho::{
    Certificate, Date, Expectation, Expected, KeyRole, KeyState, PreparedCertificate, SecretKey,
    SignedCertificate, Signer as _, TrustBundle, Verifier, Yen,
};
use hosho_issue::{CompromiseOrder, Published, SnapshotOrder, compromised, snapshot};

use crate::keysmith::{LATER, noticed, quietly, secret_key_of, verify};
use crate::workshop::{NOW, Workshop, codes, contents, issue_and_tell, time};

/// A home with some certificates, and a copy of its certificate key in other hands.
struct Theft {
    workshop: Workshop,
    stolen: SecretKey,
    pinned: TrustBundle,
}

const GENUINE: [&str; 4] = ["A-1-r1", "A-1-r2", "B-1-r1", "C-1-r1"];

impl Theft {
    fn new() -> Self {
        let workshop = Workshop::new();
        let requests = [
            workshop.request("A-1", 1),
            workshop.request("A-1", 2),
            workshop.request("B-1", 1),
            workshop.request("C-1", 1),
        ];
        workshop.issue(&requests).unwrap();
        let stolen = secret_key_of(&workshop.home().join("keys/certificate-1.pem"));
        let pinned = workshop.trust();
        Self { workshop, stolen, pinned }
    }

    /// Forges from a genuine certificate one of ten times the amount.
    fn forge(&self, name: &str, issued_at: &str) -> std::path::PathBuf {
        let bytes = fs::read(self.workshop.out().join("B-1-r1.hosho")).unwrap();
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        let now = time(NOW);
        let genuine =
            Verifier::new(&self.pinned).verify(signed, &any, Date::in_japan(now), now).unwrap();
        let mut claims = genuine.certificate().claims().clone();
        claims.guarantee.amount = Yen::new(claims.guarantee.amount.amount() * 10).unwrap();
        claims.issued_at = time(issued_at);
        let certificate = Certificate::new(claims).unwrap();
        let prepared =
            PreparedCertificate::new(&certificate, self.stolen.public_key().key_id()).unwrap();
        let file = self.workshop.path(name);
        fs::write(&file, prepared.sign(&self.stolen).unwrap()).unwrap();
        file
    }

    fn proof(&self, name: &str) -> std::path::PathBuf {
        self.workshop.home().join(format!("certificates/{name}.proof"))
    }
}

#[test]
fn genuine_certificates_stand_with_their_proofs_and_forged_ones_never() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let backdated = theft.forge("backdated.hosho", NOW);
    let after = theft.forge("after.hosho", "2027-01-01T00:00:00Z");
    let kid = theft.stolen.public_key().key_id();
    // Before anybody noticed, forgeries pass.
    for forged in [&backdated, &after] {
        assert_eq!(verify(&theft.pinned, forged, None), Ok(kid));
    }
    let made = workshop.compromise(kid).unwrap();
    assert_eq!((made.attested, made.role), (4, KeyRole::Certificate));
    let trust = workshop.trust();
    for name in GENUINE {
        let file = workshop.out().join(format!("{name}.hosho"));
        assert_eq!(verify(&trust, &file, None), Err("E5-KEY-COMPROMISED"), "{name}");
        for proof in GENUINE {
            let expected = if proof == name { Ok(kid) } else { Err("E5-PROOF") };
            let judged = verify(&trust, &file, Some(&theft.proof(proof)));
            assert_eq!(judged, expected, "{name} with the proof of {proof}");
        }
    }
    for (forged, without, with) in
        [(backdated, "E5-KEY-COMPROMISED", "E5-PROOF"), (after, "E5-KEY-WINDOW", "E5-KEY-WINDOW")]
    {
        assert_eq!(verify(&trust, &forged, None), Err(without));
        for proof in GENUINE {
            let judged = verify(&trust, &forged, Some(&theft.proof(proof)));
            assert_eq!(judged, Err(with), "{} with the proof of {proof}", forged.display());
        }
    }
}

#[test]
fn issuing_goes_on_at_once_with_a_new_key() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let made = workshop.compromise(theft.stolen.public_key().key_id()).unwrap();
    let fresh = made.fresh.unwrap();
    assert_eq!(workshop.active(KeyRole::Certificate), fresh);
    let mut order = workshop.issue_order(&[workshop.request("C-1", 2), workshop.request("D-1", 1)]);
    order.now = time(LATER);
    issue_and_tell(&order).unwrap();
    let trust = workshop.trust();
    for name in ["C-1-r2.hosho", "D-1-r1.hosho"] {
        assert_eq!(verify(&trust, &workshop.out().join(name), None), Ok(fresh), "{name}");
    }
    let census = workshop.audit().unwrap();
    assert_eq!((census.certificates, census.bundles), (6, 2));
}

#[test]
fn the_journal_command_knows_a_compromised_key_and_finds_a_proof_that_was_changed() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    workshop.compromise(theft.stolen.public_key().key_id()).unwrap();
    workshop.audit().unwrap();
    let proof = theft.proof("A-1-r1");
    let intact = fs::read(&proof).unwrap();
    let mut changed = intact.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&proof, changed).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::remove_file(&proof).unwrap();
    assert_eq!(codes(workshop.audit()), ["E9-DAMAGED"]);
    fs::write(&proof, intact).unwrap();
    workshop.audit().unwrap();
}

#[test]
fn the_same_call_again_changes_nothing_and_hands_out_the_proofs() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let kid = theft.stolen.public_key().key_id();
    let first = workshop.compromise(kid).unwrap();
    let before = contents(&workshop.home());
    let out = workshop.path("proofs");
    let order = CompromiseOrder { out: Some(out.clone()), ..workshop.compromise_order(kid) };
    let again = quietly(|watch| compromised(&order, watch)).unwrap();
    assert_eq!((again.attested, again.fresh, again.published), (4, None, first.published));
    assert_eq!(contents(&workshop.home()), before);
    for name in GENUINE {
        let file = format!("{name}.proof");
        assert_eq!(fs::read(out.join(&file)).unwrap(), fs::read(theft.proof(name)).unwrap());
    }
    assert_eq!(contents(&out).len(), 4);
    let order =
        CompromiseOrder { since: time("2026-11-22T13:00:00Z"), ..workshop.compromise_order(kid) };
    assert_eq!(codes(quietly(|watch| compromised(&order, watch))), ["E9-CONFLICT"]);
    assert_eq!(contents(&workshop.home()), before);
}

#[test]
fn the_time_of_a_compromise_moves_back_and_the_proofs_stay_good() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let kid = theft.stolen.public_key().key_id();
    workshop.compromise(kid).unwrap();
    let earlier = time("2026-11-22T06:00:00Z");
    let order = CompromiseOrder { since: earlier, reason: None, ..workshop.compromise_order(kid) };
    let moved = quietly(|watch| compromised(&order, watch)).unwrap();
    let trust = workshop.trust();
    assert_eq!(moved.published, Published::Installed { sequence: trust.sequence() });
    assert_eq!((trust.sequence().number(), moved.attested, moved.fresh), (3, 4, None));
    let KeyState::Compromised { since, reason } = &trust.key(kid).unwrap().state else { panic!() };
    assert_eq!((*since, reason.as_str()), (earlier, "盗難"));
    let times: Vec<_> = trust.attestations().iter().map(|a| a.since).collect();
    assert_eq!(times, [earlier]);
    for name in GENUINE {
        let file = workshop.out().join(format!("{name}.hosho"));
        assert_eq!(verify(&trust, &file, Some(&theft.proof(name))), Ok(kid), "{name}");
    }
    workshop.audit().unwrap();
    // And not forward again.
    assert_eq!(codes(workshop.compromise(kid)), ["E9-CONFLICT"]);
}

#[test]
fn tells_that_another_reason_for_the_same_compromise_is_not_used() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let kid = theft.stolen.public_key().key_id();
    workshop.compromise(kid).unwrap();
    let order = workshop.compromise_order(kid);
    assert_eq!(noticed(|watch| compromised(&order, watch)).1, [""; 0]);
    let order = CompromiseOrder { reason: Some("紛失".to_owned()), ..order };
    let (again, told) = noticed(|watch| compromised(&order, watch));
    assert_eq!(again.unwrap().fresh, None);
    assert_eq!(
        told,
        ["this key was called compromised before with another reason, which stays; --reason was \
          not used"]
    );
    assert_eq!(workshop.trust().sequence().number(), 2);
}

#[test]
fn refuses_a_key_that_is_not_there_and_a_time_to_come_and_changes_nothing() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let before = contents(&workshop.home());
    let unknown = hosho::KeyId::from_bytes([7; 8]);
    assert_eq!(codes(workshop.compromise(unknown)), ["E5-KEY-UNKNOWN"]);
    let root = theft.pinned.roots().keys()[0].key_id();
    assert_eq!(codes(workshop.compromise(root)), ["E9-ROOTS"]);
    let kid = theft.stolen.public_key().key_id();
    let order =
        CompromiseOrder { since: time("2026-11-23T03:04:06Z"), ..workshop.compromise_order(kid) };
    assert_eq!(codes(quietly(|watch| compromised(&order, watch))), ["E9-CLOCK"]);
    assert_eq!(contents(&workshop.home()), before);
}

#[test]
fn a_retired_key_can_be_compromised_and_needs_no_successor() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let second = workshop.rotate(KeyRole::Certificate).unwrap().key;
    let kid = theft.stolen.public_key().key_id();
    let made = workshop.compromise(kid).unwrap();
    assert_eq!((made.attested, made.fresh), (4, None));
    assert_eq!(workshop.active(KeyRole::Certificate), second);
    workshop.audit().unwrap();
}

#[test]
fn two_keys_can_be_compromised_one_after_the_other() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    let kid = theft.stolen.public_key().key_id();
    let second = workshop.compromise(kid).unwrap().fresh.unwrap();
    let mut order = workshop.issue_order(&[workshop.request("D-1", 1)]);
    order.now = time(LATER);
    issue_and_tell(&order).unwrap();
    assert_eq!(workshop.compromise(second).unwrap().attested, 1);
    let trust = workshop.trust();
    assert_eq!(trust.attestations().len(), 2);
    for (name, key) in [("A-1-r1", kid), ("D-1-r1", second)] {
        let file = workshop.out().join(format!("{name}.hosho"));
        assert_eq!(verify(&trust, &file, Some(&theft.proof(name))), Ok(key));
    }
    workshop.audit().unwrap();
}

#[test]
fn a_key_that_signed_nothing_needs_no_attestation() {
    let workshop = Workshop::new();
    let made = workshop.compromise(workshop.active(KeyRole::Certificate)).unwrap();
    assert_eq!(made.attested, 0);
    assert!(workshop.trust().attestations().is_empty());
    workshop.audit().unwrap();
}

#[test]
fn a_compromised_status_key_gives_way_to_a_new_one_and_old_snapshots_are_refused() {
    let workshop = Workshop::new();
    let order = |out: &str, now: &str| SnapshotOrder {
        home: workshop.home(),
        out: workshop.path(out),
        existing: hosho_issue::Existing::Keep,
        valid_days: None,
        now: time(now),
        patience: hosho_issue::Patience(std::time::Duration::from_secs(2)),
    };
    quietly(|watch| snapshot(&order("old", NOW), watch)).unwrap();
    let kid = workshop.active(KeyRole::Status);
    let made = workshop.compromise(kid).unwrap();
    assert_eq!((made.role, made.attested), (KeyRole::Status, 0));
    quietly(|watch| snapshot(&order("new", LATER), watch)).unwrap();
    let trust = workshop.trust();
    let verify = |name: &str| {
        let bytes = fs::read(workshop.path(name)).unwrap();
        let signed = hosho::SignedStatusSnapshot::parse(&bytes).unwrap();
        signed.verify(&trust).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(verify("old"), Err("E5-KEY-COMPROMISED"));
    assert_eq!(verify("new"), Ok(()));
}

#[test]
fn with_the_roots_away_nothing_is_signed_with_the_key_until_the_bundle_is_installed() {
    let theft = Theft::new();
    let workshop = &theft.workshop;
    workshop.export("usb").unwrap();
    let kid = theft.stolen.public_key().key_id();
    let made = workshop.compromise(kid).unwrap();
    let Published::Waiting { request, fingerprint } = &made.published else { panic!("{made:?}") };
    assert_eq!(*request, workshop.request_of(2));
    let order = |number: &str| {
        let mut order = workshop.issue_order(&[workshop.request(number, 1)]);
        order.now = time(LATER);
        order
    };
    assert_eq!(codes(issue_and_tell(&order("D-1"))), ["E9-REQUEST"]);
    // The same call again names the same request.
    let again = workshop.compromise(kid).unwrap();
    let Published::Waiting { fingerprint: same, .. } = &again.published else {
        panic!("{again:?}")
    };
    assert_eq!((same, again.fresh), (fingerprint, None));
    assert!(!theft.proof("A-1-r1").exists());
    let sign = |n: u8| workshop.sign(request, &workshop.path(&format!("usb/root-{n}.pem")), None);
    workshop.assemble(&[sign(1), sign(3)]).unwrap();
    issue_and_tell(&order("D-1")).unwrap();
    let trust = workshop.trust();
    assert!(matches!(trust.key(kid).unwrap().state, KeyState::Compromised { .. }));
    let file = workshop.out().join("A-1-r1.hosho");
    assert_eq!(verify(&trust, &file, Some(&theft.proof("A-1-r1"))), Ok(kid));
    workshop.audit().unwrap();
}
