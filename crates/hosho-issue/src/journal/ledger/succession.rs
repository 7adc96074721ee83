//! The series of trust bundles: the newest one, the drafts open after it, and what became of keys.

use std::collections::BTreeSet;

use hosho::{Fingerprint, KeyEntry, KeyId, KeyRole, PreparedBundle, Sequence};

use crate::journal::record::Bundle;
use crate::journal::succession::{Draft, Exported, Made, Proved, Withdrawn};

/// The series of trust bundles and the keys that they name.
#[derive(Debug, Default)]
pub(crate) struct Succession {
    bundle: Option<Bundle>,
    // Invariant: all have the sequence after the newest bundle; the last one is to be signed, and
    // each holds what the one before it holds.
    drafts: Vec<Draft>,
    open: Option<OpenDraft>,
    made: Vec<Made>,
    exported: BTreeSet<KeyId>,
    proved: BTreeSet<KeyId>,
}

/// A trust bundle that waits for the signatures of root keys.
#[derive(Debug)]
pub(crate) struct OpenDraft {
    pub(crate) sequence: Sequence,
    /// The keys that were made for it.
    pub(crate) made: Vec<Made>,
    pub(crate) prepared: PreparedBundle,
}

impl OpenDraft {
    fn read(draft: &Draft, bundle: &Bundle) -> Option<Self> {
        let prepared = PreparedBundle::parse(&draft.payload).ok()?;
        let content = prepared.to_draft();
        let names = |made: &Made| {
            let is_it =
                |entry: &KeyEntry| entry.key.key_id() == made.key && entry.role == made.role;
            content.keys.iter().any(is_it)
        };
        let follows =
            content.sequence == draft.sequence && content.previous == Some(bundle.fingerprint);
        if !follows || !draft.made.iter().all(names) {
            return None;
        }
        Some(Self { sequence: draft.sequence, made: draft.made.clone(), prepared })
    }

    /// Returns the fingerprint of what is to be signed, which names the request.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.prepared.as_bytes())
    }
}

impl Succession {
    /// Returns the newest trust bundle.
    pub(crate) fn bundle(&self) -> Option<&Bundle> {
        self.bundle.as_ref()
    }

    /// Returns the draft that is to be signed, if one is open.
    pub(crate) fn open(&self) -> Option<&OpenDraft> {
        self.open.as_ref()
    }

    /// Reads the draft that is to be signed; nothing if it does not follow from the newest bundle.
    ///
    /// To be called when all records are taken in: reading a draft means checking every key in it,
    /// and those of bundles that are made have been checked with them.
    #[must_use]
    pub(super) fn read_open(&mut self) -> Option<()> {
        self.open = match self.drafts.last() {
            None => None,
            Some(draft) => Some(OpenDraft::read(draft, self.bundle.as_ref()?)?),
        };
        Some(())
    }

    /// Returns how many keys of a role have been made.
    pub(crate) fn key_count(&self, role: KeyRole) -> u32 {
        let first = match role {
            KeyRole::Certificate | KeyRole::Status => 1,
            KeyRole::Publish => 0,
        };
        let made = self.made.iter().filter(|made| made.role == role).count();
        u32::try_from(made).unwrap_or(u32::MAX).saturating_add(first)
    }

    /// Returns the number of the file that was made for a key; nothing for those of `init`.
    pub(crate) fn made(&self, key: KeyId) -> Option<Made> {
        self.made.iter().find(|made| made.key == key).copied()
    }

    /// Tells whether a root key was moved out of the home.
    #[must_use]
    pub(crate) fn is_exported(&self, root: KeyId) -> bool {
        self.exported.contains(&root)
    }

    /// Tells whether the proofs for the certificates of a compromised key are stored.
    #[must_use]
    pub(crate) fn is_proved(&self, key: KeyId) -> bool {
        self.proved.contains(&key)
    }

    pub(super) fn publish(&mut self, bundle: &Bundle) -> Option<()> {
        let follows = match &self.bundle {
            None => bundle.sequence == Sequence::FIRST,
            Some(before) => {
                Some(bundle.sequence) == before.sequence.next() && !self.drafts.is_empty()
            }
        };
        if !follows {
            return None;
        }
        self.drafts.clear();
        self.bundle = Some(bundle.clone());
        Some(())
    }

    pub(super) fn draft(&mut self, draft: &Draft) -> Option<()> {
        if Some(draft.sequence) != self.bundle.as_ref()?.sequence.next() {
            return None;
        }
        for made in &draft.made {
            if Some(made.number) != self.key_count(made.role).checked_add(1) {
                return None;
            }
            self.made.push(*made);
        }
        self.drafts.push(draft.clone());
        Some(())
    }

    pub(super) fn withdraw(&mut self, withdrawn: &Withdrawn) -> Option<()> {
        let open = self.drafts.last()?;
        let payload = Fingerprint::of(&open.payload);
        if (open.sequence, payload) != (withdrawn.sequence, withdrawn.payload) {
            return None;
        }
        self.drafts.pop().map(|_| ())
    }

    pub(super) fn export(&mut self, exported: &Exported) {
        self.exported.insert(exported.root);
    }

    pub(super) fn prove(&mut self, proved: &Proved) -> Option<()> {
        self.proved.insert(proved.key).then_some(())
    }
}
