//! The newest bundle and snapshots of the guarantor, reached from the configuration's pin.

use std::sync::{Arc, PoisonError, RwLock};

use hosho::{
    Date, Expectation, Expected, SignedCertificate, SignedStatusSnapshot, SignedTrustBundle,
    StatusSnapshot, TrustBundle, UnixTime, VerifiedCertificate, Verifier,
};
use hosho_store::portal::{Guarantee, PortalStore};
use hosho_web::Problem;

use crate::error::of_store;

/// What the portal trusts now.
#[derive(Debug)]
pub(crate) struct Known {
    bundle: TrustBundle,
    snapshots: Vec<StatusSnapshot>,
}

impl Known {
    /// Returns the newest bundle.
    pub(crate) fn bundle(&self) -> &TrustBundle {
        &self.bundle
    }

    /// Returns a verifier that trusts the bundle and answers from the snapshots.
    pub(crate) fn verifier(&self) -> Verifier<'_> {
        self.snapshots.iter().fold(Verifier::new(&self.bundle), Verifier::with_status)
    }

    /// Verifies every revision of a guarantee as it is stored, judged on the day `on`.
    ///
    /// # Errors
    /// An internal problem when a row was changed: nothing of it is shown.
    pub(crate) fn verify<'g>(
        &self,
        guarantee: &'g Guarantee,
        on: Date,
        now: UnixTime,
    ) -> Result<Vec<VerifiedCertificate<'g>>, Problem> {
        let verifier = self.verifier();
        let expectation = Expectation {
            number: Expected::Number(&guarantee.number),
            obligee: None,
            auth_key: None,
        };
        let mut revisions: Vec<VerifiedCertificate<'g>> = Vec::new();
        for stored in &guarantee.revisions {
            let signed = SignedCertificate::parse(&stored.signed).map_err(damaged)?;
            let certificate = verifier.verify(signed, &expectation, on, now).map_err(damaged)?;
            if certificate.certificate().revision() != stored.revision {
                return Err(damaged("another revision"));
            }
            if let Some(before) = revisions.last() {
                certificate.follows(before).map_err(damaged)?;
            }
            revisions.push(certificate);
        }
        Ok(revisions)
    }
}

/// Keeps what is known, and looks for newer in the database, where another node may have put it.
#[derive(Clone, Debug)]
pub(crate) struct TrustKeeper {
    store: PortalStore,
    known: Arc<RwLock<Arc<Known>>>,
}

impl TrustKeeper {
    /// Begins with the pin of the configuration.
    pub(crate) fn new(pin: TrustBundle, store: PortalStore) -> Self {
        let known = Known { bundle: pin, snapshots: Vec::new() };
        Self { store, known: Arc::new(RwLock::new(Arc::new(known))) }
    }

    /// Returns what is known now.
    ///
    /// # Errors
    /// An internal problem when the database does not answer, or holds a bundle that does not
    /// follow.
    pub(crate) async fn known(&self) -> Result<Arc<Known>, Problem> {
        let before = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        let bundle = &before.bundle;
        let newer = self.store.bundles_after(bundle.guarantor_id(), bundle.sequence()).await;
        let newer = newer.map_err(of_store)?;
        let marks = self.store.snapshot_marks().await.map_err(of_store)?;
        let current = marks.iter().all(|mark| {
            let same = |known: &StatusSnapshot| (known.list(), known.sequence()) == *mark;
            before.snapshots.iter().any(same)
        });
        if newer.is_empty() && current {
            return Ok(before);
        }
        let mut bundle = bundle.clone();
        for bytes in &newer {
            let next = SignedTrustBundle::parse(bytes).map_err(damaged)?;
            bundle = bundle.update(next).map_err(damaged)?;
        }
        let stored = self.store.snapshots().await.map_err(of_store)?;
        let mut snapshots = Vec::with_capacity(stored.len());
        for snapshot in &stored {
            let signed = SignedStatusSnapshot::parse(&snapshot.bytes).map_err(damaged)?;
            // A key may have been retired or compromised since: then that snapshot answers nothing.
            if let Ok(snapshot) = signed.verify(&bundle) {
                snapshots.push(snapshot);
            }
        }
        let known = Arc::new(Known { bundle, snapshots });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        Ok(known)
    }
}

fn damaged(cause: impl std::fmt::Display) -> Problem {
    Problem::internal(format_args!("damaged: what is stored does not verify: {cause}"))
}
