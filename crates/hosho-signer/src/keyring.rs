//! The one door to a guarantor's secrets.

use std::fmt;

use hosho::{
    AuthKey, Epoch, GuaranteeNumber, GuarantorId, IssueError, KeyId, PreparedCertificate, Serial,
    SnapshotDraft,
};
use hosho_publish::{Outgoing, RequestHeader};

use crate::error::{TokenError, UriError};
use crate::keyfile::KeyFileError;

/// What a guarantor's secrets do when it issues, wherever they are: in files
/// ([`FileKeyring`](crate::FileKeyring)) or on a token ([`TokenKeyring`](crate::TokenKeyring)).
///
/// No secret passes through it. A signed object comes out whole, made by
/// [`PreparedCertificate::sign`] or [`SnapshotDraft::sign`], which verify the signature first
/// (spec section 4): a signer that makes a wrong one gets an error, and nothing leaves.
pub trait Keyring {
    /// Signs a certificate with the key that it was prepared for, and returns it verified.
    ///
    /// # Errors
    /// When that key cannot be reached, or its signature is wrong.
    fn sign_certificate(&self, certificate: PreparedCertificate) -> Result<Vec<u8>, KeyringError>;

    /// Signs a status snapshot with a key, and returns it verified.
    ///
    /// # Errors
    /// When that key cannot be reached, its signature is wrong, or no reader would take the draft.
    fn sign_status(
        &self,
        key: KeyId,
        snapshot: &SnapshotDraft<'_>,
    ) -> Result<Vec<u8>, KeyringError>;

    /// Signs a request to a service with a key of role publish (docs/services.md, section 2).
    ///
    /// # Errors
    /// When that key cannot be reached, or its signature is wrong.
    fn sign_request(
        &self,
        key: KeyId,
        request: &Outgoing<'_>,
    ) -> Result<RequestHeader, KeyringError>;

    /// Derives the auth key of a guarantee from the master of its epoch (spec R-DERIVE-1).
    ///
    /// # Errors
    /// When that master cannot be reached.
    fn derive_auth_key(&self, name: &AuthKeyName<'_>) -> Result<AuthKey, KeyringError>;
}

/// Which auth key is meant (spec R-DERIVE-1).
#[derive(Clone, Copy, Debug)]
pub struct AuthKeyName<'n> {
    /// The guarantor.
    pub guarantor_id: &'n GuarantorId<'n>,
    /// Which of its auth master keys.
    pub epoch: Epoch,
    /// The guarantee.
    pub number: &'n GuaranteeNumber<'n>,
    /// Which of the guarantee's auth keys.
    pub serial: Serial,
}

/// Why a keyring did not do what it was asked. It holds no secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyringError {
    /// A file with a secret cannot be used.
    File(KeyFileError),
    /// Nothing was signed.
    Issue(IssueError),
    /// It holds no such key.
    KeyMissing {
        /// The key.
        key: KeyId,
    },
    /// It holds no auth master key of this epoch.
    MasterMissing {
        /// The epoch.
        epoch: Epoch,
    },
    /// The token with a key cannot be used.
    Token(TokenError),
    /// The URI names nothing that can serve.
    Uri(UriError),
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Issue(error) => error.fmt(f),
            Self::KeyMissing { key } => write!(f, "no key {key} is here"),
            Self::MasterMissing { epoch } => write!(f, "no master key of epoch {epoch} is here"),
            Self::Token(error) => error.fmt(f),
            Self::Uri(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyringError {}

impl From<IssueError> for KeyringError {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

impl From<KeyFileError> for KeyringError {
    fn from(error: KeyFileError) -> Self {
        Self::File(error)
    }
}

impl From<TokenError> for KeyringError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}
