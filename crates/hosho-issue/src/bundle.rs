//! `bundle`: the current trust bundle, for everyone who verifies.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hosho::{Fingerprint, Sequence, TrustBundle, UnixTime};
use hosho_cli::output::{
    Folder, Mode, OutputError, check_private_place, check_replaceable, create_dir_durable, replace,
    write_new,
};

use crate::audit::follow_bundles;
use crate::event::Watch;
use crate::failure::Failure;
use crate::home::{Home, Patience, bundle_name};
use crate::issue::is_there;
use crate::journal::Access;
use crate::next::NextBundle;
use crate::publish::{Published, open_settled, publish};

/// What to do about an output file that is there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// Refuse and leave it alone.
    Keep,
    /// Put the new one in its place.
    Replace,
}

/// What `bundle` is asked to do.
#[derive(Clone, Debug)]
pub struct BundleOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The file to write, or the folder for every trust bundle.
    pub out: PathBuf,
    /// What to do about a file that is there.
    pub existing: Existing,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// A trust bundle that was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrittenBundle {
    /// Where it is.
    pub file: PathBuf,
    /// Its place in the series.
    pub sequence: Sequence,
    /// The fingerprint of its root set, by which people compare it (spec R-EVID-7).
    pub roots: Fingerprint,
}

/// Writes the newest trust bundle, which was checked against journal and root signatures.
///
/// # Errors
/// [`Failure`]; then no file was written.
pub fn bundle(order: &BundleOrder, watch: &mut Watch<'_>) -> Result<WrittenBundle, Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    check_place(&order.out, order.existing)?;
    home.notice_trust(order.now, watch)?;
    write(&order.out, &home.trust_bytes()?, order.existing)?;
    Ok(written(order.out.clone(), &home.trust))
}

fn written(file: PathBuf, bundle: &TrustBundle) -> WrittenBundle {
    let (sequence, roots) = (bundle.sequence(), bundle.roots().fingerprint());
    WrittenBundle { file, sequence, roots }
}

/// Writes every trust bundle into a folder under its sequence: whoever pinned an old one needs each
/// step. Those that are there already stay; a file of that name with other content is refused.
///
/// # Errors
/// [`Failure`]; then files before the one that it names may have been written.
pub fn every_bundle(
    order: &BundleOrder,
    watch: &mut Watch<'_>,
) -> Result<Vec<WrittenBundle>, Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    home.notice_trust(order.now, watch)?;
    let failure = |e| Failure::output(&order.out, e);
    if !is_there(&order.out) {
        create_dir_durable(&order.out, Mode::Public).map_err(failure)?;
    }
    let folder = Folder::open(&order.out).map_err(failure)?;
    let mut all = Vec::new();
    follow_bundles(&home, |bundle, bytes| {
        let name = bundle_name(bundle.sequence());
        let file = order.out.join(&name);
        folder.write_same(OsStr::new(&name), bytes).map_err(|e| Failure::output(&file, e))?;
        all.push(written(file, bundle));
        Ok(())
    })?;
    folder.sync().map_err(failure)?;
    Ok(all)
}

/// What `bundle --renew` is asked to do.
#[derive(Clone, Debug)]
pub struct RenewOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// For how many days the next trust bundle stays fresh.
    pub bundle_days: u16,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Makes the next trust bundle, which says what the one before says and stays fresh for longer.
///
/// # Errors
/// [`Failure`]; then the trust bundle is the one before.
pub fn renew(order: &RenewOrder, watch: &mut Watch<'_>) -> Result<Published, Failure> {
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let next = NextBundle::begin(&home, order.now, order.bundle_days)?;
    publish(&mut home, next, order.now, watch)
}

/// Refuses, before a secret is drawn or read, a place that would show it to others than its owner.
pub(crate) fn check_private(place: &Path) -> Result<(), Failure> {
    check_private_place(place).map_err(|e| Failure::output(place, e))
}

/// Refuses, before anything is recorded, a place where the file could not be written.
pub(crate) fn check_place(out: &Path, existing: Existing) -> Result<(), Failure> {
    let checked = match existing {
        Existing::Keep if is_there(out) => Err(OutputError::Exists),
        Existing::Keep | Existing::Replace => check_replaceable(out),
    };
    checked.map_err(|e| Failure::output(out, e))
}

/// Writes a public file.
pub(crate) fn write(out: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    let written = match existing {
        Existing::Keep => write_new(out, bytes, Mode::Public),
        Existing::Replace => replace(out, bytes, Mode::Public),
    };
    written.map_err(|e| Failure::output(out, e))
}
