//! Figures for some certificates only.

use serde_json::json;

use crate::certificates::{NOTHING, alone, policy, sample, with};

#[test]
fn an_override_applies_where_all_its_conditions_hold() {
    let policy = policy(
        r#"
        [[override]]
        obligees = ["瑞穂県"]
        kinds = ["advance"]
        categories = ["construction"]
        rules.R1.percent = 39.99
        "#,
    );
    assert_eq!(alone(&policy, &sample("G01-1")), ["R1 warning above-limit"]);
    assert_eq!(alone(&policy, &sample("G04-1")), NOTHING);
    let other = with("G01-1", &[("/work/category", json!("repair"))]);
    assert_eq!(alone(&policy, &other), NOTHING);
    assert_eq!(alone(&policy, &sample("G02-1")), NOTHING);
}

#[test]
fn obligees_are_compared_after_folding() {
    let policy = policy("[[override]]\nobligees = [\" 瑞穂\u{3000}県 \"]\nrules.R1.percent = 30");
    assert_eq!(alone(&policy, &sample("G01-1")), ["R1 warning above-limit"]);
    let longer = with("G01-1", &[("/obligee/name", json!("瑞穂県庁"))]);
    assert_eq!(alone(&policy, &longer), NOTHING);
}

#[test]
fn the_later_override_wins() {
    let policy = policy(
        r#"
        rules.R1.percent = 10
        [[override]]
        kinds = ["advance"]
        rules.R1.percent = 20
        rules.R1.severity = "error"
        [[override]]
        obligees = ["瑞穂県"]
        rules.R1.percent = 40
        "#,
    );
    assert_eq!(alone(&policy, &sample("G01-1")), NOTHING);
    assert_eq!(alone(&policy, &sample("G04-1")), ["R1 error above-limit"]);
}

#[test]
fn an_override_can_take_a_figure_away() {
    let policy = policy(
        r#"
        [rules.R7]
        unit_jpy = 10_000_000
        cap_jpy = 1
        [[override]]
        obligees = ["瑞穂県"]
        rules.R7 = { unit_jpy = "none", cap_jpy = "none" }
        "#,
    );
    assert_eq!(alone(&policy, &sample("G01-1")), NOTHING);
    let both = ["R7 warning not-rounded", "R7 warning above-cap"];
    assert_eq!(alone(&policy, &sample("G04-1")), both);
}

#[test]
fn a_policy_lists_the_categories_that_r2_is_about() {
    let policy = policy("service_categories = [\"repair\"]");
    let category = |name: &str| with("G01-1", &[("/work/category", json!(name))]);
    assert_eq!(alone(&policy, &category("repair")), ["R2 warning above-limit"]);
    assert_eq!(alone(&policy, &category("services")), NOTHING);
}

#[test]
fn every_rule_can_be_silenced() {
    use hosho_policy::Rule;
    let off: Vec<String> =
        Rule::ALL.iter().map(|rule| format!("rules.{rule}.severity = \"off\"")).collect();
    let silent = policy(&off.join("\n"));
    for name in ["G03-1", "G04-2", "G04-4", "G07-1", "G10-1", "G10-2"] {
        let low =
            with(name, &[("/guarantee/amount_jpy", json!(1)), ("/work/price_tax_jpy", json!(1))]);
        assert_eq!(alone(&silent, &low), NOTHING, "{name}");
    }
}
