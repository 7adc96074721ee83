//! The folder that was asked for: a certificate's files appear there once it is recorded.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hosho::{AuthKey, GuaranteeNumber, Revision, SealedCertificate, Serial};
use hosho_cli::input::read_own;
use hosho_cli::output::{Folder, Mode, OutputError, Written, create_dir_durable};

use crate::event::{Event, Watch};
use crate::failure::{Damage, Failure, Reason, Refusal};
use crate::home::{Home, certificate_names, read_recorded};
use crate::intent::Position;
use crate::issue::is_there;
use crate::journal::{Signed, Stage};
use crate::keyfile::{read_auth_key, write_auth_key};
use crate::keyring::Masters;
use crate::plan::{Item, Standing};

/// The folder that certificates are handed out in.
#[derive(Debug)]
pub(crate) struct Counter {
    folder: Folder,
    path: PathBuf,
}

impl Counter {
    /// Opens the folder, making it if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failure = |e| Failure::output(path, e);
        if !is_there(path) {
            create_dir_durable(path, Mode::Public).map_err(failure)?;
        }
        let folder = Folder::open(path).map_err(failure)?;
        Ok(Self { folder, path: path.to_owned() })
    }

    /// Puts the files of certificates there, except those that are there already, and tells that
    /// they are delivered once all of them are on the disk.
    pub(crate) fn deliver(
        &self,
        home: &Home,
        masters: &mut Masters,
        items: &[Item],
        watch: &mut Watch<'_>,
    ) -> Result<(), Failure> {
        let mut placed = Vec::with_capacity(items.len());
        for Item { request, .. } in items {
            let (number, revision) = (&request.number, request.revision);
            let written = self.place(home, masters, number, revision, watch)?;
            placed.push(Event::Delivered { number: number.clone(), revision, written });
        }
        self.folder.sync().map_err(|e| Failure::output(&self.path, e))?;
        placed.iter().try_for_each(|event| watch.tell(event))
    }

    fn place(
        &self,
        home: &Home,
        masters: &mut Masters,
        number: &GuaranteeNumber<'static>,
        revision: Revision,
        watch: &mut Watch<'_>,
    ) -> Result<Written, Failure> {
        let stored = Stored::read(home, number, revision)?;
        let mut written = Written::Before;
        let (signed_name, sealed_name) = certificate_names(number, revision);
        for (name, bytes) in [(signed_name, &stored.signed), (sealed_name, &stored.sealed)] {
            let file = self.path.join(&name);
            let how = self.folder.write_same(OsStr::new(&name), bytes);
            if how.map_err(|e| Failure::output(&file, e))? == Written::Now {
                written = Written::Now;
                watch.tell(&Event::Placed { file })?;
            }
        }
        let position = Position::after(home.journal.ledger().chains().get(number));
        let key = masters.derive(home, number, position.epoch, position.serial)?;
        if self.deliver_key(number, position.serial, &key)? == Written::Now {
            written = Written::Now;
            let file = self.path.join(key_name(number, position.serial));
            watch.tell(&Event::Placed { file })?;
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

/// Refuses before the first record if a file in the folder would be in the way.
pub(crate) fn check_counter(
    home: &Home,
    masters: &mut Masters,
    out: &Path,
    items: &[Item],
) -> Result<(), Failure> {
    if is_there(out) {
        // Anything but a folder is refused here, before the first record.
        Folder::open(out).map_err(|e| Failure::output(out, e))?;
    }
    let mut refusals = Vec::new();
    let mut before = None;
    for item in items {
        let number = &item.request.number;
        refusals.extend(files_in_the_way(home, out, item)?);
        // Items come in order of number, and all revisions of one share the key's file.
        if before.replace(number) == Some(number) {
            continue;
        }
        let position = Position::after(home.journal.ledger().chains().get(number));
        let file = out.join(key_name(number, position.serial));
        if is_there(&file) {
            let key = masters.derive(home, number, position.epoch, position.serial)?;
            if !holds_key(&file, &key) {
                refusals.push(Refusal::at(&file, Reason::AuthKeyDiffers));
            }
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Failure::Refused(refusals)) }
}

/// A new certificate's bytes are not known yet, so any file of its name is in the way; those of an
/// issued one may be there already.
fn files_in_the_way(home: &Home, out: &Path, item: &Item) -> Result<Vec<Refusal>, Failure> {
    let (number, revision) = (&item.request.number, item.request.revision);
    let (signed, sealed) = certificate_names(number, revision);
    let there: Vec<_> = [out.join(signed), out.join(sealed)]
        .into_iter()
        .map(|file| (is_there(&file), file))
        .collect();
    if !there.iter().any(|(is_there, _)| *is_there) {
        return Ok(Vec::new());
    }
    let expected = match item.standing {
        Standing::Issued => {
            let Stored { signed, sealed } = Stored::read(home, number, revision)?;
            [Some(signed), Some(sealed)]
        }
        Standing::New => [None, None],
    };
    let in_the_way = there.into_iter().zip(expected).filter(|((is_there, file), expected)| {
        *is_there
            && (expected.is_none() || read_own(file, SealedCertificate::MAX_LEN).ok() != *expected)
    });
    let refuse = |((_, file), _): ((bool, PathBuf), _)| {
        Refusal::at(&file, Reason::Output(OutputError::Exists))
    };
    Ok(in_the_way.map(refuse).collect())
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
