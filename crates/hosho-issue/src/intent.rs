//! Making the intent to sign one certificate, and carrying it out.

use std::ffi::OsStr;
use std::path::PathBuf;

use hosho::{
    AuthKey, AuthKeyBinding, Certificate, Date, Epoch, Expectation, Expected, Fingerprint,
    GuaranteeNumber, KeyId, ListNumber, PreparedCertificate, Revision, SealNonce, Serial,
    SignedCertificate, StatusIndex, StatusReference, UnixTime, Verifier, seal,
};
use hosho_cli::output::Folder;
use hosho_request::{Issuance, Request};

use crate::event::{Event, Watch};
use crate::failure::{Damage, Failure, Reason, Refusal};
use crate::home::{Home, certificate_names};
use crate::journal::{Chain, Effect, Intent, Ledger, Lists, Signed, Stage, Step};
use crate::keyring::Keys;
use crate::masters::master_file;
use crate::plan::{Item, Standing, effect};
use crate::reseal::{draw_reseal, reseal_earlier};

/// The last place of a status list (spec R-CERT-10).
const LAST_INDEX: u32 = 131_071;

/// Where the next revision of a guarantee stands: what it follows, and which auth key opens it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) previous: Option<Fingerprint>,
    pub(crate) epoch: Epoch,
    pub(crate) serial: Serial,
}

impl Position {
    /// Returns the place of the next revision of a guarantee: one key opens every amendment, and a
    /// rekey takes the next serial in the newest epoch. Nothing when the serials are used up.
    pub(crate) fn next(
        ledger: &Ledger,
        number: &GuaranteeNumber<'static>,
        effect: Effect,
    ) -> Option<Self> {
        let Some(newest) = ledger.chains().get(number).and_then(Chain::newest) else {
            return Some(Self { previous: None, epoch: ledger.epoch(), serial: Serial::FIRST });
        };
        let previous = match &newest.stage {
            Stage::Signed(signed) => Some(signed.certificate),
            Stage::Intended(_) => None,
        };
        let (epoch, serial) = match effect {
            Effect::Rekeys => (ledger.epoch(), newest.serial.next()?),
            _ => (newest.epoch, newest.serial),
        };
        Some(Self { previous, epoch, serial })
    }

    /// Returns the place of a certificate that a call asks for, whether it is issued or not.
    pub(crate) fn of(ledger: &Ledger, item: &Item) -> Result<Self, Failure> {
        let effect = match item.standing {
            Standing::Issued => Effect::States,
            Standing::New => effect(&item.request),
        };
        Self::next(ledger, &item.request.number, effect).ok_or(Failure::Exhausted)
    }
}

/// Everything outside the journal that an intent needs.
pub(crate) struct Desk<'a> {
    pub(crate) home: &'a Home,
    pub(crate) keys: &'a mut Keys,
    /// The certificate key that signs.
    pub(crate) key: KeyId,
    pub(crate) lists: Lists,
    pub(crate) now: UnixTime,
}

impl Desk<'_> {
    /// Fixes every byte of a certificate that is about to be signed.
    pub(crate) fn intend(&mut self, item: &Item) -> Result<Intent, Failure> {
        let Item { request, digest, reviewed, .. } = item;
        let ledger = self.home.journal.ledger();
        let Position { previous, epoch, serial } = Position::of(ledger, item)?;
        let status = self.draw_status()?;
        let key = self.keys.derive(self.home, &request.number, epoch, serial)?;
        let bind = key.bind(&self.home.profile.id, &request.number, epoch, serial);
        let newest = ledger.chains().get(&request.number).and_then(Chain::newest);
        let same = |newest: &Step| (newest.epoch, newest.serial) == (epoch, serial);
        if newest.is_some_and(|newest| same(newest) && newest.bind != bind) {
            return Err(Failure::damaged(&master_file(self.home, epoch), Damage::Changed));
        }
        let added = Added {
            issued_at: self.now,
            binding: AuthKeyBinding { epoch, serial, bind },
            status,
            previous,
        };
        let key = self.key;
        let (certificate, prepared) =
            prepare(self.home, key, request, added).map_err(|reason| {
                Failure::Refused(vec![Refusal::of(&request.number, request.revision, reason)])
            })?;
        let nonce = draw_nonce()?;
        let effect = effect(request);
        Ok(Intent {
            number: request.number.clone(),
            revision: request.revision,
            kind: request.kind,
            effect,
            governs_from: certificate.governs_from(),
            request: *digest,
            key,
            epoch,
            serial,
            bind,
            list: status.list,
            index: status.index,
            seal_salt: nonce.salt,
            iv: nonce.iv,
            to_be_signed: prepared.to_be_signed().to_vec(),
            reviewed: reviewed.clone(),
            reseal: (effect == Effect::Rekeys).then(draw_reseal).transpose()?,
        })
    }

    // Full lists in full number: 65 535 times 131 072 certificates.
    fn draw_status(&mut self) -> Result<StatusReference, Failure> {
        let drawn = self.lists.draw(random_below)?;
        drawn.ok_or(Failure::Exhausted)
    }
}

/// What issuing adds to a request, besides the guarantor.
#[derive(Clone, Copy)]
struct Added {
    issued_at: UnixTime,
    binding: AuthKeyBinding,
    status: StatusReference,
    previous: Option<Fingerprint>,
}

fn prepare(
    home: &Home,
    key: KeyId,
    request: &Request,
    added: Added,
) -> Result<(Certificate<'static>, PreparedCertificate), Reason> {
    let profile = &home.profile;
    let Added { issued_at, binding, status, previous } = added;
    let issuance = Issuance {
        guarantor_id: profile.id.clone(),
        name: profile.name.clone(),
        representative: profile.representative.clone(),
        address: profile.address.clone(),
        issued_at,
        binding,
        status,
        previous,
        clauses: profile.clauses,
    };
    let claims = request.clone().into_claims(issuance)?;
    let certificate = Certificate::new(claims).map_err(Reason::Claims)?;
    let prepared = PreparedCertificate::new(&certificate, key).map_err(Reason::Issue)?;
    Ok((certificate, prepared))
}

/// Tells why the certificate of a request would be refused, before anything is written.
///
/// What is not known yet is taken at its largest: the place in a status list is drawn at random,
/// and a request may not depend on luck.
pub(crate) fn rehearse(home: &Home, key: KeyId, now: UnixTime, item: &Item) -> Result<(), Reason> {
    let request = &item.request;
    let ledger = home.journal.ledger();
    let Position { epoch, serial, .. } = Position::of(ledger, item).map_err(|_| Reason::UsedUp)?;
    let added = Added {
        issued_at: now,
        binding: AuthKeyBinding { epoch, serial, bind: [0; 32] },
        status: StatusReference {
            list: ListNumber::new(u16::MAX).map_err(Reason::Claims)?,
            index: StatusIndex::new(LAST_INDEX).map_err(Reason::Claims)?,
        },
        previous: (request.revision != Revision::FIRST).then(|| Fingerprint::from_bytes([0; 32])),
    };
    prepare(home, key, request, added).map(|_| ())
}

/// The home's folder of certificates.
pub(crate) struct Store {
    folder: Folder,
    path: PathBuf,
}

impl Store {
    /// Opens the folder.
    pub(crate) fn open(home: &Home) -> Result<Self, Failure> {
        let path = home.certificates();
        let folder = Folder::open(&path).map_err(|e| Failure::output(&path, e))?;
        Ok(Self { folder, path })
    }

    /// Returns once the names of all files kept so far are on the disk.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        self.folder.sync().map_err(|e| Failure::output(&self.path, e))
    }

    pub(crate) fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let kept = self.folder.write_same(OsStr::new(name), bytes);
        kept.map(|_| ()).map_err(|e| Failure::output(&self.path.join(name), e))
    }
}

/// Signs, seals and stores the certificate of an intent; [`Store::sync`] makes it last.
///
/// Everything follows from the intent, so doing it again gives the same files; a file that is
/// there with other bytes is refused. The signature stays in memory until the certificate is
/// verified and says what the fields of its intent say.
pub(crate) fn carry_out(
    home: &Home,
    store: &Store,
    keys: &mut Keys,
    intent: &Intent,
    watch: &mut Watch<'_>,
) -> Result<Signed, Failure> {
    let key = keys.derive(home, &intent.number, intent.epoch, intent.serial)?;
    let journal = home.path().join(crate::journal::NAME);
    let damaged = || Failure::damaged(&journal, Damage::Form);
    let prepared = PreparedCertificate::parse(&intent.to_be_signed).map_err(|_| damaged())?;
    let certificate = keys.sign_certificate(prepared)?;
    let parsed = SignedCertificate::parse(&certificate).map_err(|_| damaged())?;
    if !says_what_was_intended(home, intent, &key, parsed.clone()) {
        return Err(damaged());
    }
    let sealed = seal(&parsed, &key, &SealNonce { salt: intent.seal_salt, iv: intent.iv });
    let (signed_name, sealed_name) = certificate_names(&intent.number, intent.revision);
    store.keep(&signed_name, &certificate)?;
    store.keep(&sealed_name, &sealed)?;
    let resealed = reseal_earlier(home, store, &key, intent)?;
    watch.tell(&Event::Stored { number: intent.number.clone(), revision: intent.revision })?;
    Ok(Signed {
        number: intent.number.clone(),
        revision: intent.revision,
        certificate: parsed.fingerprint(),
        sealed: Fingerprint::of(&sealed),
        resealed,
    })
}

/// Returns whether a certificate is genuine, made for this auth key, and the one that the fields of
/// the recorded intent describe.
#[must_use]
fn says_what_was_intended(
    home: &Home,
    intent: &Intent,
    key: &AuthKey,
    signed: SignedCertificate<'_>,
) -> bool {
    let Some(chain) = home.journal.ledger().chains().get(&intent.number) else { return false };
    let Some(step) = chain.step(intent.revision) else { return false };
    let expectation = Expectation {
        number: Expected::Number(&intent.number),
        obligee: None,
        auth_key: Some(key),
    };
    let (day, now) = (Date::in_japan(step.recorded), step.recorded);
    Verifier::new(&home.trust)
        .verify(signed, &expectation, day, now)
        .is_ok_and(|verified| chain.tells(step, verified.certificate()))
}

fn draw_nonce() -> Result<SealNonce, Failure> {
    let mut nonce = SealNonce { salt: [0; 16], iv: [0; 12] };
    getrandom::fill(&mut nonce.salt)?;
    getrandom::fill(&mut nonce.iv)?;
    Ok(nonce)
}

/// Draws a number below `bound` with equal chances for each.
fn random_below(bound: u32) -> Result<u32, Failure> {
    let bound = bound.max(1);
    // The largest multiple of `bound`: what lies above would favour small numbers.
    let zone = u32::MAX - u32::MAX % bound;
    loop {
        let drawn = getrandom::u32()?;
        if drawn < zone {
            return Ok(drawn % bound);
        }
    }
}
