//! A guarantor's secrets behind one trait, [`Keyring`]: signing keys in files or on a PKCS#11 token
//! such as an HSM, and the auth master keys.
//!
//! A [`SignerUri`] says where a key is and holds no secret. [`TokenKey`] is a [`hosho::Signer`]
//! whose secret never leaves the token: each signature is made there.
//!
//! ```
//! use hosho_signer::SignerUri;
//!
//! let uri = SignerUri::parse(
//!     "pkcs11:token=guarantor;object=certificate\
//!      ?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/hosho/pin",
//! )?;
//! assert!(matches!(uri, SignerUri::Pkcs11(_)));
//! // A PIN never stands in a URI.
//! assert!(SignerUri::parse("pkcs11:object=k?module-path=/m.so&pin-value=1234").is_err());
//! # Ok::<(), hosho_signer::UriError>(())
//! ```

mod error;
mod file;
mod keyfile;
mod keyring;
mod pin;
mod token;
mod token_keyring;
mod uri;

pub use error::{TokenError, UriError};
pub use file::FileKeyring;
pub use keyfile::{
    KeyFileError, KeyFileFault, SecretText, read_master, read_secret_key, secret_key_pem,
};
pub use keyring::{AuthKeyName, Keyring, KeyringError};
pub use token::{TokenKey, check_signer};
pub use token_keyring::{TokenKeyring, try_key};
pub use uri::{Pkcs11Uri, SignerUri};
