//! Signing requests, the worker's side.

use hosho::{GuarantorId, Signer, SignerError, UnixTime};
use hosho_ed25519::VerifyingKey;

use crate::header::{Nonce, RequestHeader};
use crate::verify::{Received, message};

/// A request that is about to be sent, with what only the sender knows.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Who sends it.
    pub guarantor_id: &'a GuarantorId<'static>,
    /// The clock.
    pub at: UnixTime,
    /// Random bytes, drawn for this request.
    pub nonce: Nonce,
    /// What the service will see, with the service's own name as it calls itself.
    pub request: Received<'a>,
}

/// Signs a request with a key of role publish, and verifies the signature before it is returned.
///
/// # Errors
/// When the signer makes no signature, or a wrong one.
pub fn sign_request(
    outgoing: &Outgoing<'_>,
    signer: &dyn Signer,
) -> Result<RequestHeader, SignerError> {
    let mut header = RequestHeader {
        guarantor_id: outgoing.guarantor_id.clone(),
        key_id: signer.public_key().key_id(),
        at: outgoing.at,
        nonce: outgoing.nonce,
        signature: [0; 64],
    };
    let message = message(&header, &outgoing.request);
    header.signature = signer.sign(&message)?;
    let key = VerifyingKey::parse(signer.public_key().as_bytes()).map_err(|_| SignerError)?;
    key.verify(&message, &header.signature).map_err(|_| SignerError)?;
    Ok(header)
}
