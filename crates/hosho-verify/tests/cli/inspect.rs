//! `inspect`: what bytes say, also when they are broken.

use std::fs;
use std::path::Path;

use crate::program::{Run, run};
use crate::world::World;

fn inspect(path: &Path) -> Run {
    run(&["inspect", path.to_str().unwrap()])
}

#[test]
fn a_certificate_is_shown_with_offsets_and_marked_as_not_verified() {
    let world = World::new();
    let run = inspect(&world.path("G01-1.hosho"));
    assert_eq!(run.code, 0, "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "# 検証していません / NOT VERIFIED");
    assert_eq!(lines[1], "# signed certificate (777 bytes)");
    assert_eq!(lines[2], "0000000  18(");
    assert!(lines.contains(&"0000006          1: -19,"), "{}", run.stdout);
    assert!(lines.contains(&"0000248            1: \"瑞穂県\","), "{}", run.stdout);
}

#[test]
fn every_kind_of_object_is_shown() {
    let world = World::new();
    for (name, kind) in [
        ("G01-1.sealed.hosho", "# sealed certificate ("),
        ("mirai.trust", "# trust bundle ("),
        ("mirai.status", "# status snapshot ("),
    ] {
        let run = inspect(&world.path(name));
        assert_eq!(run.code, 0, "{name}: {}", run.stdout);
        assert!(run.stdout.lines().nth(1).unwrap().starts_with(kind), "{name}");
    }
    let armor = hosho::encode_armor(&world.signed("G01-1"));
    let file = world.write("armor.txt", armor.as_bytes());
    assert_eq!(inspect(&file).stdout, inspect(&world.path("G01-1.hosho")).stdout);
}

#[test]
fn broken_bytes_are_shown_up_to_the_break() {
    let world = World::new();
    let good = &world.signed("G01-1");
    let whole = inspect(&world.path("G01-1.hosho")).stdout;
    for length in [1, 2, 40, 300, good.len() - 1] {
        let file = world.write("cut.hosho", &good[..length]);
        let run = inspect(&file);
        assert_eq!(run.code, 3, "{length}");
        assert!(run.stdout.contains("# E3-TRUNCATED at byte "), "{length}: {}", run.stdout);
        for line in run.stdout.lines().filter(|line| !line.starts_with('#')) {
            assert!(whole.contains(line), "{length}: {line}");
        }
    }
    let file = world.write("long.hosho", &[good.as_slice(), &[0, 0]].concat());
    let run = inspect(&file);
    assert!(run.stdout.contains("# E3-TRAILING at byte 777: 2 bytes left over"), "{}", run.stdout);
}

#[test]
fn hostile_bytes_end_quietly() {
    let world = World::new();
    let nested = vec![0x81; 200_000];
    let indefinite = b"\x9F\x01\xFF";
    let huge = b"\xD2\x84\x5B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
    let many = b"\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x01";
    for (name, bytes, mark) in [
        ("nested", nested.as_slice(), "# the rest is not shown, from byte 33"),
        ("indefinite", indefinite, "# E3-INDEFINITE at byte 0"),
        ("huge", huge, "# E3-TRUNCATED at byte 11"),
        ("many", many, "# E3-TRUNCATED at byte 11"),
        ("empty", b"", "# E3-TRUNCATED at byte 0"),
        ("reserved", b"\x1C", "# E3-TYPE at byte 0"),
    ] {
        let run = inspect(&world.write("hostile", bytes));
        assert_eq!(run.code, 3, "{name}");
        assert!(run.stdout.contains(mark), "{name}: {}", run.stdout);
    }
}

#[test]
fn text_cannot_steer_a_terminal() {
    let world = World::new();
    let run = inspect(&world.write("steer", b"\x64\x1B[2J"));
    assert!(!run.stdout.contains('\u{1b}'));
    assert!(run.stdout.contains("\\u{1b}[2J"), "{}", run.stdout);
}

#[test]
fn containers_are_named_and_not_taken_apart() {
    let world = World::new();
    for (bytes, name) in [(&b"%PDF-1.7"[..], "PDF"), (b"\x89PNG\r\n\x1a\n", "PNG")] {
        let run = inspect(&world.write("notice", bytes));
        assert_eq!((run.code, run.stdout.as_str()), (3, ""));
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
}

#[test]
fn a_missing_file_is_unreadable() {
    let world = World::new();
    let run = inspect(&world.path("absent"));
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("E1-IO"), "{}", run.stderr);
    assert!(fs::metadata(world.path("absent")).is_err());
}
