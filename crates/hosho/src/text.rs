//! Text as certificates hold it (spec R-TEXT-1 to R-TEXT-5).

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use unicode_normalization::is_nfc;

use crate::error::{ParseError, ParseErrorKind as Kind};

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name<'a>(Cow<'a, [u8]>);

        impl<'a> $name<'a> {
            /// The most bytes it can have (spec R-TEXT-4).
            pub const MAX_LEN: usize = $max;

            /// Reads a text, refusing what the rules do not allow; nothing is normalised.
            pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, ParseError> {
                match text.into() {
                    Cow::Borrowed(text) => Self::parse_utf8(text.as_bytes()),
                    Cow::Owned(text) => {
                        check(text.as_bytes(), Self::MAX_LEN)?;
                        Ok(Self(Cow::Owned(text.into_bytes())))
                    }
                }
            }

            /// Reads a text from bytes, which may not be UTF-8 (spec R-CBOR-7).
            #[inline]
            pub(crate) fn parse_utf8(bytes: &'a [u8]) -> Result<Self, ParseError> {
                check(bytes, Self::MAX_LEN)?;
                Ok(Self(Cow::Borrowed(bytes)))
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                checked_before(&self.0)
            }

            /// Returns the bytes of the text, for an encoder.
            pub(crate) fn as_utf8(&self) -> &[u8] {
                &self.0
            }

            /// Returns the same text, owned.
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

text_type! {
    /// A text of a certificate, such as a name or an address.
    ///
    /// Invariant: 1 to 512 bytes in normalization form C, without invisible or control characters
    /// and without white space at its ends (spec R-TEXT-1 to R-TEXT-5).
    Text, 512
}

text_type! {
    /// A short text of a certificate: a role, a category or a fiscal year.
    ///
    /// Invariant: that of [`Text`], with 1 to 64 bytes.
    ShortText, 64
}

/// A text keeps bytes, so that reading one does not take the standard library's pass over UTF-8
/// besides our own; whoever looks at the text pays for it.
#[expect(clippy::expect_used, reason = "the constructors take UTF-8 only")]
fn checked_before(utf8: &[u8]) -> &str {
    core::str::from_utf8(utf8).expect("UTF-8")
}

#[inline]
fn check(bytes: &[u8], max: usize) -> Result<(), ParseError> {
    let fits = !bytes.is_empty() && bytes.len() <= max;
    if fits && is_plain(bytes) && !begins_or_ends_with_space(bytes) {
        return Ok(());
    }
    check_each(bytes, max)
}

/// Checks every character; for what is not plain text, or is refused.
#[cold]
fn check_each(bytes: &[u8], max: usize) -> Result<(), ParseError> {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(ParseError::at(Kind::Utf8, error.valid_up_to())),
    };
    if text.is_empty() || text.len() > max {
        return Err(Kind::TextLength.into());
    }
    let mut before = ' ';
    for (offset, c) in text.char_indices() {
        judge(before, c).map_err(|kind| ParseError::at(kind, offset))?;
        before = c;
    }
    if text.starts_with(char::is_whitespace) {
        return Err(Kind::TextSpace.into());
    }
    if before.is_whitespace() {
        return Err(ParseError::at(Kind::TextSpace, text.len() - before.len_utf8()));
    }
    if !is_nfc(text) {
        return Err(Kind::TextNotNormal.into());
    }
    Ok(())
}

/// Tells whether `bytes` are UTF-8 of characters that are allowed anywhere and leave the form C of
/// their surroundings alone: starters that neither decompose nor compose with what stands before
/// them. Nearly all text of certificates is such.
///
/// It looks at encodings without decoding them, because checking text is most of the work of
/// reading a certificate.
fn is_plain(mut bytes: &[u8]) -> bool {
    loop {
        bytes = match bytes {
            [] => return true,
            [0x20..=0x7e, rest @ ..] => rest,
            [first, second, third, rest @ ..] if is_plain_of_three(*first, *second, *third) => rest,
            _ => return false,
        }
    }
}

#[inline]
fn is_plain_of_three(first: u8, second: u8, third: u8) -> bool {
    // Both go on with the bits 10.
    if ((second ^ 0x80) | (third ^ 0x80)) >= 0x40 {
        return false;
    }
    // Han from U+5000, the most frequent.
    if matches!(first, 0xe5..=0xe9) {
        return true;
    }
    match (first, second) {
        // CJK punctuation, up to the tone marks U+302A
        (0xe3, 0x80) => third < 0xaa,
        // Kana, but for the combining voiced marks U+3099 and U+309A
        (0xe3, 0x82) => third != 0x99 && third != 0x9a,
        // half-width forms, up to U+FF9F
        (0xef, 0xbe) => third < 0xa0,
        // Kana; Han from U+3400, but for the hexagrams from U+4DC0; full-width forms
        (0xe3, 0x81 | 0x83 | 0x90..) | (0xe4, ..=0xb6 | 0xb8..) | (0xef, 0xbc | 0xbd) => true,
        _ => false,
    }
}

/// White space among plain characters is the ASCII and the ideographic one.
fn begins_or_ends_with_space(plain: &[u8]) -> bool {
    matches!(plain, [b' ', ..] | [.., b' '] | [0xe3, 0x80, 0x80, ..] | [.., 0xe3, 0x80, 0x80])
}

fn judge(before: char, c: char) -> Result<(), Kind> {
    match c {
        '\u{fe00}'..='\u{fe0f}' => Err(Kind::TextVariation),
        '\u{e0100}'..='\u{e01ef}' if !is_han(before) => Err(Kind::TextVariation),
        '\u{e0100}'..='\u{e01ef}' => Ok(()),
        _ if is_refused(c) => Err(Kind::TextCharacter),
        _ => Ok(()),
    }
}

fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// The classes of spec R-TEXT-2.
fn is_refused(c: char) -> bool {
    let code = u32::from(c);
    let noncharacter = code & 0xfffe == 0xfffe || matches!(code, 0xfdd0..=0xfdef);
    noncharacter
        || matches!(c,
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'                      // controls
            | '\u{61c}' | '\u{200e}' | '\u{200f}'                         // bidirectional
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}'              // invisible
            | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{2028}' | '\u{2029}'                                     // separators
            | '\u{e0000}'..='\u{e007f}'                                   // tags
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}'        // private use
        )
}

/// Folds what a person typed before it is compared: NFKC, then `keep` decides on each character.
pub(crate) fn fold(typed: &str, keep: impl Fn(char) -> Option<char>) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    typed.nfkc().filter_map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (Kind, usize) {
        let error = Text::parse(text).expect_err("must be refused");
        (error.kind(), error.offset())
    }

    #[test]
    fn accepts_registered_names_with_rare_kanji() {
        for text in ["髙橋", "山﨑", "𠮷野家", "葛\u{e0100}飾", "株式会社 架空・建設(JV)", "ガ行"]
        {
            assert_eq!(Text::parse(text).expect("accepted").as_str(), text);
        }
    }

    #[test]
    fn refuses_text_that_is_not_nfc_and_does_not_normalise_it() {
        assert_eq!(refusal("\u{fa19}"), (Kind::TextNotNormal, 0));
        assert_eq!(refusal("か\u{3099}"), (Kind::TextNotNormal, 0));
        assert_eq!(refusal("e\u{301}"), (Kind::TextNotNormal, 0));
    }

    #[test]
    fn refuses_every_code_point_of_every_refused_class() {
        let classes: &[(u32, u32)] = &[
            (0, 0x1f),
            (0x7f, 0x9f),
            (0x61c, 0x61c),
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x206f),
            (0xad, 0xad),
            (0x34f, 0x34f),
            (0x115f, 0x1160),
            (0x17b4, 0x17b5),
            (0x180b, 0x180f),
            (0x2800, 0x2800),
            (0x3164, 0x3164),
            (0xfeff, 0xfeff),
            (0xffa0, 0xffa0),
            (0xfff9, 0xfffc),
            (0x1bca0, 0x1bca3),
            (0x1d173, 0x1d17a),
            (0xe0000, 0xe007f),
            (0xe000, 0xf8ff),
            (0xfdd0, 0xfdef),
            (0xfffe, 0xffff),
            (0x1_fffe, 0x1_ffff),
            (0xf_0000, 0xf_00ff),
            (0x10_fffe, 0x10_ffff),
        ];
        for code in classes.iter().flat_map(|(from, to)| *from..=*to) {
            let c = char::from_u32(code).expect("no surrogates");
            assert_eq!(refusal(&alloc::format!("甲{c}乙")), (Kind::TextCharacter, 3), "{code:x}");
        }
    }

    #[test]
    fn refuses_variation_selectors_that_follow_no_han_character() {
        assert_eq!(refusal("A\u{e0100}"), (Kind::TextVariation, 1));
        assert_eq!(refusal("\u{e0100}"), (Kind::TextVariation, 0));
        assert_eq!(refusal("葛\u{fe00}"), (Kind::TextVariation, 3));
        assert_eq!(refusal("葛\u{e0100}\u{e0100}"), (Kind::TextVariation, 7));
    }

    #[test]
    fn refuses_white_space_at_the_ends() {
        assert_eq!(refusal(" 甲"), (Kind::TextSpace, 0));
        assert_eq!(refusal("甲\u{3000}"), (Kind::TextSpace, 3));
        assert_eq!(refusal("甲\u{2003}"), (Kind::TextSpace, 3));
    }

    #[test]
    fn refuses_empty_and_too_long_text() {
        assert_eq!(refusal(""), (Kind::TextLength, 0));
        assert!(Text::parse("a".repeat(512)).is_ok());
        assert_eq!(refusal(&"a".repeat(513)), (Kind::TextLength, 0));
        let error = ShortText::parse("a".repeat(65)).expect_err("too long");
        assert_eq!(error.kind(), Kind::TextLength);
    }

    #[test]
    fn plain_characters_are_those_that_normalization_leaves_alone() {
        use unicode_normalization::char::canonical_combining_class;
        use unicode_normalization::{IsNormalized, is_nfc_quick};
        let plain = |c: &char| is_plain(c.encode_utf8(&mut [0; 4]).as_bytes());
        for c in (0..=0x10_ffff).filter_map(char::from_u32).filter(plain) {
            assert_eq!(is_nfc_quick(core::iter::once(c)), IsNormalized::Yes, "{c:?}");
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
            assert_eq!(judge(' ', c), Ok(()), "{c:?}");
            let text = alloc::format!("甲{c}乙");
            assert_eq!(check_each(text.as_bytes(), 512), Ok(()), "{c:?}");
        }
    }

    #[test]
    fn plain_bytes_are_utf8() {
        let triples = (0xe0..=0xff).flat_map(|a| (0..=0xff).map(move |b| (a, b)));
        for (a, b) in triples {
            for bytes in (0..=0xff).map(|c| [a, b, c]) {
                assert!(!is_plain(&bytes) || core::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
            }
            assert!(!is_plain(&[a, b]) && !is_plain(&[a]), "{a:x} {b:x}");
        }
        for byte in (0..0x20).chain(0x7f..=0xff) {
            assert!(!is_plain(&[byte]), "{byte:x}");
        }
    }

    #[test]
    fn refuses_bytes_that_are_not_utf8_before_anything_else() {
        for (bytes, offset) in [
            (&b"\xe7\x94"[..], 0),
            (b"a\xed\xa0\x80", 1),
            (b" \xc0\x80", 1),
            (b"\xe7\x94\xb2\xff", 3),
            (b"\xf5\x80\x80\x80", 0),
        ] {
            let error = Text::parse_utf8(bytes).expect_err("not UTF-8");
            assert_eq!((error.kind(), error.offset()), (Kind::Utf8, offset), "{bytes:x?}");
        }
        let error = Text::parse_utf8(&[0xff; 513]).expect_err("not UTF-8");
        assert_eq!((error.kind(), error.offset()), (Kind::Utf8, 0));
    }
}
