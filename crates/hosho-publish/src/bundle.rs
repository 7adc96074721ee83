//! Trust bundles as they arrive at a service: each proves itself by the root keys.
//!
//! `POST …/bundle` needs no signed header. The key that would sign it may be the one that the bundle
//! brings, and whoever hands over a genuine bundle does what the guarantor wants.

use std::fmt;

use hosho::{SignedTrustBundle, TrustBundle};
use serde::{Deserialize, Serialize};

/// What a bundle that arrived is to a service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BundleStep {
    /// It is the one that the service has, or lies before it: there is nothing to do.
    Known,
    /// It follows lawfully: it is to be stored, and serves from now on.
    Next(Box<TrustBundle>),
}

/// The answer to a bundle: where the service is now.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NewestBundle {
    /// The sequence of the newest bundle that the service has.
    pub sequence: u64,
}

/// Judges a bundle that arrived. `newest` is the newest of its guarantor that the service reached
/// from its pin.
///
/// # Errors
/// [`BundleRefusal`].
pub fn judge_bundle(
    newest: &TrustBundle,
    arrived: SignedTrustBundle<'_>,
) -> Result<BundleStep, BundleRefusal> {
    if arrived.guarantor_id() != newest.guarantor_id() {
        return Err(BundleRefusal::Unlawful);
    }
    if arrived.sequence() < newest.sequence() || arrived.fingerprint() == newest.fingerprint() {
        return Ok(BundleStep::Known);
    }
    if arrived.sequence() == newest.sequence() {
        return Err(BundleRefusal::Conflict);
    }
    if Some(arrived.sequence()) != newest.sequence().next() {
        return Err(BundleRefusal::Gap);
    }
    let next = newest.update(arrived).map_err(|_| BundleRefusal::Unlawful)?;
    Ok(BundleStep::Next(Box::new(next)))
}

/// Why a bundle is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BundleRefusal {
    /// Another bundle of this sequence is here: the guarantor should look into it.
    Conflict,
    /// Bundles between the newest one here and this one are missing.
    Gap,
    /// It is no lawful step from the newest one here, or of a guarantor that is not served.
    Unlawful,
}

impl BundleRefusal {
    /// Returns the stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Conflict => "E10-CONFLICT",
            Self::Gap => "E10-GAP",
            Self::Unlawful => "E10-SIGNATURE",
        }
    }

    /// Returns the HTTP status of the answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::Conflict | Self::Gap => 409,
            Self::Unlawful => 401,
        }
    }
}

impl fmt::Display for BundleRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another trust bundle of this sequence is here",
            Self::Gap => "trust bundles before this one are missing here",
            Self::Unlawful => "the trust bundle does not follow lawfully",
        })
    }
}

impl std::error::Error for BundleRefusal {}
