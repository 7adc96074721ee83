use alloc::vec;
use std::thread;

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;
use crate::date::{Date, UnixTime};
use crate::signed::SignedCertificate;
use crate::trust::{SignedTrustBundle, TrustBundle};
use crate::verify::{Expectation, Expected, Verifier};

const MESSAGE: &[u8] = b"a message";

/// Keys, and the signature of each over [`MESSAGE`].
fn keys(count: u8) -> Vec<(PublicKey, [u8; 64])> {
    let key = |seed| {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::from_bytes(secret.verifying_key().to_bytes()).expect("a key");
        (public, secret.sign(MESSAGE).to_bytes())
    };
    (1..=count).map(key).collect()
}

fn uses(prepared: &PreparedKeys, (key, signature): &(PublicKey, [u8; 64]), count: u32) {
    for _ in 0..count {
        assert_eq!(prepared.verify(key, MESSAGE, signature), Ok(()));
        assert_eq!(prepared.verify(key, b"another", signature), Err(SignatureMismatch));
    }
}

/// Which of the keys have a table.
fn made(prepared: &PreparedKeys, keys: &[(PublicKey, [u8; 64])]) -> Vec<bool> {
    let slots = prepared.lock();
    let has_table = |key: &PublicKey| {
        let slot = slots.slots.iter().find(|slot| slot.key == *key.as_bytes());
        slot.is_some_and(|slot| matches!(slot.table, Table::Made(_)))
    };
    keys.iter().map(|(key, _)| has_table(key)).collect()
}

#[test]
fn a_key_has_a_table_once_it_was_used_enough() {
    let keys = keys(2);
    let prepared = PreparedKeys::new().after(6);
    uses(&prepared, &keys[0], 2);
    uses(&prepared, &keys[1], 1);
    assert_eq!(made(&prepared, &keys), [false, false]);
    uses(&prepared, &keys[0], 1);
    assert_eq!(made(&prepared, &keys), [true, false]);
    uses(&prepared, &keys[0], 1);
}

#[test]
fn the_key_used_longest_ago_loses_its_table_and_can_earn_another() {
    let keys = keys(3);
    let prepared = PreparedKeys::with_room(2).after(2);
    uses(&prepared, &keys[0], 1);
    uses(&prepared, &keys[1], 1);
    uses(&prepared, &keys[0], 1);
    uses(&prepared, &keys[2], 1);
    assert_eq!(made(&prepared, &keys), [true, false, true]);
    uses(&prepared, &keys[1], 1);
    assert_eq!(made(&prepared, &keys), [false, true, true]);
}

#[test]
fn no_more_keys_are_counted_than_four_for_each_table() {
    let keys = keys(9);
    let prepared = PreparedKeys::with_room(1).after(4);
    uses(&prepared, &keys[0], 2);
    for key in &keys[1..] {
        uses(&prepared, key, 1);
        uses(&prepared, &keys[0], 1);
    }
    assert_eq!(prepared.lock().slots.len(), 4);
    assert!(made(&prepared, &keys)[0]);
}

#[test]
fn any_room_will_do() {
    let keys = keys(1);
    for room in [0, usize::MAX] {
        let prepared = PreparedKeys::with_room(room).after(1);
        uses(&prepared, &keys[0], 1);
        assert_eq!(made(&prepared, &keys), [room > 0]);
    }
}

#[test]
fn threads_that_take_tables_from_each_other_get_the_same_verdicts() {
    let keys = keys(5);
    let prepared = PreparedKeys::with_room(2).after(3);
    thread::scope(|scope| {
        for first in 0..4 {
            let (keys, prepared) = (&keys, &prepared);
            scope.spawn(move || {
                for key in keys.iter().cycle().skip(first).take(20) {
                    uses(prepared, key, 1);
                    let (key, signature) = key;
                    let jobs: [Job<'_>; 3] = [
                        (Some(key), MESSAGE, signature),
                        (None, MESSAGE, signature),
                        (Some(key), b"another", signature),
                    ];
                    let verdicts = prepared.verify_many(&jobs);
                    assert!(matches!(
                        verdicts[..],
                        [Ok(()), Err(VerifyError::Signature), Err(VerifyError::Signature)]
                    ));
                }
            });
        }
    });
    assert!(made(&prepared, &keys).iter().filter(|made| **made).count() <= 2);
}

const CERTIFICATE: &[u8] = include_bytes!("../../../examples/data/31-07-1-0000123-9-r1.hosho");

fn trust() -> TrustBundle {
    let bundle = include_bytes!("../../../examples/data/trust.hosho");
    SignedTrustBundle::parse(bundle).expect("well formed").pin().expect("signed by its roots")
}

/// The certificate, and the same with one bit of its signature changed.
fn genuine_and_forged() -> [Vec<u8>; 2] {
    let mut forged = CERTIFICATE.to_vec();
    *forged.last_mut().expect("a byte") ^= 1;
    [CERTIFICATE.to_vec(), forged]
}

/// What the verifier says of the certificates, one by one and in bulk.
fn verdicts(
    verifier: &Verifier<'_>,
    certificates: &[Vec<u8>],
) -> [Vec<Result<(), VerifyError>>; 2] {
    let signed = || certificates.iter().map(|bytes| SignedCertificate::parse(bytes).expect("form"));
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let on = Date::parse("2026-01-10").expect("a day");
    let single = |signed| verifier.verify(signed, &anything, on, UnixTime::MAX).map(|_| ());
    let bulk = verifier.verify_many(signed().collect(), &anything, on, UnixTime::MAX);
    let bulk = bulk.into_iter().map(|verified| verified.map(|_| ()));
    [signed().map(single).collect(), bulk.collect()]
}

/// A set in which the certificate's key has the table of another key.
fn faulty(trust: &TrustBundle) -> Arc<PreparedKeys> {
    let signed = SignedCertificate::parse(CERTIFICATE).expect("well formed");
    let key = &trust.key(signed.key_id()).expect("in the bundle").key;
    let prepared = PreparedKeys::new();
    let other = keys(9).pop().expect("nine keys").0;
    assert_ne!(other.as_bytes(), key.as_bytes());
    let other = prepared.make(&other).expect("a table");
    prepared.lock().used(key, 0, 1).table = Table::Made(Arc::new(other));
    Arc::new(prepared)
}

#[test]
fn a_confirming_verifier_gives_the_same_verdicts_on_every_path() {
    let (trust, certificates) = (trust(), genuine_and_forged());
    let right = || vec![Ok(()), Err(VerifyError::Signature)];
    let unprepared = Verifier::new(&trust).confirming();
    assert_eq!(verdicts(&unprepared, &certificates), [right(), right()]);
    for path in Path::available() {
        let prepared = Arc::new(PreparedKeys::new().after(1).on_path(path));
        let verifier = Verifier::new(&trust).confirming().sharing(prepared);
        assert_eq!(verdicts(&verifier, &certificates), [right(), right()], "{path:?}");
    }
}

#[test]
fn a_faulty_table_refuses_what_is_genuine_unless_verdicts_are_confirmed() {
    let trust = trust();
    let verifier = Verifier::new(&trust).sharing(faulty(&trust));
    let refused = || vec![Err(VerifyError::Signature)];
    assert_eq!(verdicts(&verifier, &[CERTIFICATE.to_vec()]), [refused(), refused()]);
}

#[test]
#[should_panic(expected = "was refused, but dalek's verify_strict accepts it")]
fn a_faulty_table_is_found_out_with_a_single_certificate() {
    let trust = trust();
    let verifier = Verifier::new(&trust).sharing(faulty(&trust)).confirming();
    let signed = SignedCertificate::parse(CERTIFICATE).expect("well formed");
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let on = Date::parse("2026-01-10").expect("a day");
    drop(verifier.verify(signed, &anything, on, UnixTime::MAX));
}

#[test]
#[should_panic(expected = "was refused, but dalek's verify_strict accepts it")]
fn a_faulty_table_is_found_out_in_bulk() {
    let trust = trust();
    let verifier = Verifier::new(&trust).sharing(faulty(&trust)).confirming();
    let signed = SignedCertificate::parse(CERTIFICATE).expect("well formed");
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let on = Date::parse("2026-01-10").expect("a day");
    drop(verifier.verify_many(vec![signed], &anything, on, UnixTime::MAX));
}

#[test]
#[should_panic(expected = "was accepted, but dalek's verify_strict refuses it")]
fn an_accepted_forgery_is_found_out() {
    let (key, signature) = &keys(1)[0];
    key.confirm(b"another", signature, Ok(()));
}
