//! `evidence`: a certificate kept with everything that its verdict rests on (spec section 16).

use std::path::Path;

use hosho::Evidence;

use crate::messages::code_phrase;
use crate::outcome::Outcome;
use crate::run::{Context, complain};
use crate::source::{self, Candidate};

pub(crate) mod extract;
pub(crate) mod make;
mod parts;
pub(crate) mod show;

/// Reads an evidence file and hands it to `use_it`; otherwise tells why not.
fn with_file<T>(
    path: &Path,
    context: Context,
    use_it: impl FnOnce(&[u8], &Evidence<'_>) -> T,
) -> Result<T, u8> {
    let bytes = match source::read_candidate(path) {
        Ok(Candidate::Evidence(bytes)) => bytes,
        Ok(Candidate::Sealed(_) | Candidate::Signed(_)) => {
            complain(path, "E1-NOT-RECOGNISED", context.text().no_evidence);
            return Err(Outcome::Unreadable.exit_code());
        }
        Err(error) => {
            complain(path, error.code(), &error.message(context.lang));
            return Err(Outcome::Unreadable.exit_code());
        }
    };
    match Evidence::parse(&bytes) {
        Ok(file) => Ok(use_it(&bytes, &file)),
        Err(error) => {
            complain(
                path,
                error.code(),
                code_phrase(error.code(), context.lang).unwrap_or_default(),
            );
            Err(Outcome::NotGenuine.exit_code())
        }
    }
}
