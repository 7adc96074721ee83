//! R9 and R10: when a guarantee has to run.

use hosho::Certificate;
use serde_json::json;

use crate::certificates::{NOTHING, alone, policy, usual, with};

fn expiring(name: &str, day: &str) -> Certificate<'static> {
    with(name, &[("/guarantee/period/to", json!(day))])
}

#[test]
fn r9_turns_at_one_day_to_either_side_of_the_end_of_the_term() {
    assert_eq!(usual(&expiring("G01-1", "2026-03-13")), NOTHING);
    assert_eq!(usual(&expiring("G01-1", "2026-03-12")), ["R9 warning expires-before-term"]);
    assert_eq!(usual(&expiring("G01-1", "2026-03-14")), ["R9 warning expires-after-term"]);
    let lenient = policy("rules.R9.later_severity = \"off\"");
    assert_eq!(alone(&lenient, &expiring("G01-1", "2026-03-14")), NOTHING);
    assert_eq!(
        alone(&lenient, &expiring("G01-1", "2026-03-12")),
        ["R9 warning expires-before-term"]
    );
}

#[test]
fn r9_asks_a_performance_guarantee_to_cover_the_whole_term() {
    assert_eq!(usual(&expiring("G02-1", "2026-03-13")), NOTHING);
    assert_eq!(usual(&expiring("G02-1", "2026-03-14")), NOTHING);
    assert_eq!(usual(&expiring("G02-1", "2026-03-12")), ["R9 warning expires-before-term"]);
    let beginning = |day: &str| usual(&with("G02-1", &[("/guarantee/period/from", json!(day))]));
    assert_eq!(beginning("2025-06-17"), NOTHING);
    assert_eq!(beginning("2025-06-18"), ["R9 warning begins-after-term"]);
}

const COUNTS: &str = "R10 inform planned-amount-counts";

#[test]
fn r10_turns_on_the_last_day_of_the_fiscal_year() {
    for (day, expected) in [
        ("2026-03-30", Some("R10 warning expires-before-fiscal-year")),
        ("2026-03-31", Some("R10 inform expires-with-fiscal-year")),
        ("2026-04-01", Some("R10 inform extended-past-fiscal-year")),
        ("2027-03-18", Some("R10 inform extended-past-fiscal-year")),
        ("2027-03-19", None),
        ("2027-03-20", Some("R9 warning expires-after-term")),
    ] {
        let mut all: Vec<&str> = [COUNTS].into_iter().chain(expected).collect();
        all.sort_by_key(|it| !it.starts_with("R9"));
        assert_eq!(usual(&expiring("G10-1", day)), all, "{day}");
    }
}

#[test]
fn r10_asks_for_the_end_of_the_term_in_the_last_fiscal_year() {
    let last = |day: &str| {
        usual(&with(
            "G10-1",
            &[
                ("/work/multi_year/fiscal_year", json!("令和8年度")),
                ("/guarantee/period/to", json!(day)),
            ],
        ))
    };
    assert_eq!(last("2027-03-19"), [COUNTS]);
    assert_eq!(last("2027-03-18"), [COUNTS, "R10 warning expires-before-fiscal-year"]);
}

#[test]
fn r10_says_so_when_the_fiscal_year_cannot_be_read() {
    let unread = with("G10-1", &[("/work/multi_year/fiscal_year", json!("初年度"))]);
    assert_eq!(usual(&unread), [COUNTS, "R10 remind fiscal-year-unread"]);
}

#[test]
fn r10_turned_off_leaves_the_end_of_the_term_to_r9() {
    let without = policy("rules.R10.severity = \"off\"");
    let certificate = expiring("G10-1", "2026-03-31");
    assert_eq!(alone(&without, &certificate), ["R9 warning expires-before-term"]);
}
