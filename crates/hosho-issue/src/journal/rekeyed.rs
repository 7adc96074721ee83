//! Records about auth keys that take the place of others (docs/home.md).

use hosho::{Epoch, GuaranteeNumber, Revision};
use serde::{Deserialize, Serialize};

use super::spelled;

/// The auth master key of the next epoch is stored; guarantees issued from now on use it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Master {
    #[serde(with = "spelled")]
    pub(crate) epoch: Epoch,
    /// Its commitment (docs/home.md).
    #[serde(with = "spelled")]
    pub(crate) commitment: [u8; 32],
}

/// The files of a rekey are in the folder that was asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandedOut {
    #[serde(with = "spelled")]
    pub(crate) number: GuaranteeNumber<'static>,
    #[serde(with = "spelled")]
    pub(crate) revision: Revision,
}
