//! Commands about keys and trust bundles are killed at random moments. What they acknowledged must
//! be there, no trust bundle changes or is left out, and the next command always goes on.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hosho::{KeyRole, KeyState};

use crate::keysmith::LATER;
use crate::workshop::{Workshop, contents};

/// How many runs are killed in the middle; `HOSHO_KILLS` asks for more.
const KILLS: u32 = 100;
/// A trust bundle holds 256 keys and 64 attestations: after so many kills a new home begins.
const SERIES: u32 = 50;
/// How many commands are killed in turn.
const COMMANDS: u32 = 6;

fn spawn(arguments: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_hosho-issue"))
        .args(["--lang", "en"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a program after a while; returns whether it had ended by itself, and what it had said.
fn kill_after(mut child: Child, pause: Duration) -> (bool, String) {
    std::thread::sleep(pause);
    child.kill().unwrap();
    let ended = child.wait().unwrap().code().is_some();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    (ended, said)
}

/// Returns the arguments of one of the commands, in turn.
fn arguments(workshop: &Workshop, round: u32) -> Vec<String> {
    let home = workshop.home().display().to_string();
    let words: Vec<String> = match round % COMMANDS {
        0 => vec!["rotate-key".into(), home],
        1 => {
            let request = workshop.request(&format!("K-{round}"), 1).display().to_string();
            let out = workshop.out().display().to_string();
            vec!["issue".into(), home, "--request".into(), request, "--out".into(), out]
        }
        2 => vec!["bundle".into(), home, "--renew".into()],
        3 => vec!["rotate-key".into(), home, "--role".into(), "status".into()],
        4 => {
            let out = workshop.out().display().to_string();
            vec!["rekey".into(), home, "R-1".into(), "--out".into(), out]
        }
        _ => {
            let kid = workshop.active(KeyRole::Certificate).to_string();
            let since = "2026-11-22T12:00:00Z".to_owned();
            vec!["compromised".into(), home, kid, "--since".into(), since]
        }
    };
    words.into_iter().chain(["--now".to_owned(), LATER.to_owned()]).collect()
}

/// Certificates, proofs and trust bundles: what never changes once it is there.
fn public_files(workshop: &Workshop) -> BTreeMap<PathBuf, Vec<u8>> {
    let folders = ["certificates", "trust"].map(|name| contents(&workshop.home().join(name)));
    let keep = |file: &PathBuf| {
        let end = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        matches!(end, "hosho" | "proof")
    };
    folders.into_iter().flatten().filter(|(file, _)| keep(file)).collect()
}

/// Plays one home; returns how many runs were killed, and how many bundles were acknowledged.
fn series(first: u32, count: u32) -> (u32, u32) {
    let workshop = Workshop::new();
    workshop.issue(&[workshop.request("R-1", 1)]).unwrap();
    let mut whole = BTreeMap::new();
    let mut seen: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let (mut killed, mut acknowledged) = (0, 0);
    for round in first..first + count {
        // How long a whole run of this command takes, so that the kills fall all over it.
        let whole = whole.entry(round % COMMANDS).or_insert_with(|| {
            let started = Instant::now();
            assert!(spawn(&arguments(&workshop, round)).wait().unwrap().success());
            started.elapsed()
        });
        let child = spawn(&arguments(&workshop, round + COMMANDS * SERIES));
        let (ended, said) = kill_after(child, *whole * (round * 61 % 100) / 90);
        killed += u32::from(!ended);
        *whole = if ended { *whole * 9 / 10 } else { *whole * 21 / 20 };
        for line in said.lines() {
            if let Some(revision) =
                line.strip_prefix("R-1\t").and_then(|l| l.strip_suffix("\trekeyed"))
            {
                let sealed = workshop.out().join(format!("R-1-{revision}.sealed.hosho"));
                assert!(sealed.exists(), "round {round}: {}", sealed.display());
            }
            if let Some(sequence) = line.strip_prefix("bundle\t") {
                acknowledged += 1;
                let stored = workshop.bundle_file(sequence.parse().unwrap());
                assert!(stored.exists(), "round {round}: {}", stored.display());
            }
        }
        for (file, bytes) in public_files(&workshop) {
            let before = seen.entry(file).or_insert_with(|| bytes.clone());
            assert_eq!(*before, bytes, "round {round}");
        }
    }
    // The next command goes on, and the home is whole.
    workshop.renew().unwrap();
    let census = workshop.audit().unwrap();
    assert_eq!((census.unfinished, census.unsigned_bundle), (0, None));
    assert!(census.owed <= 1);
    workshop.rekey(&["R-1"]).unwrap();
    let rekeyed = workshop.audit().unwrap();
    assert_eq!(rekeyed.owed, 0);
    // The rekey that was not handed out is, instead of another one.
    assert_eq!(rekeyed.certificates, census.certificates + 1 - census.owed);
    let trust = workshop.trust();
    assert_eq!(trust.sequence().number(), census.bundles);
    for role in [KeyRole::Certificate, KeyRole::Status] {
        let active =
            |entry: &&hosho::KeyEntry| entry.role == role && entry.state == KeyState::Active;
        assert_eq!(trust.keys().iter().filter(active).count(), 1);
    }
    let after = public_files(&workshop);
    for (file, bytes) in seen {
        assert_eq!(after.get(&file), Some(&bytes), "{}", file.display());
    }
    let strays: Vec<_> = contents(&workshop.home())
        .into_keys()
        .filter(|file| file.extension().is_some_and(|end| end == "tmp" || end == "request"))
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
    (killed, acknowledged)
}

#[test]
fn a_hundred_kills_of_commands_about_keys_leave_one_chain_of_bundles() {
    let kills = env::var("HOSHO_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let (mut killed, mut acknowledged) = (0, 0);
    let mut first = 0;
    while killed < kills {
        assert!(first < 4 * kills, "only {killed} of {first} runs were killed in the middle");
        let count = SERIES.min(2 * (kills - killed));
        let (more, said) = series(first, count);
        (killed, acknowledged) = (killed + more, acknowledged + said);
        first += count;
    }
    assert!(acknowledged > 0, "no run got as far as an acknowledgement");
}

#[test]
fn twenty_kills_of_an_export_lose_no_root_key() {
    let workshop = Workshop::new();
    let fresh = workshop.copy_home("fresh");
    let keys = |folder: PathBuf| -> Vec<Vec<u8>> {
        (1..4).filter_map(|n| fs::read(folder.join(format!("root-{n}.pem"))).ok()).collect()
    };
    let all = keys(workshop.home().join("roots"));
    let (home, usb) = (workshop.home().display().to_string(), workshop.path("usb"));
    let line = ["root", "export", &home, "--out", &usb.display().to_string(), "--now", LATER]
        .map(str::to_owned);
    let started = Instant::now();
    assert!(spawn(&line).wait().unwrap().success());
    let whole = started.elapsed();
    for round in 0..20 {
        fs::remove_dir_all(&home).unwrap();
        fs::remove_dir_all(&usb).unwrap();
        crate::workshop::copy_folder(&fresh, &workshop.home());
        kill_after(spawn(&line), whole * round / 18);
        for key in &all {
            let here = keys(workshop.home().join("roots")).contains(key);
            assert!(here || keys(usb.clone()).contains(key), "round {round}");
        }
        // Once more finishes it, unless it had come to its end.
        if !keys(workshop.home().join("roots")).is_empty() {
            workshop.export("usb").unwrap();
        }
        assert_eq!(keys(usb.clone()), all, "round {round}");
        let _made = fs::create_dir_all(&usb);
        workshop.audit().unwrap();
    }
}
