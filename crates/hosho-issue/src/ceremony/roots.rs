//! Making root keys, changing the root set, and handing out what waits for signatures.

use std::path::{Path, PathBuf};

use hosho::{Fingerprint, PublicKey, RootSet, SecretKey, Sequence, Signer as _, UnixTime};
use hosho_cli::output::{Folder, Mode, OutputError, write_new};

use super::paper::{public_key_text, read_public_key, request_text};
use crate::bundle::{Existing, check_place, check_private, write};
use crate::event::Watch;
use crate::failure::{Damage, Failure};
use crate::home::{Home, Patience};
use crate::journal::{Access, OpenDraft, Withdrawn};
use crate::keyfile::{draw_secret, write_secret_key};
use crate::next::NextBundle;
use crate::objection::Objection;
use crate::publish::{Published, open_settled, publish, settle, take_back};

/// A root key that was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewRoot {
    /// The RFC 9679 thumbprint, by which people compare it.
    pub thumbprint: Fingerprint,
    /// The file with the public key.
    pub public: PathBuf,
}

/// Makes one root key: the secret in `out`, for its owner only, and the public key beside it.
///
/// # Errors
/// [`Failure`]; no file that was there is replaced.
pub fn new_root(out: &Path) -> Result<NewRoot, Failure> {
    let public = out.with_extension("pub");
    if public == out {
        return Err(Failure::output(out, OutputError::Name));
    }
    check_place(out, Existing::Keep)?;
    check_place(&public, Existing::Keep)?;
    check_private(out)?;
    let name = out.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::output(out, OutputError::Name))?;
    let above = match out.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let key = SecretKey::take(&mut *draw_secret()?);
    let folder = Folder::open(above).map_err(|e| Failure::output(above, e))?;
    write_secret_key(&folder, name, &key.expose_seed())?;
    folder.sync().map_err(|e| Failure::output(out, e))?;
    write_public_key(&public, key.public_key())?;
    Ok(NewRoot { thumbprint: key.public_key().thumbprint(), public })
}

/// Writes the file with a public key.
pub(super) fn write_public_key(file: &Path, key: &PublicKey) -> Result<(), Failure> {
    let text = public_key_text(key).ok_or_else(|| Failure::damaged(file, Damage::Form))?;
    write_new(file, text.as_bytes(), Mode::Public).map_err(|e| Failure::output(file, e))
}

/// What `root replace` is asked to do.
#[derive(Clone, Debug)]
pub struct ReplaceOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The root keys that go: thumbprints of 64 digits, or key ids of 16.
    pub remove: Vec<String>,
    /// The files with the public keys that come.
    pub add: Vec<PathBuf>,
    /// How many must sign; otherwise as many as before.
    pub threshold: Option<u8>,
    /// For how many days the next trust bundle stays fresh.
    pub bundle_days: u16,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Changes the root set with the next trust bundle, which a threshold of both sets must sign.
///
/// # Errors
/// [`Failure`]; then the trust bundle is the one before.
pub fn replace_roots(order: &ReplaceOrder, watch: &mut Watch<'_>) -> Result<Published, Failure> {
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let mut next = NextBundle::begin(&home, order.now, order.bundle_days)?;
    let mut keys = next.roots().keys().to_vec();
    for name in &order.remove {
        let place = keys.iter().position(|key| is_named(key, name));
        let place = place.ok_or_else(|| Failure::objected(Objection::UnknownRoot))?;
        keys.remove(place);
    }
    for file in &order.add {
        let key = read_public_key(file)?;
        if keys.contains(&key) {
            let objection = Objection::RootPresent(key.thumbprint());
            return Err(Failure::objected_at(file, objection));
        }
        keys.push(key);
    }
    let threshold = order.threshold.unwrap_or_else(|| next.roots().threshold());
    next.set_roots(threshold, keys)?;
    publish(&mut home, next, order.now, watch)
}

fn is_named(key: &PublicKey, name: &str) -> bool {
    key.thumbprint().to_string() == name || key.key_id().to_string() == name
}

/// What `root request` is asked to do.
#[derive(Clone, Debug)]
pub struct RequestOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The file to write.
    pub out: PathBuf,
    /// What to do about a file that is there.
    pub existing: Existing,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// A request that was handed out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrittenRequest {
    /// The sequence of the trust bundle that waits.
    pub sequence: Sequence,
    /// The fingerprint of what is to be signed.
    pub fingerprint: Fingerprint,
}

/// Writes what waits for signatures of root keys.
///
/// # Errors
/// [`Failure`]; then no file was written.
pub fn write_request(
    order: &RequestOrder,
    watch: &mut Watch<'_>,
) -> Result<WrittenRequest, Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    let open = home.journal.ledger().succession().open();
    let open = open.ok_or_else(|| Failure::objected(Objection::NoRequest))?;
    check_place(&order.out, order.existing)?;
    write(&order.out, request_text(&open.prepared).as_bytes(), order.existing)?;
    Ok(WrittenRequest { sequence: open.sequence, fingerprint: open.fingerprint() })
}

/// What `root withdraw` is asked to do.
#[derive(Clone, Debug)]
pub struct WithdrawOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Takes back the last change of the trust bundle that waits for signatures. Returns the request
/// that is open again, if there was a change before it.
///
/// # Errors
/// [`Failure`]; then nothing was taken back.
pub fn withdraw(
    order: &WithdrawOrder,
    watch: &mut Watch<'_>,
) -> Result<Option<Fingerprint>, Failure> {
    let mut home = open_settled(&order.home, order.now, order.patience, watch)?;
    let open = home.journal.ledger().succession().open();
    let open = open.ok_or_else(|| Failure::objected(Objection::NoRequest))?;
    let withdrawn = Withdrawn { sequence: open.sequence, payload: open.fingerprint() };
    take_back(&mut home, withdrawn, order.now, watch)?;
    settle(&mut home, order.now, watch)?;
    Ok(home.journal.ledger().succession().open().map(OpenDraft::fingerprint))
}

/// Counts the root keys of a set among `signed`.
pub(super) fn count_of(roots: &RootSet, signed: &[PublicKey]) -> u8 {
    let count = roots.keys().iter().filter(|key| signed.contains(key)).count();
    u8::try_from(count).unwrap_or(u8::MAX)
}
