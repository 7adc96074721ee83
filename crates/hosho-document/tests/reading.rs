//! What was put into a paper comes out of it.

#![cfg(feature = "read")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::cell::Cell;

use hosho::{
    Expectation, Expected, SealedCertificate, SignedCertificate, TrustBundle, VerifiedCertificate,
    Verifier,
};
use hosho_cli::lang::Lang;
use hosho_document::{Carrier, CopyOrder, Handed, NoticeOrder, ReadError, copy, notice};
use hosho_testkit::{Guarantor, Sample, date, samples, time};
use lopdf::{Document, Object, Stream, dictionary};

fn verified<'a>(trust: &TrustBundle, bytes: &'a [u8]) -> VerifiedCertificate<'a> {
    let signed = SignedCertificate::parse(bytes).unwrap();
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let (on, now) = (date("2026-01-10"), time("2026-01-10T03:00:00Z"));
    Verifier::new(trust).verify(signed, &anything, on, now).unwrap()
}

fn first() -> (TrustBundle, Sample) {
    let guarantor = Guarantor::new("g-mirai");
    (guarantor.trust(), samples(&guarantor).swap_remove(0))
}

fn copy_of(trust: &TrustBundle, sample: &Sample) -> Vec<u8> {
    let certificate = verified(trust, &sample.signed);
    copy(&CopyOrder { certificate: &certificate, previous: None, lang: Lang::Ja }).unwrap()
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// Reads with as much time as it needs.
fn read(carrier: Carrier, bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    carrier.read(bytes, &|| true)
}

/// Puts one more attachment into a PDF.
fn attach(document: &mut Document, content: Vec<u8>) {
    let file = document.add_object(Stream::new(dictionary! {}, content));
    document.add_object(dictionary! {
        "Type" => "Filespec", "F" => Object::string_literal("x"), "EF" => dictionary! { "F" => file },
    });
}

#[test]
fn the_attachment_of_a_paper_is_the_certificate_byte_for_byte() {
    let (trust, sample) = first();
    let paper = copy_of(&trust, &sample);
    assert_eq!(Carrier::of(&paper), Some(Carrier::Pdf));
    assert_eq!(read(Carrier::Pdf, &paper), Ok(sample.signed.clone()));
    let certificate = verified(&trust, &sample.signed);
    let sealed = SealedCertificate::parse(&sample.sealed).unwrap();
    let (auth_key, lang) = (&sample.auth_key, Lang::En);
    let order = NoticeOrder { certificate: &certificate, sealed: &sealed, auth_key, lang };
    assert_eq!(read(Carrier::Pdf, &notice(&order).unwrap()), Ok(sample.sealed.clone()));
}

#[test]
fn a_paper_that_was_saved_by_another_program_still_carries_it() {
    let (trust, sample) = first();
    let mut document = Document::load_mem(&copy_of(&trust, &sample)).unwrap();
    document.compress();
    let mut modern = Vec::new();
    document.save_modern(&mut modern).unwrap();
    assert_eq!(read(Carrier::Pdf, &modern), Ok(sample.signed.clone()));
    assert_eq!(read(Carrier::Pdf, &saved(document)), Ok(sample.signed));
}

#[test]
fn the_same_attachment_twice_is_one_and_another_is_refused() {
    let (trust, sample) = first();
    let paper = copy_of(&trust, &sample);
    let mut twice = Document::load_mem(&paper).unwrap();
    attach(&mut twice, sample.signed.clone());
    assert_eq!(read(Carrier::Pdf, &saved(twice)), Ok(sample.signed));
    let mut other = Document::load_mem(&paper).unwrap();
    attach(&mut other, sample.sealed);
    assert_eq!(read(Carrier::Pdf, &saved(other)), Err(ReadError::Disagree));
}

#[test]
fn a_pdf_without_a_certificate_carries_nothing() {
    let (trust, sample) = first();
    let mut document = Document::load_mem(&copy_of(&trust, &sample)).unwrap();
    let streams: Vec<_> = document
        .objects
        .iter()
        .filter_map(|(id, object)| {
            let stream = object.as_stream().ok()?;
            (stream.content == sample.signed).then_some(*id)
        })
        .collect();
    assert_eq!(streams.len(), 1);
    document.objects.retain(|id, _| !streams.contains(id));
    attach(&mut document, b"minutes of a meeting".to_vec());
    assert_eq!(read(Carrier::Pdf, &saved(document)), Err(ReadError::Nothing));
}

/// A PDF whose only attachment holds `content`, packed.
fn with_packed(content: Vec<u8>) -> Document {
    let mut document = Document::with_version("1.7");
    let mut packed = Stream::new(dictionary! {}, content);
    packed.compress().unwrap();
    let file = document.add_object(packed);
    let root = document.add_object(dictionary! {
        "Type" => "Catalog",
        "AF" => vec![dictionary! { "Type" => "Filespec", "EF" => dictionary! { "F" => file } }.into()],
    });
    document.trailer.set("Root", root);
    document
}

#[test]
fn a_certificate_that_swells_is_refused_as_too_large() {
    let (_, sample) = first();
    let mut bomb = sample.signed;
    bomb.resize(8 * 1024 * 1024, 0);
    assert_eq!(read(Carrier::Pdf, &saved(with_packed(bomb))), Err(ReadError::TooLarge));
}

#[test]
fn a_large_attachment_that_is_something_else_does_not_matter() {
    let (_, sample) = first();
    for large in [vec![0; 8 * 1024 * 1024], b"other ".repeat(2_000)] {
        let mut document = with_packed(large);
        assert_eq!(read(Carrier::Pdf, &saved(document.clone())), Err(ReadError::Nothing));
        attach(&mut document, sample.signed.clone());
        assert_eq!(read(Carrier::Pdf, &saved(document)), Ok(sample.signed.clone()));
    }
}

#[test]
fn an_attachment_that_many_name_is_unpacked_once() {
    let (_, sample) = first();
    let mut document = with_packed(sample.signed.clone());
    let file = document.add_object(Stream::new(dictionary! {}, vec![7; 4_000]));
    let files = document.add_object(dictionary! { "F" => file });
    for _ in 0..20_000 {
        document.add_object(dictionary! { "Type" => "Filespec", "EF" => files });
    }
    assert_eq!(read(Carrier::Pdf, &saved(document)), Ok(sample.signed));
}

/// A PDF with pictures of nothing, 64 by 64 samples each.
fn with_pictures(filter: &str, count: usize) -> Vec<u8> {
    let mut document = with_packed(Vec::new());
    for _ in 0..count {
        let mut picture = dictionary! {
            "Subtype" => "Image", "Width" => 64, "Height" => 64, "BitsPerComponent" => 8,
        };
        if !filter.is_empty() {
            picture.set("Filter", filter);
        }
        document.add_object(Stream::new(picture, vec![255; 64 * 64]));
    }
    saved(document)
}

#[test]
fn pictures_that_are_not_read_are_told() {
    assert_eq!(read(Carrier::Pdf, &with_pictures("", 7)), Err(ReadError::NothingScanned));
    for filter in ["CCITTFaxDecode", "JBIG2Decode", "JPXDecode"] {
        let answer = read(Carrier::Pdf, &with_pictures(filter, 1));
        assert_eq!(answer, Err(ReadError::OtherPictures), "{filter}");
    }
}

#[test]
fn more_pictures_than_there_is_time_for_are_too_many() {
    let (left, pictures) = (Cell::new(6_u32), with_pictures("", 7));
    let answer = Carrier::Pdf.read(&pictures, &|| left.replace(left.get().saturating_sub(1)) > 0);
    assert_eq!(answer, Err(ReadError::TooMany));
}

#[test]
fn what_only_begins_as_a_paper_is_damaged() {
    assert_eq!(read(Carrier::Pdf, b"%PDF-1.7\n"), Err(ReadError::Pdf));
    assert_eq!(read(Carrier::Png, b"\x89PNG\r\n\x1a\n"), Err(ReadError::Image));
    assert_eq!(read(Carrier::Jpeg, b"\xff\xd8\xff\xe0"), Err(ReadError::Image));
    assert_eq!(read(Carrier::Pdf, &vec![b' '; Carrier::MAX_LEN + 1]), Err(ReadError::TooLarge));
    assert_eq!(Carrier::of(b"\xd2\x84"), None);
}

#[test]
fn a_notice_that_is_handed_in_tells_number_and_key_in_both_languages() {
    let (trust, sample) = first();
    let certificate = verified(&trust, &sample.signed);
    let sealed = SealedCertificate::parse(&sample.sealed).unwrap();
    for lang in [Lang::Ja, Lang::En] {
        let order = NoticeOrder {
            certificate: &certificate,
            sealed: &sealed,
            auth_key: &sample.auth_key,
            lang,
        };
        let paper = notice(&order).unwrap();
        let Ok(Handed::Notice(text)) = Carrier::Pdf.read_handed(&paper, &|| true) else {
            panic!("no text of a notice");
        };
        let key = sample.auth_key.expose_text();
        assert!(text.contains(key.as_str()), "the key stands there in one run");
        assert!(text.contains(sample.request.number.as_str()));
    }
}

#[test]
fn a_copy_that_is_handed_in_carries_the_signed_certificate() {
    let (trust, sample) = first();
    let paper = copy_of(&trust, &sample);
    let Ok(Handed::Certificate(bytes)) = Carrier::Pdf.read_handed(&paper, &|| true) else {
        panic!("no certificate");
    };
    assert_eq!(bytes, sample.signed);
}

/// Returns what in a PDF makes a reader go somewhere: links, actions, programs.
fn leads(document: &Document) -> Vec<String> {
    const KEYS: [&[u8]; 8] =
        [b"URI", b"Annots", b"OpenAction", b"AA", b"JS", b"Launch", b"GoToR", b"SubmitForm"];
    let dictionaries = document.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    });
    let mut found = Vec::new();
    for dictionary in dictionaries {
        for (key, value) in dictionary {
            let name = value.as_name().unwrap_or_default();
            let hit = KEYS.iter().find(|lead| **lead == key.as_slice() || **lead == name);
            found.extend(hit.map(|lead| String::from_utf8_lossy(lead).into_owned()));
        }
    }
    found
}

#[test]
fn no_paper_leads_anywhere() {
    let (trust, sample) = first();
    let certificate = verified(&trust, &sample.signed);
    let sealed = SealedCertificate::parse(&sample.sealed).unwrap();
    for lang in [Lang::Ja, Lang::En] {
        let auth_key = &sample.auth_key;
        let order = NoticeOrder { certificate: &certificate, sealed: &sealed, auth_key, lang };
        let notice = notice(&order).unwrap();
        let copied = CopyOrder { certificate: &certificate, previous: None, lang };
        for paper in [notice.as_slice(), copy(&copied).unwrap().as_slice()] {
            let document = Document::load_mem(paper).unwrap();
            assert_eq!(leads(&document), [""; 0], "{lang:?}");
        }
        let Ok(Handed::Notice(text)) = Carrier::Pdf.read_handed(&notice, &|| true) else {
            panic!("no text of a notice");
        };
        for address in ["://", "www.", "mailto:", "@"] {
            assert!(!text.contains(address), "{lang:?}: {address}");
        }
    }
    // The search finds a link.
    let mut document = Document::load_mem(&copy_of(&trust, &sample)).unwrap();
    document.add_object(dictionary! {
        "S" => "URI", "URI" => Object::string_literal("https://phisher.example"),
    });
    assert_eq!(leads(&document), ["URI", "URI"]);
}
