//! Sealing of anything, which `hosho` does not do: written once more from spec sections 8 and 9.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use hosho::{AuthKey, GuaranteeNumber, Revision, SealNonce};
use sha2::{Digest as _, Sha256};

use crate::hostile::Node;

/// Returns the 13 bytes of the secret, read from the text of the key (spec section 8.1).
fn secret(key: &AuthKey) -> [u8; 13] {
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let text = key.expose_text();
    let symbols = text.as_str().chars().filter(|c| *c != '-').skip(1).take(20);
    let bits = symbols.fold(0_u128, |bits, c| {
        let symbol = ALPHABET.find(c).expect("a symbol");
        bits << 5 | u128::try_from(symbol).expect("small")
    });
    let bytes = (bits << 4).to_be_bytes();
    *bytes.last_chunk::<13>().expect("16 bytes")
}

/// Returns `commit`, `k_enc` or `k_answer` (spec section 8.4).
pub(crate) fn expand(key: &AuthKey, label: &str, salt: &[u8; 16]) -> [u8; 32] {
    let info = Node::Array(vec![Node::text(label), Node::int(24), Node::bytes(*salt)]);
    let extract_salt = Sha256::digest("hosho/v1/code-extract");
    let mut output = [0; 32];
    Hkdf::<Sha256>::new(Some(&extract_salt), &secret(key))
        .expand(&info.encode().0, &mut output)
        .expect("a short output");
    output
}

/// Seals any bytes for a key.
pub(super) fn seal_bytes(key: &AuthKey, nonce: &SealNonce, content: &[u8]) -> Vec<u8> {
    let parameters = Node::Array(vec![
        Node::int(1),
        Node::bytes(nonce.salt),
        Node::bytes(expand(key, "hosho/v1/commit", &nonce.salt)),
    ]);
    let protected = Node::Map(vec![
        (Node::int(1), Node::int(24)),
        (Node::int(16), Node::text("application/vnd.hosho.sealed+cose")),
        (Node::int(-65_537), parameters),
    ]);
    let protected = protected.encode().0;
    let structure =
        Node::Array(vec![Node::text("Encrypt0"), Node::bytes(protected.clone()), Node::bytes([])]);
    let cipher = ChaCha20Poly1305::new(&expand(key, "hosho/v1/enc", &nonce.salt).into());
    let payload = Payload { msg: content, aad: &structure.encode().0 };
    let ciphertext = cipher.encrypt(&Nonce::from(nonce.iv), payload).expect("a short plaintext");
    let unprotected = Node::Map(vec![(Node::int(5), Node::bytes(nonce.iv))]);
    let items = vec![Node::bytes(protected), unprotected, Node::bytes(ciphertext)];
    Node::Tag(16, Box::new(Node::Array(items))).encode().0
}

/// Seals an answer to a revision of a guarantee (spec section 17).
pub(crate) fn answer_by_hand(
    key: &AuthKey,
    number: &GuaranteeNumber<'_>,
    revision: Revision,
    content: &[u8],
    salt: &[u8; 16],
) -> Vec<u8> {
    let place = u64::from(revision.number()).to_be_bytes();
    let additional = [key.locator(number).as_bytes().as_slice(), &place].concat();
    let secret = expand(key, "hosho/v1/answer", salt);
    let ciphertext = encrypt_answer(&secret, &[0; 12], &additional, content);
    [salt.as_slice(), &ciphertext].concat()
}

/// Encrypts with any key, nonce and additional data.
pub(super) fn encrypt_answer(
    key: &[u8; 32],
    nonce: &[u8; 12],
    additional: &[u8],
    content: &[u8],
) -> Vec<u8> {
    let payload = Payload { msg: content, aad: additional };
    let cipher = ChaCha20Poly1305::new(key.into());
    cipher.encrypt(&Nonce::from(*nonce), payload).expect("a short plaintext")
}
