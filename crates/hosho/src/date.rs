//! Civil dates in Japan and instants in UTC (spec section 5).

use core::fmt;

use crate::error::{ParseError, ParseErrorKind as Kind};

const SECONDS_A_DAY: u64 = 86_400;
/// Japan is nine hours ahead of UTC and has no daylight saving time.
const JAPAN_AHEAD: u64 = 9 * 3_600;

/// A civil date in Japan.
///
/// Invariant: 1970-01-01 to 9999-12-31, as a day count (spec R-DATE-1, RFC 8943).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date(u32);

impl Date {
    /// The last date, 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// Reads a day count from 1970-01-01.
    pub fn from_days(days: u32) -> Result<Self, ParseError> {
        if days > Self::MAX.0 {
            return Err(Kind::Date.into());
        }
        Ok(Self(days))
    }

    /// Reads a date of the Gregorian calendar, refusing days that do not exist.
    pub fn from_ymd(year: u16, month: u8, day: u8) -> Result<Self, ParseError> {
        if !(1970..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || day == 0
            || day > days_in_month(year, month)
        {
            return Err(Kind::Date.into());
        }
        // Counting from March puts the leap day at the end of a year.
        let (y, m) = if month > 2 {
            (u32::from(year), u32::from(month) - 3)
        } else {
            (u32::from(year) - 1, u32::from(month) + 9)
        };
        let day_of_year = (153 * m + 2) / 5 + u32::from(day) - 1;
        let days_before = y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;
        Self::from_days(days_before - DAYS_TO_1970_FROM_MARCH_OF_YEAR_0)
    }

    /// Reads `2025-06-20`, and no other spelling.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let [year @ .., b'-', m1, m0, b'-', d1, d0] = text.as_bytes() else {
            return Err(Kind::Date.into());
        };
        if year.len() != 4 {
            return Err(Kind::Date.into());
        }
        let year = digits(year)?;
        let month = u8::try_from(digits(&[*m1, *m0])?).unwrap_or(u8::MAX);
        let day = u8::try_from(digits(&[*d1, *d0])?).unwrap_or(u8::MAX);
        Self::from_ymd(year, month, day)
    }

    /// Returns the date it is in Japan at `instant`.
    ///
    /// For a clock only: a date of a certificate is never computed from an instant.
    pub fn in_japan(instant: UnixTime) -> Self {
        let days = (instant.seconds() + JAPAN_AHEAD) / SECONDS_A_DAY;
        u32::try_from(days).map_or(Self::MAX, |days| Self(days.min(Self::MAX.0)))
    }

    /// Returns the days since 1970-01-01.
    pub const fn days(self) -> u32 {
        self.0
    }

    /// Returns year, month and day.
    pub fn year_month_day(self) -> (u16, u8, u8) {
        let days = self.0 + DAYS_TO_1970_FROM_MARCH_OF_YEAR_0;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * m + 2) / 5 + 1;
        let month = if m < 10 { m + 3 } else { m - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2);
        (
            u16::try_from(year).unwrap_or(u16::MAX),
            u8::try_from(month).unwrap_or(u8::MAX),
            u8::try_from(day).unwrap_or(u8::MAX),
        )
    }

    /// Tells whether the day has ended, at 24:00 in Japan, by `instant`.
    pub(crate) fn has_ended_by(self, instant: UnixTime) -> bool {
        (u64::from(self.0) + 1) * SECONDS_A_DAY <= instant.seconds() + JAPAN_AHEAD
    }
}

const DAYS_TO_1970_FROM_MARCH_OF_YEAR_0: u32 = 719_468;

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(text: &[u8]) -> Result<u16, ParseError> {
    text.iter().try_fold(0_u16, |value, byte| match byte {
        b'0'..=b'9' => Ok(value * 10 + u16::from(byte - b'0')),
        _ => Err(Kind::Date.into()),
    })
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.year_month_day();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A span of days that holds both its ends.
///
/// Invariant: `from <= to` (spec R-DATE-2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// Makes a period, refusing one that ends before it begins.
    pub fn new(from: Date, to: Date) -> Result<Self, ParseError> {
        if from > to {
            return Err(Kind::Period.into());
        }
        Ok(Self { from, to })
    }

    /// Returns the first day.
    pub const fn from(self) -> Date {
        self.from
    }

    /// Returns the last day.
    pub const fn to(self) -> Date {
        self.to
    }
}

/// An instant, in seconds since 1970-01-01T00:00:00Z.
///
/// Invariant: up to 9999-12-31T23:59:59Z (spec R-TIME-1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The last instant, 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799);

    /// Reads a count of seconds.
    pub fn from_seconds(seconds: u64) -> Result<Self, ParseError> {
        if seconds > Self::MAX.0 {
            return Err(Kind::Time.into());
        }
        Ok(Self(seconds))
    }

    /// Reads `2026-11-22T03:04:05Z`, or decimal seconds.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map_or(Err(Kind::Time.into()), Self::from_seconds);
        }
        let wrong = ParseError::from(Kind::Time);
        let (date, clock) = text.split_once('T').ok_or(wrong)?;
        let date = Date::parse(date).map_err(|_| wrong)?;
        let &[h1, h0, b':', m1, m0, b':', s1, s0, b'Z'] = clock.as_bytes() else {
            return Err(wrong);
        };
        let part = |pair: &[u8], below: u16| match digits(pair) {
            Ok(value) if value < below => Ok(u64::from(value)),
            _ => Err(wrong),
        };
        let hours = part(&[h1, h0], 24)?;
        let (minutes, seconds) = (part(&[m1, m0], 60)?, part(&[s1, s0], 60)?);
        Self::from_seconds(
            u64::from(date.days()) * SECONDS_A_DAY + hours * 3_600 + minutes * 60 + seconds,
        )
    }

    /// Returns the seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = u32::try_from(self.0 / SECONDS_A_DAY).map_or(Date::MAX, Date);
        let second = self.0 % SECONDS_A_DAY;
        write!(f, "{day}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn counts_days_both_ways() {
        for days in (0..=Date::MAX.days()).step_by(13).chain([0, Date::MAX.days()]) {
            let date = Date::from_days(days).expect("in range");
            let (year, month, day) = date.year_month_day();
            assert_eq!(Date::from_ymd(year, month, day), Ok(date));
        }
        assert_eq!(Date::parse("1970-01-01").map(Date::days), Ok(0));
        assert_eq!(Date::parse("2026-11-22").map(Date::days), Ok(20_779));
        assert_eq!(Date::parse("9999-12-31"), Ok(Date::MAX));
    }

    #[test]
    fn refuses_days_that_do_not_exist() {
        for text in [
            "2025-02-29",
            "2100-02-29",
            "2025-04-31",
            "2025-13-01",
            "2025-00-10",
            "2025-01-00",
            "1969-12-31",
            "2025-1-1",
            "２０２５-01-01",
            "2025/01/01",
            "",
            "2025-01-01 ",
        ] {
            assert_eq!(Date::parse(text), Err(Kind::Date.into()), "{text}");
        }
        assert!(Date::parse("2024-02-29").is_ok());
        assert_eq!(Date::from_days(2_932_897), Err(Kind::Date.into()));
    }

    #[test]
    fn the_day_ends_at_midnight_in_japan() {
        let day = Date::parse("2026-01-10").expect("date");
        let before = UnixTime::parse("2026-01-10T14:59:59Z").expect("time");
        let after = UnixTime::parse("2026-01-10T15:00:00Z").expect("time");
        assert!(!day.has_ended_by(before));
        assert!(day.has_ended_by(after));
        assert_eq!(Date::in_japan(before), day);
        assert_eq!(Date::in_japan(after).to_string(), "2026-01-11");
    }

    #[test]
    fn reads_and_shows_instants() {
        let time = UnixTime::parse("2026-11-22T03:04:05Z").expect("time");
        assert_eq!(time.to_string(), "2026-11-22T03:04:05Z");
        assert_eq!(UnixTime::parse("1795316645"), Ok(time));
        for text in ["", "2026-11-22", "2026-11-22T24:00:00Z", "2026-11-22T03:04:05+09:00", "-1"] {
            assert_eq!(UnixTime::parse(text), Err(Kind::Time.into()), "{text}");
        }
    }

    #[test]
    fn a_period_may_be_one_day_but_not_less() {
        let (a, b) = (Date(5), Date(6));
        assert!(Period::new(a, a).is_ok());
        assert_eq!(Period::new(b, a), Err(Kind::Period.into()));
    }
}
