use std::io::Cursor;

use png::{ColorType, Transformations};
use rxing::{BarcodeFormat, DecodeHints};
use zeroize::Zeroizing;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Handed, ReadError, only};
use crate::qr::{CERTIFICATE, NOTICE};

/// The most pixels of an image: an A4 page at 400 dpi has 15.5 million.
const MAX_PIXELS: usize = 16_000_000;

/// The longest side of an image.
const MAX_SIDE: usize = 20_000;

/// A picture in shades of grey.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) luma: Vec<u8>,
}

pub(super) fn jpeg(bytes: &[u8]) -> Result<Picture, ReadError> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| ReadError::Image)?;
    let (width, height) =
        decoder.info().map(|info| (info.width, info.height)).ok_or(ReadError::Image)?;
    let (width, height) = (u32::from(width), u32::from(height));
    area(width, height)?;
    let luma = decoder.decode().map_err(|_| ReadError::Image)?;
    Picture::of(width, height, luma)
}

pub(super) fn png(bytes: &[u8]) -> Result<Picture, ReadError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| ReadError::Image)?;
    let (width, height) = (reader.info().width, reader.info().height);
    area(width, height)?;
    let size = reader.output_buffer_size().ok_or(ReadError::TooLarge)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|_| ReadError::Image)?;
    pixels.truncate(frame.buffer_size());
    let luma = match frame.color_type {
        ColorType::Grayscale => pixels,
        ColorType::GrayscaleAlpha => over_white(&pixels, 2),
        ColorType::Rgb => pixels.chunks_exact(3).map(grey).collect(),
        ColorType::Rgba => over_white(&pixels, 4),
        ColorType::Indexed => return Err(ReadError::Image),
    };
    Picture::of(width, height, luma)
}

impl Picture {
    /// Takes pixels of one byte each, row by row.
    pub(super) fn of(width: u32, height: u32, luma: Vec<u8>) -> Result<Self, ReadError> {
        if area(width, height)? != luma.len() {
            return Err(ReadError::Image);
        }
        Ok(Self { width, height, luma })
    }

    /// Returns the certificate in the QR code.
    pub(super) fn certificate(self) -> Result<Vec<u8>, ReadError> {
        let texts = self.texts();
        let notice = texts.iter().any(|text| text.starts_with(NOTICE));
        match only(texts.iter().filter_map(|text| decode(text)).collect())? {
            Some(certificate) => Ok(certificate),
            None if notice => Err(ReadError::NoticeCode),
            None => Err(ReadError::NoCode),
        }
    }

    /// Returns what a notice's QR code says, or else the certificate in the QR code.
    pub(super) fn handed(self) -> Result<Handed, ReadError> {
        let texts = self.texts();
        if let Some(notice) = notice(&texts)? {
            return Ok(Handed::Notice(notice));
        }
        let found = only(texts.iter().filter_map(|text| decode(text)).collect())?;
        found.map(Handed::Certificate).ok_or(ReadError::NoCode)
    }

    /// Returns what the QR codes say.
    pub(super) fn texts(self) -> Vec<String> {
        let hints = || DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
        let Self { width, height, luma } = self;
        let single = rxing::helpers::detect_in_luma_slice_with_hints(
            &luma,
            width,
            height,
            Some(BarcodeFormat::QR_CODE),
            &mut hints(),
        );
        let mut several = hints();
        several.PossibleFormats = Some([BarcodeFormat::QR_CODE].into_iter().collect());
        let several =
            rxing::helpers::detect_multiple_in_luma_with_hints(luma, width, height, &mut several);
        let mut texts: Vec<String> = several
            .unwrap_or_default()
            .iter()
            .chain(single.as_ref().ok())
            .map(|result| result.getText().to_owned())
            .collect();
        texts.sort();
        texts.dedup();
        texts
    }
}

/// Returns the text of the one notice's QR code among others.
pub(super) fn notice(texts: &[String]) -> Result<Option<Zeroizing<String>>, ReadError> {
    let notices = texts.iter().filter(|text| text.starts_with(NOTICE));
    let found = only(notices.map(|text| text.clone().into_bytes()).collect())?;
    Ok(found.and_then(|text| String::from_utf8(text).ok()).map(Zeroizing::new))
}

/// Returns the certificate that the text of a QR code holds.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    base45::decode(text.strip_prefix(CERTIFICATE)?).ok()
}

fn area(width: u32, height: u32) -> Result<usize, ReadError> {
    let side = |side: u32| usize::try_from(side).ok().filter(|side| *side <= MAX_SIDE);
    let pixels = side(width).and_then(|width| width.checked_mul(side(height)?));
    pixels.filter(|pixels| *pixels <= MAX_PIXELS).ok_or(ReadError::TooLarge)
}

/// Returns the shade of a pixel of red, green and blue.
pub(super) fn grey(pixel: &[u8]) -> u8 {
    let weights = [299_u32, 587, 114];
    let sum: u32 = pixel.iter().zip(weights).map(|(part, weight)| u32::from(*part) * weight).sum();
    u8::try_from(sum / 1_000).unwrap_or(u8::MAX)
}

/// Lays pixels, whose last byte is their opacity, over white.
fn over_white(pixels: &[u8], size: usize) -> Vec<u8> {
    let shade = |pixel: &[u8]| {
        let (alpha, colours) = pixel.split_last().unwrap_or((&255, &[]));
        let shade = match colours {
            [shade] => *shade,
            colours => grey(colours),
        };
        let (alpha, shade) = (u32::from(*alpha), u32::from(shade));
        u8::try_from((shade * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    pixels.chunks_exact(size).map(shade).collect()
}
