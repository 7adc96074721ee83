//! The folder that was asked for: a certificate's files appear there once it is recorded.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hosho::{AuthKey, GuaranteeNumber, Revision, SealedCertificate, Serial};
use hosho_cli::input::read_own;
use hosho_cli::output::{Folder, Mode, OutputError, Written, create_dir_durable};

use crate::bundle::check_private;
use crate::event::{Event, Watch};
use crate::failure::{Damage, Failure, Reason, Refusal};
use crate::home::{Home, certificate_names, read_recorded};
use crate::intent::Position;
use crate::issue::is_there;
use crate::journal::{Chain, Effect, Signed, Stage};
use crate::keyfile::{read_auth_key, write_auth_key};
use crate::keyring::Keys;
use crate::plan::{Item, Standing, effect};
use crate::reseal::{Earlier, Resealed, newest_rekey, resealed_by, resealed_name};

/// The folder that certificates are handed out in.
#[derive(Debug)]
pub(crate) struct Counter {
    folder: Folder,
    path: PathBuf,
    earlier: Earlier,
}

impl Counter {
    /// Opens the folder, making it if it is missing.
    pub(crate) fn open(path: &Path, earlier: Earlier) -> Result<Self, Failure> {
        let failure = |e| Failure::output(path, e);
        if !is_there(path) {
            create_dir_durable(path, Mode::Public).map_err(failure)?;
        }
        let folder = Folder::open(path).map_err(failure)?;
        Ok(Self { folder, path: path.to_owned(), earlier })
    }

    /// Puts the files of certificates there, except those that are there already, and tells that
    /// they are delivered once all of them are on the disk.
    pub(crate) fn deliver(
        &self,
        home: &Home,
        keys: &mut Keys,
        items: &[Item],
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        let placed = self.put(home, keys, items, watch)?;
        placed.iter().try_for_each(|event| watch.tell(event))
    }

    /// Does the same, and leaves the telling to the caller.
    pub(crate) fn put(
        &self,
        home: &Home,
        keys: &mut Keys,
        items: &[Item],
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Event>, Failure> {
        let mut placed = Vec::with_capacity(items.len());
        for Item { request, .. } in items {
            let (number, revision) = (&request.number, request.revision);
            let written = self.place(home, keys, number, revision, watch)?;
            placed.push(Event::Delivered { number: number.clone(), revision, written });
        }
        self.folder.sync().map_err(|e| Failure::output(&self.path, e))?;
        Ok(placed)
    }

    fn place(
        &self,
        home: &Home,
        keys: &mut Keys,
        number: &GuaranteeNumber<'static>,
        revision: Revision,
        watch: &mut Watch<'_>,
    ) -> Result<Written, Failure> {
        let mut written = Written::Before;
        for (name, bytes) in handed_out(home, number, revision, self.earlier)? {
            let file = self.path.join(&name);
            let how = self.folder.write_same(OsStr::new(&name), &bytes);
            if how.map_err(|e| Failure::output(&file, e))? == Written::Now {
                written = Written::Now;
                watch.tell(&Event::Placed { file })?;
            }
        }
        if let Some(newest) = home.journal.ledger().chains().get(number).and_then(Chain::newest) {
            let key = keys.derive(home, number, newest.epoch, newest.serial)?;
            if self.deliver_key(number, newest.serial, &key)? == Written::Now {
                written = Written::Now;
                let file = self.path.join(key_name(number, newest.serial));
                watch.tell(&Event::Placed { file })?;
            }
        }
        Ok(written)
    }

    fn deliver_key(
        &self,
        number: &GuaranteeNumber<'_>,
        serial: Serial,
        key: &AuthKey,
    ) -> Result<Written, Failure> {
        let name = key_name(number, serial);
        match write_auth_key(&self.folder, &name, key) {
            Ok(()) => Ok(Written::Now),
            Err(OutputError::Exists) if holds_key(&self.path.join(&name), key) => {
                Ok(Written::Before)
            }
            Err(e) => Err(Failure::output(&self.path.join(&name), e)),
        }
    }
}

/// The two files of a certificate as the home stores them, checked against the journal.
pub(crate) struct Stored {
    pub(crate) signed: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
}

impl Stored {
    /// Reads both files; any difference from what was recorded is damage.
    pub(crate) fn read(
        home: &Home,
        number: &GuaranteeNumber<'static>,
        revision: Revision,
    ) -> Result<Self, Failure> {
        let (signed_name, sealed_name) = certificate_names(number, revision);
        let path = home.certificates();
        let chain = home.journal.ledger().chains().get(number);
        let stage = chain.and_then(|chain| chain.step(revision)).map(|step| &step.stage);
        let Some(Stage::Signed(Signed { certificate, sealed, .. })) = stage else {
            return Err(Failure::damaged(&path.join(signed_name), Damage::Missing));
        };
        let limit = SealedCertificate::MAX_LEN;
        Ok(Self {
            signed: read_recorded(&path.join(signed_name), limit, *certificate)?,
            sealed: read_recorded(&path.join(sealed_name), limit, *sealed)?,
        })
    }
}

/// Returns the files of a revision as they are handed out now, with their names: signed, and sealed
/// for the auth key that the guarantee has. Those of a rekey may come with every earlier revision
/// sealed again.
///
/// The auth key fits no revision from before it was made by itself, so beside such a one comes the
/// newest certificate, which it fits, and not that one sealed again.
fn handed_out(
    home: &Home,
    number: &GuaranteeNumber<'static>,
    revision: Revision,
    earlier: Earlier,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let pair = |revision| {
        let Stored { signed, sealed } = Stored::read(home, number, revision)?;
        let (signed_name, sealed_name) = certificate_names(number, revision);
        Ok::<_, Failure>([(signed_name, signed), (sealed_name, sealed)])
    };
    let [signed, sealed] = pair(revision)?;
    let chain = home.journal.ledger().chains().get(number);
    let Some(rekey) = chain.and_then(newest_rekey) else { return Ok(vec![signed, sealed]) };
    if revision < rekey.revision {
        let newest = chain.and_then(Chain::newest).unwrap_or(rekey);
        return Ok(std::iter::once(signed).chain(pair(newest.revision)?).collect());
    }
    let mut files = vec![signed, sealed];
    if revision == rekey.revision && earlier == Earlier::HandOut {
        let read = |again: &Resealed| Ok((again.name.clone(), again.read()?));
        let resealed = resealed_by(home, number, rekey);
        files.extend(resealed.iter().map(read).collect::<Result<Vec<_>, Failure>>()?);
    }
    Ok(files)
}

/// Returns how many of these certificates are from before the auth key that their guarantee has.
pub(crate) fn count_before_rekey(home: &Home, items: &[Item]) -> usize {
    let chains = home.journal.ledger().chains();
    let is_before = |item: &&Item| {
        let rekey = chains.get(&item.request.number).and_then(newest_rekey);
        rekey.is_some_and(|rekey| item.request.revision < rekey.revision)
    };
    items.iter().filter(is_before).count()
}

/// Refuses before the first record if a file in the folder would be in the way.
pub(crate) fn check_counter(
    home: &Home,
    keys: &mut Keys,
    out: &Path,
    items: &[Item],
    earlier: Earlier,
) -> Result<(), Failure> {
    if is_there(out) {
        // Anything but a folder is refused here, before the first record.
        Folder::open(out).map_err(|e| Failure::output(out, e))?;
    }
    if !items.is_empty() {
        check_private(out)?;
    }
    let mut refusals = Vec::new();
    let mut before = None;
    for item in items {
        let number = &item.request.number;
        refusals.extend(files_in_the_way(home, out, item, earlier)?);
        // Items come in order of number, and all revisions of one share the key's file.
        if before.replace(number) == Some(number) {
            continue;
        }
        let position = Position::of(home.journal.ledger(), item)?;
        let file = out.join(key_name(number, position.serial));
        if is_there(&file) {
            let key = keys.derive(home, number, position.epoch, position.serial)?;
            if !holds_key(&file, &key) {
                refusals.push(Refusal::at(&file, Reason::AuthKeyDiffers));
            }
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
}

/// A new certificate's bytes are not known yet, so any file of its name is in the way; those of an
/// issued one may be there already.
fn files_in_the_way(
    home: &Home,
    out: &Path,
    item: &Item,
    earlier: Earlier,
) -> Result<Vec<Refusal>, Failure> {
    let (number, revision) = (&item.request.number, item.request.revision);
    let expected: Vec<(String, Option<Vec<u8>>)> = match item.standing {
        Standing::Issued => {
            let files = handed_out(home, number, revision, earlier)?;
            files.into_iter().map(|(name, bytes)| (name, Some(bytes))).collect()
        }
        Standing::New => {
            let names = new_names(home, item, earlier)?;
            names.into_iter().map(|name| (name, None)).collect()
        }
    };
    let files = expected.into_iter().map(|(name, bytes)| (out.join(name), bytes));
    let in_the_way = files.filter(|(file, expected)| {
        is_there(file)
            && (expected.is_none() || read_own(file, SealedCertificate::MAX_LEN).ok() != *expected)
    });
    let refuse = |(file, _): (PathBuf, _)| Refusal::at(&file, Reason::Output(OutputError::Exists));
    Ok(in_the_way.map(refuse).collect())
}

/// Returns the names of the files that a new certificate will have.
fn new_names(home: &Home, item: &Item, earlier: Earlier) -> Result<Vec<String>, Failure> {
    let (number, revision) = (&item.request.number, item.request.revision);
    let (signed, sealed) = certificate_names(number, revision);
    let mut names = vec![signed, sealed];
    if effect(&item.request) == Effect::Rekeys && earlier == Earlier::HandOut {
        let ledger = home.journal.ledger();
        let serial = Position::of(ledger, item)?.serial;
        let steps = ledger.chains().get(number).map(Chain::steps).unwrap_or_default();
        names.extend(steps.iter().map(|step| resealed_name(number, step.revision, serial)));
    }
    Ok(names)
}

/// Returns the name of an auth key's file; only after a rekey it names the serial.
fn key_name(number: &GuaranteeNumber<'_>, serial: Serial) -> String {
    if serial == Serial::FIRST {
        format!("{number}.auth-key")
    } else {
        format!("{number}.k{serial}.auth-key")
    }
}

fn holds_key(file: &Path, key: &AuthKey) -> bool {
    read_auth_key(file).is_some_and(|found| found.matches(key))
}
