//! The auth master keys: one for each epoch, from which auth keys are derived.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use hosho::{
    AuthKey, AuthMasterKey, Epoch, GuaranteeNumber, GuarantorId, ParseError, Serial, UnixTime,
};
use hosho_cli::output::Folder;

use crate::event::{Event, Notice, Watch};
use crate::failure::{Damage, Failure};
use crate::home::{Home, KEYS, Patience, master_name};
use crate::issue::is_there;
use crate::journal::{Chain, Master, Record};
use crate::keyfile::{draw_secret, read_master, write_master};
use crate::publish::open_settled;

/// What `rotate-master` is asked to do.
#[derive(Clone, Debug)]
pub struct RotateMasterOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Makes the auth master key of the next epoch. Guarantees issued from now on use it; earlier ones
/// keep theirs until they are rekeyed. Returns the epoch.
///
/// The file is written before it is recorded: a key that was recorded and never written would be
/// lost. A file that is there already may be anybody's, since no record names it. It derived
/// nothing, is put aside under another name, and never serves.
///
/// # Errors
/// [`Failure`]; then the epoch is the one before.
pub fn rotate_master(order: &RotateMasterOrder, watch: &mut Watch<'_>) -> Result<Epoch, Failure> {
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let epoch = home.journal.ledger().epoch().next().ok_or(Failure::Exhausted)?;
    let path = master_file(&home, epoch);
    if is_there(&path) {
        let number = put_aside(&home, epoch)?;
        watch.notice(Notice::MasterPutAside { epoch, number })?;
    }
    let keys = home.path().join(KEYS);
    let at = |e| Failure::output(&keys, e);
    let folder = Folder::open(&keys).map_err(at)?;
    write_master(&folder, &master_name(epoch), &*draw_secret()?)?;
    folder.sync().map_err(at)?;
    watch.tell(&Event::KeyStored)?;
    let commitment = commitment(&read_master(&path)?, &home.profile.id, epoch)?;
    home.journal.append(order.now, vec![Record::Master(Master { epoch, commitment })], watch)?;
    Ok(epoch)
}

/// Renames a file that no record names, and returns the number in its new name. The lock on the home
/// keeps other commands from taking that name.
fn put_aside(home: &Home, epoch: Epoch) -> Result<u32, Failure> {
    let keys = home.path().join(KEYS);
    let path = master_file(home, epoch);
    for number in 1..=u32::MAX {
        let aside = keys.join(unrecorded_name(epoch, number));
        if !is_there(&aside) {
            fs::rename(&path, &aside).map_err(|e| Failure::io(&path, e))?;
            return Ok(number);
        }
    }
    Err(Failure::Exhausted)
}

/// Returns the name of a file that was put aside.
pub(crate) fn unrecorded_name(epoch: Epoch, number: u32) -> String {
    format!("master-{epoch}.unrecorded-{number}")
}

/// The auth master keys, read when first used.
#[derive(Debug, Default)]
pub(crate) struct Masters(BTreeMap<Epoch, AuthMasterKey>);

impl Masters {
    /// Derives the auth key of a guarantee (spec R-DERIVE-1).
    pub(crate) fn derive(
        &mut self,
        home: &Home,
        number: &GuaranteeNumber<'_>,
        epoch: Epoch,
        serial: Serial,
    ) -> Result<AuthKey, Failure> {
        Ok(self.open(home, epoch)?.derive(&home.profile.id, epoch, number, serial))
    }

    /// Returns the auth master key of an epoch, checked against the journal.
    pub(crate) fn open(&mut self, home: &Home, epoch: Epoch) -> Result<&AuthMasterKey, Failure> {
        match self.0.entry(epoch) {
            Entry::Occupied(there) => Ok(there.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(read_recorded_master(home, epoch)?)),
        }
    }
}

/// Returns the file with the auth master key of an epoch.
pub(crate) fn master_file(home: &Home, epoch: Epoch) -> PathBuf {
    home.path().join(KEYS).join(master_name(epoch))
}

/// Reads the auth master key of an epoch and refuses one that is not as it was recorded: its auth
/// keys would not open what the guarantor has handed out.
fn read_recorded_master(home: &Home, epoch: Epoch) -> Result<AuthMasterKey, Failure> {
    let path = master_file(home, epoch);
    let master = read_master(&path)?;
    let found = commitment(&master, &home.profile.id, epoch)?;
    if home.journal.ledger().master(epoch) != Some(&found) {
        return Err(Failure::damaged(&path, Damage::Changed));
    }
    Ok(master)
}

/// Returns a public value that only this auth master key produces: the binding of an auth key that
/// is handed out to nobody (docs/home.md).
pub(crate) fn commitment(
    master: &AuthMasterKey,
    id: &GuarantorId<'_>,
    epoch: Epoch,
) -> Result<[u8; 32], Failure> {
    let not_formed = |error: ParseError| Failure::Issue(error.into());
    let number = GuaranteeNumber::parse(id.as_str()).map_err(not_formed)?;
    let serial = Serial::new(u32::MAX).map_err(not_formed)?;
    Ok(master.derive(id, epoch, &number, serial).bind(id, &number, epoch, serial))
}

/// Checks that the auth master key of every epoch that is needed is there, and that each is the one
/// that was recorded.
///
/// Needed are the newest one, and those whose auth keys open a guarantee that has not ended.
pub(crate) fn check_masters(home: &Home) -> Result<(), Failure> {
    let ledger = home.journal.ledger();
    let newest = ledger.epoch();
    let used = ledger.chains().values().filter_map(Chain::newest);
    let mut needed: BTreeSet<Epoch> =
        used.filter(|step| !step.effect.ends()).map(|step| step.epoch).collect();
    needed.insert(newest);
    let mut epoch = Some(Epoch::FIRST);
    while let Some(checked) = epoch.filter(|epoch| *epoch <= newest) {
        let path = master_file(home, checked);
        if is_there(&path) || needed.contains(&checked) {
            read_recorded_master(home, checked)?;
        }
        epoch = checked.next();
    }
    Ok(())
}
