//! `evidence make`: what goes into an evidence file, and what is refused.

use hosho::{Evidence, EvidenceDraft};

use crate::check::answer;
use crate::evidence::path;
use crate::program::{Check, Run, run};
use crate::world::{NOW, World};

/// Runs `evidence make` with the paths of the world in place of `@NAME`.
pub(crate) fn make(world: &World, arguments: &[&str]) -> Run {
    let named = |argument: &&str| match argument.strip_prefix('@') {
        Some(name) => path(world, name),
        None => (*argument).to_owned(),
    };
    let mut all = vec!["evidence".to_owned(), "make".to_owned()];
    all.extend(arguments.iter().map(named));
    all.extend(["--now".to_owned(), NOW.to_owned()]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    run(&all)
}

#[test]
fn earlier_revisions_are_found_in_a_folder_and_missed_when_one_is_not_there() {
    let world = World::new();
    world.write("chain/b", &world.signed("G04-1"));
    world.write("chain/a", &world.signed("G04-2"));
    world.write("chain/c.hosho", &world.signed("G05-1"));
    world.write("chain/notes.txt", b"nothing");
    let base = ["@G04-3.hosho", "--trust", "@mirai.trust"];
    let with_folder = ["--earlier", "@chain", "--out", "@made.evidence"];
    let made = make(&world, &[&base[..], &with_folder].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    let bytes = world.read("made.evidence");
    assert_eq!(Evidence::parse(&bytes).unwrap().earlier().len(), 2);
    let lacking = ["--earlier", "@G04-2.hosho", "--out", "@other.evidence"];
    let made = make(&world, &[&base[..], &lacking].concat());
    assert_eq!(made.code, 1);
    assert!(made.stderr.contains("E6-CHAIN"), "{}", made.stderr);
    assert!(!world.path("other.evidence").exists());
}

#[test]
fn a_sealed_certificate_is_kept_signed_and_no_key_with_it() {
    let world = World::new();
    let base = ["@G01-1.sealed.hosho", "--trust", "@mirai.trust", "--out", "@made.evidence"];
    let without = make(&world, &base);
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("--auth-key-file"), "{}", without.stderr);
    let made = make(&world, &[&base[..], &["--auth-key-file", "@G01-1.auth-key"]].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    let bytes = world.read("made.evidence");
    assert_eq!(Evidence::parse(&bytes).unwrap().certificate(), world.signed("G01-1"));
    let wrong = [
        "@G01-1.sealed.hosho",
        "--trust",
        "@mirai.trust",
        "--out",
        "@other.evidence",
        "--auth-key-file",
        "@G02-1.auth-key",
    ];
    let wrong = make(&world, &wrong);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stdout.contains("E4-OPEN"), "{}", wrong.stdout);
    assert!(!world.path("other.evidence").exists());
}

#[test]
fn nothing_is_kept_of_what_is_not_genuine_and_nothing_is_overwritten() {
    let world = World::new();
    world.add("certificates/forged.hosho");
    let made =
        make(&world, &["@forged.hosho", "--trust", "@mirai.trust", "--out", "@made.evidence"]);
    assert_eq!(made.code, 3, "{}", made.stdout);
    assert!(made.stdout.contains("[key-unknown]"), "{}", made.stdout);
    assert!(made.stderr.contains("no evidence file is written"), "{}", made.stderr);
    assert!(!world.path("made.evidence").exists());
    let before = world.read("mirai.trust");
    let made = make(&world, &["@G01-1.hosho", "--trust", "@mirai.trust", "--out", "@mirai.trust"]);
    assert_eq!(made.code, 3);
    assert!(made.stderr.contains("E1-EXISTS"), "{}", made.stderr);
    assert_eq!(world.read("mirai.trust"), before);
}

#[test]
fn only_what_the_verdict_rests_on_goes_in() {
    let world = World::new();
    for name in [
        "bundles/2.trust",
        "bundles/other.trust",
        "snapshots/list-2.status",
        "snapshots/other.status",
    ] {
        world.add(name);
    }
    world.write("status/a", &world.read("mirai.status"));
    world.write("status/b", &world.read("list-2.status"));
    world.write("status/c", &world.read("other.status"));
    let made = make(
        &world,
        &[
            "@G01-1.hosho",
            "--trust",
            "@mirai.trust",
            "--trust",
            "@2.trust",
            "--trust",
            "@other.trust",
            "--status",
            "@status",
            "--out",
            "@made.evidence",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    let bytes = world.read("made.evidence");
    let file = Evidence::parse(&bytes).unwrap();
    assert_eq!(file.bundles(), [&world.read("mirai.trust")[..], &world.read("2.trust")]);
    assert_eq!(file.snapshots(), [&world.read("mirai.status")[..]]);
    assert_eq!(file.proof(), None);
}

#[test]
fn a_stolen_key_takes_its_proof_along() {
    let world = World::new();
    world.add("bundles/stolen.trust");
    world.add("proofs/G01-1.proof");
    let base = [
        "@G01-1.hosho",
        "--trust",
        "@stolen.trust",
        "--status",
        "@mirai.status",
        "--out",
        "@made.evidence",
    ];
    let without = make(&world, &base);
    assert_eq!(without.code, 3);
    assert!(without.stdout.contains("[key-compromised]"), "{}", without.stdout);
    let made = make(&world, &[&base[..], &["--proof", "@G01-1.proof"]].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    let check = Check::of(&world, "G01-1", &world.path("made.evidence"));
    let run = check.file("--trust", "stolen.trust").on("2025-07-01").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

/// A world with the bundles that follow the first one.
fn series() -> World {
    let world = World::new();
    for name in ["2", "3", "other"] {
        world.add(&format!("bundles/{name}.trust"));
    }
    world
}

/// Writes an evidence file of G01-1 with these bundles inside, whatever they are.
fn with_bundles(world: &World, bundles: &[&[u8]]) {
    let (certificate, status) = (world.signed("G01-1"), world.read("mirai.status"));
    let draft = EvidenceDraft {
        certificate: &certificate,
        earlier: Vec::new(),
        bundles: bundles.to_vec(),
        snapshots: vec![&status],
        proof: None,
        timestamp: None,
    };
    world.write("in.evidence", &draft.to_canonical_cbor().unwrap());
}

const AGAIN: [&str; 3] = ["@in.evidence", "--out", "@out.evidence"];

#[test]
fn a_file_made_of_another_stays_usable_or_is_not_made() {
    let world = series();
    let (one, two, three) =
        (world.read("mirai.trust"), world.read("2.trust"), world.read("3.trust"));
    with_bundles(&world, &[&one]);
    let made = make(&world, &[&AGAIN[..], &["--trust", "@3.trust"]].concat());
    assert_eq!(made.code, 3, "{}{}", made.stdout, made.stderr);
    assert!(made.stdout.contains("[trust-unusable]"), "{}", made.stdout);
    assert!(made.stdout.contains("E8-SEQUENCE"), "{}", made.stdout);
    assert!(made.stderr.contains("pass those between them"), "{}", made.stderr);
    assert!(!world.path("out.evidence").exists());
    let between = ["--trust", "@3.trust", "--trust", "@2.trust"];
    let made = make(&world, &[&AGAIN[..], &between].concat());
    assert_eq!(made.code, 0, "{}{}", made.stdout, made.stderr);
    let bytes = world.read("out.evidence");
    assert_eq!(Evidence::parse(&bytes).unwrap().bundles(), [&one[..], &two, &three]);
    for pin in ["mirai.trust", "2.trust", "3.trust"] {
        let check = Check::of(&world, "G01-1", &world.path("out.evidence"));
        let run = check.file("--trust", pin).on("2025-07-01").json();
        assert_eq!(run.verdict(), answer(0, "in-force", None), "{pin}");
    }
}

#[test]
fn a_bundle_of_another_guarantor_is_left_behind_and_the_given_one_kept() {
    let world = series();
    with_bundles(&world, &[&world.read("other.trust")]);
    let made = make(&world, &[&AGAIN[..], &["--trust", "@mirai.trust"]].concat());
    assert_eq!(made.code, 0, "{}{}", made.stdout, made.stderr);
    let bytes = world.read("out.evidence");
    assert_eq!(Evidence::parse(&bytes).unwrap().bundles(), [&world.read("mirai.trust")[..]]);
}

#[test]
fn a_damaged_bundle_below_the_pin_is_not_copied() {
    let world = series();
    let mut damaged = world.read("mirai.trust");
    *damaged.last_mut().unwrap() ^= 1;
    with_bundles(&world, &[&damaged, &world.read("2.trust")]);
    let made = make(&world, &[&AGAIN[..], &["--trust", "@2.trust"]].concat());
    assert_eq!(made.code, 3, "{}{}", made.stdout, made.stderr);
    assert!(made.stdout.contains("E8-THRESHOLD"), "{}", made.stdout);
    assert!(made.stderr.contains("evidence extract"), "{}", made.stderr);
    assert!(!world.path("out.evidence").exists());
}

#[test]
fn whom_a_file_serves_is_told_when_its_first_bundle_is_a_later_one() {
    let world = series();
    let base = ["@G01-1.hosho", "--status", "@mirai.status", "--out"];
    let made = make(&world, &[&base[..], &["@one.evidence", "--trust", "@mirai.trust"]].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(!made.stderr.contains("first bundle"), "{}", made.stderr);
    let made = make(&world, &[&base[..], &["@three.evidence", "--trust", "@3.trust"]].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stderr.contains("sequence 3: it serves whoever pinned the one with sequence 2"));
    for (pin, verdict) in [
        ("mirai.trust", answer(3, "trust-unusable", Some("E8-SEQUENCE"))),
        ("2.trust", answer(0, "in-force", None)),
        ("3.trust", answer(0, "in-force", None)),
    ] {
        let check = Check::of(&world, "G01-1", &world.path("three.evidence"));
        assert_eq!(check.file("--trust", pin).on("2025-07-01").json().verdict(), verdict, "{pin}");
    }
}

#[test]
fn an_auth_key_that_is_given_must_be_the_certificates_own() {
    let world = World::new();
    let make_with = |certificate: &str, key: &str| {
        let base = [certificate, "--trust", "@mirai.trust", "--out", "@made.evidence"];
        make(&world, &[&base[..], &["--auth-key-file", key]].concat())
    };
    let made = make_with("@G01-1.hosho", "@G02-1.auth-key");
    assert_eq!(made.code, 1, "{}{}", made.stdout, made.stderr);
    assert!(made.stdout.contains("[key-does-not-fit]"), "{}", made.stdout);
    assert!(!world.path("made.evidence").exists());
    let made = make_with("@G01-1.hosho", "@G01-1.auth-key");
    assert_eq!(made.code, 0, "{}{}", made.stdout, made.stderr);
}

#[test]
fn a_day_that_had_not_ended_when_its_snapshot_was_issued_is_said_to_go_stale() {
    let world = World::new();
    let made = |on: &str, out: &str| {
        let base = ["@G01-1.hosho", "--trust", "@mirai.trust", "--status", "@mirai.status"];
        make(&world, &[&base[..], &["--on", on, "--out", out]].concat())
    };
    // The snapshot is of the day of the world's clock.
    let open = made("2026-11-22", "@open.evidence");
    assert!(open.stderr.contains("answers until"), "{}{}", open.stdout, open.stderr);
    let ended = made("2025-07-01", "@ended.evidence");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains("answers until"), "{}", ended.stderr);
}
