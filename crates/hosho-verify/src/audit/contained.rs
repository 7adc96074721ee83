//! Evidence files among what an audit looks at: each is judged by its own parts, besides what was
//! given (spec R-EVID-8).

use std::path::Path;

use hosho::{AttestationProof, Evidence};

use super::proofs::Proofs;
use crate::check::answer::Answer;
use crate::check::judge::{self, Basis, Question};
use crate::outcome::Outcome;
use crate::run::Context;
use crate::trust;

/// Judges the certificate of an evidence file.
pub(super) fn judge(
    bytes: &[u8],
    place: &str,
    question: &Question<'_>,
    basis: &Basis<'_>,
    proofs: &Proofs,
    context: Context,
) -> Answer {
    let file = match Evidence::parse(bytes) {
        Ok(file) => file,
        Err(error) => return Answer::not_genuine(error),
    };
    let mut bundles = match basis.bundles.stepping_through(&file) {
        Ok(bundles) => bundles,
        Err(error) => return Answer::trust_unusable(error.into()),
    };
    if let Some(seen) = basis.seen {
        bundles.refuse_older(seen, context);
    }
    let path = Path::new(place);
    let snapshots = basis.snapshots.clone().with_inside(&file, path, &bundles, context);
    let (proof, proof_problem) = trust::proof_inside(&file, path, context);
    let basis = Basis {
        bundles: &bundles,
        snapshots: &snapshots,
        proof: proof.as_ref(),
        proof_problem,
        seen: basis.seen,
        container: Some(&file),
        later: &[],
        signatures: basis.signatures,
    };
    let again = |proofs: &[&AttestationProof], proof_problem| {
        let with = |proof| judge::inside(&file, question, &Basis { proof, proof_problem, ..basis });
        let mut answers = proofs.iter().map(|proof| with(Some(*proof)));
        let proved = answers.find(|answer| answer.outcome != Outcome::KeyCompromised);
        Some(proved.unwrap_or_else(|| with(proofs.first().copied())))
    };
    let answer = judge::inside(&file, question, &basis);
    proofs.applied(place, answer, context, again)
}
