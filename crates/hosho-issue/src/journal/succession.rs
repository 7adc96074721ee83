//! Records about trust bundles and the keys that they name (docs/home.md).

use hosho::{Fingerprint, KeyId, KeyRole, Sequence};
use serde::{Deserialize, Serialize};

use super::spelled::{self, Spelled};

/// A trust bundle is about to be signed by root keys: everything that their signatures cover.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    #[serde(with = "spelled")]
    pub(crate) sequence: Sequence,
    /// The keys that are made for it; their files follow this record.
    pub(crate) made: Vec<Made>,
    /// The exact payload of the bundle.
    #[serde(with = "spelled")]
    pub(crate) payload: Vec<u8>,
}

/// A secret key that is about to be written to a file of the home.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Made {
    #[serde(with = "spelled")]
    pub(crate) role: KeyRole,
    /// Counted from 1 for each role; `init` makes the first ones of certificate and status.
    pub(crate) number: u32,
    #[serde(with = "spelled")]
    pub(crate) key: KeyId,
}

/// The newest draft is taken back: the one before it, if any, is open again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdrawn {
    #[serde(with = "spelled")]
    pub(crate) sequence: Sequence,
    /// The fingerprint of the draft's payload.
    #[serde(with = "spelled")]
    pub(crate) payload: Fingerprint,
}

/// A copy of a root key was checked elsewhere, and the one in the home is about to be removed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exported {
    #[serde(with = "spelled")]
    pub(crate) root: KeyId,
}

/// The inclusion proofs for all certificates of a compromised key are stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proved {
    #[serde(with = "spelled")]
    pub(crate) key: KeyId,
    /// The root of the attestation that they lead to.
    #[serde(with = "spelled")]
    pub(crate) root: Fingerprint,
}

impl Spelled for KeyRole {
    fn spell(&self) -> String {
        role_word(*self).to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Certificate, Self::Status, Self::Publish]
            .into_iter()
            .find(|role| role_word(*role) == text)
    }
}

/// Returns the word for a role, in records, in names of files and on command lines.
pub(crate) const fn role_word(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Certificate => "certificate",
        KeyRole::Status => "status",
        KeyRole::Publish => "publish",
    }
}
