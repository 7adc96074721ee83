/// Reads `script` as edits of a genuine object and returns what they make of it.
///
/// The first byte chooses the object. Every further four bytes are one edit: what to do, the
/// place (two bytes, modulo the length) and an operand. So that libFuzzer finds the fields, small
/// changes of a script make small changes of the object.
pub(crate) fn mutated(script: &[u8], genuine: impl Fn(u8) -> &'static [u8]) -> Vec<u8> {
    let Some((choice, edits)) = script.split_first() else { return genuine(0).to_vec() };
    let mut object = genuine(*choice).to_vec();
    for &[action, high, low, operand] in edits.as_chunks::<4>().0 {
        if object.is_empty() {
            break;
        }
        let at = usize::from(u16::from_be_bytes([high, low])) % object.len();
        match action % 6 {
            0 => object[at] ^= operand,
            1 => object[at] = operand,
            2 => object.insert(at, operand),
            3 => drop(object.remove(at)),
            4 => object.truncate(at),
            // What another object has from this place on, such as its signature.
            _ => {
                let tail = genuine(operand).get(at..).unwrap_or_default();
                object.truncate(at);
                object.extend_from_slice(tail);
            }
        }
    }
    object
}
