use hosho::ObjectKind;
use lopdf::{Dictionary, Document, Error, LoadOptions, Object, Stream};

use super::image::{self, Picture, decode, grey};
use super::{MAX_CERTIFICATE, ReadError, only};

/// The most bytes that one stream of a PDF may become while it is read.
const MAX_STREAM: usize = 4 * 1024 * 1024;
/// The most bytes of a picture in a PDF: a page at 400 dpi in colour.
const MAX_PICTURE: usize = 48_000_000;
/// How many pictures of a PDF are searched for QR codes.
const MAX_PICTURES: usize = 4;
/// Pictures of less than this are no QR code of a certificate.
const MIN_SIDE: u32 = 60;
/// How deep file specifications may lie inside other objects.
const MAX_DEPTH: usize = 8;

/// Returns the one certificate that a PDF carries.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
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
    let mut search = Search { document: &document, found: Vec::new(), too_large: false };
    for object in document.objects.values() {
        search.object(object, MAX_DEPTH);
    }
    let Search { mut found, too_large, .. } = search;
    let (codes, notice) = codes(&document);
    found.extend(codes);
    match only(found)? {
        Some(certificate) => Ok(certificate),
        None if too_large => Err(ReadError::TooLarge),
        None if notice => Err(ReadError::NoticeCode),
        None => Err(ReadError::Nothing),
    }
}

/// The attachments that look like certificates.
struct Search<'d> {
    document: &'d Document,
    found: Vec<Vec<u8>>,
    too_large: bool,
}

impl Search<'_> {
    fn object(&mut self, object: &Object, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match object {
            Object::Dictionary(dictionary) => self.dictionary(dictionary, depth),
            Object::Array(objects) => objects.iter().for_each(|object| self.object(object, depth)),
            _ => {}
        }
    }

    fn dictionary(&mut self, dictionary: &Dictionary, depth: usize) {
        if let Ok(Object::Dictionary(files)) = dictionary.get_deref(b"EF", self.document) {
            for (_, file) in files {
                if let Ok((_, Object::Stream(stream))) = self.document.dereference(file) {
                    self.attachment(stream);
                }
            }
        }
        for (_, object) in dictionary {
            self.object(object, depth);
        }
    }

    fn attachment(&mut self, stream: &Stream) {
        match stream.get_plain_content_with_limit(MAX_CERTIFICATE) {
            Ok(bytes) if is_certificate(&bytes) => self.found.push(bytes),
            Ok(_) => {}
            Err(_) => self.too_large = true,
        }
    }
}

fn is_certificate(bytes: &[u8]) -> bool {
    let kind = ObjectKind::of(bytes);
    matches!(kind, Some(ObjectKind::SignedCertificate | ObjectKind::SealedCertificate))
}

/// Returns the certificates in QR codes of pictures, and whether one was a notice's.
fn codes(document: &Document) -> (Vec<Vec<u8>>, bool) {
    let pictures = document.objects.values().filter_map(|object| match object {
        Object::Stream(stream) => picture(stream),
        _ => None,
    });
    let (mut found, mut notice) = (Vec::new(), false);
    for picture in pictures.take(MAX_PICTURES) {
        for text in picture.texts() {
            notice |= text.starts_with(crate::qr::NOTICE);
            found.extend(decode(&text));
        }
    }
    (found, notice)
}

/// Returns a picture of one of the usual kinds: JPEG, or 8 bits a part, or black and white.
fn picture(stream: &Stream) -> Option<Picture> {
    let dictionary = &stream.dict;
    if dictionary.get(b"Subtype").ok()?.as_name().ok()? != b"Image" {
        return None;
    }
    let side = |name: &[u8]| u32::try_from(dictionary.get(name).ok()?.as_i64().ok()?).ok();
    let (width, height) = (side(b"Width")?, side(b"Height")?);
    if width < MIN_SIDE || height < MIN_SIDE {
        return None;
    }
    match stream.filters().unwrap_or_default().as_slice() {
        [b"DCTDecode"] => return image::jpeg(&stream.content).ok(),
        [] | [b"FlateDecode"] => {}
        _ => return None,
    }
    let bits = dictionary.get(b"BitsPerComponent").ok()?.as_i64().ok()?;
    let pixels = stream.get_plain_content_with_limit(MAX_PICTURE).ok()?;
    let (columns, rows) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let area = columns.checked_mul(rows)?;
    let luma = match bits {
        8 if pixels.len() == area => pixels,
        8 if pixels.len() == area.checked_mul(3)? => pixels.chunks_exact(3).map(grey).collect(),
        1 if pixels.len() == columns.div_ceil(8).checked_mul(rows)? => pixels
            .chunks_exact(columns.div_ceil(8))
            .flat_map(|row| row.iter().flat_map(|byte| bits_of(*byte)).take(columns))
            .collect(),
        _ => return None,
    };
    Picture::of(width, height, luma).ok()
}

fn bits_of(byte: u8) -> impl Iterator<Item = u8> {
    (0..8).rev().map(move |bit| if byte >> bit & 1 == 1 { 255 } else { 0 })
}
