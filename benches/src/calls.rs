use hosho::{
    Epoch, Expectation, Expected, PreparedCertificate, SealedCertificate, SignedCertificate,
    Signer as _, StatusSnapshot, TrustBundle, Verifier,
};

use crate::{Issued, World};

/// What is measured: each method does one thing to one certificate, and tells whether it came out
/// as it should.
#[derive(Debug)]
pub struct Calls<'w> {
    world: &'w World,
    verifier: Verifier<'w>,
}

impl<'w> Calls<'w> {
    /// Prepares the verifier once, as a service does.
    pub fn new(world: &'w World, trust: &'w TrustBundle, status: &'w StatusSnapshot) -> Self {
        Self { world, verifier: Verifier::new(trust).with_status(status) }
    }

    /// Reads a signed certificate strictly.
    #[must_use]
    pub fn decode(&self, issued: &Issued) -> bool {
        SignedCertificate::parse(&issued.signed).is_ok()
    }

    /// Goes from the bytes to the verdict, expecting the number.
    #[must_use]
    pub fn verify(&self, issued: &Issued) -> bool {
        self.judge(issued, Expected::Number(&issued.number))
    }

    /// Goes from the bytes to the verdict, expecting nothing, as an audit does.
    #[must_use]
    pub fn audit(&self, issued: &Issued) -> bool {
        self.judge(issued, Expected::Unspecified)
    }

    /// Encodes, signs, and verifies what was signed.
    #[must_use]
    pub fn issue(&self, issued: &Issued) -> bool {
        let key = &self.world.certificate_key;
        PreparedCertificate::new(&issued.certificate, key.public_key().key_id())
            .and_then(|prepared| prepared.sign(key))
            .is_ok_and(|signed| signed == issued.signed)
    }

    /// Derives the auth key from the master key.
    #[must_use]
    pub fn derive(&self, issued: &Issued) -> bool {
        let serial = issued.certificate.claims().binding.serial;
        let World { master, guarantor_id, .. } = self.world;
        master.derive(guarantor_id, Epoch::FIRST, &issued.number, serial).matches(&issued.auth_key)
    }

    /// Opens a sealed certificate with its auth key.
    #[must_use]
    pub fn open(&self, issued: &Issued) -> bool {
        SealedCertificate::parse(&issued.sealed)
            .is_ok_and(|sealed| issued.auth_key.open(&sealed).is_ok())
    }

    fn judge(&self, issued: &Issued, number: Expected<'_>) -> bool {
        let Ok(signed) = SignedCertificate::parse(&issued.signed) else { return false };
        let expectation = Expectation { number, obligee: None, auth_key: None };
        self.verifier.verify(signed, &expectation, self.world.on, self.world.now).is_ok()
    }
}
