//! Signing requests, the worker's side.

use hosho::{GuarantorId, Signer, SignerError, UnixTime};

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

/// Signs a request with a key of role publish.
///
/// # Errors
/// When the signer makes no signature.
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
    header.signature = signer.sign(&message(&header, &outgoing.request))?;
    Ok(header)
}
