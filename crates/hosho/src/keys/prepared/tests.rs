use std::thread;

use ed25519_dalek::{Signer as _, SigningKey};

use super::*;

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
