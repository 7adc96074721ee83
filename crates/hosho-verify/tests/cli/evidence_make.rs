//! `evidence make`: what goes into an evidence file, and what is refused.

use hosho::Evidence;

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
