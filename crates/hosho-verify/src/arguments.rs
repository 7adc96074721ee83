//! What can be written on the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use hosho::{Date, Fingerprint, UnixTime, VerificationPath};

use crate::hex::unhex;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "hosho-verify", version, about = "Checks guarantee certificates offline")]
pub(crate) struct Arguments {
    /// Language of messages
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<LangArgument>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The languages by their codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LangArgument {
    /// English
    En,
    /// 日本語
    Ja,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check one certificate: genuine, about this guarantee, in force?
    Check(CheckArguments),
    /// Work on trust bundles
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Check every certificate below folders
    Audit(AuditArguments),
    /// Keep a certificate with everything that its verdict rests on
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Show what bytes say, without verifying anything
    Inspect(InspectArguments),
    /// Replay test vectors
    Vectors(VectorsArguments),
    /// Print shell completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Read a paper from standard input within limits, for check
    #[command(hide = true)]
    ReadPaper,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("looks_at_related").args(["policy", "report"]).multiple(true))]
pub(crate) struct CheckArguments {
    /// Signed, sealed or armored certificate, evidence file, or PDF, PNG or JPEG with one; - reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) trust: TrustArguments,

    /// Status snapshot of the guarantor; file or folder
    #[arg(long, value_name = "SNAPSHOT", value_hint = ValueHint::AnyPath)]
    pub(crate) status: Vec<PathBuf>,

    /// Guarantee number that you expect
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<String>,

    /// Obligee that you expect
    #[arg(long, value_name = "NAME")]
    pub(crate) obligee: Option<String>,

    /// File that holds the auth key on one line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) auth_key_file: Option<PathBuf>,

    /// Inclusion proof for a certificate of a compromised key, or the folder with it
    #[arg(long, value_name = "PROOF", value_hint = ValueHint::AnyPath)]
    pub(crate) proof: Option<PathBuf>,

    /// Later revisions of an earlier one, after a new auth key: all up to the newest
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub(crate) later: Vec<PathBuf>,

    /// Policy of the obligee, or the word usual: findings change no verdict
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,

    /// Another revision, or certificate about the same contract, for the policy and the report
    #[arg(long, value_name = "FILE", requires = "looks_at_related", value_hint = ValueHint::FilePath)]
    pub(crate) related: Vec<PathBuf>,

    /// Root certificate (PEM) of the authority whose timestamp an evidence file holds
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(crate) tsa: Option<PathBuf>,

    /// File that remembers the newest snapshots and bundles; made if missing
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) remember: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) moment: MomentArguments,

    /// Also write a report to file, as PDF; nothing is overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// For debugging: ask a second implementation about the signature too, and stop if it differs
    #[arg(long)]
    pub(crate) confirm: bool,
}

/// Whose keys are trusted; one of the two is needed.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct TrustArguments {
    /// Trust bundle of the guarantor, from a channel you already knew; file or folder
    #[arg(long, value_name = "BUNDLE", value_hint = ValueHint::AnyPath)]
    pub(crate) trust: Vec<PathBuf>,

    /// Trust the bundle inside an evidence file whose root keys have this fingerprint, which you
    /// got from a channel you already knew
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse_fingerprint)]
    pub(crate) trust_inside: Option<Fingerprint>,
}

/// The day asked about and the time of asking.
#[derive(Debug, Args)]
pub(crate) struct MomentArguments {
    /// Day to answer for, YYYY-MM-DD [default: today in Japan]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) on: Option<Date>,

    /// Time to take for now [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = hosho_cli::clock::parse_time)]
    pub(crate) now: Option<UnixTime>,
}

/// What to do with trust bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Show a bundle that its root keys signed, with their fingerprint
    Show(TrustShowArguments),
    /// Step from a pinned bundle to newer ones, checking each step
    Update(TrustUpdateArguments),
}

/// Arguments of `trust show`.
#[derive(Debug, Args)]
pub(crate) struct TrustShowArguments {
    /// Trust bundle
    #[arg(value_name = "BUNDLE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// Arguments of `trust update`.
#[derive(Debug, Args)]
pub(crate) struct TrustUpdateArguments {
    /// Bundle that you trust now
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub(crate) pinned: PathBuf,

    /// Newer bundles, in any order, or folders with them
    #[arg(long, value_name = "PATH", required = true, num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub(crate) new: Vec<PathBuf>,

    /// Where to write the newest bundle; nothing is overwritten
    #[arg(long, value_name = "NEW", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
}

/// What to do with evidence files.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Write an evidence file of a genuine certificate
    Make(Box<EvidenceMakeArguments>),
    /// List the parts of an evidence file, without verifying anything
    Show(EvidenceShowArguments),
    /// Write the parts of an evidence file into a new folder
    Extract(EvidenceExtractArguments),
}

/// Arguments of `evidence make`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceMakeArguments {
    /// Certificate, or an evidence file to add to; - reads standard input
    #[arg(value_name = "CERT", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) trust: TrustArguments,

    /// Status snapshot of the guarantor; file or folder
    #[arg(long, value_name = "SNAPSHOT", value_hint = ValueHint::AnyPath)]
    pub(crate) status: Vec<PathBuf>,

    /// Earlier revisions, all of them; files or a folder that holds them
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub(crate) earlier: Vec<PathBuf>,

    /// File that holds the auth key of a sealed certificate
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) auth_key_file: Option<PathBuf>,

    /// Inclusion proof for a certificate of a compromised key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) proof: Option<PathBuf>,

    /// Timestamp (RFC 3161) over the evidence file as it is without one: a reply or its token
    #[arg(long, value_name = "TOKEN", requires = "tsa", value_hint = ValueHint::FilePath)]
    pub(crate) timestamp: Option<PathBuf>,

    /// Root certificate (PEM) of the authority that made the timestamp
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(crate) tsa: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) moment: MomentArguments,

    /// Where to write the evidence file; nothing is overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
}

/// Arguments of `evidence show`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceShowArguments {
    /// Evidence file; - reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// Arguments of `evidence extract`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceExtractArguments {
    /// Evidence file; - reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// Folder to make; one that exists is left alone
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: PathBuf,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// Files, folders, and archives (armored text, tar, also behind gzip)
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,

    /// Trust bundle; file or folder
    #[arg(long, value_name = "BUNDLE", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) trust: Vec<PathBuf>,

    /// Status snapshot; file or folder
    #[arg(long, value_name = "SNAPSHOT", value_hint = ValueHint::AnyPath)]
    pub(crate) status: Vec<PathBuf>,

    /// Inclusion proof for a certificate of a compromised key, or a folder of proofs named
    /// like their certificates; one beside its certificate is found by itself
    #[arg(long, value_name = "PROOF", value_hint = ValueHint::AnyPath)]
    pub(crate) proof: Vec<PathBuf>,

    /// File that remembers the newest snapshots and bundles; made if missing
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) remember: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) moment: MomentArguments,

    /// Also write a table; nothing is overwritten
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) csv: Option<PathBuf>,

    /// Lines of number,key that open sealed certificates; only its owner may read it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) keys: Option<PathBuf>,

    /// Your ledger as CSV, compared with the certificates field by field
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) ledger: Option<PathBuf>,

    /// Column of the ledger that is not compared
    #[arg(long, value_name = "TITLE", requires = "ledger")]
    pub(crate) ignore_column: Vec<String>,

    /// Also write what the ledger says against the certificates; nothing is overwritten
    #[arg(long, value_name = "FILE", requires = "ledger", value_hint = ValueHint::FilePath)]
    pub(crate) ledger_csv: Option<PathBuf>,

    /// Policy of the obligee, or the word usual: findings change no verdict
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) policy: Option<PathBuf>,

    /// File that an interrupted run leaves, from which the same command goes on
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) state: Option<PathBuf>,

    /// Number of threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) signatures: SignatureArguments,
}

/// How signatures are verified. No verdict depends on it.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct SignatureArguments {
    /// For debugging: ask a second implementation about every signature too, and stop if it
    /// differs; takes several times as long
    #[arg(long)]
    pub(crate) confirm: bool,

    /// For debugging: how to compute, portable, avx2 or ifma [default: the fastest here]
    #[arg(long, value_name = "PATH", value_parser = parse_path)]
    pub(crate) path: Option<VerificationPath>,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Any object of Hosho, also armored or broken; - reads standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

/// Arguments of `vectors`.
#[derive(Debug, Args)]
pub(crate) struct VectorsArguments {
    /// Folder of vector files
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|_| "expected a day such as 2026-01-10".to_owned())
}

fn parse_path(text: &str) -> Result<VerificationPath, String> {
    let path = match text {
        "portable" => Some(VerificationPath::PORTABLE),
        "avx2" => VerificationPath::avx2(),
        "ifma" => VerificationPath::ifma(),
        _ => return Err("expected portable, avx2 or ifma".to_owned()),
    };
    path.ok_or_else(|| "this processor does not have the instructions".to_owned())
}

fn parse_fingerprint(text: &str) -> Result<Fingerprint, String> {
    let bytes =
        unhex(&text.to_ascii_lowercase()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let expected = || "expected the 64 hexadecimal digits of a SHA-256".to_owned();
    bytes.map(Fingerprint::from_bytes).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_path_is_one_that_the_processor_has() {
        assert_eq!(parse_path("portable"), Ok(VerificationPath::PORTABLE));
        let lacking = "this processor does not have the instructions".to_owned();
        assert_eq!(parse_path("avx2"), VerificationPath::avx2().ok_or(lacking.clone()));
        assert_eq!(parse_path("ifma"), VerificationPath::ifma().ok_or(lacking));
        let phrase = "expected portable, avx2 or ifma".to_owned();
        assert_eq!(parse_path("AVX2"), Err(phrase.clone()));
        assert_eq!(parse_path(""), Err(phrase));
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!(parse_date("2026-01-10"), Ok(Date::parse("2026-01-10").unwrap()));
        let phrase = "expected a day such as 2026-01-10";
        for text in ["2026-1-10", "2026-02-30", "令和8年1月10日", ""] {
            assert_eq!(parse_date(text), Err(phrase.to_owned()), "{text}");
        }
    }
}
