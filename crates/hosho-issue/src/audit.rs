//! `journal`: checks the hash chain and every stored file, and counts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hosho::{
    AttestationProof, AttestedCertificates, Date, Expectation, Expected, Fingerprint,
    GuaranteeNumber, KeyId, Sequence, SignedCertificate, SignedTrustBundle, TrustBundle, UnixTime,
    VerifiedCertificate, Verifier,
};
use hosho_cli::input::read_own;

use crate::deliver::Stored;
use crate::event::Watch;
use crate::failure::{Damage, Failure};
use crate::home::{Home, Patience, TRUST, bundle_name, certificate_names, proof_name};
use crate::journal::{Access, Chain, Stage, Step};
use crate::keyring::check_keys;
use crate::proofs::recorded;
use crate::publish::notice_left_roots;
use crate::rekey::outdated;
use crate::reseal::resealed_by;

/// What `journal` is asked to do.
#[derive(Clone, Debug)]
pub struct AuditOrder {
    /// The guarantor's home.
    pub home: PathBuf,
    /// The clock.
    pub now: UnixTime,
    /// How long to wait for another command.
    pub patience: Patience,
}

/// What a home holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Census {
    /// Records in the journal.
    pub records: u64,
    /// The hash of the last record, which stands for all of them.
    pub head: Fingerprint,
    /// Guarantees.
    pub guarantees: usize,
    /// Signed certificates: revisions of all guarantees.
    pub certificates: usize,
    /// Certificates begun but not finished; the next `issue` finishes them.
    pub unfinished: usize,
    /// Guarantees that were terminated or voided.
    pub ended: usize,
    /// Trust bundles.
    pub bundles: u64,
    /// The trust bundle that waits for signatures of root keys.
    pub unsigned_bundle: Option<u64>,
    /// The newest epoch of auth master keys.
    pub epoch: u32,
    /// Guarantees that have not ended and whose auth key is of an older epoch.
    pub outdated: usize,
    /// Rekeys whose files were not handed out; `rekey` does that.
    pub owed: usize,
    /// The newest snapshot of each list.
    pub snapshots: BTreeMap<u16, u64>,
}

/// Checks everything that a home stores against its journal, and its signatures, and counts.
///
/// It goes on after the first thing that is wrong, so that one call names all of them.
///
/// # Errors
/// [`Failure::Damaged`] names the file that is not as it was written, [`Failure::Several`] all of
/// them.
pub fn audit(order: &AuditOrder, watch: &mut Watch<'_>) -> Result<Census, Failure> {
    let home = Home::open(&order.home, Access::Read, order.patience, watch)?;
    let mut found = Vec::new();
    found.extend(follow_bundles(&home, |_, _| Ok(())).err());
    found.extend(check_keys(&home));
    found.extend(notice_left_roots(&home, watch).err());
    found.extend(home.journal.notice_mark(watch).err());
    let proofs = Proofs::of(&home).unwrap_or_else(|failure| {
        found.push(failure);
        Proofs(BTreeMap::new())
    });
    let ledger = home.journal.ledger();
    let chains = ledger.chains();
    let mut certificates = 0;
    for (number, chain) in chains {
        certificates += check_chain(&home, &proofs, (number, chain), order.now, &mut found);
    }
    if let Some(failure) = Failure::of_all(found) {
        return Err(failure);
    }
    let ended = |chain: &&Chain| chain.newest().is_some_and(|step| step.effect.ends());
    Ok(Census {
        records: home.journal.count(),
        head: home.journal.tip().0,
        guarantees: chains.len(),
        certificates,
        unfinished: ledger.open_intents().count(),
        ended: chains.values().filter(ended).count(),
        bundles: home.trust.sequence().number(),
        unsigned_bundle: ledger.succession().open().map(|open| open.sequence.number()),
        epoch: ledger.epoch().number(),
        outdated: outdated(ledger).count(),
        owed: chains.values().filter(|chain| chain.owed().is_some()).count(),
        snapshots: ledger.snapshots().iter().map(|(list, s)| (list.number(), s.number())).collect(),
    })
}

/// Hands over the trust bundles from the first to the newest, each checked against the one before.
pub(crate) fn follow_bundles(
    home: &Home,
    mut take: impl FnMut(&TrustBundle, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut trust = None;
    let mut sequence = Sequence::FIRST;
    loop {
        let path = home.path().join(TRUST).join(bundle_name(sequence));
        let bytes =
            read_own(&path, SignedTrustBundle::MAX_LEN).map_err(|e| Failure::own(&path, e))?;
        let next = SignedTrustBundle::parse(&bytes).and_then(|signed| match &trust {
            None => signed.pin(),
            Some(before) => TrustBundle::update(before, signed),
        });
        let next = next.map_err(|_| Failure::damaged(&path, Damage::Changed))?;
        take(&next, &bytes)?;
        if next.fingerprint() == home.trust.fingerprint() {
            return Ok(());
        }
        trust = Some(next);
        sequence = sequence.next().ok_or_else(|| Failure::damaged(&path, Damage::Form))?;
    }
}

/// The genuine certificates of every compromised key, as the journal has them.
pub(crate) struct Proofs(BTreeMap<KeyId, AttestedCertificates>);

impl Proofs {
    /// Takes them for every attestation of the trust bundle, which must be of the same certificates.
    pub(crate) fn of(home: &Home) -> Result<Self, Failure> {
        let attestations = home.trust.attestations().iter();
        let sets = attestations.map(|one| Ok((one.key_id, recorded(home, one)?)));
        sets.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the proof for a certificate of a compromised key, and that the stored one is the
    /// same.
    pub(crate) fn check(
        &self,
        home: &Home,
        number: &GuaranteeNumber<'_>,
        step: &Step,
        certificate: Fingerprint,
    ) -> Result<Option<AttestationProof>, Failure> {
        let proof = self.0.get(&step.key).and_then(|set| set.prove(certificate));
        let path = home.certificates().join(proof_name(number, step.revision));
        if let Some(proof) = &proof
            && home.journal.ledger().succession().is_proved(step.key)
        {
            let stored =
                read_own(&path, AttestationProof::MAX_LEN).map_err(|e| Failure::own(&path, e))?;
            if stored != proof.to_canonical_cbor() {
                return Err(Failure::damaged(&path, Damage::Changed));
            }
        }
        Ok(proof)
    }
}

/// Verifies the stored revisions of one guarantee and returns how many there are; what is wrong goes
/// to `found`.
fn check_chain(
    home: &Home,
    proofs: &Proofs,
    (number, chain): (&GuaranteeNumber<'static>, &Chain),
    now: UnixTime,
    found: &mut Vec<Failure>,
) -> usize {
    let mut stored = Vec::with_capacity(chain.steps().len());
    for step in chain.steps() {
        found.extend(resealed_by(home, number, step).iter().filter_map(|again| again.read().err()));
        if matches!(step.stage, Stage::Signed(_)) {
            let read = Stored::read(home, number, step.revision);
            read.map_or_else(|e| found.push(e), |files| stored.push((step, files)));
        }
    }
    let mut before: Option<VerifiedCertificate<'_>> = None;
    for (step, files) in &stored {
        let (name, _) = certificate_names(number, step.revision);
        let damaged = || Failure::damaged(&home.certificates().join(&name), Damage::Changed);
        let proof = proofs.check(home, number, step, Fingerprint::of(&files.signed));
        let verified = proof.and_then(|proof| {
            let verified = verify(home, number, &files.signed, proof.as_ref(), now);
            verified.filter(|it| it.key_id() == step.key).ok_or_else(damaged)
        });
        match verified {
            Ok(verified) => {
                let revision = verified.certificate().revision();
                // One that is missing between them was told above.
                let before_it =
                    before.filter(|it| it.certificate().revision().next() == Some(revision));
                let follows = before_it.is_none_or(|it| verified.follows(&it).is_ok());
                if !follows || !chain.tells(step, verified.certificate()) {
                    found.push(damaged());
                }
                before = Some(verified);
            }
            Err(failure) => {
                found.push(failure);
                before = None;
            }
        }
    }
    stored.len()
}

/// Verifies one certificate; whether it is in force does not matter here.
pub(crate) fn verify<'a>(
    home: &Home,
    number: &GuaranteeNumber<'_>,
    signed: &'a [u8],
    proof: Option<&AttestationProof>,
    now: UnixTime,
) -> Option<VerifiedCertificate<'a>> {
    let signed = SignedCertificate::parse(signed).ok()?;
    let expectation =
        Expectation { number: Expected::Number(number), obligee: None, auth_key: None };
    let verifier = Verifier::new(&home.trust);
    let verifier = match proof {
        Some(proof) => verifier.with_proof(proof),
        None => verifier,
    };
    verifier.verify(signed, &expectation, Date::in_japan(now), now).ok()
}
