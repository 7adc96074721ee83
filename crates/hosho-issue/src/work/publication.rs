//! What confirmation services keep of a guarantee: every revision, sealed, under a locator.

use std::collections::BTreeMap;

use hosho::{
    Epoch, Fingerprint, GuaranteeNumber, KeyId, Locator, Revision, SealedCertificate, Serial,
};
use hosho_cli::input::read_own;
use hosho_publish::confirmation::{Proof, Sealed};
use hosho_publish::{Base64, SealedRevision, Spelling};

use crate::deliver::Stored;
use crate::failure::Failure;
use crate::home::{Home, proof_name};
use crate::issue::is_there;
use crate::journal::{Chain, Effect, Ledger, Step};
use crate::keyring::Keys;
use crate::masters::master_file;
use crate::reseal::resealed_by;

/// Which guarantees there are, by the record that last changed what is published of them.
#[derive(Debug, Default)]
pub(super) struct Publications(BTreeMap<u64, GuaranteeNumber<'static>>);

impl Publications {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let newest = ledger
            .chains()
            .iter()
            .filter_map(|(number, chain)| Some((chain.newest_signed()?.signed_in, number.clone())));
        Self(newest.collect())
    }

    /// Returns the guarantees that changed after a record, with the records that changed them.
    pub(super) fn after(
        &self,
        record: u64,
    ) -> impl Iterator<Item = (u64, &GuaranteeNumber<'static>)> {
        self.0.range(record.saturating_add(1)..).map(|(record, number)| (*record, number))
    }
}

/// Returns what is published of a guarantee. Nothing if its auth master key is gone, as it may be
/// when the guarantee has ended.
pub(super) fn publication(
    home: &Home,
    keys: &mut Keys,
    number: &GuaranteeNumber<'static>,
) -> Result<Option<Sealed>, Failure> {
    let Some(chain) = home.journal.ledger().chains().get(number) else { return Ok(None) };
    let Some(newest) = chain.newest_signed() else { return Ok(None) };
    let Some(locator) = locator(home, keys, number, newest)? else { return Ok(None) };
    let mut replaces = Vec::new();
    for (earlier, step) in bindings(chain) {
        if earlier == (newest.epoch, newest.serial) {
            continue;
        }
        replaces.extend(self::locator(home, keys, number, step)?.map(Spelling));
    }
    let revisions = sealed_revisions(home, number, newest.revision)?;
    Ok(Some(Sealed { locator: Spelling(locator), revisions, replaces }))
}

/// Returns the auth keys that a guarantee had and has, by epoch and serial, with a step of each.
pub(super) fn bindings(chain: &Chain) -> BTreeMap<(Epoch, Serial), &Step> {
    let signed = chain.steps().iter().filter(|step| step.is_signed());
    signed.map(|step| ((step.epoch, step.serial), step)).collect()
}

/// Returns where a guarantee is found by who has the auth key of a step; nothing if the auth master
/// key is gone.
pub(super) fn locator(
    home: &Home,
    keys: &mut Keys,
    number: &GuaranteeNumber<'static>,
    step: &Step,
) -> Result<Option<Locator>, Failure> {
    let ended = home.journal.ledger().chains().get(number).and_then(Chain::newest);
    let may_be_gone = ended.is_some_and(|newest| newest.effect.ends() || newest.epoch > step.epoch);
    if may_be_gone && !is_there(&master_file(home, step.epoch)) {
        return Ok(None);
    }
    let key = keys.derive(home, number, step.epoch, step.serial)?;
    Ok(Some(key.locator(number)))
}

/// Returns the revisions up to one, each sealed for the auth key that this one has.
pub(super) fn sealed_revisions(
    home: &Home,
    number: &GuaranteeNumber<'static>,
    newest: Revision,
) -> Result<Vec<SealedRevision>, Failure> {
    let chain = home.journal.ledger().chains().get(number);
    let steps = chain.map(Chain::steps).unwrap_or_default();
    let steps: Vec<&Step> = steps.iter().filter(|step| step.revision <= newest).collect();
    let rekey = steps.iter().rev().find(|step| step.effect == Effect::Rekeys);
    let resealed = rekey.map(|rekey| resealed_by(home, number, rekey)).unwrap_or_default();
    let mut revisions = Vec::with_capacity(steps.len());
    for step in steps {
        let again = resealed.iter().find(|again| again.revision == step.revision);
        let bytes = match again {
            Some(again) => again.read()?,
            None => Stored::read(home, number, step.revision)?.sealed,
        };
        revisions.push(SealedRevision(Spelling(step.revision), Base64(bytes)));
    }
    Ok(revisions)
}

/// Returns the proofs for the certificates of a compromised key.
pub(super) fn proofs(home: &Home, key: KeyId) -> Result<Vec<Proof>, Failure> {
    let signed = home.journal.ledger().signed_by(key);
    let read =
        |(number, revision, certificate): (&GuaranteeNumber<'static>, Revision, Fingerprint)| {
            let path = home.certificates().join(proof_name(number, revision));
            let bytes =
                read_own(&path, SealedCertificate::MAX_LEN).map_err(|e| Failure::own(&path, e))?;
            Ok(Proof { fingerprint: Spelling(certificate), proof: Base64(bytes) })
        };
    signed.map(read).collect()
}
