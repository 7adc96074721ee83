//! Guarantee numbers and guarantor-ids: opaque names of a small alphabet.

use alloc::borrow::Cow;
use core::fmt;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::text::fold;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $min:literal..=$max:literal, $grammar:pat, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name<'a>(Cow<'a, str>);

        impl<'a> $name<'a> {
            /// The most bytes it can have.
            pub const MAX_LEN: usize = $max;

            /// Reads it, refusing any text outside the grammar.
            pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, ParseError> {
                let text = text.into();
                if text.len() < $min || text.len() > $max {
                    return Err($kind.into());
                }
                match text.bytes().position(|byte| !matches!(byte, $grammar)) {
                    Some(offset) => Err(ParseError::at($kind, offset)),
                    None => Ok(Self(text)),
                }
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the same name, owned.
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type! {
    /// The number a guarantor gives to one guarantee (保証契約番号), as printed on its certificate.
    ///
    /// Invariant: 1 to 64 bytes of `0-9 A-Z a-z -` (spec R-NUM-1). Nothing in it has a meaning.
    GuaranteeNumber, 1..=64, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-', Kind::Number
}

name_type! {
    /// The name of a guarantor inside every signed object.
    ///
    /// Invariant: 3 to 32 bytes of `a-z 0-9 -` (spec R-ID-1).
    GuarantorId, 3..=32, b'0'..=b'9' | b'a'..=b'z' | b'-', Kind::GuarantorId
}

impl GuaranteeNumber<'static> {
    /// The most bytes of typed text that are looked at.
    pub const MAX_TYPED_LEN: usize = 512;

    /// Reads a number that a person typed, in full-width forms, with any hyphen, with spaces
    /// (spec R-NUM-2).
    ///
    /// # Errors
    /// `E1-NUMBER` if what remains is not a guarantee number.
    pub fn fold(typed: &str) -> Result<Self, ParseError> {
        if typed.len() > Self::MAX_TYPED_LEN {
            return Err(Kind::NumberNotFolded.into());
        }
        let folded = fold(typed, |c| match c {
            c if is_hyphen(c) => Some('-'),
            c if c.is_whitespace() => None,
            c => Some(c),
        });
        Self::parse(folded).map_err(|_| Kind::NumberNotFolded.into())
    }
}

/// The hyphens and dashes that keyboards and documents put where a hyphen is meant.
pub(crate) fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{30fc}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff70}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_of_the_grammar_only() {
        assert!(GuaranteeNumber::parse("31-07-1-0000123-9").is_ok());
        for (text, offset) in [("", 0), ("31 07", 2), ("３１", 0), ("31_07", 2)] {
            let error = GuaranteeNumber::parse(text).expect_err("outside the grammar");
            assert_eq!((error.kind(), error.offset()), (Kind::Number, offset), "{text}");
        }
        assert_eq!(
            GuaranteeNumber::parse("1".repeat(65)).expect_err("too long").kind(),
            Kind::Number
        );
    }

    #[test]
    fn folds_what_people_type() {
        for typed in [
            "３１－０７－１－００００１２３－９",
            " 31-07-1-0000123-9 ",
            "31‐07−1ー0000123–9",
            "31- 07-1-\u{3000}0000123-9",
            "31ｰ07ｰ1ｰ0000123ｰ9",
        ] {
            let number = GuaranteeNumber::fold(typed).expect("folds");
            assert_eq!(number.as_str(), "31-07-1-0000123-9");
        }
    }

    #[test]
    fn keeps_the_case_of_letters() {
        assert_eq!(GuaranteeNumber::fold("Ａb-1").expect("folds").as_str(), "Ab-1");
    }

    #[test]
    fn refuses_typed_text_that_is_not_a_number() {
        for typed in ["", "第31号", "31/07", &"1".repeat(513)] {
            let error = GuaranteeNumber::fold(typed).expect_err("not a number");
            assert_eq!(error.kind(), Kind::NumberNotFolded);
        }
    }

    #[test]
    fn guarantor_ids_are_lower_case() {
        assert!(GuarantorId::parse("g-0123456789abcdef").is_ok());
        assert_eq!(GuarantorId::parse("G-01").expect_err("upper case").kind(), Kind::GuarantorId);
        assert_eq!(GuarantorId::parse("g1").expect_err("short").kind(), Kind::GuarantorId);
    }
}
