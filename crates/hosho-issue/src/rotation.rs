//! `rotate-key`: a new key for a role, the one before retired.

use std::path::PathBuf;

use hosho::{KeyId, KeyRole, Text, UnixTime};
use hosho_signer::SignerUri;

use crate::event::Watch;
use crate::failure::Failure;
use crate::home::Patience;
use crate::init::{BUNDLE_DAYS, KEY_DAYS, days_later};
use crate::next::{NextBundle, Window};
use crate::publish::{Published, open_settled, publish, roots_are_here};

/// For how many days a key may still sign while its successor waits for the root keys.
const GRACE_DAYS: u16 = 30;
/// Why the key before signs no more, unless something else is said.
const REASON: &str = "rotated";

/// What `rotate-key` is asked to do.
#[derive(Clone, Debug)]
pub struct RotateOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// What the new key is to sign.
    pub role: KeyRole,
    /// For how many days it may sign.
    pub key_days: u16,
    /// For how many days the next trust bundle stays fresh.
    pub bundle_days: u16,
    /// For how many days from now the key before may still sign; without it none when the root keys
    /// are in the home, and thirty while a request waits for them.
    pub grace_days: Option<u16>,
    /// Where the new key is, as a URI; without it one is drawn and kept in a file of the home.
    pub to: Option<String>,
    /// Why the key before signs no more, as the bundle will say.
    pub reason: Option<String>,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

impl RotateOrder {
    /// Orders what `hosho-issue rotate-key` does when it is told nothing more than the role.
    pub const fn new(home: PathBuf, role: KeyRole, now: UnixTime, patience: Patience) -> Self {
        Self {
            home,
            role,
            key_days: KEY_DAYS,
            bundle_days: BUNDLE_DAYS,
            grace_days: None,
            to: None,
            reason: None,
            now,
            patience,
        }
    }
}

/// A key that was made to follow another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotated {
    /// The new key.
    pub key: KeyId,
    /// The last instant at which the key before may have signed.
    pub until: UnixTime,
    /// What became of the next trust bundle.
    pub published: Published,
}

/// Makes a new key, retires the active one of its role, and makes the next trust bundle.
///
/// # Errors
/// [`Failure`]; then the trust bundle is the one before.
pub fn rotate_key(order: &RotateOrder, watch: &mut Watch<'_>) -> Result<Rotated, Failure> {
    let reason = reason_text(order.reason.as_deref(), REASON)?;
    let elsewhere = order.to.as_deref().map(SignerUri::parse).transpose()?;
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let grace = match order.grace_days {
        Some(days) => days,
        None if roots_are_here(&home)? => 0,
        None => GRACE_DAYS,
    };
    let until = days_later(order.now, grace)?;
    let mut next = NextBundle::begin(&home, order.now, order.bundle_days)?;
    next.retire(order.role, until, &reason);
    let window = Window { from: order.now, to: days_later(order.now, order.key_days)? };
    let key = next.add_key(&home, order.role, window, elsewhere.as_ref())?;
    let published = publish(&mut home, next, order.now, watch)?;
    Ok(Rotated { key, until, published })
}

/// Returns the reason that the bundle will give.
pub(crate) fn reason_text(
    given: Option<&str>,
    otherwise: &'static str,
) -> Result<Text<'static>, Failure> {
    let reason = Text::parse(given.unwrap_or(otherwise).to_owned());
    reason.map_err(|error| Failure::Option { error, option: "--reason" })
}
