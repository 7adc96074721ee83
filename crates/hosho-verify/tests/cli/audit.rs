//! `audit`: a line a certificate, a summary, the chains, a table.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Run, run};
use crate::world::{NOW, World, fixture, number};

fn audit(world: &World, folder: &str, more: &[&str]) -> Run {
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let (folder, trust, status) = (path(folder), path("mirai.trust"), path("mirai.status"));
    let mut arguments = vec!["audit", folder.as_str(), "--trust", &trust, "--status", &status];
    arguments.extend(["--now", NOW]);
    arguments.extend(more);
    run(&arguments)
}

/// A folder with the signed certificates of some samples.
fn ledger(world: &World, names: &[&str]) {
    for name in names {
        world.write(&format!("ledger/{name}.hosho"), &world.signed(name));
    }
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn verdicts(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["verdict"].as_str()).collect()
}

#[test]
fn genuine_certificates_are_normal_whatever_their_standing() {
    let world = World::new();
    ledger(&world, &["G04-1", "G04-2", "G04-3", "G04-4", "G06-1", "G09-1", "G11-1"]);
    world.write("ledger/deep/er/G08-1.hosho", &world.signed("G08-1"));
    world.write("ledger/G01-1.sealed.hosho", &world.read("G01-1.sealed.hosho"));
    world.write("ledger/readme.txt", b"text");
    world.write("ledger/mirai.status", &world.read("mirai.status"));
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let lines = lines(&run);
    let expected = [
        "sealed",
        "superseded",
        "superseded",
        "superseded",
        "expired",
        "in-force",
        "voided",
        "terminated",
        "in-force",
    ];
    assert_eq!(verdicts(&lines), expected);
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(summary["certificates"], 8);
    assert_eq!(summary["sealed"], 1);
    assert_eq!(summary["skipped"], 2);
    assert_eq!(summary["verdicts"]["superseded"], 3);
    assert_eq!(summary["chains"]["checked"], 1);
    for kind in ["gaps", "broken", "forks"] {
        assert_eq!(summary["chains"][kind], Value::Array(Vec::new()), "{kind}");
    }
}

#[test]
fn a_guarantors_own_files_are_passed_over_whatever_their_names() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    world.write("ledger/status.hosho", &world.read("mirai.status"));
    world.write("ledger/trust.hosho", &world.read("mirai.trust"));
    let mut large = world.read("mirai.status");
    large.resize(100_000, 0);
    world.write("ledger/large.hosho", &large);
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!((run.code, verdicts(&lines(&run))), (0, vec!["in-force"]), "{}", run.stdout);
    assert_eq!(lines(&run).pop().unwrap()["summary"]["skipped"], 3);
    let named = audit(&world, "ledger/status.hosho", &["--json"]);
    assert_eq!((named.code, verdicts(&lines(&named))), (1, vec!["not-genuine"]));
    let named = audit(&world, "ledger/trust.hosho", &["--json"]);
    assert_eq!((named.code, verdicts(&lines(&named))), (3, vec!["unreadable"]));
    world.write("ledger/zeros.hosho", &vec![0; 100_000]);
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!((run.code, verdicts(&lines(&run))), (3, vec!["in-force", "unreadable"]));
}

#[test]
fn a_folder_of_sealed_certificates_only_says_how_to_open_them() {
    let world = World::new();
    world.write("ledger/G06-1.sealed.hosho", &world.read("G06-1.sealed.hosho"));
    let run = audit(&world, "ledger", &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stderr.contains("nothing was judged: open each sealed certificate"));
    world.write("ledger/G08-1.hosho", &world.signed("G08-1"));
    let run = audit(&world, "ledger", &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stderr.contains("1 sealed certificates were not opened"), "{}", run.stderr);
}

#[test]
fn where_nothing_is_to_be_judged_the_audit_is_undecided() {
    let world = World::new();
    world.write("elsewhere/G06-1.hosho", &world.signed("G06-1"));
    fs::create_dir(world.path("ledger")).unwrap();
    for name in ["", "minutes.docx", "link.hosho"] {
        match name {
            "minutes.docx" => drop(world.write("ledger/minutes.docx", b"PK\x03\x04zip")),
            "link.hosho" => {
                let link = world.path("ledger/link.hosho");
                std::os::unix::fs::symlink(world.path("elsewhere/G06-1.hosho"), link).unwrap();
            }
            _ => {}
        }
        let run = audit(&world, "ledger", &["--json"]);
        assert_eq!((run.code, lines(&run).len()), (3, 1), "{name}: {}", run.stdout);
        assert!(run.stderr.contains("no certificate was found"), "{}", run.stderr);
    }
}

#[test]
fn what_is_passed_over_is_named() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    world.write("ledger/readme.txt", b"text");
    world.write("ledger/photo\u{1b}.jpg", &[&b"\xff\xd8\xff"[..], &vec![0; 100_000]].concat());
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let named = lines(&run).pop().unwrap()["summary"]["passed_over"].take();
    let named: Vec<_> = named.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(named[0].ends_with("ledger/photo\u{1b}.jpg"), "{named:?}");
    assert!(named[1].ends_with("ledger/readme.txt"), "{named:?}");
    let human = audit(&world, "ledger", &[]).stdout;
    assert!(human.contains("ledger/photo\u{FFFD}.jpg\n"), "{human}");
}

#[test]
fn the_order_of_lines_does_not_depend_on_the_number_of_threads() {
    let world = World::new();
    let one = audit(&world, ".", &["--json", "--jobs", "1"]);
    let many = audit(&world, ".", &["--json", "--jobs", "7"]);
    assert_eq!(one.code, 0);
    assert_eq!(one.stdout, many.stdout);
    assert_eq!(lines(&one).len(), 41);
}

#[test]
fn a_refused_certificate_fails_the_audit() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    let mut forged = world.signed("G08-1");
    *forged.last_mut().unwrap() ^= 1;
    world.write("ledger/forged.hosho", &forged);
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 1);
    assert_eq!(verdicts(&lines(&run)), ["in-force", "not-genuine"]);
    let human = audit(&world, "ledger", &["--lang", "ja"]);
    assert_eq!(human.code, 1);
    assert!(human.stdout.contains("真正ではありません"), "{}", human.stdout);
}

#[test]
fn what_cannot_be_decided_is_told_apart_from_what_is_refused() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    world.write("ledger/empty.hosho", b"");
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 3);
    let lines = lines(&run);
    let mut found = verdicts(&lines);
    found.sort_unstable();
    assert_eq!(found, ["in-force", "unreadable"]);
}

#[test]
fn a_missing_revision_is_reported_and_no_failure() {
    let world = World::new();
    ledger(&world, &["G04-1", "G04-4"]);
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 0);
    let lines = lines(&run);
    let gaps = &lines.last().unwrap()["summary"]["chains"]["gaps"];
    assert_eq!(gaps, &json!([{ "number": number("G04-1"), "revision": 2, "to": 3 }]));
    let human = audit(&world, "ledger", &[]);
    assert!(human.stdout.contains(": revisions 2 to 3 are missing here"), "{}", human.stdout);
}

#[test]
fn a_revision_that_names_another_predecessor_breaks_the_chain() {
    let world = World::new();
    ledger(&world, &["G04-1"]);
    world.write("ledger/G04-2.hosho", &fixture("certificates/stranger.hosho"));
    let run = audit(&world, "ledger", &["--json"]);
    let lines = lines(&run);
    assert_eq!(run.code, 1);
    assert_eq!(lines.last().unwrap()["summary"]["chains"]["broken"][0]["revision"], 2);
}

#[test]
fn two_certificates_of_one_revision_are_a_fork() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    world.write("ledger/copy.hosho", &world.signed("G06-1"));
    assert_eq!(audit(&world, "ledger", &["--json"]).code, 0);
    world.write("ledger/other.hosho", &fixture("certificates/twin.hosho"));
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!(run.code, 1);
    let forks = &lines(&run).pop().unwrap()["summary"]["chains"]["forks"];
    assert_eq!(forks[0]["number"], number("G06-1").as_str());
}

#[test]
fn the_table_has_a_row_a_certificate_and_overwrites_nothing() {
    let world = World::new();
    ledger(&world, &["G01-1", "G06-1"]);
    let table = world.path("audit.csv");
    let table = table.to_str().unwrap();
    let run = audit(&world, "ledger", &["--csv", table]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = fs::read_to_string(table).unwrap();
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(rows.len(), 4);
    assert!(rows[0].starts_with("file,verdict,code,offset,number,revision,kind,"));
    assert!(rows[1].contains(",expired,,,31-07-1-0000123-9,1,advance,2025-06-20,"), "{}", rows[1]);
    assert!(rows[2].contains(",in-force,"), "{}", rows[2]);
    let again = audit(&world, "ledger", &["--csv", table]);
    assert_eq!(again.code, 2);
    let told = format!("E1-EXISTS: {table}: exists already and is left alone; choose another");
    assert!(again.stderr.contains(&told), "{}", again.stderr);
    assert_eq!(fs::read_to_string(table).unwrap(), text);
}

#[test]
fn names_of_files_in_the_table_steer_nothing() {
    let world = World::new();
    world.write("ledger/a\u{1b}[2J\u{2028}b.hosho", &world.signed("G06-1"));
    let table = world.path("audit.csv");
    let run = audit(&world, "ledger", &["--csv", table.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = fs::read_to_string(table).unwrap();
    assert!(text.contains("/a\u{FFFD}[2J\u{FFFD}b.hosho,in-force,"), "{text:?}");
    assert!(!run.stdout.contains(['\u{1b}', '\u{2028}']), "{:?}", run.stdout);
}

#[test]
fn links_are_not_followed() {
    let world = World::new();
    ledger(&world, &["G06-1"]);
    let ledger = world.path("ledger");
    std::os::unix::fs::symlink(&ledger, ledger.join("loop")).unwrap();
    std::os::unix::fs::symlink(Path::new("/etc"), ledger.join("out")).unwrap();
    let run = audit(&world, "ledger", &["--json"]);
    assert_eq!((run.code, lines(&run).len()), (0, 2));
}

#[test]
fn without_a_usable_bundle_nothing_is_audited() {
    let world = World::new();
    let folder = world.path("");
    let absent = world.path("absent");
    let run =
        run(&["audit", folder.to_str().unwrap(), "--trust", absent.to_str().unwrap(), "--json"]);
    assert_eq!((run.code, lines(&run).len()), (3, 1));
    let summary = &lines(&run)[0]["summary"];
    assert_eq!(
        (&summary["verdict"], &summary["code"]),
        (&json!("trust-unusable"), &json!("E1-IO"))
    );
}

#[test]
fn every_path_with_and_without_confirmation_gives_the_same_lines() {
    let world = World::new();
    ledger(&world, &["G04-1", "G04-2", "G06-1"]);
    let mut forged = world.signed("G09-1");
    *forged.last_mut().unwrap() ^= 1;
    world.write("ledger/forged.hosho", &forged);
    let plain = audit(&world, "ledger", &["--json"]);
    assert_eq!(plain.code, 1, "{}", plain.stderr);
    let lines = lines(&plain);
    assert!(verdicts(&lines).contains(&"not-genuine"), "{}", plain.stdout);
    for more in [&["--confirm"][..], &["--path", "portable"], &["--confirm", "--path", "portable"]]
    {
        let run = audit(&world, "ledger", &[&["--json"], more].concat());
        assert_eq!((run.code, run.stdout), (1, plain.stdout.clone()), "{more:?}");
    }
}
