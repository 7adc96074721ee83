//! Papers: PDFs that carry a certificate, and the report of a check.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hosho::{
    AuthKey, Date, Expectation, Expected, SealedCertificate, SignedCertificate, SignedTrustBundle,
    Verifier,
};
use hosho_cli::lang::Lang;
use hosho_document::{CopyOrder, NoticeOrder, copy, notice};

use crate::program::Check;
use crate::world::{NOW, World, time};

/// The notice and the copy of the sample G01-1.
fn papers(world: &World) -> (Vec<u8>, Vec<u8>) {
    let (trust, signed) = (world.read("mirai.trust"), world.signed("G01-1"));
    let trust = SignedTrustBundle::parse(&trust).unwrap().pin().unwrap();
    let signed = SignedCertificate::parse(&signed).unwrap();
    let anything = Expectation { number: Expected::Unspecified, obligee: None, auth_key: None };
    let on = Date::in_japan(time(NOW));
    let certificate = Verifier::new(&trust).verify(signed, &anything, on, time(NOW)).unwrap();
    let sealed = world.read("G01-1.sealed.hosho");
    let sealed = SealedCertificate::parse(&sealed).unwrap();
    let auth_key = AuthKey::parse(String::from_utf8(world.read("G01-1.auth-key")).unwrap().trim());
    let (auth_key, lang) = (&auth_key.unwrap(), Lang::Ja);
    let order = NoticeOrder { certificate: &certificate, sealed: &sealed, auth_key, lang };
    let copy = copy(&CopyOrder { certificate: &certificate, previous: None, lang }).unwrap();
    (notice(&order).unwrap().to_vec(), copy)
}

#[test]
fn a_notice_alone_is_enough() {
    let world = World::new();
    let file = world.write("notice.pdf", &papers(&world).0);
    let check = || Check::of(&world, "G01-1", &file).trust().status().on("2026-01-10");
    let run = check().file("--auth-key-file", "G01-1.auth-key").json();
    assert_eq!((run.code, run.json()["verdict"].as_str()), (0, Some("in-force")), "{}", run.stderr);
    assert_eq!(run.stderr, "");
    let other = Check::of(&world, "G02-1", &file).trust().status();
    let run = other.file("--auth-key-file", "G01-1.auth-key").json();
    assert_eq!(
        run.verdict(),
        (1, "other-guarantee".to_owned(), Some("E5-OTHER-GUARANTEE".to_owned()))
    );
}

#[test]
fn a_copy_is_verified_and_told_from_the_notice() {
    let world = World::new();
    let file = world.write("copy.pdf", &papers(&world).1);
    let check = || Check::of(&world, "G01-1", &file).trust().status().on("2026-01-10");
    let run = check().run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("this is a customer's copy"), "{}", run.stderr);
    let run = check().file("--auth-key-file", "G01-1.auth-key").run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("E1-COPY: this is a customer's copy"), "{}", run.stderr);
}

/// A paper with something else attached in place of its certificate; its pages stay.
fn swapped(paper: &[u8], before: &[u8], after: &[u8]) -> Vec<u8> {
    let mut document = lopdf::Document::load_mem(paper).unwrap();
    let streams = document.objects.values_mut().filter_map(|object| object.as_stream_mut().ok());
    let attached = streams.filter(|stream| stream.content == before);
    assert_eq!(attached.map(|stream| stream.set_content(after.to_vec())).count(), 1);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_paper_whose_attachment_is_not_what_its_qr_code_says_is_refused() {
    let world = World::new();
    let (notice, copy) = papers(&world);
    let disagree = (3, "unreadable".to_owned(), Some("E1-DISAGREE".to_owned()));
    let file = swapped(&copy, &world.signed("G01-1"), &world.signed("G02-1"));
    let file = world.write("copy.pdf", &file);
    let run = Check::of(&world, "G02-1", &file).trust().status().json();
    assert_eq!(run.verdict(), disagree);
    assert!(run.stderr.contains("certificates that differ"), "{}", run.stderr);
    let sealed = |name: &str| world.read(&format!("{name}.sealed.hosho"));
    let file = world.write("notice.pdf", &swapped(&notice, &sealed("G01-1"), &sealed("G02-1")));
    let check = Check::of(&world, "G02-1", &file).trust().status();
    let run = check.file("--auth-key-file", "G02-1.auth-key").json();
    assert_eq!(run.verdict(), disagree);
    assert!(run.stderr.contains("does not open what is attached"), "{}", run.stderr);
}

#[test]
fn a_report_is_written_once() {
    let world = World::new();
    let out = world.path("report.pdf");
    let check = || Check::usual(&world, "G01-1").on("2026-01-10").file("--report", "report.pdf");
    assert_eq!(check().run().code, 0);
    let report = fs::read(&out).unwrap();
    assert!(report.starts_with(b"%PDF-1.7"));
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o400, 0o400);
    let again = check().run();
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    assert!(again.stderr.contains("E1-EXISTS"), "{}", again.stderr);
    assert_eq!(fs::read(&out).unwrap(), report);
}

/// A PDF that is small on disk and large in memory.
fn bomb() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n1 0 obj\n[".to_vec();
    bytes.extend_from_slice(&b"0 ".repeat(8_000_000));
    bytes.extend_from_slice(b"]\nendobj\n");
    let place = bytes.len();
    let rest = format!(
        "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n{place}\n%%EOF\n"
    );
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[test]
fn a_pdf_that_swells_in_memory_is_too_large() {
    let world = World::new();
    let file = world.write("bomb.pdf", &bomb());
    let run = Check::of(&world, "G01-1", &file).trust().json();
    let too_large = Some("E1-TOO-LARGE".to_owned());
    assert_eq!(run.verdict(), (3, "unreadable".to_owned(), too_large));
}

#[test]
fn limits_of_the_system_that_are_lower_are_kept_and_told() {
    let world = World::new();
    let file = world.write("copy.pdf", &papers(&world).1);
    let run = Check::of(&world, "G01-1", &file).trust().with_json().run_within(100_000);
    assert_eq!(run.verdict(), (4, "expired".to_owned(), None), "{}", run.stderr);
    let file = world.write("bomb.pdf", &bomb());
    let run = Check::of(&world, "G01-1", &file).trust().with_json().run_within(100_000);
    let reader = Some("E1-READER".to_owned());
    assert_eq!(run.verdict(), (3, "unreadable".to_owned(), reader));
    assert!(run.stderr.contains("limits of this system"), "{}", run.stderr);
}

#[test]
fn a_file_that_is_nothing_has_a_report() {
    let world = World::new();
    let file = world.write("nothing.pdf", b"%PDF-1.7\n");
    let run = Check::of(&world, "G01-1", &file).trust().file("--report", "report.pdf").run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(fs::read(world.path("report.pdf")).unwrap().starts_with(b"%PDF-1.7"));
}

#[test]
fn other_revisions_serve_a_report_without_a_policy() {
    let world = World::new();
    let check = Check::usual(&world, "G04-2").on("2025-12-01").file("--related", "G04-1.hosho");
    let run = check.file("--report", "report.pdf").run();
    assert_eq!(run.stderr, "");
    let bare = Check::usual(&world, "G04-2").on("2025-12-01").file("--related", "G04-1.hosho");
    assert_eq!(bare.run().code, 2);
}
