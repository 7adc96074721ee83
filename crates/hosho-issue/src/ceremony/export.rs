//! `root export`: the root keys leave the home.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use hosho::{Fingerprint, PublicKey, SecretKey, Signer as _, UnixTime};
use hosho_cli::output::{Folder, Mode, OutputError, create_dir_durable};
use hosho_signer::{KeyFileError, KeyFileFault, read_secret_key};

use super::paper::read_public_key;
use super::roots::write_public_key;
use crate::bundle::check_private;
use crate::event::{Event, Watch};
use crate::failure::{Damage, Failure};
use crate::home::{Home, Patience, ROOTS};
use crate::issue::is_there;
use crate::journal::{Exported, Record};
use crate::keyfile::write_secret_key;
use crate::objection::Objection;
use crate::publish::{open_settled, root_files};

/// What `root export` is asked to do.
#[derive(Clone, Debug)]
pub struct ExportOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// Where the root keys go, outside the home; made if missing.
    pub out: PathBuf,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// A root key that left the home.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportedRoot {
    /// Where it is now.
    pub file: PathBuf,
    /// The RFC 9679 thumbprint, by which people compare it.
    pub thumbprint: Fingerprint,
}

/// Moves the root keys out of the home, each to a file of its own.
///
/// Every copy is written, read back and compared before anything is recorded, and the journal says
/// that the keys are gone before the first one is removed. The same call again finishes one that
/// was interrupted.
///
/// # Errors
/// [`Failure`]; then no root key is lost.
pub fn export_roots(
    order: &ExportOrder,
    watch: &mut Watch<'_>,
) -> Result<Vec<ExportedRoot>, Failure> {
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let roots = root_files(&home)?;
    if roots.is_empty() {
        return Err(Failure::objected(Objection::RootsGone));
    }
    prepare_place(&home, &order.out)?;
    for (original, key) in &roots {
        check_target(original, key, &order.out)?;
    }
    let mut exported = Vec::with_capacity(roots.len());
    for (original, key) in &roots {
        let file = copy(original, key, &order.out)?;
        exported.push(ExportedRoot { file, thumbprint: key.public_key().thumbprint() });
        watch.tell(&Event::RootCopied)?;
    }
    let succession = home.journal.ledger().succession();
    let records: Vec<_> = roots
        .iter()
        .map(|(_, key)| key.public_key().key_id())
        .filter(|root| !succession.is_exported(*root))
        .map(|root| Record::Exported(Exported { root }))
        .collect();
    if !records.is_empty() {
        home.journal.append(order.now, records, watch)?;
    }
    for (original, _) in &roots {
        fs::remove_file(original).map_err(|e| Failure::io(original, e))?;
        watch.tell(&Event::RootRemoved)?;
    }
    let folder = home.path().join(ROOTS);
    Folder::open(&folder)
        .and_then(|folder| folder.sync())
        .map_err(|e| Failure::output(&folder, e))?;
    Ok(exported)
}

/// Makes the folder, and refuses one inside the home.
fn prepare_place(home: &Home, out: &Path) -> Result<(), Failure> {
    check_private(out)?;
    let made = !is_there(out);
    if made {
        create_dir_durable(out, Mode::Secret).map_err(|e| Failure::output(out, e))?;
    }
    let real = |path: &Path| fs::canonicalize(path).map_err(|e| Failure::io(path, e));
    if real(out)?.starts_with(real(home.path())?) {
        if made {
            // It is empty, and was not there before.
            let _gone = fs::remove_dir(out);
        }
        return Err(Failure::objected_at(out, Objection::InsideHome));
    }
    Ok(())
}

/// Refuses, before anything is written, a place where other files than these copies are. A copy that
/// an interrupted export has left is none of them.
fn check_target(original: &Path, key: &SecretKey, out: &Path) -> Result<(), Failure> {
    let (file, public) = targets(original, out);
    let exists = |file: &Path| Failure::output(file, OutputError::Exists);
    if is_there(&file) {
        if is_same_file(original, &file)? {
            return Err(Failure::objected_at(&file, Objection::InsideHome));
        }
        match read_secret_key(&file) {
            Ok(there) if there.public_key() == key.public_key() => {}
            Ok(_) | Err(KeyFileError { fault: KeyFileFault::Form, .. }) => {
                return Err(exists(&file));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let is_other = |there: PublicKey| there != *key.public_key();
    if is_there(&public) && read_public_key(&public).map_or(true, is_other) {
        return Err(exists(&public));
    }
    Ok(())
}

/// Returns where the copy of a root key and its public part go.
fn targets(original: &Path, out: &Path) -> (PathBuf, PathBuf) {
    let file = out.join(original.file_name().unwrap_or_default());
    let public = file.with_extension("pub");
    (file, public)
}

/// Copies one root key and returns its file once what is on the disk was read back and compared.
fn copy(original: &Path, key: &SecretKey, out: &Path) -> Result<PathBuf, Failure> {
    let name = original.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (file, public) = targets(original, out);
    let folder = Folder::open(out).map_err(|e| Failure::output(out, e))?;
    if !is_there(&file) {
        write_secret_key(&folder, &name, &key.expose_seed())?;
    }
    if !is_there(&public) {
        write_public_key(&public, key.public_key())?;
    }
    folder.sync().map_err(|e| Failure::output(out, e))?;
    if is_same_file(original, &file)? {
        return Err(Failure::objected_at(&file, Objection::InsideHome));
    }
    let copied = read_secret_key(&file)?;
    let published = read_public_key(&public)?;
    if copied.public_key() != key.public_key() || published != *key.public_key() {
        return Err(Failure::damaged(&file, Damage::Changed));
    }
    Ok(file)
}

// A hard link, or the same folder by another way: removing the original would remove the copy.
fn is_same_file(a: &Path, b: &Path) -> Result<bool, Failure> {
    let identity = |path: &Path| {
        let found = fs::metadata(path).map_err(|e| Failure::io(path, e))?;
        Ok::<_, Failure>((found.dev(), found.ino()))
    };
    Ok(identity(a)? == identity(b)?)
}
