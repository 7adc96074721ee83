//! Trust bundles: a guarantor's keys and the time each may be used (spec section 10).

use alloc::vec::Vec;

use crate::attestation::Attestation;
use crate::cbor::Writer;
use crate::cose::{Sign, sign_structure};
use crate::counter::Sequence;
use crate::date::UnixTime;
use crate::fingerprint::{Fingerprint, KeyId};
use crate::keys::PublicKey;
use crate::number::GuarantorId;
use crate::text::Text;

mod decode;
#[cfg(feature = "issue")]
mod draft;
mod error;

#[cfg(feature = "issue")]
pub use draft::{BundleDraft, BundleSignature, PreparedBundle};
pub use error::TrustError;

/// A trust bundle whose form is right, and which nobody vouches for yet.
#[derive(Clone, Debug)]
pub struct SignedTrustBundle<'a> {
    bytes: &'a [u8],
    envelope: Sign<'a>,
    content: Content,
}

/// What a bundle says.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Content {
    guarantor_id: GuarantorId<'static>,
    sequence: Sequence,
    issued_at: UnixTime,
    next_update: UnixTime,
    keys: Vec<KeyEntry>,
    roots: RootSet,
    attestations: Vec<Attestation>,
    previous: Option<Fingerprint>,
}

impl Content {
    fn key(&self, id: KeyId) -> Option<&KeyEntry> {
        let at = self.keys.binary_search_by_key(&id, |entry| entry.key.key_id()).ok()?;
        self.keys.get(at)
    }
}

impl<'a> SignedTrustBundle<'a> {
    /// The most bytes a bundle can have (spec R-SIZE-3).
    pub const MAX_LEN: usize = 65_536;

    /// Reads a bundle, accepting only its one spelling (spec sections 2, 3 and 10.1).
    ///
    /// # Errors
    /// The first broken rule; codes of the classes E3, E6 and E8.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, TrustError> {
        let envelope = Sign::parse(bytes, Self::MAX_LEN)?;
        let pairs = envelope.signatures.iter().zip(envelope.signatures.iter().skip(1));
        for (before, after) in pairs {
            if before.key_id >= after.key_id {
                return Err(TrustError::Order { offset: after.at });
            }
        }
        let content = decode::content(envelope.payload, envelope.payload_at)?;
        Ok(Self { bytes, envelope, content })
    }

    /// Returns whose bundle it says it is.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.content.guarantor_id
    }

    /// Returns its place in the series, as it says itself.
    pub const fn sequence(&self) -> Sequence {
        self.content.sequence
    }

    /// Returns the identity of the bundle.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.bytes)
    }

    /// Returns the bundle as trusted, because the caller got it by a way of its own: not with a
    /// certificate. Its own root keys must have signed it (spec R-TRUST-7).
    ///
    /// # Errors
    /// `E8-THRESHOLD` if too few have, or one of their signatures does not verify.
    pub fn pin(self) -> Result<TrustBundle, TrustError> {
        self.check_signatures(&self.content.roots)?;
        Ok(TrustBundle { fingerprint: Fingerprint::of(self.bytes), content: self.content })
    }

    fn check_signatures(&self, roots: &RootSet) -> Result<(), TrustError> {
        let mut distinct = 0;
        for signature in &self.envelope.signatures {
            let Some(key) = roots.keys.iter().find(|key| key.key_id() == signature.key_id) else {
                continue;
            };
            let message =
                sign_structure(self.envelope.protected, signature.protected, self.envelope.payload);
            key.verify(&message, &signature.signature).map_err(|_| TrustError::Threshold)?;
            distinct += 1;
        }
        if distinct < roots.threshold {
            return Err(TrustError::Threshold);
        }
        Ok(())
    }
}

/// A trusted bundle: pinned, or reached from a pinned one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustBundle {
    fingerprint: Fingerprint,
    content: Content,
}

impl TrustBundle {
    /// Returns the next bundle as trusted, if it follows this one (spec section 10.3).
    ///
    /// # Errors
    /// The first broken condition of R-TRUST-9.
    pub fn update(&self, next: SignedTrustBundle<'_>) -> Result<Self, TrustError> {
        self.check_order(&next.content)?;
        next.check_signatures(&self.content.roots)?;
        self.check_entries(&next.content)?;
        next.pin()
    }

    fn check_order(&self, new: &Content) -> Result<(), TrustError> {
        let old = &self.content;
        if new.guarantor_id != old.guarantor_id {
            return Err(TrustError::Guarantor);
        }
        if Some(new.sequence) != old.sequence.next() || new.issued_at < old.issued_at {
            return Err(TrustError::Sequence);
        }
        if new.previous != Some(self.fingerprint) {
            return Err(TrustError::Previous);
        }
        Ok(())
    }

    fn check_entries(&self, new: &Content) -> Result<(), TrustError> {
        let kept = self.content.keys.iter().all(|entry| match new.key(entry.key.key_id()) {
            Some(after) => entry.may_become(after),
            None => !entry.is_compromised(),
        });
        if kept { Ok(()) } else { Err(TrustError::Entry { offset: None }) }
    }

    /// Returns the bundle, unless one of a higher sequence is remembered (spec R-TRUST-11).
    ///
    /// # Errors
    /// `E8-SEQUENCE` if this one is below it.
    pub fn not_below(self, remembered: Sequence) -> Result<Self, TrustError> {
        if self.content.sequence < remembered { Err(TrustError::Sequence) } else { Ok(self) }
    }

    /// Returns the guarantor whose keys these are.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.content.guarantor_id
    }

    /// Returns the place of the bundle in its series.
    pub const fn sequence(&self) -> Sequence {
        self.content.sequence
    }

    /// Returns when it was made.
    pub const fn issued_at(&self) -> UnixTime {
        self.content.issued_at
    }

    /// Returns by when the guarantor promised a newer one.
    pub const fn next_update(&self) -> UnixTime {
        self.content.next_update
    }

    /// Returns the identity of the bundle.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the keys, rising by key id.
    pub fn keys(&self) -> &[KeyEntry] {
        &self.content.keys
    }

    /// Returns the root keys that sign bundles.
    pub const fn roots(&self) -> &RootSet {
        &self.content.roots
    }

    /// Returns the attestations of certificates whose keys were compromised.
    pub fn attestations(&self) -> &[Attestation] {
        &self.content.attestations
    }

    /// Returns the entry of a key.
    pub fn key(&self, id: KeyId) -> Option<&KeyEntry> {
        self.content.key(id)
    }

    /// Returns the attestation for a compromised key.
    pub(crate) fn attestation(&self, id: KeyId) -> Option<&Attestation> {
        self.content.attestations.iter().find(|attestation| attestation.key_id == id)
    }
}

/// A key of a guarantor, what it may sign, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyEntry {
    /// The key.
    pub key: PublicKey,
    /// What it may sign.
    pub role: KeyRole,
    /// The first instant at which it may have signed.
    pub not_before: UnixTime,
    /// The last such instant.
    pub not_after: UnixTime,
    /// What became of it.
    pub state: KeyState,
}

impl KeyEntry {
    /// Tells whether the key was in use at `instant`.
    #[must_use]
    pub fn covers(&self, instant: UnixTime) -> bool {
        self.not_before <= instant && instant <= self.not_after
    }

    fn is_compromised(&self) -> bool {
        matches!(self.state, KeyState::Compromised { .. })
    }

    /// A kid keeps its key and role, and compromised stays compromised (R-TRUST-9).
    fn may_become(&self, later: &Self) -> bool {
        self.key == later.key
            && self.role == later.role
            && (!self.is_compromised() || later.is_compromised())
    }
}

/// What a key may sign (spec R-TRUST-2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyRole {
    /// Certificates.
    Certificate,
    /// Status snapshots.
    Status,
    /// What the guarantor sends to a confirmation service.
    Publish,
}

/// What became of a key (spec R-TRUST-2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyState {
    /// It is in use, or will be.
    Active,
    /// It signs no more; what it signed stands.
    Retired {
        /// Since when.
        since: UnixTime,
        /// Why.
        reason: Text<'static>,
    },
    /// Someone else may have signed with it; only attested certificates stand.
    Compromised {
        /// Since when that is feared.
        since: UnixTime,
        /// Why.
        reason: Text<'static>,
    },
}

/// The keys that sign trust bundles, and how many of them it takes (spec R-TRUST-4).
///
/// Invariant: 3 to 8 different keys, rising; a threshold of at least 2 that they can reach.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RootSet {
    threshold: u8,
    keys: Vec<PublicKey>,
}

impl RootSet {
    /// Makes a root set; the order of `keys` does not matter.
    ///
    /// # Errors
    /// `E8-ROOTS` if keys repeat, or number or threshold is out of range.
    pub fn new(threshold: u8, mut keys: Vec<PublicKey>) -> Result<Self, TrustError> {
        keys.sort_by_key(|key| *key.as_bytes());
        let distinct = keys.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes());
        let reachable = threshold >= 2 && usize::from(threshold) <= keys.len();
        if !(3..=8).contains(&keys.len()) || !distinct || !reachable {
            return Err(TrustError::Roots { offset: None });
        }
        Ok(Self { threshold, keys })
    }

    /// Returns how many keys must sign.
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// Returns the keys, rising.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Returns the SHA-256 of the root set's canonical bytes: what a person compares before
    /// trusting a bundle that came with a certificate (spec R-EVID-7).
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = Writer::with_capacity(384);
        self.write(&mut w);
        Fingerprint::of(&w.into_bytes())
    }

    fn write(&self, w: &mut Writer) {
        w.array(2);
        w.uint(self.threshold);
        w.array(self.keys.len());
        for key in &self.keys {
            key.write(w);
        }
    }
}
