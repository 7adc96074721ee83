//! The worker is killed at random moments. Nothing may be lost, and nothing be done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Stdio;
use std::time::Instant;

use crate::guarantor::Guarantor;
use crate::process::command;
use crate::workshop::contents;

/// How many runs are killed in the middle; `HOSHO_KILLS` asks for more.
const KILLS: u32 = 100;

#[test]
fn a_worker_that_is_killed_loses_nothing_and_does_nothing_twice() {
    let kills: u32 = env::var("HOSHO_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let guarantor = Guarantor::new();
    let mut seen = BTreeMap::new();
    let mut looked_at = BTreeSet::new();
    let run = || command(&guarantor).arg("--once").stdout(Stdio::null()).spawn().unwrap();
    guarantor.conclude("warm", "W-1", 1);
    let started = Instant::now();
    assert!(run().wait().unwrap().success());
    let mut whole = started.elapsed();
    let (mut killed, mut round, mut done_before) = (0, 0, 1);
    while killed < kills {
        assert!(round < 4 * kills, "only {killed} of {round} runs were killed in the middle");
        guarantor.conclude(&format!("{round}-1"), &format!("K-{round}"), 1);
        guarantor.conclude(&format!("{round}-2"), &format!("K-{round}"), 2);
        guarantor.conclude_rekey(&format!("{round}-3"), &format!("K-{round}"), 3);
        let mut child = run();
        // Fractions of the run in an order without pattern: 61 is prime to 100.
        std::thread::sleep(whole * (round * 61 % 100) / 90);
        child.kill().unwrap();
        let ended = child.wait().unwrap().success();
        killed += u32::from(!ended);
        whole = if ended { whole * 9 / 10 } else { whole * 21 / 20 };
        // What left the home once stays as it is.
        for (file, bytes) in contents(&guarantor.workshop.home().join("certificates")) {
            let before = seen.entry(file).or_insert_with(|| bytes.clone());
            assert_eq!(*before, bytes, "round {round}");
        }
        // What is done is published.
        let (portal, confirm) = (guarantor.town.portal(), guarantor.town.confirm());
        assert!(portal.done.len() >= done_before);
        done_before = portal.done.len();
        let done = portal.jobs.iter().filter(|job| portal.done.contains_key(job.id.as_str()));
        // What was published in an earlier round is looked at once more in the end.
        for job in done.filter(|job| looked_at.insert(job.id.clone())) {
            let number = job.number.0.as_str();
            let key = portal.key(number);
            // A later key may be published, and not be reported yet.
            let withdrawn = confirm.withdrawn.contains(key.locator(&job.number.0).as_bytes());
            let there = confirm.open(number, &key).is_some();
            assert!(there || withdrawn, "round {round}: {number}");
        }
        round += 1;
    }

    assert!(run().wait().unwrap().success());
    let census = guarantor.workshop.audit().unwrap();
    let guarantees = usize::try_from(round).unwrap() + 1;
    assert_eq!(census.guarantees, guarantees);
    assert_eq!(census.certificates, 3 * guarantees - 2);
    assert_eq!((census.unfinished, census.owed), (0, 0));
    let (portal, confirm) = (guarantor.town.portal(), guarantor.town.confirm());
    assert_eq!(portal.done.len(), portal.jobs.len());
    assert!(portal.refused.is_empty());
    assert_eq!(confirm.sealed.len(), guarantees);
    for round in 0..round {
        let number = format!("K-{round}");
        let revisions = confirm.open(&number, &portal.key(&number)).unwrap();
        let stored = [1, 2, 3].map(|r| guarantor.stored(&format!("{number}-r{r}.hosho")));
        assert_eq!(revisions, stored);
    }
    let distinct: BTreeSet<_> = portal.done.values().collect();
    assert_eq!(distinct.len(), portal.jobs.len());
    let home = contents(&guarantor.workshop.home());
    for (file, bytes) in seen {
        assert_eq!(home.get(&file), Some(&bytes), "{}", file.display());
    }
    let strays = home.keys().filter(|file| file.extension().is_some_and(|e| e == "tmp")).count();
    assert_eq!(strays, 0);
}
