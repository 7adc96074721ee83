//! The secret keys that sign now, taken from the home's files by the trust bundle.

use std::collections::BTreeMap;

use hosho::{
    AuthKey, AuthMasterKey, Epoch, GuaranteeNumber, KeyId, KeyRole, KeyState, SecretKey, Serial,
    Signer, UnixTime,
};

use crate::failure::{Failure, KeyReason};
use crate::home::{Home, KEYS, master_name};
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
        let derive =
            |master: &AuthMasterKey| master.derive(&home.profile.id, epoch, number, serial);
        if let Some(master) = self.0.get(&epoch) {
            return Ok(derive(master));
        }
        let master = read_master(&home.path().join(KEYS).join(master_name(epoch)))?;
        let key = derive(&master);
        self.0.insert(epoch, master);
        Ok(key)
    }
}
