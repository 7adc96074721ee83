use ciborium::Value;

/// Asserts that `ciborium` reads one value from `bytes` and writes it back as the same bytes.
pub(crate) fn same_in_ciborium(bytes: &[u8]) {
    let value = read(bytes);
    assert_eq!(write(&value), bytes, "one value, one encoding");
    assert_rising(&value);
}

/// Returns the payload of a tagged `COSE_Sign1` or `COSE_Sign`.
pub(crate) fn payload_of(object: &[u8]) -> Vec<u8> {
    part(object, 2)
}

/// Returns the `Sig_structure` of a tagged `COSE_Sign1` (RFC 9052 section 4.4).
pub(crate) fn to_be_signed(object: &[u8]) -> Vec<u8> {
    write(&Value::Array(vec![
        Value::from("Signature1"),
        Value::Bytes(part(object, 0)),
        Value::Bytes(Vec::new()),
        Value::Bytes(part(object, 2)),
    ]))
}

fn part(object: &[u8], place: usize) -> Vec<u8> {
    let Value::Tag(_, inner) = read(object) else { panic!("a tagged object") };
    let mut parts = inner.into_array().expect("an array");
    parts.swap_remove(place).into_bytes().expect("a byte string")
}

fn read(bytes: &[u8]) -> Value {
    let mut rest = bytes;
    let value = ciborium::from_reader(&mut rest).expect("ciborium accepts what we accept");
    assert!(rest.is_empty(), "nothing is left over");
    value
}

fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("memory takes everything");
    bytes
}

/// `Value` keeps the order of a map and its duplicates, so it takes a look at the keys.
fn assert_rising(value: &Value) {
    match value {
        Value::Map(entries) => {
            assert!(entries.is_sorted_by(|(a, _), (b, _)| write(a) < write(b)), "keys rise");
            entries.iter().for_each(|(_, value)| assert_rising(value));
        }
        Value::Array(items) => items.iter().for_each(assert_rising),
        Value::Tag(_, inner) => assert_rising(inner),
        _ => (),
    }
}
