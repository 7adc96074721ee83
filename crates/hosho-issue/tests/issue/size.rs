//! A home of some size: every certificate stands in the snapshots as what it is, over several
//! lists, and the next snapshots follow. `HOSHO_CERTIFICATES` says how many guarantees; more than
//! 131 072 certificates fill the first list.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hosho::{
    Expectation, Expected, SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, Standing,
    StatusSnapshot, TrustBundle, UnixTime, Verifier,
};
use hosho_issue::{
    BundleOrder, Existing, IssueOrder, Patience, SnapshotOrder, Watch, WrittenSnapshot, bundle,
    issue, snapshot,
};
use serde_json::{Value, json};

use crate::workshop::{NOW, Workshop, samples, time};

/// How many guarantees are issued, unless the environment says otherwise.
const GUARANTEES: u32 = 100;

/// Requests of one call: a call reads the whole journal.
const BATCH: usize = 10_000;

/// Each tenth guarantee is amended.
const AMENDED: usize = 10;

/// How many places a status list has (spec R-CERT-10).
const PLACES: usize = 131_072;

fn number(guarantee: u32) -> String {
    format!("S-{guarantee:07}")
}

/// Writes requests in folders of their own, which makes a name quick to find.
struct Requests {
    folder: PathBuf,
    template: Value,
}

impl Requests {
    fn new(workshop: &Workshop) -> Self {
        let folder = workshop.path("requests");
        fs::create_dir(&folder).unwrap();
        let template = serde_json::from_slice(&fs::read(&samples()[0]).unwrap()).unwrap();
        Self { folder, template }
    }

    fn write(&self, guarantee: u32, revision: u16) -> PathBuf {
        let mut request = self.template.clone();
        request["number"] = json!(number(guarantee));
        request["revision"] = json!(revision);
        if revision > 1 {
            request["change"] = json!({
                "supersedes": 1, "kinds": ["correction"], "reason": "訂正",
            });
        }
        let file = self.folder.join(format!("{guarantee}-{revision}.json"));
        fs::write(&file, serde_json::to_vec(&request).unwrap()).unwrap();
        file
    }
}

fn issue_all(workshop: &Workshop, files: &[PathBuf]) {
    let mut quiet = |_: &_| ControlFlow::Continue(());
    for batch in files.chunks(BATCH) {
        let order = IssueOrder { requests: batch.to_vec(), ..workshop.issue_order(&[]) };
        issue(&order, &mut Watch::new(&mut quiet)).unwrap();
        for file in batch {
            fs::remove_file(file).unwrap();
        }
    }
}

fn snapshots(workshop: &Workshop, now: UnixTime) -> (Vec<WrittenSnapshot>, Duration) {
    let order = SnapshotOrder {
        home: workshop.home(),
        out: workshop.path("status.hosho"),
        existing: Existing::Replace,
        valid_days: None,
        now,
        patience: Patience(Duration::from_secs(2)),
    };
    let mut quiet = |_: &_| ControlFlow::Continue(());
    let started = Instant::now();
    let written = snapshot(&order, &mut Watch::new(&mut quiet)).unwrap();
    (written, started.elapsed())
}

fn trust(workshop: &Workshop) -> TrustBundle {
    let out = workshop.path("trust.hosho");
    let order = BundleOrder {
        home: workshop.home(),
        out: out.clone(),
        existing: Existing::Keep,
        now: time(NOW),
        patience: Patience(Duration::from_secs(2)),
    };
    let mut quiet = |_: &_| ControlFlow::Continue(());
    bundle(&order, &mut Watch::new(&mut quiet)).unwrap();
    let bytes = fs::read(out).unwrap();
    SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin).unwrap()
}

fn read(written: &[WrittenSnapshot], trust: &TrustBundle) -> Vec<StatusSnapshot> {
    let read = |written: &WrittenSnapshot| {
        let bytes = fs::read(&written.file).unwrap();
        let snapshot = SignedStatusSnapshot::parse(&bytes).unwrap().verify(trust).unwrap();
        assert_eq!((snapshot.list(), snapshot.sequence()), (written.list, written.sequence));
        snapshot
    };
    written.iter().map(read).collect()
}

/// Counts the standings of all certificates on the day of the snapshots.
fn standings(
    workshop: &Workshop,
    trust: &TrustBundle,
    statuses: &[StatusSnapshot],
) -> BTreeMap<&'static str, u32> {
    let verifier = statuses.iter().fold(Verifier::new(trust), Verifier::with_status);
    let expectation = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let (on, now) = (hosho::Date::parse("2025-07-01").unwrap(), time(NOW));
    let mut counts = BTreeMap::new();
    for entry in fs::read_dir(workshop.home().join("certificates")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().ends_with(".sealed.hosho") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let signed = SignedCertificate::parse(&bytes).unwrap();
        let genuine = verifier.verify(signed, &expectation, on, now).unwrap();
        let standing = genuine.verdict().standing();
        let second = path.to_str().unwrap().ends_with("-r2.hosho");
        match (standing, second) {
            (Standing::InForce, false) => *counts.entry("in force").or_insert(0) += 1,
            (Standing::InForce, true) => *counts.entry("amendment").or_insert(0) += 1,
            (Standing::Superseded, false) => *counts.entry("superseded").or_insert(0) += 1,
            other => panic!("{}: {other:?}", path.display()),
        }
    }
    counts
}

#[test]
fn every_certificate_of_a_large_home_stands_in_the_snapshots_of_its_list() {
    let guarantees = env::var("HOSHO_CERTIFICATES").map_or(GUARANTEES, |n| n.parse().unwrap());
    let workshop = Workshop::new();
    let requests = Requests::new(&workshop);
    let started = Instant::now();
    for first in (0..guarantees).step_by(BATCH) {
        let batch = first..guarantees.min(first + u32::try_from(BATCH).unwrap());
        issue_all(&workshop, &batch.map(|n| requests.write(n, 1)).collect::<Vec<_>>());
    }
    let amended: Vec<u32> = (0..guarantees).step_by(AMENDED).collect();
    let files: Vec<_> = amended.iter().map(|n| requests.write(*n, 2)).collect();
    issue_all(&workshop, &files);
    let total = usize::try_from(guarantees).unwrap() + amended.len();
    println!("{total} certificates issued in {:.1} s", started.elapsed().as_secs_f64());

    let trust = trust(&workshop);
    let (written, took) = snapshots(&workshop, time(NOW));
    let bytes: u64 = written.iter().map(|one| fs::metadata(&one.file).unwrap().len()).sum();
    println!("{} snapshots, {bytes} bytes, in {:.1} s", written.len(), took.as_secs_f64());
    assert_eq!(written.len(), total.div_ceil(PLACES), "a list is used up before the next begins");
    let first = read(&written, &trust);
    let counts = standings(&workshop, &trust, &first);
    let amended = u32::try_from(amended.len()).unwrap();
    let expected =
        [("amendment", amended), ("in force", guarantees - amended), ("superseded", amended)];
    // Of the amended ones the first revision governed on that day: its successor was issued on the
    // same day as itself, so it is superseded from the start.
    assert_eq!(counts, expected.into());

    // The next snapshots take the next numbers, and promise later ones.
    let later = time("2026-11-24T00:00:00Z");
    let (written, _) = snapshots(&workshop, later);
    let second = read(&written, &trust);
    assert_eq!(second.len(), first.len());
    for (before, after) in first.iter().zip(&second) {
        assert_eq!(before.list(), after.list());
        assert_eq!(before.sequence().next(), Some(after.sequence()));
        assert_eq!(after.issued_at(), later);
        assert!(before.next_update() < after.next_update());
        let day = 86_400;
        assert_eq!(after.next_update().seconds() - later.seconds(), 7 * day);
    }
}
