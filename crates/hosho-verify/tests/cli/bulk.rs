//! `audit` of archives, of sealed certificates with their keys, and against a ledger.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use hosho_cli::input::wrap_certificate;
use serde_json::{Value, json};

use crate::program::{Run, run};
use crate::world::{NOW, World, fixture, number};

/// Audits `path` of the world on a day on which many samples are in force.
fn audit(world: &World, path: &str, more: &[&str]) -> Run {
    let path_of = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let (path, trust, status) = (path_of(path), path_of("mirai.trust"), path_of("mirai.status"));
    let mut arguments = vec!["audit", path.as_str(), "--trust", &trust, "--status", &status];
    arguments.extend(["--now", NOW, "--on", "2026-01-10", "--json"]);
    arguments.extend(more);
    run(&arguments)
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Place, verdict and number of each line but the last.
fn told(run: &Run) -> Vec<(String, String, Option<String>)> {
    let mut lines = lines(run);
    lines.pop().unwrap();
    let text = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
    let place = |line: &Value| {
        let file = text(line, "file").unwrap();
        file.rsplit('/').next().unwrap().to_owned()
    };
    lines
        .iter()
        .map(|line| (place(line), text(line, "verdict").unwrap(), text(line, "number")))
        .collect()
}

fn summary(run: &Run) -> Value {
    lines(run).pop().unwrap()["summary"].take()
}

fn armored(world: &World, names: &[&str]) -> String {
    names.iter().map(|name| wrap_certificate(&world.signed(name))).collect()
}

#[test]
fn every_block_of_an_armored_archive_is_judged() {
    let world = World::new();
    let text = armored(&world, &["G01-1", "G06-1", "G04-1"]);
    world.write("year.txt", text.as_bytes());
    let run = audit(&world, "year.txt", &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let expected = [("year.txt#1", "G01-1"), ("year.txt#2", "G06-1"), ("year.txt#3", "G04-1")];
    let places: Vec<_> = told(&run).into_iter().map(|(place, _, number)| (place, number)).collect();
    let expected = expected.map(|(place, name)| (place.to_owned(), Some(number(name))));
    assert_eq!(places, expected);
    let spoilt = text.replacen("BEGIN", "BEGN", 2).replacen("BEGN", "BEGIN", 1);
    world.write("year.txt", spoilt.as_bytes());
    let run = audit(&world, "year.txt", &[]);
    assert_eq!((run.code, told(&run)[1].1.as_str()), (3, "unreadable"), "{}", run.stdout);
    assert_eq!(lines(&run)[1]["code"], "E1-ARMOR");
}

#[test]
fn a_large_archive_says_the_same_as_its_members_one_by_one() {
    let world = World::new();
    let names = ["G01-1", "G04-1", "G04-2", "G04-3", "G04-4", "G06-1", "G08-1", "G09-1"];
    for name in names {
        world.write(&format!("files/{name}.hosho"), &world.signed(name));
    }
    let text = armored(&world, &names).repeat(20);
    assert!(text.len() > 64 * 1024);
    world.write("year.txt", text.as_bytes());
    let (files, archive) = (audit(&world, "files", &[]), audit(&world, "year.txt", &[]));
    let verdicts = |run: &Run| -> Vec<_> {
        told(run).into_iter().map(|(_, verdict, number)| (verdict, number)).collect()
    };
    let (one, all) = (verdicts(&files), verdicts(&archive));
    assert_eq!((one.len(), all.len()), (8, 160));
    assert!(all.iter().eq(one.iter().cycle().take(160)), "{all:?}");
    let (files, archive) = (summary(&files), summary(&archive));
    for name in ["chains", "totals"] {
        assert_eq!(files[name], archive[name], "{name}");
    }
    assert_eq!(archive["certificates"], 160);
}

#[test]
fn a_damaged_archive_is_undecided() {
    let world = World::new();
    world.write("year.tar.gz", b"\x1f\x8bnonsense");
    let run = audit(&world, "year.tar.gz", &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let line = &lines(&run)[0];
    assert_eq!((&line["verdict"], &line["code"]), (&json!("unreadable"), &json!("E1-ARCHIVE")));
}

/// A tar archive of these members.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    [bytes, vec![0; 1024]].concat()
}

#[test]
fn an_archive_whose_beginning_is_damaged_is_not_passed_over() {
    let world = World::new();
    world.write("files/G01-1.hosho", &world.signed("G01-1"));
    let mut small = tar(&[("G06-1.hosho", &world.signed("G06-1"))]);
    let mut large = [small.clone(), vec![0; 100_000]].concat();
    (small[0], large[0]) = (small[0] ^ 1, large[0] ^ 1);
    let text = armored(&world, &["G01-1", "G06-1"]);
    let spoilt = text.replacen("BEGIN", "BEGN", 1);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content, code) in [
        ("year.tar", &small[..], "E1-ARCHIVE"),
        ("year.tar", &large, "E1-ARCHIVE"),
        ("year", &small, "E1-ARCHIVE"),
        ("year.tar.gz", b"\x1e\x8bnonsense", "E1-ARCHIVE"),
        ("year.txt", spoilt.as_bytes(), "E1-ARMOR"),
        ("year.txt", spoilt.repeat(30).as_bytes(), "E1-ARMOR"),
        ("year.txt", format!("Year 7\n{text}").as_bytes(), "E1-ARMOR"),
        ("year.txt", &wide, "E1-ARMOR"),
        ("one.eml", format!("To: you\n{}", armored(&world, &["G06-1"])).as_bytes(), "E1-ARMOR"),
    ] {
        let path = world.write(&format!("files/{name}"), content);
        let run = audit(&world, "files", &[]);
        let line = &lines(&run)[1];
        assert_eq!(run.code, 3, "{name}: {}", run.stdout);
        assert_eq!((&line["verdict"], &line["code"]), (&json!("unreadable"), &json!(code)));
        fs::remove_file(path).unwrap();
    }
}

/// What `7z a`, `zip -0`, `xz` and others would make: only the beginning and the name are looked at.
fn packed(magic: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.resize(len, 0);
    bytes
}

#[test]
fn archives_of_kinds_that_are_not_read_are_not_passed_over() {
    let world = World::new();
    world.write("files/G01-1.hosho", &world.signed("G01-1"));
    let magics: [(&str, &[u8]); 6] = [
        ("zip", b"PK\x03\x04"),
        ("xz", b"\xFD7zXZ\0"),
        ("tbz2", b"BZh91AY&SY"),
        ("tar.zst", b"\x28\xB5\x2F\xFD"),
        ("7z", b"7z\xBC\xAF\x27\x1C"),
        ("rar", b"Rar!\x1A\x07"),
    ];
    for (extension, magic) in magics {
        // By both, by the beginning alone, by the name alone; small and larger than any carrier.
        for name in [format!("year.{extension}"), "year".to_owned(), "year.hosho".to_owned()] {
            for len in [200, 100_000] {
                let path = world.write(&format!("files/{name}"), &packed(magic, len));
                told_as_packed(&world, &name);
                fs::remove_file(path).unwrap();
            }
        }
        let name = format!("year.{extension}");
        let path = world.write(&format!("files/{name}"), b"damaged");
        told_as_packed(&world, &name);
        fs::remove_file(path).unwrap();
    }
}

/// It has a row in the report of its folder, and by itself.
fn told_as_packed(world: &World, name: &str) {
    let file = format!("files/{name}");
    for (path, at, certificates) in [("files", 1, 2), (file.as_str(), 0, 1)] {
        let run = audit(world, path, &[]);
        assert_eq!(run.code, 3, "{name}: {}", run.stdout);
        let line = &lines(&run)[at];
        let expected = (&json!("unreadable"), &json!("E1-PACKED"));
        assert_eq!((&line["verdict"], &line["code"]), expected, "{name}");
        assert!(line["file"].as_str().unwrap().ends_with(name), "{line}");
        let counted = summary(&run);
        assert_eq!(
            (&counted["certificates"], &counted["skipped"]),
            (&json!(certificates), &json!(0))
        );
    }
}

#[test]
fn an_archive_of_a_kind_that_is_not_read_is_told_inside_a_tar_archive_and_with_the_next_step() {
    let world = World::new();
    let (small, large) = (packed(b"PK\x03\x04", 200), packed(b"PK\x03\x04", 100_000));
    let document = ("minutes.docx", &large[..]);
    world.write("year.tar", &tar(&[("a.zip", &small), ("b", &large), document]));
    let inside = audit(&world, "year.tar", &[]);
    let codes: Vec<_> = lines(&inside).iter().map(|line| line["code"].clone()).collect();
    assert_eq!(codes, [json!("E1-PACKED"), json!("E1-PACKED"), json!(null)], "{}", inside.stdout);
    assert_eq!((inside.code, &summary(&inside)["skipped"]), (3, &json!(1)));
    let path = world.write("year.zip", &small);
    let trust = world.path("mirai.trust");
    for (lang, next) in [
        (
            "en",
            "E1-PACKED\n    Next: archives of this kind are not read; unpack it into a folder first, give that folder, and take the archive away\n",
        ),
        (
            "ja",
            "E1-PACKED\n    次に: この形式のアーカイブは読みません。先に展開し、展開したフォルダを指定して、アーカイブは取り除いてください\n",
        ),
    ] {
        let arguments = ["audit", path.to_str().unwrap(), "--trust", trust.to_str().unwrap()];
        let run = run(&[&arguments[..], &["--lang", lang]].concat());
        assert_eq!(run.code, 3);
        assert!(run.stdout.contains(next), "{}", run.stdout);
    }
}

#[test]
fn documents_that_are_zip_files_inside_are_passed_over() {
    let world = World::new();
    world.write("files/G01-1.hosho", &world.signed("G01-1"));
    for (name, len) in [("minutes.docx", 200), ("ledger.xlsx", 100_000), ("tool.JAR", 300)] {
        world.write(&format!("files/{name}"), &packed(b"PK\x03\x04", len));
    }
    let run = audit(&world, "files", &[]);
    assert_eq!((run.code, lines(&run).len()), (0, 2), "{}", run.stdout);
    assert_eq!(summary(&run)["skipped"], 3);
    let named = audit(&world, "files/minutes.docx", &[]);
    assert_eq!((named.code, &lines(&named)[0]["code"]), (3, &json!("E1-NOT-RECOGNISED")));
}

#[test]
fn large_evidence_in_a_tar_archive_is_judged_and_what_looks_so_is_not_passed_over() {
    let world = World::new();
    let evidence = fixture("evidence/G01-1.evidence");
    let mut damaged = [&evidence[..], &vec![0; 100_000]].concat();
    let large = world.write("large.evidence", &damaged);
    let alone = audit(&world, "large.evidence", &[]);
    fs::remove_file(large).unwrap();
    let photo = vec![0xFF; 100_000];
    world.write("year.tar", &tar(&[("large", &damaged), ("photo.jpg", &photo)]));
    let run = audit(&world, "year.tar", &[]);
    let verdict = |run: &Run| (lines(run)[0]["verdict"].clone(), lines(run)[0]["code"].clone());
    assert_eq!((run.code, verdict(&run)), (alone.code, verdict(&alone)), "{}", run.stdout);
    assert_eq!(summary(&run)["skipped"], 1);
    damaged[4..128].fill(0);
    world.write("year.tar", &tar(&[("large", &damaged), ("photo.jpg", &photo)]));
    let run = audit(&world, "year.tar", &[]);
    let expected = (json!("unreadable"), json!("E1-TOO-LARGE"));
    assert_eq!((run.code, verdict(&run)), (3, expected), "{}", run.stdout);
}

/// A file of keys with this mode.
fn keys(world: &World, text: &str, mode: u32) -> PathBuf {
    let path = world.write("keys.csv", text.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn key(world: &World, name: &str) -> String {
    String::from_utf8(world.read(&format!("{name}.auth-key"))).unwrap().trim().to_owned()
}

#[test]
fn sealed_certificates_are_opened_by_their_keys() {
    let world = World::new();
    for name in ["G01-1", "G06-1", "G08-1"] {
        let sealed = world.read(&format!("{name}.sealed.hosho"));
        world.write(&format!("sealed/{name}.sealed.hosho"), &sealed);
    }
    let text = ["G01-1", "G06-1"].map(|name| format!("{},{}\n", number(name), key(&world, name)));
    let path = keys(&world, &text.concat(), 0o600);
    let run = audit(&world, "sealed", &["--keys", path.to_str().unwrap()]);
    // A key that is missing leaves its certificate undecided.
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stderr.contains("1 sealed certificates were opened by none"), "{}", run.stderr);
    let verdicts: Vec<_> = told(&run).into_iter().map(|(_, verdict, _)| verdict).collect();
    assert_eq!(verdicts[0], "in-force");
    assert_eq!(verdicts[2], "sealed");
    assert_eq!((&summary(&run)["certificates"], &summary(&run)["sealed"]), (&json!(2), &json!(1)));
    assert!(!run.stdout.contains(&key(&world, "G01-1")));
    fs::remove_file(world.path("sealed/G08-1.sealed.hosho")).unwrap();
    let run = audit(&world, "sealed", &["--keys", path.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_key_under_another_number_opens_another_guarantee() {
    let world = World::new();
    world.write("sealed/G01-1.sealed.hosho", &world.read("G01-1.sealed.hosho"));
    let path = keys(&world, &format!("31-1,{}\n", key(&world, "G01-1")), 0o600);
    let run = audit(&world, "sealed", &["--keys", path.to_str().unwrap()]);
    assert_eq!((run.code, told(&run)[0].1.as_str()), (1, "other-guarantee"));
}

#[test]
fn keys_that_others_may_read_or_that_are_none_are_refused_without_being_shown() {
    let world = World::new();
    let secret = key(&world, "G01-1");
    for (text, mode, told) in [
        (format!("31-1,{secret}\n"), 0o640, "others may read these auth keys"),
        (
            format!("31-1,{secret}\n31-2 {secret}\n"),
            0o600,
            "line 2 is not a number and an auth key",
        ),
    ] {
        let path = keys(&world, &text, mode);
        let run = audit(&world, ".", &["--keys", path.to_str().unwrap()]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains("E1-KEYS: "), "{}", run.stderr);
        assert!(run.stderr.contains(told), "{}", run.stderr);
        assert!(!run.stderr.contains(secret.get(6..).unwrap()), "{}", run.stderr);
    }
}

/// A ledger of three guarantees, the first of which is right.
fn ledger(world: &World) -> PathBuf {
    let (first, second) = (number("G01-1"), number("G05-1"));
    let text = format!(
        "保証契約番号,請負代金額,発注者,備考\r\n\
         {first},\"￥132,000,000\",瑞穂 県,\r\n\
         {second},1円,青嶺市,=1+1\r\n\
         31-0,2,3,\r\n"
    );
    world.write("ledger.csv", text.as_bytes())
}

#[test]
fn a_ledger_is_compared_with_the_certificates_that_govern() {
    let world = World::new();
    for name in ["G01-1", "G05-1", "G05-2", "G07-1"] {
        world.write(&format!("files/{name}.hosho"), &world.signed(name));
    }
    let path = ledger(&world);
    let table = world.path("differences.csv");
    let more = ["--ledger", path.to_str().unwrap(), "--ignore-column", "備考"];
    let written = ["--ledger-csv", table.to_str().unwrap()];
    let run = audit(&world, "files", &[&more[..], &written[..]].concat());
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let lines = lines(&run);
    let told: Vec<_> = lines.iter().filter(|line| line["ledger"].is_string()).collect();
    let about =
        |line: &Value| (line["ledger"].clone(), line["row"].clone(), line["number"].clone());
    assert_eq!(about(told[0]).0, "different");
    assert_eq!(told[0]["differences"][0]["field"], "price");
    assert_eq!(told[0]["differences"][0]["ledger"], "1円");
    assert_eq!(about(told[1]), (json!("no-certificate"), json!(4), json!("31-0")));
    assert_eq!(about(told[2]), (json!("no-row"), json!(null), json!(number("G07-1"))));
    assert_eq!(told.len(), 3);
    let summary = summary(&run);
    let expected = json!({
        "rows": 3,
        "agree": 1,
        "findings": { "different": 1, "no-certificate": 1, "no-row": 1 },
        "fields": { "price": 1 },
    });
    assert_eq!(summary["ledger"], expected);
    let text = fs::read_to_string(table).unwrap();
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(rows[0], "row,number,finding,field,ledger,certificate,verdict,revision");
    assert!(rows[1].starts_with(&format!("3,{},different,price,1円,", number("G05-1"))), "{text}");
    assert_eq!(rows[2], "4,31-0,no-certificate,,,,,");
}

#[test]
fn a_ledger_that_agrees_changes_no_exit_code_and_people_read_it_in_their_language() {
    let world = World::new();
    world.write("files/G01-1.hosho", &world.signed("G01-1"));
    let text = format!("number,price\n{},132000000\n", number("G01-1"));
    let path = world.write("ledger.csv", text.as_bytes());
    let run = audit(&world, "files", &["--ledger", path.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let folder = world.path("files");
    let (trust, status) = (world.path("mirai.trust"), world.path("mirai.status"));
    let later = "2026-05-01";
    let run = crate::program::run(&[
        "audit",
        folder.to_str().unwrap(),
        "--trust",
        trust.to_str().unwrap(),
        "--status",
        status.to_str().unwrap(),
        "--now",
        NOW,
        "--on",
        later,
        "--lang",
        "ja",
        "--ledger",
        path.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("! 一致していますが、その日に有効ではありません  2 行目"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_column_that_is_not_known_is_a_usage_error() {
    let world = World::new();
    let path = ledger(&world);
    let run = audit(&world, ".", &["--ledger", path.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("E1-LEDGER: "), "{}", run.stderr);
    assert!(run.stderr.contains("the column 備考 is not known"), "{}", run.stderr);
}

#[test]
fn totals_are_told_by_obligee_and_kind() {
    let world = World::new();
    for name in ["G01-1", "G05-1"] {
        world.write(&format!("files/{name}.hosho"), &world.signed(name));
        world.write(&format!("files/copy/{name}.hosho"), &world.signed(name));
    }
    let run = audit(&world, "files", &[]);
    let totals = summary(&run)["totals"].clone();
    let first = json!({
        "obligee": "瑞穂県",
        "kind": "advance",
        "certificates": 1,
        "in_force": 1,
        "amount_jpy": 52_800_000,
    });
    assert!(totals.as_array().unwrap().contains(&first), "{totals}");
}

#[test]
fn a_policy_finds_what_is_unusual_and_changes_no_verdict() {
    let world = World::new();
    world.write("files/G01-1.hosho", &world.signed("G01-1"));
    world.write("files/G07-1.hosho", &world.signed("G07-1"));
    let text = "version = 1\n[rules.R1]\npercent = 30\n";
    let (silent, table) = (audit(&world, "files", &[]), world.path("audit.csv"));
    let policy = world.write("policy.toml", text.as_bytes());
    let more = ["--policy", policy.to_str().unwrap(), "--csv", table.to_str().unwrap()];
    let run = audit(&world, "files", &more);
    assert_eq!((run.code, silent.code), (0, 0), "{}{}", run.stdout, run.stderr);
    let findings = lines(&run)[0]["findings"].clone();
    assert_eq!(findings[0]["rule"], "R1", "{findings}");
    assert_eq!(lines(&silent)[0]["findings"], json!([]));
    assert_eq!(summary(&run)["findings"]["R1"]["warning"], 1, "{}", summary(&run)["findings"]);
    assert_eq!(summary(&silent)["findings"], json!({}));
    assert!(fs::read_to_string(table).unwrap().contains(",R1 warning"));
}
