use std::fmt;

use hosho::{AuthKey, GuaranteeNumber, Revision, Text, UnixTime};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::answer::Judgement;
use crate::wire::{Base64, SealedRevision, Spelling};

/// Where trust bundles go (CBOR).
pub const BUNDLE: &str = "/worker/v1/bundle";
/// Where jobs are claimed.
pub const CLAIM: &str = "/worker/v1/jobs/claim";
/// Where status snapshots go (CBOR).
pub const SNAPSHOTS: &str = "/worker/v1/snapshots";
/// Where events go.
pub const EVENTS: &str = "/worker/v1/events";

/// The most jobs that one claim can ask for.
pub const MOST_JOBS: u8 = 64;
/// The most events that one request can carry.
pub const MOST_EVENTS: usize = 500;
/// The most bytes that the message of a refusal can have.
pub const MAX_MESSAGE: usize = 4_000;
/// For how many seconds a job is leased.
pub const LEASE_SECONDS: u64 = 120;

/// Asks for jobs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who asks, for the lease and the log.
    pub worker: WorkerName,
    /// How many at most, 1 to [`MOST_JOBS`].
    pub most: u8,
}

/// The jobs that were leased.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Claimed {
    /// Perhaps none.
    pub jobs: Vec<Job>,
}

/// What the guarantor's desk has concluded and the worker is to do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Job {
    /// Its name in the portal.
    pub id: JobId,
    /// What is to be done.
    pub task: Task,
    /// The guarantee.
    pub number: Spelling<GuaranteeNumber<'static>>,
    /// The revision that is to come of it.
    pub revision: Spelling<Revision>,
    /// To issue: the request (docs/request.schema.json). To rekey: `{"reason": TEXT or null}`.
    pub request: Value,
    /// The rules of the policy whose findings somebody has accepted.
    #[serde(default)]
    pub acknowledged: Vec<String>,
}

/// What a job asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// A new guarantee, or an amendment of one.
    Issue,
    /// A new auth key.
    Rekey,
}

/// What came of a job.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// The signed certificate of the job's revision.
    pub signed: Base64,
    /// Every revision from the first to the job's, sealed for the auth key.
    pub sealed: Vec<SealedRevision>,
    /// The auth key, a secret.
    pub auth_key: HandedOver,
    /// What the guarantor's policy said, as `hosho-issue` recorded it.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// What a policy said about a certificate.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule of the policy.
    pub rule: String,
    /// How grave it is, by its word (docs/policy.md): `inform`, `remind`, `warning` or `error`.
    pub severity: String,
    /// Whether somebody has accepted it.
    pub acknowledged: bool,
}

/// Why the home refused a job.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The stable code, such as `E6-CHAIN`.
    pub code: String,
    /// A sentence in Japanese and one in English, for the desk.
    pub message: String,
}

impl Refused {
    /// Makes a refusal; a message that is too long is cut.
    pub fn new(code: &str, mut message: String) -> Self {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        Self { code: code.to_owned(), message }
    }
}

/// What obligees did, as the worker decrypted it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// At most [`MOST_EVENTS`].
    pub events: Vec<Event>,
}

/// One thing that an obligee did.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The guarantee.
    pub number: Spelling<GuaranteeNumber<'static>>,
    /// The revision that he saw.
    pub revision: Spelling<Revision>,
    /// What he did.
    pub event: EventKind,
    /// When.
    pub at: Spelling<UnixTime>,
    /// Why, with `returned`.
    #[serde(default)]
    pub reason: Option<Spelling<Text<'static>>>,
    /// Who answered, as he said himself.
    #[serde(default)]
    pub by: Option<Spelling<Text<'static>>>,
}

/// What an obligee did with a certificate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// He took it.
    Accepted,
    /// He looked at it.
    Opened,
    /// He sent it back.
    Returned,
}

impl EventKind {
    /// Returns the word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Opened => "opened",
            Self::Returned => "returned",
        }
    }
}

impl From<Judgement> for EventKind {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Accepted => Self::Accepted,
            Judgement::Returned => Self::Returned,
        }
    }
}

/// Returns where a job is reported as done.
pub fn done(id: &JobId) -> String {
    format!("/worker/v1/jobs/{id}/done")
}

/// Returns where a job is reported as refused.
pub fn refused(id: &JobId) -> String {
    format!("/worker/v1/jobs/{id}/refused")
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Invariant: 1 to 64 of `A-Z a-z 0-9 - _ .`, and it does not begin with a dot.
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        pub struct $name(String);

        impl $name {
            /// Reads a name, refusing any text outside the grammar.
            pub fn parse(text: &str) -> Option<Self> {
                let fits = (1..=64).contains(&text.len()) && !text.starts_with('.');
                let in_grammar = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                (fits && text.bytes().all(in_grammar)).then(|| Self(text.to_owned()))
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom("no name"))
            }
        }
    };
}

name_type! {
    /// The name of a job, which stands in a path.
    JobId
}
name_type! {
    /// The name of a worker.
    WorkerName
}

/// An auth key on its way to the portal.
#[derive(Debug)]
pub struct HandedOver(pub AuthKey);

impl Serialize for HandedOver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_text().as_str())
    }
}

impl<'de> Deserialize<'de> for HandedOver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        AuthKey::parse(&text).map(Self).map_err(|error| D::Error::custom(error.code()))
    }
}
