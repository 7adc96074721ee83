//! The sample guarantees, and those that break a rule.

use hosho_policy::{Figure, Policy};
use serde_json::json;

use crate::certificates::{NOTHING, after, negative, sample, told, usual};

#[test]
fn the_samples_that_keep_every_rule_have_no_finding() {
    for name in ["G01-1", "G02-1", "G04-1", "G04-3", "G05-1", "G05-2", "G05-3", "G05-4", "G06-1"] {
        assert_eq!(usual(&sample(name)), NOTHING, "{name}");
    }
    for name in ["G09-1", "G11-1"] {
        assert_eq!(usual(&sample(name)), NOTHING, "{name}");
    }
}

#[test]
fn nothing_is_asked_of_a_revision_that_ends_the_guarantee() {
    for name in ["G09-2", "G11-2"] {
        assert_eq!(usual(&sample(name)), NOTHING, "{name}");
    }
}

#[test]
fn half_the_price_after_a_decrease_passes_with_the_exception_named() {
    let chain = ["G04-1", "G04-2", "G04-3", "G04-4"].map(sample);
    let [first, second, third, fourth] = &chain;
    let expected = [
        "R11 inform stands-after-decrease",
        "R13 remind hand-in-after-decrease",
        "R15 remind performance-change-depends",
    ];
    assert_eq!(after(&[first, second, third], fourth), expected);
    // In any order, and with the one before only.
    assert_eq!(after(&[third, first, second], fourth), expected);
    assert_eq!(after(&[third], fourth), expected);
}

#[test]
fn half_the_price_after_a_decrease_passes_when_only_that_revision_is_known() {
    let findings = Policy::usual().findings(&sample("G04-4"), &[], &[]);
    let expected = [
        "R11 inform may-stand-after-decrease",
        "R13 remind hand-in-after-decrease",
        "R15 remind performance-change-depends",
    ];
    assert_eq!(told(&findings), expected);
    assert_eq!(
        findings[0].to_english(),
        "this revision is a decrease: as an exception to the usual 40% the advance of ￥39,600,000 is \
         allowed if it is the contract price that fell, up to ￥39,600,000, 50% of the contract price \
         of ￥79,200,000; the earlier revisions were not given, so the price before was not compared"
    );
    assert!(findings[0].to_japanese().starts_with("減額の変更です。請負代金額の減額であれば、"));
}

#[test]
fn a_fifth_after_a_low_price_survey_passes_with_the_exception_named() {
    let findings = Policy::usual().findings(&sample("G07-1"), &[], &[]);
    assert_eq!(told(&findings), ["R2 inform within-low-price-limit"]);
    assert_eq!(
        findings[0].to_japanese(),
        "低入札価格調査の対象のため、前払金は低い上限 20% による例外です。前払金額 ￥46,200,000 は、\
         請負代金額 ￥231,000,000 の 20% に当たる ￥46,200,000 以内です"
    );
}

#[test]
fn three_tenths_for_services_pass_with_the_limit_named() {
    let findings = Policy::usual().findings(&sample("G08-1"), &[], &[]);
    assert_eq!(told(&findings), ["R2 inform within-services-limit"]);
    assert_eq!(
        findings[0].to_japanese(),
        "設計・調査・測量等の業務のため、前払金は 30% 以内です。前払金額 ￥5,600,000 は、\
         請負代金額 ￥18,700,000 の 30% に当たる ￥5,610,000 以内です"
    );
}

#[test]
fn multi_year_works_pass_with_the_exception_named() {
    let (first, second) = (sample("G10-1"), sample("G10-2"));
    assert_eq!(
        usual(&first),
        ["R10 inform planned-amount-counts", "R10 inform expires-with-fiscal-year"]
    );
    assert_eq!(
        after(&[&first], &second),
        [
            "R10 inform planned-amount-counts",
            "R10 inform extended-past-fiscal-year",
            "R12 remind pay-after-increase"
        ]
    );
    let findings = Policy::usual().findings(&first, &[], &[]);
    assert_eq!(
        findings[1].to_english(),
        "these are multi-year works, so as an exception the guarantee may expire on 2026-03-31 \
         (令和8年3月31日), the end of 令和7年度, before the term of works ends on 2027-03-19 (令和9年3月19日)"
    );
}

#[test]
fn an_advance_above_two_fifths_is_found() {
    let findings = Policy::usual().findings(&negative("N01"), &[], &[]);
    assert_eq!(told(&findings), ["R1 warning above-limit"]);
    assert_eq!(findings[0].figure("excess_jpy"), Some(&Figure::Amount(5_200_000)));
    assert_eq!(
        findings[0].to_json(),
        json!({
            "rule": "R1", "severity": "warning", "case": "above-limit",
            "figures": {
                "payment": "advance", "amount_jpy": 58_000_000, "base": "price",
                "base_jpy": 132_000_000, "ratio": "29/66", "limit_percent": "40%",
                "limit_jpy": 52_800_000, "excess_jpy": 5_200_000,
            },
            "reason": {
                "en": "the advance of ￥58,000,000 is ￥5,200,000 above ￥52,800,000, which is 40% of \
                       the contract price of ￥132,000,000",
                "ja": "前払金額 ￥58,000,000 は、請負代金額 ￥132,000,000 の 40% に当たる ￥52,800,000 を \
                       ￥5,200,000 超えています",
            },
        })
    );
    assert_eq!(
        findings[0].to_string(),
        "R1 warning: the advance of ￥58,000,000 is ￥5,200,000 above ￥52,800,000, which is 40% of the \
         contract price of ￥132,000,000"
    );
}

#[test]
fn a_guaranteed_amount_below_the_advance_is_found() {
    assert_eq!(usual(&negative("N02")), ["R8 warning guaranteed-below-advance"]);
}

#[test]
fn an_expiry_before_the_end_of_the_term_is_found() {
    assert_eq!(usual(&negative("N03")), ["R9 warning expires-before-term"]);
}

#[test]
fn a_performance_guarantee_below_a_tenth_is_found() {
    assert_eq!(usual(&negative("N04")), ["R5 warning below-minimum"]);
}

#[test]
fn an_interim_advance_without_the_guarantee_of_the_first_is_found() {
    let expected = ["R4 warning first-advance-not-named", "R4 remind interim-needs"];
    assert_eq!(usual(&negative("N09")), expected);
}
