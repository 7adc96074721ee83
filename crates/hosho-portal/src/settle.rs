//! Whether what the worker brings is what was asked for.

use hosho::{
    ChangeKind, Date, Expectation, Expected, Fingerprint, GuaranteeKind, GuaranteeNumber, Lineage,
    Revision, SealedCertificate, Serial, SignedCertificate, UnixTime, VerifiedCertificate,
};
use hosho_publish::portal::Done;
use hosho_request::{Request, certificate_json};
use hosho_store::portal::{Guarantee, IssuedRevision, JobForWorker, JobId, SealedKey, Task};
use hosho_web::Problem;

use crate::mail::REGISTERED;
use crate::trust::Known;
use crate::vault::{RevealKey, VaultError};

/// Why a worker's answer is not taken. The worker is told the code, the log has the reason.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The certificate is about something else than was asked for.
    Asked(&'static str),
    /// The certificate does not verify.
    Certificate(String),
    /// The auth key is not the one that is kept for this serial.
    Key,
    /// What is sealed is not this guarantee's revisions.
    Sealed(&'static str),
    /// The auth key could not be encrypted or read.
    Vault(VaultError),
}

impl Unfit {
    /// Returns the problem that the worker is told.
    pub(crate) fn into_problem(self) -> Problem {
        let cause = match self {
            Self::Asked(what) => format!("not what was asked for: {what}"),
            Self::Certificate(error) => format!("the certificate does not verify: {error}"),
            Self::Key => return crate::error::conflict().because("another auth key is kept"),
            Self::Sealed(what) => format!("sealed: {what}"),
            Self::Vault(error) => return Problem::internal(error),
        };
        Problem::input(
            "申込みと一致しないか、検証できない証書です。",
            "The certificate does not verify, or is not what was asked for.",
        )
        .because(cause)
    }
}

/// An answer that fits.
#[derive(Debug)]
pub(crate) struct Fit<'d> {
    kind: GuaranteeKind,
    number: GuaranteeNumber<'static>,
    revision: Revision,
    fingerprint: Fingerprint,
    serial: Serial,
    done: &'d Done,
    sealed: Vec<(Revision, Vec<u8>)>,
}

/// An answer that fits, ready to be stored.
#[derive(Debug)]
pub(crate) struct Kept {
    kind: GuaranteeKind,
    revision: Revision,
    fingerprint: Fingerprint,
    signed: Vec<u8>,
    serial: Serial,
    sealed_key: Vec<u8>,
    sealed: Vec<(Revision, Vec<u8>)>,
    findings: String,
}

/// Judges a worker's answer: the certificate verifies, says what was asked for, follows the
/// revision that is here, and is what the sealed bytes hold.
///
/// # Errors
/// [`Unfit`].
pub(crate) fn judge<'d>(
    done: &'d Done,
    job: &JobForWorker,
    before: Option<&Guarantee>,
    known: &Known,
    (on, now): (Date, UnixTime),
) -> Result<Fit<'d>, Unfit> {
    let number = &job.claimed.number;
    let certificate = verify(&done.signed.0, done, number, known, (on, now))?;
    let claims = certificate.certificate().claims();
    let revision = certificate.certificate().revision();
    if revision != job.claimed.revision {
        return Err(Unfit::Asked("another revision"));
    }
    // The job's own revision is here already when the worker starts over.
    let earlier: Vec<_> = before
        .map(|guarantee| guarantee.revisions.iter())
        .into_iter()
        .flatten()
        .filter(|stored| stored.revision < revision)
        .collect();
    let newest = match earlier.last() {
        None => None,
        Some(stored) => {
            let signed = SignedCertificate::parse(&stored.signed);
            let signed = signed.map_err(|error| Unfit::Certificate(error.to_string()))?;
            let expectation =
                Expectation { number: Expected::Number(number), obligee: None, auth_key: None };
            let verified = known.verifier().verify(signed, &expectation, on, now);
            Some(verified.map_err(|error| Unfit::Certificate(error.to_string()))?)
        }
    };
    check_lineage(&certificate, newest.as_ref(), job.claimed.task)?;
    match (job.claimed.task, &newest) {
        (Task::Rekey, Some(newest)) => check_rekey(&certificate, newest)?,
        (Task::Rekey, None) => return Err(Unfit::Asked("there is nothing to rekey")),
        _ => check_request(&certificate, &job.claimed.request)?,
    }
    let mut all: Vec<(Revision, &[u8])> =
        earlier.iter().map(|stored| (stored.revision, stored.signed.as_slice())).collect();
    all.push((revision, &done.signed.0));
    Ok(Fit {
        kind: claims.kind,
        number: number.clone(),
        revision,
        fingerprint: certificate.fingerprint(),
        serial: claims.binding.serial,
        sealed: check_sealed(done, &all)?,
        done,
    })
}

fn verify<'a>(
    bytes: &'a [u8],
    done: &Done,
    number: &GuaranteeNumber<'_>,
    known: &Known,
    (on, now): (Date, UnixTime),
) -> Result<VerifiedCertificate<'a>, Unfit> {
    let signed =
        SignedCertificate::parse(bytes).map_err(|error| Unfit::Certificate(error.to_string()))?;
    let expectation = Expectation {
        number: Expected::Number(number),
        obligee: None,
        auth_key: Some(&done.auth_key.0),
    };
    let verified = known.verifier().verify(signed, &expectation, on, now);
    verified.map_err(|error| Unfit::Certificate(error.to_string()))
}

fn check_lineage(
    certificate: &VerifiedCertificate<'_>,
    newest: Option<&VerifiedCertificate<'_>>,
    task: Task,
) -> Result<(), Unfit> {
    let serial = certificate.certificate().claims().binding.serial;
    let Some(newest) = newest else {
        return match certificate.certificate().claims().lineage {
            Lineage::Original => Ok(()),
            Lineage::Amendment { .. } => Err(Unfit::Asked("the revision before is not here")),
        };
    };
    certificate.follows(newest).map_err(|error| Unfit::Certificate(error.to_string()))?;
    let before = newest.certificate().claims().binding.serial;
    let lawful = match task {
        Task::Rekey => serial > before,
        _ => serial == before,
    };
    if lawful { Ok(()) } else { Err(Unfit::Asked("another serial of the auth key")) }
}

fn check_request(certificate: &VerifiedCertificate<'_>, asked: &str) -> Result<(), Unfit> {
    let said = certificate_json(certificate.certificate()).to_string();
    match (Request::parse(asked.as_bytes()), Request::parse(said.as_bytes())) {
        (Ok(asked), Ok(said)) if asked == said => Ok(()),
        _ => Err(Unfit::Asked("other fields")),
    }
}

/// A new key changes nothing but the key: all fields are those of the revision before.
fn check_rekey(
    certificate: &VerifiedCertificate<'_>,
    newest: &VerifiedCertificate<'_>,
) -> Result<(), Unfit> {
    let (after, before) = (certificate.certificate().claims(), newest.certificate().claims());
    let rekeyed = match &after.lineage {
        Lineage::Amendment { change, .. } => change.kinds.contains(ChangeKind::Rekey),
        Lineage::Original => false,
    };
    let same = after.obligee == before.obligee
        && after.contractor == before.contractor
        && after.work == before.work
        && after.guarantee == before.guarantee;
    if rekeyed && same { Ok(()) } else { Err(Unfit::Asked("more than a new key")) }
}

/// Opens everything that is sealed: each is the revision that it says, and the last is the job's.
fn check_sealed(done: &Done, all: &[(Revision, &[u8])]) -> Result<Vec<(Revision, Vec<u8>)>, Unfit> {
    let mut sealed = Vec::with_capacity(done.sealed.len());
    for entry in &done.sealed {
        let (revision, bytes) = (entry.0.0, &entry.1.0);
        let expected = all.iter().find(|(known, _)| *known == revision);
        let (_, expected) = expected.ok_or(Unfit::Sealed("a revision that is not here"))?;
        let parsed =
            SealedCertificate::parse(bytes).map_err(|_| Unfit::Sealed("not well formed"))?;
        let opened = done.auth_key.0.open(&parsed).map_err(|_| Unfit::Sealed("does not open"))?;
        if opened.as_bytes() != *expected {
            return Err(Unfit::Sealed("another certificate"));
        }
        sealed.push((revision, bytes.clone()));
    }
    let last = all.last().map(|(revision, _)| *revision);
    if sealed.iter().any(|(revision, _)| Some(*revision) == last) {
        Ok(sealed)
    } else {
        Err(Unfit::Sealed("the job's revision is missing"))
    }
}

impl Fit<'_> {
    /// Encrypts the auth key, unless it is kept already; another one for the same serial is
    /// refused.
    ///
    /// # Errors
    /// [`Unfit::Key`] and [`Unfit::Vault`].
    pub(crate) fn keep(self, vault: &RevealKey, kept: Option<&SealedKey>) -> Result<Kept, Unfit> {
        let auth_key = &self.done.auth_key.0;
        let sealed_key = match kept.filter(|kept| kept.serial == self.serial) {
            Some(kept) => {
                let before = vault.open(&kept.sealed_key, &self.number, self.serial);
                if !before.map_err(Unfit::Vault)?.matches(auth_key) {
                    return Err(Unfit::Key);
                }
                kept.sealed_key.clone()
            }
            None => vault.seal(auth_key, &self.number, self.serial).map_err(Unfit::Vault)?,
        };
        Ok(Kept {
            kind: self.kind,
            revision: self.revision,
            fingerprint: self.fingerprint,
            signed: self.done.signed.0.clone(),
            serial: self.serial,
            sealed_key,
            sealed: self.sealed,
            findings: serde_json::to_string(&self.done.findings).unwrap_or_default(),
        })
    }
}

impl Kept {
    /// Returns what is stored.
    pub(crate) fn issued<'k>(
        &'k self,
        job: JobId,
        number: &'k GuaranteeNumber<'k>,
        at: UnixTime,
    ) -> IssuedRevision<'k> {
        IssuedRevision {
            job,
            kind: self.kind,
            number,
            revision: self.revision,
            fingerprint: self.fingerprint,
            signed: &self.signed,
            serial: self.serial,
            sealed_key: &self.sealed_key,
            sealed: &self.sealed,
            findings: &self.findings,
            mail: REGISTERED,
            at,
        }
    }
}
