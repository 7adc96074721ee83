//! The program is killed at random moments. What it acknowledged must be there; what it was asked
//! for must come out once and only once in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hosho_issue::{Watch, issue};
use serde_json::Value;

use crate::workshop::{NOW, Workshop, contents};

/// How many runs are killed in the middle; `HOSHO_KILLS` asks for more.
const KILLS: u32 = 100;
const BATCH: u64 = 3;

fn spawn(workshop: &Workshop, requests: &[PathBuf]) -> Child {
    let mut program = workshop.program(requests);
    program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Returns what the program said it had issued before it ended: `number-rN`.
fn acknowledged(child: &mut Child) -> Vec<String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines.map_while(Result::ok).collect();
    let fields = said.iter().map(|line| line.split('\t').collect::<Vec<_>>());
    fields.filter(|f| f.len() == 3).map(|f| format!("{}-{}", f[0], f[1])).collect()
}

/// Returns which of the acknowledged certificates are not in the home and in the folder.
fn lost(acknowledged: &[String], home: &Path, out: &Path) -> Vec<String> {
    let is_lost = |name: &&String| {
        let signed = fs::read(home.join(format!("certificates/{name}.hosho"))).ok();
        let sealed = out.join(format!("{name}.sealed.hosho"));
        signed.is_none()
            || fs::read(out.join(format!("{name}.hosho"))).ok() != signed
            || !sealed.exists()
    };
    acknowledged.iter().filter(is_lost).cloned().collect()
}

/// What came of many kills.
struct Ordeal {
    requests: Vec<PathBuf>,
    /// The certificates as they were first seen.
    seen: BTreeMap<PathBuf, Vec<u8>>,
    acknowledged: usize,
    /// What was acknowledged and was not there after the kill, which ends the ordeal.
    lost: Vec<String>,
}

fn kills() -> u32 {
    env::var("HOSHO_KILLS").map_or(KILLS, |kills| kills.parse().unwrap())
}

/// Kills runs at random moments until so many were killed in the middle, or one lost something.
fn ordeal(workshop: &Workshop, spawn: impl Fn(&Workshop, &[PathBuf]) -> Child) -> Ordeal {
    let batch = |name: &str| -> Vec<PathBuf> {
        (0..BATCH).map(|n| workshop.request(&format!("{name}-{n}"), 1)).collect()
    };
    // How long a whole run takes here, so that the kills fall all over it.
    let started = Instant::now();
    let requests = batch("W");
    assert!(spawn(workshop, &requests).wait().unwrap().success());
    let mut whole = started.elapsed();
    let mut ordeal = Ordeal { requests, seen: BTreeMap::new(), acknowledged: 0, lost: Vec::new() };
    let (mut killed, mut round) = (0, 0);
    while killed < kills() && ordeal.lost.is_empty() {
        assert!(round < 4 * kills(), "only {killed} of {round} runs were killed in the middle");
        let requests = batch(&format!("K-{round}"));
        let mut child = spawn(workshop, &requests);
        // Fractions of the run in an order without pattern: 61 is prime to 100.
        std::thread::sleep(whole * (round * 61 % 100) / 90);
        child.kill().unwrap();
        let ended = child.wait().unwrap().success();
        killed += u32::from(!ended);
        // A busy machine changes its pace: follow it, so that kills still fall inside runs.
        whole = if ended { whole * 9 / 10 } else { whole * 21 / 20 };
        let said = acknowledged(&mut child);
        ordeal.acknowledged += said.len();
        ordeal.lost = lost(&said, &workshop.home(), &workshop.out());
        // What left the signer once stays as it is.
        for (file, bytes) in contents(&workshop.home().join("certificates")) {
            let before = ordeal.seen.entry(file).or_insert_with(|| bytes.clone());
            assert_eq!(*before, bytes, "round {round}");
        }
        ordeal.requests.extend(requests);
        round += 1;
    }
    ordeal
}

#[test]
fn a_hundred_kills_lose_nothing_acknowledged_and_issue_nothing_twice() {
    let workshop = Workshop::new();
    let Ordeal { requests: all, seen, acknowledged, lost } = ordeal(&workshop, spawn);
    assert_eq!(lost, [""; 0]);
    assert!(acknowledged > 0, "no run got as far as an acknowledgement");

    assert!(spawn(&workshop, &all).wait().unwrap().success());
    let census = workshop.audit().unwrap();
    assert_eq!((census.certificates, census.guarantees), (all.len(), all.len()));
    assert_eq!(census.unfinished, 0);
    let after = contents(&workshop.home().join("certificates"));
    assert_eq!(after.len(), 2 * all.len());
    for (file, bytes) in seen {
        assert_eq!(after.get(&file), Some(&bytes), "{}", file.display());
    }
    let distinct: BTreeSet<_> = after.values().collect();
    assert_eq!(distinct.len(), after.len());
    // Nothing half-written lies about.
    let files = [contents(&workshop.out()), contents(&workshop.home())];
    let names = files.iter().flat_map(|files| files.keys());
    let strays: Vec<_> =
        names.filter(|file| file.extension().is_some_and(|e| e == "tmp")).collect();
    assert!(strays.is_empty(), "{strays:?}");
}

/// An issuer with a planted fault: it acknowledges a request before anything about it is kept.
fn careless(folder: &Path, requests: Vec<PathBuf>) {
    for request in requests {
        let asked: Value = serde_json::from_slice(&fs::read(&request).unwrap()).unwrap();
        println!("\n{}\tr1\tissued", asked["number"].as_str().unwrap());
        let order = hosho_issue::IssueOrder {
            home: folder.join("home"),
            requests: vec![request],
            out: folder.join("out"),
            now: crate::workshop::time(NOW),
            patience: hosho_issue::Patience(Duration::ZERO),
            review: hosho_issue::Review::usual(),
        };
        issue(&order, &mut Watch::new(&mut |_| ControlFlow::Continue(()))).unwrap();
    }
}

#[test]
fn the_kills_catch_an_issuer_that_acknowledges_before_it_commits() {
    const FOLDER: &str = "HOSHO_TEST_CARELESS";
    const REQUESTS: &str = "HOSHO_TEST_REQUESTS";
    if let Some(folder) = env::var_os(FOLDER) {
        let requests = env::var_os(REQUESTS).unwrap();
        careless(Path::new(&folder), env::split_paths(&requests).collect());
        return;
    }
    let name = "kills::the_kills_catch_an_issuer_that_acknowledges_before_it_commits";
    let spawn = |workshop: &Workshop, requests: &[PathBuf]| {
        Command::new(env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(FOLDER, workshop.path(""))
            .env(REQUESTS, env::join_paths(requests).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let ordeal = ordeal(&Workshop::new(), spawn);
    assert!(!ordeal.lost.is_empty(), "none of {} acknowledgements was lost", ordeal.acknowledged);
}
