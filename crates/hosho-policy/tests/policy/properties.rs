//! Properties of all certificates and of all texts.

use hosho::{Certificate, Claims, GuaranteeKind, Lineage};
use hosho_policy::{Finding, Policy, Rule};
use hosho_testkit::strategies;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::Index;

use crate::certificates::{alone, sample};
use crate::file::{EVERY_KEY, example};

/// Three certificates of one guarantee, that need not follow each other.
fn chain() -> impl Strategy<Value = [Certificate<'static>; 3]> {
    // Trees of values are large: three of them do not fit on the stack of a test.
    let claims = || strategies::claims().boxed();
    (claims(), claims(), claims()).prop_map(|(first, second, third)| {
        let of_first = |claims: Claims<'static>| Claims {
            number: first.number.clone(),
            guarantor_id: first.guarantor_id.clone(),
            ..claims
        };
        [of_first(second), of_first(third), first.clone()].map(|it| Certificate::new(it).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_certificate_is_judged_and_one_that_ends_has_no_findings(chain in chain()) {
        let policy = Policy::parse(EVERY_KEY).unwrap();
        let others: Vec<&Certificate<'_>> = chain.iter().collect();
        for certificate in &chain {
            for policy in [&Policy::usual(), &policy] {
                let findings = policy.findings(certificate, &others, &others);
                prop_assert!(findings.is_sorted_by_key(Finding::rule));
                prop_assert!(findings.is_empty() || certificate.ending().is_none());
                for finding in findings {
                    prop_assert!(finding.to_string().len() > 20 && !finding.to_json().is_null());
                }
            }
        }
    }

    #[test]
    fn an_original_is_above_the_limit_exactly_when_whole_numbers_say_so(claims in strategies::claims()) {
        let original = Claims { lineage: Lineage::Original, ..claims };
        let bare = original.kind == GuaranteeKind::Advance && original.work.multi_year.is_none();
        let (price, advance) = (original.work.price.amount(), original.guarantee.advance);
        let services = ["services", "design"].contains(&original.work.category.as_str());
        let above = advance.is_some_and(|advance| advance.amount() * 5 > price * 2);
        let certificate = Certificate::new(original).unwrap();
        let findings = Policy::usual().findings(&certificate, &[], &[]);
        if bare && !services {
            prop_assert_eq!(findings.iter().any(|it| it.rule() == Rule::R1), above);
        }
    }

    #[test]
    fn a_policy_with_a_few_bytes_changed_is_read_or_refused(
        places in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        which in any::<bool>(),
    ) {
        let mut bytes = if which { EVERY_KEY.to_owned() } else { example() }.into_bytes();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Err(error) = Policy::from_file(&bytes) {
            prop_assert_eq!(error.code(), "E1-POLICY");
        }
    }
}

#[test]
fn a_policy_that_changes_nothing_finds_what_the_usual_one_finds() {
    let same = Policy::parse("version = 1").unwrap();
    for name in ["G01-1", "G04-4", "G07-1", "G08-1", "G10-2"] {
        assert_eq!(alone(&same, &sample(name)), alone(&Policy::usual(), &sample(name)), "{name}");
    }
}
