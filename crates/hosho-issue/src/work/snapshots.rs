//! The newest status snapshots, and when they are made anew.

use std::collections::BTreeMap;

use hosho::{ListNumber, Sequence, SignedStatusSnapshot, StatusSnapshot, UnixTime};

use crate::event::Watch;
use crate::failure::Failure;
use crate::home::Home;
use crate::snapshot::{SignedSnapshot, entries, lists, sign_snapshots};
use crate::work::memory::Memory;

/// The newest snapshot of each list, as services are to have it.
#[derive(Debug, Default)]
pub(super) struct Snapshots(BTreeMap<ListNumber, Kept>);

#[derive(Debug)]
struct Kept {
    sequence: Sequence,
    issued_at: UnixTime,
    bytes: Vec<u8>,
}

impl Snapshots {
    /// Reads the snapshots that were kept, as far as they are the newest ones and say what is in
    /// force now.
    pub(super) fn read(memory: &Memory, home: &Home) -> Self {
        let ledger = home.journal.ledger();
        let mut expected = entries(ledger);
        let mut kept = BTreeMap::new();
        for list in lists(ledger) {
            let Some(bytes) = memory.snapshot(list) else { continue };
            let Some(snapshot) = verified(&bytes, home) else { continue };
            let is_newest = ledger.snapshots().get(&list) == Some(&snapshot.sequence());
            let expected = expected.remove(&list).unwrap_or_default();
            let is_right = expected.iter().all(|(index, entry)| snapshot.entry(*index) == *entry);
            if is_newest && is_right && snapshot.list() == list {
                let (sequence, issued_at) = (snapshot.sequence(), snapshot.issued_at());
                kept.insert(list, Kept { sequence, issued_at, bytes });
            }
        }
        Self(kept)
    }

    /// Returns whether new ones have to be made: one is missing or too old.
    pub(super) fn are_due(&self, home: &Home, now: UnixTime, hours: u16) -> bool {
        let seconds = u64::from(hours) * 3_600;
        let fresh = |kept: &Kept| {
            kept.issued_at <= now
                && now.seconds().saturating_sub(kept.issued_at.seconds()) < seconds
        };
        let lists = lists(home.journal.ledger());
        !lists.iter().all(|list| self.0.get(list).is_some_and(fresh))
    }

    /// Makes new ones, and keeps them.
    pub(super) fn make(
        memory: &Memory,
        home: &mut Home,
        now: UnixTime,
        watch: &mut Watch<'_>,
    ) -> Result<Self, Failure> {
        let mut kept = BTreeMap::new();
        for SignedSnapshot { list, sequence, bytes } in sign_snapshots(home, None, now, watch)? {
            memory.keep_snapshot(list, &bytes)?;
            kept.insert(list, Kept { sequence, issued_at: now, bytes });
        }
        Ok(Self(kept))
    }

    /// Returns each list with its snapshot's sequence and bytes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ListNumber, Sequence, &[u8])> {
        self.0.iter().map(|(list, kept)| (*list, kept.sequence, kept.bytes.as_slice()))
    }
}

fn verified(bytes: &[u8], home: &Home) -> Option<StatusSnapshot> {
    SignedStatusSnapshot::parse(bytes).ok()?.verify(&home.trust).ok()
}
