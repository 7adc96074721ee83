//! The operation `verify`: from bytes to the verdict of spec 12.2.

use std::sync::Arc;

use hosho::{
    AttestationProof, AuthKey, Date, Evidence, Expectation, Expected, Fingerprint, GuaranteeNumber,
    ListNumber, PreparedKeys, Revision, Sequence, SignedCertificate, SignedStatusSnapshot,
    StatusError, StatusSnapshot, TrustBundle, TrustError, UnixTime, VerificationPath, Verifier,
};
use serde_json::json;

use super::fields::Fields;
use super::operations::{Outcome, object, pinned};
use crate::source::{self, Candidate};

/// What a verdict rests on, besides what is asked.
struct Parts<'p> {
    bundles: Vec<TrustBundle>,
    statuses: Vec<Vec<u8>>,
    proof: Option<Vec<u8>>,
    container: Option<&'p Evidence<'p>>,
}

/// Judges as `check` does, in the order of spec 12.2.
pub(super) fn verify(input: Fields<'_>) -> Result<Outcome, String> {
    let mut bundles = Vec::new();
    for trust in input.list("trust")? {
        match pinned(&trust) {
            Ok(bundle) => bundles.push(bundle),
            Err(error) => return Ok(refused("trust-unusable", error.code())),
        }
    }
    let (statuses, proof) = (input.list("status")?, input.optional_bytes("proof")?);
    let parts = Parts { bundles, statuses, proof, container: None };
    verify_parts(input, &input.bytes("signed")?, &parts)
}

/// Judges the parts of an evidence file (spec R-EVID-8).
pub(super) fn verify_evidence(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = match source::find_candidate(input.bytes("evidence")?) {
        Ok(Candidate::Evidence(bytes)) => bytes,
        Ok(Candidate::Sealed(_) | Candidate::Signed(_)) => {
            return Ok(refused("unreadable", "E1-NOT-RECOGNISED"));
        }
        Err(error) => return Ok(refused("unreadable", error.code())),
    };
    let file = match Evidence::parse(&bytes) {
        Ok(file) => file,
        Err(error) => return Ok(refused("not-genuine", error.code())),
    };
    let bundles: Result<Vec<_>, TrustError> = if let Some(roots) = input.optional_bytes("roots")? {
        let roots = <[u8; 32]>::try_from(roots).map_err(|_| "input roots is not a SHA-256")?;
        file.trust_inside(Fingerprint::from_bytes(roots)).map(|bundle| vec![bundle])
    } else {
        let pins = input.list("trust")?;
        pins.iter().map(|pin| file.trust_from(&pinned(pin)?)).collect()
    };
    let bundles = match bundles {
        Ok(bundles) => bundles,
        Err(error) => return Ok(refused("trust-unusable", error.code())),
    };
    let mut statuses = input.list("status")?;
    statuses.extend(file.snapshots().iter().map(|bytes| bytes.to_vec()));
    let proof = input.optional_bytes("proof")?;
    let proof = proof.or_else(|| file.proof().map(<[u8]>::to_vec));
    let parts = Parts { bundles, statuses, proof, container: Some(&file) };
    verify_parts(input, file.certificate(), &parts)
}

fn verify_parts(input: Fields<'_>, signed: &[u8], parts: &Parts<'_>) -> Result<Outcome, String> {
    let bundles = &parts.bundles;
    let key = match input.optional_text("auth_key")?.map(AuthKey::parse).transpose() {
        Ok(key) => key,
        Err(error) => return Ok(refused("key-mistyped", error.code())),
    };
    let bytes = match source::find_candidate(signed.to_vec()) {
        Ok(Candidate::Signed(bytes)) => bytes,
        Ok(_) => return Err("input signed is not a signed certificate".to_owned()),
        Err(error) => return Ok(refused("unreadable", error.code())),
    };
    let Some((first, others)) = bundles.split_first() else {
        return Ok(refused("trust-unusable", "E1-NOT-RECOGNISED"));
    };
    let remembered = input.object("remembered")?;
    if let Some(seen) = remembered.filter(|seen| seen.0.contains_key("bundle")) {
        let sequence = Sequence::new(seen.number("bundle")?).map_err(|error| error.to_string())?;
        if let Err(error) = first.clone().not_below(sequence) {
            return Ok(refused("trust-unusable", error.code()));
        }
    }
    let statuses = statuses(&parts.statuses, bundles);
    let proof = parts.proof.as_deref().map(AttestationProof::parse).transpose();
    let proof = proof.map_err(|error| error.to_string())?;
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
    let later = input.list("later")?;
    for bytes in &later {
        let later = SignedCertificate::parse(bytes).map_err(|error| error.to_string())?;
        verifier = verifier.with_later(later);
    }
    if let Some(remembered) = remembered.filter(|seen| seen.0.contains_key("list")) {
        let list = ListNumber::new(remembered.small("list")?);
        let sequence = Sequence::new(remembered.number("sequence")?);
        let list = list.map_err(|error| error.to_string())?;
        let sequence = sequence.map_err(|error| error.to_string())?;
        for bundle in bundles {
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
    judge(&verifier, &bytes, &expectation, parts.container, input)
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
    container: Option<&Evidence<'_>>,
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
    if let Some(Err(error)) = container.map(|file| file.check_chain(&genuine)) {
        return Ok(refused("not-genuine", error.code()));
    }
    let verdict = genuine.verdict();
    Ok(object(json!({
        "verdict": verdict.standing().code(),
        "code": verdict.error_code(),
        "superseded_by": verdict.superseded_by().map(Revision::number),
        "ended_on": verdict.ended_on().map(|day| day.to_string()),
        "as_of": verdict.as_of().map(UnixTime::seconds),
    })))
}

/// The snapshots, each verified by the bundle of its guarantor.
fn statuses(
    snapshots: &[Vec<u8>],
    bundles: &[TrustBundle],
) -> Vec<Result<StatusSnapshot, StatusError>> {
    let verify = |bytes: &Vec<u8>| {
        let snapshot = SignedStatusSnapshot::parse(bytes).map_err(StatusError::from)?;
        let own = bundles.iter().find(|bundle| bundle.guarantor_id() == snapshot.guarantor_id());
        snapshot.verify(own.ok_or(StatusError::OtherGuarantor)?)
    };
    snapshots.iter().map(verify).collect()
}

fn refused(verdict: &str, code: &str) -> Outcome {
    object(json!({ "verdict": verdict, "code": code }))
}
