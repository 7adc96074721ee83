use alloc::vec::Vec;

use super::{
    Content, KeyEntry, KeyRole, KeyState, RootSet, SignedTrustBundle, TrustBundle, TrustError,
    decode,
};
use crate::attestation::Attestation;
use crate::cbor::Writer;
use crate::cose::{assemble_sign, sign_body_header, sign_structure, signer_header};
use crate::counter::Sequence;
use crate::date::UnixTime;
use crate::error::ParseError;
use crate::fingerprint::{Fingerprint, KeyId};
use crate::issue::{IssueError, checked_signature};
use crate::keys::{PublicKey, Signer};
use crate::number::GuarantorId;

/// What a new trust bundle is to say; every field is required.
#[derive(Clone, Debug)]
pub struct BundleDraft<'a> {
    /// The guarantor whose keys these are.
    pub guarantor_id: GuarantorId<'a>,
    /// The place of the bundle in its series.
    pub sequence: Sequence,
    /// When it is made.
    pub issued_at: UnixTime,
    /// By when a newer one is promised.
    pub next_update: UnixTime,
    /// The keys, in any order.
    pub keys: Vec<KeyEntry>,
    /// The root keys.
    pub roots: RootSet,
    /// The attestations, in any order.
    pub attestations: Vec<Attestation>,
    /// The fingerprint of the bundle before, iff the sequence is above 1.
    pub previous: Option<Fingerprint>,
}

impl BundleDraft<'_> {
    /// Returns the bundle ready to be signed, if a verifier would accept what it says.
    ///
    /// # Errors
    /// The rule of spec section 10.1 that it breaks.
    pub fn prepare(mut self) -> Result<PreparedBundle, TrustError> {
        self.keys.sort_by_key(|entry| entry.key.key_id());
        self.attestations.sort_by_key(|attestation| attestation.key_id);
        let payload = write_content(&Content {
            guarantor_id: self.guarantor_id.into_owned(),
            sequence: self.sequence,
            issued_at: self.issued_at,
            next_update: self.next_update,
            keys: self.keys,
            roots: self.roots,
            attestations: self.attestations,
            previous: self.previous,
        });
        PreparedBundle::parse(&payload)
    }
}

/// A trust bundle that waits for the signatures of root keys.
#[derive(Clone, Debug)]
pub struct PreparedBundle {
    payload: Vec<u8>,
    content: Content,
}

/// The signature of one root key over a prepared bundle.
#[derive(Clone, Debug)]
pub struct BundleSignature {
    key_id: KeyId,
    signature: [u8; 64],
}

impl BundleSignature {
    /// Takes a signature that was made elsewhere.
    pub const fn from_parts(key_id: KeyId, signature: [u8; 64]) -> Self {
        Self { key_id, signature }
    }

    /// Returns which root key made it.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.signature
    }
}

impl PreparedBundle {
    /// Reads the payload of a bundle, such as one that was carried to another machine.
    ///
    /// # Errors
    /// The first broken rule; offsets count from the start of the payload.
    pub fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let content = decode::content(payload, 0)?;
        Ok(Self { payload: payload.to_vec(), content })
    }

    /// Returns the payload.
    pub fn as_bytes(&self) -> &[u8] {
        &self.payload
    }

    /// Returns what the bundle will say.
    pub fn to_draft(&self) -> BundleDraft<'static> {
        let content = self.content.clone();
        BundleDraft {
            guarantor_id: content.guarantor_id,
            sequence: content.sequence,
            issued_at: content.issued_at,
            next_update: content.next_update,
            keys: content.keys,
            roots: content.roots,
            attestations: content.attestations,
            previous: content.previous,
        }
    }

    /// Checks everything of the step from the bundle before that does not depend on signatures
    /// (spec R-TRUST-9).
    ///
    /// # Errors
    /// The first broken condition.
    pub fn check_step_from(&self, before: &TrustBundle) -> Result<(), TrustError> {
        before.check_order(&self.content)?;
        before.check_entries(&self.content)
    }

    /// Checks that a root key made a signature over this bundle.
    ///
    /// # Errors
    /// `E8-THRESHOLD` if it did not, which would refuse the whole bundle (spec R-TRUST-7).
    pub fn check_signature(
        &self,
        root: &PublicKey,
        signature: &BundleSignature,
    ) -> Result<(), TrustError> {
        let key_id = root.key_id();
        let message = sign_structure(&sign_body_header(), &signer_header(key_id), &self.payload);
        let verified = root.verify(&message, &signature.signature);
        if signature.key_id != key_id || verified.is_err() {
            return Err(TrustError::Threshold);
        }
        Ok(())
    }

    /// Signs with one root key, and verifies the signature.
    ///
    /// # Errors
    /// When the signer makes none, or a wrong one.
    pub fn sign(&self, root: &dyn Signer) -> Result<BundleSignature, IssueError> {
        let key_id = root.public_key().key_id();
        let message = sign_structure(&sign_body_header(), &signer_header(key_id), &self.payload);
        Ok(BundleSignature { key_id, signature: checked_signature(root, &message)? })
    }

    /// Returns the signed bundle, if its own root keys reach their threshold.
    ///
    /// # Errors
    /// `E8-THRESHOLD`, `E8-ORDER` for two signatures of one key, or a size over the limit.
    pub fn assemble(&self, mut signatures: Vec<BundleSignature>) -> Result<Vec<u8>, TrustError> {
        signatures.sort_by_key(|signature| signature.key_id);
        let signatures: Vec<_> = signatures
            .into_iter()
            .map(|signature| (signer_header(signature.key_id), signature.signature))
            .collect();
        let bundle = assemble_sign(&sign_body_header(), &self.payload, &signatures);
        SignedTrustBundle::parse(&bundle)?.pin()?;
        Ok(bundle)
    }
}

fn write_content(content: &Content) -> Vec<u8> {
    let mut writer = Writer::with_capacity(2_048);
    let w = &mut writer;
    let optional = [!content.attestations.is_empty(), content.previous.is_some()];
    w.map(7 + optional.into_iter().filter(|there| *there).count());
    w.uint(1_u8);
    w.uint(1_u8);
    w.uint(2_u8);
    w.text(content.guarantor_id.as_str());
    w.uint(3_u8);
    w.uint(content.sequence.number());
    w.uint(4_u8);
    w.uint(content.issued_at.seconds());
    w.uint(5_u8);
    w.uint(content.next_update.seconds());
    w.uint(6_u8);
    w.array(content.keys.len());
    for entry in &content.keys {
        write_entry(w, entry);
    }
    w.uint(7_u8);
    content.roots.write(w);
    if !content.attestations.is_empty() {
        w.uint(8_u8);
        w.array(content.attestations.len());
        for attestation in &content.attestations {
            write_attestation(w, attestation);
        }
    }
    if let Some(previous) = &content.previous {
        w.uint(9_u8);
        w.bytes(previous.as_bytes());
    }
    writer.into_bytes()
}

fn write_entry(w: &mut Writer, entry: &KeyEntry) {
    let (state, fate) = match &entry.state {
        KeyState::Active => (1_u8, None),
        KeyState::Retired { since, reason } => (2, Some((since, reason))),
        KeyState::Compromised { since, reason } => (3, Some((since, reason))),
    };
    w.map(if fate.is_some() { 6 } else { 5 });
    w.uint(1_u8);
    entry.key.write(w);
    w.uint(2_u8);
    w.uint(match entry.role {
        KeyRole::Certificate => 1_u8,
        KeyRole::Status => 2,
        KeyRole::Publish => 3,
    });
    w.uint(3_u8);
    w.uint(entry.not_before.seconds());
    w.uint(4_u8);
    w.uint(entry.not_after.seconds());
    w.uint(5_u8);
    w.uint(state);
    if let Some((since, reason)) = fate {
        w.uint(6_u8);
        w.array(2);
        w.uint(since.seconds());
        w.text(reason.as_utf8());
    }
}

fn write_attestation(w: &mut Writer, attestation: &Attestation) {
    w.map(4);
    w.uint(1_u8);
    w.bytes(attestation.key_id.as_bytes());
    w.uint(2_u8);
    w.uint(attestation.since.seconds());
    w.uint(3_u8);
    w.uint(attestation.count);
    w.uint(4_u8);
    w.bytes(attestation.root.as_bytes());
}

impl From<ParseError> for IssueError {
    fn from(error: ParseError) -> Self {
        Self::Refused(error)
    }
}
