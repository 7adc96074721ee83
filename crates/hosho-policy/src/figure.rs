//! The figures of findings: exact, typed, never a float.

use std::fmt;

use hosho::{Date, Yen};
use hosho_display::{both_calendars, sum_of_yen};

/// A percentage in hundredths of a percent.
///
/// Invariant: 0 to 100 percent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Percent(u16);

impl Percent {
    /// How many of its units make a whole.
    const WHOLE: u16 = 10_000;

    /// Makes it from hundredths of a percent, refusing more than 100 percent.
    pub const fn from_hundredths(hundredths: u16) -> Option<Self> {
        if hundredths > Self::WHOLE { None } else { Some(Self(hundredths)) }
    }

    /// Makes it from whole percents; more than the whole is the whole.
    pub(crate) const fn of_hundred(part: u16) -> Self {
        if part > 100 { Self(Self::WHOLE) } else { Self(part * 100) }
    }

    /// Reads `40`, `12.5` or `33.33`, and no other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let one_spelling = whole.len() == 1 || !whole.starts_with('0');
        if !digits(whole) || whole.len() > 3 || !one_spelling || !digits(fraction) {
            return None;
        }
        let scale = match fraction.len() {
            1 => 10,
            2 => 1,
            _ => return None,
        };
        let hundredths = fraction.parse::<u16>().ok()?.checked_mul(scale)?;
        Self::from_hundredths(whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(hundredths)?)
    }

    /// Returns the hundredths of a percent.
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// Returns the whole yen that this share of `base` has, the rest cut off.
    pub(crate) fn floor_of(self, base: u64) -> u64 {
        let yen = u128::from(base) * u128::from(self.0) / u128::from(Self::WHOLE);
        // A share of at most 100 percent fits.
        u64::try_from(yen).unwrap_or(base)
    }

    /// Returns the least whole yen that are this share of `base`.
    pub(crate) fn ceil_of(self, base: u64) -> u64 {
        let yen = (u128::from(base) * u128::from(self.0)).div_ceil(u128::from(Self::WHOLE));
        u64::try_from(yen).unwrap_or(base)
    }

    /// Tells whether `amount` is more than this share of `base`, exactly.
    #[must_use]
    pub(crate) fn is_exceeded_by(self, amount: u64, base: u64) -> bool {
        u128::from(amount) * u128::from(Self::WHOLE) > u128::from(base) * u128::from(self.0)
    }

    /// Tells whether `amount` is less than this share of `base`, exactly.
    #[must_use]
    pub(crate) fn is_missed_by(self, amount: u64, base: u64) -> bool {
        u128::from(amount) * u128::from(Self::WHOLE) < u128::from(base) * u128::from(self.0)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole}%"),
            rest if rest.is_multiple_of(10) => write!(f, "{whole}.{}%", rest / 10),
            rest => write!(f, "{whole}.{rest:02}%"),
        }
    }
}

/// An exact ratio of two amounts, in lowest terms.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// Returns the ratio of `part` to `whole`.
    pub(crate) fn of(part: u64, whole: u64) -> Self {
        let divisor = greatest_common_divisor(part, whole).max(1);
        Self { numerator: part / divisor, denominator: whole / divisor }
    }

    /// Returns the upper number.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Returns the lower number, which is 0 where the whole is nothing.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

/// What a limit is taken of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Base {
    /// The amount planned for the fiscal year (出来高予定額).
    Planned,
    /// The contract price (請負代金額).
    Price,
}

/// What is compared with a limit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Payment {
    /// The advance (前払金).
    Advance,
    /// The interim advance (中間前払金).
    Interim,
    /// The first advance and the interim advance together.
    Total,
}

/// One figure of a finding.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Figure {
    /// Yen; a sum may be larger than one amount of a certificate can be.
    Amount(u64),
    /// What a limit is taken of.
    Base(Base),
    /// A day.
    Date(Date),
    /// What is compared with a limit.
    Payment(Payment),
    /// A limit or a threshold.
    Percent(Percent),
    /// What two amounts are to each other.
    Ratio(Ratio),
    /// A number or a fiscal year, as the certificate prints it.
    Text(String),
}

impl Figure {
    pub(crate) fn yen(amount: Yen) -> Self {
        Self::Amount(amount.amount())
    }

    pub(crate) fn to_japanese(&self) -> String {
        match self {
            Self::Base(Base::Planned) => "出来高予定額".to_owned(),
            Self::Base(Base::Price) => "請負代金額".to_owned(),
            Self::Payment(Payment::Advance) => "前払金額".to_owned(),
            Self::Payment(Payment::Interim) => "中間前払金額".to_owned(),
            Self::Payment(Payment::Total) => "前払金と中間前払金の合計額".to_owned(),
            other => other.to_neutral(),
        }
    }

    pub(crate) fn to_english(&self) -> String {
        match self {
            Self::Base(Base::Planned) => "planned amount".to_owned(),
            Self::Base(Base::Price) => "contract price".to_owned(),
            Self::Payment(Payment::Advance) => "advance".to_owned(),
            Self::Payment(Payment::Interim) => "interim advance".to_owned(),
            Self::Payment(Payment::Total) => "sum of advance and interim advance".to_owned(),
            other => other.to_neutral(),
        }
    }

    fn to_neutral(&self) -> String {
        match self {
            Self::Amount(amount) => sum_of_yen(*amount),
            Self::Date(day) => both_calendars(*day),
            Self::Percent(percent) => percent.to_string(),
            Self::Ratio(ratio) => ratio.to_string(),
            Self::Text(text) => text.clone(),
            Self::Base(_) | Self::Payment(_) => String::new(),
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Amount(amount) => (*amount).into(),
            Self::Base(Base::Planned) => "planned".into(),
            Self::Base(Base::Price) => "price".into(),
            Self::Date(day) => day.to_string().into(),
            Self::Payment(Payment::Advance) => "advance".into(),
            Self::Payment(Payment::Interim) => "interim".into(),
            Self::Payment(Payment::Total) => "total".into(),
            Self::Percent(percent) => percent.to_string().into(),
            Self::Ratio(ratio) => ratio.to_string().into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_has_one_spelling_and_at_most_two_decimals() {
        for (text, hundredths) in [
            ("0", 0),
            ("40", 4_000),
            ("12.5", 1_250),
            ("33.33", 3_333),
            ("0.01", 1),
            ("100", 10_000),
        ] {
            assert_eq!(Percent::parse(text), Some(Percent(hundredths)), "{text}");
        }
        for text in [
            "", "-1", "+1", "040", "1e1", "33.333", "100.01", "101", "1.", ".5", "1_0", "40%",
            "４０",
        ] {
            assert_eq!(Percent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_percentage_is_shown_without_needless_zeros() {
        let shown = |hundredths| Percent(hundredths).to_string();
        assert_eq!([shown(4_000), shown(1_250), shown(3_333)], ["40%", "12.5%", "33.33%"]);
        assert_eq!(shown(105), "1.05%");
    }

    #[test]
    fn comparisons_turn_at_the_exact_yen() {
        let forty = Percent(4_000);
        assert!(!forty.is_exceeded_by(52_800_000, 132_000_000));
        assert!(forty.is_exceeded_by(52_800_001, 132_000_000));
        assert!(!forty.is_missed_by(52_800_000, 132_000_000));
        assert!(forty.is_missed_by(52_799_999, 132_000_000));
        // 40 % of 132 000 001 is 52 800 000.4 yen.
        assert!(!forty.is_exceeded_by(52_800_000, 132_000_001));
        assert!(forty.is_exceeded_by(52_800_001, 132_000_001));
        assert_eq!(
            (forty.floor_of(132_000_001), forty.ceil_of(132_000_001)),
            (52_800_000, 52_800_001)
        );
    }

    #[test]
    fn the_largest_amounts_do_not_overflow() {
        let whole = Percent(10_000);
        assert_eq!(whole.floor_of(u64::MAX), u64::MAX);
        assert_eq!(whole.ceil_of(u64::MAX), u64::MAX);
        assert!(!whole.is_exceeded_by(u64::MAX, u64::MAX));
    }

    #[test]
    fn ratios_are_in_lowest_terms() {
        assert_eq!(Ratio::of(39_600_000, 79_200_000), Ratio { numerator: 1, denominator: 2 });
        assert_eq!(Ratio::of(0, 0), Ratio { numerator: 0, denominator: 0 });
        assert_eq!(Ratio::of(7, 0), Ratio { numerator: 1, denominator: 0 });
        assert_eq!(Ratio::of(58_000_000, 132_000_000).to_string(), "29/66");
    }
}
