//! Measures `hosho-verify audit` over a generated year, as a ratio to bare `verify_strict` of the
//! same bytes: `audit-throughput DIR [ROUNDS]`, DIR from `generate --armored`.
//!
//! Program and bare verification take turns, so that whatever else the machine does falls on both.
//! The program is the one beside this one; `taskset` and GNU `time` have to be installed.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool of this repository only"
)]

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use coset::{CoseSign1, TaggedCborSerializable as _};
use ed25519_dalek::{Signature, VerifyingKey};
use hosho::{KeyId, SignedTrustBundle, decode_armor};
use hosho_benches::{machine, median};
use serde_json::Value;

/// Certificates that are verified bare in one turn.
const BARE: usize = 4_096;

const END: &str = "-----END HOSHO CERTIFICATE-----\n";

type Problem = Box<dyn Error>;

/// What is measured: a way to run the program over the year.
struct Line {
    name: &'static str,
    inputs: &'static str,
    cores: &'static str,
    more: &'static [&'static str],
}

const LINES: [Line; 7] = [
    Line { name: "files, 1 core", inputs: "certificates", cores: "0", more: &["--jobs", "1"] },
    Line { name: "files, 2 cores", inputs: "certificates", cores: "0,1", more: &["--jobs", "2"] },
    Line { name: "archives, 1 core", inputs: "armored", cores: "0", more: &["--jobs", "1"] },
    Line { name: "archives, 2 cores", inputs: "armored", cores: "0,1", more: &["--jobs", "2"] },
    Line {
        name: "archives, JSON, 2 cores",
        inputs: "armored",
        cores: "0,1",
        more: &["--jobs", "2", "--json"],
    },
    Line {
        name: "archives, JSON, ledger, 2 cores",
        inputs: "armored",
        cores: "0,1",
        more: &["--jobs", "2", "--json", "--ledger", "ledger.csv", "--ignore-column", "備考"],
    },
    Line {
        name: "archives, JSON, policy, 2 cores",
        inputs: "armored",
        cores: "0,1",
        more: &["--jobs", "2", "--json", "--policy", "usual"],
    },
];

/// What one run took.
#[derive(Default)]
struct Figures {
    ratios: Vec<f64>,
    peaks: Vec<f64>,
    rates: Vec<f64>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("audit-throughput: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Problem> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: audit-throughput DIR [ROUNDS]")?);
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json"))?)?;
    let count = expected["summary"]["certificates"].as_f64().ok_or("no expected.json")?;
    let bare = Bare::read(&folder)?;
    let mut all: BTreeMap<usize, Figures> = BTreeMap::new();
    let mut baseline = Vec::new();
    for _ in 0..rounds {
        for (at, line) in LINES.iter().enumerate() {
            let before = bare.verify();
            let (seconds, peak) = line.run(&folder, &expected)?;
            let each = f64::midpoint(before, bare.verify());
            baseline.push(each);
            let figures = all.entry(at).or_default();
            figures.ratios.push(seconds / count / each);
            figures.rates.push(count / seconds);
            figures.peaks.push(peak);
        }
    }
    println!("{}", machine());
    println!(
        "{count:.0} certificates; medians of {rounds} rounds; bare verify_strict {:.1} us each on one core\n",
        median(baseline) * 1e6
    );
    println!("{:<34} {:>7} {:>12} {:>10}", "what", "ratio", "each second", "peak MiB");
    for (line, figures) in LINES.iter().zip(all.into_values()) {
        let Figures { ratios, peaks, rates } = figures;
        let (ratio, rate, peak) = (median(ratios), median(rates), median(peaks) / 1_024.0);
        println!("{:<34} {ratio:>7.3} {rate:>12.0} {peak:>10.1}", line.name);
    }
    Ok(())
}

impl Line {
    /// Runs the program once; returns seconds by the wall clock and the peak of memory in KiB.
    fn run(&self, folder: &Path, expected: &Value) -> Result<(f64, f64), Problem> {
        let program = env::current_exe()?.with_file_name("hosho-verify");
        if !program.exists() {
            return Err("build it first: cargo build --release -p hosho-verify".into());
        }
        let figure = folder.join("figure");
        let asked = |name: &str| expected["summary"][name].as_str().unwrap_or_default();
        let started = Instant::now();
        let status = Command::new("taskset")
            .args(["-c", self.cores, "/usr/bin/time", "-q", "-f", "%M", "-o"])
            .arg(figure.canonicalize().unwrap_or_else(|_| absolute(&figure)))
            .arg(program)
            .args(["audit", self.inputs, "--trust", "trust", "--status", "status"])
            .args(["--on", asked("on"), "--now", asked("now")])
            .args(self.more)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()?;
        let seconds = started.elapsed().as_secs_f64();
        // The year holds forged certificates.
        if status.code() != Some(1) {
            return Err(format!("{}: exit {:?}", self.name, status.code()).into());
        }
        Ok((seconds, fs::read_to_string(figure)?.trim().parse()?))
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The signatures of some of the certificates, with nothing around them.
struct Bare {
    signed: Vec<(VerifyingKey, Vec<u8>, Signature)>,
}

impl Bare {
    fn read(folder: &Path) -> Result<Self, Problem> {
        let mut keys: Vec<(KeyId, VerifyingKey)> = Vec::new();
        for entry in fs::read_dir(folder.join("trust"))? {
            let bytes = fs::read(entry?.path())?;
            let bundle = SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin)?;
            for entry in bundle.keys() {
                let key = VerifyingKey::from_bytes(entry.key.as_bytes())?;
                keys.push((entry.key.key_id(), key));
            }
        }
        let archive = fs::read_dir(folder.join("armored"))?.next().ok_or("no archives")??.path();
        let text = fs::read_to_string(archive)?;
        let mut signed = Vec::new();
        for block in text.split_inclusive(END).take(BARE) {
            let object =
                CoseSign1::from_tagged_slice(&decode_armor(block)?).map_err(|e| e.to_string())?;
            let kid: [u8; 8] = object.protected.header.key_id.as_slice().try_into()?;
            let kid = KeyId::from_bytes(kid);
            let key = keys.iter().find(|(id, _)| *id == kid).ok_or("an unknown key")?.1;
            signed.push((key, object.tbs_data(b""), Signature::from_slice(&object.signature)?));
        }
        Ok(Self { signed })
    }

    /// Verifies all and returns the seconds that one took.
    fn verify(&self) -> f64 {
        let started = Instant::now();
        let right = self
            .signed
            .iter()
            .filter(|(key, message, signature)| key.verify_strict(message, signature).is_ok())
            .count();
        let seconds = started.elapsed().as_secs_f64();
        // A few are forged on purpose.
        assert!(right * 100 > self.signed.len() * 99, "{right}");
        let count = u32::try_from(self.signed.len()).unwrap_or(u32::MAX);
        seconds / f64::from(count)
    }
}
