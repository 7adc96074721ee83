//! R1, R2, R3, R10 and R11: how large an advance may be.

use hosho::Certificate;
use hosho_policy::{Figure, Percent, Policy};
use serde_json::{Value, json};

use crate::certificates::{NOTHING, after, alone, policy, sample, told, usual, with};

/// The sample with an amount as advance and as guaranteed amount.
fn paying(name: &str, amount: u64) -> Certificate<'static> {
    paying_with(name, amount, &[])
}

fn paying_with(name: &str, amount: u64, changes: &[(&str, Value)]) -> Certificate<'static> {
    let amount = json!(amount);
    let amounts = [("/guarantee/advance_jpy", amount.clone()), ("/guarantee/amount_jpy", amount)];
    with(name, &[&amounts, changes].concat())
}

#[test]
fn r1_turns_at_the_yen_above_two_fifths() {
    assert_eq!(usual(&paying("G01-1", 52_800_000)), NOTHING);
    assert_eq!(usual(&paying("G01-1", 52_800_001)), ["R1 warning above-limit"]);
    // 40 % of this price is 52 800 000.4 yen.
    let odd = [("/work/price_jpy", json!(132_000_001))];
    assert_eq!(usual(&paying_with("G01-1", 52_800_000, &odd)), NOTHING);
    assert_eq!(usual(&paying_with("G01-1", 52_800_001, &odd)), ["R1 warning above-limit"]);
}

#[test]
fn r1_is_taken_of_the_policy_s_percentage() {
    let third = policy("rules.R1.percent = 33.33");
    assert_eq!(alone(&third, &paying("G01-1", 43_995_600)), NOTHING);
    let above = paying("G01-1", 43_995_601);
    assert_eq!(alone(&third, &above), ["R1 warning above-limit"]);
    let findings = third.findings(&above, &[], &[]);
    let limit = Percent::from_hundredths(3_333).map(Figure::Percent);
    assert_eq!(findings[0].figure("limit_percent"), limit.as_ref());
    assert_eq!(findings[0].figure("excess_jpy"), Some(&Figure::Amount(1)));
}

#[test]
fn r2_turns_at_the_yen_above_three_tenths_of_services() {
    assert_eq!(usual(&paying("G08-1", 5_610_000)), ["R2 inform within-services-limit"]);
    assert_eq!(usual(&paying("G08-1", 5_610_001)), ["R2 warning above-limit"]);
    let works = [("/work/category", json!("construction"))];
    assert_eq!(usual(&paying_with("G08-1", 5_610_001, &works)), NOTHING);
    let wide = [("/work/category", json!("業務 委託"))];
    assert_eq!(usual(&paying_with("G08-1", 5_610_001, &wide)), ["R2 warning above-limit"]);
}

#[test]
fn r2_reminds_above_a_fifth_after_a_low_price_survey() {
    assert_eq!(usual(&paying("G07-1", 46_200_000)), ["R2 inform within-low-price-limit"]);
    assert_eq!(usual(&paying("G07-1", 46_200_001)), ["R2 remind above-low-price-limit"]);
    assert_eq!(usual(&paying("G07-1", 92_400_000)), ["R2 remind above-low-price-limit"]);
    assert_eq!(usual(&paying("G07-1", 92_400_001)), ["R1 warning above-limit"]);
    let strict = policy("rules.R2.low_price_severity = \"error\"");
    assert_eq!(alone(&strict, &paying("G07-1", 46_200_001)), ["R2 error above-low-price-limit"]);
    let silent = policy("rules.R2.low_price_severity = \"off\"");
    assert_eq!(alone(&silent, &paying("G07-1", 46_200_001)), NOTHING);
}

#[test]
fn r3_turns_at_the_yen_above_a_fifth() {
    let rest = ["R3 inform total-not-compared", "R4 remind interim-needs"];
    assert_eq!(usual(&paying("G03-1", 26_400_000)), rest);
    let above =
        ["R3 inform total-not-compared", "R3 warning above-limit", "R4 remind interim-needs"];
    assert_eq!(usual(&paying("G03-1", 26_400_001)), above);
}

#[test]
fn r3_turns_at_the_yen_above_three_fifths_with_the_first_advance() {
    let interim = sample("G03-1");
    let with_first = |advance| {
        let first = paying("G01-1", advance);
        told(&Policy::usual().findings(&interim, &[], &[&first]))
    };
    assert_eq!(with_first(52_800_000), ["R4 remind interim-needs"]);
    assert_eq!(with_first(52_800_001), ["R3 warning above-limit", "R4 remind interim-needs"]);
}

#[test]
fn r3_counts_the_newest_revision_of_the_first_advance_and_no_other_certificate() {
    let interim = sample("G03-1");
    let first = paying("G01-1", 52_800_001);
    let change = json!({"supersedes": 1, "kinds": ["correction"], "reason": "訂正"});
    let amended = with("G01-1", &[("/revision", json!(2)), ("/change", change)]);
    let stranger = sample("G04-1");
    let findings = Policy::usual().findings(&interim, &[], &[&amended, &first, &stranger]);
    assert_eq!(told(&findings), ["R4 remind interim-needs"]);
}

#[test]
fn r10_turns_at_the_yen_above_two_fifths_of_the_planned_amount() {
    let expiry = "R10 inform expires-with-fiscal-year";
    let counts = "R10 inform planned-amount-counts";
    assert_eq!(usual(&paying("G10-1", 220_000_000)), [counts, expiry]);
    assert_eq!(usual(&paying("G10-1", 220_000_001)), ["R10 warning above-limit", expiry]);
    // Without R10 the price counts.
    let without = policy("rules.R10.severity = \"off\"\nrules.R9.severity = \"off\"");
    assert_eq!(alone(&without, &paying("G10-1", 660_000_000)), NOTHING);
    assert_eq!(alone(&without, &paying("G10-1", 660_000_001)), ["R1 warning above-limit"]);
}

const CHANGE: [&str; 2] =
    ["R13 remind hand-in-after-decrease", "R15 remind performance-change-depends"];

#[test]
fn r11_turns_at_the_yen_above_half_the_price() {
    let before = sample("G04-3");
    let [hand_in, depends] = CHANGE;
    assert_eq!(
        after(&[&before], &paying("G04-4", 39_600_000)),
        ["R11 inform stands-after-decrease", hand_in, depends]
    );
    assert_eq!(
        after(&[&before], &paying("G04-4", 39_600_001)),
        ["R11 warning above-after-decrease", hand_in, depends]
    );
    assert_eq!(
        usual(&paying("G04-4", 39_600_001)),
        ["R11 warning above-after-decrease", hand_in, depends]
    );
    // Up to 40 % there is nothing to excuse.
    assert_eq!(usual(&paying("G04-4", 31_680_000)), CHANGE);
}

#[test]
fn r11_says_from_which_price_it_fell() {
    let before = sample("G04-3");
    let findings = Policy::usual().findings(&sample("G04-4"), &[&before], &[]);
    assert_eq!(findings[0].figure("before_jpy"), Some(&Figure::Amount(104_500_000)));
    assert_eq!(
        findings[0].to_japanese(),
        "請負代金額が ￥104,500,000 から ￥79,200,000 に減額されたため、前払金額 ￥39,600,000 は \
         請負代金額 ￥79,200,000 の 50% に当たる ￥39,600,000 までそのままでよい例外です(通常の上限は 40%)"
    );
}

#[test]
fn r11_excuses_nothing_when_the_price_did_not_fall() {
    let chain = ["G04-1", "G04-2", "G04-3"].map(sample);
    let [first, second, third] = &chain;
    // The price stays; something else is decreased.
    let price =
        [("/work/price_jpy", json!(104_500_000)), ("/work/price_tax_jpy", json!(9_500_000))];
    let same = paying_with("G04-4", 41_800_001, &price);
    assert_eq!(
        after(&[first, second, third], &same),
        ["R1 warning above-limit", "R13 remind hand-in-after-decrease"]
    );
}

#[test]
fn r11_does_not_excuse_an_advance_that_rose_while_the_price_fell() {
    let low = paying("G04-3", 39_599_999);
    assert_eq!(after(&[&low], &sample("G04-4")), ["R1 warning above-limit", CHANGE[0], CHANGE[1]]);
}

#[test]
fn r11_reminds_of_earlier_revisions_that_are_not_known() {
    let extension = json!({"supersedes": 4, "kinds": ["extension"], "reason": "工期延長"});
    let fifth = [("/revision", json!(5)), ("/change", extension)];
    let known = ["G04-1", "G04-2", "G04-3", "G04-4"].map(sample);
    let earlier: Vec<&Certificate<'_>> = known.iter().collect();
    let later = paying_with("G04-4", 39_600_000, &fifth);
    assert_eq!(usual(&later), ["R11 remind may-stand-after-earlier-decrease"]);
    assert_eq!(after(&earlier[3..], &later), ["R11 remind may-stand-after-earlier-decrease"]);
    assert_eq!(after(&earlier, &later), ["R11 inform stands-after-decrease"]);
    // Above half the price an unknown past excuses nothing.
    let above = paying_with("G04-4", 39_600_001, &fifth);
    assert_eq!(usual(&above), ["R1 warning above-limit"]);
}

#[test]
fn r11_is_not_thought_of_where_no_revision_can_have_lowered_the_price() {
    // A second revision that is no decrease follows the first directly.
    let second = paying("G04-2", 41_800_001);
    let increase =
        ["R12 remind pay-after-unknown-increase", "R15 remind performance-change-depends"];
    assert_eq!(usual(&second), ["R1 warning above-limit", increase[0], increase[1]]);
    // The third revision might follow a decrease, but the second is known to be none.
    let third = paying("G04-3", 41_800_001);
    assert_eq!(usual(&third), ["R11 remind may-stand-after-earlier-decrease"]);
    assert_eq!(after(&[&sample("G04-2")], &third), ["R1 warning above-limit"]);
    // A decrease that is known without its price before leaves it open.
    let decrease = with("G04-2", &[("/change/kinds", json!(["decrease"]))]);
    assert_eq!(after(&[&decrease], &third), ["R11 remind may-stand-after-earlier-decrease"]);
}

#[test]
fn r11_can_be_turned_off() {
    let strict = policy("rules.R11.severity = \"off\"");
    assert_eq!(alone(&strict, &sample("G04-4")), ["R1 warning above-limit", CHANGE[0], CHANGE[1]]);
}

#[test]
fn r11_limits_the_sum_with_an_interim_advance() {
    // The price fell to 110 000 000: 60 % are 66 000 000, of which 39 600 000 are the first
    // advance.
    let change = json!({
        "supersedes": 1, "kinds": ["decrease"], "reason": "減額", "contract_changed_on": "2026-01-20",
    });
    let price =
        [("/work/price_jpy", json!(110_000_000)), ("/work/price_tax_jpy", json!(10_000_000))];
    let second = [("/revision", json!(2)), ("/change", change)];
    let first_advance = paying("G01-1", 39_600_000);
    let before = sample("G03-1");
    let judged = |interim| {
        let amended = paying_with("G03-1", interim, &[&price[..], &second].concat());
        let findings = Policy::usual().findings(&amended, &[&before], &[&first_advance]);
        let told = told(&findings);
        told.into_iter()
            .filter(|it| it.starts_with("R11") || it.starts_with("R3"))
            .collect::<Vec<_>>()
    };
    assert_eq!(judged(22_000_000), NOTHING);
    assert_eq!(judged(26_400_000), ["R11 inform stands-after-decrease"]);
    let first_advance = paying("G01-1", 39_600_001);
    let amended = paying_with("G03-1", 26_400_000, &[&price[..], &second].concat());
    let findings = Policy::usual().findings(&amended, &[&before], &[&first_advance]);
    assert_eq!(told(&findings)[0], "R11 warning above-after-decrease");
    assert_eq!(findings[0].figure("excess_jpy"), Some(&Figure::Amount(1)));
}
