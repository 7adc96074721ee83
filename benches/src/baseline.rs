//! What Hosho is compared with: bare Ed25519, and the same work by general libraries.

use ciborium::Value;
use coset::{CoseSign1, TaggedCborSerializable as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hosho::Signer as _;

use crate::World;

/// Bare Ed25519 over the bytes that the signatures of a [`World`] cover, with nothing around it.
#[derive(Debug)]
pub struct Bare {
    secret: SigningKey,
    key: VerifyingKey,
    /// For each certificate its `Sig_structure` and its signature.
    signed: Vec<(Vec<u8>, Signature)>,
}

impl Bare {
    /// Takes apart the certificates of `world`, with `coset`.
    pub fn new(world: &World) -> Self {
        let secret = SigningKey::from_bytes(&world.certificate_key.expose_seed());
        let key = VerifyingKey::from_bytes(world.certificate_key.public_key().as_bytes())
            .expect("a point");
        let take_apart = |bytes: &[u8]| {
            let object = CoseSign1::from_tagged_slice(bytes).expect("a COSE_Sign1");
            let signature = Signature::from_slice(&object.signature).expect("64 bytes");
            (object.tbs_data(b""), signature)
        };
        let signed = world.issued.iter().map(|issued| take_apart(&issued.signed)).collect();
        Self { secret, key, signed }
    }

    /// Verifies every signature, and returns how many are right.
    pub fn verify(&self) -> usize {
        self.signed
            .iter()
            .filter(|(message, signature)| self.key.verify_strict(message, signature).is_ok())
            .count()
    }

    /// Makes every signature again and verifies it, and returns how many are right.
    pub fn sign_and_verify(&self) -> usize {
        self.signed
            .iter()
            .filter(|(message, _)| {
                self.key.verify_strict(message, &self.secret.sign(message)).is_ok()
            })
            .count()
    }

    /// Calls [`verify_by_coset`] with the key of the world.
    pub fn verify_by_coset(&self, bytes: &[u8]) -> Option<Value> {
        verify_by_coset(&self.key, bytes)
    }
}

/// Does what a verifier made of `coset`, `ciborium` and `ed25519-dalek` does: reads the envelope,
/// verifies the signature and reads the payload into a [`Value`].
pub fn verify_by_coset(key: &VerifyingKey, bytes: &[u8]) -> Option<Value> {
    let object = CoseSign1::from_tagged_slice(bytes).ok()?;
    object
        .verify_signature(b"", |signature, message| {
            key.verify_strict(message, &Signature::from_slice(signature)?)
        })
        .ok()?;
    ciborium::from_reader(object.payload?.as_slice()).ok()
}

/// Reads the envelope and the payload of a certificate into [`Value`]s, checking nothing.
pub fn decode_by_ciborium(bytes: &[u8]) -> Option<(Value, Value)> {
    let envelope: Value = ciborium::from_reader(bytes).ok()?;
    let (_, parts) = envelope.as_tag()?;
    let payload = parts.as_array()?.get(2)?.as_bytes()?;
    let payload = ciborium::from_reader(payload.as_slice()).ok()?;
    Some((envelope, payload))
}
