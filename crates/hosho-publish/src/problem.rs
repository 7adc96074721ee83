//! A problem document as the worker reads it (RFC 9457).

use serde::{Deserialize, Serialize};

/// What a service says when it does not do what it was asked.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Problem {
    /// The stable code, such as `E10-CONFLICT`.
    #[serde(default)]
    pub code: String,
    /// A sentence for a person.
    #[serde(default)]
    pub detail: Option<String>,
    /// With `E10-GAP`: the sequence of the newest bundle that the service has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}
