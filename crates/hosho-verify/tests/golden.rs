//! What the program prints, word for word, in both languages.
//!
//! The certificates that the transcripts use lie beside them and are made anew here, so that they
//! can never drift from the code.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail loudly")]
#![allow(dead_code, reason = "the guarantor does more for the other tests")]

#[path = "cli/guarantor.rs"]
mod guarantor;

use std::fs;
use std::path::{Path, PathBuf};

use guarantor::World;

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
fn the_files_of_the_transcripts_are_those_that_the_code_makes() {
    let world = World::new();
    for name in FILES {
        let made = fs::read(world.path(name)).unwrap();
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
