//! The samples: requests to issue, and what their authors say became of each guarantee.

use std::error::Error;
use std::path::{Path, PathBuf};

use hosho::{Revision, Standing};
use hosho_request::Request;
use serde::Deserialize;

/// The most bytes of a sample file that are read.
const MAX_FILE: usize = 1 << 20;

/// The requests, and what is to be expected of the certificates.
pub(crate) struct Samples {
    pub(crate) folder: PathBuf,
    pub(crate) request_files: Vec<PathBuf>,
    pub(crate) requests: Vec<Request>,
    guarantees: Vec<Guarantee>,
}

#[derive(Deserialize)]
struct Catalogue {
    guarantees: Vec<Guarantee>,
}

#[derive(Deserialize)]
struct Guarantee {
    #[serde(rename = "guarantee_no")]
    number: String,
    status: String,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    seq: u16,
}

impl Samples {
    pub(crate) fn read(folder: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => default_folder(),
        };
        let mut request_files: Vec<PathBuf> = std::fs::read_dir(folder.join("requests"))
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        request_files.retain(|path| path.extension().is_some_and(|end| end == "json"));
        request_files.sort();
        let requests = request_files
            .iter()
            .map(|path| {
                let bytes = hosho_cli::input::read_bounded(path, MAX_FILE)
                    .map_err(|error| error.message(hosho_cli::lang::Lang::En))?;
                Request::parse(&bytes).map_err(|error| format!("{}: {error}", path.display()))
            })
            .collect::<Result<_, String>>()?;
        let catalogue = std::fs::read(folder.join("guarantees.json"))?;
        let Catalogue { guarantees } = serde_json::from_slice(&catalogue)?;
        Ok(Self { folder, request_files, requests, guarantees })
    }

    /// Returns the standing that the catalogue leads one to expect on the day it speaks of.
    pub(crate) fn expected(&self, number: &str, revision: Revision) -> Option<Standing> {
        let guarantee = self.guarantees.iter().find(|one| one.number == number)?;
        let newest = guarantee.versions.iter().map(|version| version.seq).max()?;
        match guarantee.status.as_str() {
            "cancelled" => Some(Standing::Voided),
            "terminated" => Some(Standing::Terminated),
            "active" | "expired" if revision.number() < newest => Some(Standing::Superseded),
            "active" => Some(Standing::InForce),
            "expired" => Some(Standing::Expired),
            _ => None,
        }
    }
}

/// `samples` here, or beside the source when cargo runs the demonstration elsewhere.
fn default_folder() -> PathBuf {
    let here = PathBuf::from("samples");
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(manifest) if !here.is_dir() => PathBuf::from(manifest).join("../../samples"),
        _ => here,
    }
}
