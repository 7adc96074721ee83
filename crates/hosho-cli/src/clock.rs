//! The time: the system's, or the one that `--now` fixes.

use std::time::{SystemTime, UNIX_EPOCH};

use hosho::UnixTime;

/// What is said of a value that is no time.
pub(crate) const FORM: &str = "expected a time such as 2026-11-22T03:04:05Z or seconds since 1970";
/// The same in Japanese.
pub(crate) const FORM_JA: &str =
    "2026-11-22T03:04:05Z の形又は 1970 年からの秒数で指定してください";

/// Returns the system's time, or nothing when it lies before 1970 or after 9999.
pub fn now() -> Option<UnixTime> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    UnixTime::from_seconds(since.as_secs()).ok()
}

/// Reads the value of `--now`: `2026-11-22T03:04:05Z` or seconds since 1970.
///
/// # Errors
/// A phrase for the parser of arguments, which names the option itself.
pub fn parse_time(text: &str) -> Result<UnixTime, String> {
    UnixTime::parse(text).map_err(|_| FORM.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_time_in_both_spellings() {
        let seconds = UnixTime::from_seconds(1_795_316_645).unwrap();
        assert_eq!(parse_time("2026-11-22T03:04:05Z"), Ok(seconds));
        assert_eq!(parse_time("1795316645"), Ok(seconds));
    }

    #[test]
    fn refuses_a_time_without_zone_and_names_the_form() {
        let phrase = "expected a time such as 2026-11-22T03:04:05Z or seconds since 1970";
        assert_eq!(parse_time("2026-11-22 03:04:05"), Err(phrase.to_owned()));
    }

    #[test]
    fn reads_the_systems_clock() {
        // The day this test was written: an earlier answer would be a broken clock.
        assert!(now().unwrap() > UnixTime::from_seconds(1_700_000_000).unwrap());
    }
}
