//! Cargo builds a library once with all features that anything in the workspace asks for. None of
//! them may make signatures malleable (`legacy_compatibility` of the curve would).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use hosho::{Date, Expectation, Expected, SignedCertificate, UnixTime, Verifier, VerifyError};
use hosho_testkit::{Guarantor, sample_claims};

/// L, little endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn refuses_a_scalar_that_is_not_reduced_in_the_build_of_the_workspace() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let mut signed = guarantor.issue(sample_claims(&guarantor));
    let expectation = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let day = Date::parse("2025-12-01").expect("a day");
    let judge = |bytes: &[u8]| {
        let signed = SignedCertificate::parse(bytes).expect("a certificate");
        let verified = Verifier::new(&trust).verify(signed, &expectation, day, UnixTime::MAX);
        verified.map(|verified| verified.verdict().standing().code())
    };
    assert_eq!(judge(&signed), Ok("status-unknown"));
    let scalar = signed.len() - 32;
    let mut carry = 0_u16;
    for (byte, order) in signed[scalar..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(order);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    assert_eq!(carry, 0, "S + L has 256 bits");
    assert_eq!(judge(&signed), Err(VerifyError::Signature));
}
