//! What was put into a paper comes out of it.

#![cfg(feature = "read")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::cell::Cell;

use hosho::{
    Expectation, Expected, Member, SealedCertificate, ShortText, SignedCertificate, Text,
    TrustBundle, VerifiedCertificate, Verifier,
};
use hosho_cli::lang::Lang;
use hosho_document::{Carrier, CopyOrder, Handed, NoticeOrder, ReadError, copy, notice};
use hosho_testkit::{Guarantor, Sample, date, sample_claims, samples, time};
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

fn notice_of(trust: &TrustBundle, sample: &Sample, lang: Lang) -> Vec<u8> {
    let certificate = &verified(trust, &sample.signed);
    let sealed = &SealedCertificate::parse(&sample.sealed).unwrap();
    let order = NoticeOrder { certificate, sealed, auth_key: &sample.auth_key, lang };
    notice(&order).unwrap().to_vec()
}

/// What the QR code of a sample's notice says.
fn code_text(sample: &Sample) -> String {
    format!("HSK1:{}:{}", sample.request.number, sample.auth_key.expose_text().as_str())
}

/// What is read as the notice.
fn handed_text(paper: &[u8]) -> String {
    match Carrier::Pdf.read_handed(paper, &|| true).unwrap() {
        Handed::Notice(text) => text.as_str().to_owned(),
        Handed::Certificate(_) => "a certificate".to_owned(),
    }
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
    let paper = notice_of(&trust, &sample, Lang::En);
    assert_eq!(read(Carrier::Pdf, &paper), Ok(sample.sealed));
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

/// The papers of a sample with something else attached in place of its certificate: the pages stay.
fn with_attached(paper: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut document = Document::load_mem(paper).unwrap();
    let mut swapped = 0;
    for object in document.objects.values_mut() {
        if let Object::Stream(stream) = object
            && stream.content == before
        {
            stream.set_content(after.to_vec());
            swapped += 1;
        }
    }
    assert_eq!(swapped, 1);
    saved(document)
}

#[test]
fn a_copy_whose_attachment_was_swapped_disagrees_with_its_own_qr_code() {
    let guarantor = Guarantor::new("g-mirai");
    let (trust, samples) = (guarantor.trust(), samples(&guarantor));
    let find = |name: &str| samples.iter().find(|sample| sample.name == name).unwrap();
    let (before, now) = (find("G04-1"), find("G04-2"));
    let (previous, certificate) = (verified(&trust, &before.signed), verified(&trust, &now.signed));
    for lang in [Lang::Ja, Lang::En] {
        let order = CopyOrder { certificate: &certificate, previous: Some(&previous), lang };
        let paper = copy(&order).unwrap();
        assert_eq!(read(Carrier::Pdf, &paper), Ok(now.signed.clone()));
        let swapped = with_attached(&paper, &now.signed, &before.signed);
        assert_eq!(read(Carrier::Pdf, &swapped), Err(ReadError::Disagree));
        let handed = Carrier::Pdf.read_handed(&swapped, &|| true).map(|_| ());
        assert_eq!(handed, Err(ReadError::Disagree));
    }
}

#[test]
fn a_notice_whose_key_does_not_open_what_is_attached_is_refused() {
    let guarantor = Guarantor::new("g-mirai");
    let (trust, samples) = (guarantor.trust(), samples(&guarantor));
    let find = |name: &str| samples.iter().find(|sample| sample.name == name).unwrap();
    let (own, other) = (find("G01-1"), find("G02-1"));
    let paper = notice_of(&trust, own, Lang::Ja);
    for attached in [&other.sealed, &other.signed, &own.signed] {
        let swapped = with_attached(&paper, &own.sealed, attached);
        assert_eq!(read(Carrier::Pdf, &swapped), Err(ReadError::OtherAttached));
        let handed = Carrier::Pdf.read_handed(&swapped, &|| true).map(|_| ());
        assert_eq!(handed, Err(ReadError::OtherAttached));
    }
    let mut both = Document::load_mem(&paper).unwrap();
    attach(&mut both, other.sealed.clone());
    assert_eq!(read(Carrier::Pdf, &saved(both)), Err(ReadError::OtherAttached));
    // A notice is made anew for every revision; its key opens the earlier ones, too.
    let (first, second) = (find("G04-1"), find("G04-2"));
    let paper = notice_of(&trust, second, Lang::Ja);
    let earlier = with_attached(&paper, &second.sealed, &first.sealed);
    assert_eq!(read(Carrier::Pdf, &earlier), Ok(first.sealed.clone()));
}

#[test]
fn a_paper_that_lost_its_attachment_has_its_qr_code() {
    let (trust, sample) = first();
    let bare = with_attached(&copy_of(&trust, &sample), &sample.signed, b"minutes of a meeting");
    assert_eq!(read(Carrier::Pdf, &bare), Ok(sample.signed.clone()));
    let paper = notice_of(&trust, &sample, Lang::En);
    let bare = with_attached(&paper, &sample.sealed, b"minutes of a meeting");
    assert_eq!(read(Carrier::Pdf, &bare), Err(ReadError::NoticeCode));
    assert_eq!(handed_text(&bare), code_text(&sample));
}

#[test]
fn a_pdf_without_a_certificate_carries_nothing() {
    let document = with_packed(b"minutes of a meeting".to_vec());
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
fn a_notice_that_is_handed_in_tells_what_its_qr_code_says_whatever_is_printed() {
    let (trust, sample) = first();
    for lang in [Lang::Ja, Lang::En] {
        assert_eq!(handed_text(&notice_of(&trust, &sample, lang)), code_text(&sample));
    }
    // Without its picture the same page, which still shows number and key, tells neither.
    let mut document = Document::load_mem(&notice_of(&trust, &sample, Lang::Ja)).unwrap();
    let streams = document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok());
    let pictures = streams.filter(|stream| stream.dict.has_type(b"XObject"));
    assert_eq!(pictures.map(|stream| stream.dict.set("Subtype", "Form")).count(), 1);
    let text = document.extract_text(&[1]).unwrap();
    assert!(text.contains(sample.auth_key.expose_text().as_str()), "{text}");
    let handed = Carrier::Pdf.read_handed(&saved(document), &|| true);
    assert!(matches!(handed, Ok(Handed::Certificate(sealed)) if sealed == sample.sealed));
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

#[test]
fn every_page_of_a_copy_says_that_it_is_not_what_is_handed_in() {
    let guarantor = Guarantor::new("g-mirai");
    let trust = guarantor.trust();
    let mut claims = sample_claims(&guarantor);
    claims.work.site = Text::parse("架空".repeat(85)).unwrap();
    let member = |_| Member {
        name: Text::parse("架空".repeat(9)).unwrap(),
        role: ShortText::parse("構成員").unwrap(),
        share: None,
    };
    claims.contractor.members = (0..20).map(member).collect();
    let bytes = guarantor.issue(claims);
    let certificate = verified(&trust, &bytes);
    for (lang, said) in [(Lang::Ja, "提出用ではありません"), (Lang::En, "not for the obligee")]
    {
        let paper = copy(&CopyOrder { certificate: &certificate, previous: None, lang }).unwrap();
        let document = Document::load_mem(&paper).unwrap();
        assert_eq!(document.get_pages().len(), 2);
        for page in 1..=2 {
            let text = document.extract_text(&[page]).unwrap().replace('\n', "");
            assert!(text.contains(said) && text.contains(&format!("{page} / 2")), "{text}");
        }
    }
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
        let text = Document::load_mem(&notice).unwrap().extract_text(&[1]).unwrap();
        assert!(text.contains(sample.request.number.as_str()), "{text}");
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
