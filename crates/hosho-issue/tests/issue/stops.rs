//! Commands about keys and trust bundles are stopped at every place, as a crash would; the next
//! command finishes or takes back, and nothing is left half done.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use hosho::{KeyId, KeyRole, KeyState};
use hosho_issue::{Failure, Watch, assemble_root, compromised, renew, replace_roots, rotate_key};

use crate::keysmith::{LATER, quietly, until};
use crate::workshop::{Workshop, contents, copy_folder, issue_and_tell, time};

/// Stops work at each place in turn, lets `next` run, and shows that the home is whole; returns how
/// many places there are.
fn stop_everywhere(
    workshop: &Workshop,
    work: impl Fn(&mut Watch<'_>) -> Result<(), Failure>,
    next: impl Fn() -> Result<(), Failure>,
    check: impl Fn(usize),
) -> usize {
    let name = format!("fresh-{}", fs::read_dir(workshop.path("")).unwrap().count());
    let fresh = workshop.copy_home(&name);
    for place in 0.. {
        fs::remove_dir_all(workshop.home()).unwrap();
        let _gone = fs::remove_dir_all(workshop.out());
        copy_folder(&fresh, &workshop.home());
        let stopped = until(place, &work);
        // Whatever was stored before the stop must be the same afterwards.
        let stored = public_files(workshop);
        next().unwrap_or_else(|failure| panic!("place {place}: {failure}"));
        workshop.audit().unwrap_or_else(|failure| panic!("place {place}: {failure}"));
        let after = public_files(workshop);
        for (file, bytes) in &stored {
            assert_eq!(after.get(file), Some(bytes), "place {place}: {}", file.display());
        }
        check(place);
        match stopped {
            Ok(()) => return place,
            Err(Failure::Stopped) => {}
            Err(other) => panic!("place {place}: {other}"),
        }
    }
    unreachable!()
}

/// Certificates, proofs and trust bundles: what never changes once it is there.
fn public_files(workshop: &Workshop) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = contents(&workshop.home().join("certificates"));
    files.extend(contents(&workshop.home().join("trust")));
    files.retain(|file, _| file.extension().is_some_and(|end| end != "request"));
    files
}

fn issue_later(workshop: &Workshop, number: &str) -> Result<(), Failure> {
    let mut order = workshop.issue_order(&[workshop.request(number, 1)]);
    order.now = time(LATER);
    issue_and_tell(&order).map(|_| ())
}

#[test]
fn a_stopped_rotation_is_finished_or_taken_back_by_the_next_command() {
    let workshop = Workshop::new();
    let first = workshop.active(KeyRole::Certificate);
    let order = workshop.rotate_order(KeyRole::Certificate);
    let places = stop_everywhere(
        &workshop,
        |watch| rotate_key(&order, watch).map(|_| ()),
        || issue_later(&workshop, "A-1"),
        |place| {
            let rotated = workshop.active(KeyRole::Certificate) != first;
            // The draft is recorded and the mark raised, then the key is written.
            assert_eq!(rotated, place >= 2, "place {place}");
            workshop.rotate(KeyRole::Certificate).unwrap();
            assert_ne!(workshop.active(KeyRole::Certificate), first);
            workshop.audit().unwrap();
        },
    );
    assert_eq!(places, 6);
}

#[test]
fn a_stopped_renewal_is_finished_by_the_next_command() {
    let workshop = Workshop::new();
    let order = workshop.renew_order();
    let places = stop_everywhere(
        &workshop,
        |watch| renew(&order, watch).map(|_| ()),
        || issue_later(&workshop, "A-1"),
        |_| assert_eq!(workshop.trust().sequence().number(), 2),
    );
    assert_eq!(places, 5);
}

#[test]
fn a_stopped_compromise_is_finished_or_taken_back_and_never_half_proved() {
    let workshop = Workshop::new();
    let requests = [workshop.request("A-1", 1), workshop.request("B-1", 1)];
    workshop.issue(&requests).unwrap();
    let kid = workshop.active(KeyRole::Certificate);
    let order = workshop.compromise_order(kid);
    let places = stop_everywhere(
        &workshop,
        |watch| compromised(&order, watch).map(|_| ()),
        || issue_later(&workshop, "C-1"),
        |place| {
            assert_eq!(is_compromised(&workshop, kid), place >= 2, "place {place}");
            // Taken back, the key signed once more: that certificate is attested as well.
            workshop.compromise(kid).unwrap();
            assert!(is_compromised(&workshop, kid));
            let count = if place >= 2 { 2 } else { 3 };
            assert_eq!(workshop.trust().attestations()[0].count, count, "place {place}");
            let proofs = contents(&workshop.home().join("certificates"))
                .into_keys()
                .filter(|file| file.extension().is_some_and(|end| end == "proof"))
                .count();
            assert_eq!(proofs, usize::try_from(count).unwrap(), "place {place}");
            workshop.audit().unwrap();
        },
    );
    // Draft, mark, key, bundle, record, mark, two proofs, record, mark.
    assert_eq!(places, 10);
}

fn is_compromised(workshop: &Workshop, kid: KeyId) -> bool {
    let trust = workshop.trust();
    matches!(trust.key(kid).unwrap().state, KeyState::Compromised { .. })
}

#[test]
fn a_stopped_request_lies_ready_after_the_next_command() {
    let workshop = Workshop::new();
    workshop.export("usb").unwrap();
    let order = workshop.replace_order(&[], &[]);
    let remove = workshop.trust().roots().keys()[0].thumbprint().to_string();
    let fresh = workshop.path("root-9.pem");
    hosho_issue::new_root(&fresh).unwrap();
    let order = hosho_issue::ReplaceOrder {
        remove: vec![remove],
        add: vec![fresh.with_extension("pub")],
        ..order
    };
    let places = stop_everywhere(
        &workshop,
        |watch| replace_roots(&order, watch).map(|_| ()),
        || issue_later(&workshop, "A-1"),
        |_| {
            assert!(workshop.request_of(2).exists());
            assert_eq!(workshop.audit().unwrap().unsigned_bundle, Some(2));
        },
    );
    assert_eq!(places, 3);
}

#[test]
fn a_stopped_assembly_is_finished_by_the_next_command() {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("A-1", 1)]).unwrap();
    workshop.export("usb").unwrap();
    workshop.compromise(workshop.active(KeyRole::Certificate)).unwrap();
    let request = workshop.request_of(2);
    let signatures: Vec<_> = [1, 2]
        .map(|n| workshop.sign(&request, &workshop.path(&format!("usb/root-{n}.pem")), None))
        .to_vec();
    let order = workshop.assemble_order(&signatures);
    let places = stop_everywhere(
        &workshop,
        |watch| assemble_root(&order, watch).map(|_| ()),
        || issue_later(&workshop, "B-1"),
        |_| {
            assert_eq!(workshop.trust().sequence().number(), 2);
            issue_later(&workshop, "C-1").unwrap();
            assert!(workshop.home().join("certificates/A-1-r1.proof").exists());
            workshop.audit().unwrap();
        },
    );
    // Bundle, record, mark, one proof, record, mark.
    assert_eq!(places, 6);
}

#[test]
fn a_stored_bundle_that_is_not_the_drafted_one_is_damage() {
    let workshop = Workshop::new();
    let other = Workshop::new();
    other.renew().unwrap();
    let order = workshop.renew_order();
    let stopped = until(2, |watch| renew(&order, watch));
    assert_eq!(crate::workshop::codes(stopped), ["E9-STOPPED"]);
    fs::copy(other.bundle_file(2), workshop.bundle_file(2)).unwrap();
    assert_eq!(crate::workshop::codes(quietly(|w| renew(&order, w))), ["E9-DAMAGED"]);
    fs::remove_file(workshop.bundle_file(2)).unwrap();
    quietly(|watch| renew(&order, watch)).unwrap();
    workshop.audit().unwrap();
}
