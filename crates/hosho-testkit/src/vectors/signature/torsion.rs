//! Points of small and of mixed order, and encodings that are not canonical.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use hosho::Signer as _;

use crate::world::secret_key;

/// L, the order of the prime-order subgroup, little endian.
pub(in crate::vectors) const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Returns `2^255 - 19 + more`, little endian, with the sign bit if it is asked for.
fn beyond_prime(more: u8, sign: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed + more;
    bytes[31] = 0x7f | sign << 7;
    bytes
}

/// Returns the points whose order divides eight, without the neutral one.
pub(in crate::vectors) fn torsion_points() -> Vec<(String, EdwardsPoint)> {
    let points = EIGHT_TORSION.iter().enumerate().skip(1);
    points.map(|(at, point)| (format!("torsion-{at}"), *point)).collect()
}

/// Returns every encoding of a point of small order, canonical or not.
pub(in crate::vectors) fn small_order_encodings() -> Vec<(String, [u8; 32])> {
    let canonical = EIGHT_TORSION.iter().enumerate();
    let mut all: Vec<_> = canonical
        .map(|(at, point)| (format!("small-order-{at}"), point.compress().to_bytes()))
        .collect();
    let mut one = [0; 32];
    one[0] = 1;
    one[31] = 0x80;
    all.push(("neutral-negative".into(), one));
    let mut minus_one = beyond_prime(0, 1);
    minus_one[0] = 0xec;
    all.push(("order-2-negative".into(), minus_one));
    all.push(("order-4-as-p".into(), beyond_prime(0, 0)));
    all.push(("order-4-as-p-negative".into(), beyond_prime(0, 1)));
    all.push(("neutral-as-p-plus-1".into(), beyond_prime(1, 0)));
    all.push(("neutral-as-p-plus-1-negative".into(), beyond_prime(1, 1)));
    all
}

/// Returns keys that R-SIG-3 refuses.
pub(in crate::vectors) fn refused_keys() -> Vec<(String, [u8; 32])> {
    let mut keys = small_order_encodings();
    let key = *secret_key("vectors/mixed").public_key().as_bytes();
    let point = curve25519_dalek::edwards::CompressedEdwardsY(key).decompress().expect("a point");
    for (id, torsion) in torsion_points() {
        keys.push((format!("mixed-{id}"), (point + torsion).compress().to_bytes()));
    }
    // y = p + 3 and the like are points of large order when y = 3 and the like are.
    for more in 2..=18 {
        let decoded =
            curve25519_dalek::edwards::CompressedEdwardsY(beyond_prime(more, 0)).decompress();
        if decoded.is_some() {
            keys.push((format!("y-as-p-plus-{more}"), beyond_prime(more, 0)));
        }
    }
    let mut two = [0; 32];
    two[0] = 2;
    keys.push(("not-on-curve".into(), two));
    keys.push(("all-ones".into(), [0xff; 32]));
    keys
}
