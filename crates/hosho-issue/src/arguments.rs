//! The command line: its commands, options and help in both languages.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use hosho::{GuaranteeNumber, KeyId, KeyRole, Revision, UnixTime};
use hosho_cli::clock::parse_time;
use hosho_cli::lang::Lang;
use hosho_policy::Rule;

use crate::init::{BUNDLE_DAYS, KEY_DAYS, SNAPSHOT_DAYS};
use crate::journal::spelled::Spelled as _;

mod help;
mod root;

pub(crate) use root::RootAction;

/// Issues guarantee certificates: records, signs and seals them.
#[derive(Debug, Parser)]
#[command(name = "hosho-issue", version, arg_required_else_help = true)]
pub struct Arguments {
    /// Language of messages: ja or en; otherwise that of the locale.
    #[arg(long, global = true, display_order = 100, value_name = "LANG", value_parser = ["ja", "en"])]
    pub lang: Option<String>,
    /// Seconds to wait while another command works in the same home.
    #[arg(long, global = true, display_order = 101, value_name = "SECONDS", default_value_t = 10)]
    pub wait: u64,
    /// What to do.
    #[command(subcommand)]
    pub command: Action,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Action {
    /// Make a guarantor's home: keys, roots, first trust bundle, journal.
    Init {
        /// The folder to make; it must not exist, or be empty.
        home: PathBuf,
        /// The guarantor's name, as certificates print it.
        #[arg(long, value_name = "NAME")]
        guarantor: String,
        /// The guarantor-id, 3 to 32 of a-z 0-9 and hyphen; otherwise made from the root keys.
        #[arg(long)]
        id: Option<String>,
        /// Title and name of who signs for the guarantor.
        #[arg(long, value_name = "TEXT")]
        representative: Option<String>,
        /// The guarantor's address.
        #[arg(long, value_name = "TEXT")]
        address: Option<String>,
        /// Files of the clauses in force; certificates carry their hash.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        terms: Vec<PathBuf>,
        /// Where the certificate key is, a URI of file or pkcs11; otherwise one is made in the home.
        #[arg(long, value_name = "URI")]
        certificate_key: Option<String>,
        /// Where the status key is; otherwise one is made in the home.
        #[arg(long, value_name = "URI")]
        status_key: Option<String>,
        /// Days for which the certificate and status keys may sign.
        #[arg(long, value_name = "DAYS", default_value_t = KEY_DAYS, value_parser = days())]
        key_days: u16,
        /// Days until the trust bundle should be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = BUNDLE_DAYS, value_parser = days())]
        bundle_days: u16,
        /// Days for which a status snapshot stays fresh.
        #[arg(long, value_name = "DAYS", default_value_t = SNAPSHOT_DAYS, value_parser = days())]
        snapshot_days: u16,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Issue a certificate for each request.
    Issue {
        /// The guarantor's home.
        home: PathBuf,
        /// Files with requests, one JSON object each; - reads standard input.
        #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
        request: Vec<PathBuf>,
        /// The folder for certificates and auth keys; made if missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Policy of the obligees (docs/policy.md); otherwise the usual one.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// Refuse while a warning or error of the policy is not accepted.
        #[arg(long)]
        require_ack: bool,
        /// Rule whose findings are accepted; may be repeated.
        #[arg(long, value_name = "RULE", value_parser = rules(), hide_possible_values = true)]
        ack: Vec<Rule>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Write the current trust bundle, or make the next one.
    Bundle {
        /// The guarantor's home.
        home: PathBuf,
        /// The file to write; with --all the folder, made if missing.
        #[arg(long, value_name = "FILE", required_unless_present = "renew")]
        out: Option<PathBuf>,
        /// Write every trust bundle under its sequence, for those who pinned an old one.
        #[arg(long, conflicts_with_all = ["force", "renew"])]
        all: bool,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
        /// Make the next trust bundle, which says the same and stays fresh for longer.
        #[arg(long)]
        renew: bool,
        /// Days until the next trust bundle should be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = BUNDLE_DAYS, value_parser = days(), requires = "renew")]
        bundle_days: u16,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Sign and write a new status snapshot.
    Snapshot {
        /// The guarantor's home.
        home: PathBuf,
        /// The file to write; further lists go to FILE.2, FILE.3 and so on.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace files that are there.
        #[arg(long)]
        force: bool,
        /// Days for which it stays fresh; otherwise as the home was made.
        #[arg(long, value_name = "DAYS", value_parser = days())]
        valid_days: Option<u16>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Issue a new auth key for a guarantee whose key was lost or leaked.
    Rekey {
        /// The guarantor's home.
        home: PathBuf,
        /// The numbers of the guarantees.
        #[arg(value_name = "NUMBER", required_unless_present = "outdated", value_parser = guarantee_number)]
        number: Vec<GuaranteeNumber<'static>>,
        /// Instead: every guarantee whose auth key is of an older epoch, unless terminated or voided;
        /// also one past its period, which may still be claimed under.
        #[arg(long, conflicts_with = "number")]
        outdated: bool,
        /// The folder for certificates and auth keys; made if missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Put the earlier revisions there too, sealed again for the new auth key.
        #[arg(long)]
        earlier: bool,
        /// Why, as the certificates will say.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Make a new auth master key; guarantees issued from now on use it.
    RotateMaster {
        /// The guarantor's home.
        home: PathBuf,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Make a new key and retire the one before.
    RotateKey {
        /// The guarantor's home.
        home: PathBuf,
        /// What the key signs: certificate, status or publish.
        #[arg(long, value_name = "ROLE", default_value = "certificate", value_parser = role)]
        role: KeyRole,
        /// Where the new key is, a URI of file or pkcs11; otherwise one is made in the home.
        #[arg(long, value_name = "URI")]
        to: Option<String>,
        /// Days from now for which the key before may still sign; otherwise 0, or 30 when the root
        /// keys are away.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=3_652))]
        grace_days: Option<u16>,
        /// Why the key before signs no more, as the trust bundle will say.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Days for which the new key may sign.
        #[arg(long, value_name = "DAYS", default_value_t = KEY_DAYS, value_parser = days())]
        key_days: u16,
        /// Days until the trust bundle should be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = BUNDLE_DAYS, value_parser = days())]
        bundle_days: u16,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Make a key on a PKCS#11 token such as an HSM, which it cannot leave.
    TokenKey {
        /// Where: pkcs11:token=...;object=...?module-path=...&pin-source=file:...
        uri: String,
    },
    /// Call a key compromised, prove what it signed before, and put a new one in its place.
    Compromised {
        /// The guarantor's home.
        home: PathBuf,
        /// The key: 16 hexadecimal digits, as `root show` prints them.
        #[arg(value_parser = key_id)]
        kid: KeyId,
        /// Since when it is feared to be in other hands: 2026-11-22T03:04:05Z.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        since: UnixTime,
        /// Why, as the trust bundle will say.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Where the new key is, a URI of file or pkcs11; otherwise one is made in the home.
        #[arg(long, value_name = "URI")]
        to: Option<String>,
        /// A folder for the proofs besides the home; made if missing.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Days for which the new key may sign.
        #[arg(long, value_name = "DAYS", default_value_t = KEY_DAYS, value_parser = days())]
        key_days: u16,
        /// Days until the trust bundle should be renewed.
        #[arg(long, value_name = "DAYS", default_value_t = BUNDLE_DAYS, value_parser = days())]
        bundle_days: u16,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// The root ceremony: make, move, change and use root keys.
    #[command(arg_required_else_help = true)]
    Root {
        /// What to do with root keys.
        #[command(subcommand)]
        command: RootAction,
    },
    /// Carry out what the portal's desk concludes, publish it, and pass answers on.
    Work {
        /// The guarantor's home.
        home: PathBuf,
        /// The configuration: services, worker's name, pauses (docs/services.md).
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Do what is left to do, and end; exit code 3 if a service was away.
        #[arg(long)]
        once: bool,
        /// Publish everything again: after a service was restored.
        #[arg(long)]
        everything: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Keep a second high-water mark apart, which an old copy of the home cannot put back.
    HighWater {
        /// The guarantor's home.
        home: PathBuf,
        /// The file for the second mark, on another medium; it must not exist.
        #[arg(long, value_name = "FILE")]
        apart: PathBuf,
        /// The mark that was kept before is lost; somebody has compared the last hash.
        #[arg(long)]
        lost: bool,
        /// Fix the clock, for tests: 2026-11-22T03:04:05Z or seconds since 1970.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        now: Option<UnixTime>,
    },
    /// Write the notice of a guarantee's auth key, for the contractor to hand to the obligee.
    Notice {
        /// The guarantor's home.
        home: PathBuf,
        /// The guarantee number.
        #[arg(value_parser = number)]
        number: GuaranteeNumber<'static>,
        /// The PDF to write; it holds the auth key, and only its owner may read it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the customer's copy of a certificate.
    Copy {
        /// The guarantor's home.
        home: PathBuf,
        /// The guarantee number.
        #[arg(value_parser = number)]
        number: GuaranteeNumber<'static>,
        /// Which revision; otherwise the newest.
        #[arg(long, value_name = "N", value_parser = revision)]
        revision: Option<Revision>,
        /// The PDF to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check the journal and every stored file, and print the counts.
    Journal {
        /// The guarantor's home.
        home: PathBuf,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print a manual page.
    Man {
        /// The command that it is about; otherwise the program.
        #[arg(value_parser = [
            "init",
            "issue",
            "bundle",
            "snapshot",
            "rekey",
            "rotate-master",
            "rotate-key",
            "token-key",
            "compromised",
            "root",
            "work",
            "high-water",
            "notice",
            "copy",
            "journal",
            "completions",
            "man",
        ])]
        command: Option<String>,
    },
}

/// Returns the command line with help in `lang`.
pub fn command(lang: Lang) -> clap::Command {
    help::speak(Arguments::command(), lang)
}

impl Arguments {
    /// Reads the arguments; help and usage errors are clap's to print.
    ///
    /// # Errors
    /// What clap makes of them: exit code 2, or 0 for help that was asked for.
    pub fn read<I, T>(arguments: I, lang: Lang) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        let mut command = command(lang);
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
    }
}

fn rules() -> impl TypedValueParser<Value = Rule> {
    let known = PossibleValuesParser::new(Rule::ALL.map(Rule::id));
    known.try_map(|id| Rule::parse(&id).ok_or("no such rule"))
}

fn guarantee_number(text: &str) -> Result<GuaranteeNumber<'static>, String> {
    let number = GuaranteeNumber::fold(text);
    number.map_err(|_| "expected 1 to 64 of 0-9 A-Z a-z and hyphen".to_owned())
}

fn role(text: &str) -> Result<KeyRole, String> {
    KeyRole::read(text).ok_or_else(|| "expected certificate, status or publish".to_owned())
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).map_err(|_| "expected 16 hexadecimal digits in lower case".to_owned())
}

fn number(text: &str) -> Result<GuaranteeNumber<'static>, String> {
    GuaranteeNumber::fold(text)
        .map_err(|_| "expected a number such as 31-07-1-0000123-9".to_owned())
}

fn revision(text: &str) -> Result<Revision, String> {
    let revision = text.parse().ok().and_then(|number| Revision::new(number).ok());
    revision.ok_or_else(|| "expected a number from 1 to 65535".to_owned())
}

fn days() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=36_525)
}
