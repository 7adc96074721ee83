//! Status snapshots: the signed list of what is in force (spec section 11).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::cose::{STATUS, Sign1};
use crate::counter::{ListNumber, Revision, Sequence, StatusIndex};
use crate::date::{Date, UnixTime};
use crate::error::ParseError;
use crate::fingerprint::KeyId;
use crate::number::GuarantorId;
use crate::trust::{KeyRole, KeyState, TrustBundle};

mod decode;
#[cfg(feature = "issue")]
mod draft;
mod error;

#[cfg(feature = "issue")]
pub use draft::SnapshotDraft;
pub use error::StatusError;

/// A status snapshot whose form is right, and which is not believed yet.
#[derive(Clone, Debug)]
pub struct SignedStatusSnapshot<'a> {
    envelope: Sign1<'a>,
    content: Content,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Content {
    guarantor_id: GuarantorId<'static>,
    list: ListNumber,
    sequence: Sequence,
    issued_at: UnixTime,
    next_update: UnixTime,
    states: Vec<u8>,
    /// Invariant: one for each index in state 2 or 3, and for no other.
    items: BTreeMap<StatusIndex, StatusEntry>,
}

/// What a snapshot says about one revision.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusEntry {
    /// No certificate has this index.
    NotIssued,
    /// It is the newest revision, and the guarantee has not been ended.
    InForce,
    /// There is a later revision.
    Superseded {
        /// The first day on which any later revision governs.
        on: Date,
        /// The newest revision.
        current: Revision,
        /// Why there is a later one.
        cause: SupersededBy,
    },
    /// The guarantee was ended.
    Ended {
        /// The first day not in force; for a voidance the day from which it is dated.
        on: Date,
        /// The newest revision, which ended it.
        current: Revision,
        /// How it was ended.
        cause: EndedBy,
    },
}

/// Why a revision was superseded (spec R-STAT-3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SupersededBy {
    /// The guarantee was amended.
    Amendment,
    /// The auth key was replaced.
    Rekey,
}

/// How a guarantee was ended (spec R-STAT-3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EndedBy {
    /// It ended from a day (解約).
    Termination {
        /// The first day on which a later revision governed, where that was before the end
        /// (spec R-STAT-5).
        replaced_on: Option<Date>,
    },
    /// It was never in force (取消).
    Voidance,
}

impl<'a> SignedStatusSnapshot<'a> {
    /// The most bytes it can have (spec R-SIZE-4).
    pub const MAX_LEN: usize = 4 << 20;

    /// Reads a snapshot, accepting only its one spelling (spec sections 2, 3 and 11).
    ///
    /// # Errors
    /// The first broken rule, with its offset; codes of the classes E3 and E6.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let envelope = Sign1::parse(bytes, Self::MAX_LEN, STATUS)?;
        let content = decode::content(envelope.payload, envelope.payload_at)?;
        Ok(Self { envelope, content })
    }

    /// Returns the guarantor that the snapshot names, to choose the bundle for [`Self::verify`].
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.content.guarantor_id
    }

    /// Returns the snapshot as believed, if a status key of `trust` signed it (spec R-STAT-6).
    ///
    /// # Errors
    /// Why it answers nothing; codes of the classes E5 and E7.
    pub fn verify(self, trust: &TrustBundle) -> Result<StatusSnapshot, StatusError> {
        if self.content.guarantor_id != *trust.guarantor_id() {
            return Err(StatusError::OtherGuarantor);
        }
        let entry = trust.key(self.envelope.key_id).ok_or(StatusError::KeyUnknown)?;
        entry
            .key
            .verify(&self.envelope.to_be_signed(), &self.envelope.signature)
            .map_err(|_| StatusError::Signature)?;
        if entry.role != KeyRole::Status {
            return Err(StatusError::KeyRole);
        }
        if matches!(entry.state, KeyState::Compromised { .. }) {
            return Err(StatusError::KeyCompromised);
        }
        if !entry.covers(self.content.issued_at) {
            return Err(StatusError::KeyWindow);
        }
        Ok(StatusSnapshot { content: self.content, key_id: self.envelope.key_id })
    }
}

/// A status snapshot that a status key of the guarantor signed.
///
/// How fresh it is depends on the day that is asked about; the verdict tells. Two are equal if
/// they say the same, whichever keys signed them (spec R-STAT-7).
#[derive(Clone, Debug)]
pub struct StatusSnapshot {
    content: Content,
    key_id: KeyId,
}

impl PartialEq for StatusSnapshot {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Eq for StatusSnapshot {}

impl StatusSnapshot {
    /// Returns the guarantor it speaks for.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.content.guarantor_id
    }

    /// Returns which of the guarantor's lists it is.
    pub const fn list(&self) -> ListNumber {
        self.content.list
    }

    /// Returns its place in the series of that list.
    pub const fn sequence(&self) -> Sequence {
        self.content.sequence
    }

    /// Returns when it was made.
    pub const fn issued_at(&self) -> UnixTime {
        self.content.issued_at
    }

    /// Returns by when the guarantor promised a newer one.
    pub const fn next_update(&self) -> UnixTime {
        self.content.next_update
    }

    /// Returns which status key signed it, to remember whose word its sequence is (spec R-FRESH-1).
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns what it says about an index; one beyond the list was not issued.
    pub fn entry(&self, index: StatusIndex) -> StatusEntry {
        match state(&self.content.states, index) {
            1 => StatusEntry::InForce,
            0 => StatusEntry::NotIssued,
            _ => self.content.items.get(&index).copied().unwrap_or(StatusEntry::NotIssued),
        }
    }
}

/// Returns the two bits of an index, 0 beyond the end.
fn state(states: &[u8], index: StatusIndex) -> u8 {
    let number = index.number();
    let byte = usize::try_from(number / 4).ok().and_then(|at| states.get(at));
    byte.map_or(0, |byte| byte >> (2 * (number % 4)) & 3)
}
