//! Papers of the samples and of the longest certificates.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use hosho::{
    AuthKey, Claims, Expectation, Expected, Member, SealNonce, SealedCertificate, Serial, Share,
    ShortText, SignedCertificate, Text, TrustBundle, VerifiedCertificate, Verifier, seal,
};
use hosho_cli::lang::Lang;
use hosho_document::{CopyOrder, DocumentError, NoticeOrder, copy, notice};
use hosho_testkit::{Guarantor, date, sample_claims, samples, time};

fn verified<'a>(trust: &TrustBundle, bytes: &'a [u8]) -> VerifiedCertificate<'a> {
    let signed = SignedCertificate::parse(bytes).unwrap();
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let (on, now) = (date("2026-01-10"), time("2026-01-10T03:00:00Z"));
    Verifier::new(trust).verify(signed, &anything, on, now).unwrap()
}

/// Claims in which every text is as long as it may be, with every member there can be.
fn longest(guarantor: &Guarantor, text: &str) -> Claims<'static> {
    let mut claims = sample_claims(guarantor);
    let room = 512 / text.len();
    let long = || Text::parse(text.repeat(room)).unwrap();
    let member = |_| Member {
        name: Text::parse("架空".repeat(3)).unwrap(),
        role: ShortText::parse("構成員").unwrap(),
        share: Some(Share::new(500).unwrap()),
    };
    claims.contractor.members = (0..20).map(member).collect();
    claims.work.name = long();
    claims.work.site = long();
    claims.contractor.name = long();
    claims.obligee.name = long();
    claims.guarantee.terms = long();
    claims
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let bytes = guarantor.issue(sample_claims(&guarantor));
    for lang in [Lang::Ja, Lang::En] {
        let certificate = verified(&trust, &bytes);
        let order = CopyOrder { certificate: &certificate, previous: None, lang };
        let paper = copy(&order).unwrap();
        assert!(paper.starts_with(b"%PDF-1.7"));
        assert_eq!(paper, copy(&order).unwrap());
    }
}

#[test]
fn every_sample_has_its_papers_in_both_languages() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let samples = samples(&guarantor);
    let mut before: Option<&[u8]> = None;
    for sample in &samples {
        let certificate = verified(&trust, &sample.signed);
        let revision = certificate.certificate().revision().number();
        let previous = before.filter(|_| revision > 1).map(|bytes| verified(&trust, bytes));
        let sealed = SealedCertificate::parse(&sample.sealed).unwrap();
        for lang in [Lang::Ja, Lang::En] {
            let order = CopyOrder { certificate: &certificate, previous: previous.as_ref(), lang };
            copy(&order).unwrap();
            let (certificate, sealed) = (&certificate, &sealed);
            let auth_key = &sample.auth_key;
            notice(&NoticeOrder { certificate, sealed, auth_key, lang }).unwrap();
        }
        before = Some(&sample.signed);
    }
    assert_eq!(samples.len(), 20);
}

#[test]
fn the_longest_certificates_have_copies() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    for text in ["𠮷", "葛\u{e0100}", "\u{2a6d6}", "W", "、", "（"] {
        let bytes = guarantor.issue(longest(&guarantor, text));
        let certificate = verified(&trust, &bytes);
        let order = CopyOrder { certificate: &certificate, previous: None, lang: Lang::Ja };
        assert!(copy(&order).unwrap().starts_with(b"%PDF-1.7"), "{text}");
    }
}

#[test]
fn a_copy_needs_the_revision_before() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let samples = samples(&guarantor);
    let find = |name: &str| &samples.iter().find(|sample| sample.name == name).unwrap().signed;
    let third = verified(&trust, find("G04-3"));
    let (first, second) = (verified(&trust, find("G04-1")), verified(&trust, find("G04-2")));
    let lang = Lang::Ja;
    let paper = |previous| copy(&CopyOrder { certificate: &third, previous, lang }).map(|_| ());
    assert_eq!(paper(None), Err(DocumentError::Previous));
    assert_eq!(paper(Some(&first)), Err(DocumentError::Previous));
    assert_eq!(paper(Some(&second)), Ok(()));
}

#[test]
fn a_notice_is_made_only_with_the_key_that_opens_this_certificate() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let claims = sample_claims(&guarantor);
    let number = claims.number.clone();
    let mut other = claims.clone();
    other.work.site = Text::parse("瑞穂県青嶺市").unwrap();
    let (bytes, other) = (guarantor.issue(claims), guarantor.issue(other));
    let key = guarantor.auth_key(&number, Serial::FIRST);
    let wrong = guarantor.auth_key(&number, Serial::new(2).unwrap());
    let sealed = |bytes: &[u8], key: &AuthKey| {
        let signed = SignedCertificate::parse(bytes).unwrap();
        seal(&signed, key, &SealNonce { salt: [1; 16], iv: [2; 12] })
    };
    let certificate = verified(&trust, &bytes);
    let paper = |sealed: &[u8], auth_key: &AuthKey| {
        let sealed = SealedCertificate::parse(sealed).unwrap();
        let lang = Lang::En;
        let order = NoticeOrder { certificate: &certificate, sealed: &sealed, auth_key, lang };
        notice(&order).map(|_| ())
    };
    assert_eq!(paper(&sealed(&bytes, &key), &key), Ok(()));
    assert_eq!(paper(&sealed(&bytes, &key), &wrong), Err(DocumentError::KeyDoesNotFit));
    assert_eq!(paper(&sealed(&other, &key), &key), Err(DocumentError::KeyDoesNotFit));
}
