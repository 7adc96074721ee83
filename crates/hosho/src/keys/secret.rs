use core::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::{Zeroize as _, Zeroizing};

use super::PublicKey;

/// Makes Ed25519 signatures with a secret that it does not give away: a key in memory, or in an
/// HSM.
///
/// No method takes a public key, so one secret cannot be made to sign under two.
pub trait Signer {
    /// Returns the public key that belongs to the secret.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message` as it is (RFC 8032, pure Ed25519).
    ///
    /// # Errors
    /// When the device refuses or cannot be reached.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError>;
}

/// The signer could not make a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignerError;

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signer made no signature")
    }
}

impl core::error::Error for SignerError {}

/// A secret key in memory, wiped when dropped.
pub struct SecretKey {
    key: SigningKey,
    public: PublicKey,
}

impl SecretKey {
    /// Takes a 32-byte seed (RFC 8032 section 5.1.5) and wipes the source.
    pub fn take(seed: &mut [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        seed.zeroize();
        #[expect(
            clippy::expect_used,
            reason = "RFC 8032 clamps the scalar, so s B is in the group"
        )]
        let public = PublicKey::from_bytes(key.verifying_key().to_bytes()).expect("a key of ours");
        Self { key, public }
    }

    /// Makes a key from fresh randomness.
    #[cfg(feature = "rand_core")]
    pub fn generate(rng: &mut impl rand_core::CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::take(&mut seed)
    }

    /// Hands out the seed, to be written to a file.
    pub fn expose_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }
}

impl Signer for SecretKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        Ok(self.key.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}
