//! The home as the worker looks at it while other commands may work there.

use std::fs;
use std::path::Path;

use hosho::{KeyId, KeyRole, Sequence, UnixTime};
use hosho_publish::{Outgoing, RequestHeader};

use crate::audit::follow_bundles;
use crate::event::Watch;
use crate::failure::{Failure, KeyReason};
use crate::home::{Home, Patience};
use crate::journal::{Access, NAME};
use crate::keyring::Keys;
use crate::work::publication::Publications;

/// A home as it was when its lock was let go, and what of it services are told.
///
/// What is read from it afterwards, finished certificates and keys, does not change.
pub(super) struct Office {
    home: Home,
    /// How long the journal's file was.
    length: u64,
    /// Every trust bundle, from the first to the newest.
    pub(super) bundles: Vec<(Sequence, Vec<u8>)>,
    /// The key that requests are signed with.
    key: KeyId,
    keys: Keys,
    pub(super) publications: Publications,
}

impl Office {
    /// Reads the home and lets other commands work there.
    pub(super) fn read(
        path: &Path,
        patience: Patience,
        now: UnixTime,
        watch: &mut Watch<'_>,
    ) -> Result<Self, Failure> {
        Self::of(Home::open(path, Access::Read, patience, watch)?, now)
    }

    /// Lets other commands work in a home that was open for something else.
    pub(super) fn of(mut home: Home, now: UnixTime) -> Result<Self, Failure> {
        let mut bundles = Vec::new();
        follow_bundles(&home, |bundle, bytes| {
            bundles.push((bundle.sequence(), bytes.to_vec()));
            Ok(())
        })?;
        if home.journal.ledger().succession().key_count(KeyRole::Publish) == 0 {
            return Err(Failure::KeyNotUsable { reason: KeyReason::NoneToPublish });
        }
        let (keys, key) = Keys::to_sign(&home, KeyRole::Publish, now)?;
        let publications = Publications::of(home.journal.ledger());
        let length = home.journal.file_length()?;
        home.let_go();
        Ok(Self { home, length, bundles, key, keys, publications })
    }

    /// Returns whether nothing was recorded since.
    pub(super) fn is_current(&self) -> bool {
        let journal = fs::metadata(self.home.path().join(NAME));
        journal.is_ok_and(|journal| journal.len() == self.length)
    }

    /// Returns whether the key that requests are signed with may sign now.
    pub(super) fn covers(&self, now: UnixTime) -> bool {
        let entry = self.home.trust.key(self.key);
        entry.is_some_and(|entry| entry.covers(now))
    }

    /// Returns the home, to read what does not change.
    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// Returns the home, and what auth keys are derived with.
    pub(super) fn home_and_keys(&mut self) -> (&Home, &mut Keys) {
        (&self.home, &mut self.keys)
    }

    /// Signs a request.
    pub(super) fn sign(&self, request: &Outgoing<'_>) -> Result<RequestHeader, Failure> {
        self.keys.sign_request(self.key, request)
    }

    /// Returns the number of records.
    pub(super) fn records(&self) -> u64 {
        self.home.journal.count()
    }
}
