//! The one header of a signed request.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hosho::{GuarantorId, KeyId, UnixTime};

use crate::wire::{from_hex, to_hex};

/// The name of the header, in lower case as HTTP libraries keep it.
pub const HEADER_NAME: &str = "hosho-signature";

/// Sixteen bytes that no other request of the same key carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// For how many seconds a service remembers a nonce (docs/services.md S-REQ-5): longer than any
    /// clock that S-REQ-4 allows makes its request fresh.
    pub const KEPT_FOR: u64 = 900;

    /// Takes 16 random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

/// A header whose form is right; nothing in it is believed.
///
/// Its only spelling is
/// `v1; guarantor=ID; kid=HEX16; at=UNIX; nonce=HEX32; signature=BASE64URL` (S-REQ-1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestHeader {
    pub(crate) guarantor_id: GuarantorId<'static>,
    pub(crate) key_id: KeyId,
    pub(crate) at: UnixTime,
    pub(crate) nonce: Nonce,
    pub(crate) signature: [u8; 64],
}

impl RequestHeader {
    /// The most bytes it can have: the names, an id of 32, a time of 15 digits, and 86 of signature.
    pub const MAX_LEN: usize = 256;

    /// Reads a header, accepting only its one spelling.
    ///
    /// # Errors
    /// [`MalformedHeader`], without detail.
    pub fn parse(text: &str) -> Result<Self, MalformedHeader> {
        if text.len() > Self::MAX_LEN {
            return Err(MalformedHeader);
        }
        Self::read(text).filter(|header| header.to_string() == text).ok_or(MalformedHeader)
    }

    /// Returns who says to have signed: whose trust bundle decides.
    pub const fn guarantor_id(&self) -> &GuarantorId<'static> {
        &self.guarantor_id
    }

    /// Returns the key that says to have signed.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = text.split("; ");
        let mut value = |name: &str| rest.next()?.strip_prefix(name);
        value("v1").filter(|after| after.is_empty())?;
        let guarantor_id = GuarantorId::parse(value("guarantor=")?.to_owned()).ok()?;
        let key_id = KeyId::parse(value("kid=")?).ok()?;
        let at = UnixTime::from_seconds(value("at=")?.parse().ok()?).ok()?;
        let nonce = Nonce(from_hex(value("nonce=")?)?);
        let signature = URL_SAFE_NO_PAD.decode(value("signature=")?).ok()?.try_into().ok()?;
        let ends = rest.next().is_none();
        ends.then_some(Self { guarantor_id, key_id, at, nonce, signature })
    }
}

impl fmt::Display for RequestHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { guarantor_id, key_id, at, nonce, signature } = self;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let at = at.seconds();
        write!(
            f,
            "v1; guarantor={guarantor_id}; kid={key_id}; at={at}; nonce={nonce}; signature={signature}"
        )
    }
}

/// The header is missing, or is not in its one form (`E10-SIGNATURE`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MalformedHeader;

impl fmt::Display for MalformedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request carries no signature in the one form (E10-SIGNATURE)")
    }
}

impl std::error::Error for MalformedHeader {}
