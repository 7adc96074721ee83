//! What the next trust bundle will say: that of the newest one, or of the draft that is open after
//! it, with one change.

use hosho::{
    Attestation, BundleDraft, Fingerprint, KeyEntry, KeyId, KeyRole, KeyState, PublicKey, RootSet,
    SecretKey, Signer as _, Text, TrustBundle, UnixTime,
};
use hosho_cli::output::{Folder, OutputError};
use hosho_signer::{SignerUri, UriError, try_key};

use crate::failure::Failure;
use crate::home::{Home, key_name, key_uri_name};
use crate::init::days_later;
use crate::issue::is_there;
use crate::journal::Made;
use crate::keyfile::{draw_secret, write_key_uri, write_secret_key};
use crate::keyring::key_place;

/// The next trust bundle while it is being put together.
pub(crate) struct NextBundle {
    content: BundleDraft<'static>,
    fresh: Option<FreshKey>,
}

/// A key that the home has no file for yet.
pub(crate) struct FreshKey {
    pub(crate) made: Made,
    pub(crate) origin: Origin,
}

/// Where a key comes from.
pub(crate) enum Origin {
    /// It was drawn, and will be in a file of the home.
    Drawn(Box<SecretKey>),
    /// It is where this says, and stays there.
    Elsewhere(SignerUri),
}

impl Origin {
    /// Writes the file of the home that stands for the key.
    pub(crate) fn write(&self, keys: &Folder, role: KeyRole, number: u32) -> Result<(), Failure> {
        match self {
            Self::Drawn(key) => write_secret_key(keys, &key_name(role, number), &key.expose_seed()),
            Self::Elsewhere(uri) => write_key_uri(keys, &key_uri_name(role, number), uri),
        }
    }
}

/// When a key may sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: UnixTime,
    pub(crate) to: UnixTime,
}

impl NextBundle {
    /// Begins with what is said already; it is to be renewed after `days`.
    pub(crate) fn begin(home: &Home, now: UnixTime, days: u16) -> Result<Self, Failure> {
        let open = home.journal.ledger().succession().open();
        let (keys, roots, attestations) = match open.map(|open| open.prepared.to_draft()) {
            Some(draft) => (draft.keys, draft.roots, draft.attestations),
            None => (
                home.trust.keys().to_vec(),
                home.trust.roots().clone(),
                home.trust.attestations().to_vec(),
            ),
        };
        let content = BundleDraft {
            guarantor_id: home.trust.guarantor_id().clone(),
            // 2^53 bundles are never reached.
            sequence: home.trust.sequence().next().ok_or(Failure::Exhausted)?,
            issued_at: now,
            next_update: days_later(now, days)?,
            keys,
            roots,
            attestations,
            previous: Some(home.trust.fingerprint()),
        };
        Ok(Self { content, fresh: None })
    }

    /// Returns the entry of a key.
    pub(crate) fn key(&self, id: KeyId) -> Option<&KeyEntry> {
        self.content.keys.iter().find(|entry| entry.key.key_id() == id)
    }

    /// Returns the root set.
    pub(crate) fn roots(&self) -> &RootSet {
        &self.content.roots
    }

    /// Adds a new key for a role.
    pub(crate) fn add_key(
        &mut self,
        home: &Home,
        role: KeyRole,
        window: Window,
        elsewhere: Option<&SignerUri>,
    ) -> Result<KeyId, Failure> {
        let number = home.journal.ledger().succession().key_count(role).saturating_add(1);
        let file = key_place(home, role, number);
        if is_there(&file) {
            return Err(Failure::output(&file, OutputError::Exists));
        }
        let (key, origin) = if let Some(uri) = elsewhere {
            (try_key(uri, home.path())?, Origin::Elsewhere(uri.clone()))
        } else {
            let key = SecretKey::take(&mut *draw_secret()?);
            (key.public_key().clone(), Origin::Drawn(Box::new(key)))
        };
        let id = key.key_id();
        if self.key(id).is_some() || self.roots().keys().contains(&key) {
            return Err(UriError::InUse.into());
        }
        self.content.keys.push(KeyEntry {
            key,
            role,
            not_before: window.from,
            not_after: window.to,
            state: KeyState::Active,
        });
        self.fresh = Some(FreshKey { made: Made { role, number, key: id }, origin });
        Ok(id)
    }

    /// Retires the active keys of a role: what they signed until `since` stands.
    pub(crate) fn retire(&mut self, role: KeyRole, since: UnixTime, reason: &Text<'static>) {
        let active = |entry: &&mut KeyEntry| entry.role == role && entry.state == KeyState::Active;
        for entry in self.content.keys.iter_mut().filter(active) {
            end(entry, since);
            entry.state = KeyState::Retired { since, reason: reason.clone() };
        }
    }

    /// Calls a key compromised; only certificates under `attestation` stand. It has signed nothing
    /// genuine after the bundle was made, so its window ends there.
    pub(crate) fn compromise(
        &mut self,
        id: KeyId,
        since: UnixTime,
        reason: Text<'static>,
        attestation: Option<Attestation>,
    ) {
        let now = self.content.issued_at;
        if let Some(entry) = self.content.keys.iter_mut().find(|e| e.key.key_id() == id) {
            end(entry, now);
            entry.state = KeyState::Compromised { since, reason };
            self.content.attestations.extend(attestation);
        }
    }

    /// Says that a compromised key is feared to be in other hands since an earlier time.
    pub(crate) fn move_compromise_back(
        &mut self,
        id: KeyId,
        since: UnixTime,
        reason: Text<'static>,
    ) {
        if let Some(entry) = self.content.keys.iter_mut().find(|e| e.key.key_id() == id) {
            entry.state = KeyState::Compromised { since, reason };
        }
        for attestation in self.content.attestations.iter_mut().filter(|a| a.key_id == id) {
            attestation.since = since;
        }
    }

    /// Replaces the root set.
    pub(crate) fn set_roots(&mut self, threshold: u8, keys: Vec<PublicKey>) -> Result<(), Failure> {
        self.content.roots = RootSet::new(threshold, keys)?;
        Ok(())
    }

    /// Returns the content and the key that was made for it.
    pub(crate) fn into_parts(self) -> (BundleDraft<'static>, Option<FreshKey>) {
        (self.content, self.fresh)
    }
}

/// Ends a key's window. A window never grows, and holds more than one instant (spec R-TRUST-3).
fn end(entry: &mut KeyEntry, at: UnixTime) {
    let after = entry.not_before.seconds().saturating_add(1);
    let shortest = UnixTime::from_seconds(after).unwrap_or(UnixTime::MAX);
    entry.not_after = entry.not_after.min(at.max(shortest));
}

/// Returns what a trust bundle says.
pub(crate) fn restate(bundle: &TrustBundle, previous: Option<Fingerprint>) -> BundleDraft<'static> {
    BundleDraft {
        guarantor_id: bundle.guarantor_id().clone(),
        sequence: bundle.sequence(),
        issued_at: bundle.issued_at(),
        next_update: bundle.next_update(),
        keys: bundle.keys().to_vec(),
        roots: bundle.roots().clone(),
        attestations: bundle.attestations().to_vec(),
        previous,
    }
}
