//! `root assemble`: signatures of root keys become a trust bundle.

use std::path::PathBuf;

use hosho::{
    BundleSignature, Fingerprint, PreparedBundle, PublicKey, RootSet, Sequence, TrustBundle,
    UnixTime,
};

use super::paper::{SignedRequest, read_request, read_signature};
use super::roots::count_of;
use super::signing::read_bundle;
use crate::bundle::{Existing, check_place, write};
use crate::event::{Notice, Watch};
use crate::failure::Failure;
use crate::home::Patience;
use crate::objection::Objection;
use crate::proofs::store_proofs;
use crate::publish::{assemble, home_signatures, install, open_settled};

/// What `root assemble` is asked to do.
#[derive(Clone, Debug)]
pub struct AssembleOrder {
    /// The guarantor's home, or a file with a request.
    pub target: PathBuf,
    /// The files with signatures.
    pub signatures: Vec<PathBuf>,
    /// The trust bundle before, for a request that is not the first.
    pub previous: Option<PathBuf>,
    /// The file to write; a home keeps the bundle anyway.
    pub out: Option<PathBuf>,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// A trust bundle that enough root keys have signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assembled {
    /// Its sequence.
    pub sequence: Sequence,
    /// Its identity.
    pub fingerprint: Fingerprint,
}

/// Puts a trust bundle together from signatures, and installs it if the target is a home.
///
/// # Errors
/// [`Failure`]; then the trust bundle of the home is the one before.
pub fn assemble_root(order: &AssembleOrder, watch: &mut Watch<'_>) -> Result<Assembled, Failure> {
    if let Some(out) = &order.out {
        check_place(out, Existing::Keep)?;
    }
    let (sequence, bytes) = if order.target.is_dir() {
        assemble_at_home(order, watch)?
    } else {
        assemble_anywhere(order, watch)?
    };
    if let Some(out) = &order.out {
        write(out, &bytes, Existing::Keep)?;
    }
    Ok(Assembled { sequence, fingerprint: Fingerprint::of(&bytes) })
}

fn assemble_at_home(
    order: &AssembleOrder,
    watch: &mut Watch<'_>,
) -> Result<(Sequence, Vec<u8>), Failure> {
    let mut home = open_settled(&order.target, order.now, order.patience, watch)?;
    let open = home.journal.ledger().succession().open();
    let prepared = match open {
        Some(open) => open.prepared.clone(),
        None => return Err(Failure::objected(Objection::NoRequest)),
    };
    let mut signatures = home_signatures(&home, &prepared)?;
    signatures.extend(collect(order, &prepared, Some(&home.trust))?);
    let bytes = put_together(&prepared, Some(&home.trust), signatures, watch)?;
    let sequence = install(&mut home, &bytes, order.now, watch)?;
    store_proofs(&mut home, order.now, watch)?;
    Ok((sequence, bytes))
}

fn assemble_anywhere(
    order: &AssembleOrder,
    watch: &mut Watch<'_>,
) -> Result<(Sequence, Vec<u8>), Failure> {
    let prepared = read_request(&order.target)?;
    let previous = order.previous.as_deref().map(read_bundle).transpose()?;
    let draft = prepared.to_draft();
    if draft.previous.is_some() && previous.is_none() {
        return Err(Failure::objected(Objection::PreviousNeeded));
    }
    if let Some(previous) = &previous {
        prepared.check_step_from(previous)?;
    }
    if order.out.is_none() {
        return Err(Failure::objected(Objection::OutNeeded));
    }
    let signatures = collect(order, &prepared, previous.as_ref())?;
    let bytes = put_together(&prepared, previous.as_ref(), signatures, watch)?;
    Ok((draft.sequence, bytes))
}

/// Reads the signatures; each must be for this request, of a root key of one of the sets, and
/// verify.
fn collect(
    order: &AssembleOrder,
    prepared: &PreparedBundle,
    previous: Option<&TrustBundle>,
) -> Result<Vec<BundleSignature>, Failure> {
    let known = known_roots(prepared, previous);
    let request = Fingerprint::of(prepared.as_bytes());
    let mut signatures = Vec::with_capacity(order.signatures.len());
    for file in &order.signatures {
        let SignedRequest { request: signed, signature } = read_signature(file)?;
        let object = |objection| Failure::objected_at(file, objection);
        if signed != request {
            return Err(object(Objection::SignedOther { request }));
        }
        let root = known.iter().find(|key| key.key_id() == signature.key_id());
        let root = root.ok_or_else(|| object(Objection::StrangeRoot(signature.key_id())))?;
        prepared
            .check_signature(root, &signature)
            .map_err(|_| object(Objection::WrongSignature(signature.key_id())))?;
        signatures.push(signature);
    }
    Ok(signatures)
}

/// Counts keys, not signatures, in both root sets, and returns the bundle if they suffice.
fn put_together(
    prepared: &PreparedBundle,
    previous: Option<&TrustBundle>,
    mut signatures: Vec<BundleSignature>,
    watch: &mut Watch<'_>,
) -> Result<Vec<u8>, Failure> {
    let known = known_roots(prepared, previous);
    signatures.sort_by_key(BundleSignature::key_id);
    for twice in signatures.chunk_by(|a, b| a.key_id() == b.key_id()).filter(|all| all.len() > 1) {
        let id = twice.first().map(BundleSignature::key_id);
        if let Some(key) = known.iter().find(|key| Some(key.key_id()) == id) {
            watch.notice(Notice::SignedTwice { root: key.thumbprint() })?;
        }
    }
    signatures.dedup_by_key(|signature| signature.key_id());
    let signed: Vec<PublicKey> = known
        .iter()
        .filter(|key| signatures.iter().any(|signature| signature.key_id() == key.key_id()))
        .cloned()
        .collect();
    let roots = prepared.to_draft().roots;
    let tally = |roots: &RootSet| (count_of(roots, &signed), roots.threshold());
    let new = tally(&roots);
    let old = previous.map_or(new, |previous| tally(previous.roots()));
    if old.0 < old.1 || new.0 < new.1 {
        let old_roots = previous.map_or(&roots, TrustBundle::roots);
        let mut told: Vec<&PublicKey> = Vec::new();
        for key in known.iter().filter(|key| !signed.contains(key)) {
            let (old, new) = (
                old.0 < old.1 && old_roots.keys().contains(key),
                new.0 < new.1 && roots.keys().contains(key),
            );
            if (old || new) && !told.contains(&key) {
                watch.notice(Notice::RootUnsigned { root: key.thumbprint(), old, new })?;
                told.push(key);
            }
        }
        return Err(Failure::objected(Objection::TooFew { old, new }));
    }
    match previous {
        Some(previous) => Ok(assemble(previous, prepared, signatures)?),
        None => Ok(prepared.assemble(signatures)?),
    }
}

fn known_roots(prepared: &PreparedBundle, previous: Option<&TrustBundle>) -> Vec<PublicKey> {
    let mut known = prepared.to_draft().roots.keys().to_vec();
    if let Some(previous) = previous {
        known.extend(previous.roots().keys().iter().cloned());
    }
    known
}
