//! The Crockford alphabet, read and written without branches or tables (spec R-KEY-2, R-KEY-5).

/// The ranges of the alphabet: first and last character, and the symbol of the first.
const RANGES: [(u8, u8, i32); 6] = [
    (b'0', b'9', 0),
    (b'A', b'H', 10),
    (b'J', b'K', 18),
    (b'M', b'N', 20),
    (b'P', b'T', 22),
    (b'V', b'Z', 27),
];

/// Characters that people take for others.
const ALIASES: [(u8, u8, i32); 3] = [(b'O', b'O', 0), (b'I', b'I', 1), (b'L', b'L', 1)];

/// Returns the symbol of an ASCII character, or 0xff.
///
/// The same work for every character.
#[inline]
pub(super) fn symbol(character: u8) -> u8 {
    let c = i32::from(character);
    let lower = in_range(c, b'a', b'z');
    let c = c - (lower & 0x20);
    let mut value = -1;
    for (first, last, symbol) in RANGES.into_iter().chain(ALIASES) {
        value += in_range(c, first, last) & (c - i32::from(first) + symbol + 1);
    }
    let [low, ..] = value.to_le_bytes();
    low
}

/// Returns the upper-case character of a symbol below 32.
#[inline]
pub(super) fn character(symbol: u8) -> u8 {
    let s = i32::from(symbol);
    let mut value = 0;
    for (first, last, start) in RANGES {
        let end = start + i32::from(last - first);
        value |= within(s, start, end) & (s - start + i32::from(first));
    }
    let [low, ..] = value.to_le_bytes();
    low
}

fn in_range(c: i32, first: u8, last: u8) -> i32 {
    within(c, i32::from(first), i32::from(last))
}

/// All ones if `low <= c <= high`, else zero, for small numbers.
fn within(c: i32, low: i32, high: i32) -> i32 {
    ((low - 1 - c) & (c - high - 1)) >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    #[test]
    fn every_byte_is_read_as_the_table_says() {
        for byte in 0..=255_u8 {
            let folded = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let expected = ALPHABET.iter().position(|c| *c == folded);
            let expected = expected.map_or(0xff, |at| u8::try_from(at).expect("small"));
            assert_eq!(symbol(byte), expected, "{byte:#x}");
        }
    }

    #[test]
    fn every_symbol_is_written_as_the_table_says() {
        for (at, expected) in (0..32).zip(ALPHABET) {
            assert_eq!(character(at), *expected);
        }
    }
}
