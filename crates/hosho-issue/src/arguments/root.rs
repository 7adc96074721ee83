//! The commands of the root ceremony.

use std::path::PathBuf;

use clap::Subcommand;
use hosho::UnixTime;
use hosho_cli::clock::parse_time;

use super::days;

/// What to do with root keys.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum RootAction {
    /// Make one root key: FILE.pem, and FILE.pub with its public part.
    Init {
        /// The file for the secret key; it must not exist.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show what a home, a request or a trust bundle says.
    Show {
        /// The home, or the file.
        what: PathBuf,
        /// The trust bundle before, to show what changes.
        #[arg(long, value_name = "BUNDLE")]
        previous: Option<PathBuf>,
    },
    /// Write what waits for signatures of root keys.
    Request {
        /// The guarantor's home.
        home: PathBuf,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Show a request in full, ask, and sign it with one root key.
    Sign {
        /// The file with the request.
        request: PathBuf,
        /// The file with the root key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The file for the signature.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The trust bundle before, to show and check what changes.
        #[arg(long, value_name = "BUNDLE")]
        previous: Option<PathBuf>,
        /// Sign without asking; needed where there is no terminal.
        #[arg(long)]
        yes: bool,
    },
    /// Make the trust bundle from signatures and install it.
    Assemble {
        /// The guarantor's home, or a file with the request.
        target: PathBuf,
        /// Files with signatures of root keys.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        signature: Vec<PathBuf>,
        /// The trust bundle before, when the target is a request.
        #[arg(long, value_name = "BUNDLE")]
        previous: Option<PathBuf>,
        /// The file for the trust bundle; needed when the target is a request.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Move the root keys out of the home.
    Export {
        /// The guarantor's home.
        home: PathBuf,
        /// The folder for the root keys, outside the home; made if missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Change the root set with the next trust bundle.
    Replace {
        /// The guarantor's home.
        home: PathBuf,
        /// Root keys that go: fingerprints as `root show` prints them.
        #[arg(long, value_name = "FINGERPRINT", num_args = 1.., required_unless_present = "add")]
        remove: Vec<String>,
        /// Files with public keys that come, as `root init` writes them.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        add: Vec<PathBuf>,
        /// How many must sign; otherwise as many as before.
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(2..=8))]
        threshold: Option<u8>,
        /// Days until the trust bundle should be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = days())]
        bundle_days: u16,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Take back the last change that waits for signatures.
    Withdraw {
        /// The guarantor's home.
        home: PathBuf,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
}
