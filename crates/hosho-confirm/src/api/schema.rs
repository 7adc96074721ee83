//! The objects of the API, as they are read and as they are described.

use hosho_publish::Judgement;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::given::GivenAnswer;

/// What opens a certificate.
pub(crate) struct Key {
    pub(crate) number: String,
    pub(crate) auth_key: zeroize::Zeroizing<String>,
}

/// A certificate to be opened.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenRequest {
    /// The guarantee number (保証契約番号).
    #[schema(max_length = 512, example = "31-07-1-0000123-9")]
    number: String,
    /// The auth key (認証キー).
    #[schema(max_length = 256, example = "10JT6-4Z5E1-8H60F-XWX85-H6N6Y")]
    auth_key: String,
    /// The day asked about; today in Japan by default.
    #[serde(default)]
    #[schema(format = Date, example = "2026-01-10")]
    pub(crate) on: Option<String>,
}

/// A certificate whose revisions are wanted.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevisionsRequest {
    /// The guarantee number (保証契約番号).
    #[schema(max_length = 512, example = "31-07-1-0000123-9")]
    number: String,
    /// The auth key (認証キー).
    #[schema(max_length = 256, example = "10JT6-4Z5E1-8H60F-XWX85-H6N6Y")]
    auth_key: String,
}

/// Many certificates to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRequest {
    /// At most 200.
    #[schema(max_items = 200)]
    pub(crate) items: Vec<OpenRequest>,
}

/// Whether a revision is accepted.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    /// It is taken.
    Accepted,
    /// It is sent back.
    Returned,
}

/// An answer to a revision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    /// The guarantee number (保証契約番号).
    #[schema(max_length = 512, example = "31-07-1-0000123-9")]
    number: String,
    /// The auth key (認証キー).
    #[schema(max_length = 256, example = "10JT6-4Z5E1-8H60F-XWX85-H6N6Y")]
    auth_key: String,
    /// The revision.
    #[schema(minimum = 1, maximum = 65535)]
    pub(crate) revision: u16,
    /// Whether it is accepted.
    pub(crate) answer: Word,
    /// Why; required when it is returned.
    #[serde(default)]
    #[schema(max_length = 512)]
    pub(crate) reason: Option<String>,
    /// Who answers.
    #[schema(min_length = 1, max_length = 512)]
    pub(crate) by: String,
}

/// An answer that stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answered {
    /// The revision.
    revision: u16,
    /// Whether it was accepted.
    answer: Word,
    /// Why.
    reason: Option<String>,
    /// Who answered.
    by: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// The object of `hosho-verify check --json`, with the revisions and the answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answer {
    /// Such as `in-force`.
    verdict: String,
    number: Option<String>,
    revision: Option<u16>,
    superseded_by: Option<u16>,
    #[schema(format = Date)]
    ended_on: Option<String>,
    /// When the status list was made that the verdict rests on.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    code: Option<String>,
    offset: Option<u32>,
    /// What the usual policy found; it changes no verdict.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Value>,
    /// The fields of a request (`docs/request.schema.json`).
    #[schema(value_type = Option<Object>)]
    certificate: Option<Value>,
    /// The day asked about.
    #[schema(format = Date)]
    on: Option<String>,
    /// The same of each revision, from the first to the newest, with its `fingerprint`.
    #[schema(value_type = Option<Vec<Object>>)]
    revisions: Option<Vec<Value>>,
    answers: Option<Vec<Answered>>,
}

/// The answers of a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct Batch {
    answers: Vec<Answer>,
}

/// A signed certificate.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedRevision {
    revision: u16,
    /// SHA-256.
    fingerprint: String,
    /// Base64.
    #[schema(format = Byte)]
    signed: String,
}

/// Every revision of a guarantee.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revisions {
    revisions: Vec<SignedRevision>,
}

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// The stable code.
    code: String,
    /// What happened and the next step.
    detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldError>>,
}

/// What is wrong with a field.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldError {
    field: String,
    message: String,
}

impl OpenRequest {
    pub(crate) fn key(&self) -> Key {
        Key { number: self.number.clone(), auth_key: self.auth_key.clone().into() }
    }
}

impl RevisionsRequest {
    pub(crate) fn key(&self) -> Key {
        Key { number: self.number.clone(), auth_key: self.auth_key.clone().into() }
    }
}

impl Given {
    pub(crate) fn key(&self) -> Key {
        Key { number: self.number.clone(), auth_key: self.auth_key.clone().into() }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.auth_key.zeroize();
    }
}

impl Word {
    pub(crate) const fn judgement(self) -> Judgement {
        match self {
            Self::Accepted => Judgement::Accepted,
            Self::Returned => Judgement::Returned,
        }
    }
}

impl Answered {
    pub(crate) fn of(given: &GivenAnswer) -> Self {
        Self {
            revision: given.revision.number(),
            answer: match given.answer.judgement() {
                Judgement::Accepted => Word::Accepted,
                Judgement::Returned => Word::Returned,
            },
            reason: given.answer.reason().map(ToString::to_string),
            by: given.answer.by().to_string(),
            at: given.at.to_string(),
        }
    }
}
