use crate::date::Date;
use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::text::Text;

/// What an amendment changes (spec section 6.5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change<'a> {
    /// The kinds of change.
    pub kinds: ChangeKinds,
    /// Why (変更の理由).
    pub reason: Text<'a>,
    /// When the contract of the works was changed (変更契約日).
    pub contract_changed_on: Option<Date>,
    /// From when the revision governs, where that is not its issued-on day.
    pub effective_from: Option<Date>,
}

impl Change<'_> {
    /// Returns the same, owned.
    pub fn into_owned(self) -> Change<'static> {
        Change {
            kinds: self.kinds,
            reason: self.reason.into_owned(),
            contract_changed_on: self.contract_changed_on,
            effective_from: self.effective_from,
        }
    }
}

/// A kind of change (spec section 6.5), in the order of its code.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ChangeKind {
    /// The amount rises (増額).
    Increase,
    /// The amount falls (減額).
    Decrease,
    /// The period is extended (期間延長).
    Extension,
    /// The period is shortened (期間短縮).
    Shortening,
    /// An error is corrected (訂正).
    Correction,
    /// A party changes (名義変更).
    Novation,
    /// The guarantee ends from a day (解約).
    Termination,
    /// The guarantee was never in force (取消).
    Voidance,
    /// Only the auth key changes (認証キー再発行).
    Rekey,
}

impl ChangeKind {
    /// Every kind, in the order of its code.
    pub const ALL: [Self; 9] = [
        Self::Increase,
        Self::Decrease,
        Self::Extension,
        Self::Shortening,
        Self::Correction,
        Self::Novation,
        Self::Termination,
        Self::Voidance,
        Self::Rekey,
    ];

    pub(crate) const fn to_code(self) -> u8 {
        match self {
            Self::Increase => 1,
            Self::Decrease => 2,
            Self::Extension => 3,
            Self::Shortening => 4,
            Self::Correction => 5,
            Self::Novation => 6,
            Self::Termination => 7,
            Self::Voidance => 8,
            Self::Rekey => 9,
        }
    }

    pub(crate) fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::from(kind.to_code()) == code)
    }
}

/// The kinds of change of one amendment.
///
/// Invariant: at least one; voidance and rekey stand alone (spec R-CERT-8).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ChangeKinds(u16);

impl ChangeKinds {
    /// Makes the set, refusing an empty one, a kind named twice, and kinds that do not go together.
    pub fn new(kinds: impl IntoIterator<Item = ChangeKind>) -> Result<Self, ParseError> {
        let mut bits = 0_u16;
        for kind in kinds {
            let bit = 1_u16 << kind.to_code();
            if bits & bit != 0 {
                return Err(Kind::Change.into());
            }
            bits |= bit;
        }
        let set = Self(bits);
        let alone = set.contains(ChangeKind::Voidance) || set.contains(ChangeKind::Rekey);
        if bits == 0 || (alone && bits.count_ones() > 1) {
            return Err(Kind::Change.into());
        }
        Ok(set)
    }

    /// Tells whether `kind` is one of them.
    #[must_use]
    pub const fn contains(self, kind: ChangeKind) -> bool {
        self.0 & (1 << kind.to_code()) != 0
    }

    /// Returns the kinds in the order of their codes.
    pub fn iter(self) -> impl Iterator<Item = ChangeKind> {
        ChangeKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }

    pub(crate) fn len(self) -> usize {
        self.iter().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_go_together_except_voidance_and_rekey() {
        use ChangeKind::{Decrease, Extension, Increase, Rekey, Termination, Voidance};
        assert!(ChangeKinds::new([Extension, Increase]).is_ok());
        assert!(ChangeKinds::new([Termination, Decrease]).is_ok());
        assert!(ChangeKinds::new([Voidance]).is_ok());
        for kinds in [&[][..], &[Increase, Increase], &[Voidance, Decrease], &[Rekey, Voidance]] {
            assert_eq!(
                ChangeKinds::new(kinds.iter().copied()),
                Err(Kind::Change.into()),
                "{kinds:?}"
            );
        }
    }

    #[test]
    fn codes_are_those_of_the_spec() {
        for (kind, code) in ChangeKind::ALL.into_iter().zip(1..) {
            assert_eq!(u64::from(kind.to_code()), code);
            assert_eq!(ChangeKind::from_code(code), Some(kind));
        }
        assert_eq!(ChangeKind::from_code(0), None);
        assert_eq!(ChangeKind::from_code(10), None);
    }
}
