//! What the program prints, word for word, in both languages.
//!
//! The files that the transcripts use lie beside them; tests compare them with the fixtures and the
//! samples, so that they cannot drift apart.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]
#![allow(dead_code, reason = "the world does more for the other tests")]

#[path = "cli/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use world::World;

const FILES: [&str; 6] = [
    "G01-1.auth-key",
    "G01-1.hosho",
    "G01-1.sealed.hosho",
    "G04-2.hosho",
    "mirai.status",
    "mirai.trust",
];

/// The files of the transcripts about policies, and where each comes from.
const POLICY_FILES: [(&str, &str); 11] = [
    ("G04-3.hosho", "tests/fixtures/mirai/G04-3.hosho"),
    ("G04-4.hosho", "tests/fixtures/mirai/G04-4.hosho"),
    ("G07-1.hosho", "tests/fixtures/mirai/G07-1.hosho"),
    ("G10-1.hosho", "tests/fixtures/mirai/G10-1.hosho"),
    ("N01.hosho", "tests/fixtures/policy/N01.hosho"),
    ("N02.hosho", "tests/fixtures/policy/N02.hosho"),
    ("N04.hosho", "tests/fixtures/policy/N04.hosho"),
    ("N09.hosho", "tests/fixtures/policy/N09.hosho"),
    ("mirai.status", "tests/fixtures/mirai/mirai.status"),
    ("mirai.trust", "tests/fixtures/mirai/mirai.trust"),
    ("mizuho.toml", "../../samples/policies/mizuho.toml"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in")
}

#[test]
fn the_files_of_the_transcripts_about_policies_are_those_of_fixtures_and_samples() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate_folder.join("tests/cmd/policy.in");
    for (name, origin) in POLICY_FILES {
        let made = fs::read(crate_folder.join(origin)).unwrap();
        if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(name), &made).unwrap();
        }
        let kept = fs::read(folder.join(name)).unwrap();
        assert!(kept == made, "{name} has changed; run with TRYCMD=overwrite to renew it");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), POLICY_FILES.len() + 1, "and bad.toml");
}

#[test]
fn the_files_of_the_transcripts_are_those_of_the_fixtures() {
    let world = World::new();
    for name in FILES {
        let made = world.read(name);
        if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
            fs::create_dir_all(folder()).unwrap();
            fs::write(folder().join(name), &made).unwrap();
        }
        let kept = fs::read(folder().join(name)).unwrap();
        assert!(kept == made, "{name} has changed; run with TRYCMD=overwrite to renew it");
    }
}

#[test]
fn the_program_prints_what_the_transcripts_say() {
    let cases = trycmd::TestCases::new();
    cases.env("LANG", "C.UTF-8").case("tests/cmd/*.trycmd");
}
