use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hosho::{AuthKey, ObjectKind, SealedCertificate};
use lopdf::{Dictionary, Document, Error, LoadOptions, Object, ObjectId, Stream};
use zeroize::Zeroizing;

use super::image::{decode, notice};
use super::scan::Scan;
use super::{Handed, MAX_CERTIFICATE, ReadError, only};

/// The most bytes that one stream of a PDF may become while it is read.
const MAX_STREAM: usize = 4 * 1024 * 1024;
/// How deep file specifications may lie inside other objects.
const MAX_DEPTH: usize = 8;
/// Bytes that tell what an attachment is.
const START: u64 = 128;

/// Returns the one certificate that a PDF carries. Pictures that are not searched while
/// `is_time_left` says so are too many.
pub(super) fn read(bytes: &[u8], is_time_left: &dyn Fn() -> bool) -> Result<Vec<u8>, ReadError> {
    let Searched { certificate, codes, .. } = search(&open(bytes)?, is_time_left)?;
    certificate.ok_or_else(|| codes.error())
}

/// Returns number and auth key of a notice's QR code, or else the certificate.
pub(super) fn read_handed(
    bytes: &[u8],
    is_time_left: &dyn Fn() -> bool,
) -> Result<Handed, ReadError> {
    let Searched { certificate, notice, codes } = search(&open(bytes)?, is_time_left)?;
    match (notice, certificate) {
        (Some(notice), _) => Ok(Handed::Notice(notice)),
        (None, Some(certificate)) => Ok(Handed::Certificate(certificate)),
        (None, None) => Err(codes.error()),
    }
}

fn open(bytes: &[u8]) -> Result<Document, ReadError> {
    let options = LoadOptions { max_decompressed_size: Some(MAX_STREAM), ..LoadOptions::default() };
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|error| match error {
            Error::Decompress(_) => ReadError::TooLarge,
            Error::Decryption(_) | Error::InvalidPassword => ReadError::Encrypted,
            _ => ReadError::Pdf,
        })?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(ReadError::Encrypted);
    }
    Ok(document)
}

/// What a PDF carries.
struct Searched {
    /// The one certificate in attachments and QR codes.
    certificate: Option<Vec<u8>>,
    /// The text of the one notice's QR code, whose key opens what is attached.
    notice: Option<Zeroizing<String>>,
    codes: Codes,
}

fn search(document: &Document, is_time_left: &dyn Fn() -> bool) -> Result<Searched, ReadError> {
    let mut search = Search::of(document);
    for object in document.objects.values() {
        search.object(object, MAX_DEPTH);
    }
    let Search { mut found, too_large, .. } = search;
    let mut codes = Codes::of(document, is_time_left)?;
    codes.too_large = too_large;
    let notice = notice(&codes.texts)?;
    if let Some(notice) = &notice
        && !found.iter().all(|attached| opens(notice, attached))
    {
        return Err(ReadError::OtherAttached);
    }
    found.append(&mut codes.certificates);
    Ok(Searched { certificate: only(found)?, notice, codes })
}

/// Tells whether the auth key of a notice's QR code opens what is attached.
fn opens(notice: &str, attached: &[u8]) -> bool {
    let key = notice.rsplit(':').next().and_then(|key| AuthKey::parse(key).ok());
    let sealed = SealedCertificate::parse(attached);
    matches!((key, sealed), (Some(key), Ok(sealed)) if key.open(&sealed).is_ok())
}

/// The attachments that look like certificates. Each object is looked at once, however many others
/// name it.
struct Search<'d> {
    document: &'d Document,
    seen: BTreeSet<ObjectId>,
    found: Vec<Vec<u8>>,
    too_large: bool,
}

impl<'d> Search<'d> {
    fn of(document: &'d Document) -> Self {
        Self { document, seen: BTreeSet::new(), found: Vec::new(), too_large: false }
    }

    fn object(&mut self, object: &Object, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match object {
            Object::Dictionary(dictionary) => self.dictionary(dictionary, depth),
            Object::Array(objects) => objects.iter().for_each(|object| self.object(object, depth)),
            _ => {}
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary, depth: usize) {
        match dictionary.get(b"EF") {
            Ok(Object::Dictionary(files)) => self.files(files),
            Ok(Object::Reference(id)) if self.seen.insert(*id) => {
                if let Ok(files) = self.document.get_dictionary(*id) {
                    self.files(files);
                }
            }
            _ => {}
        }
        for (_, object) in dictionary {
            self.object(object, depth);
        }
    }

    fn files(&mut self, files: &Dictionary) {
        for (_, file) in files {
            if let Object::Reference(id) = file
                && self.seen.insert(*id)
                && let Ok(Object::Stream(stream)) = self.document.get_object(*id)
            {
                self.attachment(stream);
            }
        }
    }

    fn attachment(&mut self, stream: &Stream) {
        match stream.get_plain_content_with_limit(MAX_CERTIFICATE) {
            Ok(bytes) if is_certificate(&bytes) => self.found.push(bytes),
            Ok(_) => {}
            // Something else may be attached besides, and be as large as it likes.
            Err(_) => self.too_large |= start(stream).is_none_or(|start| is_certificate(&start)),
        }
    }
}

fn is_certificate(bytes: &[u8]) -> bool {
    let kind = ObjectKind::of(bytes);
    matches!(kind, Some(ObjectKind::SignedCertificate | ObjectKind::SealedCertificate))
}

/// Returns how a large attachment begins, if it is packed in one of the usual ways.
fn start(stream: &Stream) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    match stream.filters().unwrap_or_default().as_slice() {
        [] => (&*stream.content).take(START).read_to_end(&mut start).ok()?,
        [b"FlateDecode"] => {
            ZlibDecoder::new(&*stream.content).take(START).read_to_end(&mut start).ok()?
        }
        _ => return None,
    };
    Some(start)
}

/// What the QR codes in the pictures of a PDF say.
#[derive(Default)]
struct Codes {
    certificates: Vec<Vec<u8>>,
    texts: Vec<String>,
    /// Whether there are pictures of pages at all.
    pictures: bool,
    /// Whether there is a picture of a kind that is not read.
    unread: bool,
    /// Whether an attachment is too large to be a certificate.
    too_large: bool,
}

impl Codes {
    fn of(document: &Document, is_time_left: &dyn Fn() -> bool) -> Result<Self, ReadError> {
        let mut codes = Self::default();
        for object in document.objects.values() {
            let Object::Stream(stream) = object else { continue };
            let Some(scan) = Scan::of(document, stream) else { continue };
            if !is_time_left() {
                return Err(ReadError::TooMany);
            }
            let Some(picture) = scan.picture() else {
                codes.unread = true;
                continue;
            };
            codes.pictures = true;
            let texts = picture.texts();
            codes.certificates.extend(texts.iter().filter_map(|text| decode(text)));
            codes.texts.extend(texts);
        }
        Ok(codes)
    }

    /// Why there is no certificate.
    fn error(&self) -> ReadError {
        match self {
            Self { too_large: true, .. } => ReadError::TooLarge,
            Self { texts, .. } if texts.iter().any(|it| it.starts_with(crate::qr::NOTICE)) => {
                ReadError::NoticeCode
            }
            Self { unread: true, .. } => ReadError::OtherPictures,
            Self { pictures: true, .. } => ReadError::NothingScanned,
            _ => ReadError::Nothing,
        }
    }
}
