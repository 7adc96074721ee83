//! The secret keys that sign now, by the trust bundle: in files of the home, or where a URI says.

use std::path::{Path, PathBuf};

use hosho::{KeyId, KeyRole, KeyState, PublicKey, Signer, UnixTime};
use hosho_signer::{SignerUri, TokenKey};

use crate::failure::{Damage, Failure, KeyReason};
use crate::home::Home;
use crate::issue::is_there;
use crate::keyfile::{read_key_uri, read_secret_key};
use crate::masters::check_masters;

/// Returns where the home keeps the key of a role: the file with the key, or the file that says
/// where it is. Without either it is the first.
pub(crate) fn key_place(home: &Home, role: KeyRole, number: u32) -> PathBuf {
    let elsewhere = home.key_uri_file(role, number);
    if is_there(&elsewhere) { elsewhere } else { home.key_file(role, number) }
}

/// Opens the key of a role from its place in the home; nothing if there is none.
fn open_key(home: &Home, role: KeyRole, number: u32) -> Result<Option<Box<dyn Signer>>, Failure> {
    let place = key_place(home, role, number);
    if !is_there(&place) {
        return Ok(None);
    }
    if place == home.key_file(role, number) {
        return Ok(Some(Box::new(read_secret_key(&place)?)));
    }
    open_uri(home.path(), &read_key_uri(&place)?).map(Some)
}

/// Opens the key that a URI names; a file without a whole path counts from the home.
pub(crate) fn open_uri(home: &Path, uri: &SignerUri) -> Result<Box<dyn Signer>, Failure> {
    match uri {
        SignerUri::File(path) => Ok(Box::new(read_secret_key(&home.join(path))?)),
        SignerUri::Pkcs11(uri) => Ok(Box::new(TokenKey::open(uri)?)),
        // The list of schemes may grow; an unknown one opens nothing.
        _ => Err(Failure::Uri(hosho_signer::UriError::Scheme)),
    }
}

/// Opens the key of a role that may sign at `now`: the newest file whose key is an active entry of
/// the trust bundle with a window around `now`, and which no open draft takes out of use before.
pub(crate) fn signing_key(
    home: &Home,
    role: KeyRole,
    now: UnixTime,
) -> Result<Box<dyn Signer>, Failure> {
    let mut reason = KeyReason::NotInBundle;
    let mut missing = None;
    for number in numbers(home, role).rev() {
        let Some(key) = open_key(home, role, number)? else {
            missing.get_or_insert(home.key_file(role, number));
            continue;
        };
        let entry = home.trust.key(key.public_key().key_id()).filter(|entry| {
            entry.key == *key.public_key() && entry.role == role && entry.state == KeyState::Active
        });
        match entry {
            None => {}
            Some(entry) if !entry.covers(now) => reason = KeyReason::Window,
            Some(_) if !draft_leaves(home, key.public_key(), now) => {
                reason = KeyReason::OpenRequest;
            }
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
fn draft_leaves(home: &Home, key: &PublicKey, now: UnixTime) -> bool {
    let Some(open) = home.journal.ledger().succession().open() else { return true };
    open.prepared.to_draft().keys.iter().any(|entry| {
        entry.key == *key
            && entry.covers(now)
            && !matches!(entry.state, KeyState::Compromised { .. })
    })
}

/// Opens the key of a role that has this id, to finish what it was about to sign within its window.
pub(crate) fn signing_key_by_id(
    home: &Home,
    role: KeyRole,
    id: KeyId,
) -> Result<Box<dyn Signer>, Failure> {
    let entry = home.trust.key(id);
    let usable = entry.is_some_and(|entry| {
        entry.role == role && !matches!(entry.state, KeyState::Compromised { .. })
    });
    if usable {
        for number in numbers(home, role) {
            match open_key(home, role, number)? {
                Some(key) if key.public_key().key_id() == id => return Ok(key),
                _ => {}
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
        let Some(key) = open_key(home, role, number)? else {
            missing.get_or_insert(home.key_file(role, number));
            continue;
        };
        let is_named = named.clone().any(|entry| entry.key == *key.public_key());
        let was_made = succession.made(key.public_key().key_id());
        if !is_named && was_made.is_none_or(|made| (made.role, made.number) != (role, number)) {
            return Err(Failure::damaged(&key_place(home, role, number), Damage::Changed));
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
