//! What the ledger says against the certificates, row by row.

use std::cmp::Reverse;

use hosho::Revision;

use super::{Difference, Hit, Ledger};
use crate::audit::chains::Stray;
use crate::outcome::Outcome;

/// For each row the certificate that it is held against: the one that governs on the day, else
/// the highest revision that was found.
#[derive(Debug)]
pub(in crate::audit) struct Balance {
    rows: Vec<Option<Held>>,
    /// The guarantors that were met; there are few.
    guarantors: Vec<String>,
}

#[derive(Clone, Debug)]
struct Held {
    guarantor: u32,
    rank: Rank,
    revision: u16,
    outcome: Outcome,
    differences: Option<Box<[Difference]>>,
}

/// How well a certificate answers for the day, the best last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Superseded,
    Other,
    InForce,
    /// Guarantees of several guarantors have the number, and the row does not tell them apart.
    Ambiguous,
}

/// What is to be told about a row, or about a guarantee without one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::audit) struct Finding {
    pub(in crate::audit) about: About,
    /// The row, as a spreadsheet counts; none for a guarantee without one.
    pub(in crate::audit) row: Option<u32>,
    pub(in crate::audit) number: String,
    pub(in crate::audit) revision: Option<u16>,
    pub(in crate::audit) outcome: Option<Outcome>,
    pub(in crate::audit) differences: Vec<Difference>,
}

/// What is wrong between ledger and certificates.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum About {
    /// Guarantees of several guarantors have the number of the row.
    Ambiguous,
    /// A field differs.
    Different,
    /// Only superseded revisions were found, not the one that governs.
    GoverningMissing,
    /// No certificate has the number.
    NoCertificate,
    /// No row has the number.
    NoRow,
    /// The fields agree, but the certificate is not in force on the day.
    NotInForce,
    /// An earlier row has the number.
    Twice,
}

impl About {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Different => "different",
            Self::GoverningMissing => "governing-missing",
            Self::NoCertificate => "no-certificate",
            Self::NoRow => "no-row",
            Self::NotInForce => "not-in-force",
            Self::Twice => "twice",
        }
    }

    /// Whether ledger and certificates contradict each other.
    pub(crate) const fn contradicts(self) -> bool {
        !matches!(self, Self::NotInForce)
    }
}

impl Balance {
    pub(in crate::audit) fn of(ledger: &Ledger) -> Self {
        Self { rows: vec![None; ledger.len()], guarantors: Vec::new() }
    }

    /// Holds a certificate against the rows about it; of several the best answers. One row cannot
    /// answer for the guarantees of two guarantors, whichever was found first.
    pub(in crate::audit) fn take(
        &mut self,
        hits: &[Hit],
        guarantor_id: &str,
        revision: u16,
        outcome: Outcome,
    ) {
        if hits.is_empty() {
            return;
        }
        let guarantor = self.guarantor(guarantor_id);
        let rank = match outcome {
            Outcome::InForce => Rank::InForce,
            Outcome::Superseded => Rank::Superseded,
            _ => Rank::Other,
        };
        for hit in hits {
            let place = usize::try_from(hit.row).ok().and_then(|row| self.rows.get_mut(row));
            let Some(held) = place else { continue };
            if let Some(held) = held
                && held.guarantor != guarantor
            {
                held.rank = Rank::Ambiguous;
                held.differences = None;
            } else if held.as_ref().is_none_or(|held| {
                let before = (held.rank, held.revision, Reverse(held.outcome));
                before < (rank, revision, Reverse(outcome))
            }) {
                let differences = (!hit.differences.is_empty())
                    .then(|| hit.differences.clone().into_boxed_slice());
                *held = Some(Held { guarantor, rank, revision, outcome, differences });
            }
        }
    }

    /// The place of a guarantor.
    fn guarantor(&mut self, id: &str) -> u32 {
        let place = self.guarantors.iter().position(|known| known == id).unwrap_or_else(|| {
            self.guarantors.push(id.to_owned());
            self.guarantors.len().saturating_sub(1)
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// What is to be told, in the order of the rows; then the guarantees without one. Rows with
    /// nothing to tell are counted as agreeing.
    pub(in crate::audit) fn findings<'b>(
        &'b self,
        ledger: &'b Ledger,
        strays: &'b [Stray],
    ) -> impl Iterator<Item = Finding> + 'b {
        let rows = (0_u32..).zip(&self.rows);
        let of_rows = rows.filter_map(|(row, held)| {
            let about = about(ledger.repeats(row), held.as_ref())?;
            // None of several guarantors' certificates is the one.
            let one = held.as_ref().filter(|held| held.rank != Rank::Ambiguous);
            Some(Finding {
                about,
                row: ledger.row_number(row),
                number: super::columns::clean(&ledger.number_text(row)),
                revision: one.map(|held| held.revision),
                outcome: one.map(|held| held.outcome),
                differences: one
                    .and_then(|held| held.differences.as_deref())
                    .unwrap_or_default()
                    .to_vec(),
            })
        });
        of_rows.chain(strays.iter().map(|stray| Finding {
            about: About::NoRow,
            row: None,
            number: stray.number.clone(),
            revision: Some(Revision::number(stray.revision)),
            outcome: Some(stray.outcome),
            differences: Vec::new(),
        }))
    }
}

fn about(repeats: bool, held: Option<&Held>) -> Option<About> {
    let Some(held) = held else {
        return Some(if repeats { About::Twice } else { About::NoCertificate });
    };
    match held {
        _ if repeats => Some(About::Twice),
        Held { rank: Rank::Ambiguous, .. } => Some(About::Ambiguous),
        Held { rank: Rank::Superseded, .. } => Some(About::GoverningMissing),
        Held { differences: Some(_), .. } => Some(About::Different),
        Held { rank: Rank::Other, .. } => Some(About::NotInForce),
        Held { rank: Rank::InForce, .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(differences: usize) -> Hit {
        let difference =
            Difference { field: "price".to_owned(), ledger: "1".to_owned(), certificate: None };
        Hit { row: 0, differences: vec![difference; differences] }
    }

    fn told(taken: &[(Hit, u16, Outcome)]) -> (Option<About>, Option<u16>) {
        let mut balance = Balance { rows: vec![None], guarantors: Vec::new() };
        for (hit, revision, outcome) in taken {
            balance.take(std::slice::from_ref(hit), "g-mirai", *revision, *outcome);
        }
        let held = balance.rows[0].as_ref();
        (about(false, held), held.map(|held| held.revision))
    }

    #[test]
    fn the_certificate_in_force_answers_before_any_other() {
        let in_force = (hit(0), 2, Outcome::InForce);
        let later = (hit(1), 3, Outcome::NotYetInForce);
        let earlier = (hit(0), 1, Outcome::Superseded);
        for order in [[&in_force, &later, &earlier], [&earlier, &later, &in_force]] {
            assert_eq!(told(&order.map(Clone::clone)), (None, Some(2)));
        }
    }

    #[test]
    fn without_one_in_force_the_highest_revision_answers() {
        let first = (hit(0), 1, Outcome::Expired);
        let second = (hit(0), 2, Outcome::Expired);
        assert_eq!(told(&[second, first]), (Some(About::NotInForce), Some(2)));
    }

    #[test]
    fn superseded_certificates_alone_leave_the_governing_one_missing() {
        let taken = (hit(0), 1, Outcome::Superseded);
        assert_eq!(told(&[taken]), (Some(About::GoverningMissing), Some(1)));
        assert_eq!(told(&[]), (Some(About::NoCertificate), None));
    }

    #[test]
    fn a_difference_is_told_whatever_the_verdict() {
        assert_eq!(told(&[(hit(1), 1, Outcome::InForce)]), (Some(About::Different), Some(1)));
        assert_eq!(told(&[(hit(1), 1, Outcome::Voided)]), (Some(About::Different), Some(1)));
    }

    #[test]
    fn one_row_answers_for_one_guarantor_whatever_the_order() {
        let taken = [
            ("g-mirai", 1, Outcome::InForce),
            ("g-kaede", 1, Outcome::InForce),
            ("g-mirai", 2, Outcome::InForce),
            ("g-kaede", 2, Outcome::Superseded),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mut balance = Balance { rows: vec![None], guarantors: Vec::new() };
            for (id, revision, outcome) in order.map(|at: usize| taken[at]) {
                balance.take(&[hit(1)], id, revision, outcome);
            }
            let held = balance.rows[0].as_ref();
            assert_eq!(about(false, held), Some(About::Ambiguous), "{order:?}");
            assert_eq!(held.unwrap().differences, None, "{order:?}");
        }
    }

    const ALL: [About; 7] = [
        About::Ambiguous,
        About::Different,
        About::GoverningMissing,
        About::NoCertificate,
        About::NoRow,
        About::NotInForce,
        About::Twice,
    ];

    #[test]
    fn every_word_is_its_own_and_only_standing_does_not_contradict() {
        let mut words: Vec<_> = ALL.iter().map(|about| about.word()).collect();
        words.dedup();
        assert_eq!(words.len(), 7);
        let mild: Vec<_> = ALL.into_iter().filter(|about| !about.contradicts()).collect();
        assert_eq!(mild, [About::NotInForce]);
    }

    #[test]
    fn a_row_takes_few_bytes() {
        assert!(size_of::<Option<Held>>() <= 24, "{}", size_of::<Option<Held>>());
    }
}
