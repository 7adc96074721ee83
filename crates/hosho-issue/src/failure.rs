//! Why a command did not do what it was asked.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use hosho::{GuaranteeNumber, IssueError, ParseError, Revision, TrustError, UnixTime};
use hosho_cli::input::InputError;
use hosho_cli::lang::Lang;
use hosho_cli::output::OutputError;
use hosho_cli::path::shown;
use hosho_document::DocumentError;
use hosho_policy::{PolicyError, Rule};
use hosho_request::RequestError;
use hosho_signer::{KeyFileError, KeyFileFault, KeyringError, TokenError, UriError};

use crate::messages;
use crate::objection::Objection;

/// Why a command did not do what it was asked; whatever it names was left as it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The high-water mark that is kept apart from the home is not where it should be.
    ApartMissing {
        /// Where it should be.
        file: PathBuf,
    },
    /// The next trust bundle waits for signatures of root keys that are not in the home.
    AwaitsRoots {
        /// What they are asked to sign.
        request: PathBuf,
    },
    /// Another process works in the home.
    Busy {
        /// The home.
        home: PathBuf,
    },
    /// The clock is behind the last record of the journal (spec 6.2).
    ClockBehind {
        /// The time of the last record.
        last: UnixTime,
        /// What the clock says.
        now: UnixTime,
    },
    /// The system's clock cannot be expressed as a time of the format.
    ClockUnreadable,
    /// The worker's configuration is not one.
    Config {
        /// What is wrong, and where.
        problem: String,
        /// The file.
        file: PathBuf,
    },
    /// Something of the home is not as it was written.
    Damaged {
        /// What is wrong with it.
        damage: Damage,
        /// The file.
        file: PathBuf,
    },
    /// A series of numbers has come to its end: status lists, or sequences of a list.
    Exhausted,
    /// The home that `init` should make is there already.
    HomeExists {
        /// The home.
        home: PathBuf,
    },
    /// The folder is not a home.
    HomeMissing {
        /// What was given.
        home: PathBuf,
        /// Whether nothing is there, so that a home could be made.
        free: bool,
    },
    /// A file that the user named cannot be read.
    Input {
        /// Why.
        error: InputError,
        /// The file.
        file: PathBuf,
    },
    /// The core refused to sign or to build an object.
    Issue(IssueError),
    /// No such certificate was issued.
    NotIssued {
        /// The guarantee asked for.
        number: GuaranteeNumber<'static>,
        /// The revision asked for; otherwise the newest.
        revision: Option<Revision>,
    },
    /// The key cannot sign now.
    KeyNotUsable {
        /// Why.
        reason: KeyReason,
    },
    /// A step of keys, roots or trust bundles is not taken.
    Objected {
        /// The file that it is about, if any.
        file: Option<PathBuf>,
        /// Why.
        objection: Objection,
    },
    /// A value given as an option is not well formed.
    Option {
        /// Why.
        error: ParseError,
        /// Which option.
        option: &'static str,
    },
    /// An output cannot be written.
    Output {
        /// Why.
        error: OutputError,
        /// The file.
        file: PathBuf,
    },
    /// The policy that the user named is not one.
    Policy {
        /// Why.
        error: PolicyError,
        /// The file.
        file: PathBuf,
    },
    /// The paper could not be made.
    Paper(DocumentError),
    /// The system gives no random numbers.
    Random,
    /// One or more requests were refused; nothing was issued.
    Refused(Vec<Refusal>),
    /// The journal is older than the high-water mark: an old copy was put back.
    RolledBack {
        /// How many records the high-water mark has seen.
        high_water: u64,
        /// How many records the journal has.
        journal: u64,
    },
    /// A service cannot be talked to as the configuration says.
    Service {
        /// What it calls itself.
        audience: String,
        /// Why.
        problem: String,
    },
    /// Services did not answer as they should, and something is left to do.
    ServicesAway {
        /// What they call themselves.
        audiences: Vec<String>,
    },
    /// Several things of the home are wrong; there are at least two.
    Several(Vec<Failure>),
    /// The one who watches said stop (only tests do).
    Stopped,
    /// The token with a signing key cannot be used.
    Token(TokenError),
    /// The core refused to build a trust bundle.
    Trust(TrustError),
    /// The URI of a signing key is not well formed.
    Uri(UriError),
    /// Another worker works for the home.
    WorkerBusy {
        /// The home.
        home: PathBuf,
    },
}

/// What is wrong with a file of the home.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// Its bytes are not those that the journal recorded.
    Changed,
    /// It cannot be what it should be.
    Form,
    /// A key file that others than its owner may read.
    Exposed,
    /// A record of the journal does not follow from the one before.
    Record {
        /// Which record, counted from 1.
        sequence: u64,
    },
    /// It is missing.
    Missing,
}

/// Why a key cannot sign now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyReason {
    /// The home has no key to publish with.
    NoneToPublish,
    /// No active key of this role in the trust bundle is the one in the file.
    NotInBundle,
    /// The trust bundle that waits for signatures takes it out of use.
    OpenRequest,
    /// The time lies outside the key's window.
    Window,
}

/// One request, or one file that it would make, and why it was refused.
#[derive(Debug)]
pub struct Refusal {
    /// What it is about: a file, or a number and revision.
    pub subject: String,
    /// Why.
    pub reason: Reason,
}

/// Why a request was refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The file with this auth key holds another one.
    AuthKeyDiffers,
    /// The certificate would break a rule of the format.
    Claims(ParseError),
    /// This revision was issued, or is asked for twice, with other content.
    Conflict,
    /// The guarantee was terminated or voided: nothing follows (spec 6.5).
    Ended,
    /// The file cannot be read.
    Input(InputError),
    /// The core refused to prepare the certificate.
    Issue(IssueError),
    /// No guarantee of this number was issued here.
    NotIssued,
    /// The revision does not follow the newest one (R-CHAIN-1).
    NotNext {
        /// The newest revision that there is.
        newest: Option<Revision>,
    },
    /// The kind of guarantee would change (R-CHAIN-1).
    OtherKind,
    /// An output file is there with other content.
    Output(OutputError),
    /// The job is about something else than its request.
    OtherJob,
    /// A rekey is not made by a request.
    Rekey,
    /// The request is not well formed.
    Request(RequestError),
    /// Nobody has accepted what the policy says.
    Unacknowledged {
        /// The rules that would have to be accepted.
        rules: Vec<Rule>,
    },
    /// The guarantee has as many revisions or auth keys as it can have.
    UsedUp,
}

impl Failure {
    /// Returns the exit code: 1 refused, 3 cannot go on.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Config { .. }
            | Self::HomeExists { .. }
            | Self::NotIssued { .. }
            | Self::Option { .. }
            | Self::Output {
                error:
                    OutputError::Exists
                    | OutputError::Exposed
                    | OutputError::Name
                    | OutputError::NotAFile,
                ..
            }
            | Self::Policy { .. }
            | Self::Refused(_)
            | Self::Service { .. }
            | Self::Uri(_) => 1,
            Self::Objected { objection, .. } => objection.exit_code(),
            _ => 3,
        }
    }

    /// Returns the code of the rule that failed.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ApartMissing { .. } | Self::RolledBack { .. } => "E9-HIGH-WATER",
            Self::AwaitsRoots { .. } => "E9-ROOTS",
            Self::Busy { .. } | Self::WorkerBusy { .. } => "E9-BUSY",
            Self::ClockBehind { .. } | Self::ClockUnreadable => "E9-CLOCK",
            Self::Config { .. } | Self::Service { .. } => "E9-CONFIG",
            Self::Damaged { damage: Damage::Record { .. }, .. } => "E9-JOURNAL",
            Self::Damaged { .. } => "E9-DAMAGED",
            Self::Exhausted => "E9-EXHAUSTED",
            Self::HomeExists { .. } | Self::HomeMissing { .. } => "E9-HOME",
            Self::Input { error, .. } => error.code(),
            Self::Issue(error) => error.code(),
            Self::KeyNotUsable { reason: KeyReason::NoneToPublish } => "E9-PUBLISH-KEY",
            Self::KeyNotUsable { reason: KeyReason::NotInBundle } => "E5-KEY-UNKNOWN",
            Self::KeyNotUsable { reason: KeyReason::OpenRequest } => "E9-REQUEST",
            Self::KeyNotUsable { reason: KeyReason::Window } => "E5-KEY-WINDOW",
            Self::Objected { objection, .. } => objection.code(),
            Self::NotIssued { .. } => "E9-NOT-ISSUED",
            Self::Option { error, .. } => error.code(),
            Self::Paper(error) => error.code(),
            Self::Output { error, .. } => error.code(),
            Self::Policy { error, .. } => error.code(),
            Self::Random => "E9-RANDOM",
            Self::Refused(_) => "E9-REFUSED",
            Self::ServicesAway { .. } => "E9-SERVICE",
            Self::Several(all) => match all.as_slice() {
                [first, ..] => first.code(),
                [] => "E9-DAMAGED",
            },
            Self::Stopped => "E9-STOPPED",
            Self::Token(_) => "E9-TOKEN",
            Self::Trust(error) => error.code(),
            Self::Uri(_) => "E9-URI",
        }
    }

    /// Returns the lines to print: what happened and the next step.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        match self {
            Self::Refused(refusals) => messages::refusals(refusals, lang),
            Self::Several(all) => all.iter().flat_map(|one| one.lines(lang)).collect(),
            other => vec![format!("{}: {}", other.code(), messages::failure(other, lang))],
        }
    }

    /// Returns what was found wrong as one failure; nothing if nothing was.
    pub(crate) fn of_all(mut found: Vec<Self>) -> Option<Self> {
        match found.len() {
            0 | 1 => found.pop(),
            _ => Some(Self::Several(found)),
        }
    }

    pub(crate) fn damaged(file: &Path, damage: Damage) -> Self {
        Self::Damaged { damage, file: file.to_owned() }
    }

    pub(crate) fn objected(objection: Objection) -> Self {
        Self::Objected { file: None, objection }
    }

    pub(crate) fn objected_at(file: &Path, objection: Objection) -> Self {
        Self::Objected { file: Some(file.to_owned()), objection }
    }

    pub(crate) fn input(file: &Path, error: InputError) -> Self {
        Self::Input { error, file: file.to_owned() }
    }

    pub(crate) fn output(file: &Path, error: OutputError) -> Self {
        Self::Output { error, file: file.to_owned() }
    }

    pub(crate) fn io(file: &Path, error: io::Error) -> Self {
        Self::output(file, OutputError::Io(error))
    }

    /// A file that the home must have: missing is damage, anything else is the system's error.
    pub(crate) fn own(file: &Path, error: InputError) -> Self {
        match error {
            InputError::Io(e) if e.kind() == io::ErrorKind::NotFound => {
                Self::damaged(file, Damage::Missing)
            }
            InputError::NotAFile | InputError::TooLarge { .. } => Self::damaged(file, Damage::Form),
            other => Self::input(file, other),
        }
    }
}

impl Reason {
    /// Returns the code of the rule that failed.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AuthKeyDiffers => "E9-AUTH-KEY",
            Self::Claims(error) => error.code(),
            Self::Conflict => "E9-CONFLICT",
            Self::Ended | Self::NotNext { .. } | Self::OtherKind => "E6-CHAIN",
            Self::Input(error) => error.code(),
            Self::Issue(error) => error.code(),
            Self::Output(error) => error.code(),
            Self::NotIssued => "E9-NUMBER",
            Self::OtherJob => "E9-JOB",
            Self::Rekey => "E9-REKEY",
            Self::Request(error) => error.code(),
            Self::Unacknowledged { .. } => "E9-ACK",
            Self::UsedUp => "E9-EXHAUSTED",
        }
    }
}

impl Refusal {
    pub(crate) fn of(number: &GuaranteeNumber<'_>, revision: Revision, reason: Reason) -> Self {
        Self { subject: format!("{number} r{revision}"), reason }
    }

    pub(crate) fn at(file: &Path, reason: Reason) -> Self {
        Self { subject: shown(file), reason }
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<KeyFileError> for Failure {
    fn from(KeyFileError { file, fault }: KeyFileError) -> Self {
        match fault {
            KeyFileFault::Exposed => Self::damaged(&file, Damage::Exposed),
            KeyFileFault::Unread(error) => Self::own(&file, error),
            _ => Self::damaged(&file, Damage::Form),
        }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::File(error) => error.into(),
            KeyringError::Issue(error) => Self::Issue(error),
            KeyringError::MasterMissing { epoch } => {
                Self::damaged(Path::new(&crate::home::master_name(epoch)), Damage::Missing)
            }
            KeyringError::Token(error) => Self::Token(error),
            KeyringError::Uri(error) => Self::Uri(error),
            _ => Self::KeyNotUsable { reason: KeyReason::NotInBundle },
        }
    }
}

impl From<UriError> for Failure {
    fn from(error: UriError) -> Self {
        Self::Uri(error)
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Self::Trust(error)
    }
}

impl From<getrandom::Error> for Failure {
    fn from(_: getrandom::Error) -> Self {
        Self::Random
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(Lang::En).join("; "))
    }
}

impl std::error::Error for Failure {}
