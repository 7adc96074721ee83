//! Verifying that a guarantor signed a request.

use std::fmt;

use hosho::{GuarantorId, KeyId, KeyRole, KeyState, TrustBundle, UnixTime};
use hosho_ed25519::VerifyingKey;
use sha2::{Digest as _, Sha256};

use crate::header::{MalformedHeader, Nonce, RequestHeader};

/// How many seconds the worker's clock may differ from the service's (S-REQ-4).
pub const MAX_CLOCK_DIFFERENCE: u64 = 300;

/// A request as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The service's own name, from its configuration and never from the request.
    pub audience: &'a str,
    /// `POST` or `GET`, as it stands in the request.
    pub method: &'a str,
    /// The path with its query, as it stands in the request.
    pub path_and_query: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

/// A request that the guarantor signed for this service, and lately.
///
/// Whether it is the first with its nonce is left to the caller (S-REQ-5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct VerifiedRequest {
    guarantor_id: GuarantorId<'static>,
    key_id: KeyId,
    nonce: Nonce,
}

impl VerifiedRequest {
    /// Returns who signed it.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.guarantor_id
    }

    /// Returns the key that signed it.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns what no other request of this key may carry.
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }
}

/// Verifies that a guarantor signed a request (docs/services.md, S-REQ-2 to S-REQ-4).
///
/// `bundle` is the newest trust bundle of the guarantor that the header names, reached from a pin.
///
/// # Errors
/// [`RequestRefusal`]; the clock is looked at last, so only who can sign learns of it.
pub fn verify_request(
    header: &RequestHeader,
    received: &Received<'_>,
    bundle: &TrustBundle,
    now: UnixTime,
) -> Result<VerifiedRequest, RequestRefusal> {
    if bundle.guarantor_id() != &header.guarantor_id {
        return Err(RequestRefusal::Guarantor);
    }
    let entry = bundle.key(header.key_id).ok_or(RequestRefusal::KeyUnknown)?;
    if entry.role != KeyRole::Publish {
        return Err(RequestRefusal::KeyRole);
    }
    if entry.state != KeyState::Active {
        return Err(RequestRefusal::KeyState);
    }
    if !entry.covers(now) {
        return Err(RequestRefusal::KeyWindow);
    }
    let key = VerifyingKey::parse(entry.key.as_bytes()).map_err(|_| RequestRefusal::Mismatch)?;
    let message = message(header, received);
    key.verify(&message, &header.signature).map_err(|_| RequestRefusal::Mismatch)?;
    if header.at.seconds().abs_diff(now.seconds()) > MAX_CLOCK_DIFFERENCE {
        return Err(RequestRefusal::Clock);
    }
    Ok(VerifiedRequest {
        guarantor_id: header.guarantor_id.clone(),
        key_id: header.key_id,
        nonce: header.nonce,
    })
}

/// Returns what is signed: each part after its length as four bytes, high byte first.
///
/// The key is not part of it: a key id names one key, and a signature fits one key (R-SIG-3).
pub(crate) fn message(header: &RequestHeader, received: &Received<'_>) -> Vec<u8> {
    let Received { audience, method, path_and_query, body } = received;
    let (at, nonce) = (header.at.seconds().to_string(), header.nonce.to_string());
    let digest = Sha256::digest(body);
    let parts: [&[u8]; 8] = [
        b"hosho/v1/request",
        audience.as_bytes(),
        method.as_bytes(),
        path_and_query.as_bytes(),
        header.guarantor_id.as_str().as_bytes(),
        at.as_bytes(),
        nonce.as_bytes(),
        &digest,
    ];
    let mut message = Vec::with_capacity(256);
    for part in parts {
        // No part comes near 2^32 bytes; if one did, the length would be wrong and so the signature.
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

/// Why a request is not taken. The caller is told the code, the log has the reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestRefusal {
    /// The clocks of worker and service differ too much.
    Clock,
    /// The guarantor is not one that is served here.
    Guarantor,
    /// The key has another role than to publish.
    KeyRole,
    /// The key was retired or compromised.
    KeyState,
    /// The key is not in the newest bundle.
    KeyUnknown,
    /// The key may not sign now.
    KeyWindow,
    /// The header is missing or not in its one form.
    Malformed,
    /// The signature is not one of this key over this request.
    Mismatch,
    /// The nonce was used before.
    Replayed,
}

impl RequestRefusal {
    /// Returns the stable code that the caller is told.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Clock => "E10-CLOCK",
            Self::Replayed => "E10-REPLAYED",
            _ => "E10-SIGNATURE",
        }
    }

    /// Returns the HTTP status of the answer.
    pub const fn status(self) -> u16 {
        401
    }
}

impl fmt::Display for RequestRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clock => "the clocks differ by more than 300 seconds",
            Self::Guarantor => "the guarantor is not served here",
            Self::KeyRole => "the key is not one to publish with",
            Self::KeyState => "the key was retired or compromised",
            Self::KeyUnknown => "the key is not in the newest trust bundle",
            Self::KeyWindow => "the key may not sign now",
            Self::Malformed => "the header is missing or malformed",
            Self::Mismatch => "the signature does not fit",
            Self::Replayed => "the nonce was used before",
        })
    }
}

impl std::error::Error for RequestRefusal {}

impl From<MalformedHeader> for RequestRefusal {
    fn from(_: MalformedHeader) -> Self {
        Self::Malformed
    }
}
