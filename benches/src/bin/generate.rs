//! Makes a year of certificates to audit: `generate --count N --out DIR [--armored]`.
//!
//! DIR gets the certificates, the trust bundles, the status snapshots, the obligee's ledger, some
//! sealed certificates with their keys, and what an audit has to say in `expected.json`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool of this repository only")]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use hosho_benches::{Armored, Year};

fn main() -> ExitCode {
    let Some((count, out, armored)) = arguments() else {
        eprintln!("usage: generate --count N --out DIR [--armored]");
        return ExitCode::from(2);
    };
    let started = Instant::now();
    match (Year { count, out: &out, armored }).write() {
        Ok(written) => {
            let seconds = started.elapsed().as_secs_f64();
            println!("{written} certificates in {} after {seconds:.1} s", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", out.display());
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Option<(u64, PathBuf, Armored)> {
    let (mut count, mut out, mut armored) = (None, None, Armored::No);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--count" => count = Some(arguments.next()?.parse().ok()?),
            "--out" => out = Some(PathBuf::from(arguments.next()?)),
            "--armored" => armored = Armored::Yes,
            _ => return None,
        }
    }
    Some((count?, out?, armored))
}
