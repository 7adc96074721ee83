//! `compromised`: a key may be in other hands. Its genuine certificates are attested, a new key
//! takes its place, and the next trust bundle says so (spec section 10.4).

use std::path::PathBuf;

use hosho::{KeyId, KeyRole, KeyState, UnixTime};
use hosho_signer::SignerUri;

use crate::event::{Notice, Watch};
use crate::failure::Failure;
use crate::home::{Home, Patience};
use crate::init::days_later;
use crate::next::{NextBundle, Window};
use crate::objection::Objection;
use crate::proofs::{attested, hand_out_proofs};
use crate::publish::{Published, open_settled, publish};
use crate::rotation::reason_text;

/// Why the key is not to be trusted, unless something else is said.
const REASON: &str = "compromised";

/// What `compromised` is asked to do.
#[derive(Clone, Debug)]
pub struct CompromiseOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The key.
    pub key: KeyId,
    /// Since when it is feared to be in other hands.
    pub since: UnixTime,
    /// Why, as the bundle will say.
    pub reason: Option<String>,
    /// Where the key that takes its place is, as a URI; without it one is drawn and kept in a file of
    /// the home.
    pub to: Option<String>,
    /// Where the proofs go, besides the home; made if missing.
    pub out: Option<PathBuf>,
    /// For how many days the key that takes its place may sign.
    pub key_days: u16,
    /// For how many days the next trust bundle stays fresh.
    pub bundle_days: u16,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// What became of a compromised key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Compromised {
    /// What it was for.
    pub role: KeyRole,
    /// How many certificates of it are genuine, each with a proof.
    pub attested: usize,
    /// The key that takes its place, if this call made one.
    pub fresh: Option<KeyId>,
    /// What became of the next trust bundle.
    pub published: Published,
}

/// Calls a key compromised. The same call again changes nothing and hands the proofs out again; one
/// with an earlier time makes a bundle that says so.
///
/// # Errors
/// [`Failure`]; then the trust bundle is the one before.
pub fn compromised(order: &CompromiseOrder, watch: &mut Watch<'_>) -> Result<Compromised, Failure> {
    let reason = reason_text(order.reason.as_deref(), REASON)?;
    let elsewhere = order.to.as_deref().map(SignerUri::parse).transpose()?;
    if order.since > order.now {
        return Err(Failure::objected(Objection::InFuture));
    }
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let mut next = NextBundle::begin(&home, order.now, order.bundle_days)?;
    let Some(entry) = next.key(order.key).cloned() else {
        let root = next.roots().keys().iter().any(|root| root.key_id() == order.key);
        let objection =
            if root { Objection::RootKey(order.key) } else { Objection::UnknownKey(order.key) };
        return Err(Failure::objected(objection));
    };
    let (fresh, published) = match &entry.state {
        KeyState::Compromised { since, .. } if *since < order.since => {
            return Err(Failure::objected(Objection::CompromisedBefore { since: *since }));
        }
        KeyState::Compromised { since, reason: said } if *since > order.since => {
            let reason = if order.reason.is_some() { reason } else { said.clone() };
            next.move_compromise_back(order.key, order.since, reason);
            (None, publish(&mut home, next, order.now, watch)?)
        }
        KeyState::Compromised { reason: said, .. } => {
            if order.reason.is_some() && *said != reason {
                watch.notice(Notice::ReasonKept)?;
            }
            (None, stand(&home, order.key))
        }
        KeyState::Active | KeyState::Retired { .. } => {
            let set = match entry.role {
                KeyRole::Certificate => attested(home.journal.ledger(), order.key),
                KeyRole::Status | KeyRole::Publish => None,
            };
            let attestation = set.map(|set| set.attest(order.since));
            next.compromise(order.key, order.since, reason, attestation);
            let window = Window { from: order.now, to: days_later(order.now, order.key_days)? };
            let fresh = match entry.state {
                KeyState::Active => {
                    Some(next.add_key(&home, entry.role, window, elsewhere.as_ref())?)
                }
                _ => None,
            };
            (fresh, publish(&mut home, next, order.now, watch)?)
        }
    };
    if let (Some(out), Published::Installed { .. }) = (&order.out, &published) {
        hand_out_proofs(&home, order.key, out, watch)?;
    }
    let count = home.journal.ledger().signed_by(order.key).count();
    Ok(Compromised { role: entry.role, attested: count, fresh, published })
}

/// Returns how it stands with a key that was called compromised before.
fn stand(home: &Home, key: KeyId) -> Published {
    let installed = home
        .trust
        .key(key)
        .is_some_and(|entry| matches!(entry.state, KeyState::Compromised { .. }));
    match home.journal.ledger().succession().open() {
        Some(open) if !installed => Published::Waiting {
            request: home.bundles().join(crate::home::request_name(open.sequence)),
            fingerprint: open.fingerprint(),
        },
        _ => Published::Installed { sequence: home.trust.sequence() },
    }
}
