//! R4 to R8 and R17: what amounts have to be.

use hosho_policy::{Figure, Policy};
use serde_json::json;

use crate::certificates::{NOTHING, alone, policy, sample, told, usual, with};

#[test]
fn r4_turns_on_the_day_when_half_of_the_term_has_passed() {
    // 270 days from 2025-06-17: 135 have passed before 2025-10-30.
    let issued = |day: &str| usual(&with("G03-1", &[("/issued_on", json!(day))]));
    let rest = ["R3 inform total-not-compared", "R4 remind interim-needs"];
    assert_eq!(issued("2025-10-30"), rest);
    assert_eq!(issued("2025-10-29"), [rest[0], "R4 remind before-half-of-term", rest[1]]);
}

#[test]
fn r4_reminds_of_what_a_payment_needs_when_there_is_one() {
    let amended = |kind: &str| {
        let change = json!({"supersedes": 1, "kinds": [kind], "reason": "変更"});
        usual(&with("G03-1", &[("/revision", json!(2)), ("/change", change)]))
    };
    let needed = |told: Vec<String>| told.contains(&"R4 remind interim-needs".to_owned());
    assert!(needed(amended("increase")));
    assert!(!needed(amended("extension")));
    assert!(!needed(amended("decrease")));
}

#[test]
fn r4_warns_of_the_first_advance_of_another_contract() {
    let other = with("G01-1", &[("/work/contract_number", json!("7青土第103号"))]);
    let findings = Policy::usual().findings(&sample("G03-1"), &[], &[&other]);
    assert_eq!(
        told(&findings),
        ["R4 warning first-advance-of-other-contract", "R4 remind interim-needs"]
    );
    let strict = policy("rules.R4.missing_severity = \"error\"\nrules.R4.severity = \"inform\"");
    let findings = strict.findings(&sample("G03-1"), &[], &[&other]);
    assert_eq!(
        told(&findings),
        ["R4 error first-advance-of-other-contract", "R4 inform interim-needs"]
    );
}

#[test]
fn r5_turns_at_the_yen_below_a_tenth() {
    let guaranteed =
        |amount: u64| usual(&with("G02-1", &[("/guarantee/amount_jpy", json!(amount))]));
    assert_eq!(guaranteed(13_200_000), NOTHING);
    assert_eq!(guaranteed(13_199_999), ["R5 warning below-minimum"]);
    assert_eq!(guaranteed(13_200_001), NOTHING);
}

#[test]
fn r5_asks_for_the_next_yen_when_a_tenth_is_no_whole_one() {
    let odd = |amount: u64| {
        with(
            "G02-1",
            &[("/work/price_jpy", json!(132_000_001)), ("/guarantee/amount_jpy", json!(amount))],
        )
    };
    assert_eq!(usual(&odd(13_200_001)), NOTHING);
    let findings = Policy::usual().findings(&odd(13_200_000), &[], &[]);
    assert_eq!(told(&findings), ["R5 warning below-minimum"]);
    assert_eq!(findings[0].figure("limit_jpy"), Some(&Figure::Amount(13_200_001)));
    assert_eq!(findings[0].figure("missing_jpy"), Some(&Figure::Amount(1)));
}

#[test]
fn r6_turns_at_the_yen_below_three_tenths_after_a_low_price_survey() {
    let guaranteed = |amount: u64| with("G06-1", &[("/guarantee/amount_jpy", json!(amount))]);
    assert_eq!(usual(&guaranteed(69_300_000)), NOTHING);
    assert_eq!(usual(&guaranteed(69_299_999)), ["R6 warning below-low-price-minimum"]);
    // Without R6 it is R5's.
    let without = policy("rules.R6.severity = \"off\"");
    assert_eq!(alone(&without, &guaranteed(23_100_000)), NOTHING);
    assert_eq!(alone(&without, &guaranteed(23_099_999)), ["R5 warning below-minimum"]);
}

#[test]
fn r7_asks_for_multiples_of_the_unit() {
    let rounding = policy("rules.R7.unit_jpy = 100_000");
    let paying = |amount: u64| {
        let amount = json!(amount);
        with(
            "G01-1",
            &[("/guarantee/advance_jpy", amount.clone()), ("/guarantee/amount_jpy", amount)],
        )
    };
    assert_eq!(alone(&rounding, &paying(52_700_000)), NOTHING);
    for amount in [52_700_001, 52_799_999] {
        let findings = rounding.findings(&paying(amount), &[], &[]);
        assert_eq!(told(&findings), ["R7 warning not-rounded"]);
        assert_eq!(findings[0].figure("rounded_jpy"), Some(&Figure::Amount(52_700_000)));
    }
    assert_eq!(usual(&paying(52_700_001)), NOTHING);
}

#[test]
fn r7_does_not_round_what_stands_after_a_decrease() {
    let rounding = policy("rules.R7.unit_jpy = 1_000_000");
    let (third, fourth) = (sample("G04-3"), sample("G04-4"));
    assert_eq!(alone(&rounding, &third), ["R7 warning not-rounded"]);
    let rounded = |findings: &[String]| findings.iter().any(|it| it.starts_with("R7"));
    assert!(!rounded(&alone(&rounding, &fourth)));
    assert!(!rounded(&told(&rounding.findings(&fourth, &[&third], &[]))));
}

#[test]
fn r7_turns_at_the_yen_above_the_cap() {
    assert_eq!(alone(&policy("rules.R7.cap_jpy = 52_800_000"), &sample("G01-1")), NOTHING);
    let low = policy("rules.R7.cap_jpy = 52_799_999");
    assert_eq!(alone(&low, &sample("G01-1")), ["R7 warning above-cap"]);
}

#[test]
fn r8_turns_at_one_yen_to_either_side() {
    let guaranteed =
        |amount: u64| usual(&with("G01-1", &[("/guarantee/amount_jpy", json!(amount))]));
    assert_eq!(guaranteed(52_800_000), NOTHING);
    assert_eq!(guaranteed(52_799_999), ["R8 warning guaranteed-below-advance"]);
    assert_eq!(guaranteed(52_800_001), ["R8 error guaranteed-above-advance"]);
}

#[test]
fn r17_lets_either_way_of_rounding_pass() {
    let taxed = |price: u64, tax: u64| {
        usual(&with(
            "G02-1",
            &[
                ("/work/price_jpy", json!(price)),
                ("/work/price_tax_jpy", json!(tax)),
                ("/guarantee/amount_jpy", json!(20_000_000)),
            ],
        ))
    };
    assert_eq!(taxed(132_000_000, 12_000_000), NOTHING);
    assert_eq!(taxed(132_000_000, 11_999_999), ["R17 inform tax-differs"]);
    assert_eq!(taxed(132_000_000, 12_000_001), ["R17 inform tax-differs"]);
    // A tenth of 120 000 004.5… is 12 000 000.4… yen.
    assert_eq!(taxed(132_000_005, 12_000_000), NOTHING);
    assert_eq!(taxed(132_000_005, 12_000_001), NOTHING);
    assert_eq!(taxed(132_000_005, 11_999_999), ["R17 inform tax-differs"]);
    assert_eq!(taxed(132_000_005, 12_000_002), ["R17 inform tax-differs"]);
}

#[test]
fn r17_knows_other_rates() {
    let eight = policy("rules.R17.rate_percent = 8\nrules.R17.severity = \"remind\"");
    let taxed = with(
        "G02-1",
        &[("/work/price_jpy", json!(108_000_000)), ("/work/price_tax_jpy", json!(8_000_000))],
    );
    assert_eq!(alone(&eight, &taxed), NOTHING);
    assert_eq!(alone(&eight, &sample("G02-1")), ["R17 remind tax-differs"]);
}
