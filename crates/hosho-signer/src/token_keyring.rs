//! A keyring of tokens.

use std::fmt;
use std::path::Path;

use hosho::{AuthKey, IssueError, KeyId, PreparedCertificate, PublicKey, Signer, SnapshotDraft};

use hosho_publish::{Outgoing, RequestHeader, sign_request};

use crate::error::UriError;
use crate::file::FileKeyring;
use crate::keyfile::read_secret_key;
use crate::keyring::{AuthKeyName, Keyring, KeyringError};
use crate::token::{TokenKey, check_signer};
use crate::uri::{Pkcs11Uri, SignerUri};

/// Signing keys on PKCS#11 tokens. What no token holds is in files: the auth master keys, since
/// deriving takes HKDF, and signing keys that never were on one.
#[derive(Default)]
pub struct TokenKeyring {
    tokens: Vec<Box<dyn Signer>>,
    files: FileKeyring,
}

impl TokenKeyring {
    /// Takes what no token holds from a keyring of files.
    #[must_use]
    pub fn over(self, files: FileKeyring) -> Self {
        Self { files, ..self }
    }

    /// Returns whether no key on a token was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Finds a signing key on its token, and logs in to use it. Returns its public part.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn add_key(&mut self, uri: &Pkcs11Uri) -> Result<PublicKey, KeyringError> {
        let key = TokenKey::open(uri)?;
        let public = key.public_key().clone();
        self.tokens.push(Box::new(key));
        Ok(public)
    }

    fn signer(&self, key: KeyId) -> Result<&dyn Signer, KeyringError> {
        let held = self.tokens.iter().find(|held| held.public_key().key_id() == key);
        held.map_or_else(|| self.files.signer(key), |held| Ok(held.as_ref()))
    }
}

impl Keyring for TokenKeyring {
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
        self.files.derive_auth_key(name)
    }
}

impl fmt::Debug for TokenKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKeyring(..)")
    }
}

/// Reaches the key that a URI names, and has it sign a line that is no object of the format, twice
/// ([`check_signer`]). Returns its public part. A file without a whole path counts from `home`.
///
/// # Errors
/// When it cannot be reached, or does not sign as a guarantor needs it.
pub fn try_key(uri: &SignerUri, home: &Path) -> Result<PublicKey, KeyringError> {
    let signer: Box<dyn Signer> = match uri {
        SignerUri::File(path) => {
            let key = read_secret_key(&home.join(path));
            Box::new(key.map_err(|_| KeyringError::Uri(UriError::NoKey))?)
        }
        SignerUri::Pkcs11(uri) => Box::new(TokenKey::open(uri)?),
    };
    check_signer(signer.as_ref())?;
    Ok(signer.public_key().clone())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hosho::{
        Certificate, Epoch, IssueError, SecretKey, Serial, SignedCertificate, SignedStatusSnapshot,
        SignerError,
    };
    use hosho_testkit::{Guarantor, number, sample_claims, to_hex};

    use super::*;

    /// A device that does what `1` makes of a right signature.
    struct Device(SecretKey, fn(&mut [u8; 64]) -> Result<(), SignerError>);

    impl Signer for Device {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }

        fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
            let mut signature = self.0.sign(message)?;
            (self.1)(&mut signature)?;
            Ok(signature)
        }
    }

    /// A keyring whose certificate and status keys are on devices that do this.
    fn devices(
        guarantor: &Guarantor,
        work: fn(&mut [u8; 64]) -> Result<(), SignerError>,
    ) -> TokenKeyring {
        let mut keyring = TokenKeyring::default();
        for key in [&guarantor.certificate_key, &guarantor.status_key] {
            let key = SecretKey::take(&mut key.expose_seed());
            keyring.tokens.push(Box::new(Device(key, work)));
        }
        keyring
    }

    fn prepared(guarantor: &Guarantor) -> PreparedCertificate {
        let certificate = Certificate::new(sample_claims(guarantor)).unwrap();
        let key = guarantor.certificate_key.public_key().key_id();
        PreparedCertificate::new(&certificate, key).unwrap()
    }

    fn codes(guarantor: &Guarantor, keyring: &dyn Keyring) -> [Result<Vec<u8>, &'static str>; 2] {
        let code = |error| match error {
            KeyringError::Issue(IssueError::SignatureMismatch) => "mismatch",
            KeyringError::Issue(IssueError::Signer(_)) => "no signature",
            KeyringError::KeyMissing { .. } => "no key",
            _ => "other",
        };
        let status = guarantor.status_key.public_key().key_id();
        let draft = guarantor.snapshot_draft([]);
        [
            keyring.sign_certificate(prepared(guarantor)).map_err(code),
            keyring.sign_status(status, &draft).map_err(code),
        ]
    }

    #[test]
    fn what_a_lying_signer_signs_does_not_leave() {
        let guarantor = Guarantor::new("g-demo");
        let first = devices(&guarantor, |signature| {
            signature[0] ^= 1;
            Ok(())
        });
        let last = devices(&guarantor, |signature| {
            signature[63] ^= 0x80;
            Ok(())
        });
        let zeros = devices(&guarantor, |signature| {
            *signature = [0; 64];
            Ok(())
        });
        for keyring in [first, last, zeros] {
            assert_eq!(codes(&guarantor, &keyring), [Err("mismatch"), Err("mismatch")]);
        }
        let silent = devices(&guarantor, |_| Err(SignerError));
        assert_eq!(codes(&guarantor, &silent), [Err("no signature"), Err("no signature")]);
    }

    #[test]
    fn signs_what_a_verifier_takes() {
        let guarantor = Guarantor::new("g-demo");
        let [certificate, snapshot] = codes(&guarantor, &devices(&guarantor, |_| Ok(())));
        let certificate = certificate.unwrap();
        assert_eq!(certificate, guarantor.issue(sample_claims(&guarantor)));
        assert!(SignedCertificate::parse(&certificate).is_ok());
        let snapshot = snapshot.unwrap();
        let verified = SignedStatusSnapshot::parse(&snapshot).unwrap().verify(&guarantor.trust());
        assert_eq!(verified.unwrap().sequence().number(), 7);
    }

    #[test]
    fn a_key_that_nobody_added_signs_nothing() {
        let guarantor = Guarantor::new("g-demo");
        let empty = TokenKeyring::default();
        assert_eq!(codes(&guarantor, &empty), [Err("no key"), Err("no key")]);
    }

    #[test]
    fn what_no_token_holds_comes_from_files_for_their_owner_only() {
        let guarantor = Guarantor::new("g-demo");
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            file
        };
        let pem = crate::secret_key_pem(&guarantor.certificate_key.expose_seed()).unwrap();
        let mut files = FileKeyring::default();
        let exposed = files.add_key(&write("open.pem", &pem, 0o640));
        let Err(KeyringError::File(error)) = exposed else { panic!("taken") };
        assert!(matches!(error.fault, crate::KeyFileFault::Exposed), "{error}");
        let public = files.add_key(&write("key.pem", &pem, 0o600)).unwrap();
        assert_eq!(public, *guarantor.certificate_key.public_key());
        let line = format!("{}\n", to_hex(&guarantor.master_bytes()));
        files.add_master(Epoch::FIRST, write("master.key", &line, 0o600));
        let upper = format!("{}\n", line.to_uppercase().trim_end());
        let second = Epoch::FIRST.next().unwrap();
        files.add_master(second, write("upper.key", &upper, 0o600));
        let keyring = TokenKeyring::default().over(files);
        assert!(keyring.sign_certificate(prepared(&guarantor)).is_ok());
        let (id, number) = (guarantor.id.clone(), number("A-1"));
        let name = AuthKeyName {
            guarantor_id: &id,
            epoch: Epoch::FIRST,
            number: &number,
            serial: Serial::FIRST,
        };
        let key = keyring.derive_auth_key(&name).unwrap();
        assert!(key.matches(&guarantor.auth_key(&number, Serial::FIRST)));
        let Err(KeyringError::File(error)) =
            keyring.derive_auth_key(&AuthKeyName { epoch: second, ..name })
        else {
            panic!("taken")
        };
        assert!(matches!(error.fault, crate::KeyFileFault::Form), "{error}");
        let third = second.next().unwrap();
        let missing = keyring.derive_auth_key(&AuthKeyName { epoch: third, ..name });
        assert!(matches!(missing, Err(KeyringError::MasterMissing { epoch }) if epoch == third));
    }
}
