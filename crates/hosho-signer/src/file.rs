//! A keyring of files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use hosho::{
    AuthKey, AuthMasterKey, Epoch, IssueError, KeyId, PreparedCertificate, PublicKey, SecretKey,
    Signer, SnapshotDraft,
};

use hosho_publish::{Outgoing, RequestHeader, sign_request};

use crate::keyfile::{read_master, read_secret_key};
use crate::keyring::{AuthKeyName, Keyring, KeyringError};

/// Signing keys and auth master keys in files for their owner only; the keys are wiped from memory
/// when it is dropped.
///
/// A signing key is read when it is added, an auth master key when it is first used.
#[derive(Debug, Default)]
pub struct FileKeyring {
    keys: Vec<SecretKey>,
    masters: BTreeMap<Epoch, PathBuf>,
    read: RefCell<BTreeMap<Epoch, AuthMasterKey>>,
}

impl FileKeyring {
    /// Reads the signing key in a file. Returns its public part.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn add_key(&mut self, file: &Path) -> Result<PublicKey, KeyringError> {
        let key = read_secret_key(file)?;
        let public = key.public_key().clone();
        self.keys.push(key);
        Ok(public)
    }

    /// Says in which file the auth master key of an epoch is.
    pub fn add_master(&mut self, epoch: Epoch, file: PathBuf) {
        self.masters.insert(epoch, file);
    }

    pub(crate) fn signer(&self, key: KeyId) -> Result<&dyn Signer, KeyringError> {
        let held = self.keys.iter().find(|held| held.public_key().key_id() == key);
        held.map(|held| -> &dyn Signer { held }).ok_or(KeyringError::KeyMissing { key })
    }
}

impl Keyring for FileKeyring {
    fn sign_certificate(&self, certificate: PreparedCertificate) -> Result<Vec<u8>, KeyringError> {
        let signer = self.signer(certificate.key_id())?;
        Ok(certificate.sign(signer)?)
    }

    fn sign_status(
        &self,
        key: KeyId,
        snapshot: &SnapshotDraft<'_>,
    ) -> Result<Vec<u8>, KeyringError> {
        Ok(snapshot.sign(self.signer(key)?)?)
    }

    fn sign_request(
        &self,
        key: KeyId,
        request: &Outgoing<'_>,
    ) -> Result<RequestHeader, KeyringError> {
        Ok(sign_request(request, self.signer(key)?).map_err(IssueError::Signer)?)
    }

    fn derive_auth_key(&self, name: &AuthKeyName<'_>) -> Result<AuthKey, KeyringError> {
        let AuthKeyName { guarantor_id, epoch, number, serial } = *name;
        let mut read = self.read.borrow_mut();
        let master = match read.entry(epoch) {
            Entry::Occupied(there) => there.into_mut(),
            Entry::Vacant(place) => {
                let file = self.masters.get(&epoch);
                let file = file.ok_or(KeyringError::MasterMissing { epoch })?;
                place.insert(read_master(file)?)
            }
        };
        Ok(master.derive(guarantor_id, epoch, number, serial))
    }
}
