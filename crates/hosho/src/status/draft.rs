use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::{EndedBy, SignedStatusSnapshot, StatusEntry, SupersededBy};
use crate::cbor::Writer;
use crate::cose::{STATUS, assemble_sign1, sign1_header, sign1_structure};
use crate::counter::{ListNumber, Sequence, StatusIndex};
use crate::date::{Date, UnixTime};
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::issue::{IssueError, checked_signature};
use crate::keys::Signer;
use crate::number::GuarantorId;

/// What a new status snapshot is to say; every field is required.
#[derive(Clone, Debug)]
pub struct SnapshotDraft<'a> {
    /// The guarantor it speaks for.
    pub guarantor_id: GuarantorId<'a>,
    /// Which of the guarantor's lists it is.
    pub list: ListNumber,
    /// Its place in the series of that list.
    pub sequence: Sequence,
    /// When it is made.
    pub issued_at: UnixTime,
    /// By when a newer one is promised.
    pub next_update: UnixTime,
    /// How long the list is: its last index. More than are issued hides how many are.
    pub last_index: StatusIndex,
    /// What to say about each index; one that is left out was not issued.
    pub entries: BTreeMap<StatusIndex, StatusEntry>,
}

impl SnapshotDraft<'_> {
    /// Returns the signed snapshot, verified.
    ///
    /// # Errors
    /// When an entry lies beyond the list, a reader would refuse what it says, or the signer makes
    /// no right signature.
    pub fn sign(&self, status_key: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let beyond = self.entries.last_key_value().is_some_and(|(last, _)| *last > self.last_index);
        if beyond {
            return Err(ParseError::from(Kind::StatusItem).into());
        }
        let payload = self.to_payload();
        let protected = sign1_header(status_key.public_key().key_id(), STATUS);
        let signature = checked_signature(status_key, &sign1_structure(&protected, &payload))?;
        let snapshot = assemble_sign1(&protected, &payload, &signature);
        SignedStatusSnapshot::parse(&snapshot)?;
        Ok(snapshot)
    }

    fn to_payload(&self) -> Vec<u8> {
        let last = usize::try_from(self.last_index.number() / 4).unwrap_or(usize::MAX);
        let mut states = vec![0_u8; last + 1];
        for (index, entry) in &self.entries {
            let number = index.number();
            let bits = match entry {
                StatusEntry::NotIssued => 0,
                StatusEntry::InForce => 1,
                StatusEntry::Superseded { .. } => 2,
                StatusEntry::Ended { .. } => 3,
            };
            let byte = usize::try_from(number / 4).ok().and_then(|at| states.get_mut(at));
            if let Some(byte) = byte {
                *byte |= bits << (2 * (number % 4));
            }
        }
        let items: Vec<_> = self.entries.iter().filter_map(item).collect();
        let mut w = Writer::with_capacity(states.len() + 16 * items.len() + 128);
        w.map(8);
        w.uint(1_u8);
        w.uint(1_u8);
        w.uint(2_u8);
        w.text(self.guarantor_id.as_str());
        w.uint(3_u8);
        w.uint(self.list.number());
        w.uint(4_u8);
        w.uint(self.sequence.number());
        w.uint(5_u8);
        w.uint(self.issued_at.seconds());
        w.uint(6_u8);
        w.uint(self.next_update.seconds());
        w.uint(7_u8);
        w.bytes(&states);
        w.uint(8_u8);
        w.array(items.len());
        for item in &items {
            w.array(item.len());
            for number in item {
                w.uint(*number);
            }
        }
        w.into_bytes()
    }
}

fn item((index, entry): (&StatusIndex, &StatusEntry)) -> Option<Vec<u32>> {
    let (on, current, cause, replaced_on) = match entry {
        StatusEntry::NotIssued | StatusEntry::InForce => return None,
        StatusEntry::Superseded { on, current, cause } => {
            let cause = match cause {
                SupersededBy::Amendment => 1,
                SupersededBy::Rekey => 4,
            };
            (on, current, cause, None)
        }
        StatusEntry::Ended { on, current, cause } => match cause {
            EndedBy::Voidance => (on, current, 2, None),
            EndedBy::Termination { replaced_on } => (on, current, 3, *replaced_on),
        },
    };
    let mut item = vec![index.number(), on.days(), u32::from(current.number()), cause];
    item.extend(replaced_on.map(Date::days));
    Some(item)
}
