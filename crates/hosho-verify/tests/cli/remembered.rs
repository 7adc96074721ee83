//! `--remember`: what was seen is not taken back.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::check::answer;
use crate::program::{Check, run};
use crate::world::{NOW, World};

/// The status key of `mirai.trust`.
const FIRST_KEY: &str = "0bff0fd0751e6f06";

fn check<'w>(world: &'w World, status: &str) -> Check<'w> {
    let file = world.path("G06-1.hosho");
    let check = Check::of(world, "G06-1", &file).trust().file("--status", status);
    check.on("2026-11-22").file("--remember", "seen")
}

fn world() -> World {
    let world = World::new();
    for name in [
        "snapshots/later.status",
        "bundles/2.trust",
        "bundles/3.trust",
        "snapshots/other.status",
        "bundles/other.trust",
    ] {
        world.add(name);
    }
    world
}

/// What the file says, without its sum.
fn seen(world: &World) -> Value {
    let text = fs::read_to_string(world.path("seen")).unwrap();
    serde_json::from_str(text.split_once(' ').unwrap().1).unwrap()
}

#[test]
fn the_first_time_is_remembered() {
    let world = world();
    let run = check(&world, "mirai.status").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert!(run.stderr.contains("seen is not there yet: this is the first time"), "{}", run.stderr);
    let expected = serde_json::json!({
        "format": "hosho-remembered/2",
        "guarantors": { "g-mirai": { "bundle": 1, "lists": { "1": { FIRST_KEY: 1 } } } },
    });
    assert_eq!(seen(&world), expected);
    let run = check(&world, "mirai.status").json();
    assert!(!run.stderr.contains("first time"), "{}", run.stderr);
}

#[test]
fn what_a_stolen_key_signed_is_forgotten_when_the_guarantor_says_so() {
    let world = world();
    for name in
        ["bundles/status-stolen.trust", "snapshots/far.status", "snapshots/after-theft.status"]
    {
        world.add(name);
    }
    // Nobody knows yet that the key is stolen, and its word counts.
    assert_eq!(check(&world, "far.status").json().verdict(), answer(0, "in-force", None));
    let regressed = answer(3, "status-stale", Some("E7-REGRESSED"));
    assert_eq!(check(&world, "later.status").json().verdict(), regressed);
    let after = |status| check(&world, status).file("--trust", "status-stolen.trust").json();
    let run = after("after-theft.status");
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    let lists = &seen(&world)["guarantors"]["g-mirai"]["lists"]["1"];
    let keys: Vec<_> = lists.as_object().unwrap().iter().collect();
    assert!(matches!(&keys[..], [(key, sequence)] if *key != FIRST_KEY && **sequence == 2));
    // Nor does it come back.
    let refused = answer(3, "status-unknown", Some("E5-KEY-COMPROMISED"));
    assert_eq!(after("far.status").verdict(), refused);
    assert_eq!(after("after-theft.status").verdict(), answer(0, "in-force", None));
}

#[test]
fn what_other_guarantors_signed_stays_remembered_after_a_theft() {
    let world = world();
    world.add("bundles/status-stolen.trust");
    world.add("snapshots/after-theft.status");
    let run = check(&world, "other.status").file("--trust", "other.trust").json();
    assert_eq!(run.code, 3, "{}", run.stderr);
    let before = seen(&world)["guarantors"]["g-other"].clone();
    assert_eq!(before["lists"]["1"].as_object().unwrap().len(), 1);
    let run = check(&world, "after-theft.status").file("--trust", "status-stolen.trust").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    assert_eq!(seen(&world)["guarantors"]["g-other"], before, "another guarantor's stay");
}

#[test]
fn an_older_snapshot_is_regressed_except_for_days_that_had_ended() {
    let world = world();
    assert_eq!(check(&world, "later.status").json().verdict(), answer(0, "in-force", None));
    let before = fs::read(world.path("seen")).unwrap();
    let regressed = answer(3, "status-stale", Some("E7-REGRESSED"));
    assert_eq!(check(&world, "mirai.status").json().verdict(), regressed);
    // What had ended when it was made is settled (spec R-FRESH-1).
    let run = check(&world, "mirai.status").on("2026-10-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert_eq!(fs::read(world.path("seen")).unwrap(), before, "nothing goes back");
    let run = check(&world, "later.status").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

#[test]
fn an_older_bundle_is_not_used() {
    let world = world();
    let run = check(&world, "mirai.status").file("--trust", "2.trust").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None), "{}", run.stderr);
    assert_eq!(seen(&world)["guarantors"]["g-mirai"]["bundle"], 2);
    let run = check(&world, "mirai.status").json();
    assert_eq!(run.verdict(), answer(3, "trust-unusable", Some("E8-SEQUENCE")));
    assert!(run.stderr.contains("sequence 2"), "{}", run.stderr);
    // A bundle of another guarantor still serves, and the certificate is not its own.
    let run = check(&world, "mirai.status").file("--trust", "other.trust").json();
    assert_eq!(run.verdict(), answer(3, "trust-unusable", Some("E8-SEQUENCE")));
    let run =
        check(&world, "mirai.status").file("--trust", "2.trust").file("--trust", "3.trust").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
    assert_eq!(seen(&world)["guarantors"]["g-mirai"]["bundle"], 3);
}

#[test]
fn what_cannot_be_verified_is_not_remembered() {
    let world = world();
    world.add("snapshots/role.status");
    let run = check(&world, "role.status").json();
    assert_eq!(run.verdict(), answer(3, "status-unknown", Some("E5-KEY-ROLE")));
    assert_eq!(seen(&world)["guarantors"]["g-mirai"], serde_json::json!({ "bundle": 1 }));
    let run = check(&world, "other.status").json();
    assert_eq!(run.verdict(), answer(3, "status-unknown", Some("E7-OTHER-GUARANTOR")));
    assert!(seen(&world)["guarantors"]["g-other"].is_null());
}

#[test]
fn a_damaged_file_is_told_and_never_begun_anew() {
    let world = world();
    assert_eq!(check(&world, "later.status").json().code, 0);
    let good = fs::read(world.path("seen")).unwrap();
    let mut digit = good.clone();
    let at = good.windows(3).rposition(|bytes| bytes == b":2}").unwrap() + 1;
    digit[at] = b'1';
    for damaged in [&b""[..], b"{}", &good[1..], &good[..good.len() - 1], &digit] {
        world.write("seen", damaged);
        for lang in ["en", "ja"] {
            let run = check(&world, "mirai.status").with("--lang", lang).json();
            assert_eq!((run.code, run.stdout.as_str()), (2, ""));
            assert!(run.stderr.contains("E1-REMEMBERED"), "{}", run.stderr);
        }
        assert_eq!(fs::read(world.path("seen")).unwrap(), damaged, "it is left as it is");
    }
    fs::remove_file(world.path("seen")).unwrap();
    fs::create_dir(world.path("seen")).unwrap();
    let run = check(&world, "mirai.status").json();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("E1-NOT-A-FILE"), "{}", run.stderr);
}

#[test]
fn where_nothing_can_be_remembered_nothing_is_answered() {
    let world = world();
    let run = check(&world, "mirai.status").file("--remember", "absent/seen").json();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("E1-IO"), "{}", run.stderr);
    std::os::unix::fs::symlink(world.path("elsewhere"), world.path("seen")).unwrap();
    let run = check(&world, "mirai.status").json();
    assert_eq!(run.code, 2);
    assert!(!world.path("elsewhere").exists());
}

#[test]
fn an_audit_remembers_too() {
    let world = world();
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let audit = |status: &str| {
        let run = run(&[
            "audit",
            &path("G06-1.hosho"),
            "--trust",
            &path("mirai.trust"),
            "--status",
            &path(status),
            "--remember",
            &path("seen"),
            "--on",
            "2026-11-22",
            "--now",
            NOW,
            "--json",
        ]);
        let line: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
        (run.code, line["verdict"].as_str().unwrap().to_owned(), line["code"].clone())
    };
    assert_eq!(audit("later.status"), (0, "in-force".to_owned(), Value::Null));
    assert_eq!(audit("mirai.status"), (3, "status-stale".to_owned(), "E7-REGRESSED".into()));
    let regressed = answer(3, "status-stale", Some("E7-REGRESSED"));
    assert_eq!(check(&world, "mirai.status").json().verdict(), regressed, "one file for both");
}

#[test]
fn checks_at_the_same_time_lose_nothing() {
    let world = world();
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let number = crate::world::number("G06-1");
    let spawn = |trust: &str, status: &str| {
        Command::new(env!("CARGO_BIN_EXE_hosho-verify"))
            .args([
                "check",
                &path("G06-1.hosho"),
                "--number",
                &number,
                "--on",
                "2026-11-22",
                "--now",
                NOW,
            ])
            .args(["--trust", &path("mirai.trust"), "--trust", &path(trust)])
            .args(["--status", &path(status), "--remember", &path("seen")])
            .env_clear()
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    for _ in 0..3 {
        let _ = fs::remove_file(world.path("seen"));
        let kinds = [
            ("other.trust", "other.status"),
            ("2.trust", "mirai.status"),
            ("2.trust", "later.status"),
        ];
        let runs: Vec<_> =
            (0..4).flat_map(|_| kinds).map(|(trust, status)| spawn(trust, status)).collect();
        for mut run in runs {
            run.wait().unwrap();
        }
        let all = seen(&world);
        assert_eq!(
            all["guarantors"]["g-mirai"],
            serde_json::json!({ "bundle": 2, "lists": { "1": { FIRST_KEY: 2 } } })
        );
        let other = &all["guarantors"]["g-other"];
        let sequences: Vec<_> = other["lists"]["1"].as_object().unwrap().values().collect();
        assert_eq!((&other["bundle"], &sequences[..]), (&1.into(), &[&1.into()][..]));
    }
    let left: Vec<_> =
        fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}
