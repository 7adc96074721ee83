//! What the worker remembers between rounds, in `HOME/worker`: all of it can be lost.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hosho::{ListNumber, SignedStatusSnapshot};
use hosho_cli::input::read_own;
use hosho_cli::lock::{Lock, LockError, hold};
use hosho_cli::output::{Folder, Mode};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::home::WORKER;
use crate::issue::is_there;

const PROGRESS: &str = "progress.json";
/// Some hundred bytes for each service.
const MAX_PROGRESS: usize = 1024 * 1024;

/// The worker's folder, which one worker holds at a time.
#[derive(Debug)]
pub(super) struct Memory {
    folder: Folder,
    path: PathBuf,
    progress: Saved,
    _lock: Lock,
}

/// How far a confirmation service is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// Certificates of records up to this one are published.
    pub(super) published: u64,
    /// Events up to this one were passed on.
    pub(super) events: u64,
    /// The compromised keys whose proofs are published, by key id.
    pub(super) proved: BTreeSet<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    services: BTreeMap<String, Progress>,
}

impl Memory {
    /// Opens the folder, making it if it is missing.
    pub(super) fn open(home: &Path, patience: Duration) -> Result<Self, Failure> {
        let path = home.join(WORKER);
        if !is_there(&path) {
            DirBuilder::new().mode(0o700).create(&path).map_err(|e| Failure::io(&path, e))?;
        }
        let folder = Folder::open(&path).map_err(|e| Failure::output(&path, e))?;
        let lock = hold(&path.join("lock"), patience).map_err(|error| match error {
            LockError::Io(error) => Failure::io(&path, error),
            _ => Failure::WorkerBusy { home: home.to_owned() },
        })?;
        folder.remove_drafts().map_err(|e| Failure::output(&path, e))?;
        let saved = read_own(&path.join(PROGRESS), MAX_PROGRESS).ok();
        let progress = saved.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self { folder, path, progress: progress.unwrap_or_default(), _lock: lock })
    }

    /// Returns how far a service is.
    pub(super) fn progress(&self, audience: &str) -> Progress {
        self.progress.services.get(audience).cloned().unwrap_or_default()
    }

    /// Remembers how far a service is, once it is on the disk.
    pub(super) fn remember(&mut self, audience: &str, progress: Progress) -> Result<(), Failure> {
        if self.progress.services.get(audience) == Some(&progress) {
            return Ok(());
        }
        self.progress.services.insert(audience.to_owned(), progress);
        let path = self.path.join(PROGRESS);
        let mut json = serde_json::to_vec_pretty(&self.progress)
            .map_err(|error| Failure::io(&path, error.into()))?;
        json.push(b'\n');
        self.replace(PROGRESS, &json)
    }

    /// Forgets how far every service is, so that everything is done again.
    pub(super) fn forget(&mut self) {
        self.progress = Saved::default();
    }

    /// Returns the newest snapshot of a list that was kept, whatever it is.
    pub(super) fn snapshot(&self, list: ListNumber) -> Option<Vec<u8>> {
        read_own(&self.path.join(snapshot_name(list)), SignedStatusSnapshot::MAX_LEN).ok()
    }

    /// Keeps the newest snapshot of a list.
    pub(super) fn keep_snapshot(&self, list: ListNumber, bytes: &[u8]) -> Result<(), Failure> {
        self.replace(&snapshot_name(list), bytes)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let replaced = self.folder.replace(OsStr::new(name), bytes, Mode::Secret);
        replaced
            .and_then(|()| self.folder.sync())
            .map_err(|e| Failure::output(&self.path.join(name), e))
    }
}

fn snapshot_name(list: ListNumber) -> String {
    format!("snapshot-{}.hosho", list.number())
}
