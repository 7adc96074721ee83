//! `check --policy`: findings beside the verdict, never instead of it.

use serde_json::{Value, json};

use crate::program::{Check, run};
use crate::world::{World, number};

/// The rule and the case of each finding, of `check --json`.
fn findings(json: &Value) -> Vec<String> {
    let tell = |it: &Value| format!("{} {}", it["rule"], it["case"]).replace('"', "");
    json["findings"].as_array().unwrap().iter().map(tell).collect()
}

#[test]
fn a_policy_changes_neither_verdict_nor_exit_code() {
    let world = World::new();
    for name in ["G01-1", "G03-1", "G04-2", "G04-4", "G07-1", "G09-1", "G10-1", "G10-2", "G11-1"] {
        for day in ["2025-07-01", "2026-03-10", "2026-11-22"] {
            let check = || Check::usual(&world, name).on(day).json();
            let (without, with) =
                (check(), Check::usual(&world, name).on(day).with("--policy", "usual").json());
            assert_eq!((without.code, &without.stderr), (with.code, &with.stderr), "{name} {day}");
            let mut told = with.json();
            told["findings"] = json!([]);
            assert_eq!(without.json(), told, "{name} {day}");
        }
    }
}

#[test]
fn a_certificate_that_ended_or_is_replaced_still_has_its_findings() {
    let world = World::new();
    let run = Check::usual(&world, "G04-2").on("2026-11-22").with("--policy", "usual").json();
    assert_eq!((run.code, run.json()["verdict"].as_str()), (4, Some("superseded")));
    assert_eq!(
        findings(&run.json()),
        ["R12 pay-after-unknown-increase", "R15 performance-change-depends"]
    );
}

#[test]
fn what_is_refused_has_no_findings() {
    let world = World::new();
    let forged = world.add("certificates/forged.hosho");
    let mut arguments = vec!["check", forged.to_str().unwrap(), "--json", "--policy", "usual"];
    let (trust, number) = (world.path("mirai.trust"), number("G01-1"));
    arguments.extend(["--trust", trust.to_str().unwrap(), "--number", &number]);
    let run = run(&arguments);
    assert_eq!((run.code, run.json()["verdict"].as_str()), (3, Some("key-unknown")));
    assert_eq!(run.json()["findings"], json!([]));
}

#[test]
fn related_certificates_make_findings_definite() {
    let world = World::new();
    let with = |related: &[&str]| {
        let check = Check::usual(&world, "G03-1").on("2025-12-01").with("--policy", "usual");
        related.iter().fold(check, |check, name| check.file("--related", name)).json()
    };
    let unknown = ["R3 total-not-compared", "R4 interim-needs"];
    assert_eq!(findings(&with(&[]).json()), unknown);
    let known = with(&["G01-1.hosho"]);
    assert_eq!(findings(&known.json()), ["R4 interim-needs"]);
    assert_eq!((known.code, known.stderr.as_str()), (0, ""));
    // Another guarantee of an advance says nothing about this one.
    assert_eq!(findings(&with(&["G04-1.hosho"]).json()), unknown);
}

#[test]
fn related_certificates_that_are_not_genuine_are_told_and_passed_over() {
    let world = World::new();
    world.add("certificates/forged.hosho");
    for (name, code) in [
        ("forged.hosho", "E5-KEY-UNKNOWN"),
        ("G01-1.sealed.hosho", "E4-OPEN"),
        ("mirai.status", "E3-TYP"),
        ("missing.hosho", "E1-IO"),
    ] {
        let check = Check::usual(&world, "G03-1").on("2025-12-01").with("--policy", "usual");
        let run = check.file("--related", name).json();
        assert_eq!(run.code, 0, "{name}");
        assert_eq!(findings(&run.json()), ["R3 total-not-compared", "R4 interim-needs"], "{name}");
        let told = format!("{name}: {code}: not a genuine signed certificate");
        assert!(run.stderr.contains(&told), "{}", run.stderr);
    }
}

#[test]
fn a_sealed_certificate_has_its_findings_once_it_is_open() {
    let world = World::new();
    let sealed = world.path("G07-1.sealed.hosho");
    let check = Check::of(&world, "G07-1", &sealed).trust().status().on("2025-10-01");
    let run = check.file("--auth-key-file", "G07-1.auth-key").with("--policy", "usual").json();
    assert_eq!(findings(&run.json()), ["R2 within-low-price-limit"], "{}", run.stderr);
}
