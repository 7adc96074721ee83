//! The guarantors of the fixtures: their keys are bytes repeated, counted up from a seed.

use hosho::{
    AuthKey, AuthMasterKey, BundleDraft, GuaranteeNumber, GuarantorId, KeyRole, SecretKey, Serial,
};
use hosho_testkit::{Guarantor, time};

/// Makes the guarantor of this id and seed.
pub(crate) fn guarantor(id: &'static str, seed: u8) -> Guarantor {
    let key = |offset| SecretKey::take(&mut [seed + offset; 32]);
    Guarantor {
        id: GuarantorId::parse(id).expect("an id"),
        roots: [key(1), key(2), key(3)],
        certificate_key: key(4),
        status_key: key(5),
        publish_key: key(7),
        master: AuthMasterKey::take(&mut [seed + 6; 32]),
    }
}

/// Returns the status key that comes after the first was stolen.
pub(crate) fn second_status_key() -> SecretKey {
    SecretKey::take(&mut [78; 32])
}

/// Makes somebody who calls himself by the id of another and has keys of his own.
pub(crate) fn thief() -> Guarantor {
    guarantor("g-mirai", 60)
}

/// Returns what its first bundle says: two keys, and two years until it is due for renewal.
pub(crate) fn first_bundle(guarantor: &Guarantor) -> BundleDraft<'static> {
    BundleDraft {
        next_update: time("2027-01-01T00:00:00Z"),
        keys: vec![
            Guarantor::entry(&guarantor.certificate_key, KeyRole::Certificate),
            Guarantor::entry(&guarantor.status_key, KeyRole::Status),
        ],
        ..guarantor.bundle_draft()
    }
}

/// Returns the auth key of a guarantee; no guarantee of the fixtures changes its key.
pub(crate) fn auth_key(guarantor: &Guarantor, number: &GuaranteeNumber<'_>) -> AuthKey {
    guarantor.auth_key(number, Serial::FIRST)
}
