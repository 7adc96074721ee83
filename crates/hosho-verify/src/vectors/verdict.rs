//! The operation `verify`: from bytes to the verdict of spec 12.2.

use std::sync::Arc;

use hosho::{
    AttestationProof, AuthKey, Date, Expectation, Expected, GuaranteeNumber, ListNumber,
    PreparedKeys, Revision, Sequence, SignedCertificate, SignedStatusSnapshot, StatusError,
    StatusSnapshot, TrustBundle, UnixTime, VerificationPath, Verifier,
};
use serde_json::json;

use super::fields::Fields;
use super::operations::{Outcome, object, pinned};
use crate::source::{self, Candidate};

/// Judges as `check` does, in the order of spec 12.2.
pub(super) fn verify(input: Fields<'_>) -> Result<Outcome, String> {
    let mut bundles = Vec::new();
    for trust in input.list("trust")? {
        match pinned(&trust) {
            Ok(bundle) => bundles.push(bundle),
            Err(error) => return Ok(refused("trust-unusable", error.code())),
        }
    }
    let key = match input.optional_text("auth_key")?.map(AuthKey::parse).transpose() {
        Ok(key) => key,
        Err(error) => return Ok(refused("key-mistyped", error.code())),
    };
    let bytes = match source::find_candidate(input.bytes("signed")?) {
        Ok(Candidate::Signed(bytes)) => bytes,
        Ok(Candidate::Sealed(_)) => return Err("input signed is a sealed certificate".to_owned()),
        Err(error) => return Ok(refused("unreadable", error.code())),
    };
    let Some((first, others)) = bundles.split_first() else {
        return Ok(refused("trust-unusable", "E1-NOT-RECOGNISED"));
    };
    let statuses = statuses(input, &bundles)?;
    let proof = match input.optional_bytes("proof")? {
        Some(bytes) => Some(AttestationProof::parse(&bytes).map_err(|error| error.to_string())?),
        None => None,
    };
    let mut verifier = Verifier::new(first);
    for bundle in others {
        verifier = verifier.also_trusting(bundle);
    }
    for status in &statuses {
        verifier = match status {
            Ok(snapshot) => verifier.with_status(snapshot),
            Err(error) => verifier.with_unusable_status(*error),
        };
    }
    if let Some(proof) = &proof {
        verifier = verifier.with_proof(proof);
    }
    if let Some(remembered) = input.object("remembered")? {
        let list = ListNumber::new(remembered.small("list")?);
        let sequence = Sequence::new(remembered.number("sequence")?);
        let list = list.map_err(|error| error.to_string())?;
        let sequence = sequence.map_err(|error| error.to_string())?;
        for bundle in &bundles {
            verifier = verifier.remembering(bundle.guarantor_id().clone(), list, sequence);
        }
    }
    let number = input.optional_text("number")?.map(GuaranteeNumber::fold).transpose();
    let number = number.map_err(|error| error.to_string())?;
    let expectation = Expectation {
        number: number.as_ref().map_or(Expected::Unspecified, Expected::Number),
        obligee: input.optional_text("obligee")?,
        auth_key: key.as_ref(),
    };
    judge(&verifier, &bytes, &expectation, input)
}

/// Names a way to verify with prepared keys, alone or in bulk, that says something else.
fn differing_path(
    verifier: &Verifier<'_>,
    signed: &SignedCertificate<'_>,
    expectation: &Expectation<'_>,
    (on, now): (Date, UnixTime),
) -> Option<String> {
    let plain = verifier.verify(signed.clone(), expectation, on, now).map(|it| *it.verdict());
    VerificationPath::available().into_iter().find_map(|path| {
        let prepared = Arc::new(PreparedKeys::new().after(1).on_path(path));
        let fast = verifier.clone().sharing(prepared);
        let alone = fast.verify(signed.clone(), expectation, on, now).map(|it| *it.verdict());
        let many = fast.verify_many(vec![signed.clone(); 5], expectation, on, now);
        let same = many.into_iter().all(|one| one.map(|it| *it.verdict()) == plain);
        (alone != plain || !same).then(|| format!("{path:?}"))
    })
}

fn judge(
    verifier: &Verifier<'_>,
    bytes: &[u8],
    expectation: &Expectation<'_>,
    input: Fields<'_>,
) -> Result<Outcome, String> {
    let (on, now) = (input.date("on")?, input.instant("now")?);
    let signed = match SignedCertificate::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => return Ok(refused("not-genuine", error.code())),
    };
    if let Some(path) = differing_path(verifier, &signed, expectation, (on, now)) {
        return Err(format!("with prepared keys the verdict differs: {path}"));
    }
    let genuine = match verifier.verify(signed, expectation, on, now) {
        Ok(genuine) => genuine,
        Err(error) => return Ok(refused(error.verdict(), error.code())),
    };
    let verdict = genuine.verdict();
    Ok(object(json!({
        "verdict": verdict.standing().code(),
        "code": verdict.standing().error_code(),
        "superseded_by": verdict.superseded_by().map(Revision::number),
        "ended_on": verdict.ended_on().map(|day| day.to_string()),
        "as_of": verdict.as_of().map(UnixTime::seconds),
    })))
}

/// The snapshots, each verified by the bundle of its guarantor.
fn statuses(
    input: Fields<'_>,
    bundles: &[TrustBundle],
) -> Result<Vec<Result<StatusSnapshot, StatusError>>, String> {
    let mut statuses = Vec::new();
    for bytes in input.list("status")? {
        let parsed = SignedStatusSnapshot::parse(&bytes).map_err(StatusError::from);
        statuses.push(parsed.and_then(|snapshot| {
            let own =
                bundles.iter().find(|bundle| bundle.guarantor_id() == snapshot.guarantor_id());
            own.map_or(Err(StatusError::OtherGuarantor), |bundle| snapshot.verify(bundle))
        }));
    }
    Ok(statuses)
}

fn refused(verdict: &str, code: &str) -> Outcome {
    object(json!({ "verdict": verdict, "code": code }))
}
