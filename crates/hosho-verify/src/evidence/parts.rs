//! Parts of an evidence file to be: certificates of earlier revisions, and bundles in their steps.

use std::path::{Path, PathBuf};

use hosho::{GuarantorId, SignedCertificate, SignedTrustBundle, TrustBundle, TrustError};

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

/// Returns a guarantor's bundles inside a file and those given, by rising sequence, if each is a
/// lawful step from the one before it: whoever pins the first, or its root set, reads them all.
pub(super) fn joined(
    inside: &[&[u8]],
    given: &[Vec<u8>],
    guarantor_id: &GuarantorId<'_>,
) -> Result<Vec<Vec<u8>>, TrustError> {
    let mut bundles = Vec::new();
    for bytes in inside.iter().copied().chain(given.iter().map(Vec::as_slice)) {
        let bundle = SignedTrustBundle::parse(bytes)?;
        if bundle.guarantor_id() == guarantor_id {
            bundles.push((bundle, bytes));
        }
    }
    bundles.sort_by_key(|(bundle, bytes)| (bundle.sequence(), *bytes));
    bundles.dedup_by_key(|(_, bytes)| *bytes);
    let mut before: Option<TrustBundle> = None;
    let mut joined = Vec::with_capacity(bundles.len());
    for (bundle, bytes) in bundles {
        before = Some(match before {
            None => bundle.pin()?,
            Some(before) => before.update(bundle)?,
        });
        joined.push(bytes.to_vec());
    }
    Ok(joined)
}
