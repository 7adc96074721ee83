//! Every finding says everything in both languages, and every case is documented and reached.

use std::collections::BTreeSet;
use std::fs;

use hosho::Certificate;
use hosho_policy::{Finding, Policy};
use serde_json::{Value, json};

use crate::certificates::{policy, root, sample, with};

fn collect(into: &mut Vec<Finding>, policy: &Policy, certificates: &[Certificate<'_>]) {
    for certificate in certificates {
        let others: Vec<&Certificate<'_>> = certificates.iter().collect();
        into.extend(policy.findings(certificate, &[], &[]));
        into.extend(policy.findings(certificate, &others, &others));
    }
}

/// Findings of every case, from certificates that are wrong in every way.
fn findings() -> Vec<Finding> {
    let chain: Vec<Certificate<'_>> = ["G04-1", "G04-2", "G04-3", "G04-4"].map(sample).into();
    let strict =
        policy("rules.R7 = { unit_jpy = 7, cap_jpy = 1 }\nrules.R15.increase_percent = 10");
    let lenient = policy("rules.R15 = { increase_percent = 90, decrease_percent = 90 }");
    let mut found = Vec::new();
    for policy in [&Policy::usual(), &strict, &lenient] {
        collect(&mut found, policy, &chain);
        let wrong = [
            ("/guarantee/amount_jpy", json!(1)),
            ("/guarantee/period/to", json!("2026-02-01")),
            ("/work/price_tax_jpy", json!(1)),
        ];
        for name in ["G01-1", "G02-1", "G03-1", "G06-1", "G07-1", "G10-1", "G10-2"] {
            collect(&mut found, policy, &[sample(name), with(name, &wrong)]);
        }
        let large = json!(900_000_000);
        let late = [
            ("/guarantee/amount_jpy", large.clone()),
            ("/guarantee/period/from", json!("2026-10-01")),
            ("/guarantee/period/to", json!("2028-03-31")),
        ];
        for name in ["G01-1", "G02-1", "G07-1", "G10-1"] {
            collect(&mut found, policy, &[with(name, &late)]);
        }
        let more = json!(60_000_000);
        collect(
            &mut found,
            policy,
            &[
                with("G03-1", &[("/issued_on", json!("2025-07-01"))]),
                with("G03-1", &[("/guarantee/prior_advance_guarantee_number", Value::Null)]),
                with("G07-1", &[("/guarantee/advance_jpy", more.clone())]),
                with("G01-1", &[("/guarantee/advance_jpy", more.clone())]),
                with("G03-1", &[("/guarantee/advance_jpy", more.clone())]),
                with("G04-4", &[("/guarantee/advance_jpy", more)]),
                sample("G08-1"),
                with("G08-1", &[("/guarantee/advance_jpy", json!(5_610_001))]),
                with("G10-1", &[("/guarantee/advance_jpy", json!(600_000_000))]),
                with("G04-4", &[("/change/contract_changed_on", Value::Null)]),
                with("G04-4", &[("/change/kinds", json!(["extension"]))]),
                with("G10-1", &[("/work/multi_year/fiscal_year", json!("初年度"))]),
            ],
        );
        let other = with("G01-1", &[("/work/contract_number", json!("別"))]);
        found.extend(policy.findings(&sample("G03-1"), &[], &[&other]));
    }
    found
}

#[test]
fn every_figure_that_a_reason_names_is_there() {
    for finding in findings() {
        for reason in [finding.to_english(), finding.to_japanese()] {
            assert!(!reason.contains(['?', '{', '}']), "{finding:?}: {reason}");
        }
    }
}

#[test]
fn the_documentation_lists_every_case_that_is_found_and_no_other() {
    let page = fs::read_to_string(root().join("docs/policy.md")).unwrap();
    let (_, table) = page.split_once("| rule | cases |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let mut documented = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| R")) {
        let (rule, cases) = row[2..].split_once(" | ").unwrap();
        let cases = cases.split('`').filter(|case| case.contains('-'));
        documented.extend(cases.map(|case| (rule.to_owned(), case.to_owned())));
    }
    let found: BTreeSet<(String, String)> =
        findings().iter().map(|it| (it.rule().to_string(), it.case().to_owned())).collect();
    assert_eq!(found, documented);
}

#[test]
fn findings_come_in_the_order_of_their_rules() {
    let certificate = with("G04-4", &[("/guarantee/amount_jpy", json!(1))]);
    let found = Policy::usual().findings(&certificate, &[], &[]);
    let rules: Vec<_> = found.iter().map(Finding::rule).collect();
    assert!(rules.is_sorted(), "{rules:?}");
    assert!(rules.len() > 2);
}
