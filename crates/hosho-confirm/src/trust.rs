//! What a guarantor's certificates are judged by: its newest bundle and its newest snapshots.

use std::sync::Arc;

use hosho::{
    AttestationProof, GuarantorId, PreparedKeys, SignedStatusSnapshot, SignedTrustBundle,
    StatusError, StatusSnapshot, TrustBundle, TrustError, Verifier,
};

/// A bundle that the operator pinned: a file of the configuration.
#[derive(Clone, Debug)]
pub struct Pin {
    bytes: Vec<u8>,
    bundle: TrustBundle,
}

impl Pin {
    /// Reads the bundle and trusts it, because the operator named its file.
    ///
    /// # Errors
    /// What is wrong with it; codes of the classes E3, E6 and E8.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, TrustError> {
        let bundle = SignedTrustBundle::parse(&bytes)?.pin()?;
        Ok(Self { bytes, bundle })
    }

    /// Returns whose bundle it is.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        self.bundle.guarantor_id()
    }

    /// Returns the bundle.
    pub const fn bundle(&self) -> &TrustBundle {
        &self.bundle
    }
}

/// What one guarantor's certificates are judged by, verified from the pin on.
#[derive(Clone, Debug)]
pub struct Trust {
    bundle: TrustBundle,
    steps: Vec<Vec<u8>>,
    snapshots: Vec<(StatusSnapshot, Vec<u8>)>,
    unusable: Option<StatusError>,
    prepared: Arc<PreparedKeys>,
}

impl Trust {
    /// Goes from the pin through the stored bundles, in their order, and verifies the stored
    /// snapshots by the newest.
    ///
    /// Bundles up to the pin's sequence are passed over, except that one of the same sequence must
    /// be the pin. A snapshot whose key the newest bundle does not trust any more answers nothing.
    ///
    /// # Errors
    /// Why a stored bundle is no lawful step.
    pub fn build(
        pin: &Pin,
        bundles: &[Vec<u8>],
        snapshots: Vec<Vec<u8>>,
    ) -> Result<Self, TrustError> {
        let mut bundle = pin.bundle.clone();
        let mut steps = vec![pin.bytes.clone()];
        for bytes in bundles {
            let next = SignedTrustBundle::parse(bytes)?;
            if next.sequence() > pin.bundle.sequence() {
                bundle = bundle.update(next)?;
                steps.push(bytes.clone());
            } else if next.sequence() == pin.bundle.sequence()
                && next.fingerprint() != pin.bundle.fingerprint()
            {
                return Err(TrustError::Sequence);
            }
        }
        let mut usable = Vec::with_capacity(snapshots.len());
        let mut unusable = None;
        for bytes in snapshots {
            let parsed = SignedStatusSnapshot::parse(&bytes).map_err(StatusError::from);
            match parsed.and_then(|snapshot| snapshot.verify(&bundle)) {
                Ok(snapshot) => usable.push((snapshot, bytes)),
                Err(error) => unusable = Some(error),
            }
        }
        Ok(Self { bundle, steps, snapshots: usable, unusable, prepared: Arc::default() })
    }

    /// Returns the newest bundle.
    pub const fn bundle(&self) -> &TrustBundle {
        &self.bundle
    }

    /// Returns the bytes of the bundles from the pin to the newest.
    pub fn steps(&self) -> &[Vec<u8>] {
        &self.steps
    }

    /// Returns the snapshots that the newest bundle verifies, with their bytes.
    pub fn snapshots(&self) -> &[(StatusSnapshot, Vec<u8>)] {
        &self.snapshots
    }

    /// Returns a verifier of this guarantor's certificates.
    pub(crate) fn verifier<'t>(&'t self, proofs: &'t [AttestationProof]) -> Verifier<'t> {
        let mut verifier = Verifier::new(&self.bundle).sharing(Arc::clone(&self.prepared));
        for (snapshot, _) in &self.snapshots {
            verifier = verifier.with_status(snapshot);
        }
        if let Some(error) = self.unusable {
            verifier = verifier.with_unusable_status(error);
        }
        for proof in proofs {
            verifier = verifier.with_proof(proof);
        }
        verifier
    }
}
