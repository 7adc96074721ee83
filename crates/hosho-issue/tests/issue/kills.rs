//! The program is killed at random moments. What it acknowledged must be there; what it was asked
//! for must come out once and only once in the end.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hosho_issue::{Event, Watch, issue};

use crate::workshop::{NOW, Workshop, contents};

/// How many kills the test tries; `HOSHO_KILLS` asks for more.
const KILLS: u32 = 100;
const BATCH: u64 = 3;

fn spawn(workshop: &Workshop, requests: &[PathBuf]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_hosho-issue"))
        .args(["--lang", "en", "issue"])
        .arg(workshop.home())
        .arg("--request")
        .args(requests)
        .arg("--out")
        .arg(workshop.out())
        .args(["--now", NOW])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
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

#[test]
fn a_hundred_kills_lose_nothing_acknowledged_and_issue_nothing_twice() {
    let kills = env::var("HOSHO_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let workshop = Workshop::new();
    let mut all = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    // How long a whole run takes here, so that the kills fall all over it.
    let started = Instant::now();
    let warm: Vec<_> = (0..BATCH).map(|n| workshop.request(&format!("W-{n}"), 1)).collect();
    assert!(spawn(&workshop, &warm).wait().unwrap().success());
    let mut whole = started.elapsed();
    all.extend(warm);
    let (mut killed, mut acknowledged_count) = (0, 0);
    for round in 0..kills {
        let requests: Vec<_> =
            (0..BATCH).map(|n| workshop.request(&format!("K-{round}-{n}"), 1)).collect();
        let mut child = spawn(&workshop, &requests);
        // Fractions of the run in an order without pattern: 61 is prime to 100.
        std::thread::sleep(whole * (round * 61 % 100) / 90);
        child.kill().unwrap();
        let ended = child.wait().unwrap().success();
        killed += u32::from(!ended);
        // A busy machine changes its pace: follow it, so that kills still fall inside runs.
        whole = if ended { whole * 9 / 10 } else { whole * 21 / 20 };
        let said = acknowledged(&mut child);
        acknowledged_count += said.len();
        assert_eq!(lost(&said, &workshop.home(), &workshop.out()), [""; 0], "round {round}");
        // What left the signer once stays as it is.
        for (file, bytes) in contents(&workshop.home().join("certificates")) {
            let before = seen.entry(file).or_insert_with(|| bytes.clone());
            assert_eq!(*before, bytes, "round {round}");
        }
        all.extend(requests);
    }
    assert!(killed >= kills / 3, "only {killed} runs were killed in the middle");
    assert!(acknowledged_count > 0, "no run got as far as an acknowledgement");

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

/// An issuer with a planted fault: it acknowledges when the intent is made, before it is kept.
fn careless(folder: &Path) {
    let requests: Vec<_> = vec![folder.join("request.json")];
    let order = hosho_issue::IssueOrder {
        home: folder.join("home"),
        requests,
        out: folder.join("out"),
        now: crate::workshop::time(NOW),
        patience: hosho_issue::Patience(Duration::ZERO),
        review: hosho_issue::Review::usual(),
    };
    let mut tell = |event: &Event| {
        if matches!(event, Event::Appended { .. }) {
            println!("\nK-1\tr1\tissued");
            std::thread::sleep(Duration::from_mins(1));
        }
        ControlFlow::Continue(())
    };
    issue(&order, &mut Watch::new(&mut tell)).unwrap();
}

#[test]
fn the_kill_test_catches_an_issuer_that_acknowledges_before_it_commits() {
    const CHILD: &str = "HOSHO_TEST_CARELESS";
    if let Some(folder) = env::var_os(CHILD) {
        careless(Path::new(&folder));
        return;
    }
    let workshop = Workshop::new();
    fs::rename(workshop.request("K-1", 1), workshop.path("request.json")).unwrap();
    let name = "kills::the_kill_test_catches_an_issuer_that_acknowledges_before_it_commits";
    let mut child = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, workshop.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let fields: Vec<_> = line.split('\t').collect();
        if fields.len() == 3 {
            said.push(format!("{}-{}", fields[0], fields[1]));
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert_eq!(said, ["K-1-r1"]);
    assert_eq!(lost(&said, &workshop.home(), &workshop.out()), ["K-1-r1"]);
}
