//! Timestamps of evidence files (RFC 3161): reported, and put in.

use std::fs;

use hosho::Evidence;
use serde_json::Value;

use crate::check::answer;
use crate::evidence_make::make;
use crate::program::Check;
use crate::world::{World, fixture};

#[test]
fn a_timestamp_is_reported_and_decides_nothing() {
    let world = World::new();
    for name in [
        "evidence/G01-1.evidence",
        "evidence/stolen.evidence",
        "bundles/stolen.trust",
        "timestamps/root.pem",
        "timestamps/other-root.pem",
    ] {
        world.add(name);
    }
    for (name, trust) in [("G01-1", "mirai.trust"), ("stolen", "stolen.trust")] {
        world.write(&format!("{name}.tsr"), &fixture(&format!("timestamps/{name}.tsr")));
        let draft = fs::read(world.path(&format!("{name}.evidence"))).unwrap();
        let token = hosho_timestamp::token_of(&world.read(&format!("{name}.tsr"))).unwrap();
        let mut parts = Evidence::parse(&draft).unwrap().into_draft();
        parts.timestamp = Some(&token);
        world.write(&format!("{name}.stamped"), &parts.to_canonical_cbor().unwrap());
        let ask = |file: &str| {
            Check::of(&world, "G01-1", &world.path(file)).file("--trust", trust).on("2025-07-01")
        };
        let plain = ask(&format!("{name}.evidence")).json();
        let stamped = format!("{name}.stamped");
        let unasked = ask(&stamped).json();
        assert_eq!((unasked.code, &unasked.stdout), (plain.code, &plain.stdout), "{name}");
        assert!(unasked.stderr.contains("--tsa"), "{}", unasked.stderr);
        let asked = ask(&stamped).file("--tsa", "root.pem").json();
        assert_eq!(asked.verdict(), plain.verdict(), "{name}");
        let at = asked.json()["timestamp"]["at"].as_str().unwrap().to_owned();
        assert!(at.starts_with("2026-11-"), "{at}");
        assert!(asked.stderr.contains("later than now"), "{}", asked.stderr);
        let later = ask(&stamped).file("--tsa", "root.pem").with("--now", "2026-11-29T00:00:00Z");
        let later = later.json();
        assert_eq!(later.json()["timestamp"], asked.json()["timestamp"], "{name}");
        assert!(!later.stderr.contains("later than now"), "{}", later.stderr);
        let refused = ask(&stamped).file("--tsa", "other-root.pem").json();
        assert_eq!(refused.verdict(), plain.verdict(), "{name}");
        assert_eq!(refused.json()["timestamp"]["code"], "E5-TIMESTAMP");
        let report = ask(&stamped).file("--tsa", "root.pem").run();
        assert!(report.stdout.contains("existed before"), "{}", report.stdout);
        assert_eq!(report.stdout.contains("stolen from"), name == "stolen", "{}", report.stdout);
    }
    let run = Check::usual(&world, "G01-1").file("--tsa", "root.pem").on("2025-07-01").json();
    assert_eq!(run.json()["timestamp"], Value::Null);
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

#[test]
fn a_timestamp_is_put_in_if_it_is_over_the_file_without_it() {
    let world = World::new();
    for name in ["evidence/G01-1.evidence", "timestamps/root.pem", "timestamps/other-root.pem"] {
        world.add(name);
    }
    world.write("reply.tsr", &fixture("timestamps/G01-1.tsr"));
    world.write("other.tsr", &fixture("timestamps/stolen.tsr"));
    let base = ["@G01-1.evidence", "--trust", "@mirai.trust", "--out", "@stamped.evidence"];
    for (reply, tsa) in [
        ("@other.tsr", "@root.pem"),
        ("@reply.tsr", "@other-root.pem"),
        ("@mirai.trust", "@root.pem"),
    ] {
        let run = make(&world, &[&base[..], &["--timestamp", reply, "--tsa", tsa]].concat());
        assert_eq!(run.code, 1, "{reply} {tsa}: {}", run.stderr);
        assert!(run.stderr.contains("E5-TIMESTAMP"), "{}", run.stderr);
        assert!(!world.path("stamped.evidence").exists());
    }
    let without = make(&world, &[&base[..], &["--timestamp", "@reply.tsr"]].concat());
    assert_eq!(without.code, 2);
    let run =
        make(&world, &[&base[..], &["--timestamp", "@reply.tsr", "--tsa", "@root.pem"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (plain, stamped) = (world.read("G01-1.evidence"), world.read("stamped.evidence"));
    let (plain, stamped) = (Evidence::parse(&plain).unwrap(), Evidence::parse(&stamped).unwrap());
    assert_eq!(plain.imprint(), stamped.imprint());
    assert!(stamped.timestamp().is_some());
    // A part more, and the timestamp is over another file.
    world.add("snapshots/later.status");
    let run = make(
        &world,
        &[
            "@stamped.evidence",
            "--trust",
            "@mirai.trust",
            "--status",
            "@later.status",
            "--out",
            "@more.evidence",
        ],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("left out"), "{}", run.stderr);
    let more = world.read("more.evidence");
    let more = Evidence::parse(&more).unwrap();
    assert_eq!((more.timestamp(), more.snapshots().len()), (None, 2));
    // Nothing more, and it stays.
    let run =
        make(&world, &["@stamped.evidence", "--trust", "@mirai.trust", "--out", "@same.evidence"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(world.read("same.evidence"), world.read("stamped.evidence"));
}
