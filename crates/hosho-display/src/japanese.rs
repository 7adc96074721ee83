use hosho::{Date, UnixTime, Yen};

/// An era and the first day that bears its name.
struct Era {
    name: &'static str,
    first_year: u16,
    first_day: (u16, u8, u8),
}

/// The eras that a public-works contract of our day can name; earlier days have none.
const ERAS: [Era; 3] = [
    Era { name: "令和", first_year: 2019, first_day: (2019, 5, 1) },
    Era { name: "平成", first_year: 1989, first_day: (1989, 1, 8) },
    Era { name: "昭和", first_year: 1926, first_day: (1926, 12, 25) },
];

/// Returns the day as `令和7年6月20日`.
pub fn wareki(day: Date) -> String {
    let (year, month, dom) = day.year_month_day();
    let era = ERAS.iter().find(|era| (year, month, dom) >= era.first_day);
    match era {
        Some(era) => match year.saturating_sub(era.first_year) {
            0 => format!("{}元年{month}月{dom}日", era.name),
            later => format!("{}{}年{month}月{dom}日", era.name, later.saturating_add(1)),
        },
        None => format!("{year}年{month}月{dom}日"),
    }
}

/// Returns the day in both calendars, `2025-06-20 (令和7年6月20日)`.
pub fn both_calendars(day: Date) -> String {
    format!("{day} ({})", wareki(day))
}

/// Returns the instant as a clock in Japan shows it, `2026-11-22 12:04 JST`.
pub fn in_japan(instant: UnixTime) -> String {
    let (hour, minute) = clock_in_japan(instant);
    format!("{} {hour:02}:{minute:02} JST", Date::in_japan(instant))
}

/// Returns the instant as a clock in Japan shows it, `令和8年11月22日 12:04`.
pub fn wareki_time(instant: UnixTime) -> String {
    let (hour, minute) = clock_in_japan(instant);
    format!("{} {hour:02}:{minute:02}", wareki(Date::in_japan(instant)))
}

fn clock_in_japan(instant: UnixTime) -> (u64, u64) {
    let minutes = instant.seconds() / 60 + 9 * 60;
    (minutes / 60 % 24, minutes % 60)
}

/// Returns the amount as `￥52,800,000`.
pub fn yen(amount: Yen) -> String {
    sum_of_yen(amount.amount())
}

/// Returns a sum of amounts, which may be larger than one of them can be, as `￥52,800,000`.
pub fn sum_of_yen(sum: u64) -> String {
    let digits = sum.to_string();
    let mut shown = String::from("￥");
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn the_first_year_of_an_era_is_gannen() {
        assert_eq!(wareki(day("2019-05-01")), "令和元年5月1日");
        assert_eq!(wareki(day("2019-04-30")), "平成31年4月30日");
        assert_eq!(wareki(day("1989-01-08")), "平成元年1月8日");
        assert_eq!(wareki(day("1989-01-07")), "昭和64年1月7日");
    }

    #[test]
    fn a_day_has_its_year_of_the_era() {
        assert_eq!(both_calendars(day("2025-06-20")), "2025-06-20 (令和7年6月20日)");
    }

    #[test]
    fn an_instant_is_shown_on_the_clock_of_japan() {
        let instant = UnixTime::parse("2026-11-22T15:04:05Z").unwrap();
        assert_eq!(in_japan(instant), "2026-11-23 00:04 JST");
        assert_eq!(wareki_time(instant), "令和8年11月23日 00:04");
    }

    #[test]
    fn amounts_have_separators() {
        let shown = |amount| yen(Yen::new(amount).unwrap());
        assert_eq!(shown(0), "￥0");
        assert_eq!(shown(999), "￥999");
        assert_eq!(shown(1_000), "￥1,000");
        assert_eq!(shown(52_800_000), "￥52,800,000");
        assert_eq!(shown(9_999_999_999_999), "￥9,999,999,999,999");
    }
}
