//! Evidence files: the same verdict from one file, whose word counts, and what goes in.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hosho::{Evidence, EvidenceDraft};
use serde_json::Value;

use crate::check::{answer, sample_json};
use crate::evidence_make::make;
use crate::program::{Check, run, run_with};
use crate::world::{NOW, World, fixture};

/// The parts of an evidence file, by the names of files in the world.
#[derive(Clone, Copy, Default)]
struct Parts<'p> {
    certificate: &'p str,
    earlier: &'p [&'p str],
    bundles: &'p [&'p str],
    snapshots: &'p [&'p str],
    proof: Option<&'p str>,
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

impl Parts<'_> {
    fn write(&self, world: &World) -> PathBuf {
        let read = |names: &[&str]| -> Vec<Vec<u8>> {
            names.iter().map(|name| world.read(name)).collect()
        };
        let (certificate, earlier) = (world.read(self.certificate), read(self.earlier));
        let (bundles, snapshots) = (read(self.bundles), read(self.snapshots));
        let proof = self.proof.map(|name| world.read(name));
        let draft = EvidenceDraft {
            certificate: &certificate,
            earlier: slices(&earlier),
            bundles: slices(&bundles),
            snapshots: slices(&snapshots),
            proof: proof.as_deref(),
            timestamp: None,
        };
        world.write("made.evidence", &draft.to_canonical_cbor().unwrap())
    }
}

pub(crate) fn path(world: &World, name: &str) -> String {
    world.path(name).to_str().unwrap().to_owned()
}

fn roots() -> String {
    String::from_utf8(fixture("derived/mirai.roots")).unwrap()
}

/// The check with one option more, a file of the world if it begins with `@`.
fn extended<'w>(check: Check<'w>, extra: Option<(&str, &str)>) -> Check<'w> {
    let Some((option, value)) = extra else { return check };
    match value.strip_prefix('@') {
        Some(name) => check.file(option, name),
        None => check.with(option, value),
    }
}

/// One question with all its parts, and the verdict that it is about.
struct Case {
    verdict: &'static str,
    sample: &'static str,
    parts: Parts<'static>,
    on: &'static str,
    now: &'static str,
    extra: Option<(&'static str, &'static str)>,
}

fn cases() -> Vec<Case> {
    const MIRAI: &[&str] = &["mirai.trust"];
    const STATUS: &[&str] = &["mirai.status"];
    const G01: Parts<'_> = Parts {
        certificate: "G01-1.hosho",
        earlier: &[],
        bundles: MIRAI,
        snapshots: STATUS,
        proof: None,
    };
    const STOLEN: Parts<'_> = Parts { bundles: &["stolen.trust"], ..G01 };
    let plain =
        |verdict, on, parts| Case { verdict, sample: "G01-1", parts, on, now: NOW, extra: None };
    let of = |verdict, sample, certificate, on| Case {
        sample,
        ..plain(verdict, on, Parts { certificate, ..G01 })
    };
    let with = |verdict, option, value| Case {
        extra: Some((option, value)),
        ..plain(verdict, "2025-07-01", G01)
    };
    let during = "2025-07-01";
    vec![
        plain("in-force", during, G01),
        plain("in-force", during, Parts { proof: Some("G01-1.proof"), ..STOLEN }),
        plain("in-force", during, Parts { bundles: &["mirai.trust", "2.trust", "3.trust"], ..G01 }),
        of("superseded", "G04-2", "G04-2.hosho", "2026-02-01"),
        of("voided", "G09-1", "G09-1.hosho", "2026-04-28"),
        of("terminated", "G11-1", "G11-1.hosho", "2026-04-15"),
        plain("expired", "2026-11-22", G01),
        plain("expired", "2026-11-22", Parts { snapshots: &[], ..G01 }),
        plain("not-yet-in-force", "2025-06-01", G01),
        plain("status-unknown", during, Parts { snapshots: &[], ..G01 }),
        plain("status-unknown", during, Parts { snapshots: &["cut.status"], ..G01 }),
        plain("status-unknown", during, Parts { snapshots: &["list-2.status"], ..G01 }),
        plain(
            "status-unknown",
            during,
            Parts { snapshots: &["twin.status", "mirai.status"], ..G01 },
        ),
        Case {
            now: "2026-12-24T00:00:00Z",
            ..of("status-stale", "G06-1", "G06-1.hosho", "2026-12-24")
        },
        plain("key-unknown", during, Parts { bundles: &["mirai.trust", "newer.trust"], ..G01 }),
        plain("key-compromised", during, STOLEN),
        plain("key-compromised", during, Parts { proof: Some("G02-1.proof"), ..STOLEN }),
        plain("key-compromised", during, Parts { proof: Some("broken.proof"), ..STOLEN }),
        plain("trust-unusable", during, Parts { bundles: &["mirai.trust", "thief.trust"], ..G01 }),
        plain("trust-unusable", during, Parts { bundles: &["mirai.trust", "3.trust"], ..G01 }),
        plain("unreadable", during, Parts { certificate: "G01-1.auth-key", ..G01 }),
        plain("not-genuine", during, Parts { certificate: "flipped.hosho", ..G01 }),
        plain("not-genuine", during, Parts { certificate: "long.hosho", ..G01 }),
        with("other-guarantee", "--number", "31-07-1-0000123-0"),
        with("other-obligee", "--obligee", "青嶺市"),
        with("key-does-not-fit", "--auth-key-file", "@G02-1.auth-key"),
        with("key-mistyped", "--auth-key-file", "@typed.auth-key"),
        with("in-force", "--auth-key-file", "@G01-1.auth-key"),
    ]
}

#[test]
fn an_evidence_file_gives_the_verdict_of_its_parts_whatever_the_verdict() {
    let world = World::new();
    for name in ["2", "3", "newer", "stolen", "thief"] {
        world.add(&format!("bundles/{name}.trust"));
    }
    for name in [
        "snapshots/list-2.status",
        "snapshots/twin.status",
        "proofs/G01-1.proof",
        "proofs/G02-1.proof",
    ] {
        world.add(name);
    }
    world.write("broken.proof", b"\xA0");
    world.write("typed.auth-key", b"1SXAS-AAJCV-8GEE1-S4M3K-CJ1DE");
    let mut flipped = world.signed("G01-1");
    *flipped.last_mut().unwrap() ^= 1;
    world.write("flipped.hosho", &flipped);
    world.write("long.hosho", &[&world.signed("G01-1")[..], &[0]].concat());
    let cut = world.read("mirai.status");
    world.write("cut.status", &cut[..cut.len() - 1]);
    let mut seen = BTreeSet::new();
    for case in cases() {
        let (parts, sample) = (case.parts, case.sample);
        let ask = |file: &PathBuf| {
            let check = Check::of(&world, sample, file).on(case.on).with("--now", case.now);
            extended(check, case.extra)
        };
        let mut separate = ask(&world.path(parts.certificate));
        for name in parts.bundles {
            separate = separate.file("--trust", name);
        }
        for name in parts.snapshots {
            separate = separate.file("--status", name);
        }
        if let Some(name) = parts.proof {
            separate = separate.file("--proof", name);
        }
        let separate = separate.json();
        assert_eq!(separate.verdict().1, case.verdict, "{}", separate.stdout);
        let file = parts.write(&world);
        let together = ask(&file).file("--trust", parts.bundles[0]).json();
        assert_eq!(together.stdout, separate.stdout, "{}", together.stderr);
        assert_eq!(together.code, separate.code);
        seen.insert(case.verdict);
        if parts.bundles[0] == "mirai.trust" {
            let inside = ask(&file).with("--trust-inside", &roots()).json();
            assert_eq!(inside.stdout, separate.stdout, "{}", inside.stderr);
        }
    }
    assert_eq!(seen.len(), 17, "every verdict: {seen:?}");
}

#[test]
fn the_bundle_inside_is_no_trust_by_itself() {
    let world = World::new();
    let forged = world.add("certificates/forged.hosho");
    world.add("bundles/thief.trust");
    assert!(forged.exists());
    let parts = Parts {
        certificate: "forged.hosho",
        bundles: &["thief.trust"],
        snapshots: &["mirai.status"],
        ..Parts::default()
    };
    let file = parts.write(&world);
    let check = || Check::of(&world, "G01-1", &file).on("2025-07-01");
    // Neither as a step from the genuine pin, nor as the pin.
    let run = check().trust().json();
    assert_eq!(run.verdict(), answer(3, "trust-unusable", Some("E8-THRESHOLD")));
    let run = check().with("--trust-inside", &roots()).json();
    assert_eq!(run.verdict(), answer(3, "trust-unusable", Some("E8-ROOTS")));
    assert!(run.stderr.contains("compare the fingerprint digit by digit"), "{}", run.stderr);
    let number = crate::world::number("G01-1");
    let run = run_with(&["check", file.to_str().unwrap(), "--number", &number, "--json"], b"");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--trust-inside"), "{}", run.stderr);
}

#[test]
fn a_fingerprint_serves_for_evidence_only_and_has_64_digits() {
    let world = World::new();
    let check = |fingerprint: &str| {
        Check::of(&world, "G01-1", &world.path("G01-1.hosho"))
            .with("--trust-inside", fingerprint)
            .json()
    };
    let run = check(&roots());
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--trust"), "{}", run.stderr);
    for typed in ["", "00", &roots()[1..], &format!("{}0", roots()), &roots().replacen('0', "g", 1)]
    {
        assert_eq!(check(typed).code, 2, "{typed}");
    }
    let both = Check::usual(&world, "G01-1").with("--trust-inside", &roots()).json();
    assert_eq!((both.code, both.stdout.as_str()), (2, ""));
}

#[test]
fn evidence_survives_when_every_other_file_is_gone() {
    let world = World::new();
    let made = make(
        &world,
        &[
            "@G04-3.hosho",
            "--trust",
            "@mirai.trust",
            "--status",
            "@mirai.status",
            "--earlier",
            "@G04-1.hosho",
            "@G04-2.hosho",
            "--out",
            "@G04-3.evidence",
        ],
    );
    assert_eq!(made.code, 0, "{}{}", made.stdout, made.stderr);
    assert!(made.stdout.contains("[superseded]"), "{}", made.stdout);
    let bytes = world.read("G04-3.evidence");
    let file = Evidence::parse(&bytes).unwrap();
    assert!(made.stdout.contains(&file.imprint().to_string()), "{}", made.stdout);
    let (one, two) = (world.signed("G04-1"), world.signed("G04-2"));
    assert_eq!(file.earlier(), [&one[..], &two[..]]);
    let separate = Check::usual(&world, "G04-3").on("2026-02-01").json();
    assert_eq!(separate.verdict(), answer(0, "in-force", None));
    let gone = tempfile::tempdir().unwrap();
    let alone = gone.path().join("kept");
    fs::write(&alone, &bytes).unwrap();
    drop(made);
    let run = Check::of(&world, "G04-3", &alone).on("2026-02-01").with("--trust-inside", &roots());
    assert_eq!(run.json().stdout, separate.stdout);
}

#[test]
fn a_chain_that_does_not_lead_to_the_certificate_is_not_genuine() {
    let world = World::new();
    for earlier in [&["G04-2.hosho"][..], &["G04-1.hosho"], &["G05-1.hosho", "G05-2.hosho"]] {
        let parts = Parts {
            certificate: "G04-3.hosho",
            earlier,
            bundles: &["mirai.trust"],
            snapshots: &["mirai.status"],
            proof: None,
        };
        let file = parts.write(&world);
        let run = Check::of(&world, "G04-3", &file).trust().on("2026-02-01").json();
        assert_eq!(run.verdict(), answer(1, "not-genuine", Some("E6-CHAIN")), "{earlier:?}");
        assert_eq!(run.json()["certificate"], Value::Null);
    }
}

#[test]
fn the_parts_come_out_as_they_went_in() {
    let world = World::new();
    world.add("proofs/G01-1.proof");
    let parts = Parts {
        certificate: "G04-2.hosho",
        earlier: &["G04-1.hosho"],
        bundles: &["mirai.trust"],
        snapshots: &["mirai.status"],
        proof: Some("G01-1.proof"),
    };
    let file = parts.write(&world);
    let out = path(&world, "parts");
    let run = run(&["evidence", "extract", file.to_str().unwrap(), "--out", &out]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (name, original) in [
        ("certificate.hosho", "G04-2.hosho"),
        ("earlier-r1.hosho", "G04-1.hosho"),
        ("bundle-01.trust", "mirai.trust"),
        ("snapshot-01.status", "mirai.status"),
        ("certificate.proof", "G01-1.proof"),
    ] {
        assert_eq!(world.read(&format!("parts/{name}")), world.read(original), "{name}");
    }
    assert!(run.stderr.contains("pin none of them"), "{}", run.stderr);
    let again =
        crate::program::run(&["evidence", "extract", file.to_str().unwrap(), "--out", &out]);
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("E1-EXISTS"), "{}", again.stderr);
    let show = crate::program::run(&["evidence", "show", file.to_str().unwrap()]);
    assert_eq!(show.code, 0);
    assert!(show.stdout.starts_with("# 検証していません / NOT VERIFIED\n"), "{}", show.stdout);
    let first: Vec<_> =
        show.stdout.lines().skip(2).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(first, ["certificate", "earlier", "bundle", "snapshot", "proof", "imprint"]);
    assert!(!show.stdout.contains(&roots()), "a fingerprint to type must come from elsewhere");
}

#[test]
fn what_is_no_evidence_file_is_told_as_that() {
    let world = World::new();
    let good = world.add("evidence/G01-1.evidence");
    let mut longer = fs::read(good).unwrap();
    longer.push(0);
    world.write("longer.evidence", &longer);
    for command in ["show", "extract"] {
        for (name, code, rule) in [
            ("G01-1.hosho", 3, "E1-NOT-RECOGNISED"),
            ("none", 3, "E1-IO"),
            ("longer.evidence", 1, "E3-TRAILING"),
        ] {
            let (file, out) = (path(&world, name), path(&world, "out"));
            let mut arguments = vec!["evidence", command, &file];
            if command == "extract" {
                arguments.extend(["--out", &out]);
            }
            let run = run(&arguments);
            assert_eq!(run.code, code, "{command} {name}: {}", run.stderr);
            assert!(run.stderr.contains(rule), "{command} {name}: {}", run.stderr);
            assert!(!world.path("out").exists());
        }
    }
    let run = Check::of(&world, "G01-1", &world.path("longer.evidence")).trust().json();
    assert_eq!(run.verdict(), answer(1, "not-genuine", Some("E3-TRAILING")));
}

#[test]
fn an_audit_reads_evidence_files_with_their_own_parts() {
    let world = World::new();
    for name in ["bundles/2.trust", "bundles/thief.trust"] {
        world.add(name);
    }
    let with = |certificate, bundles, snapshots| Parts {
        certificate,
        earlier: &[],
        bundles,
        snapshots,
        proof: None,
    };
    for (name, parts) in [
        ("a", with("G04-2.hosho", &["mirai.trust", "2.trust"], &["mirai.status"])),
        ("b", with("G06-1.hosho", &["mirai.trust"], &[])),
        ("c", with("G01-1.hosho", &["mirai.trust", "thief.trust"], &["mirai.status"])),
    ] {
        let bytes = fs::read(parts.write(&world)).unwrap();
        world.write(&format!("kept/{name}.evidence"), &bytes);
    }
    world.write("kept/d.hosho", &world.signed("G04-1"));
    let (kept, trust) = (path(&world, "kept"), path(&world, "mirai.trust"));
    let run =
        run(&["audit", &kept, "--trust", &trust, "--on", "2025-12-01", "--now", NOW, "--json"]);
    let lines: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let words: Vec<_> = lines.iter().filter_map(|line| line["verdict"].as_str()).collect();
    assert_eq!(words, ["in-force", "status-unknown", "trust-unusable", "status-unknown"]);
    assert_eq!(lines[2]["code"], "E8-THRESHOLD");
    assert_eq!(lines[0]["certificate"], sample_json("G04-2"));
    let chains = &lines[4]["summary"]["chains"];
    assert_eq!(
        (chains["checked"].as_u64(), chains["broken"].as_array().unwrap().len()),
        (Some(1), 0)
    );
    assert_eq!(run.code, 3);
}
