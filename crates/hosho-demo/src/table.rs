//! Every certificate, signed and sealed, verified through the library as a service would.

use std::error::Error;

use hosho::{
    AuthKey, Date, Expectation, Expected, SealedCertificate, SignedCertificate,
    SignedStatusSnapshot, SignedTrustBundle, UnixTime, VerifiedCertificate, Verifier,
};
use hosho_cli::lang::Lang;

use crate::guarantor::{NOW, Stage, TODAY};
use crate::samples::Samples;

/// Prints a line for each certificate and tells whether all were as expected.
pub(crate) fn verify_all(
    stage: &Stage,
    samples: &Samples,
    lang: Lang,
) -> Result<bool, Box<dyn Error>> {
    let (trust, status) = (std::fs::read(&stage.trust)?, std::fs::read(&stage.status)?);
    let trust = SignedTrustBundle::parse(&trust)?.pin()?;
    let status = SignedStatusSnapshot::parse(&status)?.verify(&trust)?;
    let verifier = Verifier::new(&trust).with_status(&status);
    let (on, now) = (Date::parse(TODAY)?, UnixTime::parse(NOW)?);
    println!("{} {on}", lang.pick("基準日:", "on"));

    let mut all = true;
    for request in &samples.requests {
        let (number, revision) = (&request.number, request.revision);
        let expectation = Expectation {
            number: Expected::Number(number),
            obligee: Some(request.obligee.name.as_str()),
            auth_key: None,
        };
        let bytes = std::fs::read(stage.signed(number.as_str(), revision.number()))?;
        let signed = SignedCertificate::parse(&bytes)?;
        let direct = verifier.verify(signed, &expectation, on, now)?;

        let sealed = std::fs::read(stage.sealed(number.as_str(), revision.number()))?;
        let key = AuthKey::parse(&std::fs::read_to_string(stage.auth_key(number.as_str()))?)?;
        let opened = key.open(&SealedCertificate::parse(&sealed)?)?;
        let through_key = verifier.verify_opened(&opened, &expectation, on, now)?;

        let expected = samples.expected(number.as_str(), revision);
        let same = direct.as_bytes() == through_key.as_bytes()
            && says_what_was_asked(&direct, request)
            && Some(direct.verdict().standing()) == expected
            && Some(through_key.verdict().standing()) == expected;
        all &= same;
        println!(
            "{} {number} r{revision}  {:<12} {:>5} B / {:>5} B  {}",
            if same { "✓" } else { "✗" },
            direct.verdict().standing().code(),
            bytes.len(),
            sealed.len(),
            request.work.name,
        );
    }
    Ok(all)
}

fn says_what_was_asked(
    verified: &VerifiedCertificate<'_>,
    request: &hosho_request::Request,
) -> bool {
    let claims = verified.certificate().claims();
    claims.obligee == request.obligee
        && claims.contractor == request.contractor
        && claims.work == request.work
}
