//! `audit` after a key was compromised: the proofs that its certificates are genuine.

use std::fs;
use std::path::PathBuf;

use hosho_cli::input::wrap_certificate;
use serde_json::Value;

use crate::program::{Run, run};
use crate::world::{NOW, World, fixture, number};

const NAMES: [&str; 3] = ["G01-1", "G02-1", "G03-1"];

/// Three certificates of the compromised key, in the folder `year`.
fn world() -> World {
    let world = World::new();
    world.add("bundles/stolen.trust");
    for name in NAMES {
        world.write(&format!("year/{name}.hosho"), &world.signed(name));
    }
    world
}

fn audit(world: &World, paths: &[&str], more: &[(&str, &str)]) -> Run {
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let mut arguments = vec!["audit".to_owned()];
    arguments.extend(paths.iter().map(|name| path(name)));
    let always = [("--trust", "stolen.trust"), ("--status", "mirai.status")];
    for (option, name) in always.iter().chain(more) {
        arguments.extend([(*option).to_owned(), path(name)]);
    }
    arguments.extend(["--now", NOW, "--on", "2025-07-01", "--json"].map(str::to_owned));
    run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The end of each place, and the code of the rule that keeps a verdict from it.
fn codes(run: &Run) -> Vec<(String, Option<String>)> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let certificates = lines.filter(|line| line["verdict"].is_string());
    certificates
        .map(|line| {
            let file = line["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            let compromised = line["verdict"] == "key-compromised";
            (file, compromised.then(|| line["code"].as_str().unwrap().to_owned()))
        })
        .collect()
}

fn expected(codes: [(&str, Option<&str>); 3]) -> Vec<(String, Option<String>)> {
    codes.map(|(file, code)| (file.to_owned(), code.map(str::to_owned))).to_vec()
}

const WITHOUT: Option<&str> = Some("E5-KEY-COMPROMISED");

#[test]
fn a_proof_beside_its_certificate_is_used_by_itself() {
    let world = world();
    let without = audit(&world, &["year"], &[]);
    assert_eq!(without.code, 3);
    let all = ["G01-1.hosho", "G02-1.hosho", "G03-1.hosho"].map(|file| (file, WITHOUT));
    assert_eq!(codes(&without), expected(all));
    world.write("year/G01-1.proof", &fixture("proofs/G01-1.proof"));
    world.write("year/G02-1.proof", &fixture("proofs/G01-1.proof"));
    world.write("year/G03-1.proof", b"\xA0");
    let run = audit(&world, &["year"], &[]);
    assert_eq!(run.code, 3);
    let one = [
        ("G01-1.hosho", None),
        ("G02-1.hosho", Some("E5-PROOF")),
        ("G03-1.hosho", Some("E3-KEY-MISSING")),
    ];
    assert_eq!(codes(&run), expected(one));
    let line: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&line["verdict"], &line["number"]), (&"in-force".into(), &number("G01-1").into()));
}

#[test]
fn a_policy_needs_a_second_look_but_remarks_are_told_once() {
    let world = world();
    world.write("year/G03-1.proof", b"\xA0");
    world.write("usual.toml", b"version = 1");
    let count = |more: &[(&str, &str)]| {
        let run = audit(&world, &["year"], more);
        assert_eq!(run.code, 3);
        run.stderr.matches("G03-1.proof: E3-KEY-MISSING").count()
    };
    assert_eq!((count(&[]), count(&[("--policy", "usual.toml")])), (1, 1));
}

#[test]
fn proofs_are_given_as_folders_and_files() {
    let world = world();
    world.write("folder/G01-1.proof", &fixture("proofs/G01-1.proof"));
    world.write("folder/G02-1.proof", &fixture("proofs/G02-1.proof"));
    world.write("any.proof", &fixture("proofs/G02-1.proof"));
    world.write("G01-1.proof", &fixture("proofs/G01-1.proof"));
    let both = expected([("G01-1.hosho", None), ("G02-1.hosho", None), ("G03-1.hosho", WITHOUT)]);
    for more in [
        &[("--proof", "folder")][..],
        &[("--proof", "any.proof"), ("--proof", "G01-1.proof")],
        &[("--proof", "any.proof"), ("--proof", "folder")],
    ] {
        let run = audit(&world, &["year"], more);
        assert_eq!(run.code, 3, "{}", run.stderr);
        assert_eq!(codes(&run), both, "{more:?}");
    }
    // The blocks of an archive have no names: a proof that is named serves what it fits.
    let text: String = NAMES.iter().map(|name| wrap_certificate(&world.signed(name))).collect();
    world.write("year.txt", text.as_bytes());
    let run = audit(&world, &["year.txt"], &[("--proof", "folder"), ("--proof", "any.proof")]);
    let second = [("year.txt#1", WITHOUT), ("year.txt#2", None), ("year.txt#3", WITHOUT)];
    assert_eq!(codes(&run), expected(second));
}

#[test]
fn sealed_certificates_and_evidence_files_take_proofs_too() {
    let world = World::new();
    world.add("bundles/stolen.trust");
    world.write("mixed/G01-1.sealed.hosho", &world.read("G01-1.sealed.hosho"));
    world.write("mixed/G01-1.k2.sealed.hosho", &world.read("G01-1.sealed.hosho"));
    world.write("mixed/stolen.evidence", &fixture("evidence/stolen.evidence"));
    let key = String::from_utf8(world.read("G01-1.auth-key")).unwrap();
    let keys = world.write("keys.csv", format!("{},{key}\n", number("G01-1")).as_bytes());
    owned(&keys);
    let files = ["G01-1.k2.sealed.hosho", "G01-1.sealed.hosho", "stolen.evidence"];
    let run = audit(&world, &["mixed"], &[("--keys", "keys.csv")]);
    assert_eq!(codes(&run), expected(files.map(|file| (file, WITHOUT))));
    world.write("mixed/G01-1.proof", &fixture("proofs/G01-1.proof"));
    world.write("mixed/stolen.proof", &fixture("proofs/G01-1.proof"));
    let run = audit(&world, &["mixed"], &[("--keys", "keys.csv")]);
    assert_eq!(codes(&run), expected(files.map(|file| (file, None))));
    assert_eq!(run.code, 0, "{}", run.stdout);
    fs::remove_file(world.path("mixed/G01-1.proof")).unwrap();
    fs::remove_file(world.path("mixed/stolen.proof")).unwrap();
    world.add("proofs/G01-1.proof");
    let named = [("--keys", "keys.csv"), ("--proof", "G01-1.proof")];
    let run = audit(&world, &["mixed"], &named);
    assert_eq!(codes(&run), expected(files.map(|file| (file, None))));
}

fn owned(path: &PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_state_belongs_to_the_proofs_that_it_was_made_with() {
    let world = world();
    world.write("folder/G01-1.proof", &fixture("proofs/G01-1.proof"));
    let with = [("--proof", "folder"), ("--state", "audit.state")];
    let first = audit(&world, &["year"], &with);
    assert_eq!(audit(&world, &["year"], &with).stdout, first.stdout);
    world.write("folder/G02-1.proof", &fixture("proofs/G02-1.proof"));
    for more in [&with[..], &with[1..]] {
        let run = audit(&world, &["year"], more);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("E1-STATE: "), "{}", run.stderr);
        assert!(run.stderr.contains("--proof"), "{}", run.stderr);
    }
    // One beside a file that is named itself counts as well.
    let single = [("--state", "single.state")];
    assert_eq!(audit(&world, &["year/G01-1.hosho"], &single).code, 3);
    world.write("year/G01-1.proof", &fixture("proofs/G01-1.proof"));
    let run = audit(&world, &["year/G01-1.hosho"], &single);
    assert_eq!((run.code, run.stderr.contains("--proof")), (2, true), "{}", run.stderr);
}
