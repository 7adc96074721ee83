//! Tokens that `openssl ts` made (`tests/data/make`), and what becomes of them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosho_timestamp::{
    Authority, AuthorityError, TimestampError, claimed_imprint, claimed_seconds, token_of,
};
use ring::digest::{SHA256, digest};

fn read(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn token(name: &str) -> Vec<u8> {
    token_of(&read(name)).unwrap()
}

fn authority(name: &str) -> Authority {
    Authority::from_pem(&read(name)).unwrap()
}

fn imprint() -> [u8; 32] {
    digest(&SHA256, &read("content")).as_ref().try_into().unwrap()
}

fn verify(token: &[u8]) -> Result<u64, TimestampError> {
    authority("root.pem").verify(token, &imprint()).map(|stamp| stamp.seconds())
}

#[test]
fn tokens_of_every_kind_of_key_verify() {
    for name in ["rsa.tsr", "p256.tsr", "p384-fraction.tsr", "rsa-token.der"] {
        let token = token(name);
        let seconds = verify(&token);
        assert_eq!(seconds, Ok(claimed_seconds(&token).unwrap()), "{name}");
        assert!(seconds.unwrap() > 1_795_000_000, "{name}: made in November 2026");
        assert_eq!(claimed_imprint(&token), Ok(imprint()), "{name}");
    }
}

#[test]
fn a_reply_and_its_token_are_the_same() {
    assert_eq!(token("rsa.tsr"), read("rsa-token.der"));
}

#[test]
fn a_token_over_something_else_is_refused() {
    assert_eq!(verify(&token("other-content.tsr")), Err(TimestampError::Imprint));
    let mut other = imprint();
    other[31] ^= 1;
    let refused = authority("root.pem").verify(&token("rsa.tsr"), &other);
    assert_eq!(refused, Err(TimestampError::Imprint));
}

#[test]
fn an_imprint_of_another_hash_is_refused() {
    assert_eq!(
        token_of(&read("sha512-imprint.tsr")).map(|token| verify(&token)),
        Ok(Err(TimestampError::Form))
    );
}

#[test]
fn a_signer_that_the_root_does_not_vouch_for_is_refused() {
    assert_eq!(verify(&token("stranger.tsr")), Err(TimestampError::Path));
    let other = authority("other-root.pem");
    let refused = other.verify(&token("rsa.tsr"), &imprint());
    assert_eq!(refused, Err(TimestampError::Path));
    assert!(other.verify(&token("stranger.tsr"), &imprint()).is_ok());
}

/// The root certificate with other days; that it is signed over is of no interest in what a person
/// pins.
fn root_with(old: &[u8], new: &[u8]) -> Authority {
    let text = String::from_utf8(read("root.pem")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('-'));
    let mut der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let at = der.windows(old.len()).position(|window| window == old).unwrap();
    der.splice(at..at + old.len(), new.iter().copied());
    let body = STANDARD.encode(der);
    let pem = format!(
        "-----BEGIN CERTIFICATE-----
{body}
-----END CERTIFICATE-----
"
    );
    Authority::from_pem(pem.as_bytes()).unwrap()
}

#[test]
fn a_root_that_had_expired_or_not_begun_at_the_tokens_time_vouches_for_nothing() {
    let token = token("rsa.tsr");
    let verify = |root: Authority| root.verify(&token, &imprint()).map(|_| ());
    assert_eq!(verify(root_with(b"21261030", b"21251030")), Ok(()));
    assert_eq!(verify(root_with(b"21261030", b"20261030")), Err(TimestampError::Path));
    let not_yet = root_with(b"\x17\x0d261123", b"\x17\x0d271123");
    assert_eq!(verify(not_yet), Err(TimestampError::Path));
}

#[test]
fn a_certificate_that_is_missing_between_signer_and_root_is_missed() {
    assert_eq!(verify(&token("p384-no-chain.tsr")), Err(TimestampError::Path));
}

#[test]
fn a_signer_for_other_purposes_is_refused() {
    for name in ["not-critical.der", "not-alone.der", "other-purpose.der"] {
        assert_eq!(verify(&token(name)), Err(TimestampError::Purpose), "{name}");
    }
}

#[test]
fn no_bit_of_what_is_signed_can_change() {
    let good = token("p256.tsr");
    let authority = authority("root.pem");
    let mut harmless = 0;
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(stamp) = authority.verify(&changed, &imprint()) {
            // What the signature does not cover may change, such as the version of the envelope.
            assert_eq!(stamp.seconds(), claimed_seconds(&good).unwrap(), "bit {bit}");
            harmless += 1;
        }
    }
    assert!(harmless < 64, "{harmless} bits of {} do not matter", good.len() * 8);
}

#[test]
fn a_token_that_is_cut_off_or_goes_on_is_refused() {
    let good = token("p256.tsr");
    for length in 0..good.len() {
        assert_eq!(verify(&good[..length]), Err(TimestampError::Form), "{length} bytes");
    }
    assert_eq!(verify(&[&good[..], &[0]].concat()), Err(TimestampError::Form));
}

#[test]
fn a_reply_that_refuses_is_told_as_that() {
    // SEQUENCE { SEQUENCE { INTEGER 2 (rejection) } }
    assert_eq!(token_of(&[0x30, 5, 0x30, 3, 2, 1, 2]), Err(TimestampError::NotGranted));
    // Granted, without a token.
    assert_eq!(token_of(&[0x30, 5, 0x30, 3, 2, 1, 0]), Err(TimestampError::Form));
    for bytes in [&b""[..], b"hello", &[0x30, 0]] {
        assert_eq!(token_of(bytes), Err(TimestampError::Form));
    }
}

#[test]
fn a_file_without_a_root_certificate_is_no_authority() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "hello", broken] {
        assert_eq!(Authority::from_pem(pem.as_bytes()).unwrap_err(), AuthorityError);
    }
}
