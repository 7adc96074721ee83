//! Which of the home's secrets are used, by trust bundle and journal, and where they are: in files
//! of the home, or where a URI says. What uses them sees [`Keyring`] alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use hosho::{
    AuthKey, Epoch, GuaranteeNumber, KeyEntry, KeyId, KeyRole, KeyState, PreparedCertificate,
    PublicKey, Serial, SnapshotDraft, UnixTime,
};
use hosho_publish::{Outgoing, RequestHeader};
use hosho_signer::{AuthKeyName, FileKeyring, Keyring, SignerUri, TokenKeyring};

use crate::failure::{Damage, Failure, KeyReason};
use crate::home::Home;
use crate::issue::is_there;
use crate::keyfile::read_key_uri;
use crate::masters::{check_masters, check_recorded, master_file};

/// The secrets that a command needs, behind the one trait that reaches them.
pub(crate) struct Keys {
    ring: Box<dyn Keyring>,
    /// The epochs whose auth master key is known to be the recorded one.
    checked: BTreeSet<Epoch>,
}

impl Keys {
    /// Returns those that auth keys are derived with.
    pub(crate) fn to_derive(home: &Home) -> Self {
        Self::with(Opening::begin(home))
    }

    /// Returns those to sign for a role at `now`, and which key signs: an active entry of the trust
    /// bundle with a window around `now`, which no open draft takes out of use before.
    pub(crate) fn to_sign(
        home: &Home,
        role: KeyRole,
        now: UnixTime,
    ) -> Result<(Self, KeyId), Failure> {
        let (number, key) = choose(home, role, now)?;
        let mut opening = Opening::begin(home);
        match opening.add(home, role, number)? {
            Some(public) if public.key_id() == key => Ok((Self::with(opening), key)),
            Some(_) => Err(Failure::KeyNotUsable { reason: KeyReason::NotInBundle }),
            None => Err(Failure::damaged(&home.key_file(role, number), Damage::Missing)),
        }
    }

    /// Returns those to finish what certificate keys were about to sign within their windows.
    pub(crate) fn to_finish(home: &Home, keys: &BTreeSet<KeyId>) -> Result<Self, Failure> {
        let role = KeyRole::Certificate;
        let mut opening = Opening::begin(home);
        for key in keys {
            let number = home.trust.key(*key).filter(|entry| {
                entry.role == role && !matches!(entry.state, KeyState::Compromised { .. })
            });
            let number = number.and_then(|entry| number_of(home, entry));
            let added = number.map(|number| opening.add(home, role, number)).transpose()?;
            if added.flatten().is_none_or(|public| public.key_id() != *key) {
                return Err(Failure::KeyNotUsable { reason: KeyReason::NotInBundle });
            }
        }
        Ok(Self::with(opening))
    }

    fn with(opening: Opening) -> Self {
        let Opening { files, tokens } = opening;
        let ring: Box<dyn Keyring> =
            if tokens.is_empty() { Box::new(files) } else { Box::new(tokens.over(files)) };
        Self { ring, checked: BTreeSet::new() }
    }

    /// Signs a certificate with the key that it was prepared for.
    pub(crate) fn sign_certificate(
        &self,
        certificate: PreparedCertificate,
    ) -> Result<Vec<u8>, Failure> {
        Ok(self.ring.sign_certificate(certificate)?)
    }

    /// Signs a status snapshot.
    pub(crate) fn sign_status(
        &self,
        key: KeyId,
        snapshot: &SnapshotDraft<'_>,
    ) -> Result<Vec<u8>, Failure> {
        Ok(self.ring.sign_status(key, snapshot)?)
    }

    /// Signs a request to a service.
    pub(crate) fn sign_request(
        &self,
        key: KeyId,
        request: &Outgoing<'_>,
    ) -> Result<RequestHeader, Failure> {
        Ok(self.ring.sign_request(key, request)?)
    }

    /// Derives the auth key of a guarantee (spec R-DERIVE-1) from an auth master key that was
    /// checked against the journal: another one would open nothing of what was handed out.
    pub(crate) fn derive(
        &mut self,
        home: &Home,
        number: &GuaranteeNumber<'_>,
        epoch: Epoch,
        serial: Serial,
    ) -> Result<AuthKey, Failure> {
        self.check_master(home, epoch)?;
        let guarantor_id = &home.profile.id;
        Ok(self.ring.derive_auth_key(&AuthKeyName { guarantor_id, epoch, number, serial })?)
    }

    /// Checks, once, that the auth master key of an epoch is there and the recorded one.
    pub(crate) fn check_master(&mut self, home: &Home, epoch: Epoch) -> Result<(), Failure> {
        if !self.checked.contains(&epoch) {
            check_recorded(home, self.ring.as_ref(), epoch)?;
            self.checked.insert(epoch);
        }
        Ok(())
    }
}

/// A keyring while keys are added to it.
struct Opening {
    files: FileKeyring,
    tokens: TokenKeyring,
}

impl Opening {
    /// Begins with the auth master keys, which are in files of the home.
    fn begin(home: &Home) -> Self {
        let mut files = FileKeyring::default();
        let newest = home.journal.ledger().epoch();
        let mut epoch = Some(Epoch::FIRST);
        while let Some(here) = epoch.filter(|here| *here <= newest) {
            files.add_master(here, master_file(home, here));
            epoch = here.next();
        }
        Self { files, tokens: TokenKeyring::default() }
    }

    /// Adds the key of a role from its place in the home; nothing if there is none.
    fn add(
        &mut self,
        home: &Home,
        role: KeyRole,
        number: u32,
    ) -> Result<Option<PublicKey>, Failure> {
        let place = key_place(home, role, number);
        if !is_there(&place) {
            return Ok(None);
        }
        let file = if place == home.key_file(role, number) {
            place
        } else {
            match read_key_uri(&place)? {
                SignerUri::File(path) => home.path().join(path),
                SignerUri::Pkcs11(uri) => return Ok(Some(self.tokens.add_key(&uri)?)),
                // The list of schemes may grow; an unknown one opens nothing.
                _ => return Err(Failure::Uri(hosho_signer::UriError::Scheme)),
            }
        };
        Ok(Some(self.files.add_key(&file)?))
    }
}

/// Returns where the home keeps the key of a role: the file with the key, or the file that says
/// where it is. Without either it is the first.
pub(crate) fn key_place(home: &Home, role: KeyRole, number: u32) -> PathBuf {
    let elsewhere = home.key_uri_file(role, number);
    if is_there(&elsewhere) { elsewhere } else { home.key_file(role, number) }
}

/// Chooses the key of a role that may sign at `now`, and returns the number of its place too.
fn choose(home: &Home, role: KeyRole, now: UnixTime) -> Result<(u32, KeyId), Failure> {
    let mut reason = KeyReason::NotInBundle;
    let active = |entry: &&KeyEntry| entry.role == role && entry.state == KeyState::Active;
    for entry in home.trust.keys().iter().filter(active) {
        match number_of(home, entry) {
            None => {}
            Some(_) if !entry.covers(now) => reason = KeyReason::Window,
            Some(_) if !draft_leaves(home, &entry.key, now) => reason = KeyReason::OpenRequest,
            Some(number) => return Ok((number, entry.key.key_id())),
        }
    }
    Err(Failure::KeyNotUsable { reason })
}

/// Returns the number of the place of a key that the trust bundle names: the journal says which was
/// made for it, and the one that none was made for is the first, of `init`.
fn number_of(home: &Home, entry: &KeyEntry) -> Option<u32> {
    let succession = home.journal.ledger().succession();
    match succession.made(entry.key.key_id()) {
        Some(made) => (made.role == entry.role).then_some(made.number),
        None => (entry.role != KeyRole::Publish).then_some(1),
    }
}

/// Tells whether what a key signs now will stand under the trust bundle that waits for signatures.
#[must_use]
fn draft_leaves(home: &Home, key: &PublicKey, now: UnixTime) -> bool {
    let Some(open) = home.journal.ledger().succession().open() else { return true };
    open.prepared.to_draft().keys.iter().any(|entry| {
        entry.key == *key
            && entry.covers(now)
            && !matches!(entry.state, KeyState::Compromised { .. })
    })
}

/// Returns the numbers of the key files of a role, as the journal counts them.
fn numbers(home: &Home, role: KeyRole) -> std::ops::RangeInclusive<u32> {
    1..=home.journal.ledger().succession().key_count(role)
}

/// Checks that every key file that is needed is there, that each is its owner's only, and that each
/// holds a key that journal and trust bundle name.
///
/// The file of a key that signs no more may be gone. Returns what is wrong.
pub(crate) fn check_keys(home: &Home) -> Vec<Failure> {
    let roles = [KeyRole::Certificate, KeyRole::Status, KeyRole::Publish];
    let keys = roles.into_iter().filter_map(|role| check_keys_of(home, role).err());
    check_masters(home).err().into_iter().chain(keys).collect()
}

fn check_keys_of(home: &Home, role: KeyRole) -> Result<(), Failure> {
    let succession = home.journal.ledger().succession();
    let draft = succession.open().map(|open| open.prepared.to_draft().keys).unwrap_or_default();
    let named = home.trust.keys().iter().chain(&draft).filter(move |entry| entry.role == role);
    // What a draft names in vain is taken back by the next command that writes.
    let mut needed: Vec<&PublicKey> = home
        .trust
        .keys()
        .iter()
        .filter(|entry| entry.role == role && entry.state == KeyState::Active)
        .map(|entry| &entry.key)
        .collect();
    let mut missing = None;
    let mut opening = Opening::begin(home);
    for number in numbers(home, role) {
        let Some(key) = opening.add(home, role, number)? else {
            missing.get_or_insert(home.key_file(role, number));
            continue;
        };
        let is_named = named.clone().any(|entry| entry.key == key);
        let was_made = succession.made(key.key_id());
        if !is_named && was_made.is_none_or(|made| (made.role, made.number) != (role, number)) {
            return Err(Failure::damaged(&key_place(home, role, number), Damage::Changed));
        }
        needed.retain(|needed| **needed != key);
    }
    match missing {
        Some(path) if !needed.is_empty() => Err(Failure::damaged(&path, Damage::Missing)),
        None if !needed.is_empty() => {
            Err(Failure::damaged(&home.key_file(role, 1), Damage::Changed))
        }
        _ => Ok(()),
    }
}
