//! The later revisions of `--later`, which vouch for an earlier one (spec R-SEAL-4).

use std::path::{Path, PathBuf};

use hosho::{AuthKey, Evidence, SealedCertificate, SignedCertificate};

use crate::messages::fill;
use crate::run::{Context, complain};
use crate::source::{self, Candidate};
use crate::trust::regular_files;

/// A guarantee that is rekeyed has at most this many revisions (docs/home.md).
const MAX_FILES: usize = 1_024;

/// Reads the certificates of files and folders. Those that are sealed are opened with the key;
/// what cannot be used is told, and passed over.
pub(super) fn load(paths: &[PathBuf], key: Option<&AuthKey>, context: Context) -> Vec<Vec<u8>> {
    let mut later = Vec::new();
    for path in paths {
        if path.is_dir() {
            later.extend(load_folder(path, key, context));
            continue;
        }
        match read(path, key) {
            Ok(bytes) => later.push(bytes),
            Err(code) => complain(path, code, context.text().later_refused),
        }
    }
    later
}

/// What merely lies in a folder may be anything, so nothing is told of it.
fn load_folder(folder: &Path, key: Option<&AuthKey>, context: Context) -> Vec<Vec<u8>> {
    let files = match regular_files(folder) {
        Ok(files) => files,
        Err(error) => {
            complain(folder, "E1-IO", &error.to_string());
            return Vec::new();
        }
    };
    if files.len() > MAX_FILES {
        context.note(&fill(context.text().too_many_files, &[&MAX_FILES.to_string()]));
    }
    files.iter().take(MAX_FILES).filter_map(|file| read(file, key).ok()).collect()
}

/// Returns the bytes of a signed certificate, or the code of what stands in the way.
fn read(path: &Path, key: Option<&AuthKey>) -> Result<Vec<u8>, &'static str> {
    let bytes = match source::read_candidate(path) {
        Ok(Candidate::Signed(bytes)) => bytes,
        Ok(Candidate::Evidence(bytes)) => {
            Evidence::parse(&bytes).map_err(|error| error.code())?.certificate().to_vec()
        }
        Ok(Candidate::Sealed(bytes)) => {
            let sealed = SealedCertificate::parse(&bytes).map_err(|error| error.code())?;
            let opened = key.ok_or("E4-OPEN")?.open(&sealed).map_err(|error| error.code())?;
            opened.as_bytes().to_vec()
        }
        Err(error) => return Err(error.code()),
    };
    SignedCertificate::parse(&bytes).map_err(|error| error.code())?;
    Ok(bytes)
}
