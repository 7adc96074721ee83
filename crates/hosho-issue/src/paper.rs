//! `notice` and `copy`: papers about certificates that were issued.

use std::fs;
use std::path::{Path, PathBuf};

use hosho::{
    Fingerprint, GuaranteeNumber, Revision, SealedCertificate, UnixTime, VerifiedCertificate,
};
use hosho_cli::lang::Lang;
use hosho_cli::output::{Mode, write_new};
use hosho_document::{CopyOrder, NoticeOrder};

use crate::audit::{self, Proofs};
use crate::bundle::{Existing, check_place, check_private};
use crate::deliver::Stored;
use crate::event::Watch;
use crate::failure::{Damage, Failure};
use crate::home::{Home, Patience, certificate_names};
use crate::journal::{Access, Step};
use crate::keyring::Keys;
use crate::masters::master_file;
use crate::objection::Objection;

/// What `notice` and `copy` are asked to do.
#[derive(Clone, Debug)]
pub struct PaperOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The guarantee.
    pub number: GuaranteeNumber<'static>,
    /// Which revision; otherwise the newest.
    pub revision: Option<Revision>,
    /// The file to write; nothing is overwritten.
    pub out: PathBuf,
    /// The language of the paper.
    pub lang: Lang,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// Writes the notice of a guarantee's auth key with its newest certificate, readable by the owner
/// only.
///
/// # Errors
/// [`Failure`]; then no file was written.
pub fn notice(order: &PaperOrder, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    check_place(&order.out, Existing::Keep)?;
    check_outside(&home, &order.out)?;
    check_private(&order.out)?;
    let step = step(&home, order)?;
    let (revision, epoch) = (step.revision, step.epoch);
    let stored = Stored::read(&home, &order.number, revision)?;
    let key = Keys::to_derive(&home).derive(&home, &order.number, epoch, step.serial)?;
    let (_, sealed_path) = paths(&home, &order.number, revision);
    let sealed = SealedCertificate::parse(&stored.sealed)
        .map_err(|_| Failure::damaged(&sealed_path, Damage::Form))?;
    let proofs = Proofs::of(&home)?;
    let certificate = verified(&home, &proofs, order, step, &stored.signed)?;
    let paper = hosho_document::notice(&NoticeOrder {
        certificate: &certificate,
        sealed: &sealed,
        auth_key: &key,
        lang: order.lang,
    });
    let paper = paper.map_err(|error| match error {
        hosho_document::DocumentError::KeyDoesNotFit => {
            Failure::damaged(&master_file(&home, epoch), Damage::Changed)
        }
        error => Failure::Paper(error),
    })?;
    write_new(&order.out, &paper, Mode::Secret).map_err(|e| Failure::output(&order.out, e))
}

/// Writes the customer's copy of a certificate.
///
/// # Errors
/// [`Failure`]; then no file was written.
pub fn copy(order: &PaperOrder, watch: &mut Watch<'_>) -> Result<(), Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    check_place(&order.out, Existing::Keep)?;
    check_outside(&home, &order.out)?;
    let step = step(&home, order)?;
    let stored = Stored::read(&home, &order.number, step.revision)?;
    let proofs = Proofs::of(&home)?;
    let certificate = verified(&home, &proofs, order, step, &stored.signed)?;
    let before = match step_before(&home, order, step) {
        Some(before) => Some((before, Stored::read(&home, &order.number, before.revision)?)),
        None => None,
    };
    let previous = match &before {
        Some((before, stored)) => Some(verified(&home, &proofs, order, before, &stored.signed)?),
        None => None,
    };
    let lang = order.lang;
    let paper = CopyOrder { certificate: &certificate, previous: previous.as_ref(), lang };
    let paper = hosho_document::copy(&paper).map_err(Failure::Paper)?;
    write_new(&order.out, &paper, Mode::Public).map_err(|e| Failure::output(&order.out, e))
}

fn step<'h>(home: &'h Home, order: &PaperOrder) -> Result<&'h Step, Failure> {
    let chain = home.journal.ledger().chains().get(&order.number);
    let step = match (chain, order.revision) {
        (Some(chain), Some(revision)) => chain.step(revision),
        (Some(chain), None) => chain.newest(),
        (None, _) => None,
    };
    step.ok_or_else(|| Failure::NotIssued {
        number: order.number.clone(),
        revision: order.revision,
    })
}

fn step_before<'h>(home: &'h Home, order: &PaperOrder, step: &Step) -> Option<&'h Step> {
    let before = Revision::new(step.revision.number().checked_sub(1)?).ok()?;
    home.journal.ledger().chains().get(&order.number)?.step(before)
}

fn paths(home: &Home, number: &GuaranteeNumber<'_>, revision: Revision) -> (PathBuf, PathBuf) {
    let (signed, sealed) = certificate_names(number, revision);
    (home.certificates().join(signed), home.certificates().join(sealed))
}

/// Verifies what the home stores against its own trust bundle, with the proof where the key was
/// compromised: nothing else is put on paper.
fn verified<'a>(
    home: &Home,
    proofs: &Proofs,
    order: &PaperOrder,
    step: &Step,
    bytes: &'a [u8],
) -> Result<VerifiedCertificate<'a>, Failure> {
    let number = &order.number;
    let damaged = || {
        let (path, _) = paths(home, number, step.revision);
        Failure::damaged(&path, Damage::Changed)
    };
    let proof = proofs.check(home, number, step, Fingerprint::of(bytes))?;
    // Whether it is in force is not asked, so any moment serves.
    let now = UnixTime::from_seconds(0).map_err(|_| damaged())?;
    audit::verify(home, number, bytes, proof.as_ref(), now).ok_or_else(damaged)
}

/// Refuses a place in the home: what lies there is the guarantor's, and a notice is handed out.
fn check_outside(home: &Home, out: &Path) -> Result<(), Failure> {
    let above = match out.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let real = |path: &Path| fs::canonicalize(path).map_err(|e| Failure::io(path, e));
    if real(above)?.starts_with(real(home.path())?) {
        return Err(Failure::objected_at(out, Objection::PaperInHome));
    }
    Ok(())
}
