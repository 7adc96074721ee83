//! A key on a PKCS#11 token.

use std::fmt;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use hosho::{PublicKey, Signer, SignerError};
use hosho_ed25519::VerifyingKey;

use crate::error::TokenError;
use crate::pin::read_pin;
use crate::uri::Pkcs11Uri;

/// The object identifier of Ed25519 (RFC 8410), and the name of its curve (PKCS#11 v3.0 section
/// 2.3.5): tokens know one or the other.
const CURVES: [&[u8]; 2] = [b"\x06\x03\x2b\x65\x70", b"\x13\x0cedwards25519"];
/// The head of `CKA_EC_POINT`: an OCTET STRING of 32 bytes.
const POINT_HEAD: [u8; 2] = [0x04, 0x20];
/// What [`check_signer`] has signed: no structure of the format begins like this.
const PROBE: &[u8] = b"hosho/v1/signer-probe";

/// A secret key on a PKCS#11 token, which makes the signatures itself.
///
/// The session ends when it is dropped.
pub struct TokenKey {
    session: Session,
    key: ObjectHandle,
    public: PublicKey,
    // The module stays loaded for as long as the session needs it.
    _module: Pkcs11,
}

impl TokenKey {
    /// Finds the key that a URI names, and logs in to use it.
    ///
    /// # Errors
    /// What stands in the way; nothing on the token is changed.
    pub fn open(uri: &Pkcs11Uri) -> Result<Self, TokenError> {
        let module = load(uri)?;
        let slot = find_slot(&module, uri)?;
        let session = module.open_ro_session(slot).map_err(device)?;
        log_in(&session, uri)?;
        Self::find(session, uri, module)
    }

    /// Makes a new key on the token, which cannot leave it, under the name that a URI gives.
    ///
    /// # Errors
    /// When a key of that name is there, or the token makes none.
    pub fn generate(uri: &Pkcs11Uri) -> Result<Self, TokenError> {
        let label = uri.object().ok_or(TokenError::ObjectNeeded)?.as_bytes().to_vec();
        let module = load(uri)?;
        let slot = find_slot(&module, uri)?;
        let session = module.open_rw_session(slot).map_err(device)?;
        log_in(&session, uri)?;
        if !find_keys(&session, uri, ObjectClass::PRIVATE_KEY)?.is_empty() {
            return Err(TokenError::KeyExists);
        }
        let id = uri.id().map_or_else(draw_id, |id| Ok(id.to_vec()))?;
        let names = [Attribute::Token(true), Attribute::Label(label), Attribute::Id(id)];
        let secret = [
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ];
        let secret = [names.as_slice(), &secret].concat();
        let mut refused = TokenError::KeyForm;
        for curve in CURVES {
            let public = [
                Attribute::Private(false),
                Attribute::Verify(true),
                Attribute::EcParams(curve.to_vec()),
            ];
            let public = [names.as_slice(), &public].concat();
            let mechanism = Mechanism::EccEdwardsKeyPairGen;
            match session.generate_key_pair(&mechanism, &public, &secret) {
                Ok(_) => return Self::find(session, uri, module),
                Err(error) => refused = device(error),
            }
        }
        Err(refused)
    }

    fn find(session: Session, uri: &Pkcs11Uri, module: Pkcs11) -> Result<Self, TokenError> {
        let key = match find_keys(&session, uri, ObjectClass::PRIVATE_KEY)?.as_slice() {
            [] => return Err(TokenError::KeyMissing),
            [key] => *key,
            _ => return Err(TokenError::Ambiguous),
        };
        let public = match find_keys(&session, uri, ObjectClass::PUBLIC_KEY)?.as_slice() {
            [] => return Err(TokenError::KeyMissing),
            [public] => read_point(&session, *public)?,
            _ => return Err(TokenError::Ambiguous),
        };
        Ok(Self { session, key, public, _module: module })
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let signature = self.session.sign(&mechanism, self.key, message);
        signature.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(SignerError)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// Checks that a signer makes right signatures, and the same one of the same message twice.
///
/// A guarantor needs both: a certificate that was about to be signed when the machine stopped is
/// signed again, and must have the same bytes.
///
/// # Errors
/// What is wrong with it.
pub fn check_signer(signer: &dyn Signer) -> Result<(), TokenError> {
    let sign = || signer.sign(PROBE).map_err(|_| TokenError::NoSignature);
    let (first, second) = (sign()?, sign()?);
    let key = VerifyingKey::parse(signer.public_key().as_bytes());
    let key = key.map_err(|_| TokenError::KeyForm)?;
    for signature in [first, second] {
        key.verify(PROBE, &signature).map_err(|_| TokenError::WrongSignature)?;
    }
    if first == second { Ok(()) } else { Err(TokenError::Fickle) }
}

fn load(uri: &Pkcs11Uri) -> Result<Pkcs11, TokenError> {
    let missing = |_| TokenError::Module { path: uri.module().to_owned() };
    let module = Pkcs11::new(uri.module()).map_err(missing)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another key of this process is on the same module.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(device(error)),
    }
}

fn find_slot(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<Slot, TokenError> {
    let mut found = Vec::new();
    for slot in module.get_slots_with_initialized_token().map_err(device)? {
        let info = module.get_token_info(slot).map_err(device)?;
        let is_named = uri.token().is_none_or(|token| token == info.label().trim_end());
        let is_numbered = uri.serial().is_none_or(|it| it == info.serial_number().trim_end());
        if is_named && is_numbered {
            found.push(slot);
        }
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        several => Err(TokenError::Token { found: several.len() }),
    }
}

fn log_in(session: &Session, uri: &Pkcs11Uri) -> Result<(), TokenError> {
    let pin = read_pin(uri.pin())?;
    match session.login(UserType::User, Some(&pin)) {
        // Another session of this process has logged in to the same token.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked),
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        )) => Err(TokenError::PinRefused { path: uri.pin().to_owned() }),
        Err(error) => Err(device(error)),
    }
}

fn find_keys(
    session: &Session,
    uri: &Pkcs11Uri,
    class: ObjectClass,
) -> Result<Vec<ObjectHandle>, TokenError> {
    let mut template = vec![Attribute::Class(class), Attribute::KeyType(KeyType::EC_EDWARDS)];
    template.extend(uri.object().map(|label| Attribute::Label(label.as_bytes().to_vec())));
    template.extend(uri.id().map(|id| Attribute::Id(id.to_vec())));
    session.find_objects(&template).map_err(device)
}

/// Reads a public key: `CKA_EC_POINT` is a DER OCTET STRING around the 32 bytes, or, on some
/// tokens, the 32 bytes alone.
fn read_point(session: &Session, key: ObjectHandle) -> Result<PublicKey, TokenError> {
    let attributes = session.get_attributes(key, &[AttributeType::EcPoint]).map_err(device)?;
    let Some(Attribute::EcPoint(point)) = attributes.into_iter().next() else {
        return Err(TokenError::KeyForm);
    };
    public_key(&point).ok_or(TokenError::KeyForm)
}

fn public_key(point: &[u8]) -> Option<PublicKey> {
    let bytes = match point.len() {
        34 => point.strip_prefix(&POINT_HEAD)?,
        _ => point,
    };
    PublicKey::from_bytes(bytes.try_into().ok()?).ok()
}

/// Draws the id by which the two halves of a new key are known to belong together.
fn draw_id() -> Result<Vec<u8>, TokenError> {
    let mut id = vec![0; 8];
    getrandom::fill(&mut id).map_err(|e| TokenError::Device { said: e.to_string() })?;
    Ok(id)
}

#[expect(clippy::needless_pass_by_value, reason = "its shape is that of map_err")]
fn device(error: Error) -> TokenError {
    TokenError::Device { said: error.to_string() }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
    use hosho::SecretKey;

    use super::*;

    #[test]
    fn reads_a_point_with_and_without_its_head_and_refuses_any_other() {
        let key = SecretKey::take(&mut [7; 32]).public_key().clone();
        let bytes = *key.as_bytes();
        let whole = [POINT_HEAD.as_slice(), &bytes].concat();
        assert_eq!(public_key(&whole), Some(key.clone()));
        assert_eq!(public_key(&bytes), Some(key));
        let other_head = [[0x03, 0x20].as_slice(), &bytes].concat();
        for point in [b"".as_slice(), &whole[..33], &bytes[..31], &other_head, &[0; 32]] {
            assert_eq!(public_key(point), None, "{point:?}");
        }
    }

    #[test]
    fn a_module_that_is_not_there_is_named() {
        let text = "pkcs11:token=t;object=o?module-path=/nowhere/m.so&pin-source=/nowhere/pin";
        let Ok(crate::SignerUri::Pkcs11(uri)) = crate::SignerUri::parse(text) else { panic!() };
        let missing = TokenError::Module { path: "/nowhere/m.so".into() };
        assert_eq!(TokenKey::open(&uri).unwrap_err(), missing);
    }

    /// A device that does what `0` makes of a right signature.
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

    #[test]
    fn takes_a_signer_that_repeats_itself_and_refuses_one_that_signs_wrong_or_not_at_all() {
        let device = |work| Device(SecretKey::take(&mut [7; 32]), work);
        assert_eq!(check_signer(&device(|_| Ok(()))), Ok(()));
        let wrong = device(|signature| {
            signature[0] ^= 1;
            Ok(())
        });
        assert_eq!(check_signer(&wrong), Err(TokenError::WrongSignature));
        let silent = device(|_| Err(SignerError));
        assert_eq!(check_signer(&silent), Err(TokenError::NoSignature));
    }

    /// Signs rightly, with other randomness each time, as some devices do against fault attacks.
    struct Hedged(SecretKey, std::cell::Cell<u8>);

    impl Signer for Hedged {
        fn public_key(&self) -> &PublicKey {
            self.0.public_key()
        }

        fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
            let mut key = ExpandedSecretKey::from(&*self.0.expose_seed());
            self.1.set(self.1.get() + 1);
            key.hash_prefix[0] ^= self.1.get();
            let public = ed25519_dalek::VerifyingKey::from(&key);
            Ok(raw_sign::<sha2::Sha512>(&key, message, &public).to_bytes())
        }
    }

    #[test]
    fn refuses_a_signer_that_signs_the_same_bytes_differently_each_time() {
        let hedged = Hedged(SecretKey::take(&mut [7; 32]), 0.into());
        assert_eq!(check_signer(&hedged), Err(TokenError::Fickle));
    }
}
