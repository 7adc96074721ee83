use std::collections::BTreeMap;

use hosho::{
    AuthKey, AuthKeyBinding, AuthMasterKey, BundleDraft, Certificate, Claims, Contractor, Date,
    Epoch, Fingerprint, GuaranteeKind, GuaranteeNumber, GuaranteeTerms, Guarantor as Party,
    GuarantorId, KeyEntry, KeyRole, KeyState, Lineage, ListNumber, LowPriceSurvey, Obligee, Period,
    PreparedCertificate, RootSet, SealNonce, SecretKey, Sequence, Serial, ShortText,
    SignedCertificate, SignedTrustBundle, Signer as _, SnapshotDraft, StatusEntry, StatusIndex,
    StatusReference, Text, TrustBundle, UnixTime, Work, Yen, seal,
};

/// Returns the secret key whose seed is the SHA-256 of `label`.
pub fn secret_key(label: &str) -> SecretKey {
    let mut seed = *Fingerprint::of(label.as_bytes()).as_bytes();
    SecretKey::take(&mut seed)
}

/// Reads an instant that is known to be one.
pub fn time(text: &str) -> UnixTime {
    UnixTime::parse(text).expect("an instant")
}

/// Reads a date that is known to be one.
pub fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// Makes an amount that is known to be in range.
pub fn yen(amount: u64) -> Yen {
    Yen::new(amount).expect("an amount")
}

/// Reads a guarantee number that is known to be one.
pub fn number(text: &'static str) -> GuaranteeNumber<'static> {
    GuaranteeNumber::parse(text).expect("a number")
}

/// A guarantor with all its keys, made from its name.
#[derive(Debug)]
pub struct Guarantor {
    /// Its id.
    pub id: GuarantorId<'static>,
    /// Its root keys.
    pub roots: [SecretKey; 3],
    /// The key that signs certificates.
    pub certificate_key: SecretKey,
    /// The key that signs status snapshots.
    pub status_key: SecretKey,
    /// The key of role publish.
    pub publish_key: SecretKey,
    /// The auth master key of epoch 1.
    pub master: AuthMasterKey,
}

impl Guarantor {
    /// Makes the guarantor of this id.
    pub fn new(id: &'static str) -> Self {
        let key = |what: &str| secret_key(&format!("hosho-testkit/{id}/{what}"));
        let mut master =
            *Fingerprint::of(format!("hosho-testkit/{id}/master").as_bytes()).as_bytes();
        Self {
            id: GuarantorId::parse(id).expect("an id"),
            roots: [key("root-1"), key("root-2"), key("root-3")],
            certificate_key: key("certificate"),
            status_key: key("status"),
            publish_key: key("publish"),
            master: AuthMasterKey::take(&mut master),
        }
    }

    /// Returns the secret bytes of its auth master key.
    pub fn master_bytes(&self) -> [u8; 32] {
        *self.master.expose_secret()
    }

    /// Returns an entry for a key, in use from 2025 to 2029.
    pub fn entry(key: &SecretKey, role: KeyRole) -> KeyEntry {
        KeyEntry {
            key: key.public_key().clone(),
            role,
            not_before: time("2025-01-01T00:00:00Z"),
            not_after: time("2030-01-01T00:00:00Z"),
            state: KeyState::Active,
        }
    }

    /// Returns its root set, with a threshold of two.
    pub fn root_set(&self) -> RootSet {
        let keys = self.roots.iter().map(|root| root.public_key().clone()).collect();
        RootSet::new(2, keys).expect("a root set")
    }

    /// Returns what its first bundle says, to be changed or signed.
    pub fn bundle_draft(&self) -> BundleDraft<'static> {
        BundleDraft {
            guarantor_id: self.id.clone(),
            sequence: Sequence::FIRST,
            issued_at: time("2025-01-01T00:00:00Z"),
            next_update: time("2026-01-01T00:00:00Z"),
            keys: vec![
                Self::entry(&self.certificate_key, KeyRole::Certificate),
                Self::entry(&self.status_key, KeyRole::Status),
                Self::entry(&self.publish_key, KeyRole::Publish),
            ],
            roots: self.root_set(),
            attestations: Vec::new(),
            previous: None,
        }
    }

    /// Signs a bundle with its first two root keys.
    pub fn sign_bundle(&self, draft: BundleDraft<'_>) -> Vec<u8> {
        let prepared = draft.prepare().expect("a bundle in its form");
        let signatures = self.roots.iter().take(2).map(|root| prepared.sign(root).expect("signed"));
        prepared.assemble(signatures.collect()).expect("a bundle over its threshold")
    }

    /// Returns its first bundle.
    pub fn bundle(&self) -> Vec<u8> {
        self.sign_bundle(self.bundle_draft())
    }

    /// Returns its first bundle, pinned.
    pub fn trust(&self) -> TrustBundle {
        pin(&self.bundle())
    }

    /// Returns the auth key of a guarantee in epoch 1.
    pub fn auth_key(&self, number: &GuaranteeNumber<'_>, serial: Serial) -> AuthKey {
        self.master.derive(&self.id, Epoch::FIRST, number, serial)
    }

    /// Returns the binding to that auth key.
    pub fn binding(&self, number: &GuaranteeNumber<'_>, serial: Serial) -> AuthKeyBinding {
        let key = self.auth_key(number, serial);
        let bind = key.bind(&self.id, number, Epoch::FIRST, serial);
        AuthKeyBinding { epoch: Epoch::FIRST, serial, bind }
    }

    /// Signs claims with its certificate key.
    pub fn issue(&self, claims: Claims<'_>) -> Vec<u8> {
        self.issue_with(&self.certificate_key, claims)
    }

    /// Signs claims with a key of the caller's choice.
    pub fn issue_with(&self, key: &SecretKey, claims: Claims<'_>) -> Vec<u8> {
        let certificate = Certificate::new(claims).expect("claims that go together");
        let prepared = PreparedCertificate::new(&certificate, key.public_key().key_id());
        prepared.and_then(|prepared| prepared.sign(key)).expect("a signed certificate")
    }

    /// Returns what a snapshot of list 1 says, to be changed or signed.
    pub fn snapshot_draft(
        &self,
        entries: impl IntoIterator<Item = (u32, StatusEntry)>,
    ) -> SnapshotDraft<'static> {
        let index = |index| StatusIndex::new(index).expect("an index");
        let entries = entries.into_iter().map(|(at, entry)| (index(at), entry));
        SnapshotDraft {
            guarantor_id: self.id.clone(),
            list: ListNumber::FIRST,
            sequence: Sequence::new(7).expect("a sequence"),
            issued_at: time("2025-12-01T00:00:00Z"),
            next_update: time("2025-12-08T00:00:00Z"),
            last_index: index(63),
            entries: entries.collect::<BTreeMap<_, _>>(),
        }
    }

    /// Signs a snapshot with its status key.
    pub fn sign_snapshot(&self, draft: &SnapshotDraft<'_>) -> Vec<u8> {
        draft.sign(&self.status_key).expect("a snapshot in its form")
    }
}

/// Pins a bundle that is known to be good.
fn pin(bundle: &[u8]) -> TrustBundle {
    SignedTrustBundle::parse(bundle).and_then(SignedTrustBundle::pin).expect("a good bundle")
}

/// Seals with salt and iv drawn from the signed bytes, so that each certificate has its own.
pub(crate) fn seal_with(signed: &[u8], key: &AuthKey) -> Vec<u8> {
    let random = *Fingerprint::of(signed).as_bytes();
    let (salt, rest) = random.split_first_chunk::<16>().expect("32 bytes");
    let (iv, _) = rest.split_first_chunk::<12>().expect("16 bytes");
    let signed = SignedCertificate::parse(signed).expect("a signed certificate");
    seal(&signed, key, &SealNonce { salt: *salt, iv: *iv })
}

/// Returns the claims of an ordinary advance payment guarantee, with no optional field that its
/// kind does not require.
pub fn sample_claims(guarantor: &Guarantor) -> Claims<'static> {
    let text = |text: &'static str| Text::parse(text).expect("a text");
    let number = number("31-07-1-0000123-9");
    Claims {
        guarantor_id: guarantor.id.clone(),
        lineage: Lineage::Original,
        issued_at: time("2025-06-20T01:00:00Z"),
        binding: guarantor.binding(&number, Serial::FIRST),
        number,
        status: StatusReference {
            list: ListNumber::FIRST,
            index: StatusIndex::new(5).expect("an index"),
        },
        kind: GuaranteeKind::Advance,
        issued_on: date("2025-06-20"),
        guarantor: Party {
            name: text("架空みらい建設業保証株式会社"),
            branch: Some(text("瑞穂支店")),
            representative: None,
            address: None,
        },
        obligee: Obligee {
            name: text("瑞穂県"),
            representative: text("青嶺土木事務所長 高瀬 光一"),
            address: None,
        },
        contractor: Contractor {
            name: text("株式会社青嶺架空土建"),
            representative: text("代表取締役 相良 健吾"),
            address: text("瑞穂県青嶺市港北三丁目12番8号"),
            members: Vec::new(),
        },
        work: Work {
            contract_number: text("7青土第102号"),
            category: ShortText::parse("construction").expect("a short text"),
            name: text("県道霧ヶ原青嶺線道路改良工事(第3工区)"),
            site: text("瑞穂県青嶺市霧ヶ原地内"),
            concluded_on: Some(date("2025-06-16")),
            term: Period::new(date("2025-06-17"), date("2026-03-13")).expect("a period"),
            price: yen(132_000_000),
            tax: yen(12_000_000),
            multi_year: None,
            low_price_survey: LowPriceSurvey::NotMade,
        },
        guarantee: GuaranteeTerms {
            amount: yen(52_800_000),
            period: Period::new(date("2025-06-20"), date("2026-03-13")).expect("a period"),
            advance: Some(yen(52_800_000)),
            first_advance: None,
            terms: text("前払金保証約款"),
            clauses: None,
        },
    }
}
