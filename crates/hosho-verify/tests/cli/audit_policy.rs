//! `audit --policy`: what a policy finds in each certificate, among all the others of the audit.

use std::collections::BTreeMap;
use std::path::Path;

use hosho_cli::input::wrap_certificate;
use serde_json::Value;

use crate::program::{Check, Run, run, run_with};
use crate::threats::ALL;
use crate::world::{NOW, World, fixture, number};

const ON: &str = "2026-01-10";

fn arguments(world: &World, input: &Path, more: &[&str]) -> Vec<String> {
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let (trust, status) = (path("mirai.trust"), path("mirai.status"));
    let input = input.to_str().unwrap();
    let usual = ["audit", input, "--trust", &trust, "--status", &status, "--now", NOW, "--on", ON];
    usual
        .iter()
        .chain(&["--policy", "usual", "--json"])
        .chain(more)
        .map(|it| (*it).to_owned())
        .collect()
}

fn audit(world: &World, input: &Path, more: &[&str]) -> Run {
    let arguments = arguments(world, input, more);
    let run = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run
}

/// A folder with the signed certificates of some samples.
fn folder(world: &World, names: &[&str]) -> std::path::PathBuf {
    for name in names {
        world.write(&format!("year/{name}.hosho"), &world.signed(name));
    }
    world.path("year")
}

/// The findings of each certificate by number and revision, as `RULE SEVERITY CASE`.
fn findings(run: &Run) -> BTreeMap<(String, u64), Vec<String>> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_line = |line: Value| {
        let number = line["number"].as_str()?.to_owned();
        Some(((number, line["revision"].as_u64()?), told(&line)))
    };
    lines.filter_map(of_line).collect()
}

fn told(line: &Value) -> Vec<String> {
    let tell = |it: &Value| {
        let word = |name: &str| it[name].as_str().unwrap().to_owned();
        [word("rule"), word("severity"), word("case")].join(" ")
    };
    line["findings"].as_array().unwrap().iter().map(tell).collect()
}

/// The findings of a sample such as `G04-2`.
fn of_sample<'f>(found: &'f BTreeMap<(String, u64), Vec<String>>, name: &str) -> &'f [String] {
    let revision: u64 = name[4..].parse().unwrap();
    &found[&(number(name), revision)]
}

/// What the usual policy says about the samples when all of them are known, by hand. Those that are
/// not here have no findings.
const OF_ALL: [(&str, &[&str]); 7] = [
    // The first advance is known, and both are 60 % together.
    ("G03-1", &["R4 remind interim-needs"]),
    // The performance guarantee was amended on the same day, so that nothing is left of R15.
    ("G04-2", &["R12 remind pay-after-increase"]),
    ("G04-4", &["R11 inform stands-after-decrease", "R13 remind hand-in-after-decrease"]),
    ("G07-1", &["R2 inform within-low-price-limit"]),
    ("G10-1", &["R10 inform planned-amount-counts", "R10 inform expires-with-fiscal-year"]),
    (
        "G10-2",
        &[
            "R10 inform planned-amount-counts",
            "R10 inform extended-past-fiscal-year",
            "R12 remind pay-after-increase",
        ],
    ),
    ("G08-1", &["R2 inform within-services-limit"]),
];

#[test]
fn each_certificate_is_judged_among_all_others() {
    let world = World::new();
    let run = audit(&world, &folder(&world, &ALL), &[]);
    let found = findings(&run);
    assert_eq!(found.len(), ALL.len());
    for name in ALL {
        let expected = OF_ALL.iter().find(|(known, _)| *known == name);
        let expected = expected.map_or(&[][..], |(_, findings)| findings);
        assert_eq!(of_sample(&found, name), expected, "{name}");
    }
    let summary: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    let counted = &summary["summary"]["findings"];
    assert_eq!(counted["R10"]["inform"], 4);
    assert_eq!(counted["R12"]["remind"], 2);
    assert_eq!(counted["R15"], Value::Null);
}

#[test]
fn an_audit_finds_what_a_check_with_all_related_certificates_finds() {
    let world = World::new();
    let run = audit(&world, &folder(&world, &ALL), &[]);
    for (name, line) in ALL.iter().zip(run.stdout.lines()) {
        let check = Check::usual(&world, name).on(ON).with("--policy", "usual");
        let related = ALL.iter().filter(|other| *other != name);
        let check =
            related.fold(check, |it, other| it.file("--related", &format!("{other}.hosho")));
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["findings"], check.json().json()["findings"], "{name}");
    }
}

#[test]
fn the_explanation_tells_the_price_before() {
    let world = World::new();
    let run = audit(&world, &folder(&world, &["G04-1", "G04-2", "G04-3", "G04-4"]), &[]);
    assert!(
        run.stdout.contains(
            "請負代金額が ￥104,500,000 から ￥79,200,000 に減額されたため、前払金額 ￥39,600,000 は \
             請負代金額 ￥79,200,000 の 50% に当たる ￥39,600,000 までそのままでよい例外です"
        ),
        "{}",
        run.stdout
    );
}

#[test]
fn certificates_that_break_a_rule_are_found() {
    let world = World::new();
    let expected: [(&str, &str, &[&str]); 5] = [
        ("N01", "G01-1", &["R1 warning above-limit"]),
        ("N02", "G01-1", &["R8 warning guaranteed-below-advance"]),
        ("N03", "G01-1", &["R9 warning expires-before-term"]),
        ("N04", "G02-1", &["R5 warning below-minimum"]),
        ("N09", "G03-1", &["R4 warning first-advance-not-named", "R4 remind interim-needs"]),
    ];
    for (name, in_place_of, findings_of_it) in expected {
        let file = world.add(&format!("policy/{name}.hosho"));
        let found = findings(&audit(&world, &file, &[]));
        assert_eq!(of_sample(&found, in_place_of), findings_of_it, "{name}");
        // And by a check.
        let check = Check::of(&world, in_place_of, &file).trust().status().on(ON);
        let json = check.with("--policy", "usual").json().json();
        assert_eq!(told(&json), findings_of_it, "{name}");
    }
}

#[test]
fn an_interim_advance_is_added_to_the_first_one_of_the_audit() {
    let world = World::new();
    let folder = folder(&world, &["G03-1"]);
    let alone = findings(&audit(&world, &folder, &[]));
    let unknown = ["R3 inform total-not-compared", "R4 remind interim-needs"];
    assert_eq!(of_sample(&alone, "G03-1"), unknown);
    world.write("year/first.hosho", &fixture("policy/N01.hosho"));
    let found = findings(&audit(&world, &folder, &[]));
    let above = ["R3 warning above-limit", "R4 remind interim-needs"];
    assert_eq!(of_sample(&found, "G03-1"), above);
}

/// The lines about findings of a report in text, without what leads them.
fn reasons(report: &str, lead: &str) -> Vec<String> {
    let lines = report.lines().filter_map(|line| line.strip_prefix(lead));
    lines.filter(|line| line.starts_with('R')).map(str::to_owned).collect()
}

/// The cells of a column of a table by the names of the files.
fn column(table: &Path, name: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(table).unwrap();
    let at = reader.headers().unwrap().iter().position(|title| title == name).unwrap();
    let cell = |row: csv::StringRecord| {
        let file = row[0].rsplit('/').next().unwrap().to_owned();
        (file, row[at].to_owned())
    };
    reader.records().map(|row| cell(row.unwrap())).collect()
}

#[test]
fn reasons_and_figures_stand_under_the_line_and_in_the_table_as_a_check_tells_them() {
    let world = World::new();
    let folder = folder(&world, &["G03-1"]);
    world.write("year/N01.hosho", &fixture("policy/N01.hosho"));
    world.add("policy/N01.hosho");
    let [folder, trust, status] = [folder, world.path("mirai.trust"), world.path("mirai.status")]
        .map(|path| path.to_str().unwrap().to_owned());
    for (lang, word) in [("en", "R1 warning: the advance of ￥58,000,000"), ("ja", "R1 注意: ")]
    {
        let table = world.path(&format!("{lang}.csv"));
        let run = run(&[
            "audit",
            &folder,
            "--trust",
            &trust,
            "--status",
            &status,
            "--now",
            NOW,
            "--on",
            ON,
            "--policy",
            "usual",
            "--lang",
            lang,
            "--csv",
            table.to_str().unwrap(),
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let check = |name: &str, file: &str, related: &str| {
            let check = Check::of(&world, name, &world.path(file)).trust().status().on(ON);
            let check = check.with("--policy", "usual").with("--lang", lang);
            reasons(&check.file("--related", related).run().stdout, "  - ")
        };
        let interim = check("G03-1", "G03-1.hosho", "N01.hosho");
        let first = check("G01-1", "N01.hosho", "G03-1.hosho");
        assert_eq!((interim.len(), first.len()), (2, 1), "{interim:?} {first:?}");
        assert!(first[0].starts_with(word), "{first:?}");
        assert_eq!(reasons(&run.stdout, "    "), [&interim[..], &first[..]].concat());
        let cells = column(&table, "reasons");
        assert_eq!(cells["G03-1.hosho"], interim.join("; "));
        assert_eq!(cells["N01.hosho"], first[0]);
        assert_eq!(column(&table, "findings")["G03-1.hosho"], "R3 warning; R4 remind");
    }
}

#[test]
fn neither_the_order_of_certificates_nor_the_number_of_threads_changes_a_finding() {
    let world = World::new();
    let text = |names: &mut dyn Iterator<Item = &&str>| -> String {
        names.map(|name| wrap_certificate(&world.signed(name))).collect()
    };
    // More than one batch lies between a certificate and those that it is compared with.
    let forward = text(&mut ALL.iter().cycle().take(20 * 40));
    let backward = text(&mut ALL.iter().rev());
    let all = findings(&audit(&world, &folder(&world, &ALL), &[]));
    for (name, text, jobs) in
        [("a.txt", &forward, "1"), ("b.txt", &forward, "4"), ("c.txt", &backward, "2")]
    {
        let file = world.write(name, text.as_bytes());
        assert_eq!(findings(&audit(&world, &file, &["--jobs", jobs])), all, "{name}");
    }
}

#[test]
fn standard_input_is_looked_at_twice_as_well() {
    let world = World::new();
    let chain = ["G04-4", "G04-3", "G04-2", "G04-1"];
    let text: String = chain.iter().map(|name| wrap_certificate(&world.signed(name))).collect();
    let arguments = arguments(&world, Path::new("-"), &[]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let run = run_with(&arguments, text.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(of_sample(&findings(&run), "G04-4")[0], "R11 inform stands-after-decrease");
}

#[test]
fn what_is_refused_tells_nothing_about_others() {
    let world = World::new();
    let folder = folder(&world, &["G04-4"]);
    let mut forged = world.signed("G04-3");
    *forged.last_mut().unwrap() ^= 1;
    world.write("year/G04-3.hosho", &forged);
    let arguments = arguments(&world, &folder, &[]);
    let run = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.code, 1);
    let found = findings(&run);
    assert_eq!(of_sample(&found, "G04-4")[0], "R11 inform may-stand-after-decrease");
}
