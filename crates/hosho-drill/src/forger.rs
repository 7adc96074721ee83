//! The thief: what can be made with a copy of a key file.

use std::error::Error;
use std::fs;
use std::path::Path;

use ed25519::KeypairBytes;
use ed25519::pkcs8::DecodePrivateKey;
use hosho::{
    Certificate, Date, Expectation, Expected, ListNumber, ParseError, PreparedCertificate,
    SecretKey, Sequence, SignedCertificate, SignedTrustBundle, Signer as _, SnapshotDraft,
    StatusEntry, StatusIndex, UnixTime, Verifier, Yen,
};
use zeroize::Zeroizing;

/// A thief with a copy of a certificate key.
pub(crate) struct Forger {
    key: SecretKey,
}

impl Forger {
    /// Reads the stolen copy.
    pub(crate) fn with(stolen: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self { key: secret_key(stolen)? })
    }

    /// Returns the kid of the stolen key.
    pub(crate) fn key_id(&self) -> String {
        self.key.public_key().key_id().to_string()
    }

    /// Forges from a genuine certificate one of ten times the amount, as if made at `issued_at`.
    pub(crate) fn forge(
        &self,
        genuine: &Path,
        trust: &Path,
        issued_at: &str,
        out: &Path,
    ) -> Result<(), Box<dyn Error>> {
        let (genuine, trust) = (fs::read(genuine)?, fs::read(trust)?);
        let trust = SignedTrustBundle::parse(&trust)?.pin()?;
        let signed = SignedCertificate::parse(&genuine)?;
        let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
        let (day, then) = (Date::in_japan(trust.issued_at()), trust.issued_at());
        let read = Verifier::new(&trust).verify(signed, &anything, day, then)?;
        let mut claims = read.certificate().claims().clone();
        claims.guarantee.amount = Yen::new(claims.guarantee.amount.amount().saturating_mul(10))?;
        claims.issued_at = UnixTime::parse(issued_at)?;
        let certificate = Certificate::new(claims)?;
        let key_id = self.key.public_key().key_id();
        let forged = PreparedCertificate::new(&certificate, key_id)?.sign(&self.key)?;
        Ok(fs::write(out, forged)?)
    }
}

impl Forger {
    /// Signs a status snapshot that calls every place in force, with a key that is not made for it.
    pub(crate) fn forge_snapshot(
        &self,
        trust: &Path,
        issued_at: &str,
        out: &Path,
    ) -> Result<(), Box<dyn Error>> {
        let trust = fs::read(trust)?;
        let trust = SignedTrustBundle::parse(&trust)?.pin()?;
        let places = (0..1_024).map(|n| Ok((StatusIndex::new(n)?, StatusEntry::InForce)));
        let draft = SnapshotDraft {
            guarantor_id: trust.guarantor_id().clone(),
            list: ListNumber::FIRST,
            sequence: Sequence::new(1_000)?,
            issued_at: UnixTime::parse(issued_at)?,
            next_update: trust.next_update(),
            last_index: StatusIndex::new(131_071)?,
            entries: places.collect::<Result<_, ParseError>>()?,
        };
        Ok(fs::write(out, draft.sign(&self.key)?)?)
    }
}

/// Reads a secret key from its file.
pub(crate) fn secret_key(file: &Path) -> Result<SecretKey, Box<dyn Error>> {
    let pem = Zeroizing::new(fs::read_to_string(file)?);
    let pair = KeypairBytes::from_pkcs8_pem(&pem).map_err(|_| "the file holds no key")?;
    let mut seed = Zeroizing::new(pair.secret_key);
    Ok(SecretKey::take(&mut seed))
}
