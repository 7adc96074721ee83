use super::super::record::Previous;
use super::*;

fn revision(number: u16) -> Revision {
    Revision::new(number).unwrap()
}

/// A certificate whose fingerprint is that of its name; `before` is the name that it follows.
fn essence(number: u16, name: &str, before: Option<&str>) -> Essence {
    Essence {
        guarantor_id: "g-mirai".to_owned(),
        number: "31".to_owned(),
        revision: number,
        newest: None,
        kind: 1,
        ending: false,
        obligee: "瑞穂県".to_owned(),
        amount: 100,
        fingerprint: Fingerprint::of(name.as_bytes()),
        previous: before.map(|before| Previous(Fingerprint::of(before.as_bytes()))),
    }
}

fn conclude(essences: impl IntoIterator<Item = Essence>) -> Conclusion {
    let mut chains = Chains::default();
    for essence in essences {
        chains.add(&essence, Outcome::InForce, false);
    }
    chains.conclude()
}

#[test]
fn of_copies_the_verdict_that_knows_the_most_counts_in_any_order() {
    let (unknown, open, ended) = (Outcome::StatusUnknown, Outcome::InForce, Outcome::Voided);
    for (outcomes, in_force) in [
        ([unknown, open, unknown], 1),
        ([open, unknown, unknown], 1),
        ([open, ended, unknown], 0),
        ([ended, unknown, open], 0),
    ] {
        let mut chains = Chains::default();
        for outcome in outcomes {
            chains.add(&essence(1, "a", None), outcome, false);
        }
        let Conclusion { totals, strays, .. } = chains.conclude();
        let total = totals.values().next().unwrap();
        assert_eq!((total.certificates, total.in_force), (1, in_force), "{outcomes:?}");
        let expected = if in_force == 1 { open } else { ended };
        assert_eq!(strays[0].outcome, expected, "{outcomes:?}");
    }
}

fn links(essences: impl IntoIterator<Item = Essence>) -> Links {
    conclude(essences).links
}

fn gap_of(first: u16, last: u16) -> Gap {
    Gap { number: "31".to_owned(), first: revision(first), last: revision(last) }
}

#[test]
fn a_whole_chain_in_any_order_has_nothing_to_report() {
    let chain = [essence(3, "c", Some("b")), essence(1, "a", None), essence(2, "b", Some("a"))];
    let links = links(chain);
    assert_eq!(links, Links { checked: 1, ..Links::default() });
    assert!(!links.contradict());
}

#[test]
fn missing_revisions_are_gaps_and_no_contradiction() {
    let found = links([essence(2, "b", Some("a")), essence(5, "e", Some("d"))]);
    assert_eq!(found.gaps, [gap_of(1, 1), gap_of(3, 4)]);
    assert!(!found.contradict());
    assert_eq!(links([essence(65_535, "z", Some("y"))]).gaps, [gap_of(1, 65_534)]);
}

#[test]
fn revisions_that_the_status_names_and_that_are_not_here_are_newer() {
    let amended = Essence { newest: Some(3), ..essence(1, "a", None) };
    let found = links([amended.clone()]);
    assert_eq!((found.newer, found.gaps), (vec![gap_of(2, 3)], vec![]));
    let third = essence(3, "c", Some("b"));
    let found = links([amended.clone(), third]);
    assert_eq!((found.newer, found.gaps), (vec![], vec![gap_of(2, 2)]));
    let last = Essence { newest: Some(65_535), ..amended };
    assert_eq!(links([last]).newer, [gap_of(2, 65_534)]);
}

#[test]
fn a_link_that_does_not_hold_is_broken() {
    let broken = links([essence(1, "a", None), essence(2, "b", Some("x"))]);
    assert_eq!(broken.broken, [("31".to_owned(), revision(2))]);
    assert!(broken.contradict());
    let ended = Essence { ending: true, ..essence(1, "a", None) };
    let after = links([ended, essence(2, "b", Some("a"))]);
    assert_eq!(after.broken, [("31".to_owned(), revision(2))]);
    let other_kind = Essence { kind: 3, ..essence(2, "b", Some("a")) };
    let other = links([essence(1, "a", None), other_kind]);
    assert_eq!(other.broken, [("31".to_owned(), revision(2))]);
}

#[test]
fn two_certificates_of_one_revision_are_a_fork_and_copies_are_none() {
    let forked = links([essence(1, "a", None), essence(1, "b", None)]);
    assert_eq!(forked.forks, [("31".to_owned(), revision(1))]);
    assert!(forked.contradict());
    let copied = conclude([essence(1, "a", None), essence(1, "a", None)]);
    assert_eq!(copied.links, Links::default());
    let total = copied.totals.get(&("瑞穂県".to_owned(), 1)).unwrap();
    assert_eq!(*total, Total { certificates: 1, in_force: 1, amount: 100 });
}

#[test]
fn guarantors_may_use_the_same_number() {
    let other = Essence { guarantor_id: "g-other".to_owned(), ..essence(1, "b", None) };
    let both = conclude([essence(1, "a", None), other]);
    assert_eq!(both.links, Links::default());
    assert_eq!(both.strays.len(), 2);
}

#[test]
fn only_what_is_in_force_is_summed_and_spellings_of_an_obligee_are_one() {
    let mut chains = Chains::default();
    chains.add(&essence(1, "a", None), Outcome::Superseded, false);
    let wide = Essence { obligee: "瑞穂　県".to_owned(), ..essence(2, "b", Some("a")) };
    chains.add(&Essence { amount: u64::MAX, ..wide }, Outcome::InForce, false);
    let totals = chains.conclude().totals;
    let expected = Total { certificates: 2, in_force: 1, amount: u128::from(u64::MAX) };
    assert_eq!(totals, BTreeMap::from([(("瑞穂県".to_owned(), 1), expected)]));
}

#[test]
fn a_guarantee_has_a_row_if_one_of_its_revisions_has() {
    let mut chains = Chains::default();
    chains.add(&essence(1, "a", None), Outcome::Superseded, true);
    chains.add(&essence(2, "b", Some("a")), Outcome::InForce, false);
    let other = Essence { number: "32".to_owned(), ..essence(1, "c", None) };
    chains.add(&other, Outcome::Expired, false);
    let stray = Stray { number: "32".to_owned(), revision: revision(1), outcome: Outcome::Expired };
    assert_eq!(chains.conclude().strays, [stray]);
}

/// The bytes of the certificates that are held, without those of names.
fn held(chains: &Chains) -> usize {
    let previous = size_of_val(chains.previous.as_slice());
    size_of_val(chains.known.as_slice()) + chains.numbers.len() + previous
}

#[test]
fn a_certificate_takes_80_bytes_and_its_number_and_an_amendment_32_more() {
    for (before, each) in [(None, 97), (Some("a"), 129)] {
        let mut chains = Chains::default();
        for place in 0..1_000 {
            let number = format!("31-07-1-{place:07}-9");
            let essence = Essence { number, ..essence(2, "b", before) };
            chains.add(&essence, Outcome::InForce, false);
        }
        assert_eq!(held(&chains), 1_000 * each);
        assert_eq!((chains.obligees.shown.len(), chains.guarantors.shown.len()), (1, 1));
    }
}
