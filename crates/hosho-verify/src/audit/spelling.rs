//! How people spell names, amounts and days in tables.

use hosho::{Date, fold_name};

/// Folds a text for comparison, as names are compared (spec R-NAME-1).
pub(super) fn fold(text: &str) -> String {
    // ASCII is its own NFKC.
    if text.is_ascii() {
        return text.chars().filter(|c| !c.is_whitespace()).collect();
    }
    fold_name(text)
}

/// Reads an amount in whole yen: `52800000`, `52,800,000`, `￥52,800,000`, `52,800,000円`,
/// `金52,800,000円也`, `¥52,800,000-`.
pub(super) fn yen(text: &str) -> Option<u64> {
    let folded = fold(text);
    let text = folded.strip_prefix('金').unwrap_or(&folded);
    let text = text.strip_prefix(['¥', '\\']).unwrap_or(text);
    let text = text.strip_suffix('-').unwrap_or(text);
    let text = text.strip_suffix('也').unwrap_or(text);
    let text = text.strip_suffix('円').unwrap_or(text);
    digits_in_threes(text)
}

/// Digits, bare or with a comma before every three of them.
fn digits_in_threes(text: &str) -> Option<u64> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let whole = first.bytes().all(|b| b.is_ascii_digit()) && !first.is_empty();
    let mut digits = first.to_owned();
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        grouped = true;
        digits.push_str(group);
    }
    if !whole || grouped && first.len() > 3 {
        return None;
    }
    digits.parse().ok()
}

/// An era, the letter that stands for it, and the year before its first.
const ERAS: [(&str, &str, u16); 3] =
    [("令和", "R", 2018), ("平成", "H", 1988), ("昭和", "S", 1925)];

/// Reads a day: `2026-03-13`, `2026/3/13`, `2026年3月13日`, `令和8年3月13日`, `令和元年5月1日`,
/// `R8.3.13`.
pub(super) fn day(text: &str) -> Option<Date> {
    let folded = fold(text);
    let (rest, before) = ERAS
        .iter()
        .find_map(|(name, letter, before)| {
            let rest = folded.strip_prefix(name).or_else(|| {
                let lower = letter.to_ascii_lowercase();
                folded.strip_prefix(letter).or_else(|| folded.strip_prefix(&lower))
            })?;
            Some((rest, *before))
        })
        .unwrap_or((&folded, 0));
    let rest = rest.strip_suffix('日').unwrap_or(rest);
    let mut parts = rest.split(['-', '/', '.', '年', '月']);
    let (year, month, dom) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = match (year, before) {
        ("元", 1..) => 1,
        (year, 0) if year.len() != 4 => return None,
        (year, _) => number(year)?,
    };
    if before > 0 && year == 0 {
        return None;
    }
    let (month, dom) = (u8::try_from(number(month)?).ok()?, u8::try_from(number(dom)?).ok()?);
    Date::from_ymd(year.checked_add(before)?, month, dom).ok()
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_folded_as_any_text() {
        let all: String = (0..=127_u8).map(char::from).collect();
        assert_eq!(fold(&all), fold_name(&all));
        assert_eq!(fold("株式会社　青嶺 ｶﾅ"), "株式会社青嶺カナ");
    }

    #[test]
    fn amounts_are_read_in_every_usual_spelling() {
        for text in [
            "52800000",
            "52,800,000",
            "￥52,800,000",
            "¥52,800,000-",
            "\\52,800,000",
            "５２，８００，０００円",
            "金52,800,000円也",
            " 52 800 000 ",
        ] {
            assert_eq!(yen(text), Some(52_800_000), "{text}");
        }
        assert_eq!(yen("0"), Some(0));
    }

    #[test]
    fn what_is_no_amount_is_not_read_as_one() {
        for text in
            ["", "円", "5,28", "5280,000", ",528", "52.8", "-1", "5万円", "99999999999999999999999"]
        {
            assert_eq!(yen(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_in_both_calendars() {
        let expected = Date::parse("2026-03-13").unwrap();
        for text in [
            "2026-03-13",
            "2026/3/13",
            "2026.03.13",
            "2026年3月13日",
            "令和8年3月13日",
            "令和８年 ３月１３日",
            "R8.3.13",
            "r08/03/13",
        ] {
            assert_eq!(day(text), Some(expected), "{text}");
        }
        assert_eq!(day("令和元年5月1日"), Some(Date::parse("2019-05-01").unwrap()));
        assert_eq!(day("平成31年4月30日"), Some(Date::parse("2019-04-30").unwrap()));
    }

    #[test]
    fn what_is_no_day_is_not_read_as_one() {
        for text in [
            "",
            "8/3/13",
            "26-03-13",
            "2026-02-30",
            "令和0年1月1日",
            "元年1月1日",
            "2026-3",
            "2026-3-1-1",
            "R.3.13",
            "20260313",
            "2026年13月1日",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
