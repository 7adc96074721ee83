use std::fs;
use std::path::PathBuf;

use hosho::{SignedCertificate, SignedTrustBundle, Verifier};
use hosho_cli::lang::Lang;

use super::*;
use crate::check::judge::ANYTHING;

const CONTEXT: Context = Context::of(Lang::En);

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mirai");
    fs::read(folder.join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate<'static> {
    let bundle = fixture("mirai.trust");
    let bundle = SignedTrustBundle::parse(&bundle).unwrap().pin().unwrap();
    let bytes = fixture(&format!("{name}.hosho"));
    let now = hosho::UnixTime::parse("2026-11-22T03:04:05Z").unwrap();
    let signed = SignedCertificate::parse(&bytes).unwrap();
    let day = hosho::Date::in_japan(now);
    let verified = Verifier::new(&bundle).verify(signed, &ANYTHING, day, now).unwrap();
    verified.certificate().clone().into_owned()
}

fn written(text: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.csv");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn load(text: impl AsRef<[u8]>) -> Ledger {
    let (_folder, path) = written(text);
    Ledger::load(&path, &["備考".to_owned()], CONTEXT).unwrap()
}

fn refused(text: impl AsRef<[u8]>) -> String {
    let (_folder, path) = written(text);
    match Ledger::load(&path, &[], CONTEXT).map(drop) {
        Err(Failure::Usage { code: Some(code), message }) => {
            format!("{code}: {}", message.rsplit(": ").next().unwrap())
        }
        other => panic!("{other:?}"),
    }
}

fn hits(ledger: &Ledger, name: &str) -> Vec<Hit> {
    ledger.hits(&certificate(name), Outcome::InForce)
}

#[test]
fn a_row_in_japanese_spelling_agrees() {
    let ledger = load(
        "\u{feff}保証契約番号,保証種類,発注者,受注者,工事名,工事番号,請負代金額,うち消費税額,前払金額,\
         保証金額,発行日,工期(自),工期(至),保証期限,版,備考\r\n\
         ３１－０７－１－００００１２３－９,前払金保証,瑞穂　県,(株)では違う,\"県道霧ヶ原青嶺線 道路改良工事\n(第3工区)\",\
         7青土第102号,\"￥132,000,000\",\"12,000,000円\",52800000,\"金52,800,000円也\",令和7年6月20日,\
         2025/6/17,R8.3.13,令和8年3月13日,1,何でも\r\n",
    );
    let found = hits(&ledger, "G01-1");
    let fields: Vec<_> = found[0].differences.iter().map(|it| it.field.as_str()).collect();
    assert_eq!((found.len(), fields), (1, vec!["contractor"]));
    let difference = &found[0].differences[0];
    assert_eq!(difference.ledger, "(株)では違う");
    assert_eq!(difference.certificate.as_deref(), Some("株式会社青嶺架空土建"));
    assert_eq!(ledger.number_text(0), "３１－０７－１－００００１２３－９");
}

#[test]
fn every_field_that_differs_is_told_with_both_values() {
    let ledger = load(
        "number,kind,price,tax,advance,amount,issued_on,term_from,term_to,period_from,expires,revision,\
         guarantor,obligee,site,category,concluded_on,contract_number,first_advance\n\
         31-07-1-0000123-9,interim,1,2,3,4,2025-01-01,2025-01-02,2025-01-03,2025-01-04,nonsense,2,\
         G,O,S,C,2025-01-05,N,31-1\n",
    );
    let found = hits(&ledger, "G01-1");
    let told: Vec<_> = found[0]
        .differences
        .iter()
        .map(|it| (it.field.as_str(), it.ledger.as_str(), it.certificate.as_deref()))
        .collect();
    assert_eq!(told.len(), 18);
    for expected in [
        ("kind", "interim", Some("advance")),
        ("price", "1", Some("132000000")),
        ("tax", "2", Some("12000000")),
        ("advance", "3", Some("52800000")),
        ("amount", "4", Some("52800000")),
        ("issued_on", "2025-01-01", Some("2025-06-20")),
        ("term_from", "2025-01-02", Some("2025-06-17")),
        ("term_to", "2025-01-03", Some("2026-03-13")),
        ("period_from", "2025-01-04", Some("2025-06-20")),
        ("period_to", "nonsense", Some("2026-03-13")),
        ("revision", "2", Some("1")),
        ("concluded_on", "2025-01-05", Some("2025-06-16")),
        ("first_advance", "31-1", None),
    ] {
        assert!(told.contains(&expected), "{expected:?} in {told:?}");
    }
}

#[test]
fn an_empty_cell_says_nothing_and_a_superseded_certificate_is_not_compared() {
    let ledger = load("number,price,advance\n31-07-1-0000123-9,, \n");
    assert_eq!(hits(&ledger, "G01-1"), [Hit { row: 0, differences: Vec::new() }]);
    let ledger = load("number,price\n31-07-1-0000123-9,1\n");
    let superseded = ledger.hits(&certificate("G01-1"), Outcome::Superseded);
    assert_eq!(superseded, [Hit { row: 0, differences: Vec::new() }]);
}

#[test]
fn rows_are_found_among_many_and_others_are_not() {
    let mut rows = vec!["number,price".to_owned()];
    rows.extend((0..3_000).map(|at| format!("31-{at},{at}")));
    rows.push("31-07-1-0000123-9,132000000".to_owned());
    let ledger = load(rows.join("\n"));
    assert_eq!(hits(&ledger, "G01-1"), [Hit { row: 3_000, differences: Vec::new() }]);
    assert_eq!(hits(&ledger, "G06-1"), []);
}

#[test]
fn of_rows_with_one_number_those_of_the_guarantor_count() {
    let number = "31-07-1-0000123-9";
    let ledger = load(format!(
        "number,guarantor\n{number},別の保証会社\n{number},架空みらい建設業保証株式会社\n{number},架空みらい建設業保証株式会社\n"
    ));
    let rows: Vec<u32> = hits(&ledger, "G01-1").iter().map(|hit| hit.row).collect();
    assert_eq!(rows, [1, 2]);
    assert_eq!([0, 1, 2].map(|row| ledger.repeats(row)), [false, false, true]);
}

#[test]
fn a_ledger_that_cannot_be_used_says_where_and_why() {
    for (text, told) in [
        (&b""[..], "E1-LEDGER: no column holds the guarantee number"),
        (b"price\n1\n", "E1-LEDGER: no column holds the guarantee number"),
        (b"number,colour\n", "E1-LEDGER: the column colour is not known"),
        (b"number,Number\n", "E1-LEDGER: Number; remove one"),
        (b"number,price\n1,2\n3\n", "E1-LEDGER: row 3 has another number of cells"),
        (b"number,price\n1,\x83\x65\n", "E1-LEDGER: row 2 is not UTF-8"),
        (b"number,\x83\x65\n", "E1-LEDGER: row 1 is not UTF-8"),
    ] {
        let refusal = refused(text);
        assert!(refusal.starts_with(told), "{refusal}");
    }
    let endless = format!("number,price\n1,\"{}", "x".repeat(100_000));
    assert!(refused(endless).starts_with("E1-LEDGER: row 2 is larger than a row"));
}

#[test]
fn rows_are_counted_as_a_spreadsheet_does() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = ["", "number,work", "1,a", "", "", "2,\"b\n\nb\"", "3,c", "", "4,d", "", ""];
        let ledger = load(lines.join(end));
        let numbers: Vec<_> = (0..5).map(|row| ledger.row_number(row)).collect();
        assert_eq!(numbers, [Some(3), Some(6), Some(7), Some(9), None], "{end:?}");
        assert_eq!(ledger.number_text(1), "2");
    }
    let ledger = load("number,work\n,\n1,a\n\"\", \n2,b\n,c\n");
    let numbers: Vec<_> = (0..4).map(|row| ledger.row_number(row)).collect();
    assert_eq!(numbers, [Some(3), Some(5), Some(6), None]);
    let many = "\r\n".repeat(300);
    assert!(refused(format!("number\r\n1\r\n{many}2,3\r\n")).contains("row 303 "));
}

#[test]
fn what_steers_a_terminal_is_not_told() {
    let ledger = load("number,site\n31-07-1-0000123-9,a\u{1b}[2Jb\n");
    assert_eq!(hits(&ledger, "G01-1")[0].differences[0].ledger, "a\u{fffd}[2Jb");
}

#[test]
fn an_empty_guarantor_may_be_any() {
    let rows = |names: [&str; 3]| names.map(|name| format!("31-1,{name}\n")).concat();
    for (names, expected) in [
        (["甲保証", "", "乙保証"], [false, true, true]),
        (["", "甲保証", " "], [false, true, true]),
        (["甲保証", "乙保証", "丙保証"], [false, false, false]),
    ] {
        let ledger = load(format!("number,guarantor\n{}", rows(names)));
        assert_eq!([0, 1, 2].map(|row| ledger.repeats(row)), expected, "{names:?}");
    }
}

#[test]
fn a_quote_that_is_never_closed_is_not_read_to_the_end_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.csv");
    fs::write(&path, "number,price\n31-1,1\n31-2,\"2\n").unwrap();
    // A hole that would take all memory to read.
    fs::OpenOptions::new().append(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let Err(unusable) = Ledger::read(&path, &[]) else { panic!("a ledger") };
    assert!(matches!(unusable, Unusable::TooLarge { row: 3 }), "{unusable:?}");
}
