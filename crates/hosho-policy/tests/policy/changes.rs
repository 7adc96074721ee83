//! R12, R13 and R15: what a change calls for.

use hosho::Certificate;
use hosho_policy::{Figure, Policy};
use serde_json::{Value, json};

use crate::certificates::{NOTHING, after, policy, sample, told, usual, with};

#[test]
fn r12_tells_what_is_added() {
    let (first, second) = (sample("G04-1"), sample("G04-2"));
    let findings = Policy::usual().findings(&second, &[&first], &[]);
    assert_eq!(
        told(&findings),
        ["R12 remind pay-after-increase", "R15 remind performance-change-depends"]
    );
    assert_eq!(findings[0].figure("added_jpy"), Some(&Figure::Amount(6_600_000)));
    assert_eq!(
        findings[0].to_japanese(),
        "増額の変更です。前払金額は ￥35,200,000 から ￥41,800,000 になり、追加額は ￥6,600,000 です。\
         追加の支払いは、この変更後の証書を確認してから行ってください"
    );
    assert_eq!(
        usual(&second),
        ["R12 remind pay-after-unknown-increase", "R15 remind performance-change-depends"]
    );
}

#[test]
fn r12_is_silent_when_the_advance_did_not_rise() {
    let first = sample("G04-1");
    let amount = json!(35_200_000);
    let second = |advance: Value| {
        with(
            "G04-2",
            &[("/guarantee/advance_jpy", advance.clone()), ("/guarantee/amount_jpy", advance)],
        )
    };
    let of_r12 = |told: Vec<String>| told.into_iter().filter(|it| it.starts_with("R12")).count();
    assert_eq!(of_r12(after(&[&first], &second(amount))), 0);
    assert_eq!(of_r12(after(&[&first], &second(json!(35_200_001)))), 1);
}

#[test]
fn r12_and_r13_are_not_about_performance_guarantees() {
    let chain = ["G05-1", "G05-2", "G05-3", "G05-4"].map(sample);
    let [first, second, third, fourth] = &chain;
    assert_eq!(after(&[first], second), NOTHING);
    assert_eq!(after(&[first, second, third], fourth), NOTHING);
}

#[test]
fn r13_asks_for_the_amended_certificate_at_once() {
    let undated = with("G04-4", &[("/change/contract_changed_on", Value::Null)]);
    assert_eq!(usual(&undated)[1], "R13 remind hand-in-after-undated-decrease");
    let findings = Policy::usual().findings(&sample("G04-4"), &[], &[]);
    assert_eq!(
        findings[1].to_english(),
        "this revision is a decrease (contract changed on 2026-02-20 (令和8年2月20日), certificate \
         issued on 2026-03-02 (令和8年3月2日)); the amended certificate has to be handed in at once"
    );
    assert_eq!(usual(&sample("G04-3")), NOTHING);
}

/// The second revision of G04 with another price, and an advance that its rules let pass.
fn priced(kind: &str, price: u64) -> Certificate<'static> {
    with(
        "G04-2",
        &[
            ("/work/price_jpy", json!(price)),
            ("/work/price_tax_jpy", json!(price / 11)),
            ("/guarantee/advance_jpy", json!(17_600_000)),
            ("/guarantee/amount_jpy", json!(17_600_000)),
            ("/change/kinds", json!([kind])),
        ],
    )
}

fn of_r15(told: Vec<String>) -> Vec<String> {
    told.into_iter().filter(|it| it.starts_with("R15")).collect()
}

#[test]
fn r15_turns_at_the_threshold_of_an_increase() {
    let policy = policy("rules.R15.increase_percent = 25");
    let first = sample("G04-1");
    let judged = |price| told(&policy.findings(&priced("increase", price), &[&first], &[]));
    assert_eq!(of_r15(judged(110_000_000)), ["R15 remind performance-change-needed"]);
    assert_eq!(of_r15(judged(109_999_999)), ["R15 inform performance-change-not-needed"]);
    assert_eq!(of_r15(judged(88_000_000)), NOTHING);
}

#[test]
fn r15_turns_at_the_threshold_of_a_decrease() {
    let policy = policy("rules.R15.decrease_percent = 50");
    let first = sample("G04-1");
    let judged = |price| told(&policy.findings(&priced("decrease", price), &[&first], &[]));
    assert_eq!(of_r15(judged(44_000_000)), ["R15 remind performance-change-needed"]);
    assert_eq!(of_r15(judged(44_000_001)), ["R15 inform performance-change-not-needed"]);
    // There is no figure for increases.
    assert_eq!(of_r15(judged(88_000_001)), ["R15 remind performance-change-depends"]);
}

#[test]
fn r15_compares_with_the_performance_guarantee_of_the_contract() {
    let policy = policy("rules.R15.increase_percent = 25");
    let first = sample("G04-1");
    let (guarantee, other) = (sample("G05-2"), sample("G02-1"));
    let amended = priced("increase", 110_000_000);
    let judged = |companions: &[&Certificate<'_>]| {
        of_r15(told(&policy.findings(&amended, &[&first], companions)))
    };
    // It was amended for 104 500 000 yen already.
    assert_eq!(judged(&[&guarantee]), ["R15 inform performance-change-not-needed"]);
    assert_eq!(judged(&[&other]), ["R15 remind performance-change-needed"]);
}

#[test]
fn r15_compares_a_performance_guarantee_with_a_later_price_of_the_contract() {
    let policy = policy("rules.R15 = { increase_percent = 18.75, decrease_percent = 50 }");
    let guarantee = sample("G05-1");
    let judged =
        |companions: &[&Certificate<'_>]| told(&policy.findings(&guarantee, &[], companions));
    let (same, later) = (sample("G04-1"), sample("G04-2"));
    // From 88 000 000 to 104 500 000 yen are exactly 18.75 %.
    assert_eq!(judged(&[&same, &later]), ["R15 remind performance-change-needed"]);
    assert_eq!(
        judged(&[&same, &later, &sample("G04-4")]),
        ["R15 inform performance-change-not-needed"]
    );
    assert_eq!(judged(&[&same, &sample("G01-1")]), NOTHING);
    let usual = Policy::usual().findings(&guarantee, &[], &[&later]);
    assert_eq!(told(&usual), ["R15 remind performance-change-depends"]);
    // What was amended after the price is up to date, and so is the guarantee.
    assert_eq!(judged(&[&later, &sample("G05-2")]), NOTHING);
    assert_eq!(told(&policy.findings(&sample("G05-2"), &[], &[&later])), NOTHING);
}
