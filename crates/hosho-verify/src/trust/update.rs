//! `trust update`: from a pinned bundle to newer ones, one step at a time.

use std::cmp::Ordering;
use std::io::Write;
use std::path::{Path, PathBuf};

use hosho::{ObjectKind, SignedTrustBundle, TrustBundle, TrustError};
use hosho_cli::input;
use hosho_cli::output::{self, Mode};

use super::Search;
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
    let Some(candidates) = read_candidates(&arguments.new, &pinned, context) else {
        return Ok(Outcome::TrustUnusable.exit_code());
    };
    let mut current = pinned.clone();
    let mut newest: Option<&[u8]> = None;
    let mut pinned_again = false;
    for (path, bytes, own) in &candidates {
        if own.fingerprint() == pinned.fingerprint() {
            pinned_again = true;
            continue;
        }
        if own.sequence() < pinned.sequence() {
            let sequence = own.sequence().to_string();
            context.note(&fill(text.trust_current, &[&sequence]));
            continue;
        }
        if let Some(missing) = missing_before(own, &current, context) {
            complain(path, TrustError::Sequence.code(), &missing);
            return Ok(Outcome::TrustUnusable.exit_code());
        }
        match SignedTrustBundle::parse(bytes).and_then(|next| current.update(next)) {
            Ok(next) => (current, newest) = (next, Some(bytes.as_slice())),
            Err(error) => return Ok(refuse(path, error, text.trust_refused)),
        }
    }
    let Some(newest) = newest else {
        if pinned_again {
            let newest = fill(text.trust_newest, &[&pinned.sequence().to_string()]);
            writeln!(anstream::stdout().lock(), "{newest}")?;
            return Ok(0);
        }
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

/// Says which bundles between the current one and `next` are not here. That is no sign of forgery:
/// whether `next` is lawful can be told only once they are.
fn missing_before(next: &TrustBundle, current: &TrustBundle, context: Context) -> Option<String> {
    if next.guarantor_id() != current.guarantor_id() {
        return None;
    }
    let from = current.sequence().number().checked_add(1)?;
    let to = next.sequence().number().checked_sub(1)?;
    let text = context.text();
    let (from_word, to_word) = (from.to_string(), to.to_string());
    match from.cmp(&to) {
        Ordering::Less => Some(fill(text.trust_gap_of_several, &[&from_word, &to_word])),
        Ordering::Equal => Some(fill(text.trust_gap, &[&from_word])),
        Ordering::Greater => None,
    }
}

/// A bundle that was given, with its file and its bytes.
type Given = (PathBuf, Vec<u8>, TrustBundle);

/// The candidates by rising sequence. A bundle that does not even satisfy its own threshold can be
/// no successor; one of another guarantor that merely lies in a folder is not meant.
fn read_candidates(
    paths: &[PathBuf],
    pinned: &TrustBundle,
    context: Context,
) -> Option<Vec<Given>> {
    let mut candidates = Vec::new();
    for path in paths {
        let in_folder = path.is_dir();
        let files = if in_folder {
            read_folder(path, context)?
        } else {
            vec![(path.clone(), read(path, context)?)]
        };
        for (path, bytes) in files {
            match SignedTrustBundle::parse(&bytes).and_then(SignedTrustBundle::pin) {
                Ok(other) if in_folder && other.guarantor_id() != pinned.guarantor_id() => (),
                Ok(bundle) => candidates.push((path, bytes, bundle)),
                Err(error) => {
                    refuse(&path, error, context.text().bundle_refused);
                    return None;
                }
            }
        }
    }
    candidates.sort_by_key(|(_, _, bundle)| bundle.sequence());
    candidates.dedup_by_key(|(_, _, bundle)| bundle.fingerprint());
    Some(candidates)
}

/// The bundles that lie directly in a folder.
fn read_folder(folder: &Path, context: Context) -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    let search = Search { kind: ObjectKind::TrustBundle, limit: SignedTrustBundle::MAX_LEN };
    let found = search.each(folder, context, |path, found| {
        files.extend(found.ok().map(|bytes| (path.to_owned(), bytes)));
    });
    if found == 0 {
        complain(folder, "E1-NOT-RECOGNISED", context.text().no_bundle);
    }
    if files.is_empty() { None } else { Some(files) }
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
