//! The secret keys that sign now, taken from the home's files by the trust bundle.

use hosho::{KeyId, KeyRole, KeyState, PublicKey, SecretKey, Signer, UnixTime};

use crate::failure::{Damage, Failure, KeyReason};
use crate::home::Home;
use crate::issue::is_there;
use crate::keyfile::read_secret_key;
use crate::masters::check_masters;

/// Reads the key of a role that may sign at `now`: the newest file whose key is an active entry of
/// the trust bundle with a window around `now`, and which no open draft takes out of use before.
pub(crate) fn signing_key(home: &Home, role: KeyRole, now: UnixTime) -> Result<SecretKey, Failure> {
    let mut reason = KeyReason::NotInBundle;
    let mut missing = None;
    for number in numbers(home, role).rev() {
        let path = home.key_file(role, number);
        if !is_there(&path) {
            missing.get_or_insert(path);
            continue;
        }
        let key = read_secret_key(&path)?;
        let entry = home.trust.key(key.public_key().key_id()).filter(|entry| {
            entry.key == *key.public_key() && entry.role == role && entry.state == KeyState::Active
        });
        match entry {
            None => {}
            Some(entry) if !entry.covers(now) => reason = KeyReason::Window,
            Some(_) if !draft_leaves(home, &key, now) => reason = KeyReason::OpenRequest,
            Some(_) => return Ok(key),
        }
    }
    match missing {
        Some(path) if reason == KeyReason::NotInBundle => {
            Err(Failure::damaged(&path, Damage::Missing))
        }
        _ => Err(Failure::KeyNotUsable { reason }),
    }
}

/// Tells whether what a key signs now will stand under the trust bundle that waits for signatures.
#[must_use]
fn draft_leaves(home: &Home, key: &SecretKey, now: UnixTime) -> bool {
    let Some(open) = home.journal.ledger().succession().open() else { return true };
    open.prepared.to_draft().keys.iter().any(|entry| {
        entry.key == *key.public_key()
            && entry.covers(now)
            && !matches!(entry.state, KeyState::Compromised { .. })
    })
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
    if usable {
        for number in numbers(home, role) {
            let path = home.key_file(role, number);
            if !is_there(&path) {
                continue;
            }
            let key = read_secret_key(&path)?;
            if key.public_key().key_id() == id {
                return Ok(key);
            }
        }
    }
    Err(Failure::KeyNotUsable { reason: KeyReason::NotInBundle })
}

/// Returns the numbers of the key files of a role, as the journal counts them.
fn numbers(home: &Home, role: KeyRole) -> std::ops::RangeInclusive<u32> {
    1..=home.journal.ledger().succession().key_count(role)
}

/// Checks that every key file that is needed is there, that each is its owner's only, and that each
/// holds a key that journal and trust bundle name.
///
/// The file of a key that signs no more may be gone.
pub(crate) fn check_keys(home: &Home) -> Result<(), Failure> {
    check_masters(home)?;
    for role in [KeyRole::Certificate, KeyRole::Status, KeyRole::Publish] {
        check_keys_of(home, role)?;
    }
    Ok(())
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
    for number in numbers(home, role) {
        let path = home.key_file(role, number);
        if !is_there(&path) {
            missing.get_or_insert(path);
            continue;
        }
        let key = read_secret_key(&path)?;
        let is_named = named.clone().any(|entry| entry.key == *key.public_key());
        let was_made = succession.made(key.public_key().key_id());
        if !is_named && was_made.is_none_or(|made| (made.role, made.number) != (role, number)) {
            return Err(Failure::damaged(&path, Damage::Changed));
        }
        needed.retain(|needed| *needed != key.public_key());
    }
    match missing {
        Some(path) if !needed.is_empty() => Err(Failure::damaged(&path, Damage::Missing)),
        None if !needed.is_empty() => {
            Err(Failure::damaged(&home.key_file(role, 1), Damage::Changed))
        }
        _ => Ok(()),
    }
}
