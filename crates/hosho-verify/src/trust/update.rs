//! `trust update`: from a pinned bundle to newer ones, one step at a time.

use std::io::Write;
use std::path::{Path, PathBuf};

use hosho::{SignedTrustBundle, TrustBundle, TrustError};
use hosho_cli::input;
use hosho_cli::output::{self, Mode};

use crate::arguments::TrustUpdateArguments;
use crate::messages::fill;
use crate::outcome::Outcome;
use crate::run::{Context, Failure, complain};
use crate::source;

/// Writes the newest bundle that lawful steps lead to.
pub(crate) fn run(arguments: &TrustUpdateArguments, context: Context) -> Result<u8, Failure> {
    let text = context.text();
    let Some(pinned) = read(&arguments.pinned, context) else {
        return Ok(Outcome::TrustUnusable.exit_code());
    };
    let pinned = match SignedTrustBundle::parse(&pinned).and_then(SignedTrustBundle::pin) {
        Ok(bundle) => bundle,
        Err(error) => return Ok(refuse(&arguments.pinned, error, text.bundle_refused)),
    };
    let Some(candidates) = read_candidates(&arguments.new, context) else {
        return Ok(Outcome::TrustUnusable.exit_code());
    };
    let mut current = pinned.clone();
    let mut newest: Option<&[u8]> = None;
    for (path, bytes, own) in &candidates {
        if own.sequence() < pinned.sequence() || own.fingerprint() == pinned.fingerprint() {
            let sequence = own.sequence().to_string();
            context.note(&fill(text.trust_current, &[&sequence]));
            continue;
        }
        match SignedTrustBundle::parse(bytes).and_then(|next| current.update(next)) {
            Ok(next) => (current, newest) = (next, Some(bytes.as_slice())),
            Err(error) => return Ok(refuse(path, error, text.trust_refused)),
        }
    }
    let Some(newest) = newest else {
        context.note(text.no_bundle);
        return Ok(Outcome::TrustUnusable.exit_code());
    };
    if let Err(error) = output::write_new(&arguments.out, newest, Mode::Public) {
        complain(&arguments.out, error.code(), &error.message(context.lang));
        return Ok(Outcome::TrustUnusable.exit_code());
    }
    let values = [
        current.guarantor_id().as_str(),
        &pinned.sequence().to_string(),
        &current.sequence().to_string(),
        &current.fingerprint().to_string(),
    ];
    writeln!(anstream::stdout().lock(), "{}", fill(text.trust_updated, &values))?;
    Ok(0)
}

/// The candidates by rising sequence, each with its file. A bundle that does not even satisfy its
/// own threshold can be no successor.
fn read_candidates(
    paths: &[PathBuf],
    context: Context,
) -> Option<Vec<(PathBuf, Vec<u8>, TrustBundle)>> {
    let mut candidates = Vec::new();
    for path in paths {
        let bytes = read(path, context)?;
        match SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin) {
            Ok(bundle) => candidates.push((path.clone(), bytes, bundle)),
            Err(error) => {
                refuse(path, error, context.text().bundle_refused);
                return None;
            }
        }
    }
    candidates.sort_by_key(|(_, _, bundle)| bundle.sequence());
    candidates.dedup_by_key(|(_, _, bundle)| bundle.fingerprint());
    Some(candidates)
}

fn read(path: &Path, context: Context) -> Option<Vec<u8>> {
    match input::read_bounded(path, SignedTrustBundle::MAX_LEN) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            complain(path, error.code(), &source::unread(&error, context.lang));
            None
        }
    }
}

/// Tells why a bundle is refused and returns the exit code: refused, unless it cannot be read.
fn refuse(path: &Path, error: TrustError, advice: &str) -> u8 {
    complain(path, error.code(), advice);
    Outcome::NotGenuine.exit_code()
}
