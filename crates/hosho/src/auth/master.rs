use core::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use super::{AuthKey, expand};
use crate::cbor::Writer;
use crate::counter::{Epoch, Serial};
use crate::number::{GuaranteeNumber, GuarantorId};

/// The secret of one epoch from which a guarantor derives its auth keys, wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub struct AuthMasterKey {
    secret: [u8; 32],
}

impl AuthMasterKey {
    /// Takes 32 random bytes and wipes the source.
    pub fn take(secret: &mut [u8; 32]) -> Self {
        let key = Self { secret: *secret };
        secret.zeroize();
        key
    }

    /// Makes a master key from fresh randomness.
    #[cfg(feature = "rand_core")]
    pub fn generate(rng: &mut impl rand_core::CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(secret.as_mut());
        Self::take(&mut secret)
    }

    /// Hands out the secret, to be written to a file.
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret)
    }

    /// Derives the auth key of a guarantee (spec R-DERIVE-1).
    pub fn derive(
        &self,
        guarantor_id: &GuarantorId<'_>,
        epoch: Epoch,
        number: &GuaranteeNumber<'_>,
        serial: Serial,
    ) -> AuthKey {
        let mut w = Writer::with_capacity(160);
        w.array(5);
        w.text("hosho/v1/auth-key");
        w.text(guarantor_id.as_str());
        w.uint(epoch.number());
        w.text(number.as_str());
        w.uint(serial.number());
        let mut output = Zeroizing::new([0_u8; 16]);
        expand("hosho/v1/auth-key-extract", &self.secret, &w.into_bytes(), output.as_mut());
        let mut secret = Zeroizing::new([0_u8; 13]);
        for (to, from) in secret.iter_mut().zip(output.iter()) {
            *to = *from;
        }
        // The first 100 bits: twelve bytes and the upper half of the thirteenth.
        if let Some(last) = secret.last_mut() {
            *last &= 0xf0;
        }
        AuthKey::from_secret(&secret)
    }
}

impl fmt::Debug for AuthMasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthMasterKey(..)")
    }
}
