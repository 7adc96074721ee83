//! Orders about keys, roots and trust bundles on a workshop's home.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hosho::{
    AttestationProof, Date, Expectation, Expected, KeyId, KeyRole, SecretKey, SignedCertificate,
    SignedTrustBundle, TrustBundle, Verifier,
};
use hosho_cli::lang::Lang;
use hosho_issue::{
    AssembleOrder, Assembled, CompromiseOrder, Compromised, Event, ExportOrder, ExportedRoot,
    Failure, Patience, Published, RenewOrder, ReplaceOrder, RotateOrder, Rotated, SignOrder, Watch,
    WithdrawOrder, assemble_root, compromised, export_roots, renew, replace_roots, rotate_key,
    sign_request, withdraw,
};

use crate::workshop::{Workshop, time};

/// The day after the home was made.
pub(crate) const LATER: &str = "2026-11-23T03:04:05Z";

pub(crate) const PATIENCE: Patience = Patience(Duration::from_secs(2));

/// Runs work without listening to it.
pub(crate) fn quietly<T>(work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
    work(&mut Watch::new(&mut |_| ControlFlow::Continue(())))
}

/// Runs work until the event at this place, where it stops as a crash would.
pub(crate) fn until<T>(place: usize, work: impl FnOnce(&mut Watch<'_>) -> T) -> T {
    let mut count = 0;
    let mut tell = |_: &Event| {
        count += 1;
        if count > place { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    work(&mut Watch::new(&mut tell))
}

/// Runs work and returns its notices in words.
pub(crate) fn noticed<T>(work: impl FnOnce(&mut Watch<'_>) -> T) -> (T, Vec<String>) {
    let mut told = Vec::new();
    let mut tell = |event: &Event| {
        if let Event::Noticed(notice) = event {
            told.push(notice.message(Lang::En));
        }
        ControlFlow::Continue(())
    };
    let done = work(&mut Watch::new(&mut tell));
    (done, told)
}

impl Workshop {
    pub(crate) fn rotate_order(&self, role: KeyRole) -> RotateOrder {
        RotateOrder::new(self.home(), role, time(LATER), PATIENCE)
    }

    pub(crate) fn rotate(&self, role: KeyRole) -> Result<Rotated, Failure> {
        quietly(|watch| rotate_key(&self.rotate_order(role), watch))
    }

    pub(crate) fn compromise_order(&self, key: KeyId) -> CompromiseOrder {
        CompromiseOrder {
            home: self.home(),
            key,
            since: time("2026-11-22T12:00:00Z"),
            reason: Some("盗難".to_owned()),
            to: None,
            out: None,
            key_days: 1826,
            bundle_days: 365,
            now: time(LATER),
            patience: PATIENCE,
        }
    }

    pub(crate) fn compromise(&self, key: KeyId) -> Result<Compromised, Failure> {
        quietly(|watch| compromised(&self.compromise_order(key), watch))
    }

    pub(crate) fn renew_order(&self) -> RenewOrder {
        RenewOrder { home: self.home(), bundle_days: 400, now: time(LATER), patience: PATIENCE }
    }

    pub(crate) fn renew(&self) -> Result<Published, Failure> {
        quietly(|watch| renew(&self.renew_order(), watch))
    }

    pub(crate) fn export_order(&self, out: &str) -> ExportOrder {
        ExportOrder { home: self.home(), out: self.path(out), now: time(LATER), patience: PATIENCE }
    }

    pub(crate) fn export(&self, out: &str) -> Result<Vec<ExportedRoot>, Failure> {
        quietly(|watch| export_roots(&self.export_order(out), watch))
    }

    pub(crate) fn replace_order(&self, remove: &[String], add: &[PathBuf]) -> ReplaceOrder {
        ReplaceOrder {
            home: self.home(),
            remove: remove.to_vec(),
            add: add.to_vec(),
            threshold: None,
            bundle_days: 365,
            now: time(LATER),
            patience: PATIENCE,
        }
    }

    pub(crate) fn replace(&self, remove: &[String], add: &[PathBuf]) -> Result<Published, Failure> {
        quietly(|watch| replace_roots(&self.replace_order(remove, add), watch))
    }

    pub(crate) fn withdraw(&self) -> Result<Option<hosho::Fingerprint>, Failure> {
        let order = WithdrawOrder { home: self.home(), now: time(LATER), patience: PATIENCE };
        quietly(|watch| withdraw(&order, watch))
    }

    /// Has the open request signed with a root key's file; returns the file with the signature.
    pub(crate) fn sign(&self, request: &Path, key: &Path, previous: Option<&Path>) -> PathBuf {
        let count = fs::read_dir(self.path("")).unwrap().count();
        let out = self.path(&format!("{count}.signature"));
        let order = SignOrder {
            request: request.to_owned(),
            key: key.to_owned(),
            previous: previous.map(Path::to_owned),
            out: out.clone(),
        };
        sign_request(&order, Lang::En, |_| Ok(())).unwrap();
        out
    }

    pub(crate) fn assemble_order(&self, signatures: &[PathBuf]) -> AssembleOrder {
        AssembleOrder {
            target: self.home(),
            signatures: signatures.to_vec(),
            previous: None,
            out: None,
            now: time(LATER),
            patience: PATIENCE,
        }
    }

    pub(crate) fn assemble(&self, signatures: &[PathBuf]) -> Result<Assembled, Failure> {
        quietly(|watch| assemble_root(&self.assemble_order(signatures), watch))
    }

    /// Returns the request that lies in the home.
    pub(crate) fn request_of(&self, sequence: u64) -> PathBuf {
        self.home().join(format!("trust/bundle-{sequence:06}.request"))
    }

    pub(crate) fn bundle_file(&self, sequence: u64) -> PathBuf {
        self.home().join(format!("trust/bundle-{sequence:06}.hosho"))
    }

    /// Follows the stored trust bundles from the first to the newest.
    pub(crate) fn trust(&self) -> TrustBundle {
        let mut trust: Option<TrustBundle> = None;
        for sequence in 1.. {
            let Ok(bytes) = fs::read(self.bundle_file(sequence)) else { break };
            let signed = SignedTrustBundle::parse(&bytes).unwrap();
            trust = Some(match trust {
                None => signed.pin().unwrap(),
                Some(before) => before.update(signed).unwrap(),
            });
        }
        trust.unwrap()
    }

    /// Returns the kid of the only active key of a role.
    pub(crate) fn active(&self, role: KeyRole) -> KeyId {
        let trust = self.trust();
        let mut active = trust
            .keys()
            .iter()
            .filter(|entry| entry.role == role && entry.state == hosho::KeyState::Active);
        let key = active.next().unwrap().key.key_id();
        assert_eq!(active.count(), 0);
        key
    }
}

/// Verifies a certificate and returns the kid of its key, or the code.
pub(crate) fn verify(
    trust: &TrustBundle,
    file: &Path,
    proof: Option<&Path>,
) -> Result<KeyId, &'static str> {
    let bytes = fs::read(file).unwrap();
    let signed = SignedCertificate::parse(&bytes).map_err(|e| e.code())?;
    let proof = proof.map(|file| AttestationProof::parse(&fs::read(file).unwrap()).unwrap());
    let verifier = Verifier::new(trust);
    let verifier = match &proof {
        Some(proof) => verifier.with_proof(proof),
        None => verifier,
    };
    let any = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let now = time(LATER);
    let judged = verifier.verify(signed, &any, Date::in_japan(now), now);
    judged.map(|it| it.key_id()).map_err(|e| e.code())
}

/// Reads a PKCS#8 PEM by hand, as a thief would: the seed is its last 32 bytes.
pub(crate) fn secret_key_of(file: &Path) -> SecretKey {
    let pem = fs::read_to_string(file).unwrap();
    let der = BASE64_STANDARD.decode(pem.lines().nth(1).unwrap()).unwrap();
    SecretKey::take(&mut der[der.len() - 32..].try_into().unwrap())
}
