//! Files that somebody made to do harm, or that mail programs spoiled.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Check, Run};
use crate::world::{NOW, World};

fn judged(world: &World, bytes: &[u8]) -> (i32, String, Option<String>) {
    let file = world.write("hostile.hosho", bytes);
    Check::of(world, "G01-1", &file).trust().status().json().verdict()
}

fn answer(code: i32, verdict: &str, rule: &str) -> (i32, String, Option<String>) {
    (code, verdict.to_owned(), Some(rule.to_owned()))
}

/// Replaces the first occurrence of `old` by as many other bytes.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    let mut changed = bytes.to_vec();
    changed[at..at + new.len()].copy_from_slice(new);
    changed
}

#[test]
fn each_rule_of_form_is_refused_by_its_code() {
    let world = World::new();
    let good = &world.signed("G01-1");
    let tail = |skip: usize| good[skip..].to_vec();
    let led = |head: &[u8], skip| [head, &tail(skip)].concat();
    let prefecture = "瑞穂県".as_bytes();
    let header = [0xA3, 0x01, 0x32, 0x04];
    let header_of = |map: [u8; 4]| replaced(good, &header, &map);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("one byte", tail(0)[..1].to_vec(), "E3-TRUNCATED"),
        ("half", tail(0)[..good.len() / 2].to_vec(), "E3-TRUNCATED"),
        ("without its last byte", tail(0)[..good.len() - 1].to_vec(), "E3-TRUNCATED"),
        ("trailing byte", [good.as_slice(), &[0]].concat(), "E3-TRAILING"),
        ("twice", [good.as_slice(), good].concat(), "E3-TRAILING"),
        ("tag in two bytes", led(&[0xD8, 0x12], 1), "E3-NON-MINIMAL"),
        ("no tag", tail(1), "E3-TAG"),
        ("indefinite array", led(&[0xD2, 0x9F], 2), "E3-INDEFINITE"),
        ("length in two bytes", led(&[0xD2, 0x98, 0x04], 2), "E3-NON-MINIMAL"),
        ("array of five", led(&[0xD2, 0x85], 2), "E3-LENGTH"),
        ("length of 2^63", led(&[0xD2, 0x9B, 0x80, 0, 0, 0, 0, 0, 0, 0], 2), "E3-LENGTH"),
        ("alg -8", header_of([0xA3, 0x01, 0x27, 0x04]), "E3-ALG"),
        ("label twice", header_of([0xA3, 0x01, 0x32, 0x01]), "E3-KEY-ORDER"),
        (
            "text that is not NFC",
            replaced(good, prefecture, "瑞穂a\u{300}".as_bytes()),
            "E6-TEXT-NFC",
        ),
        (
            "bidirectional control",
            replaced(good, prefecture, "瑞穂\u{202E}".as_bytes()),
            "E6-TEXT-CHARACTER",
        ),
        ("full-width number", replaced(good, b"31-07-1", "３07-1".as_bytes()), "E6-NUMBER"),
        ("text that is not UTF-8", replaced(good, prefecture, b"\xFF12345678"), "E3-UTF8"),
    ];
    for (name, bytes, rule) in cases {
        assert_eq!(judged(&world, &bytes), answer(1, "not-genuine", rule), "{name}");
    }
}

#[test]
fn keys_of_the_payload_are_complete_and_rise() {
    let world = World::new();
    let good = &world.signed("G01-1");
    // 2: "g-mirai", 3: number, 4: 1
    let id = b"\x02\x67g-mirai\x03";
    for (name, changed, rule) in [
        ("twice", b"\x01\x67g-mirai\x03", "E3-KEY-ORDER"),
        ("unsorted", b"\x03\x67g-mirai\x02", "E3-KEY-MISSING"),
    ] {
        let bytes = replaced(good, id, changed);
        assert_eq!(judged(&world, &bytes), answer(1, "not-genuine", rule), "{name}");
    }
    let bytes = replaced(good, b"\x0A\x19", b"\x17\x19");
    assert_eq!(judged(&world, &bytes), answer(1, "not-genuine", "E3-KEY-MISSING"));
}

#[test]
fn a_header_outside_the_signature_is_refused() {
    let world = World::new();
    let good = &world.signed("G01-1");
    let at = good.windows(2).position(|two| two == [b'e', 0xA0]).unwrap() + 1;
    let extra = [&good[..at], &[0xA1, 0x01, 0x27], &good[at + 1..]].concat();
    assert_eq!(judged(&world, &extra), answer(1, "not-genuine", "E3-UNPROTECTED"));
}

#[test]
fn flipped_bits_are_refused() {
    let world = World::new();
    let good = &world.signed("G09-1");
    // The core's own tests flip every bit; here one in some twenty bytes goes the whole way.
    for position in (0..good.len() * 8).step_by(163) {
        let mut bytes = good.clone();
        bytes[position / 8] ^= 1 << (position % 8);
        let (code, verdict, rule) = judged(&world, &bytes);
        let refused = [(1, "not-genuine"), (3, "key-unknown"), (3, "unreadable")];
        assert!(refused.contains(&(code, verdict.as_str())), "bit {position}: {verdict}");
        assert!(rule.is_some(), "bit {position}");
    }
}

#[test]
fn what_is_no_certificate_is_unreadable() {
    let world = World::new();
    let status = world.read("mirai.status");
    let bundle = world.read("mirai.trust");
    let mut mac = world.signed("G01-1");
    mac[0] = 0xD1;
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"hello"),
        ("another tag", &mac),
        ("trust bundle", &bundle),
        ("status snapshot", &status),
        ("old spreadsheet", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
    ] {
        assert_eq!(judged(&world, bytes), answer(3, "unreadable", "E1-NOT-RECOGNISED"), "{name}");
    }
    let armor = hosho::encode_armor(&world.signed("G01-1")).replacen("0oRY", "0o*Y", 1);
    assert_eq!(judged(&world, armor.as_bytes()), answer(3, "unreadable", "E1-ARMOR"));
}

#[test]
fn what_only_begins_as_a_paper_is_unreadable() {
    let world = World::new();
    for (bytes, code) in [
        (&b"%PDF-1.7\n"[..], "E1-PDF"),
        (b"\x89PNG\r\n\x1a\n", "E1-IMAGE"),
        (b"\xFF\xD8\xFF\xE0", "E1-IMAGE"),
    ] {
        assert_eq!(judged(&world, bytes), answer(3, "unreadable", code));
    }
}

#[test]
fn a_huge_sparse_file_is_too_large() {
    let world = World::new();
    let path = world.path("huge.hosho");
    File::create(&path).unwrap().set_len(4 << 30).unwrap();
    let run = in_sixteen_mebibytes(&world, &path, Stdio::null());
    assert_eq!(run.verdict(), answer(3, "unreadable", "E1-TOO-LARGE"));
}

#[test]
fn endless_input_is_too_large() {
    let world = World::new();
    let zeros = File::open("/dev/zero").unwrap();
    let run = in_sixteen_mebibytes(&world, Path::new("-"), zeros.into());
    assert_eq!(run.verdict(), answer(3, "unreadable", "E1-TOO-LARGE"));
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let world = World::new();
    fs::create_dir(world.path("folder")).unwrap();
    std::os::unix::fs::symlink(world.path("folder"), world.path("to-folder")).unwrap();
    let made = Command::new("mkfifo").arg(world.path("pipe")).status().unwrap();
    assert!(made.success());
    for name in ["folder", "to-folder", "pipe", "/dev/zero"] {
        let run = in_sixteen_mebibytes(&world, &world.path(name), Stdio::null());
        assert_eq!(run.verdict(), answer(3, "unreadable", "E1-NOT-A-FILE"), "{name}");
    }
    std::os::unix::fs::symlink(world.path("absent"), world.path("dangling")).unwrap();
    let run = Check::of(&world, "G01-1", &world.path("dangling")).trust().json();
    assert_eq!(run.verdict(), answer(3, "unreadable", "E1-IO"));
    assert!(run.stderr.contains("; check its name and place"), "{}", run.stderr);
}

#[test]
fn a_key_file_that_is_not_utf_8_holds_no_symbol() {
    let world = World::new();
    world.write("bad.auth-key", b"1SXAS-AAJCV-8GEE1-S4M3K-CJ1D\xFF\n");
    let check = Check::usual(&world, "G01-1").file("--auth-key-file", "bad.auth-key");
    let (code, verdict, rule) = check.json().verdict();
    assert_eq!((code, verdict.as_str(), rule.as_deref()), (1, "key-mistyped", Some("E2-SYMBOL")));
}

#[test]
fn a_link_to_a_certificate_is_followed() {
    let world = World::new();
    std::os::unix::fs::symlink(world.path("G06-1.hosho"), world.path("link")).unwrap();
    let run = Check::of(&world, "G06-1", &world.path("link")).trust().status().json();
    assert_eq!(run.verdict(), (0, "in-force".to_owned(), None));
}

#[test]
fn a_files_name_cannot_steer_a_terminal() {
    let world = World::new();
    let file = world.write("\u{1b}[2J.hosho", b"");
    let run = Check::of(&world, "G01-1", &file).trust().run();
    assert_eq!(run.code, 3);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}

/// Checks a file with at most 16 MiB of data, all of it counted.
fn in_sixteen_mebibytes(world: &World, file: &Path, input: Stdio) -> Run {
    let (trust, status) = (world.path("mirai.trust"), world.path("mirai.status"));
    let output = Command::new("sh")
        .args(["-c", "ulimit -d 16384 && exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_hosho-verify"))
        .arg("check")
        .arg(file)
        .args(["--number", "31-07-1-0000123-9", "--now", NOW, "--json", "--trust"])
        .arg(trust)
        .arg("--status")
        .arg(status)
        .env("LANG", "C.UTF-8")
        .stdin(input)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_file_that_goes_with_another_option_is_named() {
    let world = World::new();
    for (file, lang, phrase) in [
        ("mirai.status", "en", "this is a status snapshot"),
        ("mirai.status", "ja", "状態一覧のファイルです"),
        ("mirai.trust", "en", "this is a trust bundle"),
        ("mirai.trust", "ja", "信頼バンドルのファイルです"),
    ] {
        let check = Check::of(&world, "G01-1", &world.path(file)).trust().with("--lang", lang);
        let run = check.run();
        assert_eq!(run.code, 3);
        assert!(run.stderr.contains(phrase) || run.stdout.contains(phrase), "{}", run.stderr);
    }
}
