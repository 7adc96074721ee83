//! The check of an auth key: a Reed-Solomon code over GF(32) of length 25 and distance 5
//! (spec section 8.1). Without branches or tables on the symbols.

/// a⁵ = a² + 1.
const REDUCTION: u8 = 0x25;
const CHECKS: usize = 4;

/// Coefficients of (x - a)(x - a²)(x - a³)(x - a⁴) below x⁴, from x³ down.
const GENERATOR: [u8; CHECKS] = generator();

const fn multiply(a: u8, b: u8) -> u8 {
    let (mut product, mut bit) = (0_u8, 0);
    while bit < 5 {
        product = times_a(product) ^ (a & 0_u8.wrapping_sub(b >> (4 - bit) & 1));
        bit += 1;
    }
    product
}

const fn times_a(value: u8) -> u8 {
    let shifted = value << 1;
    shifted ^ (REDUCTION & 0_u8.wrapping_sub(shifted >> 5 & 1))
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, with constant indices")]
const fn generator() -> [u8; CHECKS] {
    // (x - r) times a polynomial, for r = a, a², a³, a⁴; minus is plus here.
    let mut g = [0, 0, 0, 0, 1];
    let (mut root, mut factor) = (1_u8, 0);
    while factor < CHECKS {
        root = times_a(root);
        let mut at = 0;
        while at < CHECKS {
            g[at] = g[at + 1] ^ multiply(g[at], root);
            at += 1;
        }
        g[CHECKS] = multiply(g[CHECKS], root);
        factor += 1;
    }
    // Multiplying by x shifted the leading 1 out of the left end.
    [g[1], g[2], g[3], g[4]]
}

/// Returns the four check symbols of `message`.
pub(super) fn checks(message: impl IntoIterator<Item = u8>) -> [u8; CHECKS] {
    let mut state = [0_u8; CHECKS];
    for symbol in message {
        let [first, second, third, fourth] = state;
        let feedback = symbol ^ first;
        let [g3, g2, g1, g0] = GENERATOR;
        state = [
            second ^ multiply(g3, feedback),
            third ^ multiply(g2, feedback),
            fourth ^ multiply(g1, feedback),
            multiply(g0, feedback),
        ];
    }
    state
}

/// Returns the value of the code word at a, a², a³ and a⁴: all zero if it is correct.
pub(super) fn syndromes(word: &[u8; 25]) -> [u8; CHECKS] {
    let mut sums = [0_u8; CHECKS];
    for symbol in word {
        let [s1, s2, s3, s4] = sums;
        sums = [
            times_a(s1) ^ symbol,
            times_a(times_a(s2)) ^ symbol,
            times_a(times_a(times_a(s3))) ^ symbol,
            times_a(times_a(times_a(times_a(s4)))) ^ symbol,
        ];
    }
    sums
}

/// Returns the place of the wrong symbol, if the syndromes are those of a single one.
pub(super) fn single_error(syndromes: [u8; CHECKS]) -> Option<usize> {
    let [s1, s2, s3, s4] = syndromes;
    let mut power = 1_u8;
    for exponent in 0..25 {
        let grows = |from: u8, to: u8| multiply(from, power) == to;
        if s1 != 0 && grows(s1, s2) && grows(s2, s3) && grows(s3, s4) {
            return Some(24 - exponent);
        }
        power = times_a(power);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word() -> [u8; 25] {
        let mut word = [0_u8; 25];
        for (symbol, value) in word.iter_mut().zip([1, 31, 7, 0, 12, 30, 5].into_iter().cycle()) {
            *symbol = value;
        }
        let check = checks(word[..21].iter().copied());
        word[21..].copy_from_slice(&check);
        word
    }

    #[test]
    fn a_word_with_its_checks_is_correct() {
        assert_eq!(syndromes(&word()), [0; 4]);
    }

    #[test]
    fn every_one_and_two_wrong_symbols_are_detected_and_one_is_located() {
        let good = word();
        for (i, j) in (0..25).flat_map(|i| (0..25).map(move |j| (i, j))) {
            for (di, dj) in (1..32).flat_map(|a| [(a, 32 - a), (a, a)]) {
                let mut bad = good;
                bad[i] ^= di;
                if i == j {
                    assert_eq!(single_error(syndromes(&bad)), Some(i));
                } else {
                    bad[j] ^= dj;
                    assert_ne!(syndromes(&bad), [0; 4]);
                    assert_eq!(single_error(syndromes(&bad)), None);
                }
            }
        }
    }

    #[test]
    fn random_errors_of_three_and_four_symbols_are_detected() {
        let good = word();
        let mut state = 1_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from((state >> 8) % below).expect("small")
        };
        for _ in 0..200_000 {
            let mut bad = good;
            for _ in 0..4 {
                let (at, change) = (next(25), next(32));
                bad[at] ^= u8::try_from(change).expect("small");
            }
            assert!(bad == good || syndromes(&bad) != [0; 4]);
        }
    }
}
