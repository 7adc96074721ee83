use hosho::{Fingerprint, Locator, Revision, UnixTime};
use serde::{Deserialize, Serialize};

use crate::wire::{Base64, SealedRevision, Spelling};

/// Where trust bundles go (CBOR).
pub const BUNDLE: &str = "/publish/v1/bundle";
/// Where status snapshots go (CBOR).
pub const SNAPSHOTS: &str = "/publish/v1/snapshots";
/// Where sealed certificates go.
pub const SEALED: &str = "/publish/v1/sealed";
/// Where inclusion proofs go.
pub const PROOFS: &str = "/publish/v1/proofs";
/// Where events come from; see [`events`].
pub const EVENTS: &str = "/publish/v1/events";

/// The most events of one answer.
pub const MOST_EVENTS: usize = 500;
/// The most proofs of one request.
pub const MOST_PROOFS: usize = 1_000;
/// The most locators that one publication replaces: each is a row, and others wait meanwhile.
pub const MOST_REPLACED: usize = 1_000;

/// A guarantee's sealed revisions under one locator.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Where they are found by who has number and auth key.
    pub locator: Spelling<Locator>,
    /// Every revision from the first on, without gap.
    pub revisions: Vec<SealedRevision>,
    /// After a rekey: every locator that the guarantee had before. Those that are there are
    /// withdrawn with this request.
    #[serde(default)]
    pub replaces: Vec<Spelling<Locator>>,
}

impl Sealed {
    /// Returns whether the revisions are those from the first on without gap, and no locator
    /// replaces itself.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let mut expected = Some(Revision::FIRST);
        let in_order = self.revisions.iter().all(|SealedRevision(revision, _)| {
            let fits = expected == Some(revision.0);
            expected = revision.0.next();
            fits
        });
        in_order && !self.revisions.is_empty() && !self.replaces.contains(&self.locator)
    }
}

/// Inclusion proofs after a compromise.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    /// At most [`MOST_PROOFS`].
    pub proofs: Vec<Proof>,
}

/// The inclusion proof of one certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The SHA-256 of the signed certificate: a proof by itself does not name it.
    pub fingerprint: Spelling<Fingerprint>,
    /// The proof.
    pub proof: Base64,
}

/// What obligees did with certificates of the guarantor that asks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Page {
    /// In order, at most [`MOST_EVENTS`].
    pub events: Vec<Event>,
    /// What to ask for next: events after this one.
    pub next: u64,
}

/// One thing that an obligee did.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Event {
    /// Its place in the order.
    pub id: u64,
    /// The guarantee, for who can derive it.
    pub locator: Spelling<Locator>,
    /// The revision that he saw.
    pub revision: Spelling<Revision>,
    /// What he did.
    pub event: Deed,
    /// When.
    pub at: Spelling<UnixTime>,
    /// The answer, as only who has the auth key can read it; there with `answered` only.
    #[serde(default)]
    pub sealed_answer: Option<Base64>,
}

/// What an obligee did, as far as the service knows: what he answered is sealed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// He answered.
    Answered,
    /// He looked at it.
    Opened,
}

/// Returns where events after one are read.
pub fn events(after: u64) -> String {
    format!("{EVENTS}?after={after}")
}
