//! The guarantor's home: one folder with keys, journal, trust bundles and certificates.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hosho::{
    Fingerprint, GuaranteeNumber, KeyRole, Revision, SignedTrustBundle, TrustBundle, UnixTime,
};
use hosho_cli::input::{InputError, open_regular, read_own};
use hosho_cli::output::Folder;
use rustix::fs::OFlags;

use crate::event::{Notice, Watch};
use crate::failure::{Damage, Failure};
use crate::journal::{Access, Bundle, Journal, role_word};
use crate::profile::{self, Profile};

/// The folder of certificates in the home.
pub(crate) const CERTIFICATES: &str = "certificates";
/// The folder of secret keys in the home.
pub(crate) const KEYS: &str = "keys";
/// The name of the lock file in the home.
pub(crate) const LOCK: &str = "lock";
/// The folder of the root keys in the home.
pub(crate) const ROOTS: &str = "roots";
/// The folder in the home where the worker keeps how far it is.
pub(crate) const WORKER: &str = "worker";
/// The folder of trust bundles in the home.
pub(crate) const TRUST: &str = "trust";

/// How many root keys a set can have (spec R-TRUST-4).
pub(crate) const MAX_ROOTS: u8 = 8;

/// How long a command waits for another one that works in the home.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience(pub Duration);

/// A home that is opened and locked, with its journal read and its trust bundle checked.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    pub(crate) journal: Journal,
    pub(crate) profile: Profile,
    pub(crate) trust: TrustBundle,
    // The system lets go of it when the process ends.
    lock: Option<File>,
}

impl Home {
    /// Opens a home and checks everything that a command relies on.
    pub(crate) fn open(
        path: &Path,
        access: Access,
        patience: Patience,
        watch: &mut Watch<'_>,
    ) -> Result<Self, Failure> {
        look_for(path)?;
        let lock = lock(path, access, patience)?;
        if access != Access::Read {
            remove_drafts(path)?;
        }
        let journal = Journal::open(path, access, watch)?;
        let profile = read_profile(path, &journal)?;
        let trust = read_trust(path, &journal)?;
        if trust.guarantor_id() != &profile.id {
            return Err(Failure::damaged(&path.join(profile::NAME), Damage::Changed));
        }
        Ok(Self { path: path.to_owned(), journal, profile, trust, lock: Some(lock) })
    }

    /// Returns the folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets other commands work in the home. What the journal has recorded never changes, so files
    /// of finished certificates can still be read; nothing may be recorded any more.
    pub(crate) fn let_go(&mut self) {
        self.lock = None;
    }

    /// Returns the folder of the certificates.
    pub(crate) fn certificates(&self) -> PathBuf {
        self.path.join(CERTIFICATES)
    }

    /// Returns the folder of the trust bundles.
    pub(crate) fn bundles(&self) -> PathBuf {
        self.path.join(TRUST)
    }

    /// Returns the file of a secret key: `certificate-1.pem`.
    pub(crate) fn key_file(&self, role: KeyRole, number: u32) -> PathBuf {
        self.path.join(KEYS).join(key_name(role, number))
    }

    /// Returns the file that says where a secret key is which no file of the home holds:
    /// `certificate-2.uri`.
    pub(crate) fn key_uri_file(&self, role: KeyRole, number: u32) -> PathBuf {
        self.path.join(KEYS).join(key_uri_name(role, number))
    }

    /// Returns the bytes of the newest trust bundle.
    pub(crate) fn trust_bytes(&self) -> Result<Vec<u8>, Failure> {
        let (path, fingerprint) = newest_bundle(&self.path, &self.journal)?;
        read_recorded(&path, SignedTrustBundle::MAX_LEN, fingerprint)
    }

    /// Tells the user when the trust bundle is past its next update, or when the next one waits for
    /// root keys.
    pub(crate) fn notice_trust(&self, now: UnixTime, watch: &mut Watch<'_>) -> Result<(), Failure> {
        if let Some(open) = self.journal.ledger().succession().open() {
            watch.notice(Notice::RequestOpen { sequence: open.sequence })?;
        }
        let next_update = self.trust.next_update();
        if now <= next_update {
            return Ok(());
        }
        watch.notice(Notice::BundleOutdated { next_update })
    }
}

/// Returns the name of a file with a secret key.
pub(crate) fn key_name(role: KeyRole, number: u32) -> String {
    format!("{}-{number}.pem", role_word(role))
}

/// Returns the name of a file that says where a secret key is.
pub(crate) fn key_uri_name(role: KeyRole, number: u32) -> String {
    format!("{}-{number}.uri", role_word(role))
}

/// Returns the name of a file with an auth master key.
pub(crate) fn master_name(epoch: hosho::Epoch) -> String {
    format!("master-{epoch}.key")
}

/// Returns the name of a trust bundle's file.
pub(crate) fn bundle_name(sequence: hosho::Sequence) -> String {
    format!("bundle-{:06}.hosho", sequence.number())
}

/// Returns the name of the file with what root keys are asked to sign.
pub(crate) fn request_name(sequence: hosho::Sequence) -> String {
    format!("bundle-{:06}.request", sequence.number())
}

/// Returns the name of a root key's file.
pub(crate) fn root_name(number: u8) -> String {
    format!("root-{number}.pem")
}

/// Returns the name of the file with the proof that a certificate of a compromised key is genuine.
pub(crate) fn proof_name(number: &GuaranteeNumber<'_>, revision: Revision) -> String {
    format!("{number}-r{revision}.proof")
}

/// Returns the names of a certificate's two files, signed and sealed.
///
/// A number has only letters, digits and hyphens (spec R-NUM-1), so the names lead nowhere else.
pub(crate) fn certificate_names(
    number: &GuaranteeNumber<'_>,
    revision: Revision,
) -> (String, String) {
    (format!("{number}-r{revision}.hosho"), format!("{number}-r{revision}.sealed.hosho"))
}

/// Reads a file whose fingerprint the journal has recorded.
pub(crate) fn read_recorded(
    path: &Path,
    limit: usize,
    recorded: Fingerprint,
) -> Result<Vec<u8>, Failure> {
    let bytes = read_own(path, limit).map_err(|e| Failure::own(path, e))?;
    if Fingerprint::of(&bytes) != recorded {
        return Err(Failure::damaged(path, Damage::Changed));
    }
    Ok(bytes)
}

/// Refuses a folder that holds nothing of a home; one that may not be looked into is another matter.
fn look_for(home: &Path) -> Result<(), Failure> {
    for file in [profile::NAME, LOCK].map(|name| home.join(name)) {
        match file.symlink_metadata() {
            Ok(_) => return Ok(()),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(e) => return Err(Failure::input(home, InputError::Io(e))),
        }
    }
    let free = match fs::read_dir(home) {
        Ok(mut entries) => entries.next().is_none(),
        Err(e) => e.kind() == ErrorKind::NotFound,
    };
    Err(Failure::HomeMissing { home: home.to_owned(), free })
}

fn lock(home: &Path, access: Access, patience: Patience) -> Result<File, Failure> {
    let path = home.join(LOCK);
    let file = open_regular(&path, OFlags::NOFOLLOW).map_err(|e| Failure::own(&path, e))?;
    let started = Instant::now();
    loop {
        let locked = match access {
            Access::Append | Access::WithoutApart => file.try_lock(),
            Access::Read => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(Failure::io(&path, e)),
            Err(TryLockError::WouldBlock) if started.elapsed() < patience.0 => {
                sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => return Err(Failure::Busy { home: home.to_owned() }),
        }
    }
}

/// Removes what commands that were killed left half-written. Whoever holds the lock is the only one
/// who writes here.
fn remove_drafts(home: &Path) -> Result<(), Failure> {
    let folders = [CERTIFICATES, KEYS, ROOTS, TRUST].map(|name| home.join(name));
    for path in folders.iter().map(PathBuf::as_path).chain([home]) {
        // Root keys may have been moved away with their folder; other folders are missed later.
        if path.exists() {
            let removed = Folder::open(path).and_then(|folder| folder.remove_drafts());
            removed.map_err(|e| Failure::output(path, e))?;
        }
    }
    Ok(())
}

fn read_profile(home: &Path, journal: &Journal) -> Result<Profile, Failure> {
    let path = home.join(profile::NAME);
    let recorded = journal.ledger().init().map(|init| init.profile);
    let recorded = recorded.ok_or_else(|| missing_records(home))?;
    let bytes = read_recorded(&path, profile::MAX_LEN, recorded)?;
    Profile::parse(&bytes).ok_or_else(|| Failure::damaged(&path, Damage::Form))
}

fn read_trust(home: &Path, journal: &Journal) -> Result<TrustBundle, Failure> {
    let (path, fingerprint) = newest_bundle(home, journal)?;
    let bytes = read_recorded(&path, SignedTrustBundle::MAX_LEN, fingerprint)?;
    SignedTrustBundle::parse(&bytes)
        .and_then(SignedTrustBundle::pin)
        .map_err(|_| Failure::damaged(&path, Damage::Form))
}

fn newest_bundle(home: &Path, journal: &Journal) -> Result<(PathBuf, Fingerprint), Failure> {
    let Bundle { sequence, fingerprint } =
        journal.ledger().succession().bundle().ok_or_else(|| missing_records(home))?;
    Ok((home.join(TRUST).join(bundle_name(*sequence)), *fingerprint))
}

// A journal without its first records is one that `init` never wrote.
fn missing_records(home: &Path) -> Failure {
    Failure::damaged(&home.join(crate::journal::NAME), Damage::Record { sequence: 1 })
}
