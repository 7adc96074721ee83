//! Numbers that count something: amounts, revisions, epochs, serials, sequences, indices.

use core::fmt;

use crate::error::{ParseError, ParseErrorKind as Kind};

macro_rules! counter_type {
    ($(#[$doc:meta])* $name:ident($int:ty), $getter:ident, $range:expr, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name($int);

        impl $name {
            /// Makes it, refusing a number out of range.
            pub fn new(number: $int) -> Result<Self, ParseError> {
                if !$range.contains(&number) {
                    return Err($kind.into());
                }
                Ok(Self(number))
            }

            /// Returns the number.
            pub const fn $getter(self) -> $int {
                self.0
            }

            pub(crate) fn from_uint(number: u64) -> Result<Self, ParseError> {
                match <$int>::try_from(number) {
                    Ok(number) => Self::new(number),
                    Err(_) => Err($kind.into()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

macro_rules! rising {
    ($($name:ident),*) => {$(
        impl $name {
            /// The first one, 1.
            pub const FIRST: Self = Self(1);

            /// Returns the next one, if the range holds it.
            pub fn next(self) -> Option<Self> {
                self.0.checked_add(1).and_then(|number| Self::new(number).ok())
            }
        }
    )*};
}

counter_type! {
    /// An amount in whole yen.
    ///
    /// Invariant: at most 9 999 999 999 999 (spec R-YEN-1), which a double holds exactly.
    Yen(u64), amount, 0..=9_999_999_999_999, Kind::Yen
}

counter_type! {
    /// Which full state of a guarantee a certificate holds.
    ///
    /// Invariant: 1 (the original) to 65 535 (spec R-REV-1).
    Revision(u16), number, 1..=u16::MAX, Kind::Revision
}

counter_type! {
    /// Which auth master key an auth key was derived from.
    ///
    /// Invariant: 1 to 4 294 967 295 (spec R-CERT-9).
    Epoch(u32), number, 1..=u32::MAX, Kind::Binding
}

counter_type! {
    /// Which of the auth keys of one guarantee it is: a rekey takes the next.
    ///
    /// Invariant: 1 to 4 294 967 295 (spec R-CERT-9).
    Serial(u32), number, 1..=u32::MAX, Kind::Binding
}

counter_type! {
    /// The place of a trust bundle or of a status snapshot in its series.
    ///
    /// Invariant: 1 to 9 007 199 254 740 991 (spec R-SEQ-1), which a double holds exactly.
    Sequence(u64), number, 1..=9_007_199_254_740_991, Kind::Sequence
}

counter_type! {
    /// A status list of a guarantor.
    ///
    /// Invariant: 1 to 65 535 (spec R-CERT-10).
    ListNumber(u16), number, 1..=u16::MAX, Kind::StatusReference
}

counter_type! {
    /// The place of one revision in a status list.
    ///
    /// Invariant: 0 to 131 071 (spec R-CERT-10).
    StatusIndex(u32), number, 0..=131_071, Kind::StatusReference
}

counter_type! {
    /// A member's share in a joint venture, in hundredths of a percent.
    ///
    /// Invariant: 1 to 10 000 (spec R-CERT-7).
    Share(u16), basis_points, 1..=10_000, Kind::Members
}

rising!(Revision, Epoch, Serial, Sequence, ListNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_ends_and_no_more() {
        assert!(Yen::new(9_999_999_999_999).is_ok());
        assert_eq!(Yen::new(10_000_000_000_000), Err(Kind::Yen.into()));
        assert_eq!(Revision::new(0), Err(Kind::Revision.into()));
        assert_eq!(Revision::from_uint(65_536), Err(Kind::Revision.into()));
        assert_eq!(StatusIndex::new(131_072), Err(Kind::StatusReference.into()));
        assert_eq!(Share::new(10_001), Err(Kind::Members.into()));
        assert_eq!(Sequence::new(1 << 53), Err(Kind::Sequence.into()));
    }

    #[test]
    fn the_last_one_has_no_next() {
        assert_eq!(Revision::FIRST.next().map(Revision::number), Some(2));
        assert_eq!(Revision::new(u16::MAX).expect("in range").next(), None);
    }
}
