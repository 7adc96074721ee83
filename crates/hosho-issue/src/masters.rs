//! The auth master keys: one for each epoch, from which auth keys are derived.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use hosho::{AuthMasterKey, Epoch, GuaranteeNumber, GuarantorId, ParseError, Serial, UnixTime};
use hosho_cli::output::Folder;
use hosho_signer::{AuthKeyName, FileKeyring, Keyring};

use crate::event::{Event, Notice, Watch};
use crate::failure::{Damage, Failure};
use crate::home::{Home, KEYS, Patience, master_name};
use crate::issue::is_there;
use crate::journal::{Chain, Master, Record};
use crate::keyfile::{draw_secret, write_master};
use crate::keyring::Keys;
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
    let mut ring = FileKeyring::default();
    ring.add_master(epoch, path);
    let commitment = commitment(&ring, &home.profile.id, epoch)?;
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

/// Returns the file with the auth master key of an epoch.
pub(crate) fn master_file(home: &Home, epoch: Epoch) -> PathBuf {
    home.path().join(KEYS).join(master_name(epoch))
}

/// Refuses an auth master key that is not as it was recorded: its auth keys would not open what the
/// guarantor has handed out.
pub(crate) fn check_recorded(home: &Home, ring: &dyn Keyring, epoch: Epoch) -> Result<(), Failure> {
    let found = commitment(ring, &home.profile.id, epoch)?;
    if home.journal.ledger().master(epoch) == Some(&found) {
        return Ok(());
    }
    Err(Failure::damaged(&master_file(home, epoch), Damage::Changed))
}

/// Returns a public value that only this auth master key produces: the binding of an auth key that
/// is handed out to nobody (docs/home.md).
fn commitment(ring: &dyn Keyring, id: &GuarantorId<'_>, epoch: Epoch) -> Result<[u8; 32], Failure> {
    let (number, serial) = committed(id)?;
    let name = AuthKeyName { guarantor_id: id, epoch, number: &number, serial };
    Ok(ring.derive_auth_key(&name)?.bind(id, &number, epoch, serial))
}

/// Returns the same value of an auth master key that is not in a keyring yet.
pub(crate) fn first_commitment(
    master: &AuthMasterKey,
    id: &GuarantorId<'_>,
) -> Result<[u8; 32], Failure> {
    let (number, serial) = committed(id)?;
    let key = master.derive(id, Epoch::FIRST, &number, serial);
    Ok(key.bind(id, &number, Epoch::FIRST, serial))
}

/// Returns which auth key is handed out to nobody.
fn committed<'i>(id: &'i GuarantorId<'_>) -> Result<(GuaranteeNumber<'i>, Serial), Failure> {
    let not_formed = |error: ParseError| Failure::Issue(error.into());
    let number = GuaranteeNumber::parse(id.as_str()).map_err(not_formed)?;
    Ok((number, Serial::new(u32::MAX).map_err(not_formed)?))
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
    let mut keys = Keys::to_derive(home);
    let mut epoch = Some(Epoch::FIRST);
    while let Some(checked) = epoch.filter(|epoch| *epoch <= newest) {
        let path = master_file(home, checked);
        if is_there(&path) || needed.contains(&checked) {
            keys.check_master(home, checked)?;
        }
        epoch = checked.next();
    }
    Ok(())
}
