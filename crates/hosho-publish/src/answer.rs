//! What an obligee answers (docs/services.md, section 3).

use std::fmt;

use hosho::{AuthKey, GuaranteeNumber, Revision, SealedAnswer, Text};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::wire::Spelling;

/// What an obligee answers to a revision.
///
/// Invariant: who returns a certificate says why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    judgement: Judgement,
    reason: Option<Text<'static>>,
    by: Text<'static>,
}

/// Whether an obligee takes a certificate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// He takes it.
    Accepted,
    /// He sends it back.
    Returned,
}

/// The JSON inside: `{"answer": "accepted"|"returned", "reason": TEXT or null, "by": TEXT}`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Content {
    answer: Judgement,
    reason: Option<Spelling<Text<'static>>>,
    by: Spelling<Text<'static>>,
}

impl Answer {
    /// Makes an answer.
    ///
    /// # Errors
    /// [`AnswerError::ReasonMissing`] if a certificate is returned without a reason.
    pub fn new(
        judgement: Judgement,
        reason: Option<Text<'static>>,
        by: Text<'static>,
    ) -> Result<Self, AnswerError> {
        if judgement == Judgement::Returned && reason.is_none() {
            return Err(AnswerError::ReasonMissing);
        }
        Ok(Self { judgement, reason, by })
    }

    /// Opens an answer to a revision of a guarantee, and reads it.
    ///
    /// # Errors
    /// [`AnswerError::Closed`] or [`AnswerError::Content`].
    pub fn open(
        sealed: &[u8],
        key: &AuthKey,
        number: &GuaranteeNumber<'_>,
        revision: Revision,
    ) -> Result<Self, AnswerError> {
        let sealed = SealedAnswer::parse(sealed).map_err(|_| AnswerError::Closed)?;
        let content =
            key.open_answer(number, revision, &sealed).map_err(|_| AnswerError::Closed)?;
        let Content { answer, reason, by } =
            serde_json::from_slice(&content).map_err(|_| AnswerError::Content)?;
        Self::new(answer, reason.map(|reason| reason.0), by.0).map_err(|_| AnswerError::Content)
    }

    /// Returns whether he takes it.
    pub const fn judgement(&self) -> Judgement {
        self.judgement
    }

    /// Returns why, if he said so.
    pub const fn reason(&self) -> Option<&Text<'static>> {
        self.reason.as_ref()
    }

    /// Returns who answered, as he said himself.
    pub const fn by(&self) -> &Text<'static> {
        &self.by
    }

    /// Seals the answer for those who have the auth key (spec section 17). The salt is drawn at
    /// random for each answer.
    pub fn seal(
        &self,
        key: &AuthKey,
        number: &GuaranteeNumber<'_>,
        revision: Revision,
        salt: [u8; 16],
    ) -> Vec<u8> {
        let content = Zeroizing::new(self.to_json());
        #[expect(
            clippy::expect_used,
            reason = "two texts of 512 bytes, escaped, are below the limit of 4 096"
        )]
        key.seal_answer(number, revision, content.as_bytes(), salt).expect("a short answer")
    }

    fn to_json(&self) -> String {
        let content = Content {
            answer: self.judgement,
            reason: self.reason.clone().map(Spelling),
            by: Spelling(self.by.clone()),
        };
        #[expect(clippy::expect_used, reason = "texts and an enum have a JSON form")]
        serde_json::to_string(&content).expect("JSON")
    }
}

/// Why an answer cannot be made or read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerError {
    /// It is of another key, number or revision, or was changed.
    Closed,
    /// It was opened, and is no answer.
    Content,
    /// Who returns a certificate says why.
    ReasonMissing,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the auth key does not open this answer (E4-OPEN)",
            Self::Content => "what was opened is no answer",
            Self::ReasonMissing => "who returns a certificate says why",
        })
    }
}

impl std::error::Error for AnswerError {}
