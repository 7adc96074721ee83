//! Several bundles of one guarantor: which of them serves (spec R-TRUST-10).

use std::path::{Path, PathBuf};

use hosho::{GuarantorId, SignedTrustBundle, TrustBundle};

use super::Problem;

/// A bundle that its own root keys signed; who they are is not known yet.
#[derive(Debug)]
pub(super) struct Candidate {
    bundle: TrustBundle,
    bytes: Vec<u8>,
    path: PathBuf,
}

/// The bundles of one guarantor-id; identical files count once.
///
/// Invariant: there is at least one.
#[derive(Debug)]
pub(super) struct Series {
    guarantor_id: GuarantorId<'static>,
    candidates: Vec<Candidate>,
}

/// The bundle that serves, and the bytes of all that lead to it.
type Resolved = (TrustBundle, Vec<Vec<u8>>);

/// A guarantor whose bundles do not follow each other. Nobody can tell which of them are its own,
/// so none is used.
#[derive(Clone, Debug)]
pub(super) struct Dispute {
    pub(super) guarantor_id: GuarantorId<'static>,
    pub(super) problem: Problem,
    pub(super) bundles: Vec<TrustBundle>,
    /// The files, by rising sequence.
    pub(super) files: Vec<PathBuf>,
    /// The first and last sequence of each gap between them.
    pub(super) missing: Vec<(u64, u64)>,
}

impl Candidate {
    /// Reads a bundle and checks its own root keys' signatures.
    pub(super) fn read(bytes: Vec<u8>, path: &Path) -> Result<Self, Problem> {
        let bundle = SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin)?;
        Ok(Self { bundle, bytes, path: path.to_owned() })
    }
}

impl Series {
    /// Puts the candidate beside those of its guarantor.
    pub(super) fn sort_in(all: &mut Vec<Self>, candidate: Candidate) {
        let id = candidate.bundle.guarantor_id();
        let Some(series) = all.iter_mut().find(|series| series.guarantor_id == *id) else {
            all.push(Self { guarantor_id: id.clone(), candidates: vec![candidate] });
            return;
        };
        let print = candidate.bundle.fingerprint();
        if series.candidates.iter().all(|known| known.bundle.fingerprint() != print) {
            series.candidates.push(candidate);
        }
    }

    /// Takes the lowest sequence as the pin and returns the bundle that lawful steps lead to from
    /// there (spec R-TRUST-9).
    pub(super) fn resolve(mut self) -> Result<Option<Resolved>, Box<Dispute>> {
        self.candidates.sort_by_key(|candidate| candidate.bundle.sequence());
        let mut steps = self.candidates.iter();
        let mut current = steps.next().map(|pin| pin.bundle.clone());
        for step in steps {
            let Some(pinned) = &current else { break };
            match SignedTrustBundle::parse(&step.bytes).and_then(|next| pinned.update(next)) {
                Ok(next) => current = Some(next),
                Err(error) => return Err(Box::new(self.dispute(error.into()))),
            }
        }
        let bytes = self.candidates.into_iter().map(|candidate| candidate.bytes).collect();
        Ok(current.map(|bundle| (bundle, bytes)))
    }

    fn dispute(self, problem: Problem) -> Dispute {
        let numbers: Vec<u64> =
            self.candidates.iter().map(|it| it.bundle.sequence().number()).collect();
        let (bundles, files) =
            self.candidates.into_iter().map(|candidate| (candidate.bundle, candidate.path)).unzip();
        let missing = missing(&numbers);
        Dispute { guarantor_id: self.guarantor_id, problem, bundles, files, missing }
    }
}

/// Returns the first and last of each gap between rising numbers.
fn missing(numbers: &[u64]) -> Vec<(u64, u64)> {
    let pairs = numbers.iter().zip(numbers.iter().skip(1));
    let gap = |(before, after): (&u64, &u64)| (before.saturating_add(1), after.saturating_sub(1));
    pairs.map(gap).filter(|(first, last)| first <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_gap_and_none_where_there_is_none() {
        assert_eq!(missing(&[1, 2, 3, 3]), []);
        assert_eq!(missing(&[2, 4, 5, 9]), [(3, 3), (6, 8)]);
        assert_eq!(missing(&[7]), []);
        assert_eq!(missing(&[u64::MAX, u64::MAX]), []);
    }
}
