//! Threats 5 to 7: another guarantee's certificate, an older revision, an unfit snapshot.

use std::collections::BTreeSet;
use std::fs;

use hosho::{AuthKey, SealedCertificate};

use crate::check::answer;
use crate::program::Check;
use crate::world::{World, number};

/// One certificate of each guarantee.
const ONE_EACH: [&str; 11] = [
    "G01-1", "G02-1", "G03-1", "G04-1", "G05-1", "G06-1", "G07-1", "G08-1", "G09-1", "G10-1",
    "G11-1",
];

/// Every certificate of the samples.
pub(crate) const ALL: [&str; 20] = [
    "G01-1", "G02-1", "G03-1", "G04-1", "G04-2", "G04-3", "G04-4", "G05-1", "G05-2", "G05-3",
    "G05-4", "G06-1", "G07-1", "G08-1", "G09-1", "G09-2", "G10-1", "G10-2", "G11-1", "G11-2",
];

/// The guarantee of a sample: `G04` of `G04-2`.
fn guarantee(name: &str) -> &str {
    &name[..3]
}

#[test]
fn of_all_certificates_and_keys_only_those_of_one_guarantee_open() {
    let world = World::new();
    let sealed: Vec<_> = ALL.map(|name| world.read(&format!("{name}.sealed.hosho"))).to_vec();
    let keys: Vec<_> = ALL
        .map(|name| fs::read_to_string(world.path(&format!("{name}.auth-key"))).unwrap())
        .to_vec();
    let mut opened = 0;
    for (certificate, sealed) in ALL.iter().zip(&sealed) {
        let sealed = SealedCertificate::parse(sealed).unwrap();
        for (key_of, key) in ALL.iter().zip(&keys) {
            let key = AuthKey::parse(key.trim()).unwrap();
            let fits = guarantee(certificate) == guarantee(key_of);
            match key.open(&sealed) {
                Ok(inside) => {
                    assert!(fits, "{certificate} with the key of {key_of}");
                    assert_eq!(inside.as_bytes(), world.signed(certificate));
                    opened += 1;
                }
                Err(error) => {
                    assert!(!fits, "{certificate} with the key of {key_of}");
                    assert_eq!(error.code(), "E4-OPEN");
                }
            }
        }
    }
    // Two chains of four, three of two, six of one.
    assert_eq!(opened, 2 * 16 + 3 * 4 + 6);
}

#[test]
fn the_program_opens_only_the_diagonal_of_certificates_and_keys() {
    let world = World::new();
    for certificate in ONE_EACH {
        let sealed = world.path(&format!("{certificate}.sealed.hosho"));
        for key_of in ONE_EACH {
            let check = Check::of(&world, certificate, &sealed).trust().status();
            let run = check.file("--auth-key-file", &format!("{key_of}.auth-key")).json();
            let told = format!("{certificate} with the key of {key_of}");
            if certificate == key_of {
                assert!(matches!(run.code, 0 | 4), "{told}: {}", run.stdout);
                assert_eq!(run.json()["number"], number(certificate), "{told}");
            } else {
                assert_eq!(run.verdict(), answer(1, "key-does-not-fit", Some("E4-OPEN")), "{told}");
                assert!(run.json()["certificate"].is_null(), "{told}");
            }
        }
    }
}

#[test]
fn of_all_certificates_and_numbers_only_the_diagonal_is_accepted() {
    let world = World::new();
    for certificate in ONE_EACH {
        for number_of in ONE_EACH {
            let file = world.path(&format!("{certificate}.hosho"));
            let run = Check::of(&world, number_of, &file).trust().status().json();
            let told = format!("{certificate} as {number_of}");
            if certificate == number_of {
                assert!(matches!(run.code, 0 | 4), "{told}: {}", run.stdout);
            } else {
                let expected = answer(1, "other-guarantee", Some("E5-OTHER-GUARANTEE"));
                assert_eq!(run.verdict(), expected, "{told}");
            }
        }
    }
}

#[test]
fn every_older_revision_is_superseded_or_newer_may_exist() {
    let world = World::new();
    let newest = |name: &str| {
        let of_guarantee = ALL.iter().filter(|other| guarantee(other) == guarantee(name));
        of_guarantee.max().copied().unwrap()
    };
    let older: Vec<_> = ALL.into_iter().filter(|name| *name != newest(name)).collect();
    assert_eq!(older.len(), 9);
    for name in older {
        let current: u64 = newest(name)[4..].parse().unwrap();
        let run = Check::usual(&world, name).on("2026-11-22").json();
        let verdict = match guarantee(name) {
            "G09" => "voided",
            "G11" => "terminated",
            _ => "superseded",
        };
        assert_eq!(run.verdict(), answer(4, verdict, None), "{name}");
        assert_eq!(run.json()["superseded_by"], current, "{name}");
        // Within its period, with nothing that tells of a newer one.
        let day = if guarantee(name) == "G09" { "2026-05-01" } else { "2026-02-15" };
        let file = world.path(&format!("{name}.hosho"));
        let run = Check::of(&world, name, &file).trust().on(day).json();
        let unknown = answer(3, "status-unknown", Some("E7-NO-SNAPSHOT"));
        let undecided = run.verdict() == unknown;
        // Or the certificate alone shows that it does not govern on that day.
        assert!(undecided || run.code == 4, "{name}: {}", run.stdout);
        assert_ne!(run.code, 0, "{name}");
    }
}

#[test]
fn an_unfit_snapshot_is_never_taken_for_good() {
    let world = World::new();
    for path in ["snapshots/other.status", "snapshots/list-2.status", "bundles/other.trust"] {
        world.add(path);
    }
    let mut cut = world.read("mirai.status");
    cut.pop();
    world.write("cut.status", &cut);
    let check = || {
        let file = world.path("G06-1.hosho");
        Check::of(&world, "G06-1", &file).trust().file("--trust", "other.trust").on("2026-11-22")
    };
    // What would be in force with a fit one.
    assert_eq!(check().status().json().verdict(), answer(0, "in-force", None));
    for (about, status, now, verdict, rule) in [
        ("absent", None, "2026-11-22T03:04:05Z", "status-unknown", "E7-NO-SNAPSHOT"),
        ("truncated", Some("cut.status"), "2026-11-22T03:04:05Z", "status-unknown", "E3-TRUNCATED"),
        ("missing", Some("none.status"), "2026-11-22T03:04:05Z", "status-unknown", "E1-IO"),
        (
            "of another guarantor",
            Some("other.status"),
            "2026-11-22T03:04:05Z",
            "status-unknown",
            "E7-OTHER-GUARANTOR",
        ),
        (
            "of another list",
            Some("list-2.status"),
            "2026-11-22T03:04:05Z",
            "status-unknown",
            "E7-OTHER-LIST",
        ),
        ("expired", Some("mirai.status"), "2026-11-30T00:00:01Z", "status-stale", "E7-STALE"),
    ] {
        let check = check().with("--now", now);
        let check = match status {
            Some(name) => check.file("--status", name),
            None => check,
        };
        assert_eq!(check.json().verdict(), answer(3, verdict, Some(rule)), "{about}");
    }
    // To the second of next-update it is fresh.
    let run = check().status().with("--now", "2026-11-30T00:00:00Z").json();
    assert_eq!(run.verdict(), answer(0, "in-force", None));
}

#[test]
fn an_older_snapshot_than_one_that_was_seen_is_never_taken_for_good() {
    let world = World::new();
    world.add("snapshots/later.status");
    let check = |status: &str| {
        let file = world.path("G06-1.hosho");
        let check = Check::of(&world, "G06-1", &file).trust().file("--status", status);
        check.on("2026-11-22").file("--remember", "seen")
    };
    assert_eq!(check("mirai.status").json().verdict(), answer(0, "in-force", None));
    assert_eq!(check("later.status").json().verdict(), answer(0, "in-force", None));
    let regressed = answer(3, "status-stale", Some("E7-REGRESSED"));
    assert_eq!(check("mirai.status").json().verdict(), regressed);
}

/// Returns the functions that a program asks of the system's libraries: the names in the table that
/// belongs to the dynamic symbols of an ELF file of 64 bits.
fn imports(program: &[u8]) -> BTreeSet<String> {
    const DYNAMIC_SYMBOLS: u64 = 11;
    let number = |at: usize, length: usize| {
        let bytes = program[at..at + length].iter().rev();
        bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let offset = |at: usize| usize::try_from(number(at, 8)).unwrap();
    let (sections, size) = (offset(0x28), usize::try_from(number(0x3a, 2)).unwrap());
    let section = |nth: u64| sections + size * usize::try_from(nth).unwrap();
    let of_dynamic =
        (0..number(0x3c, 2)).find(|nth| number(section(*nth) + 4, 4) == DYNAMIC_SYMBOLS);
    let table = section(number(section(of_dynamic.unwrap()) + 40, 4));
    let names = &program[offset(table + 24)..][..offset(table + 32)];
    names.split(|byte| *byte == 0).map(|name| String::from_utf8(name.to_vec()).unwrap()).collect()
}

#[test]
fn the_program_has_nothing_to_open_a_connection_with() {
    let imports = imports(&fs::read(env!("CARGO_BIN_EXE_hosho-verify")).unwrap());
    assert!(imports.contains("write"), "the search finds what a program calls: {imports:?}");
    for function in ["socket", "connect", "bind", "sendto", "getaddrinfo"] {
        assert!(!imports.contains(function), "{function}");
    }
}
