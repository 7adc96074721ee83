use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hosho::{
    AuthKey, AuthKeyBinding, AuthMasterKey, BundleDraft, Certificate, ChangeKind, Date, EndedBy,
    Epoch, Fingerprint, GuaranteeNumber, GuarantorId, KeyEntry, KeyRole, KeyState, Lineage,
    ListNumber, PreparedCertificate, RootSet, SealNonce, SecretKey, Sequence, Serial,
    SignedCertificate, SignedStatusSnapshot, SignedTrustBundle, Signer as _, SnapshotDraft,
    StatusEntry, StatusIndex, StatusReference, StatusSnapshot, SupersededBy, Text, TrustBundle,
    UnixTime, seal,
};
use hosho_request::{Issuance, Request};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/requests");
const YEAR: u64 = 365 * 86_400;

/// A guarantor with fixed keys that has issued every request in `samples/`.
#[derive(Debug)]
pub struct World {
    /// The key that signed the certificates.
    pub certificate_key: SecretKey,
    /// The key that auth keys are derived from.
    pub master: AuthMasterKey,
    /// The guarantor.
    pub guarantor_id: GuarantorId<'static>,
    /// The trust bundle, as bytes.
    pub bundle: Vec<u8>,
    /// The status snapshot, as bytes.
    pub snapshot: Vec<u8>,
    /// The certificates, in the order of the requests' names.
    pub issued: Vec<Issued>,
    /// The day that is asked about, on which the first certificate is in force.
    pub on: Date,
    /// The instant from which it is asked.
    pub now: UnixTime,
}

/// One certificate, and what goes with it.
#[derive(Debug)]
pub struct Issued {
    /// What was signed.
    pub certificate: Certificate<'static>,
    /// The number, to be expected.
    pub number: GuaranteeNumber<'static>,
    /// The key that opens the sealed certificate.
    pub auth_key: AuthKey,
    /// The signed certificate.
    pub signed: Vec<u8>,
    /// The sealed certificate.
    pub sealed: Vec<u8>,
}

impl World {
    /// Issues the samples; the same bytes in every run.
    pub fn new() -> Self {
        let master = AuthMasterKey::take(&mut [9; 32]);
        let guarantor_id = GuarantorId::parse("g-0123456789abcdef").expect("an id");
        let certificate_key = SecretKey::take(&mut [1; 32]);
        let status_key = status_key();
        let on = Date::parse("2025-10-20").expect("a day");
        let now = UnixTime::parse("2026-11-22T03:00:00Z").expect("an instant");
        let issued = issue(&certificate_key, &master, &guarantor_id);
        let bundle = bundle(&guarantor_id, &[&certificate_key], &status_key);
        let last_index = StatusIndex::new(255).expect("an index");
        let snapshot = snapshot(&guarantor_id, now, last_index, entries(&issued), &status_key);
        Self { certificate_key, master, guarantor_id, bundle, snapshot, issued, on, now }
    }

    /// Returns the trust bundle, pinned.
    pub fn trust(&self) -> TrustBundle {
        SignedTrustBundle::parse(&self.bundle).expect("well formed").pin().expect("trusted")
    }

    /// Returns the status snapshot, verified.
    pub fn status(&self, trust: &TrustBundle) -> StatusSnapshot {
        SignedStatusSnapshot::parse(&self.snapshot)
            .expect("well formed")
            .verify(trust)
            .expect("signed by the guarantor")
    }

    /// Returns the smallest and the largest certificate.
    pub fn extremes(&self) -> impl Iterator<Item = (&'static str, &Issued)> {
        let size = |issued: &&Issued| issued.signed.len();
        let smallest = self.issued.iter().min_by_key(size).map(|issued| ("smallest", issued));
        let largest = self.issued.iter().max_by_key(size).map(|issued| ("largest", issued));
        smallest.into_iter().chain(largest)
    }

    /// Returns how many bytes a signed certificate has on average.
    pub fn mean_len(&self) -> usize {
        let bytes: usize = self.issued.iter().map(|issued| issued.signed.len()).sum();
        bytes / self.issued.len().max(1)
    }
}

impl Issued {
    /// Returns how many bytes the signed certificate has.
    pub fn signed_len(&self) -> u64 {
        self.signed.len().try_into().unwrap_or(u64::MAX)
    }

    /// Returns how many bytes the sealed certificate has.
    pub fn sealed_len(&self) -> u64 {
        self.sealed.len().try_into().unwrap_or(u64::MAX)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the requests as they are written, in the order of their names.
pub(crate) fn request_texts() -> Vec<Vec<u8>> {
    let folder = fs::read_dir(Path::new(SAMPLES)).expect("samples/requests");
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

fn requests() -> Vec<Request> {
    request_texts().iter().map(|text| Request::parse(text).expect("a request")).collect()
}

pub(crate) fn status_key() -> SecretKey {
    SecretKey::take(&mut [2; 32])
}

fn issue(
    key: &SecretKey,
    master: &AuthMasterKey,
    guarantor_id: &GuarantorId<'static>,
) -> Vec<Issued> {
    let mut newest: BTreeMap<GuaranteeNumber<'static>, (Fingerprint, Serial)> = BTreeMap::new();
    let mut issued = Vec::new();
    for (place, request) in (0_u8..).zip(requests()) {
        let number = request.number.clone();
        let before = newest.get(&number);
        let rekeyed = request.change.as_ref().is_some_and(|c| c.kinds.contains(ChangeKind::Rekey));
        let serial = match before {
            Some((_, serial)) if rekeyed => serial.next().expect("a serial"),
            Some((_, serial)) => *serial,
            None => Serial::FIRST,
        };
        let auth_key = master.derive(guarantor_id, Epoch::FIRST, &number, serial);
        let bind = auth_key.bind(guarantor_id, &number, Epoch::FIRST, serial);
        let issuance = Issuance {
            guarantor_id: guarantor_id.clone(),
            name: Text::parse("架空みらい建設業保証株式会社").expect("a name"),
            representative: Some(Text::parse("取締役社長 架空 太郎").expect("a name")),
            address: Some(Text::parse("瑞穂県青嶺市中央二丁目1番1号").expect("an address")),
            issued_at: UnixTime::parse("2025-11-01T00:00:00Z").expect("an instant"),
            binding: AuthKeyBinding { epoch: Epoch::FIRST, serial, bind },
            status: StatusReference {
                list: ListNumber::FIRST,
                index: StatusIndex::new(7 * u32::from(place)).expect("an index"),
            },
            previous: before.map(|(fingerprint, _)| *fingerprint),
            clauses: Some(Fingerprint::of(b"the clauses")),
        };
        let claims = request.into_claims(issuance).expect("claims");
        let certificate = Certificate::new(claims).expect("a certificate");
        let signed = PreparedCertificate::new(&certificate, key.public_key().key_id())
            .and_then(|prepared| prepared.sign(key))
            .expect("a signature");
        let nonce = SealNonce { salt: [place; 16], iv: [place; 12] };
        let sealed =
            seal(&SignedCertificate::parse(&signed).expect("well formed"), &auth_key, &nonce);
        newest.insert(number.clone(), (Fingerprint::of(&signed), serial));
        issued.push(Issued { certificate, number, auth_key, signed, sealed });
    }
    issued
}

/// Makes a trust bundle with the certificate keys and the status key.
pub(crate) fn bundle(
    guarantor_id: &GuarantorId<'_>,
    certificate_keys: &[&SecretKey],
    status: &SecretKey,
) -> Vec<u8> {
    let issued_at = UnixTime::parse("2025-01-01T00:00:00Z").expect("an instant");
    let later = |years: u64| UnixTime::from_seconds(issued_at.seconds() + years * YEAR);
    let entry = |key: &SecretKey, role: KeyRole| KeyEntry {
        key: key.public_key().clone(),
        role,
        not_before: issued_at,
        not_after: later(5).expect("an instant"),
        state: KeyState::Active,
    };
    let roots: Vec<_> = (0x11..=0x13).map(|seed| SecretKey::take(&mut [seed; 32])).collect();
    let prepared = BundleDraft {
        guarantor_id: guarantor_id.clone(),
        sequence: Sequence::FIRST,
        issued_at,
        next_update: later(3).expect("an instant"),
        keys: certificate_keys
            .iter()
            .map(|key| entry(key, KeyRole::Certificate))
            .chain([entry(status, KeyRole::Status)])
            .collect(),
        roots: RootSet::new(2, roots.iter().map(|root| root.public_key().clone()).collect())
            .expect("roots"),
        attestations: Vec::new(),
        previous: None,
    };
    let prepared = prepared.prepare().expect("a bundle");
    let signatures = roots.iter().take(2).map(|root| prepared.sign(root).expect("a signature"));
    prepared.assemble(signatures.collect()).expect("a bundle")
}

/// Makes a status snapshot, good for a day.
pub(crate) fn snapshot(
    guarantor_id: &GuarantorId<'static>,
    now: UnixTime,
    last_index: StatusIndex,
    entries: BTreeMap<StatusIndex, StatusEntry>,
    status_key: &SecretKey,
) -> Vec<u8> {
    let draft = SnapshotDraft {
        guarantor_id: guarantor_id.clone(),
        list: ListNumber::FIRST,
        sequence: Sequence::FIRST,
        issued_at: now,
        next_update: UnixTime::from_seconds(now.seconds() + 86_400).expect("an instant"),
        last_index,
        entries,
    };
    draft.sign(status_key).expect("a snapshot")
}

/// What the snapshot says of every revision (spec section 11).
pub(crate) fn entries(issued: &[Issued]) -> BTreeMap<StatusIndex, StatusEntry> {
    let entry = |at: usize, this: &Issued| {
        let same = |other: &&Issued| other.number == this.number;
        let newest = issued.iter().rfind(same).unwrap_or(this);
        let replaced_on =
            issued.iter().skip(at + 1).filter(same).map(|i| i.certificate.governs_from()).min();
        let on = newest.certificate.governs_from();
        let current = newest.certificate.revision();
        let rekeyed = matches!(&newest.certificate.claims().lineage,
            Lineage::Amendment { change, .. } if change.kinds.contains(ChangeKind::Rekey));
        let ended = |cause| StatusEntry::Ended { on, current, cause };
        match (newest.certificate.ending(), replaced_on) {
            (Some(ChangeKind::Voidance), _) => ended(EndedBy::Voidance),
            (Some(_), day) => {
                ended(EndedBy::Termination { replaced_on: day.filter(|day| *day < on) })
            }
            (None, None) => StatusEntry::InForce,
            (None, Some(on)) => {
                let cause = if rekeyed { SupersededBy::Rekey } else { SupersededBy::Amendment };
                StatusEntry::Superseded { on, current, cause }
            }
        }
    };
    issued
        .iter()
        .enumerate()
        .map(|(at, this)| (this.certificate.claims().status.index, entry(at, this)))
        .collect()
}
