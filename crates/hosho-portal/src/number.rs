//! The numbers that the desk gives to guarantees: `31-07-1-0000123-9`.
//!
//! Office, fiscal year of Reiwa, kind, serial, check digit. Verifiers take a number as opaque: the
//! grammar is for people at the guarantor, and the check digit finds a slip in typing.

use hosho::{Date, GuaranteeKind, GuaranteeNumber};

/// Reiwa 1 is 2019.
const BEFORE_REIWA: u16 = 2018;
/// The first month of a fiscal year.
const APRIL: u8 = 4;

/// An office's numbers of one kind in one fiscal year.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NumberSeries {
    /// `31-07-1`
    prefix: String,
}

/// Why a number cannot be given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NumberError {
    /// The day is before Reiwa, or beyond its 99th year.
    Day,
    /// The office is not one or two digits or capital letters.
    Office,
    /// The serial needs more than seven digits.
    Serial,
}

impl NumberSeries {
    /// Returns the series of `kind` in the fiscal year of `day`.
    ///
    /// # Errors
    /// Which part is out of range.
    pub fn new(office: &str, kind: GuaranteeKind, day: Date) -> Result<Self, NumberError> {
        let in_grammar = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        if !(1..=4).contains(&office.len()) || !office.bytes().all(in_grammar) {
            return Err(NumberError::Office);
        }
        let (year, month, _) = day.year_month_day();
        let fiscal = if month < APRIL { year.saturating_sub(1) } else { year };
        let reiwa = fiscal.checked_sub(BEFORE_REIWA).filter(|year| (1..=99).contains(year));
        let reiwa = reiwa.ok_or(NumberError::Day)?;
        let kind = match kind {
            GuaranteeKind::Advance => 1,
            GuaranteeKind::Interim => 2,
            GuaranteeKind::Performance => 3,
        };
        Ok(Self { prefix: format!("{office}-{reiwa:02}-{kind}") })
    }

    /// Returns the name under which the serials of the series are counted.
    pub fn name(&self) -> String {
        format!("number/{}", self.prefix)
    }

    /// Returns the number of a serial.
    ///
    /// # Errors
    /// [`NumberError::Serial`] for 0 and above 9 999 999.
    pub fn number(&self, serial: u64) -> Result<GuaranteeNumber<'static>, NumberError> {
        if !(1..=9_999_999).contains(&serial) {
            return Err(NumberError::Serial);
        }
        let body = format!("{}-{serial:07}", self.prefix);
        let check = check_digit(&body);
        GuaranteeNumber::parse(format!("{body}-{check}")).map_err(|_| NumberError::Serial)
    }
}

/// Returns the digit that makes the sum of Luhn (ISO/IEC 7812-1, annex B) a multiple of ten; a
/// letter counts as its code does, hyphens not at all.
fn check_digit(body: &str) -> u32 {
    let values = body.chars().rev().filter(|c| *c != '-');
    let values = values.map(|c| c.to_digit(10).unwrap_or_else(|| u32::from(c) % 10));
    let sum: u32 = values
        .zip([true, false].into_iter().cycle())
        .map(|(value, doubled)| {
            let value = if doubled { value * 2 } else { value };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(day: &str, kind: GuaranteeKind) -> NumberSeries {
        NumberSeries::new("31", kind, Date::parse(day).unwrap()).unwrap()
    }

    #[test]
    fn numbers_are_those_of_the_samples() {
        for (day, kind, serial, number) in [
            ("2025-06-20", GuaranteeKind::Advance, 123, "31-07-1-0000123-9"),
            ("2025-07-08", GuaranteeKind::Advance, 145, "31-07-1-0000145-2"),
            ("2026-01-09", GuaranteeKind::Interim, 411, "31-07-2-0000411-7"),
            ("2025-06-13", GuaranteeKind::Performance, 98, "31-07-3-0000098-1"),
            ("2026-05-08", GuaranteeKind::Advance, 57, "31-08-1-0000057-7"),
        ] {
            assert_eq!(series(day, kind).number(serial).unwrap().as_str(), number);
        }
    }

    #[test]
    fn the_fiscal_year_begins_in_april() {
        assert_eq!(series("2026-03-31", GuaranteeKind::Advance).name(), "number/31-07-1");
        assert_eq!(series("2026-04-01", GuaranteeKind::Advance).name(), "number/31-08-1");
    }

    #[test]
    fn refuses_what_has_no_place_in_a_number() {
        let day = |text| Date::parse(text).unwrap();
        let new = |office, on| NumberSeries::new(office, GuaranteeKind::Advance, day(on));
        assert_eq!(new("", "2026-05-08"), Err(NumberError::Office));
        assert_eq!(new("3-1", "2026-05-08"), Err(NumberError::Office));
        assert_eq!(new("31", "2019-03-31"), Err(NumberError::Day));
        let series = series("2026-05-08", GuaranteeKind::Advance);
        assert_eq!(series.number(0), Err(NumberError::Serial));
        assert_eq!(series.number(10_000_000), Err(NumberError::Serial));
    }

    #[test]
    fn one_wrong_digit_changes_the_check_digit() {
        let right = check_digit("31-07-1-0000123");
        for wrong in ["31-07-1-0000124", "31-08-1-0000123", "31-07-2-0000123", "13-07-1-0000123"] {
            assert_ne!(check_digit(wrong), right, "{wrong}");
        }
    }
}
