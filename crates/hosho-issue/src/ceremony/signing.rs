//! `root sign`: one root key signs a request, on a machine that has nothing else.

use std::path::{Path, PathBuf};

use hosho::{
    BundleDraft, Fingerprint, KeyId, PreparedBundle, SignedTrustBundle, Signer as _, TrustBundle,
};
use hosho_cli::input::read_bounded;
use hosho_cli::lang::Lang;
use hosho_cli::output::{Mode, write_new};
use hosho_signer::read_secret_key;

use super::describe::{changes, content};
use super::paper::{read_request, signature_text};
use crate::bundle::{Existing, check_place};
use crate::event::Watch;
use crate::failure::Failure;
use crate::home::{Home, Patience};
use crate::journal::Access;
use crate::keyfile::is_public_part;
use crate::next::restate;
use crate::objection::{Confirmation, Objection};

/// What `root sign` is asked to do.
#[derive(Clone, Debug)]
pub struct SignOrder {
    /// The file with the request.
    pub request: PathBuf,
    /// The file with the root key.
    pub key: PathBuf,
    /// The trust bundle before, to show and check what changes.
    pub previous: Option<PathBuf>,
    /// The file to write.
    pub out: PathBuf,
}

/// What a person is asked before a root key signs.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Everything that will be signed, line by line, and what changes.
    pub lines: Vec<String>,
    /// The root key that would sign.
    pub root: Fingerprint,
}

/// A signature that was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrittenSignature {
    /// The root key.
    pub root: KeyId,
    /// The fingerprint of what it signed.
    pub request: Fingerprint,
}

/// Signs a request with one root key, if `confirm` says so.
///
/// With the bundle before, what would not follow it lawfully is refused.
///
/// # Errors
/// [`Failure`]; then nothing was signed.
pub fn sign_request(
    order: &SignOrder,
    lang: Lang,
    confirm: impl FnOnce(&Asked) -> Result<(), Confirmation>,
) -> Result<WrittenSignature, Failure> {
    check_place(&order.out, Existing::Keep)?;
    let prepared = read_request(&order.request)?;
    let previous = order.previous.as_deref().map(read_bundle).transpose()?;
    let key = read_secret_key(&order.key).map_err(|error| {
        let public = is_public_part(&order.key);
        if public { Failure::objected_at(&order.key, Objection::PublicPart) } else { error.into() }
    })?;
    let (root, draft) = (key.public_key(), prepared.to_draft());
    let mut sets = vec![&draft.roots];
    if let Some(previous) = &previous {
        prepared.check_step_from(previous)?;
        sets.push(previous.roots());
    }
    if !sets.iter().any(|roots| roots.keys().contains(root)) {
        let objection = Objection::StrangeRoot(root.key_id());
        return Err(Failure::objected_at(&order.key, objection));
    }
    let lines = lines(&prepared, &draft, previous.as_ref(), lang);
    let asked = Asked { lines, root: root.thumbprint() };
    confirm(&asked).map_err(|why| Failure::objected(Objection::Confirmation(why)))?;
    let signature = prepared.sign(&key)?;
    let request = Fingerprint::of(prepared.as_bytes());
    let text = signature_text(request, &signature);
    write_new(&order.out, text.as_bytes(), Mode::Public)
        .map_err(|e| Failure::output(&order.out, e))?;
    Ok(WrittenSignature { root: root.key_id(), request })
}

/// Returns what a home's newest trust bundle, a request or a trust bundle says, in lines.
///
/// # Errors
/// [`Failure`] when it is none of them.
pub fn show(
    what: &Path,
    previous: Option<&Path>,
    patience: Patience,
    lang: Lang,
    watch: &mut Watch<'_>,
) -> Result<Vec<String>, Failure> {
    if what.is_dir() {
        let home = Home::open(what, Access::Read, patience, watch)?;
        let mut said = content(&restate(&home.trust, None), Some(home.trust.fingerprint()), lang);
        if let Some(open) = home.journal.ledger().succession().open() {
            said.push(String::new());
            said.extend(lines(&open.prepared, &open.prepared.to_draft(), Some(&home.trust), lang));
        }
        return Ok(said);
    }
    let previous = previous.map(read_bundle).transpose()?;
    if let Ok(bundle) = read_bundle(what) {
        let said = restate(&bundle, previous.as_ref().map(TrustBundle::fingerprint));
        let mut lines = content(&said, Some(bundle.fingerprint()), lang);
        if let Some(previous) = &previous {
            lines.extend(changes(previous, &said, lang));
        }
        return Ok(lines);
    }
    let prepared = read_request(what)?;
    Ok(lines(&prepared, &prepared.to_draft(), previous.as_ref(), lang))
}

/// Reads a trust bundle that a person names as the one before.
pub(super) fn read_bundle(file: &Path) -> Result<TrustBundle, Failure> {
    let bytes =
        read_bounded(file, SignedTrustBundle::MAX_LEN).map_err(|e| Failure::input(file, e))?;
    SignedTrustBundle::parse(&bytes)
        .and_then(SignedTrustBundle::pin)
        .map_err(|error| Failure::objected_at(file, Objection::NoBundle(error)))
}

fn lines(
    prepared: &PreparedBundle,
    draft: &BundleDraft<'_>,
    previous: Option<&TrustBundle>,
    lang: Lang,
) -> Vec<String> {
    let request = Fingerprint::of(prepared.as_bytes());
    let heading = lang
        .pick("署名する信頼バンドル、依頼の指紋", "Trust bundle to be signed, request fingerprint");
    let mut lines = vec![format!("{heading}: {request}")];
    lines.extend(content(draft, None, lang));
    match previous {
        Some(previous) => lines.extend(changes(previous, draft, lang)),
        None if draft.previous.is_some() => lines.push(
            lang.pick(
                "前のバンドルからの変更点は --previous を指定すると表示します",
                "What changes is shown when --previous names the bundle before",
            )
            .to_owned(),
        ),
        None => {}
    }
    lines
}
