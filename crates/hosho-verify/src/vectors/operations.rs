//! What each operation of a vector file does.

use hosho::{
    AttestationProof, AuthKey, Date, Epoch, Evidence, Fingerprint, GuaranteeNumber, GuarantorId,
    PublicKey, Revision, SealedAnswer, SealedCertificate, Serial, SignedCertificate,
    SignedStatusSnapshot, SignedTrustBundle, StatusError, Text, TrustBundle, TrustError, UnixTime,
    Verifier, decode_armor,
};
use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::verdict;
use crate::check::judge::ANYTHING;
use crate::hex::hex;

/// What came out of an operation.
pub(super) type Outcome = Map<String, Value>;

/// Replays one vector; the error says what is wrong with the vector itself.
pub(super) fn replay(operation: &str, input: &Map<String, Value>) -> Result<Outcome, String> {
    let input = Fields(input);
    match operation {
        "armor" => armor(input),
        "auth-key-text" => auth_key_text(input),
        "chain" => chain(input),
        "derive" => derive(input),
        "fold-number" => fold_number(input),
        "open" => open(input),
        "open-answer" => open_answer(input),
        "parse-bundle" => parse_bundle(input),
        "parse-certificate" => parse_certificate(input),
        "parse-evidence" => parse_evidence(input),
        "parse-proof" => parse_proof(input),
        "parse-sealed" => parse_sealed(input),
        "parse-snapshot" => parse_snapshot(input),
        "public-key" => public_key(input),
        "text" => text(input),
        "update-bundle" => update_bundle(input),
        "verify" => verdict::verify(input),
        "verify-evidence" => verdict::verify_evidence(input),
        "verify-snapshot" => verify_snapshot(input),
        _ => Err(format!("operation {operation} is unknown")),
    }
}

pub(super) fn object(value: Value) -> Outcome {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn accept() -> Outcome {
    object(json!({ "result": "accept" }))
}

fn accept_with(name: &str, value: impl Into<Value>) -> Outcome {
    let mut outcome = accept();
    outcome.insert(name.to_owned(), value.into());
    outcome
}

fn refuse(code: &str, offset: Option<usize>) -> Outcome {
    object(json!({ "result": "refuse", "code": code, "offset": offset }))
}

fn armor(input: Fields<'_>) -> Result<Outcome, String> {
    Ok(match decode_armor(input.text("text")?) {
        Ok(bytes) => accept_with("bytes", hex(&bytes)),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn auth_key_text(input: Fields<'_>) -> Result<Outcome, String> {
    Ok(match AuthKey::parse(input.text("text")?) {
        Ok(key) => accept_with("canonical", key.expose_text().as_str()),
        Err(error) => {
            object(json!({ "result": "refuse", "code": error.code(), "group": error.group() }))
        }
    })
}

fn chain(input: Fields<'_>) -> Result<Outcome, String> {
    let bundle =
        pinned(&input.bytes("trust")?).map_err(|error| format!("input trust: {}", error.code()))?;
    let verifier = Verifier::new(&bundle);
    let (earlier, later) = (input.bytes("earlier")?, input.bytes("later")?);
    let day = Date::from_days(0).map_err(|error| error.to_string())?;
    let now = UnixTime::from_seconds(0).map_err(|error| error.to_string())?;
    let verify = |bytes| {
        let signed = SignedCertificate::parse(bytes).map_err(|error| error.code())?;
        verifier.verify(signed, &ANYTHING, day, now).map_err(|error| error.code())
    };
    let follows = verify(&earlier).and_then(|earlier| {
        let later = verify(&later)?;
        later.follows(&earlier).map_err(|error| error.code())
    });
    Ok(match follows {
        Ok(()) => accept(),
        Err(code) => refuse(code, None),
    })
}

fn derive(input: Fields<'_>) -> Result<Outcome, String> {
    let key = AuthKey::parse(input.text("auth_key")?).map_err(|error| error.to_string())?;
    let id = GuarantorId::parse(input.text("guarantor_id")?).map_err(|error| error.to_string())?;
    let number =
        GuaranteeNumber::parse(input.text("number")?).map_err(|error| error.to_string())?;
    let epoch = Epoch::new(input.small("epoch")?).map_err(|error| error.to_string())?;
    let serial = Serial::new(input.small("serial")?).map_err(|error| error.to_string())?;
    let bind = key.bind(&id, &number, epoch, serial);
    Ok(object(json!({
        "result": "accept",
        "bind": hex(bind.as_ref()),
        "locator": hex(key.locator(&number).as_bytes()),
    })))
}

fn fold_number(input: Fields<'_>) -> Result<Outcome, String> {
    Ok(match GuaranteeNumber::fold(input.text("typed")?) {
        Ok(number) => accept_with("number", number.as_str()),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn open(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("sealed")?;
    let key = AuthKey::parse(input.text("auth_key")?).map_err(|error| error.to_string())?;
    let sealed = match SealedCertificate::parse(&bytes) {
        Ok(sealed) => sealed,
        Err(error) => return Ok(refuse(error.code(), Some(error.offset()))),
    };
    Ok(match key.open(&sealed) {
        Ok(opened) => accept_with("signed", hex(opened.as_bytes())),
        Err(error) => refuse(error.code(), None),
    })
}

fn open_answer(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("sealed")?;
    let key = AuthKey::parse(input.text("auth_key")?).map_err(|error| error.to_string())?;
    let number =
        GuaranteeNumber::parse(input.text("number")?).map_err(|error| error.to_string())?;
    let revision = Revision::new(input.small("revision")?).map_err(|error| error.to_string())?;
    let sealed = match SealedAnswer::parse(&bytes) {
        Ok(sealed) => sealed,
        Err(error) => return Ok(refuse(error.code(), Some(error.offset()))),
    };
    Ok(match key.open_answer(&number, revision, &sealed) {
        Ok(content) => accept_with("answer", hex(&content)),
        Err(error) => refuse(error.code(), None),
    })
}

/// Parses and pins a bundle.
pub(super) fn pinned(bytes: &[u8]) -> Result<TrustBundle, TrustError> {
    SignedTrustBundle::parse(bytes).and_then(SignedTrustBundle::pin)
}

fn parse_bundle(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    Ok(match pinned(&bytes) {
        Ok(bundle) => fingerprint(bundle.fingerprint()),
        Err(error) => refuse(error.code(), error.offset()),
    })
}

fn fingerprint(fingerprint: Fingerprint) -> Outcome {
    accept_with("fingerprint", fingerprint.to_string())
}

fn parse_certificate(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    Ok(match SignedCertificate::parse(&bytes) {
        Ok(signed) => fingerprint(signed.fingerprint()),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn parse_evidence(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    Ok(match Evidence::parse(&bytes) {
        Ok(file) => {
            let mut outcome = fingerprint(Fingerprint::of(&bytes));
            outcome.insert("imprint".to_owned(), file.imprint().to_string().into());
            outcome
        }
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn parse_proof(input: Fields<'_>) -> Result<Outcome, String> {
    Ok(match AttestationProof::parse(&input.bytes("bytes")?) {
        Ok(_) => accept(),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn parse_sealed(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    Ok(match SealedCertificate::parse(&bytes) {
        Ok(sealed) => fingerprint(sealed.fingerprint()),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn parse_snapshot(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    Ok(match SignedStatusSnapshot::parse(&bytes) {
        Ok(_) => fingerprint(Fingerprint::of(&bytes)),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn public_key(input: Fields<'_>) -> Result<Outcome, String> {
    let Ok(bytes) = <[u8; 32]>::try_from(input.bytes("bytes")?) else {
        return Ok(refuse("E8-KEY", None));
    };
    Ok(match PublicKey::from_bytes(bytes) {
        Ok(key) => accept_with("key_id", key.key_id().to_string()),
        Err(error) => refuse(error.code(), None),
    })
}

fn text(input: Fields<'_>) -> Result<Outcome, String> {
    Ok(match Text::parse(input.text("value")?) {
        Ok(_) => accept(),
        Err(error) => refuse(error.code(), Some(error.offset())),
    })
}

fn update_bundle(input: Fields<'_>) -> Result<Outcome, String> {
    let mut current = pinned(&input.bytes("pinned")?)
        .map_err(|error| format!("input pinned: {}", error.code()))?;
    for next in input.list("next")? {
        match SignedTrustBundle::parse(&next).and_then(|next| current.update(next)) {
            Ok(next) => current = next,
            Err(error) => return Ok(refuse(error.code(), error.offset())),
        }
    }
    Ok(fingerprint(current.fingerprint()))
}

fn verify_snapshot(input: Fields<'_>) -> Result<Outcome, String> {
    let bytes = input.bytes("bytes")?;
    let bundle =
        pinned(&input.bytes("trust")?).map_err(|error| format!("input trust: {}", error.code()))?;
    let parsed = SignedStatusSnapshot::parse(&bytes).map_err(StatusError::from);
    Ok(match parsed.and_then(|snapshot| snapshot.verify(&bundle)) {
        Ok(_) => accept(),
        Err(error) => refuse(error.code(), error.offset()),
    })
}
