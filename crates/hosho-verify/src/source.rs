//! Getting the bytes of a certificate out of a file that anyone may have made.

use std::path::Path;

use hosho::{Evidence, ObjectKind, ParseError};
use hosho_cli::input::{self, InputError};
use hosho_cli::lang::Lang;
use hosho_document::{Carrier, PaperError};

/// The most bytes of a file that may carry a certificate: armor around the largest sealed one
/// (spec R-SIZE-2) has 5 831 bytes, and blanks around it are forgiven.
pub(crate) const MAX_CARRIER_LEN: usize = 64 * 1024;

/// What stands on the first line of armor.
const ARMOR_LABEL: &[u8] = b"BEGIN HOSHO";

/// How files of the Compound File format begin (old spreadsheets): they look like CBOR tag 16.
const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// Bytes that look like a certificate, signed or sealed; nothing about them is checked.
#[derive(Debug)]
pub(crate) enum Candidate {
    /// An evidence file, which holds one.
    Evidence(Vec<u8>),
    Sealed(Vec<u8>),
    Signed(Vec<u8>),
}

impl Candidate {
    /// Returns the evidence file, if it is one.
    pub(crate) fn container(&self) -> Result<Option<Evidence<'_>>, ParseError> {
        match self {
            Self::Evidence(bytes) => Evidence::parse(bytes).map(Some),
            Self::Sealed(_) | Self::Signed(_) => Ok(None),
        }
    }
}

/// A file of ours that is given beside a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OtherFile {
    StatusSnapshot,
    TrustBundle,
}

/// Why no bytes of a certificate could be had.
#[derive(Debug)]
pub(crate) enum SourceError {
    /// Text armor that is not in its form.
    Armor(ParseError),
    /// A container that this build does not look into: its name.
    Container(&'static str),
    Input(InputError),
    NotRecognised,
    /// One of our files, but none that has a certificate in it.
    Other(OtherFile),
    /// A paper that no certificate could be had from.
    Paper(PaperError),
}

impl SourceError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Armor(error) => error.code(),
            Self::Container(_) | Self::NotRecognised | Self::Other(_) => "E1-NOT-RECOGNISED",
            Self::Input(error) => error.code(),
            Self::Paper(error) => error.code(),
        }
    }

    pub(crate) fn offset(&self) -> Option<usize> {
        match self {
            Self::Armor(error) => Some(error.offset()),
            Self::Container(_)
            | Self::Input(_)
            | Self::NotRecognised
            | Self::Other(_)
            | Self::Paper(_) => None,
        }
    }

    /// What happened and the next step.
    pub(crate) fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Armor(_), Lang::Ja) => {
                "証書のテキスト形式が崩れています。BEGIN 行から END 行まで、元のまま写し取ってください".to_owned()
            }
            (Self::Armor(_), _) => {
                "the text armor is damaged; copy it unchanged from the BEGIN line to the END line"
                    .to_owned()
            }
            (Self::Container(ZIP), Lang::Ja) => {
                "ZIP 形式のファイルです。圧縮されたものなら先に展開し、中にある証書の .hosho ファイルや PDF を指定してください".to_owned()
            }
            (Self::Container(ZIP), _) => {
                "this is a ZIP file; if something is packed in it, unpack it first and name the .hosho file or the PDF inside"
                    .to_owned()
            }
            (Self::Container(name), Lang::Ja) => format!(
                "{name} です。ここで読むのは .hosho ファイルとテキスト形式だけです。PDF や画像は hosho-verify check で確かめてください"
            ),
            (Self::Container(name), _) => format!(
                "this is a {name}; only .hosho files and text armor are read here; check a PDF or an image with hosho-verify check"
            ),
            (Self::Other(OtherFile::StatusSnapshot), Lang::Ja) => {
                "状態一覧のファイルです。確かめる証書を指定し、このファイルは --status で渡してください".to_owned()
            }
            (Self::Other(OtherFile::StatusSnapshot), _) => {
                "this is a status snapshot; name the certificate to check and give this file with --status"
                    .to_owned()
            }
            (Self::Other(OtherFile::TrustBundle), Lang::Ja) => {
                "信頼バンドルのファイルです。確かめる証書を指定し、このファイルは --trust で渡してください".to_owned()
            }
            (Self::Other(OtherFile::TrustBundle), _) => {
                "this is a trust bundle; name the certificate to check and give this file with --trust"
                    .to_owned()
            }
            (Self::Paper(error), lang) => error.message(lang).to_owned(),
            (Self::Input(error), lang) => unread(error, lang),
            (Self::NotRecognised, Lang::Ja) => {
                "保証証書のデータではありません。受け取った .hosho ファイルを指定してください".to_owned()
            }
            (Self::NotRecognised, _) => {
                "not the data of a certificate; name the .hosho file that you were given".to_owned()
            }
        }
    }
}

/// Why a file could not be read, and the next step.
pub(crate) fn unread(error: &InputError, lang: Lang) -> String {
    let next = match error {
        InputError::TooLarge { .. } => {
            lang.pick("。指定したファイルを確かめてください", "; check that it is the right file")
        }
        _ => "",
    };
    format!("{}{next}", error.message(lang))
}

/// Reads the file, or standard input for `-`, and finds the certificate in it.
pub(crate) fn read_candidate(path: &Path) -> Result<Candidate, SourceError> {
    let bytes = read_carrier(path).map_err(SourceError::Input)?;
    find_candidate(bytes)
}

/// What a certificate came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wrapper {
    /// A PDF or an image.
    Paper,
    /// A file of its own.
    Plain,
}

/// Reads the file, or standard input for `-`, also a paper.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, SourceError> {
    let limit = |start: &[u8]| match (Carrier::of(start), ObjectKind::of(start)) {
        (Some(_), _) => Carrier::MAX_LEN,
        (_, Some(ObjectKind::Evidence)) => Evidence::MAX_LEN,
        _ => MAX_CARRIER_LEN,
    };
    input::read_limited(path, limit).map_err(SourceError::Input)
}

/// Finds the certificate in the bytes of a file, also of a paper.
pub(crate) fn find_any(bytes: Vec<u8>) -> Result<(Candidate, Wrapper), SourceError> {
    match ObjectKind::of(&bytes) {
        Some(ObjectKind::StatusSnapshot) => {
            return Err(SourceError::Other(OtherFile::StatusSnapshot));
        }
        Some(ObjectKind::TrustBundle) => return Err(SourceError::Other(OtherFile::TrustBundle)),
        _ => {}
    }
    if Carrier::of(&bytes).is_none() {
        return Ok((find_candidate(bytes)?, Wrapper::Plain));
    }
    let program = std::env::current_exe().map_err(|_| SourceError::Paper(PaperError::NoReader))?;
    let inside = hosho_document::read_paper(&program, bytes).map_err(SourceError::Paper)?;
    Ok((find_candidate(inside)?, Wrapper::Paper))
}

/// Reads a file that may carry a certificate: only an evidence file may be a large one.
pub(crate) fn read_carrier(path: &Path) -> Result<Vec<u8>, InputError> {
    input::read_limited(path, |start| match ObjectKind::of(start) {
        Some(ObjectKind::Evidence) => Evidence::MAX_LEN,
        _ => MAX_CARRIER_LEN,
    })
}

/// Finds the certificate in the bytes of a file.
pub(crate) fn find_candidate(bytes: Vec<u8>) -> Result<Candidate, SourceError> {
    refuse_container(&bytes)?;
    if ObjectKind::of(&bytes) == Some(ObjectKind::Evidence) {
        return Ok(Candidate::Evidence(bytes));
    }
    // Other programs put their own things between BEGIN and END lines.
    let ours = bytes.windows(ARMOR_LABEL.len()).take(256).any(|window| window == ARMOR_LABEL);
    let bytes = match input::unwrap_certificate(bytes) {
        Ok(bytes) => bytes,
        Err(error) if ours => return Err(SourceError::Armor(error)),
        Err(_) => return Err(SourceError::NotRecognised),
    };
    match start_of(&bytes) {
        Some(Start::Signed) => Ok(Candidate::Signed(bytes)),
        Some(Start::Sealed) => Ok(Candidate::Sealed(bytes)),
        None => Err(SourceError::NotRecognised),
    }
}

/// Refuses a file that may carry a certificate inside but is not looked into.
pub(crate) fn refuse_container(bytes: &[u8]) -> Result<(), SourceError> {
    container(bytes).map_or(Ok(()), |name| Err(SourceError::Container(name)))
}

/// Whether a file of this name is meant to be a certificate, whatever it holds.
#[must_use]
pub(crate) fn has_certificate_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("hosho"))
}

/// Whether bytes begin like a signed certificate.
#[must_use]
pub(crate) fn starts_signed(bytes: &[u8]) -> bool {
    matches!(start_of(bytes), Some(Start::Signed))
}

enum Start {
    Sealed,
    Signed,
}

/// How a `COSE_Sign1` or a `COSE_Encrypt0` begins, in any spelling of its head: tagged, or an
/// array of four or three with a byte string in front.
fn start_of(bytes: &[u8]) -> Option<Start> {
    if bytes.starts_with(COMPOUND_FILE) {
        return None;
    }
    match bytes {
        [0xD2, ..] | [0xD8, 18, ..] | [0xD9, 0, 18, ..] | [0xDA, 0, 0, 0, 18, ..] => {
            Some(Start::Signed)
        }
        [0xDB, 0, 0, 0, 0, 0, 0, 0, 18, ..] | [0x84, 0x40..=0x5F, ..] => Some(Start::Signed),
        [0xD0, ..] | [0xD8, 16, ..] | [0xD9, 0, 16, ..] | [0xDA, 0, 0, 0, 16, ..] => {
            Some(Start::Sealed)
        }
        [0xDB, 0, 0, 0, 0, 0, 0, 0, 16, ..] | [0x83, 0x40..=0x5F, ..] => Some(Start::Sealed),
        _ => None,
    }
}

const ZIP: &str = "ZIP";

/// The name of a container that may carry a certificate but is not looked into.
fn container(bytes: &[u8]) -> Option<&'static str> {
    let starts: [(&[u8], &'static str); 5] = [
        (b"%PDF-", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"GIF8", "GIF"),
        (b"PK\x03\x04", ZIP),
    ];
    starts.into_iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(bytes: &[u8]) -> &'static str {
        match find_candidate(bytes.to_vec()) {
            Ok(Candidate::Evidence(_)) => "evidence",
            Ok(Candidate::Signed(_)) => "signed",
            Ok(Candidate::Sealed(_)) => "sealed",
            Err(error) => error.code(),
        }
    }

    #[test]
    fn recognises_the_start_of_a_certificate_in_every_spelling() {
        for start in ["\u{12}", "\0\u{12}", "\0\0\0\u{12}", "\0\0\0\0\0\0\0\u{12}"] {
            let head = match start.len() {
                1 => 0xD8,
                2 => 0xD9,
                4 => 0xDA,
                _ => 0xDB,
            };
            let mut bytes = vec![head];
            bytes.extend_from_slice(start.as_bytes());
            assert_eq!(code_of(&bytes), "signed");
            *bytes.last_mut().unwrap() = 16;
            assert_eq!(code_of(&bytes), "sealed");
        }
        assert_eq!(code_of(&[0xD2]), "signed");
        assert_eq!(code_of(&[0xD0, 0x83]), "sealed");
        assert_eq!(code_of(&[0x84, 0x43]), "signed");
        assert_eq!(code_of(&[0x83, 0x58]), "sealed");
    }

    #[test]
    fn other_bytes_are_not_recognised() {
        for bytes in [&b""[..], b"hello", b"\xD0\xCF\x11\xE0\xA1", b"\xD8\x62\x84", b"\x84\xA1"] {
            assert_eq!(code_of(bytes), "E1-NOT-RECOGNISED");
        }
    }

    #[test]
    fn containers_are_named() {
        for (bytes, expected) in [
            (&b"%PDF-1.7"[..], "PDF"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
            (b"\xFF\xD8\xFF\xE0", "JPEG"),
        ] {
            match find_candidate(bytes.to_vec()) {
                Err(SourceError::Container(name)) => assert_eq!(name, expected),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn damaged_armor_is_not_a_certificate() {
        assert_eq!(code_of(b"-----BEGIN HOSHO CERTIFICATE-----\n"), "E1-ARMOR");
        assert_eq!(code_of(b"-----BEGIN PRIVATE KEY-----\n"), "E1-NOT-RECOGNISED");
    }
}
