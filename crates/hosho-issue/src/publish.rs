//! Making the next trust bundle: it is recorded, then signed by root keys, stored and recorded as
//! made. With the root keys away, a request waits for their signatures instead.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hosho::{
    BundleSignature, Fingerprint, PreparedBundle, RootSet, SecretKey, Sequence, SignedTrustBundle,
    Signer as _, TrustBundle, TrustError, UnixTime,
};
use hosho_cli::input::read_own;
use hosho_cli::output::{Folder, Mode};
use hosho_signer::read_secret_key;

use crate::ceremony::paper::request_text;
use crate::event::{Event, Notice, Watch};
use crate::failure::{Damage, Failure};
use crate::home::{Home, KEYS, MAX_ROOTS, Patience, ROOTS, bundle_name, request_name, root_name};
use crate::issue::is_there;
use crate::journal::{Access, Bundle, Draft, Made, Record, Withdrawn};
use crate::keyring::key_place;
use crate::next::{FreshKey, NextBundle, restate};
use crate::proofs::store_proofs;
use crate::recover::finish_open_intents;

/// What became of the next trust bundle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Published {
    /// It is signed and in the home.
    Installed {
        /// Its sequence.
        sequence: Sequence,
    },
    /// It waits for signatures of root keys that are not in the home.
    Waiting {
        /// What they are asked to sign.
        request: PathBuf,
        /// The fingerprint of what they are asked to sign.
        fingerprint: Fingerprint,
    },
}

/// Opens a home to change what its trust bundle says: everything begun before is finished first.
pub(crate) fn open_settled(
    path: &Path,
    now: UnixTime,
    patience: Patience,
    watch: &mut Watch<'_>,
) -> Result<Home, Failure> {
    let mut home = Home::open(path, Access::Append, patience, watch)?;
    home.journal.check_clock(now)?;
    finish_open_intents(&mut home, now, watch)?;
    settle(&mut home, now, watch)?;
    Ok(home)
}

/// Finishes what an interrupted command began about trust bundles, or takes it back if the key that
/// it names was never written.
pub(crate) fn settle(home: &mut Home, now: UnixTime, watch: &mut Watch<'_>) -> Result<(), Failure> {
    while let Some(withdrawn) = draft_without_key(home) {
        let sequence = withdrawn.sequence;
        take_back(home, withdrawn, now, watch)?;
        watch.notice(Notice::RequestTakenBack { sequence })?;
    }
    if home.journal.ledger().succession().open().is_some() {
        home.journal.check_clock(now)?;
        if let Published::Installed { sequence } = complete(home, now, watch)? {
            watch.notice(Notice::BundleFinished { sequence })?;
        }
    }
    store_proofs(home, now, watch)
}

/// Takes the newest draft back; the one before it, if any, is open again.
pub(crate) fn take_back(
    home: &mut Home,
    withdrawn: Withdrawn,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<(), Failure> {
    let request = home.bundles().join(request_name(withdrawn.sequence));
    home.journal.append(now, vec![Record::Withdrawn(withdrawn)], watch)?;
    // Nobody should sign it any more; that it is gone is not a promise.
    let _gone = std::fs::remove_file(request);
    Ok(())
}

/// Records what the next trust bundle will say, writes the key that was made for it, and has it
/// signed if the root keys are here.
pub(crate) fn publish(
    home: &mut Home,
    next: NextBundle,
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<Published, Failure> {
    notice_left_roots(home, watch)?;
    let (content, fresh) = next.into_parts();
    let sequence = content.sequence;
    let prepared = content.prepare()?;
    prepared.check_step_from(&home.trust)?;
    check_size(&prepared)?;
    let made: Vec<Made> = fresh.iter().map(|fresh| fresh.made).collect();
    let draft = Draft { sequence, made, payload: prepared.as_bytes().to_vec() };
    home.journal.append(now, vec![Record::Draft(Box::new(draft))], watch)?;
    if let Some(FreshKey { made, origin }) = fresh {
        let path = home.path().join(KEYS);
        let at = |e| Failure::output(&path, e);
        let folder = Folder::open(&path).map_err(at)?;
        origin.write(&folder, made.role, made.number)?;
        folder.sync().map_err(at)?;
        watch.tell(&Event::KeyStored)?;
    }
    let published = complete(home, now, watch)?;
    store_proofs(home, now, watch)?;
    Ok(published)
}

/// Stores and records a trust bundle that root keys have signed, if it is the lawful next one.
pub(crate) fn install(
    home: &mut Home,
    bytes: &[u8],
    now: UnixTime,
    watch: &mut Watch<'_>,
) -> Result<Sequence, Failure> {
    let next = home.trust.update(SignedTrustBundle::parse(bytes)?)?;
    let (sequence, path) = (next.sequence(), home.bundles());
    let name = bundle_name(sequence);
    let folder = Folder::open(&path).map_err(|e| Failure::output(&path, e))?;
    folder
        .write_same(OsStr::new(&name), bytes)
        .and_then(|_| folder.sync())
        .map_err(|e| Failure::output(&path.join(&name), e))?;
    watch.tell(&Event::BundleStored)?;
    let record = Bundle { sequence, fingerprint: next.fingerprint() };
    home.journal.append(now, vec![Record::Bundle(record)], watch)?;
    home.trust = next;
    // It has done its service; that it is gone is not a promise.
    let _gone = std::fs::remove_file(path.join(request_name(sequence)));
    Ok(sequence)
}

/// Returns the signatures that the root keys in the home can make over a bundle.
pub(crate) fn home_signatures(
    home: &Home,
    prepared: &PreparedBundle,
) -> Result<Vec<BundleSignature>, Failure> {
    let new = prepared.to_draft().roots;
    let mut signatures = Vec::new();
    for (_, key) in home_roots(home)? {
        if is_root(&new, &key) || is_root(home.trust.roots(), &key) {
            signatures.push(prepared.sign(&key)?);
        }
    }
    signatures.sort_by_key(BundleSignature::key_id);
    signatures.dedup_by_key(|signature| signature.key_id());
    Ok(signatures)
}

/// Returns the root keys that lie in the home and were not moved away, with their files.
pub(crate) fn home_roots(home: &Home) -> Result<Vec<(PathBuf, SecretKey)>, Failure> {
    let succession = home.journal.ledger().succession();
    let mut found = Vec::new();
    for (path, key) in root_files(home)? {
        if !succession.is_exported(key.public_key().key_id()) {
            found.push((path, key));
        }
    }
    Ok(found)
}

/// Returns all root keys that lie in the home, even those that were moved away.
pub(crate) fn root_files(home: &Home) -> Result<Vec<(PathBuf, SecretKey)>, Failure> {
    let mut found = Vec::new();
    for number in 1..=MAX_ROOTS {
        let path = home.path().join(ROOTS).join(root_name(number));
        if is_there(&path) {
            let key = read_secret_key(&path)?;
            found.push((path, key));
        }
    }
    Ok(found)
}

/// Tells the user when root keys that were moved away still lie in the home.
pub(crate) fn notice_left_roots(home: &Home, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let succession = home.journal.ledger().succession();
    let roots = root_files(home)?;
    if roots.iter().any(|(_, key)| succession.is_exported(key.public_key().key_id())) {
        watch.notice(Notice::RootsLeft)?;
    }
    Ok(())
}

/// Tells whether the root keys in the home can sign for the root set of the newest bundle.
pub(crate) fn roots_are_here(home: &Home) -> Result<bool, Failure> {
    let roots = home.trust.roots();
    let here = home_roots(home)?.iter().filter(|(_, key)| is_root(roots, key)).count();
    Ok(here >= usize::from(roots.threshold()))
}

#[must_use]
fn is_root(roots: &RootSet, key: &SecretKey) -> bool {
    roots.keys().contains(key.public_key())
}

/// Installs the open draft if its bundle is stored already or the root keys in the home suffice;
/// otherwise sees to it that the request lies ready.
fn complete(home: &mut Home, now: UnixTime, watch: &mut Watch<'_>) -> Result<Published, Failure> {
    let open = home.journal.ledger().succession().open();
    let (sequence, prepared) = match open {
        Some(open) => (open.sequence, open.prepared.clone()),
        None => return Ok(Published::Installed { sequence: home.trust.sequence() }),
    };
    let stored = home.bundles().join(bundle_name(sequence));
    if is_there(&stored) {
        let bytes =
            read_own(&stored, SignedTrustBundle::MAX_LEN).map_err(|e| Failure::own(&stored, e))?;
        if !follows(&home.trust, &bytes, &prepared) {
            return Err(Failure::damaged(&stored, Damage::Changed));
        }
        return Ok(Published::Installed { sequence: install(home, &bytes, now, watch)? });
    }
    let signed = assemble(&home.trust, &prepared, home_signatures(home, &prepared)?);
    match signed {
        Ok(bytes) => Ok(Published::Installed { sequence: install(home, &bytes, now, watch)? }),
        Err(TrustError::Threshold) => wait(home, sequence, &prepared, watch),
        Err(other) => Err(other.into()),
    }
}

/// Returns the signed bundle if it follows lawfully from the one before.
pub(crate) fn assemble(
    before: &TrustBundle,
    prepared: &PreparedBundle,
    signatures: Vec<BundleSignature>,
) -> Result<Vec<u8>, TrustError> {
    if signatures.is_empty() {
        return Err(TrustError::Threshold);
    }
    let bytes = prepared.assemble(signatures)?;
    before.update(SignedTrustBundle::parse(&bytes)?)?;
    Ok(bytes)
}

/// Tells whether a stored file is the bundle of a draft, lawfully signed.
#[must_use]
fn follows(before: &TrustBundle, bytes: &[u8], prepared: &PreparedBundle) -> bool {
    let next = SignedTrustBundle::parse(bytes).and_then(|signed| before.update(signed));
    let said = next.and_then(|next| restate(&next, Some(before.fingerprint())).prepare());
    said.is_ok_and(|said| said.as_bytes() == prepared.as_bytes())
}

fn wait(
    home: &Home,
    sequence: Sequence,
    prepared: &PreparedBundle,
    watch: &mut Watch<'_>,
) -> Result<Published, Failure> {
    let (folder, name) = (home.bundles(), request_name(sequence));
    let request = folder.join(&name);
    let text = request_text(prepared);
    if read_own(&request, text.len()).ok().as_deref() != Some(text.as_bytes()) {
        Folder::open(&folder)
            .and_then(|folder| {
                folder.replace(OsStr::new(&name), text.as_bytes(), Mode::Public)?;
                folder.sync()
            })
            .map_err(|e| Failure::output(&request, e))?;
        watch.tell(&Event::RequestStored)?;
    }
    Ok(Published::Waiting { request, fingerprint: Fingerprint::of(prepared.as_bytes()) })
}

/// Refuses, before anything is recorded, a bundle that would be too large with its signatures.
fn check_size(prepared: &PreparedBundle) -> Result<(), Failure> {
    // Sixteen signatures of some 85 bytes, and headers (spec, hosho.cddl).
    let most = SignedTrustBundle::MAX_LEN - 16 * 90 - 128;
    if prepared.as_bytes().len() > most {
        return Err(Failure::Exhausted);
    }
    Ok(())
}

fn draft_without_key(home: &Home) -> Option<Withdrawn> {
    let open = home.journal.ledger().succession().open()?;
    let missing = open.made.iter().any(|made| !is_there(&key_place(home, made.role, made.number)));
    missing.then(|| Withdrawn { sequence: open.sequence, payload: open.fingerprint() })
}
