//! Looking a certificate up by number and auth key.

use std::sync::Arc;

use hosho::{AttestationProof, AuthKey, Date, Fingerprint, GuaranteeNumber, Locator, UnixTime};
use hosho_store::{Located, StoreError, StoredAnswer};
use hosho_web::Problem;

use crate::app::{App, store_problem};
use crate::opening::{Closed, Opened, Unsealed};
use crate::trust::Trust;

/// What a look-up came to.
#[derive(Debug)]
pub(crate) enum Looked {
    /// Nothing opens: an unknown number, a wrong key, a locator that was withdrawn, or a
    /// certificate that does not verify.
    Miss,
    /// A certificate, with what it was judged by.
    Found(Box<Found>),
}

/// A certificate that was opened.
#[derive(Debug)]
pub(crate) struct Found {
    /// The certificate in its revisions, judged.
    pub(crate) opened: Opened,
    /// Where it lies.
    pub(crate) locator: Locator,
    /// What it was judged by.
    pub(crate) trust: Arc<Trust>,
    /// The inclusion proofs that are stored of its revisions.
    pub(crate) proofs: Vec<(Fingerprint, Vec<u8>)>,
}

impl Found {
    /// Returns the certificate's place with its newest revision.
    pub(crate) fn located(&self) -> Located {
        Located { locator: self.locator, revision: self.opened.newest().certificate.revision() }
    }

    /// Returns the answers that obligees gave.
    pub(crate) async fn answers(&self, app: &App) -> Result<Vec<StoredAnswer>, Problem> {
        app.store.answers(&self.locator).await.map_err(store_problem)
    }
}

/// Looks up what a number and an auth key open.
///
/// One query decides whether it is a miss; whoever gets further has the key.
pub(crate) async fn look_up(
    app: &App,
    number: &GuaranteeNumber<'_>,
    auth_key: &AuthKey,
    on: Date,
    now: UnixTime,
) -> Result<Looked, Problem> {
    let locator = auth_key.locator(number);
    let shelf = match app.store.shelf(&locator).await {
        Ok(Some(shelf)) => shelf,
        Ok(None) => return Ok(Looked::Miss),
        Err(error) => {
            if matches!(error, StoreError::Damaged { .. }) {
                app.counts.damaged.add_one();
            }
            return Err(store_problem(error));
        }
    };
    let unsealed = match Unsealed::open(&shelf, auth_key) {
        Ok(unsealed) => unsealed,
        Err(closed) => return Ok(damaged(app, closed)),
    };
    let Some(known) = app.trust(&shelf.guarantor).await? else {
        return Ok(damaged(app, Closed { code: "E5-KEY-UNKNOWN" }));
    };
    let stored = app.store.proofs(&shelf.guarantor, &unsealed.fingerprints()).await;
    let proofs = stored.map_err(store_problem)?;
    let parsed: Vec<AttestationProof> =
        proofs.iter().filter_map(|(_, bytes)| AttestationProof::parse(bytes).ok()).collect();
    match unsealed.judge(number, &known.trust, &parsed, on, now) {
        Ok(opened) => {
            Ok(Looked::Found(Box::new(Found { opened, locator, trust: known.trust, proofs })))
        }
        Err(closed) => Ok(damaged(app, closed)),
    }
}

/// What lies there does not open for the key that leads to it: a miss, and for the operator damage.
fn damaged(app: &App, closed: Closed) -> Looked {
    app.counts.damaged.add_one();
    tracing::error!(code = closed.code, "damaged: a stored certificate does not open");
    Looked::Miss
}
