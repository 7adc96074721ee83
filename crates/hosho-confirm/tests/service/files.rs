//! Files that are handed in.

use axum::http::StatusCode;
use hosho::encode_armor;

use crate::browser::Browser;
use crate::stage::{AMENDED, PLAIN, Stage, on_stage};

async fn handed(
    stage: &Stage,
    fields: &[(&str, &str)],
    name: &str,
    bytes: &[u8],
) -> (StatusCode, String) {
    let answer = Browser::new(stage).open_with(fields, Some((name, bytes))).await;
    (answer.status, answer.text())
}

#[test]
fn a_signed_certificate_is_verified_and_said_not_to_be_opened_by_a_key() {
    on_stage(async |stage| {
        let signed = &stage.newest(PLAIN).signed;
        let armored = encode_armor(signed);
        for bytes in [signed.as_slice(), armored.as_bytes()] {
            let (status, text) = handed(&stage, &[], "G01.hosho", bytes).await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                text.contains("真正で、有効です") && text.contains("認証キーでは開いていません"),
                "{text}"
            );
            assert!(text.contains("￥52,800,000"));
        }
        let older = &stage.chains()[AMENDED][0].signed;
        let (_, text) = handed(&stage, &[], "old.hosho", older).await;
        assert!(text.contains("別の版が効力を持ちます") && text.contains("最新は第4版"), "{text}");
    });
}

#[test]
fn a_signed_certificate_is_held_against_the_number_that_was_typed() {
    on_stage(async |stage| {
        let signed = &stage.newest(PLAIN).signed;
        let (_, text) = handed(&stage, &[("number", AMENDED)], "G01.hosho", signed).await;
        assert!(text.contains("E5-OTHER-GUARANTEE") && !text.contains("52,800,000"), "{text}");
        let (status, text) = handed(&stage, &[("number", "第1号")], "G01.hosho", signed).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("E1-NUMBER"), "{text}");
    });
}

#[test]
fn a_changed_certificate_is_not_genuine() {
    on_stage(async |stage| {
        let mut forged = stage.newest(PLAIN).signed.clone();
        let at = forged.windows(6).position(|part| part == "瑞穂".as_bytes()).unwrap();
        forged[at..at + 6].copy_from_slice("青嶺".as_bytes());
        let (_, text) = handed(&stage, &[], "forged.hosho", &forged).await;
        assert!(text.contains("真正ではありません") && text.contains("E5-SIGNATURE"), "{text}");
        let stranger = hosho_testkit::Guarantor::new("g-stranger");
        let foreign = &hosho_testkit::samples(&stranger)[0].signed;
        let (_, text) = handed(&stage, &[], "foreign.hosho", foreign).await;
        assert!(text.contains("E5-KEY-UNKNOWN"), "{text}");
    });
}

#[test]
fn a_sealed_certificate_asks_for_number_and_key() {
    on_stage(async |stage| {
        let sealed = &stage.newest(PLAIN).sealed;
        let (status, text) = handed(&stage, &[], "G01.sealed.hosho", sealed).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("封のある証書です"), "{text}");
        let key = stage.key(PLAIN);
        let fields = [("number", PLAIN), ("auth_key", key.as_str())];
        let (status, _) = handed(&stage, &fields, "G01.sealed.hosho", sealed).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let other = &stage.newest(AMENDED).sealed;
        let (status, text) = handed(&stage, &fields, "G04.sealed.hosho", other).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("E4-OPEN") && text.contains("同じ保証のものか"), "{text}");
        let cut = &sealed[..sealed.len() - 20];
        let (status, text) = handed(&stage, &fields, "G01.sealed.hosho", cut).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("データが壊れています"), "{text}");
    });
}

#[test]
fn a_text_file_with_number_and_key_opens() {
    on_stage(async |stage| {
        let text = format!("保証契約番号 {PLAIN}\r\n認証キー {}\r\n", stage.key(PLAIN));
        let (status, _) = handed(&stage, &[], "notice.txt", text.as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
    });
}

#[test]
fn other_files_are_refused_with_the_next_step() {
    on_stage(async |stage| {
        for (bytes, code) in [
            (b"PK\x03\x04\xff\xfe".as_slice(), "E1-NOT-RECOGNISED"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "E1-NOT-RECOGNISED"),
            (b"-----BEGIN HOSHO CERTIFICATE-----\nAAAA\n", "E1-ARMOR"),
            (b"hello", "E10-INPUT"),
        ] {
            let (status, text) = handed(&stage, &[], "file", bytes).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{code}");
            assert!(text.contains(code), "{code}: {text}");
        }
        let large = vec![b' '; 9 * 1024 * 1024];
        let (status, text) = handed(&stage, &[], "large.pdf", &large).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(text.contains("E10-TOO-LARGE"), "{text}");
    });
}

/// The papers of a sample: the notice and the customer's copy.
fn papers(stage: &Stage, number: &str) -> (Vec<u8>, Vec<u8>) {
    use hosho_document::{CopyOrder, NoticeOrder, copy, notice};
    let (sample, trust) = (stage.newest(number), stage.guarantor.trust());
    let anything =
        hosho::Expectation { number: hosho::Expected::Unspecified, obligee: None, auth_key: None };
    let signed = hosho::SignedCertificate::parse(&sample.signed).unwrap();
    let certificate = hosho::Verifier::new(&trust)
        .verify(signed, &anything, hosho_testkit::date("2026-03-10"), stage.clock.now())
        .unwrap();
    let sealed = hosho::SealedCertificate::parse(&sample.sealed).unwrap();
    let lang = hosho_cli::lang::Lang::Ja;
    let order = NoticeOrder {
        certificate: &certificate,
        sealed: &sealed,
        auth_key: &sample.auth_key,
        lang,
    };
    let copy = copy(&CopyOrder { certificate: &certificate, previous: None, lang }).unwrap();
    (notice(&order).unwrap().to_vec(), copy)
}

#[test]
fn the_notice_opens_and_the_copy_is_refused_with_advice() {
    on_stage(async |stage| {
        let (notice, copy) = papers(&stage, PLAIN);
        let (status, text) = handed(&stage, &[], "notice.pdf", &notice).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
        let (status, text) = handed(&stage, &[], "copy.pdf", &copy).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("E1-COPY") && text.contains("認証キー等のお知らせ"), "{text}");
    });
}

/// Puts something else into the streams of a PDF that `is_meant`; the rest stays as it is.
fn swapped(
    paper: &[u8],
    is_meant: impl Fn(&lopdf::Stream) -> bool,
    swap: impl Fn(&mut lopdf::Stream),
) -> Vec<u8> {
    let mut document = lopdf::Document::load_mem(paper).unwrap();
    let streams = document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok());
    let swapped = streams.filter(|stream| is_meant(stream)).map(swap).count();
    assert_eq!(swapped, 1);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn papers_whose_attachment_was_swapped_are_refused() {
    on_stage(async |stage| {
        let (notice, copy) = papers(&stage, PLAIN);
        let (own, other) = (stage.newest(PLAIN), stage.newest(AMENDED));
        for (paper, before, after, said) in [
            (&notice, &own.sealed, &other.sealed, "認証キーでは開きません"),
            (&copy, &own.signed, &other.signed, "異なる電子証書"),
        ] {
            let attached = |stream: &lopdf::Stream| stream.content == *before;
            let paper = swapped(paper, attached, |stream| stream.set_content(after.clone()));
            let (status, text) = handed(&stage, &[], "paper.pdf", &paper).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(text.contains("E1-DISAGREE") && text.contains(said), "{text}");
        }
    });
}

#[test]
fn what_is_printed_on_a_notice_is_not_taken_for_its_qr_code() {
    on_stage(async |stage| {
        let (notice, _) = papers(&stage, PLAIN);
        let picture = |stream: &lopdf::Stream| stream.dict.has_type(b"XObject");
        let bare = swapped(&notice, picture, |stream| stream.dict.set("Subtype", "Form"));
        let (status, text) = handed(&stage, &[], "notice.pdf", &bare).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("E1-QR") && text.contains("認証キーも入力してください"), "{text}");
        let key = stage.key(PLAIN);
        let fields = [("number", PLAIN), ("auth_key", key.as_str())];
        let (status, text) = handed(&stage, &fields, "notice.pdf", &bare).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    });
}

#[test]
fn a_picture_of_the_notices_code_opens() {
    on_stage(async |stage| {
        let picture = picture_of(&format!("HSK1:{PLAIN}:{}", stage.key(PLAIN)));
        let (status, text) = handed(&stage, &[], "photo.png", &picture).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
        let nothing = picture_of("https://example.jp/");
        let (status, text) = handed(&stage, &[], "photo.png", &nothing).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("E1-QR"), "{text}");
    });
}

#[test]
fn damaged_papers_are_refused_by_a_reader_of_their_own() {
    on_stage(async |stage| {
        for (bytes, code) in [
            (b"%PDF-1.7 and nothing more".as_slice(), "E1-PDF"),
            (b"\x89PNG\r\n\x1a\n", "E1-IMAGE"),
            (b"\xff\xd8\xff\xe0", "E1-IMAGE"),
        ] {
            let (status, text) = handed(&stage, &[], "paper", bytes).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{code}");
            assert!(text.contains(code), "{code}: {text}");
        }
    });
}

/// A picture of a QR code, eight pixels a module, with a quiet zone.
fn picture_of(text: &str) -> Vec<u8> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::Q).build().unwrap();
    let (modules, scale, zone) = (code.size, 8, 4);
    let side = (modules + 2 * zone) * scale;
    let mut pixels = vec![255_u8; side * side];
    for row in 0..modules * scale {
        for column in 0..modules * scale {
            if code.data[row / scale * modules + column / scale].value() {
                pixels[(row + zone * scale) * side + column + zone * scale] = 0;
            }
        }
    }
    let mut bytes = Vec::new();
    let side = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}
