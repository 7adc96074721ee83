//! What the program prints, word for word, in both languages.
//!
//! The files that the transcripts use lie beside them; a test compares them with the fixtures, so
//! that the two cannot drift apart.

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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/check.in")
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
