//! `token-key`: a new signing key on a PKCS#11 token.

use hosho::{PublicKey, Signer as _};
use hosho_signer::{SignerUri, TokenKey, UriError};

use crate::failure::Failure;

/// Makes a key on the token that a URI names. Returns its public key.
///
/// No bundle names it yet: `rotate-key --to` does that.
///
/// # Errors
/// [`Failure`]; then no key was made, or one that nothing names.
pub fn make_token_key(uri: &str) -> Result<PublicKey, Failure> {
    match SignerUri::parse(uri)? {
        SignerUri::Pkcs11(uri) => Ok(TokenKey::generate(&uri)?.public_key().clone()),
        _ => Err(Failure::Uri(UriError::NoToken)),
    }
}
