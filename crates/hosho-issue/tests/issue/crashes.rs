use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use hosho::{SignedStatusSnapshot, SignedTrustBundle, StatusEntry, StatusIndex};
use hosho_issue::{Existing, Failure, Patience, SnapshotOrder, Watch, snapshot};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::workshop::{NOW, Workshop, codes, contents, copy_folder, time};

/// Stops at each place in turn, runs again, and shows that nothing was lost or signed twice.
fn stop_everywhere(workshop: &Workshop, requests: &[PathBuf], certificates: usize) -> usize {
    let fresh = workshop.copy_home("fresh");
    for place in 0.. {
        let _gone = fs::remove_dir_all(workshop.home());
        let _gone = fs::remove_dir_all(workshop.out());
        copy_folder(&fresh, &workshop.home());
        let stopped = workshop.issue_until(requests, place);
        // Whatever left the signer before the stop must be the same afterwards.
        let signed = contents(&workshop.home().join("certificates"));
        let delivered = contents(&workshop.out());
        let finished = match stopped {
            Ok(()) => true,
            Err(Failure::Stopped) => false,
            Err(other) => panic!("{other}"),
        };
        workshop.issue(requests).unwrap();
        let census = workshop.audit().unwrap();
        assert_eq!((census.certificates, census.unfinished), (certificates, 0), "place {place}");
        let after = contents(&workshop.home().join("certificates"));
        assert_eq!(after.len(), 2 * certificates);
        for (file, bytes) in &signed {
            assert_eq!(after.get(file), Some(bytes), "place {place}: {}", file.display());
        }
        let out = contents(&workshop.out());
        for (file, bytes) in &delivered {
            assert_eq!(out.get(file), Some(bytes), "place {place}: {}", file.display());
        }
        for (file, bytes) in &after {
            let name = file.file_name().unwrap();
            assert_eq!(out.get(&workshop.out().join(name)), Some(bytes), "place {place}");
        }
        if finished {
            return place;
        }
    }
    unreachable!()
}

#[test]
fn a_stop_at_any_place_loses_nothing_and_signs_nothing_twice() {
    let workshop = Workshop::new();
    let requests =
        [workshop.request("A-1", 1), workshop.request("B-1", 1), workshop.request("A-1", 2)];
    let places = stop_everywhere(&workshop, &requests, 3);
    // Two waves of two appends, each followed by the mark; three certificates stored, placed
    // (the key only once a guarantee) and delivered.
    assert_eq!(places, 2 * 4 + 3 + (3 * 2 + 2) + 3);
}

/// Issues in a process that may make no file larger than `limit`: the system ends it in the middle
/// of the write that would.
fn issue_with_file_limit(workshop: &Workshop, request: &Path, limit: u64) -> ExitStatus {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hosho-issue"))
        .arg("issue")
        .arg(workshop.home())
        .args(["--request", "-", "--now", NOW, "--out"])
        .arg(workshop.out())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // It waits for its request, so the limit is there before the first write.
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let files = Rlimit { current: Some(limit), maximum: Some(limit) };
    prlimit(Some(pid), Resource::Fsize, files).unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(request).unwrap()).unwrap();
    child.wait().unwrap()
}

#[test]
fn a_write_that_the_system_cuts_short_loses_nothing_and_issues_nothing_twice() {
    let workshop = Workshop::new();
    let request = workshop.request("A-1", 1);
    let fresh = workshop.copy_home("fresh");
    let start = fs::metadata(workshop.home().join("journal")).unwrap().len();
    let mut cut = 0;
    // Below the journal's start the mark or the first write fails; above it records are torn.
    for limit in [0, 50, 300, start + 1, start + 64, start + 700, start + 1600, start + 2400] {
        let _gone = fs::remove_dir_all(workshop.home());
        let _gone = fs::remove_dir_all(workshop.out());
        copy_folder(&fresh, &workshop.home());
        let ended = issue_with_file_limit(&workshop, &request, limit);
        cut += usize::from(!ended.success());
        let signed = contents(&workshop.home().join("certificates"));
        workshop.issue(std::slice::from_ref(&request)).unwrap();
        let census = workshop.audit().unwrap();
        assert_eq!((census.certificates, census.unfinished), (1, 0), "limit {limit}");
        let after = contents(&workshop.home().join("certificates"));
        for (file, bytes) in signed {
            assert_eq!(after.get(&file), Some(&bytes), "limit {limit}: {}", file.display());
        }
    }
    assert!(cut >= 6, "only {cut} writes were cut short");
}

#[test]
fn a_stop_between_signing_and_recording_is_finished_by_the_next_call() {
    let workshop = Workshop::new();
    let requests = [workshop.request("A-1", 1)];
    // Appended, raised, stored: then the record that it was signed is missing.
    assert_eq!(codes(workshop.issue_until(&requests, 2)), ["E9-STOPPED"]);
    let stored = contents(&workshop.home().join("certificates"));
    assert_eq!(stored.len(), 2);
    assert_eq!(workshop.audit().unwrap().unfinished, 1);
    // Another request finds the open intent first.
    let told = workshop.issue(&[workshop.request("B-1", 1)]).unwrap();
    assert!(told.contains(&"Noticed(Recovered { count: 1 })".to_owned()), "{told:?}");
    let after = contents(&workshop.home().join("certificates"));
    assert!(stored.iter().all(|(file, bytes)| after.get(file) == Some(bytes)));
    assert_eq!(workshop.audit().unwrap().certificates, 2);
}

#[test]
fn a_snapshot_finishes_what_was_begun_and_tells_of_it() {
    let workshop = Workshop::new();
    assert_eq!(codes(workshop.issue_until(&[workshop.request("A-1", 1)], 1)), ["E9-STOPPED"]);
    let order = SnapshotOrder {
        home: workshop.home(),
        out: workshop.path("status.hosho"),
        existing: Existing::Keep,
        valid_days: Some(1),
        now: time(NOW),
        patience: Patience(Duration::from_secs(2)),
    };
    let mut quiet = |_: &_| ControlFlow::Continue(());
    snapshot(&order, &mut Watch::new(&mut quiet)).unwrap();
    let census = workshop.audit().unwrap();
    assert_eq!((census.certificates, census.unfinished), (1, 0));
    let bytes = fs::read(workshop.path("status.hosho")).unwrap();
    let status = SignedStatusSnapshot::parse(&bytes).unwrap();
    let trust = fs::read(workshop.home().join("trust/bundle-000001.hosho")).unwrap();
    let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
    let status = status.verify(&trust).unwrap();
    let in_force = (0..131_072)
        .filter(|n| status.entry(StatusIndex::new(*n).unwrap()) == StatusEntry::InForce)
        .count();
    assert_eq!(in_force, 1);
}

#[test]
fn refuses_to_finish_over_a_file_with_other_bytes() {
    let workshop = Workshop::new();
    let requests = [workshop.request("A-1", 1)];
    assert_eq!(codes(workshop.issue_until(&requests, 1)), ["E9-STOPPED"]);
    let file = workshop.home().join("certificates/A-1-r1.hosho");
    fs::write(&file, b"another certificate").unwrap();
    assert_eq!(codes(workshop.issue(&requests)), ["E1-EXISTS"]);
    assert_eq!(fs::read(&file).unwrap(), b"another certificate");
}

#[test]
fn an_open_intent_counts_as_a_revision() {
    let workshop = Workshop::new();
    assert_eq!(codes(workshop.issue_until(&[workshop.request("A-1", 1)], 1)), ["E9-STOPPED"]);
    let other = workshop.request_with("A-1", 1, |r| r["issued_on"] = "2025-06-21".into());
    assert_eq!(codes(workshop.issue(&[other])), ["E9-CONFLICT"]);
}
