//! A guarantor for tests: fixed keys, the sample guarantees, and files as an obligee gets them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hosho::{
    Attestation, AuthKey, AuthKeyBinding, AuthMasterKey, BundleDraft, Certificate, ChangeKind,
    Date, EndedBy, Epoch, Fingerprint, GuaranteeNumber, GuarantorId, KeyEntry, KeyRole, KeyState,
    ListNumber, PreparedCertificate, Revision, RootSet, SealNonce, SecretKey, Sequence, Serial,
    SignedCertificate, Signer, SnapshotDraft, StatusEntry, StatusIndex, StatusReference,
    SupersededBy, Text, UnixTime, seal,
};
use hosho_request::{Issuance, Request};
use tempfile::TempDir;

/// The time at which everything is issued.
pub(crate) const ISSUED_AT: &str = "2025-06-01T00:00:00Z";

/// The time of the snapshot, and of asking.
pub(crate) const NOW: &str = "2026-11-22T03:04:05Z";

pub(crate) fn time(text: &str) -> UnixTime {
    UnixTime::parse(text).unwrap()
}

pub(crate) struct Guarantor {
    pub(crate) id: GuarantorId<'static>,
    roots: Vec<SecretKey>,
    pub(crate) certificate_key: SecretKey,
    pub(crate) status_key: SecretKey,
    master: AuthMasterKey,
}

/// One certificate that was issued.
pub(crate) struct Issued {
    pub(crate) certificate: Certificate<'static>,
    pub(crate) signed: Vec<u8>,
    pub(crate) index: StatusIndex,
}

impl Guarantor {
    pub(crate) fn new(id: &str, seed: u8) -> Self {
        let key = |offset| SecretKey::take(&mut [seed + offset; 32]);
        Self {
            id: GuarantorId::parse(id.to_owned()).unwrap(),
            roots: vec![key(1), key(2), key(3)],
            certificate_key: key(4),
            status_key: key(5),
            master: AuthMasterKey::take(&mut [seed + 6; 32]),
        }
    }

    pub(crate) fn auth_key(&self, number: &GuaranteeNumber<'_>) -> AuthKey {
        self.master.derive(&self.id, Epoch::FIRST, number, Serial::FIRST)
    }

    pub(crate) fn entry(key: &SecretKey, role: KeyRole) -> KeyEntry {
        KeyEntry {
            key: key.public_key().clone(),
            role,
            not_before: time("2025-01-01T00:00:00Z"),
            not_after: time("2030-01-01T00:00:00Z"),
            state: KeyState::Active,
        }
    }

    pub(crate) fn draft(&self) -> BundleDraft<'static> {
        BundleDraft {
            guarantor_id: self.id.clone(),
            sequence: Sequence::FIRST,
            issued_at: time("2025-01-01T00:00:00Z"),
            next_update: time("2027-01-01T00:00:00Z"),
            keys: vec![
                Self::entry(&self.certificate_key, KeyRole::Certificate),
                Self::entry(&self.status_key, KeyRole::Status),
            ],
            roots: RootSet::new(2, self.roots.iter().map(|r| r.public_key().clone()).collect())
                .unwrap(),
            attestations: Vec::new(),
            previous: None,
        }
    }

    pub(crate) fn sign_bundle(&self, draft: BundleDraft<'_>) -> Vec<u8> {
        let prepared = draft.prepare().unwrap();
        let signatures = self.roots.iter().take(2).map(|root| prepared.sign(root).unwrap());
        prepared.assemble(signatures.collect()).unwrap()
    }

    /// A bundle in which the certificate key is compromised, with what attests the genuine ones.
    pub(crate) fn compromised_bundle(&self, attestation: Option<Attestation>) -> Vec<u8> {
        let mut draft = self.draft();
        draft.keys[0].state = KeyState::Compromised {
            since: time("2026-01-01T00:00:00Z"),
            reason: Text::parse("盗難").unwrap(),
        };
        draft.attestations = attestation.into_iter().collect();
        self.sign_bundle(draft)
    }

    pub(crate) fn issue(
        &self,
        request: Request,
        previous: Option<Fingerprint>,
        index: u32,
    ) -> Issued {
        let index = StatusIndex::new(index).unwrap();
        let bind = self.auth_key(&request.number).bind(
            &self.id,
            &request.number,
            Epoch::FIRST,
            Serial::FIRST,
        );
        let issuance = Issuance {
            guarantor_id: self.id.clone(),
            name: Text::parse("架空みらい建設業保証株式会社").unwrap(),
            representative: Some(Text::parse("取締役社長 三枝 修一郎").unwrap()),
            address: None,
            issued_at: time(ISSUED_AT),
            binding: AuthKeyBinding { epoch: Epoch::FIRST, serial: Serial::FIRST, bind },
            status: StatusReference { list: ListNumber::FIRST, index },
            previous,
            clauses: None,
        };
        let certificate = Certificate::new(request.into_claims(issuance).unwrap()).unwrap();
        let key_id = self.certificate_key.public_key().key_id();
        let prepared = PreparedCertificate::new(&certificate, key_id).unwrap();
        let signed = prepared.sign(&self.certificate_key).unwrap();
        Issued { certificate, signed, index }
    }

    pub(crate) fn seal(&self, issued: &Issued) -> Vec<u8> {
        let key = self.auth_key(&issued.certificate.claims().number);
        let signed = SignedCertificate::parse(&issued.signed).unwrap();
        seal(&signed, &key, &SealNonce { salt: [9; 16], iv: [8; 12] })
    }

    pub(crate) fn snapshot_draft(&self, issued: &[Issued]) -> SnapshotDraft<'static> {
        SnapshotDraft {
            guarantor_id: self.id.clone(),
            list: ListNumber::FIRST,
            sequence: Sequence::FIRST,
            issued_at: time(NOW),
            next_update: time("2026-11-30T00:00:00Z"),
            last_index: StatusIndex::new(4_095).unwrap(),
            entries: issued.iter().map(|one| (one.index, status(one, issued))).collect(),
        }
    }
}

/// The status of one certificate among all of its guarantor.
fn status(one: &Issued, all: &[Issued]) -> StatusEntry {
    let of_guarantee: Vec<&Certificate<'_>> = all
        .iter()
        .map(|issued| &issued.certificate)
        .filter(|other| other.claims().number == one.certificate.claims().number)
        .collect();
    let current = of_guarantee.iter().map(|other| other.revision()).max().unwrap();
    let replaced = |before: Option<Date>| {
        of_guarantee
            .iter()
            .filter(|other| other.revision() > one.certificate.revision())
            .filter(|other| other.ending().is_none())
            .map(|other| other.governs_from())
            .filter(|day| before.is_none_or(|end| *day < end))
            .min()
    };
    let ending = of_guarantee.iter().find(|other| other.ending().is_some());
    if let Some(ending) = ending {
        let on = ending.governs_from();
        let cause = match ending.ending() {
            Some(ChangeKind::Voidance) => EndedBy::Voidance,
            _ => EndedBy::Termination { replaced_on: replaced(Some(on)) },
        };
        return StatusEntry::Ended { on, current, cause };
    }
    match replaced(None) {
        Some(on) => StatusEntry::Superseded { on, current, cause: SupersededBy::Amendment },
        None => StatusEntry::InForce,
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn request(name: &str) -> Request {
    let path = root().join("samples/requests").join(format!("{name}.json"));
    Request::parse(&fs::read(path).unwrap()).unwrap()
}

/// All sample guarantees, issued once for all tests.
struct Samples {
    guarantor: Guarantor,
    positions: BTreeMap<String, usize>,
    all: Vec<Issued>,
    files: Vec<(String, Vec<u8>)>,
}

static SAMPLES: LazyLock<Samples> = LazyLock::new(Samples::issue);

impl Samples {
    fn issue() -> Self {
        let guarantor = Guarantor::new("g-mirai", 10);
        let mut names: Vec<String> = fs::read_dir(root().join("samples/requests"))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        let mut last: BTreeMap<String, Fingerprint> = BTreeMap::new();
        let (mut all, mut positions) = (Vec::new(), BTreeMap::new());
        for (position, name) in names.into_iter().enumerate() {
            let request = request(&name);
            let number = request.number.to_string();
            let previous =
                (request.revision != Revision::FIRST).then(|| *last.get(&number).unwrap());
            let index = u32::try_from(position * 13 + 3).unwrap();
            let one = guarantor.issue(request, previous, index);
            last.insert(number, Fingerprint::of(&one.signed));
            positions.insert(name, all.len());
            all.push(one);
        }
        let mut samples = Self { guarantor, positions, all, files: Vec::new() };
        samples.files = samples.to_files();
        samples
    }

    /// The files as an obligee and an auditor get them.
    fn to_files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for (name, position) in &self.positions {
            let one = &self.all[*position];
            files.push((format!("{name}.hosho"), one.signed.clone()));
            files.push((format!("{name}.sealed.hosho"), self.guarantor.seal(one)));
            let key = self.guarantor.auth_key(&one.certificate.claims().number);
            let line = format!("{}\n", key.expose_text().as_str());
            files.push((format!("{name}.auth-key"), line.into_bytes()));
        }
        let bundle = self.guarantor.sign_bundle(self.guarantor.draft());
        files.push(("mirai.trust".to_owned(), bundle));
        let snapshot = self.guarantor.snapshot_draft(&self.all);
        files.push(("mirai.status".to_owned(), snapshot.sign(&self.guarantor.status_key).unwrap()));
        files
    }
}

/// The sample guarantees in a folder of one test's own.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) guarantor: &'static Guarantor,
    pub(crate) all: &'static [Issued],
}

impl World {
    pub(crate) fn new() -> Self {
        let samples = &*SAMPLES;
        let folder = tempfile::tempdir().unwrap();
        let world = Self { folder, guarantor: &samples.guarantor, all: &samples.all };
        for (name, bytes) in &samples.files {
            world.write(name, bytes);
        }
        world
    }

    pub(crate) fn issued(&self, name: &str) -> &'static Issued {
        &self.all[SAMPLES.positions[name]]
    }

    pub(crate) fn number(&self, name: &str) -> String {
        self.issued(name).certificate.claims().number.to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}
