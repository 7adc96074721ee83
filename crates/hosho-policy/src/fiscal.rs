//! Fiscal years as certificates print them.

use hosho::{Date, fold_name};

/// Returns the last day of a fiscal year (31 March of the next year), if its text can be read:
/// `令和7年度`, `令和元年度`, `R7`, `2025年度`.
pub(crate) fn last_day(printed: &str) -> Option<Date> {
    let folded = fold_name(printed);
    let year = folded.strip_suffix("年度").or_else(|| folded.strip_suffix('年')).unwrap_or(&folded);
    let eras = [("令和", 2018_u16), ("R", 2018), ("平成", 1988), ("H", 1988)];
    let of_era = eras.into_iter().find_map(|(era, before)| Some((year.strip_prefix(era)?, before)));
    let year = match of_era {
        Some(("元", before)) => before + 1,
        Some((year, before)) => number(year, 2).filter(|year| *year > 0)?.checked_add(before)?,
        None => number(year, 4).filter(|year| *year >= 1_970)?,
    };
    Date::from_ymd(year.checked_add(1)?, 3, 31).ok()
}

/// Reads at most `most` digits.
fn number(text: &str, most: usize) -> Option<u16> {
    let digits = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ways_a_fiscal_year_is_printed() {
        for (printed, expected) in [
            ("令和7年度", "2026-03-31"),
            ("令和７年度", "2026-03-31"),
            ("令和 7 年度", "2026-03-31"),
            ("R7年度", "2026-03-31"),
            ("R7", "2026-03-31"),
            ("2025年度", "2026-03-31"),
            ("令和元年度", "2020-03-31"),
            ("平成31年度", "2020-03-31"),
        ] {
            assert_eq!(last_day(printed), Date::parse(expected).ok(), "{printed}");
        }
    }

    #[test]
    fn gives_no_day_for_what_is_no_fiscal_year() {
        for printed in [
            "",
            "年度",
            "初年度",
            "令和年度",
            "令和0年度",
            "令和100年度",
            "25年度",
            "99999年度",
            "9999年度",
        ] {
            assert_eq!(last_day(printed), None, "{printed}");
        }
    }
}
