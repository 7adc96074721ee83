//! Whether the revisions of each guarantee hang together, and what is guaranteed to whom.
//!
//! Both are known only at the end, so that something is kept of each certificate until then: what is
//! held grows with their number. A year has a million, so it is only about a hundred bytes of each
//! (`docs/audit.md` section 5 says which).

use std::collections::{BTreeMap, HashMap};

use hosho::{Fingerprint, Revision, fold_name};

use super::record::Essence;
use crate::outcome::{Class, Outcome};

/// What is remembered of all genuine certificates.
#[derive(Debug, Default)]
pub(super) struct Chains {
    known: Vec<Known>,
    /// The numbers of guarantees, one behind the other.
    numbers: Vec<u8>,
    /// The fingerprints that amendments name.
    previous: Vec<Fingerprint>,
    guarantors: Names,
    obligees: Names,
}

/// One genuine certificate.
#[derive(Clone, Copy, Debug)]
struct Known {
    fingerprint: Fingerprint,
    number_at: usize,
    amount: u64,
    obligee: u32,
    /// Where the fingerprint of the revision before stands, for an amendment.
    previous: Option<u32>,
    guarantor: u32,
    revision: u16,
    newest: u16,
    number_len: u8,
    kind: u8,
    outcome: Outcome,
    ending: bool,
    in_ledger: bool,
}

/// Names, each once.
#[derive(Debug, Default)]
struct Names {
    shown: Vec<String>,
    /// Places by name, in every spelling that was met.
    places: HashMap<String, u32>,
    /// Places by folded name.
    folded: HashMap<String, u32>,
}

impl Names {
    /// The place of a name; spellings that fold to the same share it, and the first is shown.
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let next = u32::try_from(self.shown.len()).unwrap_or(u32::MAX);
        let place = *self.folded.entry(fold_name(name)).or_insert(next);
        if place == next {
            self.shown.push(name.to_owned());
        }
        self.places.insert(name.to_owned(), place);
        place
    }

    fn name(&self, place: u32) -> &str {
        usize::try_from(place).ok().and_then(|at| self.shown.get(at)).map_or("", String::as_str)
    }
}

/// How the chains came out.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Links {
    /// Guarantees of which an amendment was found.
    pub(super) checked: u64,
    /// Revisions that are missing below one that is there.
    pub(super) gaps: Vec<Gap>,
    /// Revisions that are missing above those that are there; the status names the newest.
    pub(super) newer: Vec<Gap>,
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

/// What is guaranteed to one obligee by one kind of guarantee. Copies count once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Total {
    /// Genuine certificates.
    pub(super) certificates: u64,
    /// Those that are in force on the day.
    pub(super) in_force: u64,
    /// The sum of what those guarantee.
    pub(super) amount: u128,
}

/// Totals by the name of the obligee and the code of the kind.
pub(super) type Totals = BTreeMap<(String, u8), Total>;

/// A guarantee that no row of the ledger is about: its newest certificate.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Stray {
    pub(super) number: String,
    pub(super) revision: Revision,
    pub(super) outcome: Outcome,
}

/// Everything that is known only at the end.
#[derive(Debug, Default)]
pub(super) struct Conclusion {
    pub(super) links: Links,
    pub(super) totals: Totals,
    pub(super) strays: Vec<Stray>,
}

impl Links {
    /// Whether certificates contradict each other; a gap contradicts nothing.
    #[must_use]
    pub(super) fn contradict(&self) -> bool {
        !self.broken.is_empty() || !self.forks.is_empty()
    }
}

impl Chains {
    /// Remembers a genuine certificate.
    pub(super) fn add(&mut self, essence: &Essence, outcome: Outcome, in_ledger: bool) {
        let previous = essence.previous.map(|previous| {
            self.previous.push(previous.0);
            u32::try_from(self.previous.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        let number_at = self.numbers.len();
        self.numbers.extend_from_slice(essence.number.as_bytes());
        self.known.push(Known {
            fingerprint: essence.fingerprint,
            number_at,
            amount: essence.amount,
            obligee: self.obligees.place(&essence.obligee),
            previous,
            guarantor: self.guarantors.place(&essence.guarantor_id),
            revision: essence.revision,
            newest: essence.newest.unwrap_or(0),
            number_len: u8::try_from(essence.number.len()).unwrap_or(u8::MAX),
            kind: essence.kind,
            outcome,
            ending: essence.ending,
            in_ledger,
        });
    }

    /// Checks every chain and counts; certificates with the same bytes count once.
    pub(super) fn conclude(mut self) -> Conclusion {
        let mut known = std::mem::take(&mut self.known);
        known.sort_unstable_by(|a, b| self.key(a).cmp(&self.key(b)));
        // Of copies the row counts that one of them has, and the verdict that knows the most: an
        // evidence file may say of a certificate what the status that was given does not.
        known.dedup_by(|later, first| {
            let same = self.key(later) == self.key(first);
            if same {
                first.in_ledger |= later.in_ledger;
                first.newest = first.newest.max(later.newest);
                if knowledge(later.outcome) > knowledge(first.outcome) {
                    first.outcome = later.outcome;
                }
            }
            same
        });
        let mut conclusion = Conclusion::default();
        let same = |a: &Known, b: &Known| self.guarantee(a) == self.guarantee(b);
        for guarantee in known.chunk_by(same) {
            self.total(guarantee, &mut conclusion.totals);
            self.check(guarantee, &mut conclusion.links);
            if let (Some(newest), true) =
                (guarantee.last(), guarantee.iter().all(|known| !known.in_ledger))
                && let Ok(revision) = Revision::new(newest.revision)
            {
                let (number, outcome) = (self.number(newest).to_owned(), newest.outcome);
                conclusion.strays.push(Stray { number, revision, outcome });
            }
        }
        conclusion
    }

    /// Guarantor and number.
    fn guarantee(&self, known: &Known) -> (&str, &str) {
        (self.guarantors.name(known.guarantor), self.number(known))
    }

    fn key(&self, known: &Known) -> ((&str, &str), u16, Fingerprint) {
        (self.guarantee(known), known.revision, known.fingerprint)
    }

    fn number(&self, known: &Known) -> &str {
        let end = known.number_at.saturating_add(usize::from(known.number_len));
        let bytes = self.numbers.get(known.number_at..end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn total(&self, guarantee: &[Known], totals: &mut Totals) {
        for known in guarantee {
            let key = (self.obligees.name(known.obligee).to_owned(), known.kind);
            let total = totals.entry(key).or_default();
            total.certificates = total.certificates.saturating_add(1);
            if known.outcome == Outcome::InForce {
                total.in_force = total.in_force.saturating_add(1);
                total.amount = total.amount.saturating_add(u128::from(known.amount));
            }
        }
    }

    fn check(&self, guarantee: &[Known], links: &mut Links) {
        let Some(last) = guarantee.last() else { return };
        let number = self.number(last);
        let newest = guarantee.iter().map(|known| known.newest).max().unwrap_or(0);
        links.newer.extend(gap(number, last.revision, newest.saturating_add(1)));
        if last.revision > 1 {
            links.checked = links.checked.saturating_add(1);
        }
        let mut before: &[Known] = &[];
        let mut revision_before = 0_u16;
        for same in guarantee.chunk_by(|a, b| a.revision == b.revision) {
            let Some(revision) = same.first().map(|known| known.revision) else { continue };
            if let (true, Ok(revision)) = (same.len() > 1, Revision::new(revision)) {
                links.forks.push((number.to_owned(), revision));
            }
            let adjacent = revision_before.checked_add(1) == Some(revision);
            if !adjacent {
                links.gaps.extend(gap(number, revision_before, revision));
            } else if revision > 1
                && !same.iter().all(|later| before.iter().any(|known| self.follows(later, known)))
                && let Ok(revision) = Revision::new(revision)
            {
                links.broken.push((number.to_owned(), revision));
            }
            (before, revision_before) = (same, revision);
        }
    }

    /// Whether a revision follows the one before it (spec R-CHAIN-1). Both are of one guarantee,
    /// and their numbers follow each other.
    fn follows(&self, later: &Known, earlier: &Known) -> bool {
        let named = later.previous.and_then(|at| self.previous.get(usize::try_from(at).ok()?));
        later.kind == earlier.kind && named == Some(&earlier.fingerprint) && !earlier.ending
    }
}

/// How much a verdict knows: that a guarantee ended more than that it is in force, and either more
/// than an open question. Between equals the order of the verdicts decides, not that of the files.
fn knowledge(outcome: Outcome) -> (u8, Outcome) {
    let class = match outcome.class() {
        Class::NotInForce => 2,
        Class::InForce => 1,
        Class::Undecided | Class::Refused => 0,
    };
    (class, outcome)
}

/// What lies between two revisions that are there.
fn gap(number: &str, below: u16, above: u16) -> Option<Gap> {
    let first = Revision::new(below.checked_add(1)?).ok()?;
    let last = Revision::new(above.checked_sub(1)?).ok()?;
    (first <= last).then(|| Gap { number: number.to_owned(), first, last })
}

#[cfg(test)]
mod tests;
