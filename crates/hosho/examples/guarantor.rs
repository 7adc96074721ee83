//! The guarantor's side in one file: keys, a trust bundle, one certificate, a status snapshot.
//!
//! It writes the files that the crate's front page and `examples/service.rs` read:
//!
//! ```text
//! cargo run -p hosho --features issue --example guarantor -- crates/hosho/examples/data
//! ```
//!
//! The seeds are fixed so that the files come out the same each time. Never do that with keys
//! that are to be trusted: `SecretKey::generate` and `AuthMasterKey::generate` draw them at random.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use hosho::{
    AuthKey, AuthKeyBinding, AuthMasterKey, BundleDraft, Certificate, Claims, Contractor, Date,
    Epoch, GuaranteeKind, GuaranteeNumber, GuaranteeTerms, Guarantor, GuarantorId, KeyEntry,
    KeyRole, KeyState, Lineage, ListNumber, LowPriceSurvey, Obligee, Period, PreparedCertificate,
    RootSet, SealNonce, SecretKey, Sequence, Serial, ShortText, SignedCertificate, Signer,
    SnapshotDraft, StatusEntry, StatusIndex, StatusReference, Text, UnixTime, Work, Yen, seal,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: guarantor FOLDER")?;
    let id = GuarantorId::parse("kakuu-mirai")?;
    let issued_at = UnixTime::parse("2025-06-20T01:00:00Z")?;

    // The keys. Roots belong on machines of their own, not beside the others.
    let certificate_key = SecretKey::take(&mut [1; 32]);
    let status_key = SecretKey::take(&mut [2; 32]);
    let roots = [[11; 32], [12; 32], [13; 32]].map(|mut seed| SecretKey::take(&mut seed));
    let master = AuthMasterKey::take(&mut [3; 32]);

    let bundle = BundleDraft {
        guarantor_id: id.clone(),
        sequence: Sequence::FIRST,
        issued_at,
        next_update: UnixTime::parse("2026-06-20T01:00:00Z")?,
        keys: vec![
            entry(&certificate_key, KeyRole::Certificate, issued_at)?,
            entry(&status_key, KeyRole::Status, issued_at)?,
        ],
        roots: RootSet::new(2, roots.iter().map(|root| root.public_key().clone()).collect())?,
        attestations: Vec::new(),
        previous: None,
    }
    .prepare()?;
    let [first, second, _] = &roots;
    let trust = bundle.assemble(vec![bundle.sign(first)?, bundle.sign(second)?])?;

    // The certificate. Record `prepared.to_be_signed()` durably before signing.
    let number = GuaranteeNumber::parse("31-07-1-0000123-9")?;
    let auth_key = master.derive(&id, Epoch::FIRST, &number, Serial::FIRST);
    let status = StatusReference { list: ListNumber::FIRST, index: StatusIndex::new(41)? };
    let claims = claims(&id, &number, &auth_key, status, issued_at)?;
    let certificate = Certificate::new(claims)?;
    let prepared = PreparedCertificate::new(&certificate, certificate_key.public_key().key_id())?;
    let signed = prepared.sign(&certificate_key)?;
    let nonce = SealNonce { salt: [4; 16], iv: [5; 12] };
    let sealed = seal(&SignedCertificate::parse(&signed)?, &auth_key, &nonce);

    let snapshot = SnapshotDraft {
        guarantor_id: id,
        list: ListNumber::FIRST,
        sequence: Sequence::FIRST,
        issued_at: UnixTime::parse("2026-01-09T15:00:00Z")?,
        next_update: UnixTime::parse("2026-01-16T15:00:00Z")?,
        last_index: StatusIndex::new(1_023)?,
        entries: BTreeMap::from([(status.index, StatusEntry::InForce)]),
    }
    .sign(&status_key)?;

    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("trust.hosho"), trust)?;
    std::fs::write(folder.join("status.hosho"), snapshot)?;
    std::fs::write(folder.join(format!("{number}-r1.hosho")), signed)?;
    std::fs::write(folder.join(format!("{number}-r1.sealed.hosho")), sealed)?;
    std::fs::write(folder.join(format!("{number}.auth-key")), auth_key.expose_text().as_str())?;
    println!("wrote trust, status, {number} and its auth key to {}", folder.display());
    Ok(())
}

fn entry(key: &SecretKey, role: KeyRole, from: UnixTime) -> Result<KeyEntry, Box<dyn Error>> {
    Ok(KeyEntry {
        key: key.public_key().clone(),
        role,
        not_before: from,
        not_after: UnixTime::parse("2030-06-20T01:00:00Z")?,
        state: KeyState::Active,
    })
}

fn claims(
    id: &GuarantorId<'static>,
    number: &GuaranteeNumber<'static>,
    auth_key: &AuthKey,
    status: StatusReference,
    issued_at: UnixTime,
) -> Result<Claims<'static>, Box<dyn Error>> {
    let (epoch, serial) = (Epoch::FIRST, Serial::FIRST);
    let day = Date::parse;
    Ok(Claims {
        guarantor_id: id.clone(),
        number: number.clone(),
        lineage: Lineage::Original,
        issued_at,
        binding: AuthKeyBinding { epoch, serial, bind: auth_key.bind(id, number, epoch, serial) },
        status,
        kind: GuaranteeKind::Advance,
        issued_on: day("2025-06-20")?,
        guarantor: Guarantor {
            name: Text::parse("架空みらい建設業保証株式会社")?,
            branch: Some(Text::parse("瑞穂支店")?),
            representative: Some(Text::parse("取締役社長 三枝 修一郎")?),
            address: Some(Text::parse("瑞穂県青嶺市本町一丁目1番1号")?),
        },
        obligee: Obligee {
            name: Text::parse("瑞穂県")?,
            representative: Text::parse("契約担当者 瑞穂県青嶺土木事務所長 高瀬 光一")?,
            address: Some(Text::parse("瑞穂県青嶺市城下町二丁目3番4号")?),
        },
        contractor: Contractor {
            name: Text::parse("株式会社青嶺架空土建")?,
            representative: Text::parse("代表取締役 相良 健吾")?,
            address: Text::parse("瑞穂県青嶺市港北三丁目12番8号")?,
            members: Vec::new(),
        },
        work: Work {
            contract_number: Text::parse("7青土第102号")?,
            category: ShortText::parse("construction")?,
            name: Text::parse("県道霧ヶ原青嶺線道路改良工事(第3工区)")?,
            site: Text::parse("瑞穂県青嶺市霧ヶ原地内")?,
            concluded_on: Some(day("2025-06-16")?),
            term: Period::new(day("2025-06-17")?, day("2026-03-13")?)?,
            price: Yen::new(132_000_000)?,
            tax: Yen::new(12_000_000)?,
            multi_year: None,
            low_price_survey: LowPriceSurvey::NotMade,
        },
        guarantee: GuaranteeTerms {
            amount: Yen::new(52_800_000)?,
            period: Period::new(day("2025-06-20")?, day("2026-03-13")?)?,
            advance: Some(Yen::new(52_800_000)?),
            first_advance: None,
            terms: Text::parse("架空みらい建設業保証 前払金保証約款")?,
            clauses: None,
        },
    })
}
