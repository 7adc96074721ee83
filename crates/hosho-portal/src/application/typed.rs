//! What people type for texts, amounts, days and shares, read without being particular.
//!
//! Full-width characters, separators and the Japanese calendar are understood. What could mean
//! two things is refused rather than guessed; whether a value fits a request is judged later.

use std::iter;

use hosho::{Date, GuaranteeNumber};
use unicode_normalization::UnicodeNormalization as _;

/// What could not be read, and so what to type instead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unreadable {
    /// No amount of yen.
    Amount,
    /// No day.
    Day,
    /// A day after the end, or before the beginning, of the era that was named.
    Era,
    /// A kanji that certificates write in another form.
    Kanji {
        /// As typed.
        typed: char,
        /// The form that certificates hold.
        standard: char,
    },
    /// An amount below 0.
    Negative,
    /// A day that the calendar does not have.
    NoSuchDay,
    /// No percentage with at most two decimals.
    Share,
    /// A year of two digits without an era.
    Year,
}

/// An era, and its first and last days.
struct Era {
    names: [&'static str; 2],
    before: u16,
    first: (u16, u8, u8),
    last: (u16, u8, u8),
}

/// The eras in which contracts of our day were concluded.
const ERAS: [Era; 2] = [
    Era { names: ["令和", "R"], before: 2018, first: (2019, 5, 1), last: (9999, 12, 31) },
    Era { names: ["平成", "H"], before: 1988, first: (1989, 1, 8), last: (2019, 4, 30) },
];

/// Returns a text as certificates hold it: without white space and invisible characters at its
/// ends, and with letters and marks composed.
///
/// Kanji are never replaced (spec R-TEXT-1): names are registered with them.
pub(super) fn text(typed: &str) -> Result<String, Unreadable> {
    let edge = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}');
    let trimmed = typed.trim_matches(edge);
    for typed in trimmed.chars() {
        let mut standard = iter::once(typed).nfc();
        if let (Some(standard), None) = (standard.next(), standard.next())
            && standard != typed
        {
            return Err(Unreadable::Kanji { typed, standard });
        }
    }
    Ok(trimmed.nfc().collect())
}

/// Returns the number of a guarantee, in half-width characters and without spaces.
pub(super) fn number(typed: &str) -> String {
    let dashed = dashed(typed);
    // What is too long stays so, and is refused.
    dashed.chars().take(4 * GuaranteeNumber::MAX_LEN).collect()
}

/// Reads `132000000`, `132,000,000`, `￥１３２，０００，０００－`, `金132,000,000円也` or `1億3,200万円`.
pub(super) fn yen(typed: &str) -> Result<u64, Unreadable> {
    let plain = dashed(typed);
    let body = plain.strip_prefix('金').unwrap_or(&plain);
    let body = body.strip_prefix(['¥', '\\']).unwrap_or(body);
    if matches!(body.chars().next(), Some('-' | '△' | '▲')) {
        return Err(Unreadable::Negative);
    }
    let body = body.strip_suffix('也').unwrap_or(body);
    let body = body.strip_suffix('-').unwrap_or(body);
    let body = body.strip_suffix('円').unwrap_or(body);
    in_units(body).ok_or(Unreadable::Amount)
}

/// Reads digits, which may count 億 and 万.
fn in_units(body: &str) -> Option<u64> {
    let mut sum = 0_u64;
    let mut rest = body;
    let mut most = u64::MAX;
    for (unit, worth) in [('億', 100_000_000), ('万', 10_000)] {
        if let Some((count, after)) = rest.split_once(unit) {
            let count = digits(count).filter(|count| *count <= most)?;
            sum = sum.checked_add(count.checked_mul(worth)?)?;
            most = 9_999;
            rest = after;
        }
    }
    if rest.is_empty() && most == 9_999 {
        return Some(sum);
    }
    sum.checked_add(digits(rest).filter(|ones| *ones <= most)?)
}

/// Reads digits; commas stand before each group of three or nowhere.
fn digits(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let grouped = text.contains(',');
    let fits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    if first.is_empty() || !fits(first) || (grouped && first.len() > 3) {
        return None;
    }
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 || !fits(group) {
            return None;
        }
        joined.push_str(group);
    }
    joined.parse().ok()
}

/// Reads `2026-05-08`, `2026/5/8`, `2026年5月8日`, `20260508`, `令和8年5月8日` or `R8.5.8`.
pub(super) fn day(typed: &str) -> Result<Date, Unreadable> {
    let plain = dashed(typed).to_uppercase();
    let named = ERAS.iter().find_map(|era| {
        let after = era.names.iter().find_map(|name| plain.strip_prefix(name))?;
        Some((era, after))
    });
    let (era, body) = named.map_or((None, plain.as_str()), |(era, body)| (Some(era), body));
    let (year, month, dom) = parts(body).ok_or(Unreadable::Day)?;
    let year = match era {
        Some(era) => {
            let count = if year == "元" { Some(1) } else { count(year, 2) };
            let year = count.filter(|count| *count > 0).ok_or(Unreadable::Day)?;
            year.checked_add(era.before).ok_or(Unreadable::Day)?
        }
        None if year.len() < 4 && count(year, 3).is_some() => return Err(Unreadable::Year),
        None => count(year, 4).ok_or(Unreadable::Day)?,
    };
    let small = |part| count(part, 2).and_then(|part| u8::try_from(part).ok());
    let (Some(month), Some(dom)) = (small(month), small(dom)) else { return Err(Unreadable::Day) };
    let day = Date::from_ymd(year, month, dom).map_err(|_| Unreadable::NoSuchDay)?;
    match era {
        Some(era) if (year, month, dom) < era.first || (year, month, dom) > era.last => {
            Err(Unreadable::Era)
        }
        _ => Ok(day),
    }
}

/// Splits a day into year, month and day of the month.
fn parts(body: &str) -> Option<(&str, &str, &str)> {
    if let Some((year, rest)) = body.split_once('年') {
        let (month, rest) = rest.split_once('月')?;
        return Some((year, month, rest.strip_suffix('日')?));
    }
    for separator in ['-', '/', '.'] {
        if let Some((year, rest)) = body.split_once(separator) {
            let (month, dom) = rest.split_once(separator)?;
            return Some((year, month, dom));
        }
    }
    if body.len() == 8 && body.is_ascii() {
        return Some((body.get(..4)?, body.get(4..6)?, body.get(6..)?));
    }
    None
}

fn count(digits: &str, most: usize) -> Option<u16> {
    let plain = (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// Reads `60`, `33.33` or `６０％` as the number of a request.
pub(super) fn share(typed: &str) -> Result<serde_json::Number, Unreadable> {
    let plain = dashed(typed);
    let body = plain.strip_suffix('%').unwrap_or(&plain);
    let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 3) || !digits(fraction, 2) {
        return Err(Unreadable::Share);
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    let written =
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    serde_json::from_str(&written).map_err(|_| Unreadable::Share)
}

/// Returns half-width characters without white space; whatever is typed for a hyphen is one.
fn dashed(typed: &str) -> String {
    typed
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}'))
        .map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '−' | 'ー') { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (typed, amount) in [
            ("132000000", 132_000_000),
            ("132,000,000", 132_000_000),
            (" １３２，０００，０００ ", 132_000_000),
            ("￥132,000,000", 132_000_000),
            ("¥132000000-", 132_000_000),
            ("\\1,000", 1_000),
            ("金１３２，０００，０００円也", 132_000_000),
            ("5280万円", 52_800_000),
            ("1億3,200万円", 132_000_000),
            ("１６億５０００万", 1_650_000_000),
            ("1億円", 100_000_000),
            ("1億5円", 100_000_005),
            ("0", 0),
            ("00100", 100),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(yen(typed), Ok(amount), "{typed}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_and_not_guessed() {
        for typed in [
            "",
            "円",
            "￥",
            "1.5",
            "1,32,000",
            "1320,000",
            ",000",
            "1,000,",
            "1e6",
            "0x10",
            "一億",
            "万",
            "億",
            "1万2億",
            "1億12345万",
            "1億2億",
            "18446744073709551616",
            "999999999999億",
            "12円3",
            "٣",
            "1_000",
            "+1",
            "1円円",
            "1.5億円",
        ] {
            assert_eq!(yen(typed), Err(Unreadable::Amount), "{typed}");
        }
        for typed in ["-1", "−５００", "△1,000", "￥-3"] {
            assert_eq!(yen(typed), Err(Unreadable::Negative), "{typed}");
        }
    }

    #[test]
    fn days_are_read_in_both_calendars() {
        for typed in [
            "2026-05-08",
            "2026-5-8",
            "2026/5/8",
            "2026.05.08",
            "2026年5月8日",
            "20260508",
            "令和8年5月8日",
            "令和 8 年 5 月 8 日",
            "R8.5.8",
            "r8.5.8",
            "R08-05-08",
            "R8/5/8",
            "Ｒ８．５．８",
            "２０２６ー０５ー０８",
            "２０２６−５−８",
            "㋿8年5月8日",
        ] {
            assert_eq!(
                day(typed).map(|day| day.to_string()),
                Ok("2026-05-08".to_owned()),
                "{typed}"
            );
        }
        assert_eq!(day("令和元年5月1日").map(|day| day.to_string()), Ok("2019-05-01".to_owned()));
        assert_eq!(day("H31.4.30").map(|day| day.to_string()), Ok("2019-04-30".to_owned()));
    }

    #[test]
    fn what_is_no_day_is_refused_and_not_guessed() {
        for (typed, reason) in [
            ("", Unreadable::Day),
            ("5月8日", Unreadable::Day),
            ("2026-05", Unreadable::Day),
            ("2026-05-08-09", Unreadable::Day),
            ("2026年5月8", Unreadable::Day),
            ("2026-5/8", Unreadable::Day),
            ("令和0年5月8日", Unreadable::Day),
            ("令和2026年5月8日", Unreadable::Day),
            ("元年5月8日", Unreadable::Day),
            ("12026-05-08", Unreadable::Day),
            ("2026-+5-08", Unreadable::Day),
            ("明日", Unreadable::Day),
            ("26.5.8", Unreadable::Year),
            ("8-5-8", Unreadable::Year),
            ("2026-02-29", Unreadable::NoSuchDay),
            ("令和8年13月1日", Unreadable::NoSuchDay),
            ("1969-12-31", Unreadable::NoSuchDay),
            ("R1.4.30", Unreadable::Era),
            ("平成32年1月1日", Unreadable::Era),
        ] {
            assert_eq!(day(typed), Err(reason), "{typed}");
        }
    }

    #[test]
    fn shares_have_at_most_two_decimals() {
        for (typed, number) in [
            ("60", "60"),
            ("６０％", "60"),
            ("33.33", "33.33"),
            ("33.30 %", "33.3"),
            ("060.00", "60"),
        ] {
            assert_eq!(
                share(typed).map(|share| share.to_string()),
                Ok(number.to_owned()),
                "{typed}"
            );
        }
        for typed in ["", "%", "1/3", "33.333", "-1", "1e1", ".5", "5.", "1000", "NaN"] {
            assert_eq!(share(typed), Err(Unreadable::Share), "{typed}");
        }
    }

    #[test]
    fn texts_are_composed_and_trimmed_but_kanji_stay() {
        assert_eq!(text("\u{3000}か\u{3099}け橋 \t"), Ok("がけ橋".to_owned()));
        assert_eq!(text("髙﨑𠮷"), Ok("髙﨑𠮷".to_owned()));
        let refused = Unreadable::Kanji { typed: '\u{fa19}', standard: '\u{795e}' };
        assert_eq!(text("\u{fa19}田"), Err(refused));
    }

    #[test]
    fn numbers_of_guarantees_are_read_full_width() {
        assert_eq!(number(" ３１ー０７−１-0000123-9 "), "31-07-1-0000123-9");
    }
}
