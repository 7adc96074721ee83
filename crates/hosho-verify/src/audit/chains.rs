//! Whether the revisions of each guarantee hang together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hosho::{Fingerprint, Revision};

use crate::check::answer::Genuine;

/// Guarantor and number of a guarantee.
type Guarantee = (String, String);

/// What is remembered of each genuine certificate: no claims but its place.
#[derive(Debug, Default)]
pub(super) struct Chains {
    guarantees: BTreeMap<Guarantee, BTreeMap<Revision, Vec<Link>>>,
}

#[derive(Debug)]
struct Link {
    fingerprint: Fingerprint,
    path: PathBuf,
}

/// How the chains came out.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Links {
    /// Guarantees of which an amendment was found.
    pub(super) checked: usize,
    /// Revisions that are missing below one that is there.
    pub(super) gaps: Vec<Gap>,
    /// Revisions that do not follow the one before.
    pub(super) broken: Vec<(String, Revision)>,
    /// Revisions of which there are different certificates.
    pub(super) forks: Vec<(String, Revision)>,
}

/// Revisions of a guarantee that are missing, without one between them that is there.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Gap {
    pub(super) number: String,
    pub(super) first: Revision,
    pub(super) last: Revision,
}

impl Links {
    /// Whether certificates contradict each other; a gap contradicts nothing.
    #[must_use]
    pub(super) fn contradict(&self) -> bool {
        !self.broken.is_empty() || !self.forks.is_empty()
    }
}

impl Chains {
    /// Remembers a certificate; the same bytes found twice count once.
    pub(super) fn add(&mut self, genuine: &Genuine, path: &Path) {
        let claims = genuine.certificate.claims();
        let guarantee = (claims.guarantor_id.to_string(), claims.number.to_string());
        let revisions = self.guarantees.entry(guarantee).or_default();
        let links = revisions.entry(genuine.certificate.revision()).or_default();
        if links.iter().all(|link| link.fingerprint != genuine.fingerprint) {
            links.push(Link { fingerprint: genuine.fingerprint, path: path.to_owned() });
        }
    }

    /// Checks every chain; `follows` verifies a later and an earlier certificate again.
    pub(super) fn check(&self, follows: &impl Fn(&Path, &Path) -> bool) -> Links {
        let mut result = Links::default();
        for ((_, number), revisions) in &self.guarantees {
            let forked = revisions.iter().filter(|(_, links)| links.len() > 1);
            result.forks.extend(forked.map(|(revision, _)| (number.clone(), *revision)));
            if revisions.keys().all(|revision| *revision == Revision::FIRST) {
                continue;
            }
            result.checked = result.checked.saturating_add(1);
            check_chain(number, revisions, follows, &mut result);
        }
        result
    }
}

fn check_chain(
    number: &str,
    revisions: &BTreeMap<Revision, Vec<Link>>,
    follows: &impl Fn(&Path, &Path) -> bool,
    result: &mut Links,
) {
    let mut expected = Some(Revision::FIRST);
    let mut before: Option<&Vec<Link>> = None;
    for (revision, links) in revisions {
        if let Some(first) = expected.filter(|expected| expected < revision)
            && let Ok(last) = Revision::new(revision.number().saturating_sub(1))
        {
            result.gaps.push(Gap { number: number.to_owned(), first, last });
            before = None;
        }
        if let Some(before) = before {
            let hangs =
                |later: &Link| before.iter().any(|earlier| follows(&later.path, &earlier.path));
            if !links.iter().all(hangs) {
                result.broken.push((number.to_owned(), *revision));
            }
        }
        before = Some(links);
        expected = revision.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: u16) -> Revision {
        Revision::new(number).unwrap()
    }

    fn chain(numbers: &[(u16, &str)]) -> Chains {
        let mut revisions: BTreeMap<Revision, Vec<Link>> = BTreeMap::new();
        for (number, path) in numbers {
            let link =
                Link { fingerprint: Fingerprint::of(path.as_bytes()), path: PathBuf::from(path) };
            revisions.entry(revision(*number)).or_default().push(link);
        }
        let guarantee = ("g-mirai".to_owned(), "31".to_owned());
        Chains { guarantees: BTreeMap::from([(guarantee, revisions)]) }
    }

    #[test]
    fn a_whole_chain_has_nothing_to_report() {
        let links = chain(&[(1, "a"), (2, "b"), (3, "c")]).check(&|_, _| true);
        assert_eq!(links, Links { checked: 1, ..Links::default() });
        assert!(!links.contradict());
    }

    #[test]
    fn missing_revisions_are_gaps_and_no_contradiction() {
        let links = chain(&[(2, "b"), (5, "e")]).check(&|_, _| false);
        let gap = |first, last| Gap {
            number: "31".to_owned(),
            first: revision(first),
            last: revision(last),
        };
        assert_eq!(links.gaps, [gap(1, 1), gap(3, 4)]);
        assert_eq!(chain(&[(65_535, "z")]).check(&|_, _| false).gaps, [gap(1, 65_534)]);
        assert!(!links.contradict());
    }

    #[test]
    fn a_link_that_does_not_hold_is_broken() {
        let links = chain(&[(1, "a"), (2, "b")]).check(&|later, earlier| {
            assert_eq!((later, earlier), (Path::new("b"), Path::new("a")));
            false
        });
        assert_eq!(links.broken, [("31".to_owned(), revision(2))]);
        assert!(links.contradict());
    }

    #[test]
    fn two_certificates_of_one_revision_are_a_fork() {
        let links = chain(&[(1, "a"), (1, "b")]).check(&|_, _| true);
        assert_eq!(links.forks, [("31".to_owned(), revision(1))]);
        assert!(links.contradict());
    }
}
