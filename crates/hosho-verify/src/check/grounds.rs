//! What `check` and `evidence make` read besides the certificate: trust and timestamps.

use std::path::Path;

use hosho::{AttestationProof, Evidence, TrustError, UnixTime};
use hosho_cli::input;
use hosho_cli::path::shown;
use hosho_timestamp::Authority;

use super::answer::Timestamp;
use crate::arguments::{CheckArguments, TrustArguments};
use crate::audit;
use crate::messages::fill;
use crate::remembered::Memory;
use crate::run::{Context, Failure};
use crate::source;
use crate::trust::{self, Bundles, Problem};

/// A root certificate in PEM has some two kilobytes.
const MAX_TSA_LEN: usize = 64 * 1024;

/// Returns the bundles that serve and, held until it is kept, what was seen before: no bundle is
/// older than that.
pub(super) fn trusted(
    arguments: &CheckArguments,
    container: Option<&Evidence<'_>>,
    now: UnixTime,
    context: Context,
) -> Result<Result<(Bundles, Option<Memory>), Problem>, Failure> {
    let mut bundles = match bundles(&arguments.trust, container, now, context)? {
        Ok(bundles) => bundles,
        Err(problem) => return Ok(Err(problem)),
    };
    let memory = arguments.remember.as_deref().map(|path| Memory::open(path, context));
    let memory = memory.transpose()?;
    if let Some(memory) = &memory {
        bundles.refuse_older(memory.seen(), context);
    }
    Ok(match bundles.usable() {
        Ok(_) => Ok((bundles, memory)),
        Err(problem) => Err(problem),
    })
}

/// Returns the bundles that serve, or why there are none: those that were given, with the steps
/// inside an evidence file, or the one inside whose root set was named.
pub(crate) fn bundles(
    arguments: &TrustArguments,
    container: Option<&Evidence<'_>>,
    now: UnixTime,
    context: Context,
) -> Result<Result<Bundles, Problem>, Failure> {
    let resolved = match (arguments.trust_inside, container) {
        (Some(_), None) => {
            let message = context.text().trust_inside_nothing.to_owned();
            return Err(Failure::Usage { code: None, message });
        }
        (Some(roots), Some(file)) => {
            let inside = Bundles::inside(file, roots, now, context);
            if matches!(inside, Err(TrustError::Roots { offset: None })) {
                context.note(context.text().trust_inside_other);
            }
            inside
        }
        (None, file) => {
            let given = Bundles::load(&arguments.trust, now, context);
            match (given.usable(), file) {
                (Err(problem), _) => return Ok(Err(problem)),
                (Ok(_), Some(file)) => given.stepping_through(file),
                (Ok(_), None) => Ok(given),
            }
        }
    };
    Ok(resolved.map_err(Problem::from))
}

/// Reads the proof that was given, or the one inside an evidence file; and why it is of no use.
pub(super) fn proof(
    arguments: &CheckArguments,
    container: Option<&Evidence<'_>>,
    context: Context,
) -> (Option<AttestationProof>, Option<Problem>) {
    match (&arguments.proof, container) {
        (Some(path), _) if path.is_dir() => {
            trust::load_proof(&audit::in_folder(path, &arguments.file), context)
        }
        (Some(path), _) => trust::load_proof(path, context),
        (None, Some(file)) => trust::proof_inside(file, &arguments.file, context),
        (None, None) => (None, None),
    }
}

/// Reads the root certificates of a time-stamping authority that a person pins.
pub(crate) fn authority(path: &Path, context: Context) -> Result<Authority, Failure> {
    let unusable =
        |code, message: &str| Failure::usage(code, format!("{}: {message}", shown(path)));
    let bytes = input::read_bounded(path, MAX_TSA_LEN)
        .map_err(|error| unusable(error.code(), &source::unread(&error, context.lang)))?;
    Authority::from_pem(&bytes)
        .map_err(|_| unusable("E1-NOT-RECOGNISED", context.text().tsa_refused))
}

/// Of two clocks that do not go together a person has to know.
pub(crate) fn remark_future(at: UnixTime, now: UnixTime, context: Context) {
    if at > now {
        let values = [at.to_string(), now.to_string()];
        context
            .note(&fill(context.text().timestamp_future, &values.each_ref().map(String::as_str)));
    }
}

/// Verifies the timestamp of an evidence file, if that was asked for.
pub(crate) fn timestamp(
    tsa: Option<&Path>,
    container: Option<&Evidence<'_>>,
    now: UnixTime,
    context: Context,
) -> Result<Timestamp, Failure> {
    let Some(path) = tsa else {
        if container.is_some_and(|file| file.timestamp().is_some()) {
            context.note(context.text().timestamp_not_asked);
        }
        return Ok(Timestamp::NotAsked);
    };
    let authority = authority(path, context)?;
    let Some((file, token)) = container.and_then(|file| Some((file, file.timestamp()?))) else {
        context.note(context.text().timestamp_missing);
        return Ok(Timestamp::Missing);
    };
    match authority.verify(token, file.imprint().as_bytes()) {
        Ok(stamp) => match UnixTime::from_seconds(stamp.seconds()) {
            Ok(at) => {
                remark_future(at, now, context);
                Ok(Timestamp::At(at))
            }
            Err(_) => Ok(Timestamp::Refused),
        },
        Err(error) => {
            let message = fill(context.text().timestamp_refused, &[&error.to_string()]);
            context.note(&format!("E5-TIMESTAMP: {message}"));
            Ok(Timestamp::Refused)
        }
    }
}
