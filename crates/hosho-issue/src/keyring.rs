//! The secret keys that sign now, taken from the home's files by the trust bundle.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use hosho::{
    AuthKey, AuthMasterKey, Epoch, GuaranteeNumber, GuarantorId, KeyId, KeyRole, KeyState,
    ParseError, SecretKey, Serial, Signer, UnixTime,
};

use crate::failure::{Damage, Failure, KeyReason};
use crate::home::{Home, KEYS, master_name};
use crate::issue::is_there;
use crate::keyfile::{read_master, read_secret_key};

/// Reads the key of a role that may sign at `now`: the newest file whose key is an active entry of
/// the trust bundle with a window around `now`.
pub(crate) fn signing_key(home: &Home, role: KeyRole, now: UnixTime) -> Result<SecretKey, Failure> {
    let mut reason = KeyReason::NotInBundle;
    let mut found = None;
    for number in 1.. {
        let path = home.key_file(role, number);
        if number > 1 && !path.exists() {
            break;
        }
        let key = read_secret_key(&path)?;
        let entry = home.trust.keys().iter().find(|entry| {
            entry.key == *key.public_key() && entry.role == role && entry.state == KeyState::Active
        });
        match entry {
            None => {}
            Some(entry) if !entry.covers(now) => {
                reason = KeyReason::Window;
            }
            Some(_) => found = Some(key),
        }
    }
    found.ok_or(Failure::KeyNotUsable { reason })
}

/// Reads the key of a role that has this id, to finish what it was about to sign within its window.
pub(crate) fn signing_key_by_id(
    home: &Home,
    role: KeyRole,
    id: KeyId,
) -> Result<SecretKey, Failure> {
    let entry = home.trust.key(id);
    let usable = entry.is_some_and(|entry| {
        entry.role == role && !matches!(entry.state, KeyState::Compromised { .. })
    });
    for number in 1.. {
        let path = home.key_file(role, number);
        if !usable || (number > 1 && !path.exists()) {
            break;
        }
        let key = read_secret_key(&path)?;
        if key.public_key().key_id() == id {
            return Ok(key);
        }
    }
    Err(Failure::KeyNotUsable { reason: KeyReason::NotInBundle })
}

/// The auth master keys, read when first used.
#[derive(Debug, Default)]
pub(crate) struct Masters(BTreeMap<Epoch, AuthMasterKey>);

impl Masters {
    /// Derives the auth key of a guarantee (spec R-DERIVE-1).
    pub(crate) fn derive(
        &mut self,
        home: &Home,
        number: &GuaranteeNumber<'_>,
        epoch: Epoch,
        serial: Serial,
    ) -> Result<AuthKey, Failure> {
        Ok(self.open(home, epoch)?.derive(&home.profile.id, epoch, number, serial))
    }

    /// Returns the auth master key of an epoch, checked against the journal.
    pub(crate) fn open(&mut self, home: &Home, epoch: Epoch) -> Result<&AuthMasterKey, Failure> {
        match self.0.entry(epoch) {
            Entry::Occupied(there) => Ok(there.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(read_recorded_master(home, epoch)?)),
        }
    }
}

/// Returns the file with the auth master key of an epoch.
pub(crate) fn master_file(home: &Home, epoch: Epoch) -> PathBuf {
    home.path().join(KEYS).join(master_name(epoch))
}

/// Reads the auth master key of an epoch and refuses one that is not as it was recorded: its auth
/// keys would not open what the guarantor has handed out.
fn read_recorded_master(home: &Home, epoch: Epoch) -> Result<AuthMasterKey, Failure> {
    let path = master_file(home, epoch);
    let master = read_master(&path)?;
    let found = commitment(&master, &home.profile.id, epoch)?;
    if home.journal.ledger().master(epoch) != Some(&found) {
        return Err(Failure::damaged(&path, Damage::Changed));
    }
    Ok(master)
}

/// Returns a public value that only this auth master key produces: the binding of an auth key that
/// is handed out to nobody (docs/home.md).
pub(crate) fn commitment(
    master: &AuthMasterKey,
    id: &GuarantorId<'_>,
    epoch: Epoch,
) -> Result<[u8; 32], Failure> {
    let not_formed = |error: ParseError| Failure::Issue(error.into());
    let number = GuaranteeNumber::parse(id.as_str()).map_err(not_formed)?;
    let serial = Serial::new(u32::MAX).map_err(not_formed)?;
    Ok(master.derive(id, epoch, &number, serial).bind(id, &number, epoch, serial))
}

/// Checks that every key file is there, is its owner's only, and holds the key that journal and
/// trust bundle name.
pub(crate) fn check_keys(home: &Home) -> Result<(), Failure> {
    read_recorded_master(home, Epoch::FIRST)?;
    for role in [KeyRole::Certificate, KeyRole::Status] {
        let mut missing: Vec<_> = home
            .trust
            .keys()
            .iter()
            .filter(|entry| entry.role == role && entry.state == KeyState::Active)
            .map(|entry| &entry.key)
            .collect();
        for number in 1.. {
            let path = home.key_file(role, number);
            if !is_there(&path) {
                if missing.is_empty() {
                    break;
                }
                return Err(Failure::damaged(&path, Damage::Missing));
            }
            let key = read_secret_key(&path)?;
            let entry = home.trust.key(key.public_key().key_id());
            if !entry.is_some_and(|e| e.role == role && e.key == *key.public_key()) {
                return Err(Failure::damaged(&path, Damage::Changed));
            }
            missing.retain(|missing| *missing != key.public_key());
        }
    }
    Ok(())
}
