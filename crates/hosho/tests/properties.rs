//! Properties of all certificates: what is encoded is read back, and nothing else is accepted.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

use std::thread;

use hosho::{
    AuthKey, Certificate, Date, Expectation, Expected, Fingerprint, GuaranteeNumber, IssueError,
    PreparedCertificate, SealedCertificate, SignedCertificate, SignedStatusSnapshot, Signer as _,
    Text, UnixTime, Verifier, decode_armor, encode_armor,
};
use hosho_testkit::{Guarantor, Sample, samples, strategies};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn what_is_prepared_is_read_back_from_its_own_bytes(claims in strategies::claims()) {
        let certificate = Certificate::new(claims).expect("claims that go together");
        let key_id = Guarantor::entry(&hosho_testkit::secret_key("any"), hosho::KeyRole::Certificate);
        match PreparedCertificate::new(&certificate, key_id.key.key_id()) {
            Ok(prepared) => {
                let again = PreparedCertificate::parse(prepared.to_be_signed()).expect("the same");
                prop_assert_eq!(again.to_be_signed(), prepared.to_be_signed());
                let payload = certificate.to_canonical_cbor();
                prop_assert!(prepared.to_be_signed().ends_with(&payload));
            }
            Err(IssueError::Refused(error)) => prop_assert_eq!(error.code(), "E3-SIZE"),
            Err(other) => panic!("{other}"),
        }
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn a_verified_certificate_says_what_was_issued(claims in strategies::claims()) {
        let guarantor = Guarantor::new("g-mirai");
        let mut claims = claims;
        claims.guarantor_id = guarantor.id.clone();
        claims.issued_at = UnixTime::parse("2026-01-01T00:00:00Z").expect("an instant");
        let certificate = Certificate::new(claims).expect("claims that go together");
        let key = &guarantor.certificate_key;
        let prepared = PreparedCertificate::new(&certificate, key.public_key().key_id());
        let Ok(prepared) = prepared else { return Ok(()) };
        let signed = prepared.sign(key).expect("signed");
        let parsed = SignedCertificate::parse(&signed).expect("well formed");
        let trust = guarantor.trust();
        let verified = Verifier::new(&trust)
            .verify(parsed, &anything(), Date::MAX, UnixTime::MAX)
            .expect("genuine");
        prop_assert_eq!(verified.certificate(), &certificate);
        prop_assert_eq!(verified.certificate().to_canonical_cbor(), certificate.to_canonical_cbor());
        prop_assert_eq!(decode_armor(&encode_armor(&signed)), Ok(signed));
    }

    #[test]
    fn a_snapshot_says_of_each_index_what_was_drafted(draft in strategies::snapshot()) {
        let guarantor = Guarantor::new("g-mirai");
        let mut draft = draft;
        draft.guarantor_id = guarantor.id.clone();
        draft.issued_at = UnixTime::parse("2026-01-01T00:00:00Z").expect("an instant");
        draft.next_update = UnixTime::parse("2026-01-08T00:00:00Z").expect("an instant");
        let bytes = guarantor.sign_snapshot(&draft);
        let snapshot = SignedStatusSnapshot::parse(&bytes).expect("well formed");
        let snapshot = snapshot.verify(&guarantor.trust()).expect("genuine");
        for index in (0..=601).filter_map(|index| hosho::StatusIndex::new(index).ok()) {
            let drafted = draft.entries.get(&index).copied();
            let expected = drafted.unwrap_or(hosho::StatusEntry::NotIssued);
            prop_assert_eq!(snapshot.entry(index), expected);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_stop_for_anything_but_a_refusal(bytes in any::<Vec<u8>>()) {
        let _ = SignedCertificate::parse(&bytes);
        let _ = SealedCertificate::parse(&bytes);
        let _ = SignedStatusSnapshot::parse(&bytes);
        let _ = hosho::SignedTrustBundle::parse(&bytes);
        let _ = hosho::AttestationProof::parse(&bytes);
    }

    #[test]
    fn auth_keys_are_read_back_from_their_text(master in any::<[u8; 32]>(), serial in 1_u32..) {
        let mut master = master;
        let master = hosho::AuthMasterKey::take(&mut master);
        let guarantor = Guarantor::new("g-mirai");
        let number = hosho_testkit::number("31-07-1-0000123-9");
        let serial = hosho::Serial::new(serial).expect("a serial");
        let key = master.derive(&guarantor.id, hosho::Epoch::FIRST, &number, serial);
        let text = key.expose_text();
        let again = AuthKey::parse(text.as_str()).expect("an auth key");
        prop_assert!(again.matches(&key));
        let again = again.expose_text();
        prop_assert_eq!(again.as_str(), text.as_str());
    }

    #[test]
    fn values_are_read_back_from_what_they_show(
        date in strategies::date(),
        instant in strategies::instant(),
        number in strategies::guarantee_number(),
        text in strategies::text(),
        key_id in strategies::key_id(),
    ) {
        prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
        prop_assert_eq!(UnixTime::parse(&instant.to_string()), Ok(instant));
        prop_assert_eq!(GuaranteeNumber::fold(number.as_str()), Ok(number.clone()));
        prop_assert_eq!(Text::parse(text.as_str()), Ok(text.clone()));
        prop_assert_eq!(hosho::KeyId::parse(&key_id.to_string()), Ok(key_id));
    }
}

fn anything() -> Expectation<'static> {
    Expectation { number: Expected::Unspecified, obligee: None, auth_key: None }
}

/// Runs `check` for every sample, on as many threads as there are samples to spread.
fn for_each_sample(check: impl Fn(&Guarantor, &Sample) + Sync) {
    let guarantor = Guarantor::new("g-mirai");
    let samples = samples(&guarantor);
    assert_eq!(samples.len(), 20);
    thread::scope(|scope| {
        for sample in &samples {
            let (check, guarantor) = (&check, &guarantor);
            scope.spawn(move || check(guarantor, sample));
        }
    });
}

/// Every flip of one bit, every cut, and every loss of one byte.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..bytes.len() * 8).map(|bit| {
        let mut damaged = bytes.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        damaged
    });
    let cuts = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let losses = (0..bytes.len()).map(|at| [&bytes[..at], &bytes[at + 1..]].concat());
    flips.chain(cuts).chain(losses)
}

#[test]
fn every_damaged_signed_certificate_is_refused() {
    for_each_sample(|guarantor, sample| {
        let trust = guarantor.trust();
        let verifier = Verifier::new(&trust);
        let accepts = |bytes: &[u8]| {
            SignedCertificate::parse(bytes).is_ok_and(|signed| {
                verifier.verify(signed, &anything(), Date::MAX, UnixTime::MAX).is_ok()
            })
        };
        assert!(accepts(&sample.signed), "{}", sample.name);
        for (damaged, case) in damaged(&sample.signed).zip(0..) {
            assert!(!accepts(&damaged), "{} case {case}", sample.name);
        }
    });
}

#[test]
fn every_damaged_sealed_certificate_is_refused() {
    for_each_sample(|_, sample| {
        let accepts = |bytes: &[u8]| {
            SealedCertificate::parse(bytes)
                .is_ok_and(|sealed| sample.auth_key.open(&sealed).is_ok())
        };
        assert!(accepts(&sample.sealed), "{}", sample.name);
        for (damaged, case) in damaged(&sample.sealed).zip(0..) {
            assert!(!accepts(&damaged), "{} case {case}", sample.name);
        }
    });
}

#[test]
fn an_auth_key_opens_the_certificates_of_its_guarantee_and_no_other() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let verifier = Verifier::new(&trust);
    let samples = samples(&guarantor);
    let mut opened = 0;
    for (sample, holder) in samples.iter().flat_map(|a| samples.iter().map(move |b| (a, b))) {
        let same = sample.auth_key.matches(&holder.auth_key);
        let sealed = SealedCertificate::parse(&sample.sealed).expect("well formed");
        let result = holder.auth_key.open(&sealed);
        assert_eq!(result.is_ok(), same, "{} with the key of {}", sample.name, holder.name);
        let signed = SignedCertificate::parse(&sample.signed).expect("well formed");
        let expectation = Expectation { auth_key: Some(&holder.auth_key), ..anything() };
        let answer = verifier.verify(signed, &expectation, Date::MAX, UnixTime::MAX);
        assert_eq!(
            answer.map(|_| ()).map_err(|error| error.code()),
            if same { Ok(()) } else { Err("E4-OPEN") }
        );
        let same_number = sample.request.number == holder.request.number;
        assert!(same_number || !same, "keys of two guarantees differ");
        let locators = [&sample, &holder].map(|s| s.auth_key.locator(&s.request.number));
        assert_eq!(locators[0] == locators[1], same);
        if let Ok(found) = result {
            assert_eq!(found.as_bytes(), sample.signed);
            let answer = verifier.verify_opened(&found, &anything(), Date::MAX, UnixTime::MAX);
            assert_eq!(
                answer.map(|found| found.fingerprint()),
                Ok(Fingerprint::of(&sample.signed))
            );
            opened += 1;
        }
    }
    assert!(opened >= samples.len(), "each opens at least its own");
}

#[test]
fn the_samples_follow_each_other() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let verifier = Verifier::new(&trust);
    let samples = samples(&guarantor);
    let mut steps = 0;
    for pair in samples.windows(2).filter(|pair| pair[0].request.number == pair[1].request.number) {
        let [earlier, later] = [&pair[0], &pair[1]].map(|sample| {
            let signed = SignedCertificate::parse(&sample.signed).expect("well formed");
            verifier.verify(signed, &anything(), Date::MAX, UnixTime::MAX).expect("genuine")
        });
        assert_eq!(later.follows(&earlier), Ok(()));
        steps += 1;
    }
    assert!(steps >= 5, "{steps} amendments");
}

#[test]
fn a_draft_that_names_an_entry_beyond_its_list_is_refused() {
    let guarantor = Guarantor::new("g-mirai");
    let mut draft = guarantor.snapshot_draft([(64, hosho::StatusEntry::InForce)]);
    let refused = draft.sign(&guarantor.status_key).map_err(|error| error.code());
    assert_eq!(refused, Err("E6-STATUS-ITEM"));
    draft.last_index = hosho::StatusIndex::new(64).expect("an index");
    assert!(draft.sign(&guarantor.status_key).is_ok());
}
