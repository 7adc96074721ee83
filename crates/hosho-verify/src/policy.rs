//! What an obligee's policy says about certificates; it changes no verdict (`docs/policy.md`).

use std::path::Path;

use hosho::{Certificate, Evidence, SignedCertificate};
use hosho_cli::input;
use hosho_cli::lang::Lang;
use hosho_cli::path::shown;
use hosho_policy::{Finding, Policy, Related, Relative};

use crate::check::Moment;
use crate::check::answer::{Answer, Genuine};
use crate::check::judge::{ANYTHING, Basis};
use crate::outcome::Class;
use crate::run::{Context, Failure, complain};
use crate::source::{self, Candidate};

/// The word that stands for the usual policy.
const USUAL: &str = "usual";

/// Reads the policy that `--policy` names: a file, or the word `usual`.
pub(crate) fn load(path: &Path, context: Context) -> Result<Policy, Failure> {
    if path.as_os_str() == USUAL {
        return Ok(Policy::usual());
    }
    let refused =
        |code, message: String| Failure::usage(code, format!("{}: {message}", shown(path)));
    let bytes = input::read_bounded(path, Policy::MAX_LEN)
        .map_err(|error| refused(error.code(), error.message(context.lang)))?;
    Policy::from_file(&bytes).map_err(|error| {
        let message = match context.lang {
            Lang::Ja => error.to_japanese(),
            _ => error.to_string(),
        };
        refused(error.code(), message)
    })
}

/// Returns what the policy says about the certificate of an answer; nothing about one that is not
/// genuine or was refused.
///
/// `related` may hold any genuine certificates: earlier revisions and those about the same contract
/// are looked at.
pub(crate) fn findings(policy: &Policy, answer: &Answer, related: &Related) -> Vec<Finding> {
    let found = believed(answer).map(|it| policy.findings_among(it, related));
    found.unwrap_or_default()
}

/// Returns what the certificate of an answer tells about others; nothing if it is not genuine or was
/// refused.
pub(crate) fn relative(answer: &Answer) -> Option<Relative> {
    believed(answer).map(Relative::of)
}

fn believed(answer: &Answer) -> Option<&Certificate<'static>> {
    let genuine = answer.genuine.as_ref().filter(|_| answer.outcome.class() != Class::Refused);
    genuine.map(|it| &it.certificate)
}

/// Returns a finding on one line.
pub(crate) fn line(finding: &Finding, context: Context) -> String {
    match context.lang {
        Lang::Ja => finding.to_japanese_line(),
        _ => finding.to_string(),
    }
}

/// Reads the certificates that `--related` names and keeps the genuine ones; others are told and
/// passed over.
pub(crate) fn load_related(
    paths: &[impl AsRef<Path>],
    basis: &Basis<'_>,
    moment: Moment,
    context: Context,
) -> Vec<Genuine> {
    let mut related = Vec::with_capacity(paths.len());
    for path in paths.iter().map(AsRef::as_ref) {
        match read_related(path, basis, moment) {
            Ok(genuine) => related.push(genuine),
            Err(code) => complain(path, code, context.text().related_refused),
        }
    }
    related
}

fn read_related(path: &Path, basis: &Basis<'_>, moment: Moment) -> Result<Genuine, &'static str> {
    let bytes = match source::read_candidate(path) {
        Ok(Candidate::Signed(bytes)) => bytes,
        Ok(Candidate::Evidence(bytes)) => {
            let file = Evidence::parse(&bytes).map_err(|error| error.code())?;
            file.certificate().to_vec()
        }
        // What is sealed cannot be looked at without a key of its own.
        Ok(Candidate::Sealed(_)) => return Err("E4-OPEN"),
        Err(error) => return Err(error.code()),
    };
    let verifier = basis.verifier().map_err(|problem| problem.code)?;
    let signed = SignedCertificate::parse(&bytes).map_err(|error| error.code())?;
    match verifier.verify(signed, &ANYTHING, moment.on, moment.now) {
        Ok(genuine) => Ok(Genuine::of(&genuine)),
        Err(error) => Err(error.code()),
    }
}
