//! Earlier revisions sealed again after a rekey, so that the new auth key opens them too.

use std::path::PathBuf;

use hosho::{
    AuthKey, Fingerprint, GuaranteeNumber, Revision, SealNonce, SealedCertificate, Serial,
    SignedCertificate, seal,
};

use crate::failure::{Damage, Failure};
use crate::home::{Home, certificate_names, read_recorded};
use crate::intent::Store;
use crate::journal::{Chain, Effect, Intent, Stage, Step};

/// What becomes of the earlier revisions that a rekey has sealed again.
///
/// By itself every verifier refuses one of them: its bind is that of the key before (spec 8.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Earlier {
    /// They come with the revision of the rekey.
    HandOut,
    /// They stay in the home.
    Keep,
}

/// How many earlier revisions a rekey can seal again: the record of their hashes is one line of the
/// journal.
pub(crate) const MAX_EARLIER: usize = 1_000;

/// Draws what salts and ivs follow from, once for each rekey.
pub(crate) fn draw_reseal() -> Result<[u8; 32], Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Returns salt and iv for one earlier revision: the first 28 bytes of the SHA-256 of a label, the
/// drawn bytes and the revision (docs/home.md).
fn nonce(seed: &[u8; 32], revision: Revision) -> SealNonce {
    let mut bytes = b"hosho/v1/reseal".to_vec();
    bytes.extend_from_slice(seed);
    bytes.extend_from_slice(&revision.number().to_be_bytes());
    let hash = Fingerprint::of(&bytes);
    let mut nonce = SealNonce { salt: [0; 16], iv: [0; 12] };
    for (to, from) in nonce.salt.iter_mut().chain(&mut nonce.iv).zip(hash.as_bytes()) {
        *to = *from;
    }
    nonce
}

/// Returns the name of an earlier revision's file, sealed again for the auth key of a serial.
pub(crate) fn resealed_name(
    number: &GuaranteeNumber<'_>,
    revision: Revision,
    serial: Serial,
) -> String {
    format!("{number}-r{revision}.k{serial}.sealed.hosho")
}

/// Seals every revision before a rekey again and stores them; returns their fingerprints in order.
/// Nothing for an intent that rekeys nothing.
///
/// All of it follows from the intent, so doing it again gives the same files.
pub(crate) fn reseal_earlier(
    home: &Home,
    store: &Store,
    key: &AuthKey,
    intent: &Intent,
) -> Result<Option<Vec<Fingerprint>>, Failure> {
    let Some(seed) = &intent.reseal else { return Ok(None) };
    let number = &intent.number;
    let chain = home.journal.ledger().chains().get(number);
    let steps = chain.map(Chain::steps).unwrap_or_default();
    let mut fingerprints = Vec::with_capacity(steps.len());
    for step in steps.iter().filter(|step| step.revision < intent.revision) {
        let (name, _) = certificate_names(number, step.revision);
        let path = home.certificates().join(name);
        let Stage::Signed(signed) = &step.stage else {
            return Err(Failure::damaged(&path, Damage::Missing));
        };
        let bytes = read_recorded(&path, SealedCertificate::MAX_LEN, signed.certificate)?;
        let parsed =
            SignedCertificate::parse(&bytes).map_err(|_| Failure::damaged(&path, Damage::Form))?;
        let sealed = seal(&parsed, key, &nonce(seed, step.revision));
        store.keep(&resealed_name(number, step.revision, intent.serial), &sealed)?;
        fingerprints.push(Fingerprint::of(&sealed));
    }
    Ok(Some(fingerprints))
}

/// A file of an earlier revision sealed again, as the journal has recorded it.
pub(crate) struct Resealed {
    pub(crate) revision: Revision,
    pub(crate) name: String,
    path: PathBuf,
    fingerprint: Fingerprint,
}

impl Resealed {
    /// Reads the file; any difference from what was recorded is damage.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        read_recorded(&self.path, SealedCertificate::MAX_LEN, self.fingerprint)
    }
}

/// Returns the files that a rekey has sealed again, in order of revision; none for another revision.
pub(crate) fn resealed_by(
    home: &Home,
    number: &GuaranteeNumber<'static>,
    rekey: &Step,
) -> Vec<Resealed> {
    let Stage::Signed(signed) = &rekey.stage else { return Vec::new() };
    let chain = home.journal.ledger().chains().get(number);
    let steps = chain.map(Chain::steps).unwrap_or_default();
    let fingerprints = signed.resealed.as_deref().unwrap_or_default();
    let file = |(step, fingerprint): (&Step, &Fingerprint)| {
        let name = resealed_name(number, step.revision, rekey.serial);
        let path = home.certificates().join(&name);
        Resealed { revision: step.revision, name, path, fingerprint: *fingerprint }
    };
    steps.iter().zip(fingerprints).map(file).collect()
}

/// Returns the rekey that made the auth key which a guarantee has now, if one did.
pub(crate) fn newest_rekey(chain: &Chain) -> Option<&Step> {
    let rekeys = |step: &&Step| step.effect == Effect::Rekeys;
    chain.steps().iter().rev().find(rekeys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_revision_has_a_salt_and_an_iv_of_its_own() {
        let seed = [7; 32];
        let first = nonce(&seed, Revision::FIRST);
        let second = nonce(&seed, Revision::new(2).unwrap());
        assert_ne!((first.salt, first.iv), (second.salt, second.iv));
        assert_ne!(first.salt, nonce(&[8; 32], Revision::FIRST).salt);
        assert_eq!(first, nonce(&seed, Revision::FIRST));
    }
}
