//! Parts of an evidence file to be: certificates of earlier revisions, and bundles in their steps.

use std::path::{Path, PathBuf};

use hosho::{SignedCertificate, SignedTrustBundle, TrustError};

use crate::messages::fill;
use crate::run::{Context, complain};
use crate::source::{self, Candidate};
use crate::trust::regular_files;

/// Files of a folder that are looked at.
const MAX_FILES: usize = 65_536;

/// Signed certificates, any of which may be an earlier revision.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    all: Vec<Vec<u8>>,
}

impl Certificates {
    /// Reads the certificates of files and folders; nothing if a file that was named is none.
    pub(super) fn read(paths: &[PathBuf], context: Context) -> Option<Self> {
        let mut certificates = Self::default();
        for path in paths {
            if path.is_dir() {
                certificates.read_folder(path, context)?;
                continue;
            }
            match source::read_candidate(path) {
                Ok(Candidate::Signed(bytes)) => certificates.all.push(bytes),
                Ok(Candidate::Evidence(_) | Candidate::Sealed(_)) => {
                    complain(path, "E1-NOT-RECOGNISED", context.text().evidence_chain);
                    return None;
                }
                Err(error) => {
                    complain(path, error.code(), &error.message(context.lang));
                    return None;
                }
            }
        }
        Some(certificates)
    }

    /// What merely lies in a folder may be anything.
    fn read_folder(&mut self, folder: &Path, context: Context) -> Option<()> {
        let files = match regular_files(folder) {
            Ok(files) => files,
            Err(error) => {
                complain(folder, "E1-IO", &error.to_string());
                return None;
            }
        };
        if files.len() > MAX_FILES {
            context.note(&fill(context.text().too_many_files, &[&MAX_FILES.to_string()]));
        }
        for file in files.iter().take(MAX_FILES) {
            if let Ok(Candidate::Signed(bytes)) = source::read_candidate(file)
                && SignedCertificate::parse(&bytes).is_ok()
            {
                self.all.push(bytes);
            }
        }
        Some(())
    }

    pub(super) fn slices(&self) -> Vec<&[u8]> {
        self.all.iter().map(Vec::as_slice).collect()
    }
}

/// Returns the bundles inside a file, and after them those given that have a higher sequence.
pub(super) fn joined(inside: &[&[u8]], given: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, TrustError> {
    let mut bundles: Vec<Vec<u8>> = inside.iter().map(|bytes| bytes.to_vec()).collect();
    let last = match inside.last() {
        Some(bytes) => Some(SignedTrustBundle::parse(bytes)?.sequence()),
        None => None,
    };
    for bytes in given {
        if Some(SignedTrustBundle::parse(bytes)?.sequence()) > last {
            bundles.push(bytes.clone());
        }
    }
    Ok(bundles)
}
