//! Which revision governs on a day: the tables in `tests/tables`, written by hand, through the
//! library, through `check --on` and through `audit --on`.

use std::fs;
use std::path::Path;

use hosho::{
    Date, Expectation, Expected, GuaranteeNumber, SignedCertificate, SignedStatusSnapshot,
    SignedTrustBundle, Verifier,
};
use serde_json::Value;

use crate::check::answer;
use crate::program::{Check, run};
use crate::world::{NOW, World, number, time};

/// One line of a table: the day, and the verdict of each revision.
struct Line {
    day: String,
    verdicts: Vec<String>,
    reason: String,
}

fn table(chain: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tables/{chain}.csv"));
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let columns = lines.next().unwrap().split(',').count();
    let lines = lines.map(|line| {
        let cells: Vec<&str> = line.splitn(columns, ',').collect();
        assert_eq!(cells.len(), columns, "{line}");
        let owned = |cell: &&str| (*cell).to_owned();
        Line {
            day: cells[0].to_owned(),
            verdicts: cells[1..columns - 1].iter().map(owned).collect(),
            reason: cells[columns - 1].to_owned(),
        }
    });
    lines.collect()
}

/// The chains with how many revisions each has and how many days its table judges.
const CHAINS: [(&str, usize, usize); 3] = [("G04", 4, 27), ("G05", 4, 28), ("G10", 2, 15)];

#[test]
fn the_library_answers_every_day_of_the_tables_as_they_say() {
    let world = World::new();
    let bundle = world.read("mirai.trust");
    let trust = SignedTrustBundle::parse(&bundle).and_then(SignedTrustBundle::pin).unwrap();
    let snapshot = world.read("mirai.status");
    let status = SignedStatusSnapshot::parse(&snapshot).unwrap().verify(&trust).unwrap();
    let verifier = Verifier::new(&trust).with_status(&status);
    for (chain, revisions, days) in CHAINS {
        let table = table(chain);
        assert_eq!(table.len(), days, "{chain}");
        let expected = number(&format!("{chain}-1"));
        let expected = GuaranteeNumber::parse(&expected).unwrap();
        let expectation =
            Expectation { number: Expected::Number(&expected), obligee: None, auth_key: None };
        for line in &table {
            let day = Date::parse(&line.day).unwrap();
            let judge = |revision: usize| {
                let bytes = world.signed(&format!("{chain}-{revision}"));
                let signed = SignedCertificate::parse(&bytes).unwrap();
                let genuine = verifier.verify(signed, &expectation, day, time(NOW)).unwrap();
                let verdict = genuine.verdict();
                assert_eq!(verdict.as_of(), Some(time(NOW)));
                verdict.standing().code()
            };
            let found: Vec<_> = (1..=revisions).map(judge).collect();
            assert_eq!(found, line.verdicts, "{chain} on {}: {}", line.day, line.reason);
        }
    }
}

#[test]
fn the_program_answers_every_day_of_the_tables_as_they_say() {
    let world = World::new();
    for (chain, revisions, _) in CHAINS {
        for line in table(chain) {
            for (revision, verdict) in (1..=revisions).zip(&line.verdicts) {
                let run = Check::usual(&world, &format!("{chain}-{revision}")).on(&line.day).json();
                let code = if verdict == "in-force" { 0 } else { 4 };
                let told = format!("{chain}-{revision} on {}: {}", line.day, line.reason);
                assert_eq!(run.verdict(), answer(code, verdict, None), "{told}");
                let newest = (revision != revisions).then_some(revisions);
                assert_eq!(
                    run.json()["superseded_by"].as_u64(),
                    newest.map(|newest| u64::try_from(newest).unwrap()),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn an_audit_answers_every_day_of_the_tables_as_they_say() {
    let world = World::new();
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let (trust, status) = (path("mirai.trust"), path("mirai.status"));
    for (chain, revisions, _) in CHAINS {
        for revision in 1..=revisions {
            let name = format!("{chain}-{revision}");
            world.write(&format!("{chain}/{name}.hosho"), &world.signed(&name));
        }
        let folder = path(chain);
        for line in table(chain) {
            let arguments = ["audit", &folder, "--json", "--trust", &trust, "--status", &status];
            let run = run(&[&arguments[..], &["--now", NOW, "--on", &line.day]].concat());
            assert_eq!(run.code, 0, "{}", run.stderr);
            let json = |line: &str| serde_json::from_str::<Value>(line).unwrap();
            let mut told: Vec<Value> = run.stdout.lines().map(json).collect();
            let summary = told.pop().unwrap()["summary"].take();
            let verdicts: Vec<_> = told.iter().map(|it| it["verdict"].as_str().unwrap()).collect();
            assert_eq!(verdicts, line.verdicts, "{chain} on {}: {}", line.day, line.reason);
            assert_eq!(summary["on"], line.day.as_str());
            let governing = line.verdicts.iter().filter(|it| *it == "in-force").count();
            assert_eq!(summary["totals"][0]["in_force"], governing, "{chain} on {}", line.day);
        }
    }
}

#[test]
fn on_every_day_at_most_one_revision_of_a_chain_governs() {
    for (chain, _, _) in CHAINS {
        for line in table(chain) {
            let governing = line.verdicts.iter().filter(|verdict| *verdict == "in-force").count();
            assert!(governing <= 1, "{chain} on {}", line.day);
            let before_or_after = line.verdicts.iter().all(|verdict| verdict == "not-yet-in-force")
                || line.verdicts.iter().any(|verdict| verdict == "expired");
            assert_eq!(governing == 0, before_or_after, "{chain} on {}", line.day);
        }
    }
}
