//! What the journal records, and how one record is written on one line.

use hosho::{
    Change, ChangeKind, Date, Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, GuarantorId,
    KeyId, ListNumber, Revision, Sequence, Serial, StatusIndex, UnixTime,
};
use serde::{Deserialize, Serialize};

use super::rekeyed::{HandedOut, Master};
use super::reviewed::Reviewed;
use super::spelled::{self, Spelled};
use super::succession::{Draft, Exported, Proved, Withdrawn};

/// One record with its place and time.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Counted from 1 without gaps.
    pub(crate) sequence: u64,
    /// The clock when it was recorded; it does not fall along the journal.
    #[serde(with = "spelled")]
    pub(crate) at: UnixTime,
    /// What happened, or is about to.
    pub(crate) record: Record,
}

/// Something that happened, or is about to.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// The home was made.
    Init(Init),
    /// A certificate is about to be signed.
    Intent(Box<Intent>),
    /// A certificate was signed, sealed and stored.
    Signed(Signed),
    /// A trust bundle was made.
    Bundle(Bundle),
    /// A status snapshot is about to be signed.
    Snapshot(Snapshot),
    /// A trust bundle is about to be signed by root keys.
    Draft(Box<Draft>),
    /// The newest draft of a trust bundle is taken back.
    Withdrawn(Withdrawn),
    /// A root key is about to be removed from the home.
    Exported(Exported),
    /// The proofs for the certificates of a compromised key are stored.
    Proved(Proved),
    /// A second high-water mark is kept apart from the home.
    Apart(Apart),
    /// The auth master key of the next epoch is stored.
    Master(Master),
    /// The files of a rekey are in the folder that was asked for.
    HandedOut(HandedOut),
}

/// The home was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Init {
    #[serde(with = "spelled")]
    pub(crate) guarantor: GuarantorId<'static>,
    /// The fingerprint of `guarantor.json`.
    #[serde(with = "spelled")]
    pub(crate) profile: Fingerprint,
    /// The commitment of the auth master key of epoch 1 (docs/home.md).
    #[serde(with = "spelled")]
    pub(crate) master: [u8; 32],
}

/// A certificate is about to be signed: everything that determines its bytes, but no secret.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Intent {
    #[serde(with = "spelled")]
    pub(crate) number: GuaranteeNumber<'static>,
    #[serde(with = "spelled")]
    pub(crate) revision: Revision,
    #[serde(with = "spelled")]
    pub(crate) kind: GuaranteeKind,
    #[serde(with = "spelled")]
    pub(crate) effect: Effect,
    #[serde(with = "spelled")]
    pub(crate) governs_from: Date,
    /// What was asked for, as one hash (docs/home.md).
    #[serde(with = "spelled")]
    pub(crate) request: Fingerprint,
    /// The key that signs.
    #[serde(with = "spelled")]
    pub(crate) key: KeyId,
    #[serde(with = "spelled")]
    pub(crate) epoch: Epoch,
    #[serde(with = "spelled")]
    pub(crate) serial: Serial,
    /// The value that only the auth key produces (spec section 8.4).
    #[serde(with = "spelled")]
    pub(crate) bind: [u8; 32],
    #[serde(with = "spelled")]
    pub(crate) list: ListNumber,
    #[serde(with = "spelled")]
    pub(crate) index: StatusIndex,
    #[serde(with = "spelled")]
    pub(crate) seal_salt: [u8; 16],
    #[serde(with = "spelled")]
    pub(crate) iv: [u8; 12],
    /// The exact bytes that the signature covers.
    #[serde(with = "spelled")]
    pub(crate) to_be_signed: Vec<u8>,
    /// What the policy said; journals of before policies do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reviewed: Option<Reviewed>,
    /// For a rekey: what the salts and ivs of the earlier revisions' new sealings follow from.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "spelled::optional")]
    pub(crate) reseal: Option<[u8; 32]>,
}

/// What a revision does to the guarantee.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// It is revision 1, or changes the guarantee.
    States,
    /// It only changes the auth key.
    Rekeys,
    /// It ends the guarantee from a day.
    Terminates,
    /// It ends the guarantee from the beginning.
    Voids,
}

impl Effect {
    /// Returns what a change does to its guarantee.
    pub(crate) fn of(change: Option<&Change<'_>>) -> Self {
        let Some(change) = change else { return Self::States };
        let endings = [
            (ChangeKind::Voidance, Self::Voids),
            (ChangeKind::Termination, Self::Terminates),
            (ChangeKind::Rekey, Self::Rekeys),
        ];
        let found = endings.into_iter().find(|(kind, _)| change.kinds.contains(*kind));
        found.map_or(Self::States, |(_, effect)| effect)
    }

    /// Returns whether nothing can follow (spec 6.5).
    #[must_use]
    pub(crate) const fn ends(self) -> bool {
        matches!(self, Self::Terminates | Self::Voids)
    }
}

/// A certificate was signed, sealed and stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
    #[serde(with = "spelled")]
    pub(crate) number: GuaranteeNumber<'static>,
    #[serde(with = "spelled")]
    pub(crate) revision: Revision,
    /// The fingerprint of the signed certificate.
    #[serde(with = "spelled")]
    pub(crate) certificate: Fingerprint,
    /// The fingerprint of the sealed certificate.
    #[serde(with = "spelled")]
    pub(crate) sealed: Fingerprint,
    /// For a rekey: the fingerprints of the earlier revisions sealed again, in order.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "spelled::optional")]
    pub(crate) resealed: Option<Vec<Fingerprint>>,
}

/// A trust bundle was made.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bundle {
    #[serde(with = "spelled")]
    pub(crate) sequence: Sequence,
    #[serde(with = "spelled")]
    pub(crate) fingerprint: Fingerprint,
}

/// A status snapshot is about to be signed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    #[serde(with = "spelled")]
    pub(crate) list: ListNumber,
    #[serde(with = "spelled")]
    pub(crate) sequence: Sequence,
    #[serde(with = "spelled")]
    pub(crate) next_update: UnixTime,
    #[serde(with = "spelled")]
    pub(crate) key: KeyId,
}

/// A second high-water mark is kept apart from the home.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Apart {
    /// Where it is.
    pub(crate) path: String,
}

macro_rules! words {
    ($name:ident { $($variant:ident => $word:literal,)* }) => {
        impl Spelled for $name {
            fn spell(&self) -> String {
                match self {
                    $(Self::$variant => $word,)*
                }
                .to_owned()
            }

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! { Effect {
    States => "states",
    Rekeys => "rekeys",
    Terminates => "terminates",
    Voids => "voids",
} }

words! { GuaranteeKind {
    Advance => "advance",
    Interim => "interim",
    Performance => "performance",
} }

/// The hash of a record and of all before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tip(pub(crate) Fingerprint);

impl Tip {
    /// What the first record follows.
    pub(crate) const START: Self = Self(Fingerprint::from_bytes([0; 32]));

    // The label and the hash before have fixed lengths, so only one split of the bytes is possible.
    fn to(self, body: &[u8]) -> Self {
        let mut bytes = b"hosho/v1/journal".to_vec();
        bytes.extend_from_slice(self.0.as_bytes());
        bytes.extend_from_slice(body);
        Self(Fingerprint::of(&bytes))
    }
}

impl Entry {
    /// Returns the line of this entry after `before`, with its end, and the tip that it makes.
    pub(crate) fn to_line(&self, before: Tip) -> Result<(String, Tip), serde_json::Error> {
        let body = serde_json::to_string(self)?;
        let tip = before.to(body.as_bytes());
        Ok((format!("{} {body}\n", tip.0), tip))
    }

    /// Reads a line without its end; nothing if it does not follow `before`.
    pub(crate) fn from_line(line: &[u8], before: Tip) -> Option<(Self, Tip)> {
        let (hash, body) = line.split_at_checked(64)?;
        let body = body.strip_prefix(b" ")?;
        let tip = before.to(body);
        if hash != tip.0.to_string().as_bytes() {
            return None;
        }
        Some((serde_json::from_slice(body).ok()?, tip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            sequence: 2,
            at: UnixTime::parse("2026-11-22T03:04:05Z").unwrap(),
            record: Record::Bundle(Bundle {
                sequence: Sequence::FIRST,
                fingerprint: Fingerprint::of(b"bundle"),
            }),
        }
    }

    #[test]
    fn reads_back_the_line_it_wrote() {
        let (line, tip) = entry().to_line(Tip::START).unwrap();
        let line = line.strip_suffix('\n').unwrap();
        let (read, read_tip) = Entry::from_line(line.as_bytes(), Tip::START).unwrap();
        assert_eq!(read_tip, tip);
        assert_eq!(read.to_line(Tip::START).unwrap().0.trim_end(), line);
    }

    #[test]
    fn refuses_a_line_with_any_byte_changed() {
        let (line, _) = entry().to_line(Tip::START).unwrap();
        let line = line.trim_end().as_bytes();
        for place in 0..line.len() {
            let mut changed = line.to_vec();
            changed[place] ^= 1;
            assert!(Entry::from_line(&changed, Tip::START).is_none(), "byte {place}");
        }
    }

    #[test]
    fn refuses_a_line_in_another_place() {
        let (line, tip) = entry().to_line(Tip::START).unwrap();
        assert!(Entry::from_line(line.trim_end().as_bytes(), tip).is_none());
    }
}
