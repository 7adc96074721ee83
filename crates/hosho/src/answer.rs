//! Answers of an obligee: what only those who have the auth key can read (spec section 17).

use alloc::vec::Vec;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use zeroize::Zeroizing;

use crate::auth::AuthKey;
use crate::counter::Revision;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::number::GuaranteeNumber;
use crate::seal::OpenError;

/// The salt that an answer begins with.
const SALT_LEN: usize = 16;
/// The tag that it ends with (RFC 8439).
const TAG_LEN: usize = 16;

/// An answer whose form is right; nothing in it can be read.
///
/// It is `salt ‖ ciphertext`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SealedAnswer<'a> {
    bytes: &'a [u8],
    salt: &'a [u8; SALT_LEN],
    ciphertext: &'a [u8],
}

impl<'a> SealedAnswer<'a> {
    /// The most bytes that can be sealed (spec R-ANSWER-2).
    pub const MAX_CONTENT: usize = 4_096;
    /// The most bytes that a sealed answer can have (spec R-ANSWER-2).
    pub const MAX_LEN: usize = SALT_LEN + Self::MAX_CONTENT + TAG_LEN;

    /// Reads a sealed answer.
    ///
    /// # Errors
    /// `E3-LENGTH` if nothing can be in it, `E3-SIZE` if it is too large (spec R-ANSWER-1, R-ANSWER-2).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(Kind::Size.into());
        }
        match bytes.split_first_chunk() {
            Some((salt, ciphertext)) if ciphertext.len() > TAG_LEN => {
                Ok(Self { bytes, salt, ciphertext })
            }
            _ => Err(Kind::Length.into()),
        }
    }

    /// Returns the bytes that were read.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl AuthKey {
    /// Seals an answer to one revision of a guarantee; the same arguments give the same bytes.
    ///
    /// The salt is drawn at random, and must never be used for two different answers.
    ///
    /// # Errors
    /// `E3-LENGTH` if there is nothing to seal, `E3-SIZE` if it is more than 4 096 bytes.
    pub fn seal_answer(
        &self,
        number: &GuaranteeNumber<'_>,
        revision: Revision,
        content: &[u8],
        salt: [u8; 16],
    ) -> Result<Vec<u8>, ParseError> {
        if content.is_empty() {
            return Err(Kind::Length.into());
        }
        if content.len() > SealedAnswer::MAX_CONTENT {
            return Err(Kind::Size.into());
        }
        let aad = self.answer_context(number, revision);
        let payload = Payload { msg: content, aad: &aad };
        #[expect(clippy::expect_used, reason = "4 096 bytes is below the cipher's limit")]
        let ciphertext =
            self.answer_cipher(&salt).encrypt(&Nonce::from(NONCE), payload).expect("short content");
        Ok([salt.as_slice(), ciphertext.as_slice()].concat())
    }

    /// Opens an answer to one revision of a guarantee (spec R-ANSWER-3).
    ///
    /// # Errors
    /// One error for every reason: another key, another number, another revision, changed bytes.
    pub fn open_answer(
        &self,
        number: &GuaranteeNumber<'_>,
        revision: Revision,
        sealed: &SealedAnswer<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let aad = self.answer_context(number, revision);
        let payload = Payload { msg: sealed.ciphertext, aad: &aad };
        let content = self.answer_cipher(sealed.salt).decrypt(&Nonce::from(NONCE), payload);
        content.map(Zeroizing::new).map_err(|_| OpenError)
    }

    fn answer_cipher(&self, salt: &[u8; SALT_LEN]) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(<&Key>::from(&*self.answer_key(salt)))
    }

    /// The locator and the revision in eight bytes.
    fn answer_context(&self, number: &GuaranteeNumber<'_>, revision: Revision) -> [u8; 24] {
        let locator = self.locator(number);
        let place = u64::from(revision.number()).to_be_bytes();
        let mut context = [0; 24];
        let parts = locator.as_bytes().iter().chain(&place);
        context.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        context
    }
}

/// Each answer has a key of its own, by its salt.
const NONCE: [u8; 12] = [0; 12];

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AuthKey {
        AuthKey::parse(text).expect("a key")
    }

    #[test]
    fn opens_only_for_its_key_number_and_revision() {
        let ours = key("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD");
        let theirs = key("10JT6-4Z5E1-8H60F-XWX85-H6N6Y");
        let number = GuaranteeNumber::parse("31-07-1-0000123-9").expect("a number");
        let other = GuaranteeNumber::parse("31-07-1-0000124-6").expect("a number");
        let second = Revision::new(2).expect("a revision");
        let bytes = ours.seal_answer(&number, second, b"yes", [7; 16]).expect("sealed");
        let sealed = SealedAnswer::parse(&bytes).expect("its form");
        assert_eq!(sealed.as_bytes(), bytes);
        let opened = ours.open_answer(&number, second, &sealed).map(|content| content.to_vec());
        assert_eq!(opened, Ok(b"yes".to_vec()));
        for refused in [
            theirs.open_answer(&number, second, &sealed),
            ours.open_answer(&other, second, &sealed),
            ours.open_answer(&number, Revision::FIRST, &sealed),
        ] {
            assert_eq!(refused, Err(OpenError));
        }
    }

    #[test]
    fn refuses_a_change_of_any_bit() {
        let key = key("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD");
        let number = GuaranteeNumber::parse("1").expect("a number");
        let bytes = key.seal_answer(&number, Revision::FIRST, b"no", [9; 16]).expect("sealed");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let sealed = SealedAnswer::parse(&changed).expect("its form");
            let opened = key.open_answer(&number, Revision::FIRST, &sealed);
            assert_eq!(opened, Err(OpenError), "bit {bit}");
        }
    }

    #[test]
    fn refuses_what_is_empty_or_too_long() {
        let key = key("1SXAS-AAJCV-8GEE1-S4M3K-CJ1DD");
        let number = GuaranteeNumber::parse("1").expect("a number");
        let seal = |content: &[u8]| key.seal_answer(&number, Revision::FIRST, content, [0; 16]);
        assert_eq!(seal(b""), Err(Kind::Length.into()));
        assert_eq!(seal(&[b' '; SealedAnswer::MAX_CONTENT + 1]), Err(Kind::Size.into()));
        let longest = seal(&[b' '; SealedAnswer::MAX_CONTENT]).expect("the longest");
        assert_eq!(longest.len(), SealedAnswer::MAX_LEN);
        assert_eq!(SealedAnswer::parse(&longest).map(|_| ()), Ok(()));
        assert_eq!(SealedAnswer::parse(&[0; 32]), Err(Kind::Length.into()));
        assert_eq!(SealedAnswer::parse(&[0; SealedAnswer::MAX_LEN + 1]), Err(Kind::Size.into()));
    }
}
